"""A file becomes canonical rows; what cannot is named by file, sheet, row, column, value and rule."""

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from anlan.errors import AnlanError
from anlan.intake.manifest import Manifest, ManifestEntry, read_manifest
from anlan.intake.staged import (
    FINDING_SCHEMA,
    HIDDEN,
    SET_ASIDE_SCHEMA,
    StagedTable,
    canonical_schema,
)
from intake_files import BASE, PSEUDONYMS, contract_with, identity, stage, stage_one, write_csv, write_xlsx

EQUIPMENT = {
    "id": "stock",
    "columns": [
        {"field": "as_of_on", "from": "截止日期"},
        {"field": "division_code", "from": ["市", "县"], "combine": "area"},
        {"field": "equipment_type", "from": "装备", "values": {"二三号工具": "hand_tool"}},
        {"field": "quantity", "from": "数量"},
    ],
    "ignore": ["序号", "备注"],
}
HEADER = ["序号", "截止日期", "市", "县", "装备", "数量", "备注"]


def stock(*rows, tmp_path, **changes):
    numbered = [[str(n), *row, ""] if len(row) == 5 else row for n, row in enumerate(rows, start=1)]
    path = write_csv(tmp_path / "stock.csv", [HEADER, *numbered])
    return stage_one(path, contract_with("equipment", {**EQUIPMENT, **changes}))


GOOD = ["2020-03-31", "杭州市", "西湖区", "油锯", "3"]


def reasons(table):
    return dict(table.set_aside.select("row", "reason").rows())


def test_rows_have_the_canonical_columns_and_types(tmp_path):
    table = stock(GOOD, tmp_path=tmp_path)
    assert dict(table.rows.schema) == canonical_schema(BASE["equipment"])
    assert dict(table.findings.schema) == FINDING_SCHEMA
    assert dict(table.set_aside.schema) == SET_ASIDE_SCHEMA
    row = table.rows.row(0, named=True)
    assert (row["division_code"], row["equipment_type"], row["quantity"]) == ("330106", "chainsaw", 3)
    assert (row["_row"], row["_sheet"], row["_key"]) == (2, "stock.csv", "330106|chainsaw|2020-03-31")
    assert row["_extract_id"] == table.meta.extract_id
    assert len(row["_extract_id"]) == 64
    assert table.headers["division_code"] == ("C", "市 + 县")


def test_rows_that_are_no_data_are_set_aside_each_with_its_reason(tmp_path):
    table = stock(
        GOOD,
        [],
        ["2020-03-31", "杭州市", "", "无人机", "1"],
        ["", "合 计", "", "", "", "4", ""],
        HEADER,
        ["全省合计：", "", "", "", "", "4", ""],
        ["注：含村级", "", "", "", "", "", ""],
        ["制表：李四", "", "", "", "", "", ""],
        tmp_path=tmp_path,
    )
    assert reasons(table) == {
        1: "header",
        3: "blank",
        5: "total",
        6: "header",
        7: "total",
        8: "note",
        9: "note",
    }
    assert table.rows["division_code"].to_list() == ["330106", "330100"]
    texts = dict(table.set_aside.select("row", "text").rows())
    assert texts[5] == "合 计 | 4"
    assert "李四" not in texts[9]


def test_a_row_of_column_numbers_below_the_header_is_part_of_it(tmp_path):
    table = stock(["甲", "乙", "1", "2", "3", "4", "5"], GOOD, tmp_path=tmp_path)
    assert reasons(table)[2] == "header"
    assert table.rows.height == 1


