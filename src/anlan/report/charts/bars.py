"""Horizontal bars with the value and the share written beside each: the form several charts take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from anlan.report.figure import Figure
from anlan.report.style import names_axis

if TYPE_CHECKING:
    import altair as alt


def share_bars(
    figures: Sequence[Figure], shares: Sequence[Figure], title: str, colour: str, width: int
) -> alt.LayerChart:
    """One bar per figure in the given order, labelled ``1,272（87.18%）``."""
    import altair as alt

    by_code = {share.breakdown_code: share for share in shares}
    values = []
    for figure in figures:
        share = by_code.get(figure.breakdown_code)
        note = f"（{share.printed}%）" if share is not None and share.value is not None else ""
        values.append(
            {
                "name": figure.breakdown_name,
                "value": None if figure.value is None else float(figure.value),
                "end": float(figure.value or 0),
                "label": f"{figure.printed}{note}",
            }
        )
    names = [figure.breakdown_name for figure in figures]
    longest = max([float(str(value["end"])) for value in values] + [1.0])
    scale = alt.Scale(domain=[0, longest * 1.75], nice=False)
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("name:N", sort=names, title=None, axis=names_axis(names))
    )
    bar = base.mark_bar(color=colour, height={"band": 0.62}).encode(
        x=alt.X("value:Q", scale=scale, axis=None, title=None)
    )
    label = base.mark_text(align="left", dx=6).encode(x=alt.X("end:Q", scale=scale), text="label:N")
    panel = alt.Title(title, fontSize=12.5, fontWeight="normal", offset=6)
    return alt.layer(bar, label).properties(width=width, height=alt.Step(28), title=panel)
