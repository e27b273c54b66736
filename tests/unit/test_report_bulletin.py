"""The bulletin as a page: whole, honest about what is missing, and nothing from outside."""

from __future__ import annotations

import re

import pytest

from anlan.errors import AnlanError
from anlan.project import Home
from anlan.release.reader import open_warehouse
from anlan.report.bulletin import write_bulletin
from report_warehouse import figure_row, write_warehouse

ROWS = [
    figure_row("accidents", 900, 1400, change_pct=-35.7),
    figure_row("accident_deaths", 770, 1170, change_pct=-34.2),
    figure_row("fires", 6000, 8000, change_pct=-25.0),
    figure_row("fire_deaths", 46, 60, change_pct=-23.3),
    figure_row("accidents", 400, 600, area="330100", change_pct=-33.3),
    figure_row("accidents", None, 800, area="330200"),
    figure_row("accident_deaths", 2, 0, area="330100", status="zero_base"),
]


@pytest.fixture
def home(tmp_path):
    return Home(path=tmp_path, jurisdiction=tmp_path)


def page(home, rows, period="2019", area=None, **kwargs):
    with open_warehouse(write_warehouse(home.path / "w", rows, **kwargs)) as reader:
        return write_bulletin(home, reader, period, area).read_text(encoding="utf-8")


def cells(html, figure_id):
    """measure -> text of the table cells that carry a figure."""
    found = re.findall(
        rf'<td class="[^"]*" data-figure="{figure_id}" data-measure="(\w+)">([^<]*)</td>', html
    )
    return dict(found)


def test_headline_sentence_is_printed_with_the_published_changes(home):
    html = page(home, ROWS)
    assert "发生生产安全事故900起、死亡770人，起数、死亡人数同比分别下降35.7%、34.2%" in html
    assert "发生火灾6,000起、亡46人，起数、亡人数同比分别下降25.0%、23.3%" in html


def test_numbers_in_tables_carry_their_figure(home):
    found = cells(page(home, ROWS), "accidents@330100@2019~yoy")
    assert found == {"value": "400", "base_value": "600", "change_pct": "−33.3"}


def test_what_was_not_reported_is_said_and_never_zero(home):
    found = cells(page(home, ROWS), "accidents@330200@2019~yoy")
    assert found == {"value": "缺报", "base_value": "800", "change_pct": "缺报"}


def test_change_on_a_zero_base_is_a_dash_that_a_note_defines(home):
    html = page(home, ROWS)
    assert cells(html, "accident_deaths@330100@2019~yoy")["change_pct"] == "—"
    assert "“—”表示本期或上年同期为0，不计算增减百分比。" in html


@pytest.mark.parametrize(("all_records", "is_shown"), [(130.5, True), (120.5, False)])
def test_the_area_of_all_forest_fire_records_stands_beside_that_of_fires_where_it_differs(
    home, all_records, is_shown
):
    rows = [
        figure_row("forest_fires", 30, 20, change_pct=50.0),
        figure_row("forest_fire_burnt_area_ha", 120.5, 100, change_pct=20.5),
        figure_row("forest_fire_burnt_area_all_records_ha", all_records, 110),
    ]
    html = page(home, rows)
    assert cells(html, "forest_fire_burnt_area_ha@330000@2019~yoy")["value"] == "120.50"
    found = cells(html, "forest_fire_burnt_area_all_records_ha@330000@2019~yoy")
    assert found.get("value") == ("130.50" if is_shown else None)


def test_synthetic_data_is_announced_and_real_data_is_not(home):
    assert "合成数据（演示）" in page(home, ROWS)
    assert "合成数据" not in page(home, ROWS, is_synthetic=False)


def test_page_is_one_file_without_script_or_anything_from_outside(home):
    html = page(home, ROWS)
    assert "<script" not in html
    assert "<svg" in html
    assert not re.findall(r"""(?:src|href)=["'](?!#)[^"']*""", html)
    assert not re.findall(r"url\((?!#)[^)]*\)|@import", html)
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_place_with_forest_fires_only_gets_a_bulletin_of_them(home):
    html = page(home, [figure_row("forest_fires", 12, 15, change_pct=-20.0)])
    assert "发生森林火灾12起，起数同比下降20.0%" in html
    assert "生产安全事故" not in html
    left_out = re.search(r"未列章节：([^（]*)（本地区无此数据源）", html)[1]
    assert "森林火灾" not in left_out
    assert "考核排名" in left_out


def test_missing_base_is_worded_and_not_computed(home):
    html = page(home, [figure_row("accidents", 900, None, status="base_missing")])
    assert "起数上年同期数据缺报（不作同比）" in html
    assert not re.search(r">\s*(nan|none|null)\s*<", html, re.IGNORECASE)


def test_names_are_escaped(home):
    rows = [figure_row("accidents", 1, 2, change_pct=-50.0) | {"area_name": "<b>甲</b>"}]
    rows.append(figure_row("accidents", 1, 2, change_pct=-50.0, breakdown=("trade", "x", "<i>乙</i>", 1)))
    html = page(home, rows)
    assert "<i>乙</i>" not in html
    assert "&lt;i&gt;乙&lt;/i&gt;" in html


def test_monthly_bulletin_states_the_month_and_the_months_so_far(home):
    html = page(
        home,
        [
            figure_row("accidents", 30, 40, period="2020-03", change_pct=-25.0),
            figure_row("accidents", 80, 100, period="2020-01/2020-03", change_pct=-20.0),
        ],
        period="2020-03",
    )
    assert "2020年3月，浙江省发生生产安全事故30起，起数同比下降25.0%" in html
    assert "2020年1—3月，浙江省发生生产安全事故80起，起数同比下降20.0%" in html


def test_unknown_period_is_refused_with_the_periods_there_are(home):
    with pytest.raises(AnlanError, match="没有 浙江省 2031 的数字") as caught:
        page(home, ROWS, period="2031")
    assert "2019" in caught.value.remedy
