"""Several tables on a sheet and labels alone in their row: each row in one account, none across a border."""

import pytest

from intake_files import contract_with, stage, stage_one, write_csv, write_xlsx

LAYOUT = {
    "id": "stock",
    "blocks": {"header": "市", "pattern": r"(?P<label>.+?市)(小计|\d{4}年.*表)?"},
    "columns": [
        {"field": "as_of_on", "from": "截止日期"},
        {"field": "division_code", "from": ["市", "县"], "combine": "area"},
        {"field": "equipment_type", "from": "装备"},
        {"field": "quantity", "from": "数量"},
    ],
    "ignore": ["序号"],
}
HEADER = ["序号", "截止日期", "县", "装备", "数量"]
DAY = "2020-03-31"
KINDS = ["油锯", "无人机", "风力灭火机"]


def row(county, quantity, kind="油锯"):
    return ["1", DAY, county, kind, quantity]


def equipment(**changes):
    return contract_with("equipment", {**LAYOUT, **changes})


def found(table):
    return table.rows.select("division_code", "quantity", "_row").rows()


def reasons(table):
    return [reason for _, reason in table.set_aside.select("row", "reason").rows()]


def test_a_label_alone_in_its_row_counts_for_the_rows_below_until_the_next(tmp_path):
    rows = [
        HEADER, ["杭州市"], row("西湖区", "3"), row("临安区", "4"), ["", "小计", "", "", "7"],
        row("余杭区", "5"), ["", "", "宁波市小计"], row("江北区", "1"), ["合计"], ["注：某市另报"],
    ]  # fmt: skip
    table = stage_one(write_csv(tmp_path / "f.csv", rows), equipment())
    assert found(table) == [("330106", 3, 3), ("330112", 4, 4), ("330110", 5, 6), ("330205", 1, 8)]
    assert table.set_aside.select("row", "reason", "text").rows() == [
        (1, "header", "序号 | 截止日期 | 县 | 装备 | 数量"), (2, "label", "杭州市"), (5, "total", "小计 | 7"),
        (7, "label", "宁波市小计"), (9, "total", "合计"), (10, "note", "注：某市另报"),
    ]  # fmt: skip
    assert table.headers["division_code"] == (None, "市 + 县")


def test_a_title_may_name_what_is_below_it(tmp_path):
    rows = [["宁波市2020年3月装备表"], HEADER, row("江北区", "1")]
    table = stage_one(write_csv(tmp_path / "f.csv", rows), equipment())
    assert found(table) == [("330205", 1, 3)]
    assert reasons(table) == ["label", "header"]


def test_rows_that_differ_in_their_label_only_are_no_repeats(tmp_path):
    rows = [HEADER, ["杭州市"], row("", "3"), ["宁波市"], row("", "3"), row("", "3")]
    table = stage_one(write_csv(tmp_path / "f.csv", rows), equipment())
    assert found(table) == [("330100", 3, 3), ("330200", 3, 5)]
    assert reasons(table) == ["header", "label", "label", "repeat"]


def test_an_inner_label_ends_where_the_next_outer_one_begins(tmp_path):
    blocks = [
        {"header": "市", "pattern": "(?P<label>.+市)"},
        {"header": "县", "pattern": "[（(](?P<label>.+)[)）]"},
    ]
    header = [text for text in HEADER if text != "县"]
    rows = [header, ["杭州市"], ["（西湖区）"], ["1", DAY, "油锯", "3"], ["宁波市"], ["2", DAY, "油锯", "4"]]
    table = stage_one(write_csv(tmp_path / "f.csv", rows), equipment(blocks=blocks))
    assert found(table) == [("330106", 3, 4), ("330200", 4, 6)]


def test_a_row_with_more_than_a_label_is_data(tmp_path):
    rows = [HEADER, ["杭州市"], ["", "宁波市", "", "", "5"], row("西湖区", "1")]
    table = stage_one(write_csv(tmp_path / "f.csv", rows), equipment())
    assert found(table) == [("330106", 1, 4)]
    assert table.rows_quarantined == 1


def test_a_column_that_labels_fill_is_not_looked_for_in_the_header(tmp_path):
    rows = [[*HEADER, "市"], [*row("西湖区", "1"), "杭州市"]]
    (table,) = stage(write_csv(tmp_path / "f.csv", rows), equipment())
    assert "“市”合同中没有" in str(table.refusal)


