"""Areas are resolved at the date of the event, below their outer area, or not at all."""

from datetime import date, timedelta

import polars as pl
import pytest

from anlan.intake.areas import AreaResolver, plain_area
from anlan.jurisdiction import Division, Jurisdiction, JurisdictionInfo, LocalUnit, load_jurisdiction
from anlan.project import ROOT
from intake_files import AREAS


def resolve(*parts, on=date(2019, 5, 1), areas=AREAS):
    columns = [pl.Series([part], dtype=pl.String()) for part in parts]
    codes, problems = areas.resolve(columns, pl.Series([on], dtype=pl.Date()))
    return codes[0] or problems[0]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (("杭州市",), "330100"),
        (("杭州",), "330100"),
        (("西湖",), "330106"),
        ((" 西 湖 区 ",), "330106"),
        (("杭州市西湖区",), "330106"),
        (("浙江省杭州市西湖区",), "330106"),
        (("杭州西湖",), "330106"),
        (("宁波市-江北区",), "330205"),
        (("330106",), "330106"),
        (("３３０１０６",), "330106"),
        (("景宁",), "331127"),
        (("衢州市", "柯城"), "330802"),
        (("浙江省", "杭州市", "西湖区"), "330106"),
        (("杭州市", None), "330100"),
        (("杭州市", "杭州市"), "330100"),
    ],
)
def test_an_area_is_known_however_it_is_written(parts, code):
    assert resolve(*parts) == code


def test_a_name_means_the_division_that_had_it_on_the_day():
    assert resolve("临安", on=date(2017, 7, 17)) == "330185"
    assert resolve("临安", on=date(2017, 7, 18)) == "330112"


@pytest.mark.parametrize(
    ("text", "code", "first", "last"),
    [
        ("绍兴县", "330621", date(1983, 1, 1), date(2013, 10, 17)),
        ("江东区", "330204", date(1983, 1, 1), date(2016, 9, 13)),
        ("330204", "330204", date(1983, 1, 1), date(2016, 9, 13)),
        ("柯桥", "330603", date(2013, 10, 18), None),
        ("330681", "330681", date(1990, 1, 1), None),
        ("钱塘新区", "330100F3", date(2019, 4, 2), date(2021, 3, 10)),
    ],
)
def test_a_name_or_a_code_means_its_area_in_its_time_and_nothing_before_or_after(text, code, first, last):
    assert resolve(text, on=first) == code
    assert resolve(text, on=first - timedelta(days=1)) == "area_valid"
    if last is not None:
        assert resolve(text, on=last) == code
        assert resolve(text, on=last + timedelta(days=1)) == "area_valid"


def test_a_name_out_of_its_time_is_told_with_what_was_before_and_what_is_after():
    assert AREAS.life(("绍兴县",)) == (
        "“绍兴县”自1983-01-01起，2013-10-18起不再用，此后为柯桥区（330603，一部分）、越城区（330602，一部分）。"
    )
    assert "此前为绍兴县（330621，一部分）" in AREAS.life(("柯桥区",))
    assert "此后为钱塘区（330114）" in AREAS.life(("钱塘新区",))


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (("西湖景区",), "330100F1"),
        (("杭州市", "西湖风景名胜区"), "330100F1"),
        (("西湖区", "西湖景区"), "330100F1"),
        (("杭州西湖景区",), "330100F1"),
        (("宁波高新区",), "330200F1"),
        (("宁波市", "高新区"), "330200F1"),
        (("宁波市高新区",), "330200F1"),
        (("温州市", "经开区"), "330300F1"),
        (("330200f2",), "330200F2"),
        # Without its ending 西湖 is the district; the scenic area goes by its own names only.
        (("杭州市", "西湖"), "330106"),
    ],
)
def test_a_unit_that_is_no_division_is_known_by_its_own_code_and_names(parts, code):
    assert resolve(*parts) == code


def test_a_name_that_units_of_several_cities_bear_needs_its_city():
    assert resolve("经开区") == "area_known"
    assert resolve("高新区") == "area_known"
    assert resolve("杭州市", "高新区") == "area_known"


def test_a_renamed_unit_keeps_its_code_and_a_name_passes_from_one_to_the_next():
    assert resolve("杭州湾新区", on=date(2018, 1, 1)) == "330200F4"
    assert resolve("前湾新区", on=date(2020, 1, 1)) == "330200F4"
    assert resolve("前湾新区", on=date(2018, 1, 1)) == "area_valid"
    assert resolve("钱塘", on=date(2020, 1, 1)) == "330100F3"
    assert resolve("钱塘", on=date(2022, 1, 1)) == "330114"
    assert resolve("钱塘", on=date(2018, 1, 1)) == "area_valid"


