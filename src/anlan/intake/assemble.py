"""The data rows of one sheet as canonical columns, with a finding for every cell that cannot be one."""

from __future__ import annotations

import polars as pl

from anlan.contracts import Contract, field_dtype
from anlan.intake.areas import AreaResolver
from anlan.intake.assembly import Assembly
from anlan.intake.bind import Bound
from anlan.intake.discreet import discreet_texts, personal_numbers
from anlan.intake.divisions import constant_division, read_division
from anlan.intake.fields import constant, read_field
from anlan.intake.personal import read_derived
from anlan.privacy.pseudonyms import Pseudonyms


def assemble(
    assembly: Assembly,
    bound: list[Bound],
    areas: AreaResolver,
    pseudonyms: Pseudonyms,
    outer_area: str | None,
) -> None:
    """Fill ``values`` with every field of the contract; divisions last, at the day of the row's event.

    Errors: AnlanError for a constant of the contract that its field cannot hold.
    """
    fields = assembly.contract.fields
    values = assembly.values
    for name, text in assembly.layout.constants.items():
        if fields[name].type != "division":
            values[name] = constant(assembly, name, text)
    for item in bound:
        if item.column.as_:
            values[item.field] = read_derived(assembly, item, pseudonyms, areas)
        elif item.spec.type != "division":
            values[item.field] = _discreet(assembly, item, read_field(assembly, item))
    days = event_days(assembly.contract, values, assembly.throughout(None, pl.Date()))
    for name, text in assembly.layout.constants.items():
        if fields[name].type == "division":
            values[name] = constant_division(assembly, name, text, areas, days)
    for item in bound:
        if item.spec.type == "division":
            values[item.field] = read_division(assembly, item, areas, outer_area, days)
    for name, spec in fields.items():
        values.setdefault(name, assembly.throughout(None, field_dtype(spec)))
        values[name] = values[name].alias(name)
    for item in bound:
        _require(assembly, item)


def _discreet(assembly: Assembly, bound: Bound, value: pl.Series) -> pl.Series:
    """A value that identifies nobody. What a record cannot do without is held back instead of changed."""
    if bound.spec.type in ("integer", "decimal"):
        for part in bound.parts:
            texts = assembly.texts(part.position)
            personal = personal_numbers(texts, value, assembly.discretion)
            if personal.any():
                assembly.report("personal_value", bound, part.place, personal, texts)
                value = value.set(personal, None)
        return value
    if bound.spec.type != "text":
        return value
    kept, changed = discreet_texts(value, assembly.discretion)
    if changed.any() and len(bound.parts) > 1:
        # A number of three digits beside a day looks like that of a telephone; neither part does.
        parts = [discreet_texts(assembly.texts(part.position), assembly.discretion) for part in bound.parts]
        changed = (
            changed
            & pl.DataFrame([own.alias(str(i)) for i, (_, own) in enumerate(parts)])
            .select(pl.any_horizontal(pl.all()))
            .to_series()
        )
        kept = value.zip_with(~changed, kept)
    if changed.any() and assembly.is_needed(bound):
        assembly.report("personal_value", bound, bound.place, changed, kept)
    return kept


def event_days(contract: Contract, values: dict[str, pl.Series], unknown: pl.Series) -> pl.Series:
    """The day of each row's event: its event time, else the first required date of the contract."""
    names = [contract.event_time] + [
        name for name, spec in contract.fields.items() if spec.required and spec.type in ("date", "timestamp")
    ]
    days = unknown
    for name in names:
        if name in values:
            days = days.zip_with(days.is_not_null(), values[name].cast(pl.Date()))
    return days


def _require(assembly: Assembly, bound: Bound) -> None:
    """A finding for each blank in a required field that has none yet."""
    if not bound.spec.required:
        return
    blank = assembly.values[bound.field].is_null() & ~assembly.reported(bound)
    if bound.column.as_ and bound.parts:
        blank = blank & assembly.texts(bound.parts[0].position).is_null()
    if blank.any():
        assembly.report("required_value", bound, bound.place, blank, assembly.throughout(None, pl.String()))
