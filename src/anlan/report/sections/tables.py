"""Tables that several sections take the form of."""

from __future__ import annotations

from collections.abc import Sequence

from anlan.report.context import Area, ReportContext
from anlan.report.document import Row, Table, compared_cells, text_cell
from anlan.report.figure import Figure

COMPARED_HEADER = ("本期", "上年同期", "±%")
PERCENT_NOTE = "“—”表示本期或上年同期为0，不计算增减百分比。"


def breakdown_table(
    context: ReportContext,
    caption: str,
    breakdown_type: str,
    metrics: Sequence[tuple[str, str]],
    first_column: str,
) -> Table | None:
    """Total first, then the parts of a breakdown; three columns for each (metric, heading).

    None when the release holds no such breakdown.
    """
    names: dict[str, str] = {}
    for metric_id, _ in metrics:
        for part in context.breakdown(metric_id, breakdown_type):
            names.setdefault(part.breakdown_code, part.breakdown_name)
    if not names:
        return None
    rows = [_row("合计", [context.figure(metric_id) for metric_id, _ in metrics], is_total=True)]
    for code, name in names.items():
        parts = [context.figure(metric_id, (breakdown_type, code)) for metric_id, _ in metrics]
        rows.append(_row(name, parts))
    return _compared_table(caption, first_column, rows, metrics, context)


def area_table(context: ReportContext, caption: str, metrics: Sequence[tuple[str, str]]) -> Table:
    """The whole area first, then its parts in protocol order; three columns for each (metric, heading)."""
    areas: list[Area] = [context.area, *context.parts]
    rows = [
        _row(
            area.name,
            [context.figure(metric_id, area=area) for metric_id, _ in metrics],
            is_total=area.code == context.area.code,
        )
        for area in areas
    ]
    return _compared_table(caption, "地区", rows, metrics, context)


def metric_table(
    context: ReportContext, caption: str, metrics: Sequence[tuple[str, str]], period_label: str | None = None
) -> Table:
    """One row for each (metric, name), with its unit: for measures that do not add up."""
    rows = []
    for metric_id, name in metrics:
        figure = context.figure(metric_id, period_label=period_label)
        unit = figure.unit_name if figure else ""
        rows.append(Row([text_cell(name), text_cell(unit), *compared_cells(figure)]))
    return Table(caption, "", ("指标", "单位", *COMPARED_HEADER), rows, notes=percent_notes(rows))


def percent_notes(rows: Sequence[Row]) -> list[str]:
    """The note that defines —, where a table holds one."""
    return [PERCENT_NOTE] if any(cell.text == "—" for row in rows for cell in row.cells) else []


def _row(name: str, figures: Sequence[Figure | None], is_total: bool = False) -> Row:
    cells = [text_cell(name)]
    for figure in figures:
        cells.extend(compared_cells(figure))
    return Row(cells, is_total)


def _compared_table(
    caption: str,
    first_column: str,
    rows: Sequence[Row],
    metrics: Sequence[tuple[str, str]],
    context: ReportContext,
) -> Table:
    units = dict.fromkeys(
        figure.unit_name for metric_id, _ in metrics if (figure := context.figure(metric_id)) is not None
    )
    return Table(
        caption,
        "、".join([*units, "%"]),
        (first_column, *COMPARED_HEADER * len(metrics)),
        rows,
        groups=[("", 1), *((heading, 3) for _, heading in metrics)],
        notes=percent_notes(rows),
    )
