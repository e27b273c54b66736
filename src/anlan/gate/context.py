"""What stands beside each staged row while rules ask about it: receipt, period, population."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import polars as pl

from anlan.contracts import Contract
from anlan.intake.staged import ExtractMeta
from anlan.jurisdiction import Denominator, Jurisdiction

POPULATIONS: dict[str, pl.DataType] = {
    "division_code": pl.String(),
    "year": pl.Int32(),
    "_population_count": pl.Int64(),
}
# Of the denominators of a place the one that counts people, and what its units are worth.
_POPULATION = "resident_population"
_PEOPLE = {"人": Decimal(1), "万人": Decimal(10_000), "亿人": Decimal(100_000_000)}
# As far as two vintages of one year differ, the revised one is the later.
_VINTAGES = ("first", "revised")


def context_schema(contract: Contract) -> dict[str, pl.DataType]:
    """The columns beside a row of a source, all null where nothing is known.

    ``_period_start_on``, ``_period_end_on``: the period that the extract declares. ``_earliest_on``,
    ``_latest_on``: the same, widened by the contract's slack. ``_population_count``: people in the row's
    division at the end of the year of its event, or in the nearest one above of which that is known.
    """
    schema: dict[str, pl.DataType] = {
        "_received_at": pl.Datetime("us"),
        "_period_start_on": pl.Date(),
        "_period_end_on": pl.Date(),
        "_earliest_on": pl.Date(),
        "_latest_on": pl.Date(),
    }
    return {**schema, "_population_count": pl.Int64()} if _counts_deaths(contract) else schema


def context_columns(
    rows: pl.DataFrame, meta: ExtractMeta, contract: Contract, populations: pl.DataFrame
) -> pl.DataFrame:
    """``rows`` with the columns of ``context_schema``."""
    start, end = (meta.period_start_on, meta.period_end_on) if meta.declares_period else (None, None)
    slack = contract.period_slack
    earliest = (
        start - timedelta(slack.before_days) if start and slack and slack.before_days is not None else None
    )
    latest = end + timedelta(slack.after_days) if end and slack else None
    values = (meta.received_at, start, end, earliest, latest)
    schema = context_schema(contract)
    rows = rows.with_columns(
        pl.lit(value, dtype=dtype).alias(name)
        for (name, dtype), value in zip(schema.items(), values, strict=False)
    )
    if not _counts_deaths(contract):
        return rows
    year = pl.col(contract.event_time).dt.year()
    return rows.join(
        populations,
        left_on=["division_code", year],
        right_on=["division_code", "year"],
        how="left",
        maintain_order="left",
    ).select([*rows.columns, "_population_count"])


def _counts_deaths(contract: Contract) -> bool:
    # Only deaths are compared with the population.
    return "deaths_count" in contract.fields and "division_code" in contract.fields


def populations(jurisdiction: Jurisdiction) -> pl.DataFrame:
    """People by division and year, as POPULATIONS: of a division without a number that of the one above."""
    newest: dict[tuple[str, int], tuple[int, int]] = {}
    row: Denominator
    for row in jurisdiction.tables["denominators"]:
        if row.denominator_id == _POPULATION and row.unit in _PEOPLE:
            rank = _VINTAGES.index(row.vintage) if row.vintage in _VINTAGES else len(_VINTAGES)
            count = int(row.value * _PEOPLE[row.unit])
            key = (row.area_code, row.year)
            newest[key] = max(newest.get(key, (-1, 0)), (rank, count))
    above = {division.code: division.parent for division in jurisdiction.divisions}
    found = []
    for year in sorted({year for _, year in newest}):
        for code in above:
            place: str | None = code
            while place is not None and (place, year) not in newest:
                place = above.get(place)
            if place is not None:
                found.append((code, year, newest[place, year][1]))
    return pl.DataFrame(found, schema=POPULATIONS, orient="row")
