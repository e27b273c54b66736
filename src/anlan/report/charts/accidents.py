"""Charts of counted events: months, areas, and trade by severity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from anlan.report.charts.caption import Caption, titled
from anlan.report.figure import Figure
from anlan.report.style import BASE, CURRENT, INK, RULE, WIDTH, change_colour, names_axis

if TYPE_CHECKING:
    import altair as alt

MONTHS = [f"{month}月" for month in range(1, 13)]


def monthly_profile(figures: Sequence[Figure], title: str, caption: Caption) -> alt.LayerChart:
    """A metric month by month, this year against last; a month not reported is a gap.

    ``figures``: monthly figures of one metric, area and year with their year-on-year base.
    """
    import altair as alt

    year = int(figures[0].period_label[:4])
    names = [f"{year}年", f"{year - 1}年"]
    values = [
        {"month": MONTHS[int(f.period_label[5:7]) - 1], "year": name, "value": number}
        for f in figures
        for name, number in zip(names, (_float(f.value), _float(f.base_value)), strict=True)
    ]
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("month:O", sort=MONTHS, title=None, scale=alt.Scale(domain=MONTHS)),
        y=alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=5)),
        color=alt.Color("year:N", sort=names, scale=alt.Scale(domain=names, range=[CURRENT, BASE])),
    )
    dashes = alt.StrokeDash("year:N", sort=names, scale=alt.Scale(domain=names, range=[[1, 0], [5, 4]]))
    line = base.mark_line(strokeWidth=2.2).encode(strokeDash=dashes)
    point = base.mark_point(size=42, filled=True, opacity=1)
    chart = alt.layer(line, point).properties(width=WIDTH, height=230)
    return titled(chart, title, figures[0].unit_name, caption)


def city_bars(figures: Sequence[Figure], title: str, caption: Caption) -> alt.LayerChart:
    """A metric by area in the given order: dark this year over light last year, value and change beside.

    ``figures``: one year-on-year figure per area.
    """
    import altair as alt

    order = [f.area_name for f in figures]
    values = [
        {
            "area": f.area_name,
            "value": _float(f.value),
            "base": _float(f.base_value),
            "end": max(_float(f.value) or 0, _float(f.base_value) or 0),
            "label": _value_and_change(f),
            "colour": change_colour(f.is_good),
        }
        for f in figures
    ]
    longest = max([float(str(v["end"])) for v in values] + [1.0])
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("area:N", sort=order, title=None, axis=names_axis(order))
    )
    scale = alt.Scale(domain=[0, longest * 1.28], nice=False)
    before = base.mark_bar(color=RULE, height={"band": 0.78}).encode(
        x=alt.X("base:Q", title=None, scale=scale, axis=None)
    )
    bar = base.mark_bar(color=CURRENT, height={"band": 0.42}).encode(
        x=alt.X("value:Q", title=None, scale=scale, axis=None)
    )
    label = base.mark_text(align="left", dx=8).encode(
        x=alt.X("end:Q", scale=scale),
        text="label:N",
        color=alt.Color("colour:N", scale=None),
    )
    chart = alt.layer(before, bar, label).properties(width=WIDTH - 60, height=alt.Step(25))
    return titled(chart, f"{title}（深色：本期；浅色：上年同期）", figures[0].unit_name, caption)


def _value_and_change(figure: Figure) -> str:
    if figure.value is None:
        return figure.printed
    return f"{figure.printed}（{figure.printed_change}{'%' if figure.status == 'ok' else ''}）"


def trade_by_severity(rows: pl.DataFrame, title: str, unit: str, caption: Caption) -> alt.LayerChart:
    """A table in shades, trade down and severity across.

    ``rows``: trade_name, trade_order, severity_name, severity_order, value; one row per cell.
    """
    import altair as alt

    trades = rows.sort("trade_order")["trade_name"].unique(maintain_order=True).to_list()
    grades = rows.sort("severity_order")["severity_name"].unique(maintain_order=True).to_list()
    values = rows.select("trade_name", "severity_name", pl.col("value").cast(pl.Float64)).to_dicts()
    dark = max([value["value"] for value in values] + [1.0]) * 0.35
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("severity_name:O", sort=grades, title=None, axis=alt.Axis(orient="top")),
        y=alt.Y("trade_name:O", sort=trades, title=None, axis=names_axis(trades)),
    )
    cell = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color(
            "value:Q", legend=None, scale=alt.Scale(type="sqrt", range=["#f2f5f8", CURRENT], domainMin=0)
        )
    )
    text = base.mark_text(fontSize=13).encode(
        text=alt.Text("value:Q", format=",.0f"),
        color=alt.condition(alt.datum.value > dark, alt.value("white"), alt.value(INK)),
    )
    chart = alt.layer(cell, text).properties(width=WIDTH - 160, height=alt.Step(32))
    return titled(chart, title, unit, caption)


def _float(value: object) -> float | None:
    return None if value is None else float(str(value))
