"""Areas are resolved at the date of the event, below their outer area, or not at all."""

from datetime import date

import polars as pl
import pytest

from anlan.intake.areas import plain_area
from anlan.jurisdiction import Division, Jurisdiction, JurisdictionInfo
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


def test_a_retired_name_or_code_is_still_its_division():
    assert resolve("绍兴县", on=date(2019, 1, 1)) == "330621"
    assert resolve("江东区", on=date(2019, 1, 1)) == "330204"
    assert resolve("330204", on=date(2019, 1, 1)) == "330204"


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
    from anlan.intake.areas import AreaResolver

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
