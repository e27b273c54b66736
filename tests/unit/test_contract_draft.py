"""A layout is drafted from a file: headers only, each with how sure it is, fit to load by."""

import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from anlan.cli import app
from anlan.contracts import Contract, load_contracts
from anlan.errors import AnlanError
from anlan.intake.draft import draft_contract, file_pattern, period_pattern
from anlan.intake.header_search import find_header
from anlan.intake.look import check_file, draft_file
from anlan.intake.mapping import Mapper
from anlan.intake.original import Original
from anlan.intake.period import period_of
from anlan.privacy.suspects import looks_like_names, why_personal
from anlan.project import ROOT, Home
from intake_files import AREAS, BASE, identity, raw, stage_one, write_csv, write_xlsx

FIRES = ["火灾编号", "行政区域", "起火时间", "火灾类型", "过火面积（亩）", "死亡人数", "户主姓名", "核对标记"]


def fire(n, area="杭州市西湖区", at="2019-03-05 08:00"):
    return [f"H{n:04d}", area, at, "建（构）筑物", "1.5", "0", f"张三{'甲乙丙丁'[n % 4]}", "已核"]


def draft(path, source="fires", known=None):
    return draft_contract(
        Original.of_file(path), BASE[source], BASE[source].layouts if known is None else known, AREAS, BASE
    )


def contract_of(drafted, source):
    """The contract that the draft makes, by the loader's own rules."""
    layouts = yaml.safe_load(drafted.text)["layouts"]
    document = BASE[source].model_dump(by_alias=True, exclude={"layouts"})
    return {source: Contract.model_validate({**document, "layouts": layouts})}


DRILLS = [
    ["某市2019年3月应急演练登记（表）", None, None, None, None, None],
    ["单位：人", None, None, None, None, None],
    ["编号", "队伍 编号", "所在地", "类别", "集结命令时间", "实到人数"],
    *[[f"Y{n}", "D1", "杭州市西湖区", "演练", "5/3/2019 08:00", n] for n in range(1, 13)],
    ["Y13", "D1", "杭州市西湖区", "演练", "25/3/2019 08:00", 3],
]


def test_a_draft_loads_the_file_it_was_drafted_from(tmp_path):
    path = write_xlsx(tmp_path / "应急登记.xlsx", {"表": DRILLS})
    drafted = draft(path, "drills", known=[])
    assert drafted.problems == []
    contracts = contract_of(drafted, "drills")
    (layout,) = contracts["drills"].layouts
    assert (layout.header_rows, layout.date_order, layout.period_in) == (1, "dmy", ["title"])
    table = stage_one(path, contracts)
    assert table.rows.height == 13
    assert str(table.rows["called_at"][0]) == "2019-03-05 08:00:00"
    assert table.rows["present_members_count"].to_list() == [*range(1, 13), 3]
    assert (str(table.meta.period_start_on), table.meta.period_basis) == ("2019-03-01", "declared_title")


def test_each_line_says_how_sure_it_is(tmp_path):
    path = write_csv(tmp_path / "x.csv", [FIRES, *[fire(n) for n in range(6)]])
    text = draft(path).text
    assert "{field: fire_id, from: 火灾编号}    # 火灾编号：表头同布局 text" in text
    assert re.search(
        r"burnt_area_m2, from: 过火面积（亩）\}    # 过火面积：表头只有单位与其不同：布局 text", text
    )
    assert "必填字段没有找到表头：review_state（审核状态）" in text
    assert "- 核对标记    # 没有找到对应的字段" in text


def test_persons_are_dropped_and_nothing_of_their_columns_is_shown(tmp_path):
    header = ["队伍编号", "区划代码", "队员", "证号", "联络", "职务", "数据截止日期"]
    body = [
        ["D1", "330106", name, identity(sequence=n), f"1380000{n:04d}", "队员", "2019-12-31"]
        for n, name in enumerate(["测试甲乙", "王小明", "李四", "欧阳一二", "赵六六"], start=1)
    ]
    path = write_csv(tmp_path / "花名册.csv", [header, *body])
    drafted = draft(path, "members")
    document = yaml.safe_load(drafted.text)["layouts"][0]
    assert set(document["drop"]) == {"队员", "联络"}
    derived = {(c["field"], c["as"]) for c in document["columns"] if c["from"] == "证号"}
    assert derived == {("member_key", "pseudonym"), ("birth_on", "id_birth_date"), ("sex", "id_sex")}
    for row in body:
        assert not any(value in drafted.text for value in row[2:5])
    without = draft(path, "teams")
    assert {"证号", "联络", "队员"} <= set(yaml.safe_load(without.text)["layouts"][0]["drop"])
    for row in body:
        assert not any(value in without.text for value in row[2:5])


