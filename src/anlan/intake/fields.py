"""One field of a table from the columns that carry it: cast, joined, summed, chosen, or told by flags."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import polars as pl

from anlan.contracts import Case, field_dtype
from anlan.errors import AnlanError
from anlan.intake.assembly import Assembly
from anlan.intake.bind import Bound, Part
from anlan.intake.cast import TYPE_RULES, cast_one, cast_texts, plain_code
from anlan.intake.findings import Place
from anlan.intake.nearest import nearest_hints
from anlan.intake.unique import map_unique


def read_field(assembly: Assembly, bound: Bound) -> pl.Series:
    """A field that is no division and not personal: parts combined, then ``cases``, then ``otherwise``."""
    column = bound.column
    value = _combine(assembly, bound)
    for case in reversed(column.cases):
        chosen = constant(assembly, bound.field, case.value)
        value = chosen.zip_with(_holds(assembly, case), value)
    if column.otherwise is not None:
        fallback = constant(assembly, bound.field, column.otherwise)
        # What could not be read is held back, not replaced.
        value = value.zip_with(value.is_not_null() | assembly.reported(bound), fallback)
    return value


def constant(assembly: Assembly, name: str, text: str) -> pl.Series:
    """A value that the contract gives, in every row.

    Errors: AnlanError for a value that the field cannot hold.
    """
    spec = assembly.contract.fields[name]
    value = cast_one(text, spec)
    if value.is_null().any():
        raise contract_error(assembly, name, text)
    return value.new_from_index(0, assembly.rows.len())


def contract_error(assembly: Assembly, name: str, text: str) -> AnlanError:
    """The contract, not the file, is wrong."""
    return AnlanError(
        f"合同 {assembly.contract.source} 的布局 {assembly.layout.id}：字段 {name} 不能取值“{text}”",
        "改正该布局 constants、cases 或 otherwise 中的这个值。",
    )


def translate(texts: pl.Series, bound: Bound) -> pl.Series:
    """Texts as the layout's ``values`` say; those it does not name stay."""
    if not bound.column.values:
        return texts
    known = {plain_code(text): code for text, code in bound.column.values.items()}
    return map_unique(texts, pl.String(), lambda text: known.get(plain_code(text), text))


def _combine(assembly: Assembly, bound: Bound) -> pl.Series:
    dtype = field_dtype(bound.spec)
    if not bound.parts:
        return assembly.throughout(None, dtype)
    if bound.column.combine == "join":
        return _cast(assembly, bound, bound.place, _join(assembly, bound), Fraction(1))[0]
    parts = [_part(assembly, bound, part) for part in bound.parts]
    if bound.column.combine == "sum":
        total = pl.DataFrame([value.alias(str(i)) for i, (value, _) in enumerate(parts)]).select(
            pl.when(pl.any_horizontal(pl.all().is_not_null())).then(pl.sum_horizontal(pl.all()))
        )
        result = total.to_series().cast(dtype)
        # The rest of a sum is not the sum.
        for _, bad in parts:
            result = result.set(bad, None)
        return result
    result, settled = assembly.throughout(None, dtype), assembly.throughout(False, pl.Boolean())
    for value, bad in parts:
        result = result.zip_with(settled, value)
        settled = settled | value.is_not_null() | bad
    return result


def _part(assembly: Assembly, bound: Bound, part: Part) -> tuple[pl.Series, pl.Series]:
    return _cast(assembly, bound, part.place, assembly.texts(part.position), part.factor, part.share)


def _cast(
    assembly: Assembly,
    bound: Bound,
    place: Place,
    texts: pl.Series,
    factor: Fraction,
    share: str | None = None,
) -> tuple[pl.Series, pl.Series]:
    """Values of one column of texts, and where a text is none; findings are made for those."""
    translated = translate(texts, bound)
    value = cast_texts(translated, bound.spec, replace(assembly.reading, factor=factor, unit=share))
    bad = translated.is_not_null() & value.is_null()
    if bad.any():
        labels = list((bound.spec.codes or {}).values())
        hints = nearest_hints(texts.filter(bad), labels, plain_code) if labels else None
        assembly.report(TYPE_RULES[bound.spec.type], bound, place, bad, texts, hints)
    return value, bad


def _join(assembly: Assembly, bound: Bound) -> pl.Series:
    """The parts' texts with a space between.

    A clock time without its day is no value. A day without its clock time is one where the field is
    required, because it puts the record in its period; elsewhere it would be half a moment, and the
    durations reckoned from it wrong.
    """
    parts = pl.DataFrame([assembly.texts(part.position).alias(str(i)) for i, part in enumerate(bound.parts)])
    joined = parts.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series()
    if bound.spec.type not in ("date", "timestamp"):
        return joined.set(joined == "", None)
    needed = pl.col("0").is_null() if bound.spec.required else pl.any_horizontal(pl.all().is_null())
    return joined.set(parts.select(needed).to_series(), None)


def _holds(assembly: Assembly, case: Case) -> pl.Series:
    holds = assembly.throughout(True, pl.Boolean())
    for header, texts in case.when.items():
        found = assembly.match.found.get(header)
        if found is None:
            return assembly.throughout(False, pl.Boolean())
        cells = assembly.texts(found.cell.index).fill_null("")
        holds &= map_unique(cells, pl.String(), plain_code).is_in([plain_code(text) for text in texts])
    return holds
