"""What a refusal proposes works: the lines are pasted into the layout, and the file loads."""

import yaml

from intake_files import contract_with, identity, raw, stage, stage_one, write_csv, write_xlsx

EQUIPMENT = {
    "id": "stock",
    "columns": [
        {"field": "as_of_on", "from": "截止日期"},
        {"field": "division_code", "from": ["设区市", "县（市、区）"], "combine": "area"},
        {"field": "equipment_type", "from": "装备类型", "values": {"二三号工具": "hand_tool"}},
        {"field": "quantity", "from": "数量（台）"},
    ],
    "fill_down": ["设区市"],
    "ignore": ["序号"],
}
HEADER = ["序号", "截止日期", "设区市", "县（市、区）", "装备类型", "数量（台）"]
ROWS = [
    ["1", "2020-03-31", "杭州市", "西湖区", "二三号工具", "3"],
    ["2", "2020-03-31", "", "余杭区", "油锯", "4"],
]


def pasted(layout, refusal, skip=()):
    """The layout with the proposed lines in the place of its own; lines with a word of ``skip`` left out."""
    assert refusal is not None
    changed = {**layout, "columns": list(layout["columns"])}
    fields = [column["field"] for column in layout["columns"]]
    lines = [line for line in refusal.remedy.splitlines()[1:] if not any(word in line for word in skip)]
    for line in lines:
        entry = yaml.safe_load(line)
        if isinstance(entry, list):
            (column,) = entry
            changed["columns"][fields.index(column["field"])] = column
        else:
            changed |= entry
    return changed, lines


def mended(path, layout, source="equipment", skip=()):
    """Refuse, paste, load: the table that comes of it, and the lines."""
    (refused,) = stage(path, contract_with(source, layout))
    changed, lines = pasted(layout, refused.refusal, skip)
    return stage_one(path, contract_with(source, changed)), lines


def renamed(**names):
    return [names.get(text, text) for text in HEADER]


def test_a_renamed_header_is_read_under_both_names(tmp_path):
    path = write_csv(tmp_path / "f.csv", [renamed(装备类型="装备的类型"), *ROWS])
    table, lines = mended(path, EQUIPMENT)
    assert lines == [
        '    - {field: equipment_type, from: "装备类型|装备的类型", values: {"二三号工具": "hand_tool"}}'
    ]
    assert table.rows["equipment_type"].to_list()[0] == "hand_tool"


def test_two_headers_of_one_column_and_a_key_that_names_them_are_rewritten_together(tmp_path):
    header = [{"设区市": "设区的市", "县（市、区）": "县市区"}.get(text, text) for text in HEADER]
    table, lines = mended(write_csv(tmp_path / "f.csv", [header, *ROWS]), EQUIPMENT)
    assert len(lines) == 2
    assert table.rows["division_code"].to_list() == ["330106", "330110"]


def test_an_added_header_is_ignored_beside_those_that_were(tmp_path):
    path = write_csv(tmp_path / "f.csv", [[*HEADER, "生产厂家"], *[[*row, "甲厂"] for row in ROWS]])
    table, lines = mended(path, EQUIPMENT)
    assert lines == ['    ignore: ["序号", "生产厂家"]    # 已知而不用的列；含个人信息的写在 drop 中']
    assert table.rows.height == 2


def test_an_added_header_of_persons_is_dropped(tmp_path):
    path = write_csv(tmp_path / "f.csv", [[*HEADER, "保管人电话"], *[[*row, "13800001111"] for row in ROWS]])
    table, lines = mended(path, EQUIPMENT)
    assert lines == ['    drop: ["保管人电话"]    # 个人信息：不读入']
    assert table.rows.height == 2


FIRES = {
    "id": "text",
    "columns": [
        {"field": "fire_id", "from": "火灾编号"},
        {"field": "division_code", "from": "行政区域"},
        {"field": "occurred_at", "from": "起火时间"},
        {"field": "deaths_count", "from": "伤亡（人）/死亡"},
        {"field": "injuries_count", "from": "伤亡（人）/受伤"},
        {"field": "cause", "from": "起火原因"},
        {"field": "review_state", "from": "审核状态"},
    ],
    "header_rows": 2,
}
UPPER = ["火灾编号", "行政区域", "起火时间", "伤亡（人）", None, "起火原因", "审核状态"]
LOWER = [None, None, None, "死亡", "受伤", None, None]
FIRE = ["H1", "杭州市西湖区", "2019-03-05 08:00", 0, 2, "电气", "已审核"]