@pytest.mark.parametrize(
    "rows",
    [
        [["张三", identity(sequence=n), f"1380000{n:04d}"] for n in range(1, 9)],
        [["甲组", "城东", "专业队", "一线", "日班", f"1380000{n:04d}"] for n in range(1, 9)],
        [
            ["王小明", "杭州市西湖区", "专业"],
            ["李四", "杭州市余杭区", "专业"],
            ["赵六", "杭州市西湖区", "村级"],
        ],
    ],
)
def test_rows_of_persons_without_a_header_are_not_taken_for_one(tmp_path, rows):
    with pytest.raises(AnlanError, match="找不到像表头的行") as caught:
        draft(write_csv(tmp_path / "x.csv", rows), "members")
    assert "13800" not in str(caught.value)
    assert "张三" not in str(caught.value)
    assert "王小明" not in str(caught.value)


def test_a_header_of_two_rows_below_titles_with_merged_cells_is_found():
    rows = [
        ["某市火灾情况表", None, None, None, None],
        ["单位：人", None, None, None, None],
        ["火灾编号", "行政区域", None, "伤亡（人）", None],
        [None, "设区市", "县（市、区）", "死亡", "受伤"],
        ["甲", "乙", "1", "2", "3"],
        *[[f"H{n}", "杭州市", "西湖区", "0", str(n)] for n in range(9)],
    ]
    sheet = raw(rows, merged=((0, 0, 0, 4), (2, 0, 3, 0), (2, 1, 2, 2), (2, 3, 2, 4)))
    found = find_header(sheet, Mapper(BASE["fires"], BASE["fires"].layouts, AREAS).likeness)
    assert found is not None
    assert (found.first_row, found.rows) == (2, 2)
    assert [cell.text for cell in found.named][1:3] == ["行政区域/设区市", "行政区域/县（市、区）"]


def test_sheets_with_other_headers_become_layouts_of_their_own(tmp_path):
    other = [["编号", "队伍", "所在地", "类型", "时间"], *[["Y", "D", "杭州市", "演练", "2019-03-05"]] * 3]
    drafted = draft(write_xlsx(tmp_path / "x.xlsx", {"一": DRILLS, "二": other}), "drills")
    layouts = yaml.safe_load(drafted.text)["layouts"]
    assert [(layout["id"], layout["sheets"]) for layout in layouts] == [
        ("draft", ["一"]),
        ("draft_2", ["二"]),
    ]


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("2019年03月火灾明细.csv", "*火灾明细.csv"),
        ("火灾明细2019-03.csv", "火灾明细*.csv"),
        ("2019年上半年火灾 (2).xlsx", "*火灾*.xlsx"),
        ("2010-2017年档案.xlsx", "*档案.xlsx"),
        ("台账[终]_201903.xls", "台账[[]终]_*.xls"),
        ("202003.csv", "*.csv"),
        ("台账.csv", "台账.csv"),
    ],
)
def test_years_and_months_of_a_file_name_become_stars(name, pattern):
    assert file_pattern(name) == pattern


@pytest.mark.parametrize(
    ("name", "months"),
    [
        ("2019年03月火灾明细.csv", "2019年3月"),
        ("火灾明细2019-03.csv", "2019年3月"),
        ("台账_201903.xls", "2019年3月"),
        ("2019年上半年检查.csv", "2019年1月至6月"),
        ("检查2019年第四季度.csv", "2019年10月至12月"),
        ("2010-2017年档案.xlsx", "2010年至2017年"),
        ("2019年度汇总.xlsx", "2019年"),
    ],
)
def test_the_period_of_a_file_name_is_an_expression_that_finds_it(name, months):
    pattern = period_pattern(name)
    assert pattern is not None
    found = re.search(pattern, name)
    assert found is not None
    assert str(period_of(found.groupdict())) == months
    assert period_pattern("台账.csv") is None


