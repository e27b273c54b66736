"""Charts of the assessment: ranking with the parts of the score, and rectification rates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anlan.report.charts.caption import Caption, titled
from anlan.report.figure import Figure
from anlan.report.style import CURRENT, PARTS, RULE, WIDTH, names_axis

if TYPE_CHECKING:
    import altair as alt


@dataclass(frozen=True)
class ScoredArea:
    """One area of a ranking: ``label`` is its rank and total as printed, ``parts`` the scores in points
    by name, deductions negative."""

    area_name: str
    label: str
    parts: dict[str, float]


def score_ranking(areas: Sequence[ScoredArea], title: str, caption: Caption) -> alt.LayerChart:
    """Areas in the order of their rank, each a bar of its score's parts; deductions go to the left."""
    import altair as alt

    names = list(dict.fromkeys(part for area in areas for part in area.parts))
    values = [
        {"area": area.area_name, "part": part, "score": score, "order": names.index(part)}
        for area in areas
        for part, score in area.parts.items()
    ]
    ends = [
        {
            "area": area.area_name,
            "label": area.label,
            "end": sum(score for score in area.parts.values() if score > 0),
        }
        for area in areas
    ]
    order = [area.area_name for area in areas]
    lowest = min([sum(s for s in area.parts.values() if s < 0) for area in areas] + [0.0])
    highest = max([float(str(end["end"])) for end in ends] + [1.0])
    scale = alt.Scale(domain=[lowest, highest * 1.32], nice=False)
    y = alt.Y("area:N", sort=order, title=None, axis=names_axis(order))
    bar = (
        alt.Chart(alt.Data(values=values))
        .mark_bar(height={"band": 0.68}, stroke="white", strokeWidth=0.6)
        .encode(
            x=alt.X("score:Q", stack="zero", scale=scale, title=None, axis=None),
            y=y,
            color=alt.Color(
                "part:N",
                sort=names,
                scale=alt.Scale(domain=names, range=list(PARTS)),
                # One below the other: side by side, entries overlap where no Chinese font measures them.
                legend=alt.Legend(orient="right", direction="vertical"),
            ),
            order=alt.Order("order:Q"),
        )
    )
    label = (
        alt.Chart(alt.Data(values=ends))
        .mark_text(align="left", dx=8)
        .encode(x=alt.X("end:Q", scale=scale), y=y, text="label:N")
    )
    chart = alt.layer(bar, label).properties(width=WIDTH - 130, height=alt.Step(26))
    return titled(chart, title, "分", caption)


def rectification_rates(
    rates: Sequence[Figure], found: Sequence[Figure], rectified: Sequence[Figure], caption: Caption
) -> alt.LayerChart:
    """Rectification rate by area as points, with both terms of the ratio written beside.

    Three figures per area, in the same order of areas. The axis does not begin at zero, so points are
    drawn and not bars.
    """
    import altair as alt

    names = [rate.area_name for rate in rates]
    known = [float(rate.value) for rate in rates if rate.value is not None]
    low = max(0, math.floor(min([*known, 100.0]) - 1))
    values = [
        {
            "area": rate.area_name,
            "rate": None if rate.value is None else float(rate.value),
            "start": low,
            "label": f"{rate.printed}%（{done.printed}／{seen.printed}）" if rate.value else rate.printed,
        }
        for rate, seen, done in zip(rates, found, rectified, strict=True)
    ]
    # Room on the right for the labels; the axis itself ends at 100.
    scale = alt.Scale(domain=[low, 100 + (100 - low) * 0.5], nice=False)
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("area:N", sort=names, title=None, axis=names_axis(names)),
    )
    axis = alt.Axis(values=[low + (100 - low) * step / 4 for step in range(5)], format=",.1f")
    line = base.mark_rule(color=RULE).encode(
        x=alt.X("start:Q", scale=scale, axis=axis, title=None), x2="rate"
    )
    point = base.mark_point(filled=True, size=80, color=CURRENT, opacity=1).encode(
        x=alt.X("rate:Q", scale=scale, axis=axis, title=None)
    )
    label = base.mark_text(align="left", dx=10).encode(x=alt.X("rate:Q", scale=scale), text="label:N")
    chart = alt.layer(line, point, label).properties(width=WIDTH - 60, height=alt.Step(25))
    return titled(chart, "隐患整改率（括号内：已整改／已排查）", "%", caption)
