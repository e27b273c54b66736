"""The bulletin of a period: one page with nothing outside itself."""

from __future__ import annotations

from pathlib import Path

from anlan.project import Home
from anlan.release.reader import ReleaseReader
from anlan.report.context import ReportContext, open_context
from anlan.report.document import Bulletin, Card, Definition, Section, tone_of
from anlan.report.figure import Figure
from anlan.report.page import render, write_whole
from anlan.report.period import moment_words, period_words
from anlan.report.sections import SECTIONS
from anlan.report.sections.disasters import hundred_millions
from anlan.report.wording import Measure, change_sentence

FILE_NAME = "bulletin.html"
_NUMERALS = "一二三四五六七八九十"
_CARDS = (
    ("accidents", "生产安全事故"),
    ("accident_deaths", "事故死亡（含失踪）"),
    ("fires", "火灾"),
    ("fire_deaths", "火灾亡人"),
    ("forest_fires", "森林火灾"),
)


def write_bulletin(home: Home, reader: ReleaseReader, period: str, area: str | None = None) -> Path:
    """Write the bulletin of a year (2019) or a month (2020-03) to the home's reports; returns the file.

    Errors: AnlanError for an area or a period that the release knows nothing of.
    """
    html = bulletin_html(compose(open_context(reader, period, area)))
    return write_whole(home.reports / period / FILE_NAME, html)


def compose(context: ReportContext) -> Bulletin:
    """The bulletin's content. A section without a source here is left out, and named at the end."""
    sections: list[Section] = []
    left_out: list[str] = []
    for title, metrics, build in SECTIONS:
        if metrics and not context.has_source(*metrics):
            left_out.append(title)
            continue
        blocks = build(context)
        if blocks:
            sections.append(Section(title, blocks))
    reader = context.reader
    return Bulletin(
        title=f"{context.area.name}应急管理情况{'年度' if context.period.is_year else ''}通报",
        issuer=reader.jurisdiction_name,
        period=period_words(context.period.whole),
        as_of=moment_words(reader.as_of_at),
        release_id=reader.release_id,
        is_synthetic=reader.is_synthetic,
        cards=_cards(context),
        sections=sections,
        left_out=left_out,
        definitions=_definitions(context),
        notes=_notes(context),
    )


def bulletin_html(bulletin: Bulletin) -> str:
    """The page of a bulletin, with numbered sections."""
    sections = [
        (f"{_NUMERALS[place]}、{section.title}", section) for place, section in enumerate(bulletin.sections)
    ]
    return render("bulletin.html.j2", b=bulletin, sections=sections)


def _cards(context: ReportContext) -> list[Card]:
    cards = []
    for metric_id, label in _CARDS:
        figure = context.figure(metric_id)
        if figure is not None and context.has_source(metric_id):
            cards.append(_card(figure, label))
    ratio = context.figure("disaster_loss_gdp_ratio_pct")
    loss = context.figure("disaster_direct_loss_wan_yuan")
    if ratio is not None and ratio.value is not None and loss is not None and loss.value is not None:
        note = f"直接经济损失{hundred_millions(loss)}亿元"
        cards.append(Card("灾害损失占GDP", ratio.printed, "%", note, ratio.figure_id))
    return cards


def _card(figure: Figure, label: str) -> Card:
    unit = figure.unit_name if figure.value is not None else ""
    change = change_sentence([Measure(figure, "")]) if figure.comparator_id != "none" else ""
    return Card(label, figure.printed, unit, change, figure.figure_id, tone_of(figure))


def _definitions(context: ReportContext) -> list[Definition]:
    shown = sorted({figure.metric_id for figure in context.figures if figure.metric_id in context.metrics})
    rows = context.rows(
        """
        select metric_name, unit_name, definition, basis from marts.dim_metric
        where metric_id in (select unnest($shown)) order by metric_id
        """,
        shown=shown,
    )
    return [
        Definition(row["metric_name"], row["unit_name"], row["definition"], row["basis"] or "")
        for row in rows
    ]


def _notes(context: ReportContext) -> list[str]:
    notes = [
        "增减百分比保留一位小数，四舍五入；占比之和因四舍五入可能不等于100%。占比的增减以百分点表示。",
        "“缺报”表示该期数据未报齐，不等于0；“上年缺报”表示上年同期未报齐，不作同比；"
        "“不可比”表示区划或口径有变动，不作同比；“—”表示本期或上年同期为0，不计算百分比。",
        f"数据截至{moment_words(context.reader.as_of_at)}收到的报表；此后补报、更正、核销的，以以后各期为准。"
        "上年同期数按同一截至时间的数据重新计算。",
        f"发布版本：{context.reader.release_id}。表中每个数字都带有编号（data-figure），可据此查询来源。",
    ]
    if context.reader.is_synthetic:
        notes.insert(0, "本页含合成数据，仅供演示，不得引用。")
    return notes
