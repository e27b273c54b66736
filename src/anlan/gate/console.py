"""A load as an analyst reads it: one line a table, then the first findings, then what to do."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from anlan.gate.summary import LoadSummary, TableLoad

_STATUS = {
    "accepted": ("入库", "green"),
    "refused": ("整件退回", "bold red"),
    "failed": ("未能读取", "bold red"),
}
_HELD = {"row": "整行", "cell": "单元格", "extract": "整件"}


def render_summary(summary: LoadSummary) -> RenderableType:
    """The whole of a load: tables with their row accounts, refusals, first findings, a closing line."""
    parts: list[RenderableType] = []
    if summary.tables:
        parts.append(_tables(summary))
    parts.extend(_refusal(table) for table in summary.refused)
    if summary.findings_count:
        parts.append(_findings(summary))
    if summary.already_loaded:
        parts.append(Text(f"已载入过、内容未变的文件 {len(summary.already_loaded)} 个，未重复载入。"))
    if not summary.tables:
        parts.append(Text("收件夹中没有新文件。"))
    return Group(*parts)


def _tables(summary: LoadSummary) -> Table:
    table = Table(title="载入结果（读入 = 入库 + 暂扣 + 剔除）", title_justify="left", show_footer=True)
    table.add_column("文件", footer="合计", overflow="fold")
    table.add_column("表", overflow="fold")
    table.add_column("数据源")
    for label, total in (
        ("读入", summary.rows_read),
        ("入库", summary.rows_accepted),
        ("暂扣", summary.rows_quarantined),
        ("剔除", summary.rows_set_aside),
        ("暂扣单元格", summary.cells_quarantined),
    ):
        table.add_column(label, footer=f"{total:,}", justify="right")
    table.add_column("状态")
    for load in summary.tables:
        status, style = _STATUS[load.status]
        table.add_row(
            Text(load.file_name),
            Text(load.sheet_name),
            load.source_label,
            f"{load.rows_read:,}",
            f"{load.rows_accepted:,}",
            f"{load.rows_quarantined:,}",
            f"{load.rows_set_aside:,}",
            f"{load.cells_quarantined:,}",
            Text(status, style=style),
        )
    return table


def _refusal(load: TableLoad) -> Text:
    where = f"{load.file_name} 表「{load.sheet_name}」：" if load.sheet_name else f"{load.file_name}："
    # Reasons from the intake name the place themselves.
    reason = load.reason if load.file_name in load.reason else where + load.reason
    text = Text.assemble((f"{_STATUS[load.status][0]}：", "bold red"), reason)
    if load.remedy:
        text.append(f"\n  处理办法：{load.remedy}")
    return text


def _findings(summary: LoadSummary) -> Table:
    shown = summary.findings.height
    title = f"暂扣 {summary.findings_count:,} 条"
    if shown < summary.findings_count:
        title += f"，以下为前 {shown} 条；全部见 anlan quarantine"
    table = Table(title=title, title_justify="left")
    for label in ("文件", "表", "行", "列", "列名", "值", "问题", "规则", "处理办法", "暂扣"):
        table.add_column(label, overflow="fold", justify="right" if label == "行" else "left")
    for row in summary.findings.iter_rows(named=True):
        cells = [
            row["file_name"],
            row["sheet_name"],
            row["row"],
            row["column_letter"],
            row["column_name"],
            row["value"],
            row["rule_sentence"],
            row["rule_id"],
            row["remedy"],
            _HELD[row["held"]],
        ]
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in cells))
    return table
