"""执法检查与隐患排查治理."""

from __future__ import annotations

from collections.abc import Sequence

from anlan.report.charts import rectification_rates
from anlan.report.context import Area, ReportContext
from anlan.report.document import Block, ChartBlock, Note, Paragraph, Row, Table, number_cell, text_cell
from anlan.report.figure import Figure
from anlan.report.period import period_words
from anlan.report.sections.tables import metric_table

_INSPECTIONS = (
    ("inspection_visits", "检查家次"),
    ("inspected_units", "检查企业（不重复）"),
    ("inspectors_person_times", "出动检查人员"),
)
_HAZARDS = ("hazards_found", "hazards_rectified", "hazard_rectification_rate_pct")


def inspections_and_hazards(context: ReportContext) -> Sequence[Block]:
    """Visits of the period; hazards found and rectified as of the snapshot, by level and area."""
    blocks: list[Block] = []
    if context.has_source("inspection_visits"):
        blocks.append(metric_table(context, "执法检查", _INSPECTIONS))
        blocks.append(Note("家次可以相加；企业数不重复计算，各月、各地区之和不等于合计。"))
    label = hazard_label(context)
    if label is None:
        return blocks
    found, done, rate = (context.figure(metric, period_label=label) for metric in _HAZARDS)
    if found and done and rate and found.value:
        blocks.append(
            Paragraph(
                f"{period_words(label)}，排查隐患{found.printed}{found.unit_name}，"
                f"已整改{done.printed}{done.unit_name}，整改率{rate.printed}%。"
            )
        )
    blocks.append(_level_table(context, label))
    blocks.extend(_area_chart(context, label))
    return blocks


def hazard_label(context: ReportContext) -> str | None:
    """The period the hazard figures of this report have: its own, or the snapshot's."""
    for label in (context.period.whole, context.period.label):
        if context.figure("hazards_found", period_label=label) is not None:
            return label
    return context.latest_label("hazards_found", "as_of")


def _level_table(context: ReportContext, label: str) -> Table:
    rows = [_rate_row("合计", [context.figure(m, period_label=label) for m in _HAZARDS], is_total=True)]
    for level in context.breakdown("hazards_found", "hazard_level", label):
        key = ("hazard_level", level.breakdown_code)
        parts = [context.figure(m, key, period_label=label) for m in _HAZARDS]
        rows.append(_rate_row(level.breakdown_name, parts))
    return Table("隐患排查治理", "处、%", ("等级", "已排查", "已整改", "整改率"), rows)


def _rate_row(name: str, figures: Sequence[Figure | None], is_total: bool = False) -> Row:
    return Row([text_cell(name), *(number_cell(figure) for figure in figures)], is_total)


def _area_chart(context: ReportContext, label: str) -> list[Block]:
    def of(area: Area) -> list[Figure | None]:
        return [context.figure(metric, area=area, period_label=label) for metric in _HAZARDS]

    found: list[Figure] = []
    done: list[Figure] = []
    rates: list[Figure] = []
    for part in context.parts:
        seen, closed, rate = of(part)
        if seen is not None and closed is not None and rate is not None:
            found.append(seen)
            done.append(closed)
            rates.append(rate)
    if all(rate.value is None for rate in rates):
        return []
    chart = rectification_rates(rates, found, done, context.caption.about("隐患台账", label))
    return [ChartBlock(chart, "各地区隐患整改率")]