def lakes():
    always = {"valid_from": date(1900, 1, 1), "valid_to": None, "version": 1}

    def row(code, name, level, parent):
        return Division(code=code, name=name, level=level, parent=parent, **always)

    rows = [
        row("1", "甲省", 1, None),
        row("11", "乙市", 2, "1"),
        row("111", "西湖区", 3, "11"),
        row("112", "东湖区", 3, "11"),
    ]
    names = {"aliases": "西湖", "names_in_parent": "景区"}
    unit = LocalUnit(
        code="11L", name="西湖景区", parent="112", is_inside_parent=False, source="", **names, **always
    )
    info = JurisdictionInfo(
        id="x", name="甲省", root_code="1", level_names=["省", "市", "区"], name_suffixes=["省", "市", "区"]
    )
    return Jurisdiction(folder=".", info=info, tables={"divisions": rows, "local_units": [unit]})


def test_a_short_name_of_a_district_and_a_scenic_area_is_settled_by_the_area_above_or_not_at_all():
    areas = AreaResolver(lakes())
    assert resolve("西湖", areas=areas) == "area_ambiguous"
    assert resolve("乙市", "西湖", areas=areas) == "area_ambiguous"
    assert resolve("东湖区", "西湖", areas=areas) == "11L"
    assert resolve("西湖区", areas=areas) == "111"
    assert resolve("东湖区", "景区", areas=areas) == "11L"


def test_a_unit_counts_in_its_parent_if_it_is_inside_and_above_it_if_it_is_beside():
    frame = lakes().frame("divisions")
    assert frame.filter("is_local_unit").select("code", "level", "parent").rows() == [("11L", 4, "11")]
    assert frame.filter(~pl.col("is_local_unit")).height == 4
    zhejiang = load_jurisdiction(ROOT / "jurisdictions" / "zhejiang").frame("divisions")
    counted = dict(zhejiang.filter("is_local_unit").select("code", "parent").rows())
    assert (counted["330100F1"], counted["330200F1"]) == ("330100", "330200")


def test_nothing_is_guessed():
    assert resolve("西胡区") == "area_known"
    assert resolve("宁波市", "西湖区") == "area_known"
    assert resolve("杭") == "area_known"
    # In 2012 绍兴 was a city and a county in it.
    assert resolve("绍兴", on=date(2012, 1, 1)) == "area_ambiguous"
    assert resolve("绍兴市", "绍兴", on=date(2012, 1, 1)) == "area_ambiguous"
    assert resolve("绍兴", on=date(2019, 1, 1)) == "330600"
    assert resolve("临安", on=None) == "area_ambiguous"


def test_blank_is_neither_an_area_nor_a_problem():
    assert resolve(None) is None
    assert resolve("  ") is None


def test_rows_keep_their_order_and_their_dates():
    names = pl.Series(["临安", None, "不存在", "临安", "西湖"], dtype=pl.String())
    days = pl.Series([date(2019, 1, 1), None, date(2019, 1, 1), date(2016, 1, 1), None], dtype=pl.Date())
    codes, problems = AREAS.resolve([names], days)
    assert codes.to_list() == ["330112", None, None, "330185", "330106"]
    assert problems.to_list() == [None, None, "area_known", None, None]


def portugal():
    always = {"version": 1, "valid_from": date(1900, 1, 1), "valid_to": None}

    def row(code, name, level, parent):
        return Division(code=code, name=name, level=level, parent=parent, **always)

    rows = [
        row("P", "Portugal", 1, None),
        row("18", "Viseu", 2, "P"),
        row("1823", "Viseu", 3, "18"),
        row("02", "Bragança", 2, "P"),
        row("0202", "Bragança", 3, "02"),
        row("0201", "Vila Flor", 3, "02"),
    ]
    info = JurisdictionInfo(
        id="pt", name="Portugal", root_code="P", level_names=["País", "Distrito", "Concelho"]
    )
    return AreaResolver(Jurisdiction(folder=".", info=info, tables={"divisions": rows}))


def test_case_and_accents_do_not_matter_and_an_inner_area_may_be_called_as_its_outer():
    areas = portugal()
    assert resolve("BRAGANCA", "vila flor", areas=areas) == "0201"
    assert resolve("Viseu", "VISEU", areas=areas) == "1823"
    assert resolve("Viseu", "", areas=areas) == "area_ambiguous"
    assert resolve("Viseu", "Vila Flor", areas=areas) == "area_known"


def test_accents_of_other_scripts_stay():
    assert plain_area("São Brás") == "saobras"
    assert plain_area("ガ") != plain_area("カ")
