"""Headers are found below titles, over several rows, with units; what is not known is refused with a hint."""

import pytest

from anlan.intake.header import header_cells, header_name
from intake_files import contract_with, raw, stage, stage_one, write_csv, write_xlsx

LAYOUT = {
    "id": "test",
    "columns": [
        {"field": "fire_id", "from": "编号|火灾编号"},
        {"field": "occurred_at", "from": "起火时间"},
        {"field": "division_code", "from": "地区"},
        {"field": "deaths_count", "from": "死亡人数"},
        {"field": "direct_property_loss_yuan", "from": "直接财产损失", "optional": True},
        {"field": "review_state", "from": "状态"},
    ],
    "ignore": ["序号"],
}
HEADER = ["序号", "编号", "起火时间", "地区", "死亡人数", "状态"]
ROW = ["1", "F1", "2019-3-5 14:05", "西湖区", "0", "已审核"]


def fires(**changes):
    return contract_with("fires", {**LAYOUT, **changes})


def names(*rows, merged=()):
    cells = header_cells(raw([list(row) for row in rows], merged=merged), 0, len(rows))
    return [cell.name.full if cell else None for cell in cells]


def test_levels_are_joined_under_merged_and_under_blank_upper_cells():
    upper, lower = ["编号", "人员伤亡", None, "备注"], [None, "死亡", "重伤", None]
    expected = ["编号", "人员伤亡/死亡", "人员伤亡/重伤", "备注"]
    assert names(upper, lower) == expected
    assert names(upper, lower, merged=((0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 1, 3))) == expected


def test_a_blank_upper_cell_is_not_filled_beyond_its_merged_heading():
    upper, lower = ["编号", "人员伤亡", None, None], [None, "死亡", "重伤", "金额"]
    assert names(upper, lower, merged=((0, 1, 0, 2),)) == ["编号", "人员伤亡/死亡", "人员伤亡/重伤", "金额"]
    # A name that is complete above is no heading of its neighbour.
    assert names(["编号", None], [None, "金额"]) == ["编号", "金额"]


def test_three_levels_are_joined_each_below_its_own():
    rows = ["甲", None, None, "丁"], ["乙", None, "丙", None], ["一", "二", "三", None]
    assert names(*rows) == ["甲/乙/一", "甲/乙/二", "甲/丙/三", "丁"]


@pytest.mark.parametrize(
    ("text", "base", "unit"),
    [
        ("直接经济损失（万元）", "直接经济损失", "万元"),
        ("直接经济损失【单位：元】", "直接经济损失", "元"),
        ("损失/直接经济损失(亿元)", "损失/直接经济损失", "亿元"),
        ("受害面积/公顷", "受害面积", "公顷"),
        ("死亡（含失踪）", "死亡(含失踪)", None),
        ("死亡 人数\n（人）", "死亡人数", "人"),
        ("元", "元", None),
    ],
)
def test_a_unit_in_brackets_is_not_part_of_the_name(text, base, unit):
    found = header_name(text)
    assert (found.base, found.unit) == (base, unit)


def test_a_header_is_found_below_titles_and_its_rows_are_set_aside(tmp_path):
    rows = [["2019年火灾台账"], [], ["填报单位：某局"], HEADER, ROW]
    table = stage_one(write_csv(tmp_path / "f.csv", rows), fires())
    assert table.set_aside.select("row", "reason").rows() == [
        (1, "title"),
        (2, "blank"),
        (3, "title"),
        (4, "header"),
    ]
    assert table.rows["_row"].to_list() == [5]


@pytest.mark.parametrize(
    ("header", "unit", "expected"),
    [
        ("直接财产损失", None, "12.50"),
        ("直接财产损失（元）", None, "12.50"),
        ("直接财产损失（万元）", None, "125000.00"),
        ("直接财产损失", "万元", "125000.00"),
        # The file's own unit is later knowledge than a contract that did not know of any.
        ("直接财产损失（元）", "万元", "12.50"),
    ],
)
def test_the_unit_of_a_header_converts_its_values(tmp_path, header, unit, expected):
    columns = [
        {**column, "unit": unit} if column["field"] == "direct_property_loss_yuan" else column
        for column in LAYOUT["columns"]
    ]
    path = write_csv(tmp_path / "f.csv", [[*HEADER, header], [*ROW, "12.5"]])
    table = stage_one(path, fires(columns=columns))
    assert str(table.rows["direct_property_loss_yuan"][0]) == expected


