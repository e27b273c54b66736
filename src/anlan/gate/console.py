"""A load as an analyst reads it: one line a file, then the first findings, then what to do."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from anlan.gate.summary import HELD_WORDS, STATUS_WORDS, LoadSummary, TableLoad, sheet_of

_STYLES = {"accepted": "green", "refused": "bold red", "failed": "bold red"}


def render_summary(summary: LoadSummary) -> RenderableType:
    """The whole of a load: tables with their row accounts, refusals, first findings, a closing line."""
    parts: list[RenderableType] = []
    if summary.tables:
        parts.append(_tables(summary))
    parts.extend(_refusal(table) for table in summary.refused)
    if summary.findings_count or summary.warnings_count:
        parts.append(_findings(summary))
    if summary.already_loaded:
        parts.append(Text(f"已载入过、内容未变的文件 {len(summary.already_loaded)} 个，未重复载入。"))
    if not summary.tables:
        parts.append(Text("收件夹中没有新文件。"))
    parts.extend(_written(summary))
    return Group(*parts)


def _written(summary: LoadSummary) -> list[Text]:
    """Where the workbook and the Data Docs lie, one line each."""
    lines = []
    if summary.workbook is not None:
        lines.append(
            Text(f"问题清单（逐个报送单位，可退回）：{summary.workbook}", style="bold", overflow="fold")
        )
    if summary.data_docs is not None:
        lines.append(Text(f"校验文档（浏览器打开，不联网）：{summary.data_docs}", overflow="fold"))
    if summary.report_fault:
        lines.append(
            Text(f"数据已入库，但问题清单或校验文档未能写出：{summary.report_fault}", style="bold red")
        )
    return lines


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
        ("提醒", summary.warnings_count),
    ):
        table.add_column(label, footer=f"{total:,}", justify="right")
    table.add_column("状态")
    for loads in _by_file(summary.tables):
        first = loads[0]
        sheet = sheet_of(first.file_name, first.sheet_name)
        table.add_row(
            Text(first.file_name),
            Text(sheet if len(loads) == 1 else f"{len(loads)} 张"),
            first.source_label,
            f"{sum(load.rows_read for load in loads):,}",
            f"{sum(load.rows_accepted for load in loads):,}",
            f"{sum(load.rows_quarantined for load in loads):,}",
            f"{sum(load.rows_set_aside for load in loads):,}",
            f"{sum(load.cells_quarantined for load in loads):,}",
            f"{sum(load.warnings_count for load in loads):,}",
            Text(STATUS_WORDS[first.status], style=_STYLES[first.status]),
        )
    return table


def _by_file(tables: list[TableLoad]) -> list[list[TableLoad]]:
    """The sheets of one source in one file together: a file may have a sheet for each city."""
    groups: dict[tuple[str, str, str], list[TableLoad]] = {}
    for load in tables:
        groups.setdefault((load.file_name, load.source, load.status), []).append(load)
    return list(groups.values())


def _refusal(load: TableLoad) -> Text:
    sheet = sheet_of(load.file_name, load.sheet_name)
    where = f"{load.file_name} 表「{sheet}」：" if sheet else f"{load.file_name}："
    # Reasons from the intake name the place themselves.
    reason = load.reason if load.file_name in load.reason else where + load.reason
    text = Text.assemble((f"{STATUS_WORDS[load.status]}：", "bold red"), reason)
    if load.remedy:
        text.append(f"\n  处理办法：{load.remedy}")
    return text


def _findings(summary: LoadSummary) -> Text:
    """Findings as sentences, not as a table: ten columns fit no terminal."""
    count, shown = summary.findings_count + summary.warnings_count, summary.findings.height
    text = Text(f"暂扣 {summary.findings_count:,} 条，提醒 {summary.warnings_count:,} 条", style="bold")
    if shown < count:
        text.append(f"，以下列出 {shown} 条；全部见 anlan quarantine")
    for finding in summary.findings.iter_rows(named=True):
        sheet = sheet_of(finding["file_name"], finding["sheet_name"])
        letter = f" {finding['column_letter']} 列" if finding["column_letter"] else ""
        row = "" if finding["row"] is None else f" 第 {finding['row']} 行"
        place = f"{finding['file_name']}{f' 表「{sheet}」' if sheet else ''}{row}{letter}"
        text.append(f"\n{place}「{finding['column_name']}」：", style="not bold")
        text.append(str(finding["value"] or "空"), style="bold yellow")
        kind = f"规则 {finding['rule_id']}，{HELD_WORDS[finding['held']]}"
        if finding["alike_count"] > 1:
            kind += f"，本表同类 {finding['alike_count']:,} 条"
        text.append(f"\n  {finding['rule_sentence']}（{kind}）", style="not bold")
        text.append(f"\n  处理办法：{finding['remedy']}", style="not bold")
    return text
