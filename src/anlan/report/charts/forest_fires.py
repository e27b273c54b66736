"""Charts of forest fires: how soon they were put out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from anlan.report.charts.bars import share_bars
from anlan.report.charts.caption import Caption, titled
from anlan.report.figure import Figure
from anlan.report.style import CURRENT, PARTS

if TYPE_CHECKING:
    import altair as alt


def suppression_times(
    classes: Sequence[Figure],
    class_shares: Sequence[Figure],
    within: Sequence[Figure],
    within_shares: Sequence[Figure],
    caption: Caption,
) -> alt.HConcatChart:
    """Fires by the time they burnt, twice and labelled: disjoint classes, and cumulative.

    Shares belong to the counts of the same breakdown code.
    """
    import altair as alt

    chart = alt.hconcat(
        share_bars(classes, class_shares, "分段（互不重叠）", CURRENT, width=232),
        share_bars(within, within_shares, "累计（某时以内）", PARTS[1], width=232),
        spacing=28,
    )
    return titled(chart, "森林火灾扑灭用时", "起（占全部火灾的%）", caption)