def test_a_unit_that_the_contract_writes_is_used_when_the_file_is_silent_and_may_be_overruled(tmp_path):
    def loss(header, **more):
        column = {"field": "direct_property_loss_yuan", "from": "损失（万元）", **more}
        columns = [c for c in LAYOUT["columns"] if c["field"] != column["field"]] + [column]
        path = write_csv(tmp_path / "f.csv", [[*HEADER, header], [*ROW, "2"]])
        return int(stage_one(path, fires(columns=columns)).rows["direct_property_loss_yuan"][0])

    assert loss("损失") == 20_000
    assert loss("损失（千元）") == 2_000
    # The printed header is known to be wrong, and the contract says what is meant.
    assert loss("损失（万元）", unit="元") == 2


def test_of_two_headers_that_differ_in_their_unit_the_one_the_contract_names_is_taken(tmp_path):
    column = {"field": "direct_property_loss_yuan", "from": "损失（元）"}
    columns = [c for c in LAYOUT["columns"] if c["field"] != column["field"]] + [column]
    path = write_csv(tmp_path / "f.csv", [["损失（万元）", *HEADER, "损失（元）"], ["1", *ROW, "10001"]])
    table = stage_one(path, fires(columns=columns, ignore=["序号", "损失（万元）"]))
    assert table.rows["direct_property_loss_yuan"].to_list() == [10001]


def test_a_unit_that_measures_something_else_refuses_the_table(tmp_path):
    path = write_csv(tmp_path / "f.csv", [[*HEADER, "直接财产损失（公顷）"], [*ROW, "1"]])
    (table,) = stage(path, fires())
    assert "单位“公顷”不能换算" in str(table.refusal)
    assert "第 G 列" in str(table.refusal)


def test_an_unknown_header_is_refused_with_the_nearest_name_and_a_line_to_paste(tmp_path):
    header = [{"死亡人数": "死忙人数"}.get(text, text) for text in HEADER]
    path = write_xlsx(tmp_path / "f.xlsx", {"台账": [["标题"], header, ROW]})
    (table,) = stage(path, fires())
    assert table.meta.source == "fires"
    message = str(table.refusal)
    for part in ("f.xlsx", "台账", "第 2 行第 E 列", "死忙人数", "最接近的是“死亡人数”"):
        assert part in message
    assert '- {field: deaths_count, from: "死亡人数|死忙人数"}' in message
    assert (table.rows_read, table.rows.height, table.set_aside.height) == (3, 0, 3)
    assert set(table.set_aside["reason"]) == {"refused"}
    # What a refused table holds may be anything, personal data too.
    assert table.set_aside["text"].null_count() == 3


def test_a_missing_required_header_is_refused_and_a_missing_optional_one_is_not(tmp_path):
    (table,) = stage(write_csv(tmp_path / "f.csv", [HEADER[:-1], ROW[:-1]]), fires())
    assert "缺少必需的表头“状态”" in str(table.refusal)
    assert stage_one(write_csv(tmp_path / "g.csv", [HEADER, ROW]), fires()).rows.height == 1


def test_a_header_that_stands_twice_is_refused(tmp_path):
    (table,) = stage(write_csv(tmp_path / "f.csv", [[*HEADER, "死亡人数"], [*ROW, "1"]]), fires())
    assert "表头“死亡人数”出现两次" in str(table.refusal)
    (table,) = stage(write_csv(tmp_path / "g.csv", [[*HEADER, "火灾编号"], [*ROW, "F2"]]), fires())
    assert "出现两次" in str(table.refusal)


def test_content_below_an_empty_header_is_refused_not_dropped(tmp_path):
    (table,) = stage(write_csv(tmp_path / "f.csv", [HEADER, [*ROW, "", "旁注"]]), fires())
    assert "第 H 列没有表头，但第 2 行有内容" in str(table.refusal)


def test_a_table_nobody_knows_is_refused_as_unknown(tmp_path):
    (table,) = stage(write_csv(tmp_path / "f.csv", [["甲", "乙"], ["1", "2"]]), fires())
    assert (table.meta.source, table.meta.layout_id) == ("unknown", "")
    assert "没有任何合同认识的表头" in str(table.refusal)


def test_a_misnamed_file_is_told_whose_headers_it_has(tmp_path):
    (table,) = stage(write_csv(tmp_path / "x.csv", [HEADER, ROW]), fires(files=["fires_*.csv"]))
    assert "fires 的布局 test" in str(table.refusal)


