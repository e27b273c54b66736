"""What the notebooks ask beyond the bulletin: shares in a change, ageing by area, points by indicator."""

from __future__ import annotations

from collections.abc import Sequence

from anlan.report.charts import monthly_profile
from anlan.report.context import ReportContext
from anlan.report.contribution import SMALL_BASE, contributions
from anlan.report.document import (
    Block,
    Cell,
    ChartBlock,
    Note,
    Paragraph,
    Row,
    Table,
    base_cell,
    change_cell,
    number_cell,
    text_cell,
)
from anlan.report.figure import Figure, exact, print_number
from anlan.report.period import moment_words, period_words
from anlan.report.sections.assessment import rank_words, ranking_rows
from anlan.report.sections.forces import roster_label
from anlan.report.wording import Measure, change_sentence

# Ranks closer than this say little: a bonus or a notice is worth more.
CLOSE_POINTS = 0.5


def standing(context: ReportContext) -> list[Block]:
    """What a notebook is about and rests on: area, period, snapshot, release, 合成数据."""
    words = [
        context.area.name,
        period_words(context.period.whole),
        f"数据截至{moment_words(context.reader.as_of_at)}",
        f"发布版本 {context.reader.release_id}",
    ]
    blocks: list[Block] = [Paragraph("　".join(words))]
    if context.reader.is_synthetic:
        blocks.append(Note("合成数据（演示）：数字由合成的报表算出，不是实际统计数字，不得引用。"))
    return blocks


def monthly(context: ReportContext, metric_id: str, title: str) -> list[Block]:
    """A metric month by month against the year before."""
    found = [context.figure(metric_id, period_label=label) for label in context.period.months]
    figures = [figure for figure in found if figure is not None]
    if all(figure.value is None for figure in figures):
        return [Paragraph(f"{context.area.name}没有{title}的分月数字。")]
    caption = context.caption.about("生产安全事故统计")
    blocks: list[Block] = [ChartBlock(monthly_profile(figures, f"{title}按月", caption), f"{title}按月")]
    down = sum(1 for f in figures if f.change_value is not None and f.change_value < 0)
    compared = sum(1 for f in figures if f.change_value is not None)
    if compared:
        blocks.append(Paragraph(f"可比的{compared}个月中，{down}个月低于上年同月。"))
    return blocks


def shares_in_change(context: ReportContext, metric_id: str, label: str) -> list[Block]:
    """How the parts of the area made the change of a metric, largest share first."""
    total = context.figure(metric_id)
    found = [context.figure(metric_id, area=part) for part in context.parts]
    parts = [figure for figure in found if figure is not None]
    if total is None or total.comparator_id == "none":
        return [Paragraph(f"{context.area.name}没有{label}的同比数字。")]
    sentence = change_sentence([Measure(total, label)])
    shares = contributions(total, parts)
    if not parts:
        return [Paragraph(f"{sentence}；{context.area.name}没有下一级区划，不作分解。")]
    if not shares:
        return [Paragraph(f"{sentence}；不能分解到下一级地区（有地区缺报或不可比）。")]
    direction = -1 if (total.change_value or 0) < 0 else 1
    ordered = sorted(shares, key=lambda share: share.points * direction, reverse=True)
    leading = "、".join(
        f"{s.figure.area_name}（{print_number(s.points, 1, signed=True)}个百分点）" for s in ordered[:3]
    )
    rows = [
        Row(
            [
                text_cell(share.figure.area_name),
                number_cell(share.figure),
                base_cell(share.figure),
                change_cell(share.figure),
                Cell(print_number(share.points, 1, signed=True), is_number=True),
            ]
        )
        for share in ordered
    ]
    header = ("地区", "本期", "上年同期", "±%", "对总量的拉动（百分点）")
    notes = ["拉动＝本地区增减数÷全部地区上年同期数；各地区之和等于总量的增减百分比（因四舍五入略有出入）。"]
    small = [share.figure.area_name for share in ordered if share.has_small_base]
    if small:
        notes.append(f"{'、'.join(small)}上年同期不足{SMALL_BASE}，其百分比起伏大，宜看绝对数。")
    return [
        Paragraph(f"{sentence}。拉动最大的是{leading}。"),
        Table(f"各地区对{label}增减的拉动", f"{total.unit_name}、%", header, rows, notes=notes),
    ]


