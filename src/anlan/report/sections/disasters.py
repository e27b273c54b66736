"""自然灾害损失: losses, and their ratio to GDP with its vintage."""

from __future__ import annotations

from collections.abc import Sequence

from anlan.report.context import ReportContext
from anlan.report.document import Block, Note, Paragraph
from anlan.report.figure import Figure, print_number
from anlan.report.sections.measures import measures
from anlan.report.sections.tables import metric_table
from anlan.report.wording import change_sentence

_METRICS = (
    ("disaster_direct_loss_wan_yuan", "自然灾害直接经济损失"),
    ("disaster_deaths", "因灾死亡失踪人数"),
)


def losses(context: ReportContext) -> Sequence[Block]:
    """Sentence with the ratio, table, and what the ratio divides by."""
    loss = context.figure("disaster_direct_loss_wan_yuan")
    ratio = context.figure("disaster_loss_gdp_ratio_pct")
    blocks: list[Block] = []
    if loss is not None and loss.value is not None:
        sentence = f"自然灾害造成直接经济损失{hundred_millions(loss)}亿元"
        if ratio is not None and ratio.value is not None:
            sentence += f"，占地区生产总值的{ratio.printed}%"
        changes = measures(context, "disaster_direct_loss_wan_yuan", "disaster_deaths")
        blocks.append(Paragraph(f"{sentence}；{change_sentence(changes)}。" if changes else f"{sentence}。"))
    blocks.append(metric_table(context, "自然灾害损失", _METRICS))
    blocks.append(Note("同一灾害多次报告的，只计每一事件、每一单位最后一次报告；损失为各事件之和。"))
    if ratio is not None and ratio.value is not None:
        blocks.append(Note("占比的分母为当年首次公布的地区生产总值（初步核算数），不随以后的修订变动。"))
    elif context.period.is_year:
        blocks.append(Note("没有同年同地区的地区生产总值，或损失数据缺报，不计算损失占比。"))
    return blocks


def hundred_millions(figure: Figure) -> str:
    """A loss in 万元 as 亿元, two decimals."""
    if figure.value is None:
        raise ValueError(f"{figure.figure_id} has no value")
    return print_number(figure.value / 10000, 2)