def test_two_layouts_that_fit_equally_are_refused_as_ambiguous(tmp_path):
    contracts = contract_with("fires", LAYOUT, {**LAYOUT, "id": "other"})
    (table,) = stage(write_csv(tmp_path / "x.csv", [HEADER, ROW]), contracts)
    assert "同时符合几个布局" in str(table.refusal)


def test_of_two_layouts_that_fit_the_one_that_knows_more_headers_is_taken(tmp_path):
    path = write_csv(tmp_path / "x.csv", [[*HEADER, "直接财产损失"], [*ROW, "5"]])
    narrow = {**LAYOUT, "id": "narrow", "columns": LAYOUT["columns"][:4] + LAYOUT["columns"][5:]}
    wide = {**LAYOUT, "id": "wide", "ignore": ["序号"]}
    contracts = contract_with("fires", {**narrow, "ignore": ["序号", "直接*"]}, wide)
    assert stage_one(path, contracts).meta.layout_id == "wide"


INVISIBLE = "\u200b\ufeff\u00ad\u200e\u2060"


def test_characters_that_nobody_sees_are_no_part_of_a_header(tmp_path):
    header = [f"{INVISIBLE}{text[0]}{INVISIBLE}{text[1:]}\u200f" for text in HEADER]
    assert stage_one(write_csv(tmp_path / "f.csv", [header, ROW]), fires()).rows.height == 1


@pytest.mark.parametrize(
    "text",
    [
        "死亡人数①",
        "死亡人数 *",
        "死亡人数※",
        "死亡\n人数＊",
        "死亡人数⑵†",
        "死亡人数①（人）",
        "死亡人数（人）*",
    ],
)
def test_the_mark_of_a_footnote_is_no_part_of_a_header(tmp_path, text):
    header = [text if name == "死亡人数" else name for name in HEADER]
    path = write_xlsx(tmp_path / "f.xlsx", {"台账": [header, ROW]})
    table = stage_one(path, fires())
    assert table.rows["deaths_count"].to_list() == [0]
    assert table.headers["deaths_count"] == ("E", " ".join(text.split()))


def test_a_footnote_mark_counts_where_it_tells_two_headers_apart(tmp_path):
    def refusal(header):
        (table,) = stage(write_csv(tmp_path / "f.csv", [header, [*ROW, "1"]]), fires())
        return str(table.refusal)

    assert "表头“死亡人数”出现两次" in refusal(
        [*(f"{h}①" if h == "死亡人数" else h for h in HEADER), "死亡人数②"]
    )
    assert "“死亡人数①”合同中没有" in refusal([*HEADER, "死亡人数①"])
    columns = [{**c, "from": "死亡人数②"} if c["field"] == "deaths_count" else c for c in LAYOUT["columns"]]
    path = write_csv(tmp_path / "g.csv", [[*HEADER, "死亡人数②"], [*ROW, "1"]])
    table = stage_one(path, fires(columns=columns, ignore=["序号", "死亡人数"]))
    assert table.rows["deaths_count"].to_list() == [1]


def test_a_zero_of_a_chinese_year_is_one_sign_in_headers():
    assert header_name("二○一九年").full == header_name("二〇一九年").full == header_name("二◯一九年").full


def test_last_months_header_left_in_is_refused_and_names_both_rows(tmp_path):
    old = [{"死亡人数": "死亡（人数）"}.get(text, text) for text in HEADER]
    for name, rows, others in (
        ("above.csv", [["标题"], old, ROW, HEADER, ROW], "第 4 行和第 2 行"),
        ("below.csv", [HEADER, ROW, old, ROW], "第 1 行和第 3 行"),
        # A column more moves all others.
        ("moved.csv", [HEADER, [*ROW, ""], ["县", *HEADER], ROW], "第 1 行和第 3 行"),
    ):
        (table,) = stage(write_csv(tmp_path / name, rows), fires())
        assert f"{others}是两个不同的表头" in str(table.refusal)
        assert table.set_aside.height == table.rows_read == len(rows)
    assert "如“死亡（人数）”" in str(stage(tmp_path / "below.csv", fires())[0].refusal)


def test_an_equal_header_of_a_further_page_is_set_aside_even_if_it_is_spaced_differently(tmp_path):
    again = [f"{text[0]} {text[1:]}\u200b" for text in HEADER]
    other = ["2", "F2", *ROW[2:]]
    table = stage_one(write_csv(tmp_path / "f.csv", [HEADER, ROW, HEADER, other, again]), fires())
    assert table.set_aside.select("row", "reason").rows() == [(1, "header"), (3, "header"), (5, "header")]
    assert table.rows["_row"].to_list() == [2, 4]
