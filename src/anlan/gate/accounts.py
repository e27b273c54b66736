"""Keeping account: where the rows of each table went, and what an extract looks like as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from anlan.errors import AnlanError
from anlan.gate.rules import Rule, violation_sql
from anlan.gate.staging import Staging

PROFILE_TABLE = "extract_profile"


@dataclass(frozen=True)
class Profile:
    """One source of one extract, in numbers that an extract is judged by."""

    extract_id: str
    source: str
    rows_read: int
    rows_data: int
    rows_quarantined: int


@dataclass(frozen=True)
class TableCounts:
    """Where the rows of one table went; ``rows_read`` is what the intake counted."""

    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_set_aside: int
    cells_quarantined: int


def fill_profile(staging: Staging) -> int:
    """Fill the profile table, one row per extract and source; how many rows.

    What was turned away already is not in it.
    """
    accepted = " union all ".join(
        [
            *(
                f"select _extract_id, '{s}' as source from ({staging.accepted_sql(s)})"
                for s in staging.sources()
            ),
            "select null::varchar as _extract_id, null::varchar as source where false",
        ]
    )
    staging.connection.execute(
        f"""
        create or replace table {PROFILE_TABLE} as
        select t._extract_id, t.source, t.rows_read, t.rows_accepted + t.rows_quarantined as rows_data,
            t.rows_accepted, t.rows_quarantined
        from (
            select read.extract_id as _extract_id, read.source, read.rows_read,
                coalesce(accepted.n, 0) as rows_accepted, coalesce(held.n, 0) as rows_quarantined
            from (
                select extract_id, source, sum(rows_read)::bigint as rows_read
                from tables where not is_refused and not is_companion group by all
            ) as read
            left join (
                select _extract_id, source, count(*) as n from ({accepted}) group by all
            ) as accepted on read.extract_id = accepted._extract_id and read.source = accepted.source
            left join (
                select extract_id, source, count(distinct (sheet_name, "row")) as n
                from findings where held = 'row' group by all
            ) as held on read.extract_id = held.extract_id and read.source = held.source
        ) as t
        """
    )
    return staging.number(f"select count(*) from {PROFILE_TABLE}")


def broken_profiles(staging: Staging, rule: Rule) -> list[Profile]:
    """The profiles that break ``rule``."""
    rows = staging.connection.execute(
        "select _extract_id, source, rows_read, rows_data, rows_quarantined "
        f"from {PROFILE_TABLE} where ({violation_sql(rule, PROFILE_TABLE)}) order by all"
    ).fetchall()
    return [Profile(*row) for row in rows]


def count_tables(staging: Staging) -> dict[tuple[str, str, str], TableCounts]:
    """Counts of each table by (extract id, source, sheet).

    Errors: AnlanError when rows read differ from accepted + quarantined + set aside.
    """
    accepted = {}
    for source in staging.sources():
        query = f"select _extract_id, _sheet, count(*) from ({staging.accepted_sql(source)}) group by all"
        for extract_id, sheet, rows in staging.connection.execute(query).fetchall():
            accepted[extract_id, source, sheet] = rows
    rows_of_tables = staging.connection.execute(
        """
        select t.extract_id, t.source, t.sheet_name, t.file_name, t.rows_read,
            coalesce(held.row_count, 0), coalesce(aside.row_count, 0), coalesce(held.cell_count, 0)
        from tables as t
        left join (
            select extract_id, source, sheet_name,
                count(distinct "row") filter (held = 'row') as row_count,
                count(distinct ("row", field)) filter (held = 'cell') as cell_count
            from findings group by all
        ) as held using (extract_id, source, sheet_name)
        left join (
            select extract_id, source, sheet_name, count(*) as row_count from set_aside group by all
        ) as aside using (extract_id, source, sheet_name)
        """
    ).fetchall()
    counts = {}
    for extract_id, source, sheet, file_name, read, held, aside, cells in rows_of_tables:
        entered = accepted.get((extract_id, source, sheet), 0)
        if entered + held + aside != read:
            raise AnlanError(
                f"{file_name} 表 {sheet}：读入 {read} 行，而入库 {entered} + 暂扣 {held} + 剔除 {aside} = "
                f"{entered + held + aside} 行，账不平，本次全部未入库",
                "这是程序的错误，请把该文件和这条信息交给维护人员。",
            )
        counts[extract_id, source, sheet] = TableCounts(read, entered, held, aside, cells)
    return counts