def test_a_row_that_begins_like_a_note_is_one_only_if_it_is_short_and_no_record(tmp_path):
    columns = {
        "team_id": "队伍",
        "as_of_on": "日期",
        "division_code": "县",
        "team_type": "类型",
        "members_count": "人数",
    }
    layout = {
        "id": "t",
        "columns": [{"field": field, "from": text} for field, text in columns.items()],
        "constants": {},
    }

    def load(name, header, row, **changes):
        path = write_csv(tmp_path / name, [header, row])
        return stage_one(path, contract_with("teams", {**layout, **changes}))

    header = list(columns.values())
    assert load("full.csv", header, ["注塑厂队", "2020-3-31", "西湖区", "群众", "7"]).rows.height == 1
    # Long enough to be a record with a gap, which somebody must hear of.
    assert load("gap.csv", header, ["注塑厂队", "2020-3-31", "西湖区", "群众", ""]).rows_quarantined == 1
    assert reasons(load("note.csv", header, ["注：2020年", "", "", "", ""])) == {1: "header", 2: "note"}
    # Three cells are all that this layout has.
    few = {
        "columns": layout["columns"][:3],
        "constants": {"team_type": "mass", "members_count": "0"},
    }
    assert load("few.csv", header[:3], ["注塑厂队", "2020-3-31", "西湖区"], **few).rows.height == 1


def test_a_finding_names_everything(tmp_path):
    path = write_xlsx(tmp_path / "装备.xlsx", {"三月": [["标题"], HEADER, ["1", *GOOD[:4], "三把", ""]]})
    table = stage_one(path, contract_with("equipment", EQUIPMENT))
    finding = table.findings.row(0, named=True)
    expected = {
        "file_name": "装备.xlsx", "sheet_name": "三月", "row": 3, "column_letter": "F", "column_name": "数量",
        "field": "quantity", "value": "三把", "rule_id": "type_integer", "rule_sentence": "数量应为整数",
        "held": "row",
    }  # fmt: skip
    assert {name: finding[name] for name in expected} == expected
    assert finding["remedy"]
    assert (table.rows_read, table.rows.height, table.rows_quarantined, table.set_aside.height) == (
        3,
        0,
        1,
        2,
    )


@pytest.mark.parametrize(
    ("column", "value", "rule", "hint"),
    [
        (0, "2020年3月", "type_date", ""),
        (0, "", "required_value", ""),
        (2, "西胡区", "area_known", "西湖区"),
        (1, "宁波市", "area_known", "“西湖区”不在所写的上级之下"),
        (3, "油踞", "code_known", "油锯"),
        (4, "", "required_value", ""),
    ],
)
def test_each_rule_of_the_intake_holds_its_row(tmp_path, column, value, rule, hint):
    row = list(GOOD)
    row[column] = value
    table = stock(row, GOOD, tmp_path=tmp_path)
    assert table.findings.select("row", "rule_id").rows() == [(2, rule)]
    assert hint in table.findings["remedy"][0]
    assert table.rows["_row"].to_list() == [3]


def test_a_row_held_twice_has_two_findings_and_counts_once(tmp_path):
    table = stock(["", "杭州市", "西湖区", "油锯", "x"], tmp_path=tmp_path)
    assert table.findings.height == 2
    assert table.rows_quarantined == 1


def test_codes_may_come_as_code_label_or_as_the_layout_translates(tmp_path):
    table = stock(
        [*GOOD[:3], "chainsaw", "1"],
        [*GOOD[:2], "上城区", " 油 锯 ", "1"],
        [*GOOD[:3], "二三号工具", "1"],
        tmp_path=tmp_path,
    )
    assert table.rows["equipment_type"].to_list() == ["chainsaw", "chainsaw", "hand_tool"]


def test_exact_repeats_are_set_aside_and_contradictions_held(tmp_path):
    other = [*GOOD[:3], "无人机", "1"]
    table = stock(
        GOOD, other, GOOD, [*other[:4], "2"], ["2020-3-31", "杭州", "西湖", "油锯", "３"], tmp_path=tmp_path
    )
    assert reasons(table) == {1: "header", 4: "repeat", 6: "repeat"}
    assert table.rows["_row"].to_list() == [2]
    found = table.findings.select("row", "rule_id", "value").rows()
    assert found == [
        (3, "key_unique", "330106|drone|2020-03-31"),
        (5, "key_unique", "330106|drone|2020-03-31"),
    ]
    assert "第 3、5 行" in table.findings["remedy"][0]