def test_a_header_that_is_gone_becomes_optional_unless_no_row_can_do_without_it(tmp_path):
    def without(text):
        keep = [i for i, name in enumerate(UPPER) if name != text]
        rows = [[row[i] for i in keep] for row in (UPPER, LOWER, FIRE)]
        return write_xlsx(tmp_path / f"{text}.xlsx", {"表": rows})

    table, lines = mended(without("起火原因"), FIRES, "fires")
    assert lines == ['    - {field: cause, from: "起火原因", optional: true}    # 若新版式确实没有“起火原因”']
    assert table.rows["cause"].to_list() == [None]
    (refused,) = stage(without("起火时间"), contract_with("fires", FIRES))
    assert "缺少必需的表头“起火时间”" in refused.refusal.message
    assert "optional" not in refused.refusal.remedy


def test_headers_in_another_order_are_no_drift(tmp_path):
    rows = [[row[i] for i in (3, 4, 6, 5, 2, 1, 0)] for row in (UPPER, LOWER, FIRE)]
    rows[0][0], rows[0][1] = "伤亡（人）", None
    table = stage_one(write_xlsx(tmp_path / "f.xlsx", {"表": rows}), contract_with("fires", FIRES))
    assert table.rows.select("fire_id", "deaths_count", "injuries_count").rows() == [("H1", 0, 2)]


def test_a_renamed_level_of_a_header_of_two_rows_is_read_under_both_names(tmp_path):
    upper = [{"伤亡（人）": "人员伤亡（人）"}.get(text or "", text) for text in UPPER]
    lower = [{"受伤": "受伤的"}.get(text or "", text) for text in LOWER]
    path = write_xlsx(tmp_path / "f.xlsx", {"表": [upper, lower, FIRE]}, merged=((0, 3, 0, 4),))
    table, lines = mended(path, FIRES, "fires")
    assert '- {field: deaths_count, from: "伤亡（人）/死亡|人员伤亡（人）/死亡"}' in lines[0]
    assert table.rows.select("deaths_count", "injuries_count").rows() == [(0, 2)]


def test_one_new_and_one_gone_that_are_not_alike_leave_the_choice_to_people(tmp_path):
    upper = [{"起火原因": "成灾诱因类"}.get(text or "", text) for text in UPPER]
    path = write_xlsx(tmp_path / "f.xlsx", {"表": [upper, LOWER, FIRE]})
    same, _ = mended(path, FIRES, "fires", skip=("ignore", "optional"))
    assert same.rows["cause"].to_list() == ["electrical"]
    other, _ = mended(path, FIRES, "fires", skip=("若它就是",))
    assert other.rows["cause"].to_list() == [None]


def test_all_columns_that_read_a_renamed_header_and_its_cases_are_rewritten(tmp_path):
    members = {
        "id": "roster",
        "columns": [
            {"field": "team_id", "from": "队伍编号"},
            {"field": "division_code", "from": "区划"},
            {"field": "member_key", "from": "身份证号", "as": "pseudonym"},
            {"field": "birth_on", "from": "身份证号", "as": "id_birth_date"},
            {
                "field": "role",
                "cases": [{"when": {"是否队长": ["是"]}, "value": "队长"}],
                "otherwise": "队员",
            },
            {"field": "as_of_on", "from": "截止日期"},
        ],
        "drop": ["姓名"],
    }
    header = ["队伍编号", "区划", "身份证号码", "是否为队长", "截止日期", "姓名全称"]
    path = write_csv(tmp_path / "f.csv", [header, ["D1", "西湖区", identity(), "是", "2020-03-31", "测试甲"]])
    table, lines = mended(path, members, "members")
    assert len(lines) == 4
    assert table.rows["birth_on"].to_list()[0].year == 1970
    assert table.rows["role"].null_count() == 0


def test_the_first_row_of_data_taken_for_a_level_of_the_header_is_not_shown(tmp_path):
    layout = {
        **FIRES,
        "columns": [*FIRES["columns"][:3], {"field": "review_state", "from": "审核状态"}],
        "constants": {"deaths_count": "0"},
        "ignore": ["伤亡（人）/死亡", "起火原因"],
        "drop": ["户主姓名", "联系电话"],
    }
    header = ["火灾编号", "行政区域", "起火时间", "审核状态", "户主姓名", "联系电话"]
    body = [None, None, None, None, "张三丰", "13800001111"]
    (table,) = stage(
        write_xlsx(tmp_path / "f.xlsx", {"表": [header, body, FIRE]}), contract_with("fires", layout)
    )
    said = str(table.refusal)
    assert "户主姓名/（已隐去）" in said
    assert "张三丰" not in said
    assert "13800001111" not in said


def test_a_table_that_nobody_knows_is_pointed_to_the_draft():
    from anlan.intake.choose import choose_layout

    choice = choose_layout(raw([["甲", "乙"], ["1", "2"]]), "x.csv", ["x.csv"], contract_with("fires", FIRES))
    assert "anlan contract draft" in choice.refusal.remedy
