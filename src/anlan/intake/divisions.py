"""The division of each row, from one column, several, or the name of the sheet."""

from __future__ import annotations

import polars as pl

from anlan.intake.areas import AreaResolver, plain_area
from anlan.intake.assembly import Assembly
from anlan.intake.bind import Bound
from anlan.intake.fields import contract_error, translate
from anlan.intake.nearest import nearest_hints


def read_division(
    assembly: Assembly, bound: Bound, areas: AreaResolver, outer_area: str | None, days: pl.Series
) -> pl.Series:
    """Codes of a division field at the days of the events; unknown and ambiguous names are findings."""
    parts = [translate(assembly.texts(part.position), bound) for part in bound.parts]
    if outer_area is not None:
        parts.insert(0, assembly.throughout(outer_area, pl.String()))
    if not parts:
        return assembly.throughout(None, pl.String())
    codes, problems = areas.resolve(parts, days)
    if bound.column.otherwise is not None:
        blank = codes.is_null() & problems.is_null()
        codes = area_of(assembly, bound.field, bound.column.otherwise, areas, days).zip_with(blank, codes)
    named = pl.DataFrame([part.alias(str(i)) for i, part in enumerate(parts)])
    shown = named.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series()
    for rule in ("area_known", "area_ambiguous"):
        bad = (problems == rule).fill_null(False)
        if bad.any():
            hints = _hints(named.filter(bad), shown.filter(bad), areas) if rule == "area_known" else None
            assembly.report(rule, bound, bound.place, bad, shown, hints)
    return codes


def area_of(assembly: Assembly, field: str, text: str, areas: AreaResolver, days: pl.Series) -> pl.Series:
    """The division that a contract names, as it was at the days of the events.

    Errors: AnlanError for a name that is no division.
    """
    if not areas.knows(text):
        raise contract_error(assembly, field, text)
    return areas.resolve([assembly.throughout(text, pl.String())], days)[0]


def _hints(named: pl.DataFrame, shown: pl.Series, areas: AreaResolver) -> dict[str, str]:
    """Shown text -> what is likely wrong: the innermost name, or the outer one it is said to lie in."""
    inner = named.select(pl.coalesce(named.columns[::-1])).to_series()
    distinct = pl.DataFrame([shown.alias("shown"), inner.alias("inner")]).unique(maintain_order=True)
    pairs = dict(distinct.rows())
    nearest = nearest_hints(pl.Series(list(pairs.values()), dtype=pl.String()), areas.names, plain_area)
    hints = {text: nearest[name] for text, name in pairs.items() if name in nearest}
    return hints | {
        text: f"“{name}”不在所写的上级之下。" for text, name in pairs.items() if areas.knows(name)
    }