def ageing_by_area(context: ReportContext) -> list[Block]:
    """Members of 50 and more by area, oldest force first."""
    label = roster_label(context)
    if label is None or not context.parts:
        return [Paragraph(f"{context.area.name}没有队伍名册，或没有下一级区划可比较。")]
    pairs = [
        (share, count)
        for part in context.parts
        if (share := context.figure("force_members_50_plus_share_pct", area=part, period_label=label))
        and (count := context.figure("force_members_50_plus", area=part, period_label=label))
        and share.value is not None
    ]
    if not pairs:
        return []
    pairs.sort(key=lambda pair: pair[0].value or 0, reverse=True)
    rows = [
        Row([text_cell(share.area_name), number_cell(count), number_cell(share)]) for share, count in pairs
    ]
    # Below the whole place some types are not published; the total's name then says which it leaves out.
    without = pairs[0][0].breakdown_name.removeprefix("合计")
    notes = [f"各地区数字{without}。"] if without else []
    oldest, youngest = pairs[0][0], pairs[-1][0]
    return [
        Paragraph(
            f"50岁以上队员占比最高的是{oldest.area_name}（{oldest.printed}%），"
            f"最低的是{youngest.area_name}（{youngest.printed}%）。"
        ),
        Table("各地区50岁以上队员", "人、%", ("地区", "50岁以上队员", "占比"), rows, notes=notes),
    ]


def employment_forms(context: ReportContext, team_type: str, name: str) -> list[Block]:
    """How the teams of one type employ their members."""
    label = roster_label(context)
    if label is None:
        return []
    teams = _of_type(context, "force_teams", team_type, label)
    if not teams:
        return [Paragraph(f"{context.area.name}没有{name}队伍。")]
    members = {f.breakdown_code: f for f in _of_type(context, "force_members", team_type, label)}
    rows = [
        Row(
            [
                text_cell(team.breakdown_name.rpartition("·")[2]),
                number_cell(team),
                number_cell(members.get(team.breakdown_code)),
            ]
        )
        for team in teams
    ]
    return [Table(f"{name}队伍的用工形式", "支、人", ("用工形式", "队伍", "队员"), rows)]


def _of_type(context: ReportContext, metric_id: str, team_type: str, label: str) -> list[Figure]:
    parts = context.breakdown(metric_id, "team_type_employment", label)
    return [part for part in parts if part.breakdown_code.startswith(f"{team_type}/") and part.value]


def points_by_indicator(context: ReportContext) -> list[Block]:
    """Points of every unit by indicator: indicators down, units across, in the order of their rank."""
    units = ranking_rows(context)
    rows = context.rows(
        """
        select indicator_id, indicator_name, role, weight, area_code, points, status
        from marts.fct_assessment_indicator_score
        where assessment_year = $year and role in ('score', 'bonus', 'deduction')
        order by display_order
        """,
        year=context.period.year,
    )
    if not units or not rows:
        return [Paragraph(f"{context.period.year}年没有指标得分。")]
    names = dict.fromkeys((row["indicator_id"], row["indicator_name"], row["weight"]) for row in rows)
    points = {(row["indicator_id"], row["area_code"]): row["points"] for row in rows}
    body = [
        Row(
            [
                text_cell(name),
                Cell(f"{weight:g}" if weight else "", is_number=True),
                *(Cell(_points(points.get((code, unit["area_code"]))), is_number=True) for unit in units),
            ]
        )
        for code, name, weight in names
    ]
    header = ("指标", "分值", *(unit["area_name"].removesuffix("市") for unit in units))
    return [Table("各指标得分（单位按名次排列）", "分", header, body)]


def margins(context: ReportContext) -> list[Block]:
    """How far each unit stands above the next: what a small difference of points would turn."""
    close = [
        row
        for row in ranking_rows(context)
        if row["margin_to_next_points"] and row["margin_to_next_points"] < CLOSE_POINTS
    ]
    if not close:
        return []
    named = "、".join(
        f"{row['area_name']}（{rank_words(row)}，领先{_points(row['margin_to_next_points'])}分）"
        for row in close
    )
    return [Note(f"与下一名相差不足{CLOSE_POINTS}分：{named}。这样的名次差别不宜解读。")]


def _points(value: float | None) -> str:
    number = exact(value)
    return "缺报" if number is None else print_number(number, 2)


__all__: Sequence[str] = (
    "ageing_by_area",
    "employment_forms",
    "margins",
    "monthly",
    "points_by_indicator",
    "shares_in_change",
    "standing",
)
