import shutil
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from anlan.errors import AnlanError
from anlan.jurisdiction import TABLES, load_jurisdiction
from anlan.project import ROOT

ZHEJIANG = ROOT / "jurisdictions" / "zhejiang"


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "place"
    folder.mkdir()
    for name in ("jurisdiction.yml", "divisions.csv", "denominators.csv"):
        shutil.copy(ZHEJIANG / name, folder / name)
    return folder


def test_zhejiang_has_eleven_cities_and_ninety_counties_in_2019():
    divisions = load_jurisdiction(ZHEJIANG).divisions
    day = date(2019, 12, 31)
    valid = [d for d in divisions if d.valid_from <= day and (d.valid_to is None or day < d.valid_to)]
    assert [sum(d.level == level for d in valid) for level in (1, 2, 3)] == [1, 11, 90]


def test_versions_of_a_code_never_overlap():
    divisions = load_jurisdiction(ZHEJIANG).divisions
    for one in divisions:
        later = [d for d in divisions if d.code == one.code and d.version == one.version + 1]
        assert all(one.valid_to == d.valid_from for d in later), one.code


def test_a_table_that_a_place_does_not_have_is_empty_and_typed(place):
    loaded = load_jurisdiction(place)
    frame = loaded.frame("published_figures")
    assert frame.is_empty()
    assert frame.schema["printed_value"] == pl.Decimal(38, 6)
    assert set(loaded.tables) == set(TABLES)


def test_codes_stay_text_and_values_stay_exact(place):
    loaded = load_jurisdiction(place)
    assert loaded.frame("divisions").schema["code"] == pl.String
    gdp = loaded.frame("denominators").filter(pl.col("year") == 2019, denominator_id="gdp")
    assert gdp["value"].to_list() == [Decimal("62351.74")]


def test_a_bad_cell_is_named_by_file_row_column_and_value(place):
    file = place / "denominators.csv"
    file.write_text(file.read_text().replace("62351.74", "六万"))
    with pytest.raises(AnlanError) as caught:
        load_jurisdiction(place)
    for part in ("denominators.csv", "第 4 行", "value 列", "六万"):
        assert part in caught.value.message


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("jurisdiction.yml", 'root_code: "330000"', 'root_code: "440000"', "root_code '440000'"),
        ("jurisdiction.yml", 'root_code: "330000"', 'root_code: "330100"', "root_code '330100'"),
        ("divisions.csv", "杭州市,2,330000", "杭州市,2,990000", "第 3 行 parent 列：杭州市的上级 '990000'"),
        ("divisions.csv", "杭州市,2,330000", "杭州市,2,330102", "第 3 行 parent 列：杭州市的上级 '330102'"),
        ("divisions.csv", "杭州市,2,330000", "杭州市,2,", "第 3 行 parent 列：杭州市的上级 '（空）'"),
        ("divisions.csv", "浙江省,1,,", "浙江省,1,330100,", "第 2 行 parent 列：浙江省的上级 '330100'"),
    ],
)
def test_divisions_hang_below_one_root(place, name, old, new, said):
    text = (place / name).read_text(encoding="utf-8")
    assert old in text
    (place / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(AnlanError) as caught:
        load_jurisdiction(place)
    assert said in caught.value.message


def test_a_place_without_divisions_is_refused(place):
    (place / "divisions.csv").unlink()
    with pytest.raises(AnlanError, match=r"divisions\.csv"):
        load_jurisdiction(place)