FIRST = [
    ["杭州市2020年3月装备表"], ["单位：件", "", "", "2020年4月"], HEADER, row("西湖区", "3"),
    ["合计", "", "", "", "3"], ["注：含村级"],
]  # fmt: skip
SECOND = [["宁波市2020年3月装备表"], [], ["填报单位：某局"], HEADER, row("江北区", "5"), row("鄞州区", "x")]


def test_tables_below_each_other_have_accounts_of_their_own_with_true_row_numbers(tmp_path):
    path = write_xlsx(tmp_path / "f.xlsx", {"三月": [*FIRST, [], *SECOND]})
    one, two = stage(path, equipment(tables="several"))
    assert [t.meta.sheet_name for t in (one, two)] == ["三月!A1:E7", "三月!A8:E13"]
    assert found(one) == [("330106", 3, 4)]
    assert reasons(one) == ["label", "title", "header", "total", "note", "blank"]
    assert found(two) == [("330205", 5, 12)]
    assert two.set_aside.select("row", "reason").rows() == [
        (8, "label"), (9, "blank"), (10, "title"), (11, "header"),
    ]  # fmt: skip
    assert two.findings.select("row", "column_letter", "value").rows() == [(13, "E", "x")]
    assert (one.rows_read, two.rows_read) == (7, 6)


def test_nothing_is_filled_down_or_labelled_from_one_table_into_the_next(tmp_path):
    rows = [
        HEADER,
        ["杭州市"],
        row("西湖区", "3"),
        [],
        HEADER,
        ["2", "", "江北区", "油锯", "4"],
        row("", "5"),
    ]
    one, two = stage(write_csv(tmp_path / "f.csv", rows), equipment(tables="several", fill_down=["截止日期"]))
    assert (one.meta.sheet_name, two.meta.sheet_name) == ("'f.csv'!A1:E4", "'f.csv'!A5:E7")
    assert two.findings.select("row", "rule_id").rows() == [(6, "required_value"), (7, "required_value")]


def test_tables_side_by_side_have_accounts_of_their_own_with_true_column_letters(tmp_path):
    left, right = [*FIRST, []], [*SECOND, row("海曙区", "7")]
    rows = [[*a, *[""] * (6 - len(a)), *b] for a, b in zip(left, right, strict=True)]
    one, two = stage(write_xlsx(tmp_path / "f.xlsx", {"Sheet 1": rows}), equipment(tables="several"))
    assert [t.meta.sheet_name for t in (one, two)] == ["'Sheet 1'!A1:E7", "'Sheet 1'!G1:K7"]
    assert found(one) == [("330106", 3, 4)]
    assert found(two) == [("330205", 5, 5), ("330203", 7, 7)]
    assert two.findings.select("row", "column_letter", "value").rows() == [(6, "K", "x")]
    assert two.headers["quantity"] == ("K", "数量")
    assert one.rows_read == two.rows_read == 7


def test_a_wide_table_may_stand_above_two_narrow_ones(tmp_path):
    wide = [
        "序号",
        "截止日期",
        "县",
        "装备",
        "数量",
        "备注一",
        "备注二",
        "备注三",
        "备注四",
        "备注五",
        "备注六",
    ]
    rows = [
        wide, [*row("西湖区", "1"), *"abcdef"], [],
        [*HEADER, "", *HEADER], [*row("临安区", "2"), "", *row("江北区", "3")],
    ]  # fmt: skip
    contracts = equipment(tables="several", ignore=["序号", *wide[5:]])
    tables = stage(write_xlsx(tmp_path / "f.xlsx", {"S": rows}), contracts)
    assert [(t.meta.sheet_name, *found(t)[0][::2]) for t in tables] == [
        ("S!A1:K3", "330106", 2), ("S!A4:E5", "330112", 5), ("S!G4:K5", "330205", 5),
    ]  # fmt: skip


def test_tables_of_different_layouts_may_share_a_sheet(tmp_path):
    other = {
        "id": "long", "tables": "several", "header_rows": 2,
        "columns": [
            {"field": "as_of_on", "from": "日期"}, {"field": "division_code", "from": "地区"},
            {"field": "equipment_type", "from": "装备/种类"},
            {"field": "quantity", "from": "装备/数量（台）"},
        ],
    }  # fmt: skip
    contracts = contract_with("equipment", {**LAYOUT, "tables": "several"}, other)
    rows = [
        *FIRST,
        [],
        ["其他"],
        ["日期", "地区", "装备", ""],
        ["", "", "种类", "数量（台）"],
        [DAY, "临安区", "无人机", "2"],
    ]
    path = write_xlsx(tmp_path / "f.xlsx", {"S": rows}, merged=((8, 2, 8, 3),))
    one, two = stage(path, contracts)
    assert (one.meta.layout_id, two.meta.layout_id) == ("stock", "long")
    assert found(two) == [("330112", 2, 11)]
    assert reasons(two) == ["title", "header", "header"]


