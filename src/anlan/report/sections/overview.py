"""总体情况: what happened, in sentences, and the course of the year."""

from __future__ import annotations

from collections.abc import Sequence

from anlan.report.charts import monthly_profile
from anlan.report.context import ReportContext
from anlan.report.document import Block, ChartBlock, Paragraph, Row, Table, compared_cells, text_cell
from anlan.report.period import period_words
from anlan.report.sections.measures import SOURCES, measures
from anlan.report.sections.tables import COMPARED_HEADER, percent_notes
from anlan.report.wording import occurrence_sentence

_EVENTS = (
    ("accidents", "accident_deaths"),
    ("fires", "fire_deaths"),
    ("forest_fires", "forest_fire_deaths"),
)

_HEADLINES = (
    ("accidents", "生产安全事故起数"),
    ("accident_deaths", "生产安全事故死亡人数"),
    ("fires", "火灾起数"),
    ("fire_deaths", "火灾亡人数"),
    ("forest_fires", "森林火灾起数"),
)

# The first that the place reports is drawn month by month.
_PROFILES = (("accidents", "生产安全事故起数"), ("forest_fires", "森林火灾起数"))


def overview(context: ReportContext) -> Sequence[Block]:
    """One paragraph for the whole period, one for the month of a monthly report, the monthly profile."""
    labels = [context.period.whole]
    if not context.period.is_year and context.period.last_month > 1:
        labels.insert(0, context.period.label)
    blocks: list[Block] = [Paragraph(text) for label in labels if (text := _period_paragraph(context, label))]
    if len(labels) > 1:
        blocks.append(_month_and_months_so_far(context, labels))
    blocks.extend(_profile(context))
    return blocks


def _profile(context: ReportContext) -> Sequence[Block]:
    for metric_id, name in _PROFILES:
        found = [context.figure(metric_id, period_label=label) for label in context.period.months]
        figures = [figure for figure in found if figure is not None]
        if any(figure.value is not None for figure in figures):
            caption = context.caption.about(SOURCES[metric_id])
            title = f"{name}按月"
            return [ChartBlock(monthly_profile(figures, title, caption), f"{title}，本年与上年")]
    return []


def _month_and_months_so_far(context: ReportContext, labels: Sequence[str]) -> Table:
    rows = []
    for metric_id, name in _HEADLINES:
        if context.has_source(metric_id):
            figures = [context.figure(metric_id, period_label=label) for label in labels]
            rows.append(Row([text_cell(name), *(cell for f in figures for cell in compared_cells(f))]))
    groups = [("", 1), *((period_words(label), 3) for label in labels)]
    header = ("指标", *COMPARED_HEADER * len(labels))
    return Table("主要指标", "起、人、%", header, rows, groups=groups, notes=percent_notes(rows))


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
