"""考核排名: rank, total, the parts of the score, veto, ties, and what of the scheme is assumed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from anlan.report.charts import score_ranking
from anlan.report.charts.assessment import ScoredArea
from anlan.report.context import ReportContext
from anlan.report.document import Block, Cell, ChartBlock, Note, Paragraph, Row, Table, text_cell
from anlan.report.figure import exact, print_number

VETO_WORDS = "否优"


def ranking(context: ReportContext) -> Sequence[Block]:
    """The ranking of the report's year; nothing can be said of a year without scores."""
    rows = ranking_rows(context)
    if not rows:
        return [Paragraph(f"{context.period.year}年没有考核得分。")]
    ranked = [row for row in rows if row["place"] is not None]
    blocks: list[Block] = []
    if ranked:
        first = "、".join(row["area_name"] for row in ranked if row["place"] == ranked[0]["place"])
        blocks.append(
            Paragraph(
                f"{context.period.year}年度{rows[0]['scheme_name']}共{len(rows)}个单位参评，"
                f"{first}得分最高（{_points(ranked[0]['total_points'])}分）。"
            )
        )
    blocks.append(_table(rows))
    if ranked:
        areas = scored_areas(context, ranked)
        chart = score_ranking(
            areas, "考核得分构成", context.caption.about("考核评分表", str(context.period.year))
        )
        blocks.append(ChartBlock(chart, "各单位考核得分构成与名次"))
    if any(row["has_assumed_weights"] for row in rows):
        blocks.append(
            Note("考核办法原文未刊载全部权重，标准分、零分点与等次界限为假定值；名次仅作演示，不作评价依据。")
        )
    return blocks


def ranking_rows(context: ReportContext) -> list[dict[str, Any]]:
    """Rows of the ranking for the report's year, best first, units without a total last."""
    return context.rows(
        """
        select * from marts.rpt_assessment_ranking where assessment_year = $year
        order by place nulls last, protocol_order nulls last, area_code
        """,
        year=context.period.year,
    )


def rank_words(row: dict[str, Any]) -> str:
    """A place as printed: 第2名（并列）, or 缺报 where an indicator is missing."""
    if row["place"] is None:
        return "缺报"
    return f"第{row['place']}名" + ("（并列）" if row["is_tied"] else "")


def scored_areas(context: ReportContext, ranked: Sequence[dict[str, Any]]) -> list[ScoredArea]:
    """The ranked units with their points by group of indicators, bonus and deduction."""
    groups = context.rows(
        """
        select area_code, group_name, sum(points) as points, min(display_order) as position
        from marts.fct_assessment_indicator_score
        where assessment_year = $year and role = 'score'
        group by area_code, group_name order by position
        """,
        year=context.period.year,
    )
    areas = []
    for row in ranked:
        parts = {g["group_name"]: g["points"] for g in groups if g["area_code"] == row["area_code"]}
        parts |= {"加分": row["bonus_points"], "扣分": row["deduction_points"]}
        label = f"{rank_words(row)}　{_points(row['total_points'])}分"
        areas.append(
            ScoredArea(row["area_name"], label + (f"　{VETO_WORDS}" if row["is_vetoed"] else ""), parts)
        )
    return areas


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    header = ("名次", "单位", "指标得分", "加分", "扣分", "总分", "等次", "否优")
    body = [
        Row(
            [
                text_cell(rank_words(row)),
                text_cell(row["area_name"]),
                *(
                    Cell(_points(row[name]), _figure_id(row), name, is_number=True)
                    for name in ("base_points", "bonus_points", "deduction_points", "total_points")
                ),
                text_cell(row["grade"] or "—"),
                text_cell("是" if row["is_vetoed"] else ""),
            ]
        )
        for row in rows
    ]
    notes = ["总分相同的名次并列，其后名次顺延。否优：发生否决事项的单位不得评为最高等次。"]
    if any(row["place"] is None for row in rows):
        notes.append("有指标缺报的单位不计总分、不排名。")
    return Table("考核名次", "分", header, body, notes=notes)


def _figure_id(row: dict[str, Any]) -> str:
    return f"assessment_total_score@{row['area_code']}@{row['assessment_year']}"


def _points(value: float | None) -> str:
    number = exact(value)
    return "缺报" if number is None else print_number(number, 2)