def test_repeats_and_contradictions_are_seen_across_the_sheets_of_a_file(tmp_path):
    layout = {**EQUIPMENT, "sheets": ["*市"]}
    clash = ["1", "2020-03-31", "杭州市", "西湖区", "无人机", "1", ""]
    sheets = {
        "杭州市": [HEADER, ["1", *GOOD, ""], clash],
        "宁波市": [HEADER, ["9", *GOOD, ""], [*clash[:5], "2", ""]],
    }
    one, two = stage(write_xlsx(tmp_path / "f.xlsx", sheets), contract_with("equipment", layout))
    assert (one.rows.height, one.rows_quarantined) == (1, 1)
    assert (two.rows.height, two.rows_quarantined, reasons(two)) == (0, 1, {1: "header", 2: "repeat"})


def test_a_layout_without_a_key_keeps_rows_that_differ_and_sets_aside_those_that_do_not(tmp_path):
    rows = [[str(n), *GOOD, ""] for n in (1, 2, 2)]
    path = write_csv(tmp_path / "stock_2020.csv", [HEADER, *rows])
    full = {"key": ["_row"], "extent": "full", "period": r"stock_(?P<year>\d{4})"}
    table = stage_one(path, contract_with("equipment", {**EQUIPMENT, **full}))
    assert table.rows["_key"].to_list() == [
        f"{table.meta.extract_id[:16]}#stock_2020.csv#{n}" for n in (2, 3)
    ]
    assert reasons(table)[4] == "repeat"


def test_blank_cells_take_the_value_above_where_the_layout_says_so(tmp_path):
    layout = {**EQUIPMENT, "fill_down": ["市", "截止日期"]}
    rows = [
        ["", "2020-03-31", "杭州市", "西湖区", "油锯", "1", ""],
        ["", "", "", "上城区", "油锯", "2", ""],
        ["", "小计", "", "", "", "3", ""],
        ["", "2020-03-31", "宁波市", "江北区", "油锯", "4", ""],
    ]
    table = stage_one(write_csv(tmp_path / "f.csv", [HEADER, *rows]), contract_with("equipment", layout))
    assert table.rows["division_code"].to_list() == ["330106", "330102", "330205"]
    assert table.findings.is_empty()


def test_nothing_is_filled_down_across_a_total_unless_the_cell_is_merged_across_it(tmp_path):
    layout = {**EQUIPMENT, "fill_down": ["市", "截止日期"]}
    rows = [
        HEADER,
        ["", "2020-03-31", "杭州市", "西湖区", "油锯", "1", ""],
        ["", "", "小计", "", "", "1", ""],
        ["", "", "", "江北区", "油锯", "4", ""],
    ]
    contracts = contract_with("equipment", layout)
    table = stage_one(write_csv(tmp_path / "f.csv", rows), contracts)
    assert table.findings.select("row", "field", "rule_id").rows() == [(4, "as_of_on", "required_value")]
    merged = write_xlsx(tmp_path / "f.xlsx", {"表": rows}, merged=((1, 1, 3, 1),))
    assert stage_one(merged, contracts).rows["as_of_on"].to_list() == [date(2020, 3, 31)] * 2


def test_the_name_of_a_sheet_is_the_outer_area_where_the_layout_says_so(tmp_path):
    columns = [
        {**c, "from": ["县"], "combine": None} if c["field"] == "division_code" else c
        for c in EQUIPMENT["columns"]
    ]
    layout = {**EQUIPMENT, "columns": columns, "sheet_area": True}
    header = [text for text in HEADER if text != "市"]
    rows = [["1", "2020-03-31", county, "油锯", "1", ""] for county in ("江北区", "西湖区", "")]
    sheets = {"宁波": [header, *rows], "Sheet2": [header, *rows]}
    one, two = stage(write_xlsx(tmp_path / "f.xlsx", sheets), contract_with("equipment", layout))
    assert one.rows["division_code"].to_list() == ["330205", "330200"]
    assert one.findings.select("row", "rule_id", "value").rows() == [(3, "area_known", "宁波 西湖区")]
    assert "工作表名应为区划名称" in str(two.refusal)


