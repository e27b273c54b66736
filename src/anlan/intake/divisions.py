"""The division of each row, from one column, several, or the name of the sheet."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from anlan.contracts import Column
from anlan.intake.areas import AreaResolver, plain_area
from anlan.intake.assembly import Assembly
from anlan.intake.bind import Bound
from anlan.intake.fields import contract_error, translate
from anlan.intake.findings import Place
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
        other, other_problems = _area_of(assembly, bound.field, bound.column.otherwise, areas, days)
        codes, problems = other.zip_with(blank, codes), other_problems.zip_with(blank, problems)
    _report(assembly, bound, areas, parts, problems)
    return codes


def _report(
    assembly: Assembly, bound: Bound, areas: AreaResolver, parts: list[pl.Series], problems: pl.Series
) -> None:
    named = pl.DataFrame([part.alias(str(i)) for i, part in enumerate(parts)])
    shown = named.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series()
    for rule in ("area_known", "area_ambiguous", "area_valid"):
        bad = (problems == rule).fill_null(False)
        if bad.any():
            hints = None
            if rule == "area_known":
                hints = _hints(named.filter(bad), shown.filter(bad), areas)
            elif rule == "area_valid":
                distinct = named.with_columns(shown.alias("shown")).filter(bad).unique(maintain_order=True)
                hints = {row[-1]: areas.life([part or "" for part in row[:-1]]) for row in distinct.rows()}
            for place, here in _blamed(bound, named, bad, areas):
                assembly.report(rule, bound, place, here, shown, hints)


def _blamed(
    bound: Bound, named: pl.DataFrame, bad: pl.Series, areas: AreaResolver
) -> Iterator[tuple[Place, pl.Series]]:
    """The column to look at for each bad row: the outermost whose name, read from outside, is no division.

    ``named``: the parts of each row from outer to inner; a part before the first column is the sheet's name.
    """
    if len(bound.parts) < 2:
        yield bound.place, bad
        return
    before = named.width - len(bound.parts)
    distinct = named.filter(bad).unique(maintain_order=True)
    columns = [_first_unknown(row, before, areas) for row in distinct.rows()]
    table = distinct.with_columns(pl.Series("blamed", columns, dtype=pl.Int64()))
    blamed = named.join(table, on=named.columns, how="left", maintain_order="left", nulls_equal=True)[
        "blamed"
    ]
    for column in sorted(set(columns)):
        yield bound.parts[column].place, bad & (blamed == column).fill_null(False)


def _first_unknown(row: tuple[str | None, ...], before: int, areas: AreaResolver) -> int:
    filled = [i for i, text in enumerate(row) if text]
    for end in filled:
        if not areas.candidates([text for text in row[: end + 1] if text]):
            return max(end - before, 0)
    return max(filled[-1] - before, 0)


def constant_division(
    assembly: Assembly, field: str, text: str, areas: AreaResolver, days: pl.Series
) -> pl.Series:
    """The division that a contract names for every row, as it was at the days of the events.

    Errors: AnlanError for a name that is no division.
    """
    codes, problems = _area_of(assembly, field, text, areas, days)
    bound = Bound(field, assembly.contract.fields[field], Column(field=field, otherwise=text), ())
    _report(assembly, bound, areas, [assembly.throughout(text, pl.String())], problems)
    return codes


def _area_of(
    assembly: Assembly, field: str, text: str, areas: AreaResolver, days: pl.Series
) -> tuple[pl.Series, pl.Series]:
    if not areas.knows(text):
        raise contract_error(assembly, field, text)
    return areas.resolve([assembly.throughout(text, pl.String())], days)


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
