"""森林火灾与扑救: counts, burnt area, and how soon fires were put out over ten years."""

from __future__ import annotations

from collections.abc import Sequence

from anlan.report.charts import suppression_times
from anlan.report.context import ReportContext
from anlan.report.document import Block, Cell, ChartBlock, Note, Paragraph, Row, Table, number_cell, text_cell
from anlan.report.figure import Figure
from anlan.report.period import period_words
from anlan.report.sections.measures import measures
from anlan.report.sections.published import source_errors
from anlan.report.sections.tables import metric_table
from anlan.report.wording import occurrence_sentence

_METRICS = (
    ("forest_fires", "森林火灾起数"),
    ("forest_fire_burnt_area_ha", "受害森林面积"),
    ("forest_fire_deaths", "死亡人数"),
)
_ALL_RECORDS = ("forest_fire_burnt_area_all_records_ha", "受害面积（含未计为火灾的记录）")
COUNT, SHARE = "forest_fires_by_duration", "forest_fires_by_duration_share_pct"


def forest_fires(context: ReportContext) -> Sequence[Block]:
    """The period's fires, then the suppression times of the longest period there is."""
    blocks: list[Block] = []
    found = measures(context, "forest_fires", "forest_fire_deaths", "forest_fire_burnt_area_ha")
    if found:
        blocks.append(Paragraph(f"{occurrence_sentence(found[0], found[1:])}。"))
    blocks.append(metric_table(context, "森林火灾", _table_metrics(context)))
    label = suppression_label(context)
    if label is not None:
        blocks.extend(_suppression(context, label))
    return blocks


def _table_metrics(context: ReportContext) -> tuple[tuple[str, str], ...]:
    """The area of all records stands beside that of the fires only where the two are not the same."""
    fires, records = context.figure("forest_fire_burnt_area_ha"), context.figure(_ALL_RECORDS[0])
    if records is None or (fires is not None and fires.value == records.value):
        return _METRICS
    return (*_METRICS, _ALL_RECORDS)


def suppression_label(context: ReportContext) -> str | None:
    """Ten years if the release covers them, else the report's own year, else nothing."""
    ten_years = context.latest_label(COUNT, "ten_years")
    if ten_years is not None:
        return ten_years
    own = context.figure(COUNT)
    return None if own is None or own.value is None else own.period_label


def _suppression(context: ReportContext, label: str) -> list[Block]:
    total = context.figure(COUNT, period_label=label)
    classes = context.breakdown(COUNT, "duration_class", label)
    class_shares = context.breakdown(SHARE, "duration_class", label)
    within = context.breakdown(COUNT, "duration_within", label)
    within_shares = context.breakdown(SHARE, "duration_within", label)
    if not classes or not within:
        return []
    blocks: list[Block] = []
    shares = {share.breakdown_code: share for share in within_shares}
    clauses = [
        f"{part.breakdown_name}扑灭{part.printed}起，占{shares[part.breakdown_code].printed}%"
        for part in within
        if part.breakdown_code in shares
    ]
    whole = f"扑救森林火灾{total.printed}起，其中" if total is not None and total.value else ""
    blocks.append(Paragraph(f"{period_words(label)}，{whole}{'；'.join(clauses)}。"))
    table_caption = f"森林火灾扑灭用时（{period_words(label)}）"
    blocks.append(_class_table(table_caption, total, classes, class_shares, within, within_shares))
    caption = context.caption.about("森林火灾统计", label)
    chart = suppression_times(classes, class_shares, within, within_shares, caption)
    blocks.append(ChartBlock(chart, "森林火灾扑灭用时，分段与累计"))
    blocks.extend(Note(text) for text in source_errors(context, (COUNT, SHARE), label))
    return blocks


def _class_table(
    caption: str,
    total: Figure | None,
    classes: Sequence[Figure],
    class_shares: Sequence[Figure],
    within: Sequence[Figure],
    within_shares: Sequence[Figure],
) -> Table:
    empty = Cell("", is_number=True)
    rows = [Row([text_cell("合计"), text_cell(""), number_cell(total), empty], is_total=True)]
    for kind, counts, shares in (("分段", classes, class_shares), ("累计", within, within_shares)):
        by_code = {share.breakdown_code: share for share in shares}
        for figure in counts:
            share = by_code.get(figure.breakdown_code)
            rows.append(
                Row(
                    [
                        text_cell(kind),
                        text_cell(figure.breakdown_name),
                        number_cell(figure),
                        number_cell(share),
                    ]
                )
            )
    notes = ["分段各档互不重叠，相加等于总数；累计各档前后包含，不可相加。占比以全部火灾为分母。"]
    return Table(caption, "起、%", ("口径", "扑灭用时", "起数", "占比"), rows, notes=notes)
