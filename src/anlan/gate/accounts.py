"""Keeping account: where the rows of each table went."""

from __future__ import annotations

from dataclasses import dataclass

from anlan.errors import AnlanError
from anlan.gate.staging import Staging


@dataclass(frozen=True)
class TableCounts:
    """Where the rows of one table went; ``rows_read`` is what the intake counted.

    ``warnings_count``: findings that hold nothing back, of rows and of the table as a whole.
    """

    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_set_aside: int
    cells_quarantined: int
    warnings_count: int


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
            coalesce(held.row_count, 0), coalesce(aside.row_count, 0), coalesce(held.cell_count, 0),
            coalesce(held.warning_count, 0)
        from tables as t
        left join (
            select extract_id, source, sheet_name,
                count(distinct "row") filter (held = 'row') as row_count,
                count(distinct ("row", field)) filter (held = 'cell') as cell_count,
                count(*) filter (held = 'nothing') as warning_count
            from findings group by all
        ) as held using (extract_id, source, sheet_name)
        left join (
            select extract_id, source, sheet_name, count(*) as row_count from set_aside group by all
        ) as aside using (extract_id, source, sheet_name)
        """
    ).fetchall()
    counts = {}
    for extract_id, source, sheet, file_name, read, held, aside, cells, warnings in rows_of_tables:
        entered = accepted.get((extract_id, source, sheet), 0)
        if entered + held + aside != read:
            raise AnlanError(
                f"{file_name} 表 {sheet}：读入 {read} 行，而入库 {entered} + 暂扣 {held} + 剔除 {aside} = "
                f"{entered + held + aside} 行，账不平，本次全部未入库",
                "这是程序的错误，请把该文件和这条信息交给维护人员。",
            )
        counts[extract_id, source, sheet] = TableCounts(read, entered, held, aside, cells, warnings)
    return counts
