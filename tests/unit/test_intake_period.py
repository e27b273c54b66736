"""An extract covers what is declared of it, else the months that hold rows, and never a month between."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.errors import AnlanError
from anlan.intake.manifest import read_manifest
from anlan.intake.period import Period, read_period
from anlan.project import ROOT
from intake_files import BASE, contract_with, stage, write_csv, write_xlsx

LAYOUT = {
    "id": "log",
    "columns": [
        {"field": "drill_id", "from": "编号"},
        {"field": "team_id", "from": "队伍"},
        {"field": "division_code", "from": "所在地"},
        {"field": "kind", "from": "类别"},
        {"field": "called_at", "from": "命令时间"},
    ],
}
HEADER = ["编号", "队伍", "所在地", "类别", "命令时间"]
MONTHLY = r"(?P<year>\d{4})年(?P<month>\d{1,2})月"


def rows(*days):
    return [[f"Y{n}", "D1", "杭州市西湖区", "演练", f"{day} 08:00"] for n, day in enumerate(days)]


def staged(path, title=None, days=("2019-03-05",), manifest=None, **changes):
    above = [[title, None, None, None, None]] if title else []
    write_xlsx(path, {"表": [*above, HEADER, *rows(*days)]})
    (table,) = stage(path, contract_with("drills", {**LAYOUT, **changes}), manifest)
    return table


def declared(table):
    assert table.refusal is None, str(table.refusal)
    meta = table.meta
    return meta.period_start_on, meta.period_end_on, meta.period_basis


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2019", (2019, 1), (2019, 12, 31)),
        ("2019年度", (2019, 1), (2019, 12, 31)),
        ("2019-03", (2019, 3), (2019, 3, 31)),
        ("２０２０年２月", (2020, 2), (2020, 2, 29)),
        ("2019-01/2019-06", (2019, 1), (2019, 6, 30)),
        ("2019上半年", (2019, 1), (2019, 6, 30)),
        ("2019 下半年", (2019, 7), (2019, 12, 31)),
        ("2019一季度", (2019, 1), (2019, 3, 31)),
        ("2019年第四季度", (2019, 10), (2019, 12, 31)),
        ("2019年3季度", (2019, 7), (2019, 9, 30)),
        ("2019Q2", (2019, 4), (2019, 6, 30)),
        ("2019年1-6月", (2019, 1), (2019, 6, 30)),
        ("2019年11月至2020年1月", (2019, 11), (2020, 1, 31)),
        ("2018年下半年至2019年一季度", (2018, 7), (2019, 3, 31)),
        ("2010-2017年", (2010, 1), (2017, 12, 31)),
    ],
)
def test_a_period_is_read_as_people_write_it(text, start, end):
    assert read_period(text) == Period(date(*start, 1), date(*end))


@pytest.mark.parametrize(
    "text", ["", "去年", "19", "2019-13", "2019年5季度", "2019-06/2019-01", "2019/3", "3月"]
)
def test_what_is_no_period_is_not_read_as_one(text):
    assert read_period(text) is None


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.integers(0, 40))
def test_a_period_that_is_printed_reads_back_as_itself(day, months):
    index = min(day.year * 12 + day.month - 1 + months, 2199 * 12 + 11)
    text = f"{day.year}-{day.month:02d}/{index // 12}-{index % 12 + 1:02d}"
    period = read_period(text)
    assert period is not None
    assert read_period(str(period)) == period


def test_without_a_declaration_the_rows_are_the_basis(tmp_path):
    table = staged(tmp_path / "更正.xlsx", days=("2019-01-05", "2019-06-07"))
    assert declared(table) == (date(2019, 1, 1), date(2019, 6, 30), "rows")


def test_the_name_declares_and_the_layout_may_say_parts_of_a_year(tmp_path):
    pattern = r"(?P<year>\d{4})(?:-(?P<until_year>\d{4}))?年(?P<part>[上下]半年|[一二三四]季度)?记录"
    half = staged(tmp_path / "2019年上半年记录.xlsx", period=pattern)
    assert declared(half) == (date(2019, 1, 1), date(2019, 6, 30), "declared_name")
    quarter = staged(tmp_path / "2019年四季度记录.xlsx", period=pattern)
    assert declared(quarter) == (date(2019, 10, 1), date(2019, 12, 31), "declared_name")
    years = staged(tmp_path / "2010-2017年记录.xlsx", period=pattern)
    assert declared(years) == (date(2010, 1, 1), date(2017, 12, 31), "declared_name")


def test_the_title_declares_where_the_layout_looks_there(tmp_path):
    title = "某市 2019年 3月 演练记录"
    looked = staged(tmp_path / "x.xlsx", title, period=MONTHLY, period_in="title")
    assert declared(looked) == (date(2019, 3, 1), date(2019, 3, 31), "declared_title")
    not_looked = staged(tmp_path / "y.xlsx", title, period=MONTHLY)
    assert declared(not_looked)[2] == "rows"


def test_last_months_file_under_this_months_name_is_refused(tmp_path):
    both = {"period": MONTHLY, "period_in": ["name", "title"]}
    table = staged(tmp_path / "2019年3月.xlsx", "2019年2月演练记录", **both)
    assert "文件名说是2019年3月的数据，表题说是2019年2月的" in str(table.refusal)
    assert "manifest.csv" in table.refusal.remedy
    agreed = staged(tmp_path / "2019年03月.xlsx", "2019年3月演练记录", **both)
    assert declared(agreed)[2] == "declared_name"
    titled = staged(tmp_path / "最新.xlsx", "2019年3月演练记录", **both)
    assert declared(titled)[2] == "declared_title"


def test_two_periods_in_the_titles_are_not_chosen_between(tmp_path):
    table = staged(tmp_path / "x.xlsx", "2019年3月（对比2018年3月）", period=MONTHLY, period_in="title")
    assert "表题中有几个期间（2018年3月、2019年3月）" in str(table.refusal)


def manifest_with(folder, name, period):
    lines = [
        ["文件", "收到时间", "报送单位", "合成数据", "数据期间"],
        [name, "2019-04-02 09:00", "", "", period],
    ]
    write_csv(folder / "manifest.csv", lines)
    return read_manifest(folder)


def test_the_manifest_declares_before_name_and_title(tmp_path):
    both = {"period": MONTHLY, "period_in": ["name", "title"]}
    manifest = manifest_with(tmp_path, "2019年3月.xlsx", "2019一季度")
    table = staged(tmp_path / "2019年3月.xlsx", "2019年2月演练记录", manifest=manifest, **both)
    assert declared(table) == (date(2019, 1, 1), date(2019, 3, 31), "declared_manifest")
    blank = manifest_with(tmp_path, "2019年3月.xlsx", "")
    table = staged(tmp_path / "2019年3月.xlsx", "2019年3月演练记录", manifest=blank, **both)
    assert declared(table)[2] == "declared_name"


def test_a_line_of_the_manifest_whose_period_is_none_is_named(tmp_path):
    with pytest.raises(AnlanError, match="第 2 行“数据期间”：值“2019年13月”") as caught:
        manifest_with(tmp_path, "x.xlsx", "2019年13月")
    assert "2019-01/2019-06" in caught.value.remedy


def test_a_full_extract_that_declares_no_period_is_refused(tmp_path):
    full = {"key": ["_row"], "extent": "full", "period": MONTHLY}
    table = staged(tmp_path / "全量.xlsx", **full)
    assert "没有写明是哪一期的数据" in str(table.refusal)
    assert "数据期间" in table.refusal.remedy
    manifest = manifest_with(tmp_path, "全量.xlsx", "2019-03")
    assert declared(staged(tmp_path / "全量.xlsx", manifest=manifest, **full))[2] == "declared_manifest"
    assert declared(staged(tmp_path / "2019年3月.xlsx", **full))[2] == "declared_name"


def test_sheets_of_a_full_extract_leave_no_month_out(tmp_path):
    full = {"key": ["_row"], "extent": "full", "period": MONTHLY, "period_in": "title"}

    def refusals(*months):
        sheets = {f"{m}月": [[f"2019年{m}月演练"], HEADER, *rows(f"2019-{m:02d}-05")] for m in months}
        tables = stage(write_xlsx(tmp_path / "x.xlsx", sheets), contract_with("drills", {**LAYOUT, **full}))
        return [str(table.refusal) for table in tables if table.refusal]

    assert refusals(2, 1, 3) == []
    (refusal,) = refusals(1, 3)
    assert "2019年1月之后是2019年3月" in refusal


def test_the_months_of_rows_are_asked_by_the_event_time_of_each_contract():
    macro = (ROOT / "macros" / "prepare_sources.sql").read_text(encoding="utf-8")
    listed = dict(re.findall(r"'(\w+)': '(\w+)'", macro))
    assert listed == {source: contract.event_time for source, contract in BASE.items()}
