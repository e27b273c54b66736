"""Charts of the forest-fire force: composition, age, equipment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from anlan.report.charts.bars import share_bars
from anlan.report.charts.caption import Caption, titled
from anlan.report.figure import Figure
from anlan.report.style import CURRENT, INK, PARTS, RULE, WIDTH, names_axis

if TYPE_CHECKING:
    import altair as alt


def force_composition(
    teams: Sequence[Figure],
    team_shares: Sequence[Figure],
    members: Sequence[Figure],
    member_shares: Sequence[Figure],
    caption: Caption,
) -> alt.HConcatChart:
    """Teams and members by one breakdown, side by side, each with its share."""
    import altair as alt

    chart = alt.hconcat(
        share_bars(teams, team_shares, "队伍（支）", CURRENT, width=225),
        share_bars(members, member_shares, "队员（人）", PARTS[1], width=225),
        spacing=28,
    )
    return titled(chart, "森林消防队伍构成", "支、人（占合计的%）", caption)


def age_structure(
    bands: Sequence[str], by_sex: dict[str, Sequence[int | None]], caption: Caption
) -> alt.LayerChart:
    """An age pyramid: bands upward, the first sex to the left, the second to the right.

    ``by_sex``: two lists of members, one value per band.
    """
    import altair as alt

    sexes = list(by_sex)
    values = [
        {
            "band": band,
            "sex": sex,
            "signed": (-1 if place == 0 else 1) * (count or 0),
            "label": "缺报" if count is None else f"{count:,}",
        }
        for place, sex in enumerate(sexes)
        for band, count in zip(bands, by_sex[sex], strict=True)
    ]
    widest = max([abs(int(str(value["signed"]))) for value in values] + [1]) * 1.25
    scale = alt.Scale(domain=[-widest, widest], nice=False)
    axis = alt.Axis(labelExpr="format(abs(datum.value), ',.0f')", tickCount=6)
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("band:O", sort=list(reversed(bands)), title=None, axis=names_axis(bands)),
    )
    bar = base.mark_bar(height={"band": 0.74}).encode(
        x=alt.X("signed:Q", scale=scale, axis=axis, title=None),
        color=alt.Color("sex:N", sort=sexes, scale=alt.Scale(domain=sexes, range=[CURRENT, PARTS[2]])),
    )
    left = base.mark_text(align="right", dx=-6, color=INK).encode(x="signed:Q", text="label:N")
    right = base.mark_text(align="left", dx=6, color=INK).encode(x="signed:Q", text="label:N")
    chart = alt.layer(
        bar,
        left.transform_filter(alt.datum.sex == sexes[0]),
        right.transform_filter(alt.datum.sex == sexes[-1]),
    ).properties(width=WIDTH - 90, height=alt.Step(30))
    return titled(chart, "森林消防队员年龄结构", "人", caption)


def equipment_stock(figures: Sequence[Figure], caption: Caption) -> alt.LayerChart:
    """Equipment by kind on a logarithmic scale, as points: the kinds differ a thousandfold."""
    import altair as alt

    held = [figure for figure in figures if figure.value]
    ordered = sorted(held, key=lambda figure: -(figure.value or 0))
    values = [
        {"kind": f.breakdown_name, "start": 1.0, "value": float(f.value or 0), "label": f.printed}
        for f in ordered
    ]
    names = [figure.breakdown_name for figure in ordered]
    largest = max(value["value"] for value in values if isinstance(value["value"], float))
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X(
            "value:Q",
            title="对数刻度",
            scale=alt.Scale(type="log", domain=[1, largest * 4], nice=False),
            axis=alt.Axis(values=[10**power for power in range(7)]),
        ),
        y=alt.Y("kind:N", sort=names, title=None, axis=names_axis(names)),
    )
    line = base.mark_rule(color=RULE).encode(x="start:Q", x2="value")
    point = base.mark_point(filled=True, size=80, color=CURRENT, opacity=1)
    label = base.mark_text(align="left", dx=9).encode(text="label:N")
    chart = alt.layer(line, point, label).properties(width=WIDTH - 100, height=alt.Step(25))
    return titled(chart, "森林消防装备", "见各项括号", caption)
