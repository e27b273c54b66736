"""森林消防队伍: composition, employment, insurance, age, equipment."""

from __future__ import annotations

from collections.abc import Sequence

from anlan.report.charts import age_structure, equipment_stock, force_composition
from anlan.report.context import ReportContext
from anlan.report.document import Block, ChartBlock, Note, Paragraph, Row, Table, number_cell, text_cell
from anlan.report.figure import Figure
from anlan.report.period import period_words

_TABLE = (
    "force_teams",
    "force_teams_share_pct",
    "force_members",
    "force_members_share_pct",
    "force_mean_team_size",
)
SOURCE = "森林消防队伍名册"


def forces(context: ReportContext) -> Sequence[Block]:
    """The latest roster there is: a register states how things are, and says of which day."""
    label = roster_label(context)
    if label is None:
        return [Paragraph(f"{context.area.name}没有队伍名册。")]
    return [
        *_composition(context, label),
        *_insurance(context, label),
        *_age(context, label),
        *_equipment(context, label),
    ]


def roster_label(context: ReportContext) -> str | None:
    """The day of the latest roster known; None where there is none of this area."""
    labels = [
        figure.period_label
        for figure in context.figures
        if figure.metric_id == "force_teams"
        and figure.area_code == context.area.code
        and figure.breakdown_type == "total"
        and figure.value is not None
    ]
    return max(labels, default=None)


def _composition(context: ReportContext, label: str) -> list[Block]:
    teams, members = (context.figure(m, period_label=label) for m in ("force_teams", "force_members"))
    kinds = context.breakdown("force_teams", "team_type", label)
    # Below the whole place some types are not published; the total's name then says so.
    total_name = teams.breakdown_name if teams is not None else "合计"
    rows = [_row(context, total_name, ("total", "total"), label, is_total=True)]
    rows += [_row(context, kind.breakdown_name, ("team_type", kind.breakdown_code), label) for kind in kinds]
    blocks: list[Block] = []
    if teams is not None and members is not None:
        parts = "、".join(f"{kind.breakdown_name}{kind.printed}支" for kind in kinds if kind.value)
        blocks.append(
            Paragraph(
                f"{period_words(label)}，共有森林消防队伍{teams.printed}{teams.unit_name}、"
                f"队员{members.printed}{members.unit_name}{total_name.removeprefix('合计')}"
                + (f"，其中{parts}。" if parts else "。")
            )
        )
    header = ("类型", "队伍（支）", "占比（%）", "队员（人）", "占比（%）", "平均每队（人）")
    blocks.append(Table(f"队伍构成（{period_words(label)}）", "支、人、%", header, rows))
    for beside in context.breakdown("force_teams", "beside_total", label):
        if beside.value:
            blocks.append(
                Note(f"另有{beside.breakdown_name}{beside.printed}{beside.unit_name}，不计入上列合计。")
            )
    if kinds:
        teams_by, team_shares, members_by, member_shares = (
            context.breakdown(metric, "team_type", label) for metric in _TABLE[:4]
        )
        caption = context.caption.about(SOURCE, label)
        chart = force_composition(teams_by, team_shares, members_by, member_shares, caption)
        blocks.append(ChartBlock(chart, "森林消防队伍与队员构成"))
    return blocks


def _row(
    context: ReportContext, name: str, breakdown: tuple[str, str], label: str, is_total: bool = False
) -> Row:
    figures = [context.figure(metric, breakdown, period_label=label) for metric in _TABLE]
    return Row([text_cell(name), *(number_cell(figure) for figure in figures)], is_total)


def _insurance(context: ReportContext, label: str) -> list[Block]:
    covered = context.figure("force_teams_with_social_insurance", period_label=label)
    if covered is None or not covered.value:
        return []
    parts = context.breakdown("force_teams_with_social_insurance", "social_insurance", label)
    named = "、".join(f"{part.breakdown_name}{part.printed}支" for part in parts if part.value)
    return [
        Paragraph(f"为队员缴纳社会保险的队伍{covered.printed}支" + (f"，其中{named}。" if named else "。"))
    ]


def _age(context: ReportContext, label: str) -> list[Block]:
    older = context.figure("force_members_50_plus", period_label=label)
    share = context.figure("force_members_50_plus_share_pct", period_label=label)
    blocks: list[Block] = []
    if older is not None and share is not None and older.value is not None:
        blocks.append(
            Paragraph(
                f"50岁以上（含50岁）队员{older.printed}人，占{share.printed}%。年龄为{period_words(label)}的周岁。"
            )
        )
    bands = context.breakdown("force_members_age", "age_band", label)
    shares = {
        s.breakdown_code: s for s in context.breakdown("force_members_age_share_pct", "age_band", label)
    }
    if bands:
        rows = [
            Row([text_cell(b.breakdown_name), number_cell(b), number_cell(shares.get(b.breakdown_code))])
            for b in bands
        ]
        blocks.append(Table("队员年龄结构", "人、%", ("年龄", "队员", "占比"), rows))
    pyramid = age_by_sex(context, label)
    if pyramid is not None:
        chart = age_structure(*pyramid, context.caption.about(SOURCE, label))
        blocks.append(ChartBlock(chart, "森林消防队员年龄结构，按性别"))
    return blocks


def age_by_sex(
    context: ReportContext, label: str
) -> tuple[list[str], dict[str, Sequence[int | None]]] | None:
    """Bands, and members by sex and band; None where the roster knows no sex."""
    parts = context.breakdown("force_members_age", "sex_age_band", label)
    members = {part.breakdown_code: part for part in parts}
    bands = [
        band
        for band in context.breakdown("force_members_age", "age_band", label)
        if band.breakdown_code != "unknown"
    ]
    by_sex: dict[str, Sequence[int | None]] = {}
    for code, name in (("male", "男"), ("female", "女")):
        found = [members.get(f"{code}/{band.breakdown_code}") for band in bands]
        by_sex[name] = [None if f is None or f.value is None else int(f.value) for f in found]
    if not any(count for counts in by_sex.values() for count in counts):
        return None
    return [band.breakdown_name for band in bands], by_sex


def _equipment(context: ReportContext, label: str) -> list[Block]:
    kinds = context.breakdown("force_equipment", "equipment_type", label)
    held: list[Figure] = [kind for kind in kinds if kind.value is not None]
    if not held:
        return []
    rows = [Row([text_cell(kind.breakdown_name), number_cell(kind)]) for kind in held]
    chart = equipment_stock(held, context.caption.about("森林消防装备台账", label))
    return [
        Table(f"主要装备（{period_words(label)}）", "", ("装备", "数量"), rows),
        ChartBlock(chart, "森林消防主要装备数量"),
    ]