FOREST = {
    "id": "forest",
    "columns": [
        {"field": "fire_id", "from": "编号"},
        {"field": "division_code", "from": "县"},
        {"field": "occurred_on", "from": "日期"},
        {"field": "started_at", "from": ["日期", "时间"], "combine": "join"},
        {"field": "burnt_forest_area_ha", "from": ["林地（亩）", "灌木（公顷）"], "combine": "sum"},
        {"field": "deaths_count", "from": ["死亡", "亡"], "combine": "first"},
        {"field": "record_kind", "cases": [
            {"when": {"误报": ["1", "是"]}, "value": "false_alarm"},
            {"when": {"火灾": ["1"], "误报": ["", "0"]}, "value": "火灾"},
        ], "otherwise": "other"},
        {"field": "cause", "from": "原因", "optional": True},
    ],
    "constants": {"personnel_count": "12"},
}  # fmt: skip
FOREST_HEADER = ["编号", "县", "日期", "时间", "林地（亩）", "灌木（公顷）", "死亡", "亡", "误报", "火灾"]


def forest(*rows, tmp_path, header=FOREST_HEADER, **changes):
    path = write_csv(tmp_path / "forest.csv", [header, *rows])
    return stage_one(path, contract_with("forest_fires", {**FOREST, **changes}))


def test_columns_are_joined_summed_and_chosen_and_flags_become_codes(tmp_path):
    table = forest(
        ["A", "西湖区", "2019-3-5", "14:05", "30", "1.5", "", "2", "0", "1"],
        ["B", "西湖区", "2019-3-5", "", "", "0.5", "1", "2", "是", "1"],
        ["C", "西湖区", "2019-3-6", "24:00", "", "", "", "", "", "0"],
        tmp_path=tmp_path,
    )
    rows = table.rows
    assert rows["started_at"].to_list() == [datetime(2019, 3, 5, 14, 5), None, datetime(2019, 3, 7)]
    assert rows["burnt_forest_area_ha"].to_list() == [Decimal("3.5"), Decimal("0.5"), None]
    assert rows["deaths_count"].to_list() == [2, 1, None]
    assert rows["record_kind"].to_list() == ["fire", "false_alarm", "other"]
    assert rows["personnel_count"].to_list() == [12, 12, 12]
    assert rows["cause"].to_list() == [None, None, None]


def test_a_value_that_a_record_can_do_without_is_held_back_alone(tmp_path):
    table = forest(
        ["A", "西湖区", "2019-3-5", "14:0x", "三十", "1.5", "", "2", "0", "1"],
        tmp_path=tmp_path,
    )
    assert table.findings.select("field", "value", "held").rows() == [
        ("started_at", "2019-3-5 14:0x", "cell"),
        ("burnt_forest_area_ha", "三十", "cell"),
    ]
    assert table.rows.select("started_at", "occurred_on").rows() == [(None, date(2019, 3, 5))]


def test_a_sum_of_which_one_part_cannot_be_read_is_not_the_sum_of_the_others(tmp_path):
    table = forest(["A", "西湖区", "2019-3-5", "", "三十", "1.5", "", "", "0", "1"], tmp_path=tmp_path)
    assert table.rows["burnt_forest_area_ha"].to_list() == [None]


def test_the_first_of_several_columns_that_is_filled_counts_even_if_it_cannot_be_read(tmp_path):
    table = forest(["A", "西湖区", "2019-3-5", "", "", "", "两人", "5", "0", "1"], tmp_path=tmp_path)
    assert table.rows["deaths_count"].to_list() == [None]
    assert table.findings.select("column_letter", "value").rows() == [("G", "两人")]


