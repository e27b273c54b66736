"""总体情况: what happened, in sentences, and the course of the year."""

from __future__ import annotations

from collections.abc import Sequence

from anlan.report.charts import monthly_profile
from anlan.report.context import ReportContext
from anlan.report.document import Block, ChartBlock, Paragraph
from anlan.report.period import period_words
from anlan.report.sections.measures import measures
from anlan.report.wording import occurrence_sentence

_EVENTS = (
    ("accidents", "accident_deaths"),
    ("fires", "fire_deaths"),
    ("forest_fires", "forest_fire_deaths"),
)


def overview(context: ReportContext) -> Sequence[Block]:
    """One paragraph for the whole period, one for the month of a monthly report, the monthly profile."""
    labels = [context.period.whole]
    if not context.period.is_year and context.period.last_month > 1:
        labels.insert(0, context.period.label)
    blocks: list[Block] = [Paragraph(text) for label in labels if (text := _period_paragraph(context, label))]
    profile = [
        figure
        for label in context.period.months
        if (figure := context.figure("accidents", period_label=label)) is not None
    ]
    if any(figure.value is not None for figure in profile):
        caption = context.caption.about("生产安全事故统计")
        chart = monthly_profile(profile, "生产安全事故起数按月", caption)
        blocks.append(ChartBlock(chart, "本年与上年各月生产安全事故起数"))
    return blocks


def _period_paragraph(context: ReportContext, label: str) -> str:
    sentences = []
    for event_id, *others in _EVENTS:
        if not context.has_source(event_id):
            continue
        found = measures(context, event_id, *others, period_label=label)
        if found and found[0].figure.metric_id == event_id:
            sentences.append(occurrence_sentence(found[0], found[1:]))
    if not sentences:
        return ""
    return f"{period_words(label)}，{context.area.name}{'。'.join(sentences)}。"
