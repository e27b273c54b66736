"""What an extract looks like as a whole, in numbers that it is judged by: its rows, and its columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from anlan.gate.history import COLUMN_FIGURES, column_figures, earlier_rows, last_year
from anlan.gate.rules import Rule, violation_sql
from anlan.gate.staging import Staging, stage_name

PROFILE_TABLE = "extract_profile"
COLUMN_PROFILE_TABLE = "column_profile"


@dataclass(frozen=True)
class ExtractProfile:
    """One source of one extract. ``rows_data``: accepted and quarantined; ``period_*``: as declared.

    ``dated_rows`` are the staged rows; ``rows_in_period`` those of the declared period and
    ``rows_beyond_slack`` those outside it by more than the source allows. ``busiest_month_on``: first day
    of the month that most rows fall into. ``earlier_rows_least``/``_most``: rows of the extracts of the
    same sender for the same period of the three years before.
    """

    extract_id: str
    source: str
    rows_read: int
    rows_data: int
    rows_accepted: int
    rows_quarantined: int
    period_start_on: date | None
    period_end_on: date | None
    dated_rows: int
    rows_in_period: int
    rows_beyond_slack: int
    busiest_month_on: date | None
    earlier_rows_least: int | None
    earlier_rows_most: int | None

    @property
    def field(self) -> str | None:
        """None: the extract as a whole."""
        return None

    def told(self, rule: Rule) -> str:
        """Both months, both numbers of rows, or where the rows went, as the rule asks."""
        asked = set(rule.meta.columns)
        if "busiest_month_on" in asked:
            return (
                f"声明的时段为{_months(self.period_start_on, self.period_end_on)}，{self.dated_rows} 行中只有"
                f" {self.rows_in_period} 行在其中，最多的在{_months(self.busiest_month_on, None)}"
            )
        if "earlier_rows_least" in asked:
            least, most = self.earlier_rows_least, self.earlier_rows_most
            before = f"{least}" if least == most else f"{least} 至 {most}"
            return f"本期 {self.rows_data} 行，往年同期 {before} 行"
        return f"读入 {self.rows_read} 行，其中数据 {self.rows_data} 行，暂扣 {self.rows_quarantined} 行"


@dataclass(frozen=True)
class ColumnProfile:
    """One numeric field of one source of an extract beside the same period of last year.

    Medians are of values other than 0. There is a line only where the lake has such a period.
    """

    extract_id: str
    source: str
    field: str
    column_label: str
    unit: str | None
    values_count: int
    nonzero_count: int
    multiples_of_ten_count: int
    median: float | None
    last_values_count: int
    last_nonzero_count: int
    last_multiples_of_ten_count: int
    last_median: float | None

    def told(self, rule: Rule) -> str:
        """Column and both medians, or both counts of multiples of ten, as the rule asks."""
        if "multiples_of_ten_count" in rule.meta.columns:
            return (
                f"{self.column_label}：本期非零的 {self.nonzero_count} 个全是 10 的整数倍，上年同期"
                f" {self.last_nonzero_count} 个中有 {self.last_multiples_of_ten_count} 个"
            )
        unit = f" {self.unit}" if self.unit else ""
        return (
            f"{self.column_label}：本期中位数 {_number(self.median)}{unit}，"
            f"上年同期 {_number(self.last_median)}{unit}"
        )


Profile = ExtractProfile | ColumnProfile


def fill_profile(staging: Staging, lake: Path | None) -> int:
    """Fill the table of ExtractProfile, one row per extract and source; how many rows.

    What was turned away already is not in it. ``lake``: where earlier years are looked up.
    """
    staging.replace("earlier_rows", earlier_rows(staging, lake))
    dates = [_dates_sql(staging, source) for source in staging.sources()]
    accepted = [
        f"select _extract_id, '{s}' as source from ({staging.accepted_sql(s)})" for s in staging.sources()
    ]
    staging.connection.execute(
        f"""
        create or replace table {PROFILE_TABLE} as
        with whole as (
            select extract_id, source, sum(rows_read)::bigint as rows_read,
                min(period_start_on) as period_start_on, max(period_end_on) as period_end_on
            from tables where not is_refused and not is_companion group by all
        ),
        accepted as (
            select _extract_id, source, count(*) as n from ({_union(accepted)}) as rows group by all
        ),
        held as (
            select extract_id, source, count(distinct (sheet_name, "row")) as n
            from findings where held = 'row' group by all
        ),
        months as ({_union(dates)}),
        dated as (
            select _extract_id, source, sum(n)::bigint as n, sum(in_period)::bigint as in_period,
                sum(beyond)::bigint as beyond, arg_max(month_on, n) as busiest
            from months group by all
        )
        select whole.extract_id as _extract_id, whole.source, whole.rows_read,
            coalesce(accepted.n, 0) + coalesce(held.n, 0) as rows_data,
            coalesce(accepted.n, 0) as rows_accepted, coalesce(held.n, 0) as rows_quarantined,
            whole.period_start_on, whole.period_end_on,
            coalesce(dated.n, 0) as dated_rows, coalesce(dated.in_period, 0) as rows_in_period,
            coalesce(dated.beyond, 0) as rows_beyond_slack, dated.busiest as busiest_month_on,
            earlier.rows_least as earlier_rows_least, earlier.rows_most as earlier_rows_most
        from whole
        left join accepted on whole.extract_id = accepted._extract_id and whole.source = accepted.source
        left join held on whole.extract_id = held.extract_id and whole.source = held.source
        left join dated on whole.extract_id = dated._extract_id and whole.source = dated.source
        left join earlier_rows as earlier
            on whole.extract_id = earlier.extract_id and whole.source = earlier.source
        """
    )
    return staging.number(f"select count(*) from {PROFILE_TABLE}")


def _dates_sql(staging: Staging, source: str) -> str:
    """Staged rows of ``source`` by month of their event, and how many of them lie outside their period."""
    day = f'cast("{staging.contracts[source].event_time}" as date)'
    return f"""
        select _extract_id, '{source}' as source, date_trunc('month', {day}) as month_on, count(*) as n,
            count(*) filter (where {day} between _period_start_on and _period_end_on) as in_period,
            count(*) filter (where {day} < _earliest_on or {day} > _latest_on) as beyond
        from {stage_name(source)} group by all
    """


def _union(queries: Iterable[str]) -> str:
    nothing = (
        "select null::varchar as _extract_id, null::varchar as source, null::date as month_on, "
        "0 as n, 0 as in_period, 0 as beyond where false"
    )
    return " union all by name ".join([*queries, nothing])


def fill_columns(staging: Staging, lake: Path | None) -> int:
    """Fill the table of ColumnProfile; how many rows."""
    figures = []
    for source in staging.sources():
        before = last_year(staging, source, lake)
        if before.is_empty():
            continue
        now = column_figures(
            staging.connection,
            staging.contracts[source],
            f"select * from ({staging.accepted_sql(source)}) semi join "
            f"(select extract_id from tables where not is_refused) on _extract_id = extract_id",
        )
        figures.append(
            now.join(before, on=["extract_id", "field"], suffix="_before").with_columns(source=pl.lit(source))
        )
    labels = {
        (source, name): (spec.label, spec.unit)
        for source, contract in staging.contracts.items()
        for name, spec in contract.fields.items()
    }
    lines = [
        {
            "_extract_id": row["extract_id"],
            "source": row["source"],
            "field": row["field"],
            "column_label": labels[row["source"], row["field"]][0],
            "unit": labels[row["source"], row["field"]][1],
            **{name: row[name] for name in COLUMN_FIGURES},
            **{f"last_{name}": row[f"{name}_before"] for name in COLUMN_FIGURES},
        }
        for frame in figures
        for row in frame.sort("extract_id", "field").iter_rows(named=True)
    ]
    text = pl.String()
    schema: dict[str, pl.DataType] = dict.fromkeys(
        ("_extract_id", "source", "field", "column_label", "unit"), text
    )
    schema |= {f"{prefix}{name}": dtype for prefix in ("", "last_") for name, dtype in COLUMN_FIGURES.items()}
    staging.replace(COLUMN_PROFILE_TABLE, pl.DataFrame(lines, schema=schema, orient="row"))
    return len(lines)


def broken_extracts(staging: Staging, rule: Rule) -> list[Profile]:
    """The extracts that break ``rule``."""
    return [ExtractProfile(*row) for row in _broken(staging, rule, PROFILE_TABLE)]


def broken_columns(staging: Staging, rule: Rule) -> list[Profile]:
    """The columns that break ``rule``."""
    return [ColumnProfile(*row) for row in _broken(staging, rule, COLUMN_PROFILE_TABLE)]


def _broken(staging: Staging, rule: Rule, table: str) -> list[tuple[Any, ...]]:
    query = f"select * from {table} where ({violation_sql(rule, table)}) order by all"
    return staging.connection.execute(query).fetchall()


def _months(start: date | None, end: date | None) -> str:
    if start is None:
        return "（不详）"
    first = f"{start.year}年{start.month}月"
    if end is None or (start.year, start.month) == (end.year, end.month):
        return first
    return f"{first}至{end.year}年{end.month}月"


def _number(value: float | None) -> str:
    return "（无）" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")