def test_otherwise_stands_for_blanks_not_for_what_cannot_be_read(tmp_path):
    columns = [*FOREST["columns"][:-1], {"field": "cause", "from": "原因", "otherwise": "unknown"}]
    rows = [["A", "西湖区", "2019-3-5", *[""] * 7, cause] for cause in ("雷击", "", "电击")]
    for number, row in enumerate(rows):
        row[0] = f"A{number}"
    table = forest(*rows, tmp_path=tmp_path, header=[*FOREST_HEADER, "原因"], columns=columns)
    assert table.rows["cause"].to_list() == ["lightning", "unknown", None]
    assert table.findings.select("field", "value", "held").rows() == [("cause", "电击", "cell")]


def test_a_word_for_no_value_is_known_in_either_width(tmp_path):
    row = ["A", "西湖区", "2019-3-5", "", "N/A", "Ｎ／Ａ", "", "", "0", "1"]
    table = forest(row, tmp_path=tmp_path, missing=["N/A"])
    assert table.findings.is_empty()
    table = forest(row, tmp_path=tmp_path, missing=["Ｎ／Ａ"])
    assert table.findings.is_empty()


def test_a_code_is_known_without_the_zeros_that_a_spreadsheet_eats(tmp_path):
    columns = {
        "accident_id": "编号",
        "occurred_at": "时间",
        "division_code": "县",
        "management_category": "分类",
        "deaths_count": "死亡",
        "accident_type": "类型",
    }
    layout = {"id": "a", "columns": [{"field": field, "from": text} for field, text in columns.items()]}
    rows = [["A1", "2019-3-5", "西湖区", "coal", "0", "7"], ["A2", "2019-3-5", "西湖区", "煤矿", "0", "10"]]
    table = stage_one(
        write_csv(tmp_path / "a.csv", [list(columns.values()), *rows]), contract_with("accidents", layout)
    )
    assert table.rows["accident_type"].to_list() == ["07", "10"]


def test_words_for_no_value_are_no_value_and_zero_is_zero(tmp_path):
    table = forest(
        ["A", "西湖区", "2019-3-5", "—", "－", "/", "无数据", "", "0", "1"],
        ["B", "西湖区", "2019-3-5", "", "0", "", "0", "5", "0", "1"],
        tmp_path=tmp_path,
    )
    assert table.rows["burnt_forest_area_ha"].to_list() == [None, 0]
    assert table.rows["deaths_count"].to_list() == [None, 0]
    assert table.findings.is_empty()


def test_a_constant_that_the_field_cannot_hold_refuses_the_table(tmp_path):
    path = write_csv(tmp_path / "f.csv", [FOREST_HEADER, ["A", "西湖区", "2019-3-5", *[""] * 7]])
    (table,) = stage(
        path, contract_with("forest_fires", {**FOREST, "constants": {"personnel_count": "dozen"}})
    )
    assert "字段 personnel_count 不能取值“dozen”" in str(table.refusal)


MEMBERS = {
    "id": "roster",
    "columns": [
        {"field": "member_key", "from": "身份证号", "as": "pseudonym"},
        {"field": "birth_on", "from": "身份证号", "as": "id_birth_date"},
        {"field": "sex", "from": "身份证号", "as": "id_sex"},
        {"field": "team_id", "from": "队伍"},
        {"field": "as_of_on", "from": "日期"},
        {"field": "division_code", "from": "县"},
        {"field": "monthly_pay_yuan", "from": "月薪"},
    ],
    "drop": ["姓名", "电话"],
}
MEMBER_HEADER = ["姓名", "身份证号", "电话", "队伍", "日期", "县", "月薪"]


def member(number, pay="3000", team="T1"):
    return ["王小明", number, "13900001234", team, "2020-03-31", "西湖区", pay]


def roster(*rows, tmp_path):
    return stage_one(write_csv(tmp_path / "m.csv", [MEMBER_HEADER, *rows]), contract_with("members", MEMBERS))


