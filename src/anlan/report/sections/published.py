"""与已刊数字核对: what was printed elsewhere against what this release computes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from anlan.report.context import ReportContext
from anlan.report.document import Block, Cell, Note, Paragraph, Row, Table, text_cell
from anlan.report.figure import print_number
from anlan.report.period import period_words

VERDICTS = {
    "equal": "一致",
    "known_difference": "已知差异",
    "differs": "不一致",
    "not_computed": "未计算",
}
_ROUNDED = ("exact", "about")
_QUALIFIERS = {"exact": "", "about": "约", "at_least": "至少", "at_most": "至多"}


def published(context: ReportContext) -> Sequence[Block]:
    """The comparison, for the whole jurisdiction only: the published figures are of it."""
    if context.area.code != context.reader.root_code:
        return []
    rows = comparison_rows(context)
    if not rows:
        return []
    compared = [row for row in rows if row["verdict"] != "not_computed"]
    counts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in VERDICTS}
    text = "、".join(f"{VERDICTS[verdict]}{number}项" for verdict, number in counts.items() if number)
    blocks: list[Block] = [Paragraph(f"登记的已刊数字共{len(rows)}项，按刊载的小数位逐项核对：{text}。")]
    if compared:
        header = ("已刊数字", "时期", "刊载", "计算", "单位", "结果")
        notes = ["计算值按刊载的小数位四舍五入后比较；“至少”“至多”按界限比较。"]
        body = [_row(row) for row in compared]
        blocks.append(Table("与已刊数字核对", "", header, body, notes=notes))
    blocks.extend(Note(f"{row['label']}：{row['reason']}") for row in compared if row["reason"])
    return blocks


def comparison_rows(context: ReportContext) -> list[dict[str, Any]]:
    """All published figures with their verdicts, those that need a look first."""
    return context.rows(
        """
        select * from marts.rpt_published_comparison
        order by case verdict when 'differs' then 1 when 'known_difference' then 2 else 3 end, figure_id
        """
    )


def source_errors(context: ReportContext, metric_ids: Sequence[str], period_label: str) -> list[str]:
    """What a published text is known to say wrongly of these metrics and period, as sentences."""
    if context.area.code != context.reader.root_code:
        return []
    return [
        f"已刊文字“{row['quote']}”有误：{row['reason']}"
        for row in comparison_rows(context)
        if row["verdict"] == "known_difference"
        and row["metric_id"] in metric_ids
        and row["period_label"] == period_label
    ]


def _row(row: dict[str, Any]) -> Row:
    decimals = row["printed_decimals"]
    # A bound is compared with the value as it is, so that is what stands beside it.
    computed = _print(row["computed_value"], decimals if row["qualifier"] in _ROUNDED else None)
    return Row(
        [
            text_cell(row["label"]),
            text_cell(period_words(row["period_label"])),
            Cell(_QUALIFIERS[row["qualifier"]] + _print(row["printed_value"], decimals), is_number=True),
            Cell(computed, row["computed_figure_id"] or "", row["measure"] or "", is_number=True),
            text_cell(row["unit_name"]),
            Cell(VERDICTS[row["verdict"]], tone="bad" if row["verdict"] == "differs" else ""),
        ]
    )


def _print(value: float, decimals: int | None) -> str:
    number = Decimal(str(value))
    if decimals is None:
        decimals = max(0, -int(number.normalize().as_tuple().exponent))
    return print_number(number, decimals)
