"""The house style of charts: calm, legible in grey, Chinese first, the same offline and on paper."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt

FONT_STACK = (
    "'Noto Sans CJK SC', 'Source Han Sans SC', 'Noto Sans SC', 'Microsoft YaHei', 'PingFang SC', "
    "'WenQuanYi Micro Hei', sans-serif"
)
INK = "#1f2933"
QUIET = "#5f6b7a"
RULE = "#d5dae1"
# Told apart by lightness alone, so that a copy in black and white still reads.
CURRENT = "#1d4e7e"
BASE = "#9aa5b1"
PARTS = ("#1d4e7e", "#6f9bc4", "#b7cfe3", "#e0a458", "#8c5a2b", "#5f6b7a", "#cfd6de")
# The way a change goes is always printed with its sign too; the colour only helps.
GOOD = "#2c6e49"
BAD = "#b23a2e"
NEUTRAL = INK
NUMBER_FORMAT = ",.0f"
WIDTH = 640
LABEL_SIZE = 12


def change_colour(is_good: bool | None) -> str:
    """The colour of a change by the metric's polarity, not by its sign."""
    return NEUTRAL if is_good is None else GOOD if is_good else BAD


def names_axis(names: Iterable[str], **options: Any) -> alt.Axis:
    """An axis of names with room for the longest.

    Room is reckoned from the letters (a Chinese one is as wide as it is high), since a machine without a
    Chinese font measures them as nothing and would cut them off.
    """
    import altair as alt

    longest = max((text_width(name) for name in names), default=0)
    return alt.Axis(minExtent=longest * LABEL_SIZE + 8, **options)


def text_width(text: str) -> float:
    """The width of a text in ems: Chinese letters and signs one, Latin ones and digits 0.58."""
    return sum(1 if ord(letter) > 0x2000 else 0.58 for letter in text)


def house_config() -> dict[str, Any]:
    """Vega-Lite's config of the house style."""
    return {
        "background": "white",
        "font": FONT_STACK,
        "padding": 8,
        "title": {
            "anchor": "start",
            "font": FONT_STACK,
            "subtitleFont": FONT_STACK,
            "fontSize": 15,
            "fontWeight": 600,
            "color": INK,
            "subtitleColor": QUIET,
            "subtitleFontSize": 11.5,
            "subtitleLineHeight": 17,
            "subtitlePadding": 6,
            "offset": 14,
        },
        "axis": {
            "labelAngle": 0,
            "labelFontSize": LABEL_SIZE,
            "labelColor": INK,
            "labelLimit": 260,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titleColor": QUIET,
            "gridColor": "#e8ebef",
            "domainColor": RULE,
            "tickColor": RULE,
        },
        "axisQuantitative": {"format": NUMBER_FORMAT},
        "axisBand": {"grid": False, "ticks": False, "labelPadding": 6},
        "legend": {
            "orient": "top",
            "direction": "horizontal",
            "title": None,
            "labelFontSize": 12,
            "labelColor": INK,
            "labelLimit": 260,
            "symbolStrokeWidth": 2,
            "columnPadding": 18,
        },
        "header": {"labelFontSize": 13, "labelColor": INK, "title": None, "labelPadding": 8},
        "text": {"font": FONT_STACK, "fontSize": 12, "color": INK},
        "view": {"stroke": None},
        "range": {"category": list(PARTS)},
    }


def use_house_style() -> None:
    """Make the house style altair's theme, and static SVG what a notebook shows: it needs no network."""
    import altair as alt

    def house() -> alt.theme.ThemeConfig:
        return {"config": house_config()}

    alt.theme.register("anlan", enable=True)(house)
    alt.renderers.enable("svg")


def chart_svg(chart: alt.TopLevelMixin) -> str:
    """A chart as a static SVG, its text kept as text; nothing is fetched.

    Errors: ValueError when the chart refers to data outside itself.
    """
    import vl_convert

    use_house_style()
    svg: str = vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[])
    return svg
