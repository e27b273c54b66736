"""Tables beside a layout's own: casualties of accidents, in a file or a sheet of their own."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.intake.manifest import Manifest
from anlan.intake.original import Original
from anlan.intake.stage import stage_file
from intake_files import AREAS, PSEUDONYMS, contract_with, stage, write_csv, write_xlsx

LAYOUT = {
    "id": "with_casualties",
    "files": ["事故表*", "事故台账*"],
    "sheets": ["事故*"],
    "scope": {"header": "类别", "keep": ["事故"], "leave": ["事件"]},
    "companions": [
        {
            "id": "casualties",
            "files": ["伤亡表*", "事故台账*"],
            "sheets": ["伤亡*"],
            "key": "事故号",
            "matches": "编号",
            "drop": ["姓名"],
        }
    ],
    "columns": [
        {"field": "accident_id", "from": "编号"},
        {"field": "occurred_at", "from": "时间"},
        {"field": "division_code", "from": "地点", "otherwise": "浙江省"},
        {"field": "deaths_count", "of": "casualties", "combine": "count", "where": {"程度": ["死亡"]}},
        {
            "field": "serious_injuries_count",
            "of": "casualties",
            "combine": "count",
            "where": {"程度": ["重伤"]},
        },
        {"field": "direct_loss_wan_yuan", "from": "赔付（元）", "of": "casualties", "combine": "sum"},
        {"field": "unit_name", "from": "单位", "of": "casualties", "combine": "first"},
    ],
    "constants": {"management_category": "road"},
}
CONTRACTS = contract_with("accidents", LAYOUT)
ACCIDENTS = [
    ["编号", "时间", "地点", "类别"],
    ["A1", "2019-03-01 08:00", "杭州市", "事故"],
    ["A2", "2019-03-02 08:00", "", "事故"],
    ["A3", "2019-03-03 08:00", "杭州市", "事件"],
    ["A4", "2019-03-04 08:00", "杭州市", "事故"],
]
CASUALTIES = [
    ["事故号", "姓名", "程度", "赔付（元）", "单位"],
    ["A1", "甲某某", "死亡", 120000, "甲厂"],
    ["A1", "乙某某", "重伤", 30000, "甲厂"],
    ["A3", "丙某某", "死亡", 10000, "乙厂"],
    ["A4", "丁某某", "死亡", 50000, "丙厂"],
    ["A4", "戊某某", "死亡", "", "丙厂"],
    ["A9", "己某某", "死亡", 10000, "丁厂"],
]


def workbook(tmp_path, accidents=ACCIDENTS, casualties=CASUALTIES):
    return write_xlsx(tmp_path / "事故台账.xlsx", {"事故": accidents, "伤亡": casualties})


def test_rows_of_a_companion_sheet_are_counted_added_up_and_chosen_by_record(tmp_path):
    main, beside = stage(workbook(tmp_path), CONTRACTS)
    rows = {row["accident_id"]: row for row in main.rows.iter_rows(named=True)}
    assert {k: (r["deaths_count"], r["serious_injuries_count"]) for k, r in rows.items()} == {
        "A1": (1, 1),
        "A2": (0, 0),
        "A4": (2, 0),
    }
    assert str(rows["A1"]["direct_loss_wan_yuan"]) == "15.00"
    assert rows["A1"]["unit_name"] == "甲厂"
    assert rows["A2"]["unit_name"] is None
    assert beside.rows_read == beside.set_aside.height == len(CASUALTIES)
    assert beside.set_aside["reason"].to_list() == ["header"] + ["companion"] * 6


def test_a_sum_with_a_blank_in_it_is_missing_and_one_with_a_word_in_it_is_found(tmp_path):
    main, _ = stage(workbook(tmp_path), CONTRACTS)
    assert main.rows.filter(pl.col("accident_id") == "A4")["direct_loss_wan_yuan"].to_list() == [None]
    words = [*CASUALTIES[:5], ["A4", "戊某某", "死亡", "待定", "丙厂"]]
    main, _ = stage(workbook(tmp_path, casualties=words), CONTRACTS)
    (finding,) = main.findings.filter(pl.col("rule_id") == "type_decimal").iter_rows(named=True)
    assert (finding["row"], finding["value"], finding["held"]) == (5, "待定", "cell")
    assert finding["column_name"] == "伤亡：赔付（元）"


def test_a_row_of_a_companion_without_its_record_is_a_warning(tmp_path):
    main, _ = stage(workbook(tmp_path), CONTRACTS)
    (finding,) = main.findings.filter(pl.col("rule_id") == "companion_row_matched").iter_rows(named=True)
    # A3 is out of scope, but it is known; A9 is not.
    assert (finding["row"], finding["value"], finding["held"]) == (7, "A9", "nothing")
    assert main.rows_quarantined == 0


def test_rows_out_of_scope_are_set_aside_and_rows_of_an_unknown_kind_are_held(tmp_path):
    main, _ = stage(workbook(tmp_path, [*ACCIDENTS, ["A5", "2019-03-05 08:00", "杭州市", "其他"]]), CONTRACTS)
    assert main.set_aside.select("row", "reason").rows() == [(1, "header"), (4, "scope")]
    (finding,) = main.findings.filter(pl.col("rule_id") == "scope_known").iter_rows(named=True)
    assert (finding["row"], finding["column_letter"], finding["value"], finding["held"]) == (
        6,
        "D",
        "其他",
        "row",
    )
    assert main.rows["accident_id"].to_list() == ["A1", "A2", "A4"]


def test_where_a_place_is_blank_the_contract_may_say_which_it_is(tmp_path):
    main, _ = stage(workbook(tmp_path), CONTRACTS)
    assert main.rows["division_code"].to_list() == ["330100", "330000", "330100"]


def test_a_companion_may_be_a_file_beside_and_belongs_to_the_identity_of_the_extract(tmp_path):
    path = write_csv(tmp_path / "事故表.csv", ACCIDENTS)
    other = write_csv(tmp_path / "伤亡表.csv", CASUALTIES)
    # Text files are sheets named as the file.
    layout = {**LAYOUT, "sheets": "*", "companions": [{**LAYOUT["companions"][0], "sheets": "*"}]}
    contracts = contract_with("accidents", layout)
    original = replace(Original.of_file(path), companions=(Original.of_file(other),))
    (table,) = stage_file(original, contracts, AREAS, PSEUDONYMS, Manifest())
    assert table.refusal is None
    assert table.rows["deaths_count"].to_list() == [1, 0, 2]
    before = original.digest()
    write_csv(other, [*CASUALTIES, ["A2", "庚某某", "死亡", 1, "戊厂"]])
    assert original.digest() != before
    assert Original.of_file(path).digest() not in (before, original.digest())


def test_without_its_companion_a_table_is_refused(tmp_path):
    (table,) = stage(write_xlsx(tmp_path / "事故台账.xlsx", {"事故": ACCIDENTS}), CONTRACTS)
    assert "找不到附表" in str(table.refusal)
    assert "deaths_count" in str(table.refusal)


def test_no_name_of_a_companion_is_kept(tmp_path):
    for table in stage(workbook(tmp_path), CONTRACTS):
        for frame in (table.rows, table.findings, table.set_aside):
            assert "某某" not in frame.write_json()


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["A1", "A2", "A4"]),
            st.sampled_from(["死亡", "重伤", "轻伤"]),
            st.integers(0, 10**6),
        )
    )
)
def test_what_is_counted_and_added_up_is_what_was_written(tmp_path_factory, people):
    casualties = [CASUALTIES[0], *([key, "某", degree, paid, "厂"] for key, degree, paid in people)]
    # An exact repeat in a companion is another person of whom nothing else is known: all rows count.
    tables = stage(workbook(tmp_path_factory.mktemp("w"), casualties=casualties), CONTRACTS)
    rows = {row["accident_id"]: row for row in tables[0].rows.iter_rows(named=True)}
    for key, row in rows.items():
        mine = [(degree, paid) for k, degree, paid in people if k == key]
        assert row["deaths_count"] == sum(degree == "死亡" for degree, _ in mine)
        total = None if not mine else round(sum(paid for _, paid in mine) / 10_000 + 1e-9, 2)
        assert (None if row["direct_loss_wan_yuan"] is None else float(row["direct_loss_wan_yuan"])) == total


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ({"field": "deaths_count", "of": "nobody", "combine": "count"}, "is of no companion"),
        ({"field": "deaths_count", "from": "x", "combine": "count"}, "need of"),
        ({"field": "unit_name", "from": "x", "of": "casualties", "combine": "sum"}, "does not make"),
        ({"field": "deaths_count", "of": "casualties", "from": "x"}, "needs combine"),
        ({"field": "deaths_count", "of": "casualties", "from": "x", "combine": "count"}, "needs one header"),
    ],
)
def test_a_contract_that_misuses_a_companion_is_an_error(column, said):
    columns = [c for c in LAYOUT["columns"] if c["field"] != column["field"]]
    with pytest.raises(ValueError, match=said):
        contract_with("accidents", {**LAYOUT, "columns": [*columns, column]})


def test_a_table_may_be_of_a_source_of_its_own_and_carry_part_of_another(tmp_path):
    hazards = {
        "id": "casualties_as_hazards",
        "files": "事故台账*",
        "sheets": "伤亡*",
        "columns": [
            {"field": "hazard_id", "from": "事故号"},
            {"field": "found_on", "from": "日期"},
            {"field": "unit_credit_code", "from": "单位"},
        ],
        "drop": ["姓名"],
        "ignore": ["程度", "赔付（元）"],
        "constants": {"level": "general", "division_code": "浙江省"},
        "key": ["_row"],
        "extent": "full",
        "period": "(?P<year>20[0-9]{2})",
    }
    accidents = {**LAYOUT, "companions": [{**LAYOUT["companions"][0], "ignore": ["日期"]}]}
    contracts = contract_with("accidents", accidents) | contract_with("hazards", hazards)
    casualties = [[*row, "日期" if i == 0 else "2019-03-05"] for i, row in enumerate(CASUALTIES)]
    path = workbook(tmp_path, casualties=casualties).rename(tmp_path / "事故台账2019.xlsx")
    first, second = stage(path, contracts)
    assert (first.meta.source, first.rows["deaths_count"].to_list()) == ("accidents", [1, 0, 2])
    assert (second.meta.source, second.rows.height) == ("hazards", 6)


def test_an_identifier_that_stands_twice_is_pointed_out_where_each_row_is_a_record(tmp_path):
    layout = {
        "id": "rows",
        "columns": [
            {"field": "hazard_id", "from": "编号"},
            {"field": "found_on", "from": "日期"},
            {"field": "division_code", "from": "地点"},
        ],
        "constants": {"level": "general"},
        "key": ["_row"],
        "extent": "full",
        "period": "(?P<year>20[0-9]{2})",
    }
    rows = [["编号", "日期", "地点"], ["A", "2019-01-01", "杭州市"], ["B", "2019-01-02", "杭州市"]]
    rows.append(["A", "2019-01-03", "杭州市"])
    (table,) = stage(write_csv(tmp_path / "2019.csv", rows), contract_with("hazards", layout))
    assert table.rows.height == 3
    assert table.findings.select("row", "rule_id", "value", "held").rows() == [
        (2, "identifier_repeated", "A", "nothing"),
        (4, "identifier_repeated", "A", "nothing"),
    ]


def test_kinds_of_rows_of_a_companion_are_translated_before_they_are_added_up(tmp_path):
    points = {"死亡": "7", "重伤": "4", "轻伤": "2"}
    column = {
        "field": "direct_loss_wan_yuan", "from": "程度", "of": "casualties", "combine": "sum",
        "values": points, "otherwise": "0",
    }  # fmt: skip
    columns = [c for c in LAYOUT["columns"] if c["field"] != "direct_loss_wan_yuan"]
    layout = {**LAYOUT, "columns": [*columns, column]}
    layout["companions"] = [{**LAYOUT["companions"][0], "ignore": ["赔付（元）"]}]
    main, _ = stage(workbook(tmp_path), contract_with("accidents", layout))
    assert [str(value) for value in main.rows["direct_loss_wan_yuan"]] == ["11.00", "0.00", "14.00"]
    unknown = [*CASUALTIES[:4], ["A4", "丁某某", "失踪", 1, "丙厂"]]
    main, _ = stage(workbook(tmp_path, casualties=unknown), contract_with("accidents", layout))
    (finding,) = main.findings.filter(pl.col("rule_id") == "type_decimal").iter_rows(named=True)
    assert (finding["row"], finding["value"]) == (5, "失踪")
