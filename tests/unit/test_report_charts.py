"""Charts: what stands on each, what they do with what is missing, and that nothing is fetched."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from anlan.report import charts
from anlan.report.charts.assessment import ScoredArea
from anlan.report.figure import Figure
from anlan.report.style import BAD, GOOD, NEUTRAL, change_colour, chart_svg, text_width
from report_warehouse import METRICS, figure_row

CAPTION = charts.Caption("浙江省", "2019", datetime(2020, 4, 10), True, "生产安全事故统计")


def one(metric="accidents", value=10, base=20, change_pct=-50.0, **kwargs):
    return Figure.from_row(figure_row(metric, value, base, change_pct=change_pct, **kwargs))


def parts(*values, metric="accidents"):
    return [
        one(
            metric,
            value,
            None,
            None,
            breakdown=("kind", f"k{place}", f"第{place}类", place),
            comparator="none",
        )
        for place, value in enumerate(values)
    ]


MONTHS = [one(value=v, period=f"2019-{m:02d}") for m, v in enumerate([5, None, 7], start=1)]
TRADES = pl.DataFrame(
    {
        "trade_name": ["道路运输", "道路运输"],
        "trade_order": [1, 1],
        "severity_name": ["较大", "一般"],
        "severity_order": [1, 2],
        "value": [3, 40],
    }
)
AGES = {"男": [3, 4], "女": [1, None]}
RATES = [one("hazard_rectification_rate_pct", 97.5, comparator="none", area="330100")]
DRAWN = {
    "monthly_profile": lambda c: charts.monthly_profile(MONTHS, "起数按月", c),
    "city_bars": lambda c: charts.city_bars([one(area="330100"), one(area="330200")], "各市", c),
    "trade_by_severity": lambda c: charts.trade_by_severity(TRADES, "行业与等级", "起", c),
    "suppression_times": lambda c: charts.suppression_times(parts(3, 2), [], parts(3, 5), [], c),
    "force_composition": lambda c: charts.force_composition(parts(9, 8), [], parts(90, 80), [], c),
    "age_structure": lambda c: charts.age_structure(
        ["不满30岁", "30—39岁"], {"男": [3, 4], "女": [1, None]}, c
    ),
    "equipment_stock": lambda c: charts.equipment_stock(parts(20, 68400), c),
    "score_ranking": lambda c: charts.score_ranking(
        [ScoredArea("杭州市", "第1名　92.00分", {"重点工作": 60.0, "扣分": -2.0})], "得分构成", c
    ),
    "rectification_rates": lambda c: charts.rectification_rates(RATES, parts(40), parts(39), c),
}


def test_every_chart_of_the_house_is_drawn_here():
    assert set(DRAWN) == set(charts.__all__) - {"Caption"}


@pytest.mark.parametrize("name", DRAWN)
def test_chart_says_what_where_when_and_from_what(name):
    svg = chart_svg(DRAWN[name](CAPTION))
    for words in (
        "浙江省",
        "2019年",
        "数据截至2020年4月10日",
        "单位：",
        "来源：生产安全事故统计",
        "合成数据（演示）",
    ):
        assert words in svg


@pytest.mark.parametrize("name", DRAWN)
def test_chart_of_real_data_is_not_called_synthetic(name):
    caption = charts.Caption("浙江省", "2019", datetime(2020, 4, 10), False, "x")
    assert "合成数据" not in chart_svg(DRAWN[name](caption))


def test_month_without_a_return_is_a_gap_and_not_zero():
    values = DRAWN["monthly_profile"](CAPTION).to_dict()["data"]["values"]
    this_year = {v["month"]: v["value"] for v in values if v["year"] == "2019年"}
    assert this_year == {"1月": 5.0, "2月": None, "3月": 7.0}


def test_bar_is_labelled_with_value_and_change():
    svg = chart_svg(charts.city_bars([one(value=900, base=1400, change_pct=-35.7)], "各市", CAPTION))
    assert "900（−35.7%）" in svg


def test_bar_that_was_not_reported_says_so_once():
    missing = one(value=None, base=20, change_pct=None, area="330100")
    svg = chart_svg(charts.city_bars([missing], "各市", CAPTION))
    assert svg.count(">缺报<") == 1
    assert "（缺报）" not in svg


def test_colour_follows_the_metric_and_not_the_sign():
    assert change_colour(one(value=10, base=20).is_good) == GOOD
    assert change_colour(one(value=30, base=20).is_good) == BAD
    rising = one("hazard_rectification_rate_pct", 97.0, 95.0, comparator="yoy")
    assert METRICS["hazard_rectification_rate_pct"][2] == "up_good"
    assert change_colour(rising.is_good) == GOOD
    assert change_colour(one("hazards_found", 5, 9).is_good) == NEUTRAL


def test_room_for_names_does_not_depend_on_a_font():
    assert text_width("杭州市") == 3
    assert text_width("12") == pytest.approx(1.16)


def test_svg_keeps_text_as_text():
    assert "<text" in chart_svg(DRAWN["city_bars"](CAPTION))
