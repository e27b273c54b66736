"""What a sender prints as a sum is the sum of what was read, or the file is turned away."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from anlan.intake.sums import exact_column
from intake_files import contract_with, stage, stage_one, write_csv, write_xlsx

COLUMNS = [
    {"field": "fire_id", "from": "编号"},
    {"field": "division_code", "from": "地区"},
    {"field": "occurred_on", "from": "日期"},
    {"field": "deaths_count", "from": "死亡人数"},
    {"field": "burnt_forest_area_ha", "from": "过火面积（公顷）"},
    {"field": "suppression_cost_wan_yuan", "from": "扑火经费（元）"},
]
LAYOUT = {"id": "t", "columns": COLUMNS, "constants": {"record_kind": "fire"}}
HEADER = ["编号", "地区", "日期", "死亡人数", "过火面积（公顷）", "扑火经费（元）"]


def fire(
    number: int, deaths: Any = "", area: Any = "", cost: Any = "", area_name: str = "西湖区"
) -> list[Any]:
    return [f"F{number}", area_name, "2020-03-05", deaths, area, cost]


def total(label: str = "合计", deaths: Any = "", area: Any = "", cost: Any = "") -> list[Any]:
    return [label, "", "", deaths, area, cost]


def staged(tmp_path, *rows, titles=(), **changes):
    path = write_csv(tmp_path / "fires.csv", [*titles, HEADER, *rows])
    (table,) = stage(path, contract_with("forest_fires", {**LAYOUT, **changes}))
    return table


def loaded(tmp_path, *rows, **changes):
    table = staged(tmp_path, *rows, **changes)
    assert table.refusal is None, str(table.refusal)
    return table


def refused(tmp_path, *rows, **changes):
    table = staged(tmp_path, *rows, **changes)
    assert table.refusal is not None
    assert table.rows.is_empty()
    return table.refusal


def warnings(table):
    found = table.findings.filter(held="nothing")
    return found.select("rule_id", "row", "column_letter", "value").rows()


def counts(table):
    return table.meta.control_totals_checked_count, table.meta.control_totals_differing_count


def test_a_total_row_that_agrees_is_set_aside_and_counted(tmp_path):
    table = loaded(tmp_path, fire(1, 3, "1.5", 100), fire(2, 4, "0.25", ""), total("合 计", 7, "1.75", 100))
    assert table.rows.height == 2
    assert table.findings.is_empty()
    assert table.set_aside["reason"].to_list() == ["header", "total"]
    assert counts(table) == (3, 0)


def test_a_total_row_that_differs_refuses_the_file_and_names_both_numbers_and_the_column(tmp_path):
    refusal = refused(tmp_path, fire(1, 5), fire(2, 8), total("合计", 12))
    assert refusal.message == "fires.csv 第 4 行（合计）第 D 列“死亡人数”：合计写 12，逐行相加为 13，差 1"
    assert "在 contracts/forest_fires.yml 的布局 t 中写 control_totals: {except: [表头]}" in refusal.remedy


def test_the_sheet_is_named_in_the_message(tmp_path):
    path = write_xlsx(tmp_path / "f.xlsx", {"杭州": [HEADER, fire(1, 5), total("总计", 4)]})
    (table,) = stage(path, contract_with("forest_fires", LAYOUT))
    assert table.refusal.message.startswith("f.xlsx 工作表“杭州” 第 3 行（总计）第 D 列")


def test_a_message_names_five_differences_and_counts_the_others(tmp_path):
    rows = [row for n in range(7) for row in (fire(n, 1), total(f"{n}组小计", 2))]
    message = refused(tmp_path, *rows).message
    assert message.count("合计写 2，") == 5
    assert message.endswith("；另有 2 处不符")


def test_a_sum_of_twice_the_total_is_said_to_be_so(tmp_path):
    rows = [fire(1, 3), fire(2, 4), fire(3, 7), total("合计", 7)]
    assert "恰为两倍" in refused(tmp_path, *rows).message


def test_with_warn_a_difference_is_a_remark_on_the_cell_and_the_rows_enter(tmp_path):
    rows = [fire(1, 5), fire(2, 8), total("合计", 12)]
    table = loaded(tmp_path, *rows, control_totals={"on_difference": "warn"})
    assert table.rows["deaths_count"].to_list() == [5, 8]
    assert warnings(table) == [("control_total_agrees", 4, "D", "12（逐行相加为 13，差 1）")]
    assert table.rows_quarantined == 0
    assert counts(table) == (1, 1)
    finding = table.findings.row(0, named=True)
    assert (finding["column_name"], finding["field"]) == ("死亡人数", "deaths_count")


def test_with_ignore_nothing_is_compared(tmp_path):
    table = loaded(tmp_path, fire(1, 5), total("合计", 12), control_totals={"on_difference": "ignore"})
    assert table.findings.is_empty()
    assert counts(table) == (0, 0)


def test_a_column_whose_total_is_no_sum_can_be_excepted(tmp_path):
    rows = [fire(1, 5, 2), fire(2, 8, 4), total("合计", 13, 3)]
    assert "过火面积" in refused(tmp_path, *rows).message
    table = loaded(tmp_path, *rows, control_totals={"except": ["过火面积（公顷）"]})
    assert counts(table) == (1, 0)


def test_a_tolerance_is_in_the_unit_of_the_column(tmp_path):
    rows = [fire(1, "", "", 5000), fire(2, "", "", 5000), total("合计", "", "", 10_002)]
    refused(tmp_path, *rows, control_totals={"tolerance": 1})
    loaded(tmp_path, *rows, control_totals={"tolerance": 2})


def test_a_total_is_read_as_its_cells_are_and_compared_in_their_unit(tmp_path):
    rows = [
        fire(1, "１２", "1,000.5", "1.5万"),
        fire(2, "3人", "15 亩", "2000元"),
        total("合计", "15", "1001.5", "17,000"),
    ]
    assert counts(loaded(tmp_path, *rows)) == (3, 0)
    message = refused(tmp_path, *rows[:2], total("合计", "15", "1001.5", "1.71万")).message
    assert "合计写 17100，逐行相加为 17000，差 100" in message


def test_a_comma_can_be_the_decimal_mark_of_a_total(tmp_path):
    rows = [fire(1, "", "1,5"), fire(2, "", "1.000,25"), total("合计", "", "1.001,75")]
    assert counts(loaded(tmp_path, *rows, decimal_mark=",")) == (1, 0)
    assert (
        "合计写 1001.75，逐行相加为 1001.5"
        in refused(tmp_path, fire(1, "", "1001,5"), rows[2], decimal_mark=",").message
    )


def test_a_total_is_compared_at_the_places_it_is_written_in(tmp_path):
    rows = [fire(1, "", "0.004"), fire(2, "", "0.001")]
    for good in ("0.01", "0.005", "0.0"):
        loaded(tmp_path, *rows, total("合计", "", good))
    for bad in ("0.00", "0.006", "0.1"):
        refused(tmp_path, *rows, total("合计", "", bad))


def test_a_half_is_rounded_up(tmp_path):
    rows = [fire(1, "", "0.014"), fire(2, "", "0.001")]
    loaded(tmp_path, *rows, total("合计", "", "0.02"))
    refused(tmp_path, *rows, total("合计", "", "0.01"))


def test_cells_are_added_as_written_before_they_are_rounded_to_the_field(tmp_path):
    # The stored field keeps seven decimals; each of these cells is rounded up.
    rows = [fire(n, "", "0.00000005") for n in range(4)]
    table = loaded(tmp_path, *rows, total("合计", "", "0.0000002"))
    assert table.rows["burnt_forest_area_ha"].sum() == Decimal("0.0000004")


def test_the_dust_of_binary_sums_is_no_difference(tmp_path):
    rows = [fire(1, "", "1234567.1"), fire(2, "", "2345678.2"), fire(3, "", "0.3")]
    loaded(tmp_path, *rows, total("合计", "", "3580245.6000000001"))
    loaded(tmp_path, *rows, total("合计", "", "3580245.59999999999"))
    refused(tmp_path, *rows, total("合计", "", "3580245.60001"))
    refused(tmp_path, *rows, total("合计", "", "3580245.60001000001"))


def test_a_third_is_added_exactly(tmp_path):
    # A mu is a fifteenth of a hectare: no decimal holds it.
    rows = [fire(n, "", "1亩") for n in range(15)]
    loaded(tmp_path, *rows, total("合计", "", "1"))
    assert "逐行相加为 0.933333" in refused(tmp_path, *rows[:14], total("合计", "", "1.00")).message


def test_a_blank_or_missing_mark_in_a_total_row_claims_nothing(tmp_path):
    table = loaded(tmp_path, fire(1, 5, 2, 3), total("合计", "-", "", "／"))
    assert table.findings.is_empty()
    assert counts(table) == (0, 0)


def test_the_texts_that_mean_no_value_mean_it_in_a_total_row_too(tmp_path):
    table = loaded(tmp_path, fire(1, 5), fire(2, "9999"), total("合计", "9999"), missing=["", "9999"])
    assert table.rows["deaths_count"].to_list() == [5, None]
    assert counts(table) == (0, 0)


def test_a_column_that_two_fields_are_read_from_is_compared_once(tmp_path):
    columns = [*COLUMNS[:4], {"field": "serious_injuries_count", "from": "死亡人数"}]
    rows = [row[:4] for row in (HEADER, fire(1, 5), total("合计", 4))]
    layout = {**LAYOUT, "columns": columns, "control_totals": {"on_difference": "warn"}}
    table = stage_one(write_csv(tmp_path / "f.csv", rows), contract_with("forest_fires", layout))
    assert table.findings["field"].to_list() == ["deaths_count"]


def test_missing_cells_count_nothing_in_a_sum(tmp_path):
    loaded(tmp_path, fire(1, 5), fire(2, "—"), fire(3, ""), total("合计", 5))


@pytest.mark.parametrize(("header", "cell"), [("原始值（%）", "50"), ("原始值", "50%"), ("原始值", "５０％")])
def test_percentages_are_not_added(tmp_path, header, cell):
    fields = ["division_code", "assessment_year", "indicator_id", "raw_value", "scored_on"]
    headers = ["设区市", "年度", "指标", header, "评分日期"]
    layout = {
        "id": "s",
        "constants": {"scheme_id": "s"},
        "columns": [{"field": f, "from": h} for f, h in zip(fields, headers, strict=True)],
    }
    rows = [[city, "2019", "rate", n, "2020-1-5"] for city, n in (("杭州市", "40"), ("宁波市", "60"))]
    path = write_csv(tmp_path / "f.csv", [headers, *rows, ["合计", "", "", cell, ""]])
    table = stage_one(path, contract_with("assessment_scores", layout))
    assert counts(table) == (0, 0)


def test_a_cell_that_is_no_number_makes_the_total_incomparable_and_says_where_it_stands(tmp_path):
    table = loaded(tmp_path, fire(1, 5, 1), fire(2, "三人", 2), total("合计", 8, 3))
    assert warnings(table) == [
        ("control_total_checkable", 4, "D", "8（第 3 行第 D 列的内容不是数，未能核对）")
    ]
    assert table.rows_quarantined == 0
    assert counts(table) == (1, 0)


def test_a_total_that_is_no_number_is_said_to_be_incomparable(tmp_path):
    table = loaded(tmp_path, fire(1, 5), total("合计", "#REF!"))
    assert warnings(table) == [("control_total_checkable", 3, "D", "#REF!（合计本身不是数，未能核对）")]


def test_rows_that_are_held_back_count_in_the_sum_of_the_sender(tmp_path):
    rows = [fire(1, 5), fire(2, 8, area_name="不存在县"), total("合计", 13)]
    table = loaded(tmp_path, *rows)
    assert table.rows_quarantined == 1
    assert counts(table) == (1, 0)
    assert "逐行相加为 13" in refused(tmp_path, *rows[:2], total("合计", 5)).message


def test_an_exact_repeat_is_in_the_sum_of_the_sender(tmp_path):
    table = loaded(tmp_path, fire(1, 5), fire(1, 5), fire(2, 3), total("合计", 13))
    assert table.rows.height == 2
    assert table.findings.is_empty()


def test_a_total_that_fits_only_without_repeats_is_a_remark(tmp_path):
    rows = [fire(1, 5, 1), fire(1, 5, 1), fire(2, 3, 0, 7)]
    table = loaded(tmp_path, *rows, total("合计", 8, 1, 7))
    assert warnings(table) == [
        ("control_total_counts_repeats", 5, "E", "1（不计重复的行才相符）"),
        ("control_total_counts_repeats", 5, "D", "8（不计重复的行才相符）"),
    ]
    assert counts(table) == (3, 0)
    # One column with and another without its repeats is no reading of the row.
    refused(tmp_path, fire(1, 5, 1), fire(1, 5, 1), fire(2, 3, 0), total("合计", 8, 2))


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_a_grand_total_covers_all_rows_wherever_it_stands(tmp_path, at):
    rows = [fire(1, 5), fire(2, 8), fire(3, 1)]
    rows.insert(at, total("全省合计", 14))
    assert counts(loaded(tmp_path, *rows)) == (1, 0)
    rows[at] = total("全省合计", 15)
    assert "逐行相加为 14" in refused(tmp_path, *rows).message


def test_all_of_several_grand_totals_are_compared(tmp_path):
    rows = [total("合计", 13), fire(1, 5), fire(2, 8), total("总计", 13)]
    assert counts(loaded(tmp_path, *rows)) == (2, 0)
    refused(tmp_path, total("合计", 13), *rows[1:3], total("总计", 12))
    refused(tmp_path, total("合计", 12), *rows[1:])


BELOW = [
    fire(1, 1), fire(2, 2), total("杭州市小计", 3), fire(3, 4), total("宁波市小计", 4), total("合计", 7)
]  # fmt: skip
ABOVE = [
    total("合计", 7), total("杭州市小计", 3), fire(1, 1), fire(2, 2), total("宁波市小计", 4), fire(3, 4)
]  # fmt: skip


@pytest.mark.parametrize("rows", [BELOW, ABOVE, BELOW[:-1], ABOVE[1:]])
def test_subtotals_cover_their_block_below_or_above_it(tmp_path, rows):
    assert loaded(tmp_path, *rows).findings.is_empty()
    for at, row in enumerate(rows):
        if row[0].endswith("小计"):
            wrong = [*rows[:at], total(row[0], 7), *rows[at + 1 :]]
            assert f"第 {at + 2} 行（{row[0]}）" in refused(tmp_path, *wrong).message


def test_the_rows_of_a_block_are_named(tmp_path):
    rows = [*BELOW[:4], total("小计", 5), BELOW[5]]
    assert "合计写 5，第 5 至 5 行逐行相加为 4，差 1" in refused(tmp_path, *rows).message


def test_a_total_of_a_city_reaches_over_the_subtotals_of_its_counties(tmp_path):
    rows = [
        fire(1, 1), total("西湖区小计", 1), fire(2, 2), total("临安区小计", 2), total("杭州市合计", 3),
        fire(3, 4), total("小计", 4), total("宁波市合计", 4), total("总计", 7),
    ]  # fmt: skip
    assert counts(loaded(tmp_path, *rows)) == (6, 0)
    rows[4] = total("杭州市合计", 2)
    assert "第 6 行（杭州市合计）" in refused(tmp_path, *rows).message


def test_a_total_with_the_name_of_the_whole_province_may_be_of_all_rows(tmp_path):
    rows = [fire(1, 1), total("杭州市小计", 1), fire(2, 4), total("宁波市小计", 4), total("浙江省合计", 5)]
    assert counts(loaded(tmp_path, *rows)) == (3, 0)
    refused(tmp_path, *rows[:-1], total("浙江省合计", 6))
    cities = [fire(1, 1), total("杭州市合计", 1), fire(2, 4), total("宁波市合计", 4), total("浙江省合计", 5)]
    assert counts(loaded(tmp_path, *cities)) == (3, 0)


def test_a_total_of_a_city_is_not_of_all_rows_where_another_total_is(tmp_path):
    rows = [fire(1, 1), total("杭州市合计", 1), fire(2, 4), total("宁波市合计", 4), total("合计", 5)]
    assert counts(loaded(tmp_path, *rows)) == (3, 0)
    refused(tmp_path, rows[0], total("杭州市合计", 5), *rows[2:])


def test_a_table_that_begins_and_ends_with_a_subtotal_may_have_them_above_or_below(tmp_path):
    below = [total("舟山市小计", 0), fire(1, 1), total("杭州市小计", 1)]
    above = [total("杭州市小计", 1), fire(1, 1), total("舟山市小计", 0)]
    for rows in (below, above):
        table = loaded(tmp_path, *rows)
        assert counts(table) == (2, 0)
        assert table.findings.is_empty()


def test_totals_that_end_each_block_without_a_name_are_of_their_blocks(tmp_path):
    rows = [fire(1, 1), fire(2, 2), total("合计", 3), fire(3, 4), total("合计", 4), total("总计", 7)]
    assert counts(loaded(tmp_path, *rows)) == (3, 0)
    refused(tmp_path, *rows[:4], total("合计", 5), rows[5])


def test_a_subtotal_of_no_rows_is_a_remark_unless_it_is_zero(tmp_path):
    rows = [*BELOW[:5], total("舟山市小计", 0), BELOW[5]]
    assert loaded(tmp_path, *rows).findings.is_empty()
    table = loaded(tmp_path, *BELOW[:5], total("舟山市小计", 9), BELOW[5])
    assert warnings(table) == [
        ("control_total_checkable", 7, "D", "9（这一合计之下没有可相加的行，未能核对）")
    ]


def test_a_total_above_no_rows_at_all_refuses_the_file(tmp_path):
    assert "合计写 9，逐行相加为 0，差 9" in refused(tmp_path, total("合计", 9)).message


def test_of_which_rows_are_set_aside_and_in_no_sum(tmp_path):
    part = ["其中：夜间", "西湖区", "2020-03-05", 2, "", ""]
    table = loaded(tmp_path, fire(1, 5), part, fire(2, 1), total("其中", 1), total("合计", 6))
    assert table.rows["_row"].to_list() == [2, 4]
    assert dict(table.set_aside.select("row", "reason").rows())[3] == "of_which"
    assert dict(table.set_aside.select("row", "reason").rows())[5] == "of_which"
    # Without the colon only a row that lacks what a record needs is one.
    table = loaded(
        tmp_path, ["其中村火灾", *fire(1, 5)[1:]], ["其中夜间", "", "", 2, "", ""], total("合计", 5)
    )
    assert table.rows["fire_id"].to_list() == ["其中村火灾"]
    assert table.rows_quarantined == 0
    # The words are the layout's.
    table = loaded(tmp_path, fire(1, 5), part, total("合计", 7), of_which=[])
    assert table.rows.height == 2


def test_records_of_another_kind_may_be_in_the_sum_of_the_sender_or_not(tmp_path):
    rows = [fire(1, 5), fire(2, 8), [*fire(3, 4)[:1], "不属本源", *fire(3, 4)[2:]], fire(4, 1)]
    scope = {"header": "地区", "keep": ["西湖区"], "leave": ["不属本源"]}
    for deaths in (18, 14):
        table = loaded(tmp_path, *rows, total("合计", deaths), scope=scope)
        assert table.rows.height == 3
        assert table.findings.is_empty()
        assert counts(table) == (1, 0)
    assert "逐行相加为 18" in refused(tmp_path, *rows, total("合计", 10), scope=scope).message


def test_a_number_that_is_filled_down_counts_in_every_row_that_reads_it(tmp_path):
    rows = [fire(1, 5), fire(2, ""), fire(3, 1), total("合计", 6)]
    assert "逐行相加为 11" in refused(tmp_path, *rows, fill_down=["死亡人数"]).message
    assert counts(loaded(tmp_path, *rows)) == (1, 0)


def test_a_cell_is_translated_before_it_is_added(tmp_path):
    columns = [
        *COLUMNS[:3],
        {"field": "deaths_count", "from": "死亡人数", "values": {"两人": "2", "各一": "3"}},
    ]
    rows = [row[:4] for row in (HEADER, fire(1, "两人"), fire(2, "1"), total("合计", "各一"))]
    path = write_csv(tmp_path / "f.csv", rows)
    table = stage_one(path, contract_with("forest_fires", {**LAYOUT, "columns": columns}))
    assert table.rows["deaths_count"].to_list() == [2, 1]
    assert table.findings.is_empty()


def test_each_sheet_has_totals_of_its_own(tmp_path):
    sheets = {"甲": [HEADER, fire(1, 5), total("合计", 5)], "乙": [HEADER, fire(2, 8), total("合计", 5)]}
    path = write_xlsx(tmp_path / "f.xlsx", sheets)
    first, second = stage(path, contract_with("forest_fires", LAYOUT))
    assert first.refusal is None
    assert counts(first) == (1, 0)
    assert (
        "工作表“乙” 第 3 行（合计）第 D 列“死亡人数”：合计写 5，逐行相加为 8，差 3" in second.refusal.message
    )


def test_the_columns_of_a_sum_are_compared_each_on_its_own(tmp_path):
    columns = [*COLUMNS[:3], {"field": "deaths_count", "from": ["当场", "医治"], "combine": "sum"}]
    header = [*HEADER[:3], "当场", "医治"]
    layout = {**LAYOUT, "columns": columns}

    def table(*totals):
        rows = [[*fire(1)[:3], 1, 2], [*fire(2)[:3], 3, ""], ["合计", "", "", *totals]]
        (table,) = stage(
            write_csv(tmp_path / "f.csv", [header, *rows]), contract_with("forest_fires", layout)
        )
        return table

    assert counts(table(4, 2)) == (2, 0)
    assert table(2, 4).refusal.message.count("差 2") == 2


def test_totals_in_titles_and_notes_are_compared_with_all_rows(tmp_path):
    plan = {
        "notes": [
            r"共(?P<rows>[0-9]+)起[，,]死亡(?P<deaths_count>\d+)人",
            r"经费(?P<suppression_cost_wan_yuan>[\d.]+(?:元|万元)?)",
        ]
    }

    def read(title, note):
        return staged(
            tmp_path, fire(1, 5, "", 20_000), fire(2, 8), [note], titles=[[title]], control_totals=plan
        )

    good = read("2020年森林火灾共２起，死亡13人", "注：经费2")
    assert good.refusal is None
    assert counts(good) == (3, 0)
    assert read("共2起,死亡13人", "注：经费20000元").refusal is None
    bad = read("共3起，死亡12人", "注：经费2.1万元").refusal.message
    assert "第 1 行（标题）行数：合计写 3，数得行数为 2，差 1" in bad
    assert "第 1 行（标题）死亡人数：合计写 12，逐行相加为 13，差 1" in bad
    assert "第 5 行（附注）扑火经费：合计写 2.1，逐行相加为 2，差 0.1" in bad


def test_a_total_row_may_count_rows_under_a_header_that_the_layout_names(tmp_path):
    def read(count, **plan):
        rows = [fire(1, 5), fire(2, 8), fire(2, 8), ["合计", "", count, 21, "", ""]]
        return staged(tmp_path, *rows, control_totals={"rows": "日期", **plan})

    for count in ("3", "共3起", "3起", "合计：3条", "共计 3 起"):
        table = read(count)
        assert counts(table) == (2, 0), count
    label = [fire(1, 5), total("1组小计", 5)]
    assert loaded(tmp_path, *label, control_totals={"rows": "编号"}).findings.is_empty()
    assert "第 5 行（合计）第 C 列“日期”：合计写 4，数得行数为 3，差 1" in read("共4起").refusal.message
    assert warnings(read("三起")) == [("control_total_checkable", 5, "C", "三起（合计本身不是数，未能核对）")]


def test_a_number_that_could_be_a_telephone_number_is_not_printed(tmp_path):
    rows = [fire(1, 5_000_000_000), total("合计", "13800000000")]
    message = refused(tmp_path, *rows).message
    assert "13800000000" not in message
    # Nor can it be reckoned from the others.
    assert "逐行相加为 5000000000" in message
    assert "8800000000" not in message
    table = loaded(tmp_path, *rows, control_totals={"on_difference": "warn"})
    assert "13800000000" not in str(table.findings.rows())


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"except": ["没有的列"]}, "没有的列"),
        ({"rows": "没有的列"}, "没有的列"),
        ({"notes": "共(?P<rows>"}, "regular expression"),
        ({"notes": "共[0-9]+起"}, "named group"),
        ({"notes": "(?P<no_field>[0-9]+)"}, "no_field"),
        ({"notes": "(?P<fire_id>[0-9]+)"}, "fire_id"),
        ({"tolerance": -1}, "tolerance"),
    ],
)
def test_a_plan_for_totals_that_does_not_hold_together_is_refused(plan, said):
    with pytest.raises(ValidationError, match=said):
        contract_with("forest_fires", {**LAYOUT, "control_totals": plan})


NUMBERS = {
    "deaths_count": st.none() | st.integers(0, 10**6),
    "burnt_forest_area_ha": st.none() | st.decimals(0, 10**6, places=3),
    "suppression_cost_wan_yuan": st.none() | st.decimals(-(10**6), 10**6, places=2),
}
RECORDS = st.lists(st.fixed_dictionaries(NUMBERS), min_size=1, max_size=4)


def summed(label: str, records: list[dict[str, Any]]) -> list[Any]:
    return total(label, *(sum((r[name] or 0 for r in records), 0) for name in NUMBERS))


@st.composite
def tables(draw) -> list[list[Any]]:
    """Blocks with subtotals above or below them or without, and a grand total at any of its places."""
    blocks = draw(st.lists(RECORDS, min_size=1, max_size=4))
    place = draw(st.sampled_from(["none", "above", "below"]))
    rows: list[list[Any]] = []
    number = 0
    for at, block in enumerate(blocks):
        lines = []
        for record in block:
            number += 1
            lines.append(fire(number, *("" if record[name] is None else record[name] for name in NUMBERS)))
        subtotal = [summed(f"{at}区小计", block)] if place != "none" else []
        rows += [*subtotal, *lines] if place == "above" else [*lines, *subtotal]
    everything = summed("合计", [record for block in blocks for record in block])
    at = draw(st.integers(0, len(rows))) if place == "none" else draw(st.sampled_from([0, len(rows)]))
    rows.insert(at, everything)
    return rows


@settings(max_examples=40)
@given(rows=tables(), data=st.data(), is_workbook=st.booleans())
def test_true_totals_load_and_any_one_changed_number_refuses_the_file(
    tmp_path_factory, rows, data, is_workbook
):
    folder = tmp_path_factory.mktemp("any")
    contracts = contract_with("forest_fires", LAYOUT)

    def read(lines):
        if is_workbook:
            cells = [[float(c) if isinstance(c, Decimal) else c for c in line] for line in lines]
            path = write_xlsx(folder / "f.xlsx", {"表": [HEADER, *cells]})
        else:
            path = write_csv(folder / "f.csv", [HEADER, *lines])
        (table,) = stage(path, contracts)
        return table

    table = read(rows)
    assert table.refusal is None, str(table.refusal)
    assert table.findings.is_empty()
    totals = [row for row in rows if row[1] == ""]
    assert counts(table) == (3 * len(totals), 0)

    at = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(3, 5))
    value = rows[at][column]
    assume(value != "")
    # A total may have been rounded to the decimals it is written with, and a workbook keeps no zeros behind
    # the point.
    change = Decimal(data.draw(st.integers(1, 10**6)))
    decimals = -int(Decimal(next(row for row in rows if row[0] == "合计")[column]).as_tuple().exponent)
    if column > 3 and not is_workbook:
        change /= 10 ** min(decimals, 2)
    changed = [list(row) for row in rows]
    changed[at][column] = value + (int(change) if column == 3 else change)
    refusal = read(changed).refusal
    assert refusal is not None
    grand = next(row for row in changed if row[0] == "合计")
    (written, found) = (
        (value + change, value) if changed[at][0] == "合计" else (grand[column], grand[column] + change)
    )
    if changed[at][1] == "" and changed[at][0] != "合计":
        (written, found) = (value + change, value)
    assert f"合计写 {plain(written)}，" in refusal.message
    assert f"逐行相加为 {plain(found)}，差 {plain(change)}" in refusal.message


def plain(value: int | Decimal) -> str:
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@settings(max_examples=30)
@given(st.lists(st.decimals(-(10**9), 10**9, places=9), min_size=1, max_size=30), st.data())
def test_sums_of_columns_are_exact_over_any_stretch(values, data):
    texts = pl.Series([data.draw(st.sampled_from([f"{v:f}", f"{v:,f}"])) for v in values])
    column = exact_column(texts, None, Fraction(1), ".")
    start = data.draw(st.integers(0, len(values)))
    end = data.draw(st.integers(start, len(values)))
    assert column.sum(start, end) == sum(map(Fraction, values[start:end]), Fraction(0))
    assert column.first_unreadable(0, len(values)) is None
