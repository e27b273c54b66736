"""What a load leaves for people: the workbook to send back, and the Data Docs of what was checked."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from rich.console import Console

from anlan.gate import load_report, repair_workbook
from anlan.gate.console import render_summary
from anlan.gate.lake import read_quarantine
from anlan.gate.load import load_inbox
from anlan.gate.repair_workbook import UnitReport, sheet_names, write_workbook
from anlan.gate.rules import load_suites
from anlan.intake.staged import FINDING_SCHEMA
from anlan.privacy.redact import HIDDEN
from anlan.project import ROOT, Home
from staged_tables import CONTRACTS

LAYOUT = """
source: accidents
layouts:
  - id: office
    files: ["事故*"]
    drop: [死者姓名]
    ignore: [备注]
    columns:
      - {field: accident_id, from: 编号}
      - {field: occurred_at, from: 发生时间}
      - {field: division_code, from: 地区}
      - {field: management_category, from: 行业}
      - {field: reported_severity, from: 等级}
      - {field: deaths_count, from: 死亡人数}
      - {field: unit_credit_code, from: 信用代码}
"""
HEADER = ["编号", "发生时间", "地区", "行业", "等级", "死亡人数", "信用代码", "死者姓名", "备注"]
# Formulas, an old link to another program, and what a spreadsheet makes of a text in a CSV.
PAYLOADS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "+SUM(1,1)",
    "@SUM(1)",
    "＝1",
    '=HYPERLINK("http://example.invalid","x")',
    "http://example.invalid",
    "\t=1",
    "{=1}",
]
RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MADE_AT = datetime(2020, 4, 2, 9, 0)


def accident(number, **changes):
    row = dict(zip(HEADER, [f"A{number:03}", "2019-03-05", "西湖区", "建筑业", "一般", "1"], strict=False))
    row |= {"信用代码": "007", "死者姓名": "无此人", "备注": "0012"} | changes
    return [row[name] for name in HEADER]


def write(path, rows):
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("三月")
        for r, row in enumerate(rows):
            for c, text in enumerate(row):
                sheet.write_string(r, c, text)


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    path = tmp_path_factory.mktemp("office")
    (path / "contracts").mkdir()
    (path / "contracts" / "accidents.yml").write_text(LAYOUT, encoding="utf-8")
    home = Home(path / "home", ROOT / "jurisdictions" / "zhejiang", path / "contracts")
    home.inbox.mkdir(parents=True)
    sound = [accident(number) for number in range(60)]
    # Row 3: a fault that only the gate sees; row 4: one that the intake sees.
    held = [accident(900, 死亡人数="-1"), accident(901, 发生时间="2019-13-05", 备注="0 晚报")]
    write(home.inbox / "事故一.xlsx", [["台账"], HEADER, *held, *sound])
    wrong = [accident(910 + i, 死亡人数=text, 备注=text) for i, text in enumerate(PAYLOADS)]
    write(home.inbox / "事故二.xlsx", [HEADER, *wrong, *[accident(100 + i) for i in range(60)]])
    write(home.inbox / "事故三.xlsx", [[*HEADER, "新列"], [*accident(1), "x"]])
    entries = ["文件,收到时间,报送单位,合成数据", "事故一.xlsx,2020-04-02 09:00,杭州市应急管理局,是"]
    entries.append("事故二.xlsx,2020-04-02 09:00,宁波/市:[综合]*?,否")
    (home.inbox / "manifest.csv").write_text("\n".join(entries), encoding="utf-8")
    return home, load_inbox(home)


def sheets(path):
    """Texts of each sheet of a workbook, row by row."""
    book = CalamineWorkbook.from_path(str(path))
    return {
        name: [[str(c) for c in row] for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
        for name in book.sheet_names
    }


def line_of(rows, row, letter):
    (found,) = [line for line in rows if line[:2] == [f"{row}.0", letter]]
    return found


def test_each_unit_has_a_sheet_of_its_own_behind_the_overview(office):
    _, summary = office
    assert list(sheets(summary.workbook)) == [
        "总览",
        "未注明报送单位",
        "宁波_市__综合___",
        "杭州市应急管理局",
    ]


def test_the_overview_says_what_became_of_each_table_and_that_data_is_synthetic(office):
    _, summary = office
    rows = sheets(summary.workbook)["总览"]
    assert any("合成数据" in cell for row in rows for cell in row)
    (one,) = [row for row in rows if row[1] == "事故一.xlsx"]
    assert one[:4] == ["杭州市应急管理局", "事故一.xlsx", "三月", "生产安全事故"]
    assert one[4:11] == ["64.0", "60.0", "2.0", "2.0", "0.0", "0.0", "入库"]
    (three,) = [row for row in rows if row[1] == "事故三.xlsx"]
    assert three[10] == "整件退回"
    assert "“新列”合同中没有" in three[11]


@pytest.mark.parametrize(
    ("row", "letter", "value", "wrong"),
    [(3, "F", "-1", "死亡人数为负数"), (4, "B", "2019-13-05", "发生时间应为")],
)
def test_a_finding_stands_beside_the_row_as_it_stands_in_the_file(office, row, letter, value, wrong):
    _, summary = office
    rows = sheets(summary.workbook)["杭州市应急管理局"]
    line = line_of(rows, row, letter)
    assert line[3] == value
    assert line[4].startswith(wrong)
    assert line[6] == "暂扣整行"
    (block,) = [r for r in rows if r[0].startswith("事故一.xlsx")]
    assert block[7:16] == [f"{'ABCDEFGHI'[i]} {name}" for i, name in enumerate(HEADER)]
    written = (
        accident(900, 死亡人数="-1") if row == 3 else accident(901, 发生时间="2019-13-05", 备注="0 晚报")
    )
    written[7] = HIDDEN
    assert line[7:16] == written


def test_a_table_turned_away_stands_in_the_sheet_with_its_remedy(office):
    _, summary = office
    rows = sheets(summary.workbook)["未注明报送单位"]
    (line,) = [row for row in rows if row[6] == "整件退回"]
    assert "“新列”合同中没有" in line[4]
    assert "表头改回原样后重新报送" in line[5]


def test_the_wrong_cell_of_a_copy_is_marked(office):
    _, summary = office
    with zipfile.ZipFile(summary.workbook) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet4.xml"))
    for row in sheet.iter(f"{MAIN}row"):
        looks = {re.sub(r"\d", "", cell.get("r")): cell.get("s") for cell in row}
        first = row.find(f"{MAIN}c/{MAIN}v")
        if looks.get("P") and first is not None and first.text in ("3", "4"):
            marked = {"3": "M", "4": "I"}[first.text]
            assert looks[marked] != looks["H"]
            assert {look for letter, look in looks.items() if letter in "HIJKLMNOP"} == {
                looks[marked],
                looks["H"],
            }


def test_no_text_of_an_extract_becomes_a_formula_or_a_link(office):
    _, summary = office
    shown = {cell for row in sheets(summary.workbook)["宁波_市__综合___"] for cell in row}
    assert {text.strip() for text in PAYLOADS} <= shown
    with zipfile.ZipFile(summary.workbook) as book:
        for name in book.namelist():
            text = book.read(name).decode()
            assert "<f>" not in text, name
            assert "<f " not in text, name
            assert "<hyperlink" not in text, name
            if name.endswith(".rels"):
                assert "External" not in text, name
            assert "externalLink" not in name
            assert "ddeLink" not in text, name


def test_codes_keep_their_zeros_and_rows_are_numbers(office):
    _, summary = office
    line = line_of(sheets(summary.workbook)["杭州市应急管理局"], 3, "F")
    assert line[13] == "007"
    assert line[15] == "0012"


def test_sheets_can_be_read_and_printed(office):
    _, summary = office
    with zipfile.ZipFile(summary.workbook) as book:
        pages = [book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name]
        titles = book.read("xl/workbook.xml").decode()
    for page in pages:
        assert 'state="frozen"' in page
        assert 'orientation="landscape"' in page
        assert 'paperSize="9"' in page
        assert 'fitToHeight="0"' in page
    assert titles.count("_xlnm.Print_Titles") == len(pages)


def finding(**changes):
    blank = dict.fromkeys(FINDING_SCHEMA, "甲") | {
        "row": 5,
        "held": "row",
        "extract_id": "e",
        "cells": ["甲"],
    }
    return blank | changes


def unit(*findings, count=None):
    frame = pl.DataFrame(findings, schema={**FINDING_SCHEMA, "cells": pl.List(pl.String())})
    return UnitReport("某局", [], frame, count or frame.height, {("e", "甲", "甲"): ["编号"]})


def test_the_same_findings_give_the_same_bytes(tmp_path, office):
    _, summary = office
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / name, summary, [unit(finding(), finding(row=6))], MADE_AT)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx"]


def test_findings_beyond_the_limit_are_counted_and_said_where(tmp_path, office, monkeypatch):
    _, summary = office
    write_workbook(tmp_path / "a.xlsx", summary, [unit(finding(), count=12_001)], MADE_AT)
    rows = sheets(tmp_path / "a.xlsx")["某局"]
    assert rows[-1][0].startswith("另有 12,000 处未列出")
    assert "anlan quarantine --format csv" in rows[-1][0]


def test_a_sheet_takes_the_first_findings_only(office, tmp_path, monkeypatch):
    home, _ = office
    monkeypatch.setattr(load_report, "MOST_FINDINGS", 3)
    summary = load_inbox(home, anew=True)
    rows = sheets(summary.workbook)["宁波_市__综合___"]
    assert rows[-1][0].startswith("另有 7 处未列出")


@given(st.lists(st.text(max_size=60), max_size=12, unique=True))
def test_names_of_sheets_are_legal_and_no_two_are_alike(senders):
    names = sheet_names(senders)
    assert len({name.casefold() for name in names} | {repair_workbook.OVERVIEW}) == len(senders) + 1
    for name in names:
        assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
        assert not set("[]:*?/\\'") & set(name)
        assert name.isprintable()


def test_a_load_without_anything_to_say_writes_no_workbook(tmp_path, office):
    home, _ = office
    quiet = Home(tmp_path / "home", home.jurisdiction, home.extra_contracts)
    quiet.inbox.mkdir(parents=True)
    write(quiet.inbox / "事故.xlsx", [HEADER, *[accident(i) for i in range(5)]])
    summary = load_inbox(quiet)
    assert summary.rows_accepted == 5
    assert summary.workbook is None
    assert summary.data_docs is not None
    again = load_inbox(quiet)
    assert again.workbook is again.data_docs is None
    assert len(list(quiet.loads.iterdir())) == 1


def test_a_report_that_cannot_be_written_undoes_no_load(tmp_path, office, monkeypatch):
    home, _ = office
    other = Home(tmp_path / "home", home.jurisdiction, home.extra_contracts)
    other.inbox.mkdir(parents=True)
    write(other.inbox / "事故.xlsx", [HEADER, *[accident(i) for i in range(9)], accident(99, 死亡人数="-1")])

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(load_report, "write_workbook", full)
    summary = load_inbox(other)
    assert summary.rows_accepted == 9
    assert read_quarantine(other.lake).height == 1
    console = Console(width=300, record=True)
    console.print(render_summary(summary))
    assert "数据已入库，但问题清单或校验文档未能写出：No space left on device" in console.export_text()


def test_the_console_ends_with_where_workbook_and_pages_lie(office):
    _, summary = office
    console = Console(width=300, record=True)
    console.print(render_summary(summary))
    last = console.export_text().rstrip().splitlines()[-2:]
    assert str(summary.workbook) in last[0]
    assert str(summary.data_docs) in last[1]


def pages(index):
    return {path: path.read_text(encoding="utf-8") for path in index.parent.rglob("*.html")}


def test_data_docs_ask_for_nothing_and_run_nothing(office):
    _, summary = office
    found = pages(summary.data_docs)
    assert len(found) == 5
    assert {p.suffix for p in summary.data_docs.parent.rglob("*") if p.is_file()} == {".html"}
    for path, page in found.items():
        assert not re.search(r"https?:|//[a-z]|<script|<link|@import|url\(|\bsrc=|\bon[a-z]+=", page), path
        for way in re.findall(r'href="([^"]*)"', page):
            assert (path.parent / unquote(way)).resolve() in {p.resolve() for p in found}, (path, way)


def test_data_docs_show_every_rule_in_chinese_with_its_remedy_and_citation(office):
    home, summary = office
    page = pages(summary.data_docs)[summary.data_docs.parent / "expectations" / "accidents.html"]
    for rule in load_suites(home.expectations, CONTRACTS)["accidents"].expectations:
        for text in (rule.meta.sentence, rule.meta.remedy, rule.meta.owner, rule.meta.citation):
            assert text in page
    assert "暂扣单元格" in page
    assert "Expectation" not in page


def test_data_docs_count_what_great_expectations_counted(office):
    _, summary = office
    (path,) = summary.data_docs.parent.glob("validations/accidents/*/*/*.html")
    rows = re.findall(r"<tr.*?</tr>", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    (negative,) = [row for row in rows if "deaths_count_not_negative" in row]
    cells = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", negative, re.DOTALL)]
    assert cells[1:4] == ["1", "0.83%", "不合格"]
    index = summary.data_docs.read_text(encoding="utf-8")
    assert "生产安全事故" in index
    assert "120" in index


def test_a_workbook_says_nothing_of_this_machine(office):
    _, summary = office
    assert isinstance(summary.workbook, Path)
    with zipfile.ZipFile(summary.workbook) as book:
        assert not any(
            str(summary.workbook.parents[3]).encode() in book.read(name) for name in book.namelist()
        )
