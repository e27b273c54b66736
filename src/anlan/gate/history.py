"""What the lake holds of earlier years, to set a new extract beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from anlan.contracts import Contract
from anlan.gate.lake import SCHEMA_FILE, accepted_file, read_ledger
from anlan.gate.staging import Staging

# Extracts of a period are compared with those of so many years before.
_YEARS = 3

COLUMN_FIGURES: dict[str, pl.DataType] = {
    "values_count": pl.Int64(),
    "nonzero_count": pl.Int64(),
    "multiples_of_ten_count": pl.Int64(),
    "median": pl.Float64(),
}
_COLUMN_SCHEMA = {"extract_id": pl.String(), "field": pl.String(), **COLUMN_FIGURES}


def earlier_rows(staging: Staging, lake: Path | None) -> pl.DataFrame:
    """Fewest and most rows of earlier extracts like the staged ones, by extract and source.

    Alike are extracts of the same source and sender that declare the same months of one of the three
    years before. Columns: extract_id, source, rows_least, rows_most.
    """
    query = """
        select t.extract_id, t.source, min(l.n) as rows_least, max(l.n) as rows_most
        from (
            select extract_id, source, any_value(sender) as sender,
                min(period_start_on) as start_on, max(period_end_on) as end_on
            from tables where not is_refused group by all
        ) as t
        inner join (
            select extract_id, source, any_value(sender) as sender, sum(rows_accepted)::bigint as n,
                min(period_start_on) as start_on, max(period_end_on) as end_on
            from _ledger where status = 'accepted' and period_basis <> 'rows' group by all
        ) as l
            on t.source = l.source and t.sender is not distinct from l.sender
            and t.extract_id <> l.extract_id
            and month(t.start_on) = month(l.start_on) and day(t.start_on) = day(l.start_on)
            and month(t.end_on) = month(l.end_on)
            and year(t.start_on) - year(l.start_on) = year(t.end_on) - year(l.end_on)
            and year(t.start_on) - year(l.start_on) between 1 and $years
        group by all
    """
    schema: dict[str, pl.DataType] = {
        "extract_id": pl.String(), "source": pl.String(), "rows_least": pl.Int64(), "rows_most": pl.Int64(),
    }  # fmt: skip
    if lake is None:
        return pl.DataFrame(schema=schema)
    staging.connection.register("_ledger", read_ledger(lake).to_arrow())
    found = staging.connection.execute(query, {"years": _YEARS}).pl()
    staging.connection.unregister("_ledger")
    return found.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def last_year(staging: Staging, source: str, lake: Path | None) -> pl.DataFrame:
    """Figures of each numeric field in the same period of the year before, by staged extract.

    Of extracts that declare their period. Of a record that stands in several extracts of the lake the
    last received counts. Columns: extract_id (of the staged extract), field, and COLUMN_FIGURES.
    """
    contract = staging.contracts[source]
    empty = pl.DataFrame(schema=_COLUMN_SCHEMA)
    if lake is None or not _numeric(contract):
        return empty
    periods = _periods(staging, source)
    if periods.is_empty():
        return empty
    start, end = periods["last_start_on"].min(), periods["last_end_on"].max()
    assert isinstance(start, date) and isinstance(end, date)
    loaded = (
        read_ledger(lake)
        .filter(pl.col("source") == source, pl.col("status") == "accepted")
        .filter(pl.col("period_start_on") <= end, pl.col("period_end_on") >= start)
        .select("extract_id", "received_at")
        .unique()
    )
    if loaded.is_empty():
        return empty
    # The file without rows has every field, also those that older files lack.
    files = [accepted_file(lake, source, extract) for extract in loaded["extract_id"]]
    files.append(lake / "accepted" / source / SCHEMA_FILE)
    day = f'cast(r."{contract.event_time}" as date)'
    fields = ", ".join(f'r."{name}"' for name in _numeric(contract))
    connection = staging.connection
    connection.register("_periods", periods.to_arrow())
    connection.register("_loaded", loaded.to_arrow())
    try:
        return column_figures(
            connection,
            contract,
            f"""
            select p._extract_id, {fields}
            from read_parquet([{_listed(files)}], union_by_name = true) as r
            inner join _periods as p on {day} between p.last_start_on and p.last_end_on
            inner join _loaded as l on r._extract_id = l.extract_id
            qualify row_number() over (
                partition by p._extract_id, r._key order by l.received_at desc, l.extract_id desc
            ) = 1
            """,
        )
    finally:
        connection.unregister("_periods")
        connection.unregister("_loaded")


def _periods(staging: Staging, source: str) -> pl.DataFrame:
    """Staged extracts of a source with a declared period, and that period of the year before."""
    return staging.connection.execute(
        """
        select extract_id as _extract_id,
            cast(min(period_start_on) - interval 1 year as date) as last_start_on,
            last_day(max(period_end_on) - interval 1 year) as last_end_on
        from tables
        where not is_refused and source = $source and period_start_on is not null
        group by all
        """,
        {"source": source},
    ).pl()


def column_figures(connection: duckdb.DuckDBPyConnection, contract: Contract, rows: str) -> pl.DataFrame:
    """COLUMN_FIGURES of each numeric field over the query ``rows``, by its ``_extract_id``."""
    aggregates = []
    for name in _numeric(contract):
        column = f'"{name}"'
        aggregates += [
            f'count({column}) as "{name}:values_count"',
            f'count(*) filter (where {column} <> 0) as "{name}:nonzero_count"',
            f'count(*) filter (where {column} <> 0 and {column} % 10 = 0) as "{name}:multiples_of_ten_count"',
            f'median(cast({column} as double)) filter (where {column} <> 0) as "{name}:median"',
        ]
    if not aggregates:
        return pl.DataFrame(schema=_COLUMN_SCHEMA)
    query = f"select _extract_id, {', '.join(aggregates)} from ({rows}) as r group by all"
    wide = connection.execute(query).pl()
    lines = [
        {
            "extract_id": row["_extract_id"],
            "field": name,
            **{figure: row[f"{name}:{figure}"] for figure in COLUMN_FIGURES},
        }
        for row in wide.iter_rows(named=True)
        for name in _numeric(contract)
    ]
    return pl.DataFrame(lines, schema=_COLUMN_SCHEMA, orient="row")


def _listed(files: Sequence[Path]) -> str:
    return ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)


def _numeric(contract: Contract) -> list[str]:
    return [name for name, spec in contract.fields.items() if spec.type in ("integer", "decimal")]