def test_headers_and_values_of_persons_are_suspected():
    assert why_personal("联系电话", []) is not None
    assert why_personal("编号", [identity(sequence=n) for n in range(5)]) is not None
    assert why_personal("备用", ["13800001234", "0571-87654321"]) is not None
    assert why_personal("负责人数", []) is None
    assert why_personal("统一社会信用代码", ["91330106MA27WXYZ1K", "913301067654321098"]) is None
    assert looks_like_names(["王小明", "李四", "欧阳一二"])
    assert not looks_like_names(["油锯", "风力灭火机", "水泵"])


def test_known_numbers_of_a_year_last_do_not_decide_an_order_they_cannot(tmp_path):
    rows = [FIRES, *[fire(n, at=f"0{n}/0{n + 1}/2019") for n in range(1, 6)]]
    text = draft(write_csv(tmp_path / "x.csv", rows)).text
    assert "从值看不出日和月哪个在前" in text
    assert "date_order:" not in re.sub("#.*", "", text)


@pytest.fixture
def home(tmp_path) -> Home:
    (tmp_path / "home" / "inbox").mkdir(parents=True)
    return Home(tmp_path / "home", ROOT / "jurisdictions" / "zhejiang")


def invoke(home: Home, *arguments: str | Path):
    return CliRunner().invoke(app, ["--home", str(home.path), "contract", *map(str, arguments)])


def test_a_draft_is_written_beside_and_over_nothing(home, tmp_path):
    path = write_xlsx(tmp_path / "应急登记.xlsx", {"表": DRILLS})
    target = tmp_path / "drills.yml"
    assert invoke(home, "draft", path, "--source", "drills", "--output", target).exit_code == 0
    written = target.read_text(encoding="utf-8")
    assert load_contracts(ROOT / "contracts", tmp_path)["drills"].layouts[0].id == "draft"
    again = invoke(home, "draft", path, "--source", "drills", "--output", target)
    assert isinstance(again.exception, AnlanError)
    assert "已存在" in str(again.exception)
    assert target.read_text(encoding="utf-8") == written
    assert invoke(home, "draft", path, "--source", "drills").stdout == written


def test_an_unknown_source_is_answered_with_the_known_ones(home, tmp_path):
    path = write_xlsx(tmp_path / "x.xlsx", {"表": DRILLS})
    with pytest.raises(AnlanError, match="没有名为 weather 的数据源") as caught:
        draft_file(home, path, "weather")
    assert "drills（演练与出动）" in caught.value.remedy


def test_a_check_says_which_layout_a_file_follows_and_loads_nothing(home):
    name = "2019年3月隐患排查治理台账.csv"
    header = [c.from_[0] for c in BASE["hazards"].layouts[0].columns]
    path = write_csv(home.inbox / name, [header, ["x"] * len(header)], "gb18030")
    checked = invoke(home, "check", path)
    assert checked.exit_code == 0
    assert "编码：gb18030" in checked.stdout
    assert "隐患排查治理（hazards）的布局 text；表头在第 1 行" in checked.stdout
    assert "期间：2019年3月（文件名写明）" in checked.stdout
    assert [p.name for p in home.path.rglob("*") if p.is_file()] == [name]


def test_a_check_says_why_a_file_follows_none(home, tmp_path):
    header = [c.from_[0] for c in BASE["hazards"].layouts[0].columns]
    path = write_csv(tmp_path / "2019年3月隐患排查治理台账.csv", [["隐患编码", *header[1:]]])
    checked = invoke(home, "check", path)
    assert checked.exit_code == 1
    assert '{field: hazard_id, from: "隐患编号|隐患编码"}' in checked.stdout
    with pytest.raises(AnlanError, match="找不到文件"):
        check_file(home, tmp_path / "nowhere.csv")


def test_a_check_passes_a_sheet_of_notes_beside_one_that_fits(home, tmp_path):
    header = [c.from_[0] for c in BASE["drills"].layouts[0].columns]
    path = write_xlsx(tmp_path / "2019年演练出动记录.xlsx", {"表": [header], "填表说明": [["口径"]]})
    checked = check_file(home, path)
    assert checked.fits
    assert any("说明，整表剔除" in line for line in checked.lines)