def test_a_header_that_drifted_in_one_of_several_tables_is_named_at_its_row(tmp_path):
    rows = [
        *FIRST,
        [],
        ["宁波市2020年3月装备表"],
        ["序号", "截止日期", "县", "装备", "数额"],
        row("江北区", "5"),
    ]
    one, two = stage(write_xlsx(tmp_path / "f.xlsx", {"S": rows}), equipment(tables="several"))
    assert one.refusal is None
    assert "第 9 行第 E 列的表头“数额”合同中没有" in str(two.refusal)
    assert two.set_aside["row"].to_list() == [8, 9, 10]


def test_what_stands_between_two_tables_side_by_side_is_refused_not_dropped(tmp_path):
    rows = [[*HEADER, "", *HEADER], [*row("西湖区", "1"), "旁注", *row("江北区", "2")]]
    one, two = stage(write_xlsx(tmp_path / "f.xlsx", {"S": rows}), equipment(tables="several"))
    assert "第 F 列没有表头" in str(one.refusal)
    assert two.rows.height == 1


def test_one_table_of_a_layout_of_several_keeps_the_name_of_its_sheet(tmp_path):
    table = stage_one(write_xlsx(tmp_path / "f.xlsx", {"S": FIRST}), equipment(tables="several"))
    assert (table.meta.sheet_name, found(table)) == ("S", [("330106", 3, 4)])


def test_without_the_key_a_second_table_refuses_the_sheet_and_says_what_to_write(tmp_path):
    other = ["序号", "截止日期", "县", "装备名", "数量"]
    (table,) = stage(write_csv(tmp_path / "f.csv", [*FIRST, other, row("江北区", "5")]), equipment())
    assert "两个不同的表头" in str(table.refusal)
    assert "tables: several" in str(table.refusal)


@pytest.mark.parametrize(
    "last", [["1", DAY, "西湖区", "", ""], ["", "", "", "", "7"], ["小计", "", "", "", "3"]]
)
def test_a_row_of_data_above_the_next_header_is_no_title(tmp_path, last):
    rows = [HEADER, row("临安区", "3"), last, HEADER, row("江北区", "5")]
    one, two = stage(write_csv(tmp_path / "f.csv", rows), equipment(tables="several"))
    assert (one.rows_read, two.rows_read) == (3, 2)
    assert one.rows.height == 1


def test_titles_with_blank_rows_between_them_belong_to_the_table_below(tmp_path):
    rows = [
        HEADER,
        row("临安区", "3"),
        [],
        ["2020年"],
        [],
        ["装备表"],
        ["单位：件"],
        [],
        HEADER,
        row("江北区", "5"),
    ]
    one, two = stage(write_csv(tmp_path / "f.csv", rows), equipment(tables="several"))
    assert reasons(one) == ["header", "blank"]
    assert reasons(two) == ["title", "blank", "title", "title", "blank", "header"]


def test_tables_side_by_side_may_each_have_others_below(tmp_path):
    def table(city, county, count):
        return [
            [f"{city}2020年表"],
            HEADER,
            *(row(county, str(n), kind) for n, kind in enumerate(KINDS[:count])),
        ]

    left = [*table("杭州市", "西湖区", 1), *table("杭州市", "余杭区", 3)]
    right = [*table("宁波市", "江北区", 2), [], *table("宁波市", "海曙区", 1)]
    rows = [[*a, *[""] * (6 - len(a)), *b] for a, b in zip(left, right, strict=True)]
    tables = stage(write_xlsx(tmp_path / "f.xlsx", {"S": rows}), equipment(tables="several"))
    assert [(t.meta.sheet_name, t.rows.height, t.rows_quarantined) for t in tables] == [
        ("S!A1:E3", 1, 0), ("S!A4:E8", 3, 0), ("S!G1:K5", 2, 0), ("S!G6:K8", 1, 0),
    ]  # fmt: skip
    assert [set(t.rows["division_code"]) for t in tables] == [{"330106"}, {"330110"}, {"330205"}, {"330203"}]
