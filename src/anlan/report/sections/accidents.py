"""Work-safety accidents by grade, trade and area."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from anlan.report.charts import city_bars, trade_by_severity
from anlan.report.context import ReportContext
from anlan.report.document import Block, ChartBlock, Paragraph
from anlan.report.sections.measures import SOURCES
from anlan.report.sections.tables import area_table, breakdown_table
from anlan.report.wording import Measure, change_sentence

_METRICS = (("accidents", "起数"), ("accident_deaths", "死亡人数"))
_AREA_METRICS = (
    ("accidents", "事故起数"),
    ("accident_deaths", "事故死亡人数"),
    ("fires", "火灾起数"),
    ("forest_fires", "森林火灾起数"),
)


def by_severity_and_trade(context: ReportContext) -> Sequence[Block]:
    """Two tables and a chart of both together."""
    blocks: list[Block] = []
    grades = [f for f in context.breakdown("accidents", "severity") if f.comparator_id != "none"]
    if grades:
        named = [Measure(f, f"{f.breakdown_name}事故", f"{f.breakdown_name}事故") for f in grades]
        blocks.append(Paragraph(f"按等级看，{change_sentence(named)}。"))
    for kind, first in (("severity", "等级"), ("trade", "行业")):
        table = breakdown_table(context, f"生产安全事故{first}", kind, _METRICS, first)
        if table is not None:
            blocks.append(table)
    rows = trade_severity_rows(context)
    if not rows.is_empty():
        chart = trade_by_severity(rows, "行业与等级", "起", context.caption.about("生产安全事故统计"))
        blocks.append(ChartBlock(chart, "各行业各等级生产安全事故起数"))
    return blocks


def trade_severity_rows(context: ReportContext) -> pl.DataFrame:
    """Accidents by trade and severity: trade_name, trade_order, severity_name, severity_order, value."""
    trades = context.breakdown("accidents", "trade")
    grades = context.breakdown("accidents", "severity")
    if not any(part.value for part in (*trades, *grades)):
        return pl.DataFrame()
    counted = context.rows(
        """
        select accidents.trade_code, accidents.severity_code, count(*) as accidents_count
        from marts.fct_accident as accidents
        inner join marts.dim_area as areas
            on accidents.area_code = areas.area_code and accidents.area_version = areas.area_version
        where accidents.is_counted and accidents.occurred_on between $first and $last
            and $area in (areas.area_code, areas.parent_code, areas.city_code, areas.province_code)
        group by all
        """,
        first=context.period.first_day,
        last=context.period.last_day,
        area=context.area.code,
    )
    numbers = {(row["trade_code"], row["severity_code"]): row["accidents_count"] for row in counted}
    return pl.DataFrame(
        [
            {
                "trade_name": trade.breakdown_name,
                "trade_order": trade.breakdown_order,
                "severity_name": grade.breakdown_name,
                "severity_order": grade.breakdown_order,
                "value": numbers.get((trade.breakdown_code, grade.breakdown_code), 0),
            }
            for trade in trades
            for grade in grades
        ]
    )


def by_area(context: ReportContext) -> Sequence[Block]:
    """The parts of the area in protocol order, accidents and fires side by side."""
    if not context.parts:
        return [Paragraph(f"{context.area.name}在本系统中没有下一级区划。")]
    groups = [pair for pair in _AREA_METRICS if context.has_source(pair[0])]
    blocks: list[Block] = []
    for start in range(0, len(groups), 2):
        chosen = groups[start : start + 2]
        named = "与".join(heading for _, heading in chosen)
        blocks.append(area_table(context, f"各地区{named}", chosen))
    first, heading = groups[0]
    figures = [f for part in context.parts if (f := context.figure(first, area=part)) is not None]
    if any(f.value is not None for f in figures):
        caption = context.caption.about(SOURCES[first])
        blocks.append(ChartBlock(city_bars(figures, f"各地区{heading}", caption), f"各地区{heading}"))
    return blocks
