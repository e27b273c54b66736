"""火灾: the fire-rescue service's own statistics, never added to accidents."""

from __future__ import annotations

from collections.abc import Sequence

from anlan.report.charts import city_bars
from anlan.report.context import ReportContext
from anlan.report.document import Block, ChartBlock, Note, Paragraph
from anlan.report.sections.measures import measures
from anlan.report.sections.tables import metric_table
from anlan.report.wording import change_sentence, occurrence_sentence

_METRICS = (
    ("fires", "火灾起数"),
    ("fire_deaths", "火灾亡人数"),
    ("fire_injuries", "火灾受伤人数"),
    ("fire_property_loss_yuan", "火灾直接财产损失"),
)


def fires(context: ReportContext) -> Sequence[Block]:
    """Sentence, table, and a chart by area."""
    blocks: list[Block] = []
    found = measures(context, "fires", "fire_deaths", "fire_injuries")
    if found:
        sentence = occurrence_sentence(found[0], found[1:])
        loss = measures(context, "fire_property_loss_yuan")
        if loss:
            sentence += f"；{change_sentence(loss)}"
        blocks.append(Paragraph(f"{sentence}。"))
    blocks.append(metric_table(context, "火灾情况", _METRICS))
    figures = [f for part in context.parts if (f := context.figure("fires", area=part)) is not None]
    if any(f.value is not None for f in figures):
        chart = city_bars(figures, "各地区火灾起数", context.caption.about("火灾统计"))
        blocks.append(ChartBlock(chart, "各地区火灾起数"))
    blocks.append(Note("火灾按消防救援口径统计，与生产安全事故口径不同，两者不相加。"))
    return blocks