def everything(table: StagedTable) -> str:
    return "\n".join(frame.write_csv() for frame in (table.rows, table.findings, table.set_aside))


def test_a_person_enters_as_pseudonym_birth_date_and_sex(tmp_path):
    number = identity("19690228", 8)
    table = roster(member(number), tmp_path=tmp_path)
    row = table.rows.row(0, named=True)
    assert (row["member_key"], row["birth_on"], row["sex"]) == (
        PSEUDONYMS.of(number),
        date(1969, 2, 28),
        "female",
    )


@pytest.mark.parametrize("division", ["330102", "330621", "332501", "339001", "330114"])
def test_an_identity_number_of_a_division_now_or_once_is_no_finding(tmp_path, division):
    table = roster(member(identity(division=division)), tmp_path=tmp_path)
    assert (table.rows.height, table.findings.height) == (1, 0)


def test_an_identity_number_of_a_division_that_never_was_is_pointed_out_once_and_its_member_stays(tmp_path):
    table = roster(
        member(identity(division="330102")), member(identity(division="330199")), tmp_path=tmp_path
    )
    assert table.rows.height == 2
    assert table.rows["member_key"].null_count() == 0
    assert table.findings.select("row", "column_letter", "rule_id", "value", "held").rows() == [
        (3, "B", "identity_division_known", "（已隐去）", "nothing")
    ]


@pytest.mark.parametrize(("synthetic", "warnings"), [("是", 0), ("否", 1)])
def test_test_identities_of_synthetic_extracts_are_no_warning(tmp_path, synthetic, warnings):
    path = write_csv(tmp_path / "m.csv", [MEMBER_HEADER, member(identity())])
    entry = {"文件": "m.csv", "收到时间": "2020-04-02 09:00", "合成数据": synthetic}
    manifest = Manifest(tmp_path, {"m.csv": ManifestEntry.model_validate(entry)})
    (table,) = stage(path, contract_with("members", MEMBERS), manifest)
    assert table.rows.height == 1
    assert table.findings["rule_id"].to_list() == ["identity_division_known"] * warnings


def test_names_numbers_and_telephones_leave_the_intake_in_no_form(tmp_path):
    good, bad = identity("19690228", 8), identity("19690228", 9)[:-1] + "A"
    table = roster(
        member(good), member(bad), member("", pay="千"), member(good), member(good, pay="1"),
        member(identity(), team=""),
        ["合计", "王小明", "", "", "", "", ""], ["王小明", "", "", "", "", "", ""],
        tmp_path=tmp_path,
    )  # fmt: skip
    assert set(table.findings["rule_id"]) == {
        "identity_number_valid", "identity_division_known", "required_value", "key_unique", "type_decimal",
    }  # fmt: skip
    assert set(table.set_aside["reason"]) == {"header", "repeat", "total"}
    shown = everything(table)
    for secret in (good, bad, identity(), "王小明", "13900001234"):
        assert secret not in shown
    assert table.findings.filter(pl.col("field") == "member_key")[
        "value"
    ].drop_nulls().unique().to_list() == [HIDDEN]


def test_an_invalid_identity_number_is_one_finding_not_three(tmp_path):
    table = roster(member("330106190013450001"), tmp_path=tmp_path)
    assert table.findings.select("rule_id", "field", "column_letter").rows() == [
        ("identity_number_valid", "member_key", "B")
    ]


def test_the_period_of_an_extract_is_that_of_its_name_else_of_its_rows(tmp_path):
    contracts = contract_with("equipment", {**EQUIPMENT, "period": r"(?P<year>\d{4})年?(?P<month>\d{1,2})?"})

    def period(name):
        meta = stage_one(write_csv(tmp_path / name, [HEADER, ["1", *GOOD, ""]]), contracts).meta
        return meta.period_start_on, meta.period_end_on

    assert period("2019年2月.csv") == (date(2019, 2, 1), date(2019, 2, 28))
    assert period("２０１９.csv") == (date(2019, 1, 1), date(2019, 12, 31))
    assert period("x.csv") == (date(2020, 3, 1), date(2020, 3, 31))
    (table,) = stage(write_csv(tmp_path / "2019年13月.csv", [HEADER, ["1", *GOOD, ""]]), contracts)
    assert "从文件名读不出年月" in str(table.refusal)


