"""执法检查与隐患排查治理."""

from __future__ import annotations

from collections.abc import Sequence

from anlan.report.charts import rectification_rates
from anlan.report.context import Area, ReportContext
from anlan.report.document import Block, ChartBlock, Note, Paragraph, Row, Table, number_cell, text_cell
from anlan.report.figure import Figure
from anlan.report.period import moment_words, period_words
from anlan.report.sections.tables import metric_table

_INSPECTIONS = (
    ("inspection_visits", "检查服务家次"),
    ("inspected_units", "检查服务单位（不重复）"),
    ("inspectors_person_times", "检查服务人次"),
)
_HAZARDS = ("hazards_found", "hazards_rectified", "hazard_rectification_rate_pct")


def inspections_and_hazards(context: ReportContext) -> Sequence[Block]:
    """Visits of the period; hazards found and rectified as of the snapshot, by level and area."""
    blocks: list[Block] = []
    if context.has_source("inspection_visits"):
        blocks.append(metric_table(context, "执法检查", _INSPECTIONS))
        blocks.append(Note("家次可以相加；企业数不重复计算，各月、各地区之和不等于合计。"))
    if not context.has_source("hazards_found"):
        return blocks
    found, done, rate = (context.figure(metric) for metric in _HAZARDS)
    if found and done and rate and found.value:
        blocks.append(
            Paragraph(
                f"{period_words(context.period.whole)}排查发现隐患{found.printed}{found.unit_name}，"
                f"截至{moment_words(context.reader.as_of_at)}已整改{done.printed}{done.unit_name}，"
                f"整改率{rate.printed}%。"
            )
        )
    blocks.append(_level_table(context))
    blocks.extend(_area_chart(context))
    return blocks


def _level_table(context: ReportContext) -> Table:
    rows = [_rate_row("合计", [context.figure(m) for m in _HAZARDS], is_total=True)]
    for level in context.breakdown("hazards_found", "hazard_level"):
        key = ("hazard_level", level.breakdown_code)
        parts = [context.figure(m, key) for m in _HAZARDS]
        rows.append(_rate_row(level.breakdown_name, parts))
    total = context.figure("hazards_found")
    unit = f"{total.unit_name}、%" if total is not None else "%"
    return Table("隐患排查治理", unit, ("等级", "已排查", "已整改", "整改率"), rows)


def _rate_row(name: str, figures: Sequence[Figure | None], is_total: bool = False) -> Row:
    return Row([text_cell(name), *(number_cell(figure) for figure in figures)], is_total)


def _area_chart(context: ReportContext) -> list[Block]:
    def of(area: Area) -> list[Figure | None]:
        return [context.figure(metric, area=area) for metric in _HAZARDS]

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
    chart = rectification_rates(rates, found, done, context.caption.about("隐患台账"))
    return [ChartBlock(chart, "各地区隐患整改率")]