def test_the_manifest_says_when_and_from_whom(tmp_path):
    (tmp_path / "a").mkdir()
    path = write_csv(tmp_path / "a" / "stock.csv", [HEADER, ["1", *GOOD, ""]])
    lines = [["文件", "收到时间", "报送单位", "合成数据"], ["a/stock.csv", "2020/4/2 9:00", "省厅", "是"]]
    write_csv(tmp_path / "manifest.csv", lines, "gb18030")
    contracts = contract_with("equipment", EQUIPMENT)
    (table,) = stage(path, contracts, read_manifest(tmp_path))
    meta = table.meta
    assert (meta.file_name, meta.sender, meta.is_synthetic) == ("a/stock.csv", "省厅", True)
    assert meta.received_at == datetime(2020, 4, 2, 9, 0)
    write_csv(tmp_path / "manifest.csv", [lines[0], ["stock.csv", "2020-04-03", "市局", "否"]])
    (table,) = stage(path, contracts, read_manifest(tmp_path))
    assert (table.meta.sender, table.meta.received_at) == ("市局", datetime(2020, 4, 3))
    (table,) = stage(path, contracts, Manifest())
    assert (table.meta.file_name, table.meta.sender, table.meta.is_synthetic) == ("stock.csv", None, False)
    assert abs((datetime.now() - table.meta.received_at).total_seconds()) < 60


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (["a.csv", "昨天", "", "是"], "第 2 行“收到时间”：值“昨天”"),
        (["a.csv", "20200402.5", "", "是"], "收到时间"),
        (["a.csv", "2020-04-02", "", "也许"], "第 2 行“合成数据”：值“也许”"),
        (["", "2020-04-02", "", "是"], "第 2 行“文件”"),
    ],
)
def test_a_wrong_line_of_the_manifest_is_named(tmp_path, line, message):
    write_csv(tmp_path / "manifest.csv", [["文件", "收到时间", "报送单位", "合成数据"], line])
    with pytest.raises(AnlanError, match=message):
        read_manifest(tmp_path)


def test_a_file_listed_twice_in_the_manifest_is_refused(tmp_path):
    line = ["a.csv", "2020-04-02", "", "是"]
    write_csv(tmp_path / "manifest.csv", [["文件", "收到时间", "报送单位", "合成数据"], line, line])
    with pytest.raises(AnlanError, match=r"第 3 行：文件“a\.csv”已在前面出现"):
        read_manifest(tmp_path)


def test_a_table_out_of_balance_cannot_be_made(tmp_path):
    table = stock(GOOD, tmp_path=tmp_path)
    with pytest.raises(ValueError, match="3 rows read, but accepted 1"):
        StagedTable(table.meta, table.rows, table.findings, table.set_aside, table.rows_read + 1)


def test_numbers_joined_with_a_day_are_not_taken_for_a_telephone(tmp_path):
    layout = {
        "id": "joined",
        "columns": [
            {"field": "hazard_id", "from": ["Business", "Date"], "combine": "join"},
            {"field": "found_on", "from": "Date"},
            {"field": "division_code", "from": "Place"},
        ],
        "constants": {"level": "general"},
    }
    rows = [
        ["Business", "Date", "Place"],
        ["186", "20150505", "杭州市"],
        ["13900001111", "20150506", "杭州市"],
    ]
    table = stage_one(write_csv(tmp_path / "a.csv", rows), contract_with("hazards", layout))
    assert table.rows["hazard_id"].to_list() == ["186 20150505"]
    assert table.findings.select("row", "rule_id", "value").rows() == [
        (3, "personal_value", "（已隐去） 20150506")
    ]
