"""Workbooks: what their cells say, what broken and hostile ones come to, and the process that parses them."""

import os
import random
import signal
import struct
import subprocess
import sys
import time as clock
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

import xls_files as xls
from anlan.errors import AnlanError
from anlan.intake import worker
from anlan.intake.cast import cast_one
from anlan.intake.cells import cell_text, percent_text, text_columns
from anlan.intake.original import Original
from anlan.intake.raw import column_letter
from anlan.intake.workbook import read_workbook
from intake_files import BASE, contract_with, stage_one, write_xlsx

SHEET = "xl/worksheets/sheet1.xml"
BOOK = "xl/workbook.xml"


def read(path):
    """Sheets by name, as rows of texts."""
    return {
        sheet.name: [list(row) for row in sheet.frame.rows()]
        for sheet in read_workbook(Original.of_file(path))
    }


def refusal(path):
    """The one line that says why a file is not read."""
    with pytest.raises(AnlanError) as caught:
        read(path)
    assert caught.value.message.startswith(path.name)
    assert "\n" not in caught.value.message
    assert caught.value.remedy
    return caught.value.message


def small(path, **changes):
    """A workbook of two rows. ``changes``: entry -> new content, or what makes it of the old; None: gone."""
    write_xlsx(path, {"台账": [["名称", "数量"], ["油锯", 3]]})
    return rewrite(path, changes)


def rewrite(path, changes):
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    for name, change in changes.items():
        contents[name] = change(contents.get(name, b"")) if callable(change) else change
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            if content is not None:
                archive.writestr(name, content)
    return path


def swap(old, new):
    def change(content):
        assert old in content
        return content.replace(old, new)

    return change


def cell(content):
    """Instead of the number 3 in B2, another cell."""
    return {SHEET: swap(b'<c r="B2"><v>3</v></c>', content)}


# Texts of cells

CELLS = st.one_of(
    st.none(),
    st.just(""),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.floats(-1e6, 1e6).map(lambda value: round(value, 2)),
    st.integers(-(10**17), 10**17).map(float),
    st.sampled_from([-0.0, 0.1 + 0.2, 1e15, 1e15 - 1, 999999999999999.9, 1e-5, 5e-324, 1e22]),
    st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)),
    st.dates().map(lambda day: datetime(day.year, day.month, day.day)),
    st.dates(),
    st.times(),
    st.timedeltas(timedelta(-1000), timedelta(100_000)),
)
COLUMNS = st.integers(1, 8).flatmap(
    lambda height: st.lists(
        st.one_of(st.lists(CELLS, min_size=height, max_size=height), *(
            st.lists(kind, min_size=height, max_size=height)
            for kind in (st.floats(allow_nan=False), st.text(max_size=3), st.dates())
        )), min_size=1, max_size=3
    )
)  # fmt: skip


@settings(max_examples=300)
@given(COLUMNS)
def test_columns_of_cells_become_the_texts_that_each_cell_becomes(columns):
    frame = text_columns(columns)
    for name, values in zip(frame.columns, columns, strict=True):
        wanted = [(cell_text(value) or "").strip() or None for value in values]
        found = frame[name].to_list()
        # What counts as white space at the ends is as in any text that is read.
        assert [(text or "").strip() or None for text in found] == wanted


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.125, "12.5%"),
        (1.0, "100%"),
        (0.07, "7%"),
        (0.29, "29%"),
        (-0.5, "-50%"),
        (0.0, "0%"),
        (0.00005, "0.005%"),
        (12, "1200%"),
        (0.1 + 0.2, "30%"),
        (1e20, "1.00000000000000E+20"),
        ("占比", "占比"),
        ("", None),
        (True, "TRUE"),
    ],
)
def test_a_percent_is_read_as_it_is_shown_without_noise(value, text):
    assert percent_text(value) == text


def test_only_a_number_format_that_shows_the_sign_makes_a_percent(tmp_path):
    path = tmp_path / "f.xlsx"
    codes = ["0%", "0.00%", "0.0%;[Red]-0.0%", '0"%"', "0\\%", "General", "[$%-1]0.0"]
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for row, code in enumerate(codes):
            sheet.write(row, 1, 0.125, book.add_format({"num_format": code}))
        sheet.write(len(codes), 1, "无", book.add_format({"num_format": "0%"}))
    ((_, rows),) = read(path).items()
    assert [row[1] for row in rows] == ["12.5%", "12.5%", "12.5%", "0.125", "0.125", "0.125", "0.125", "无"]


def test_percents_far_down_are_percents_and_their_neighbours_are_not(tmp_path):
    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        shown = book.add_format({"num_format": "0.0%"})
        for row in range(20_000):
            sheet.write(row, 0, 0.5, shown if row % 7_000 == 6_999 else None)
    ((_, rows),) = read(path).items()
    assert [row for row, (text,) in enumerate(rows) if text == "50%"] == [6_999, 13_999]
    assert {text for (text,) in rows} == {"50%", "0.5"}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b'<c r="B2"><f>SUM(B3:B9)</f></c>', "#未计算"),
        (b'<c r="B2"><f>SUM(B3:B9)</f><v/></c>', "#未计算"),
        (b'<c r="B2"><f>SUM(B3:B9)</f><v></v></c>', "#未计算"),
        (b'<c r="B2"><f t="shared" si="0"/></c>', "#未计算"),
        (b'<c r="B2" t="str"><f>A9</f></c>', "#未计算"),
        (b'<c r="B2" t="str"><f>IF(A9=1,"x","")</f><v></v></c>', None),
        (b'<c r="B2" t="str"><f>A1</f><v>x</v></c>', "x"),
        (b'<c r="B2"><f>SUM(B3:B9)</f><v>0</v></c>', "0"),
        (b'<c r="B2"><f>SUM(B3:B9)</f><v>7</v></c>', "7"),
        (b'<c r="B2" t="e"><f>NA()</f><v>#N/A</v></c>', "#N/A"),
        (b"<c t='e' r='B2'><v>#REF!</v></c>", "#REF!"),
    ],
)
def test_a_formula_without_a_result_is_neither_blank_nor_a_number(tmp_path, content, text):
    # xlsxwriter asks for a computation when the file is opened; a program that has computed does not.
    computed = {BOOK: swap(b' fullCalcOnLoad="1"', b"")}
    path = small(tmp_path / "f.xlsx", **cell(content), **computed)
    assert read(path)["台账"][1] == ["油锯", text]


def test_a_zero_that_waits_to_be_computed_is_no_zero(tmp_path):
    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_formula(0, 0, "=SUM(B1:B9)")
        sheet.write_formula(1, 0, "=SUM(B1:B9)", None, 12)
        sheet.write(2, 0, 0)
    assert list(read(path).values()) == [[["#未计算"], ["12"], ["0"]]]


def test_an_uncomputed_formula_is_held_back_with_its_place(tmp_path):
    names = {"as_of_on": "日期", "division_code": "地区", "equipment_type": "装备", "quantity": "数量"}
    columns = [{"field": field, "from": header} for field, header in names.items()]
    rows = [["日期", "地区", "装备", "数量"], ["2020-03-31", "西湖区", "油锯", 3]]
    path = write_xlsx(tmp_path / "f.xlsx", {"表": rows})
    rewrite(path, {SHEET: swap(b'<c r="D2"><v>3</v>', b'<c r="D2"><f>1+2</f>')})
    table = stage_one(path, contract_with("equipment", {"id": "t", "columns": columns}))
    assert table.findings.select("row", "column_letter", "value", "rule_id").rows() == [
        (2, "D", "#未计算", "type_integer")
    ]
    text = BASE["hazards"].fields["inspection_id"]
    assert cast_one("#未计算", text).to_list() == [None]


def test_texts_dates_and_numbers_of_an_old_workbook_are_read_and_its_errors_and_percents_told(tmp_path):
    formats = [(0, None), (10, None), (14, None), (170, "0.0%"), (171, '0"%"')]
    cells = (
        xls.label(0, 0, "数量")
        + xls.number(1, 0, 0.125, 1)
        + xls.number(2, 0, 43921, 2)
        + xls.integer(3, 0, 2, 3)
        + xls.integers(4, 0, [1, 2], 4)
        + xls.integers(5, 0, [1, 2], 3)
        + xls.error(6, 0, 0x2A)
        + xls.formula(7, 1, struct.pack("<d", 0.5), 1)
        + xls.formula(8, 1, b"\x02\0\x07\0\0\0\xff\xff")
    )
    stream = xls.book({"表": cells, "乙": xls.label(0, 0, "x")}, formats)
    expected = {
        "表": [
            ["数量", None], ["12.5%", None], ["2020-03-31", None], ["200%", None], ["1", "2"],
            ["100%", "200%"], ["#N/A", None], [None, "50%"], [None, "#DIV/0!"],
        ],
        "乙": [["x"]],
    }  # fmt: skip
    for is_small in (False, True):
        path = tmp_path / "f.xls"
        path.write_bytes(xls.compound({"Workbook": stream}, is_small))
        assert read(path) == expected
    path.write_bytes(xls.compound({"Workbook": xls.book({"表": cells}, formats, xls.record(0x22, b"\1\0"))}))
    (sheet,) = read_workbook(Original.of_file(path))
    assert sheet.has_1904_dates
    assert sheet.frame["c0"][2] == "2024-04-01"


# Broken and hostile ones


@pytest.mark.parametrize(
    "content",
    [
        xls.compound(
            {"Workbook": xls.book({"表": xls.label(0, 0, "x")}, [(0, None)], xls.record(0x2F, bytes(54)))}
        ),
        xls.compound({"EncryptedPackage": bytes(5000), "EncryptionInfo": bytes(100)}),
    ],
    ids=["old", "new"],
)
@pytest.mark.parametrize("ending", [".xls", ".xlsx"])
def test_a_workbook_with_a_password_is_refused_as_such(tmp_path, content, ending):
    path = tmp_path / f"f{ending}"
    path.write_bytes(content)
    assert "有打开密码" in refusal(path)


def test_a_compound_file_that_is_no_workbook_or_is_damaged_is_refused(tmp_path):
    path = tmp_path / "f.xls"
    path.write_bytes(xls.compound({"WordDocument": bytes(5000)}))
    assert "其中没有工作簿" in refusal(path)
    whole = xls.compound({"Workbook": xls.book({"表": xls.label(0, 0, "x") * 300}, [(0, None)])})
    for size in range(8, len(whole) - 512, 997):
        path.write_bytes(whole[:size])
        assert "不能作为 Excel 工作簿读取" in refusal(path)
    ring = bytearray(whole)
    ring[512 + 4 * 2 : 512 + 4 * 3] = struct.pack("<I", 1)
    path.write_bytes(ring)
    assert "不能作为 Excel 工作簿读取" in refusal(path)


def test_a_workbook_cut_off_anywhere_is_refused(tmp_path):
    whole = small(tmp_path / "f.xlsx").read_bytes()
    path = tmp_path / "g.xlsx"
    for size in range(4, len(whole), len(whole) // 60):
        path.write_bytes(whole[:size])
        assert "已损坏" in refusal(path)


def test_a_flipped_bit_never_changes_a_figure(tmp_path):
    path = tmp_path / "f.xlsx"
    write_xlsx(path, {"台账": [["名称", "数量"], *([f"油锯{n}", n * 37] for n in range(300))]})
    whole, expected = path.read_bytes(), read(path)
    chance = random.Random(20200331)
    for _ in range(80):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            assert read(path) == expected
        except AnlanError as error:
            assert error.message.startswith("f.xlsx")


def test_a_part_larger_than_its_directory_says_is_refused_while_it_unfolds(tmp_path):
    path = small(tmp_path / "f.xlsx")
    content = bytearray(path.read_bytes())
    entry = content.find(b"PK\x01\x02")
    while content[entry + 46 : entry + 46 + len(SHEET)] != SHEET.encode():
        entry = content.find(b"PK\x01\x02", entry + 1)
    size = struct.unpack_from("<I", content, entry + 24)[0]
    struct.pack_into("<I", content, entry + 24, size - 100)
    path.write_bytes(content)
    assert "与压缩目录不符" in refusal(path)


def test_a_bomb_is_refused_before_it_unfolds(tmp_path):
    path = small(tmp_path / "f.xlsx", **{"xl/worksheets/sheet9.xml": bytes(300 << 20)})
    assert "疑为异常文件，未读取" in refusal(path)


@pytest.mark.parametrize("part", [SHEET, BOOK, "xl/sharedStrings.xml", "xl/styles.xml", "docProps/core.xml"])
def test_a_document_type_declaration_anywhere_is_refused(tmp_path, part):
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
    path = small(tmp_path / "f.xlsx", **{part: swap(b"?>\n", b"?>\n" + bomb)})
    assert f"其中 {part.lower()} 含有文档类型声明" in refusal(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_part_in_another_encoding_is_refused_not_read_as_empty(tmp_path, encoding):
    path = small(tmp_path / "f.xlsx", **{SHEET: lambda text: text.decode().encode(encoding)})
    assert "不是 UTF-8 编码" in refusal(path)
    path = small(tmp_path / "f.xlsx", **{SHEET: swap(b'"UTF-8"', b'"GB2312"')})
    assert "不是 UTF-8 编码" in refusal(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({SHEET: None}, "工作表“台账”的内容缺失"),
        ({BOOK: None}, "缺少 xl/workbook.xml"),
        ({"xl/_rels/workbook.xml.rels": None}, "缺少 xl/_rels/workbook.xml.rels"),
        ({"xl/styles.xml": None}, "缺少 xl/styles.xml"),
        ({"xl/sharedStrings.xml": None}, "缺少 xl/sharedstrings.xml"),
        ({SHEET: lambda text: text[: text.rindex(b"<row")]}, f"{SHEET} 不完整"),
        ({SHEET: b""}, f"{SHEET} 不完整"),
        ({SHEET: lambda text: text[:-1]}, f"{SHEET} 不完整"),
        ({BOOK: swap(b"</sheets>", b"")}, "内容不合格式"),
        ({SHEET: swap(b't="s"><v>0<', b't="s"><v>99<')}, "工作表“台账”：不能作为 Excel 工作簿读取"),
        ({SHEET: swap(b'r="A1"', b'r="A0"')}, "工作表“台账”：不能作为 Excel 工作簿读取"),
        (cell(b'<c t="e"><v>#N/A</v></c>'), "没有写明位置"),
        ({"xl/vbaProject.bin": b"x"}, "却含有宏"),
        ({"XL/WORKBOOK.XML": b"x"}, "其中有 2 个 xl/workbook.xml"),
        # A column beyond any sheet makes the parser ask for all memory there is.
        (cell(b'<c r="AAAAAA2"><v>3</v></c>'), "解析时超出内存或程序中止"),
    ],
)  # fmt: skip
def test_a_workbook_that_is_not_whole_is_refused_with_what_is_wrong(tmp_path, changes, message):
    assert message in refusal(small(tmp_path / "f.xlsx", **changes))


def test_two_sheets_of_one_name_are_refused(tmp_path):
    path = write_xlsx(tmp_path / "f.xlsx", {"甲": [["x"]], "乙": [["y"]]})
    rewrite(path, {BOOK: swap("乙".encode(), "甲".encode())})
    assert "有两个工作表都叫“甲”" in refusal(path)


@pytest.mark.parametrize(
    ("part", "message"),
    [("xl/workbook.bin", ".xlsb"), ("content.xml", ".ods"), ("word/document.xml", "不是 Excel")],
)
def test_other_packages_are_refused_by_their_name(tmp_path, part, message):
    path = tmp_path / "f.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(part, b"x")
    assert message in refusal(path)


def test_a_package_with_a_zip_password_is_refused(tmp_path):
    path = small(tmp_path / "f.xlsx")
    content = bytearray(path.read_bytes())
    entry = content.find(b"PK\x01\x02")
    while entry >= 0:
        content[entry + 8] |= 1
        entry = content.find(b"PK\x01\x02", entry + 1)
    path.write_bytes(content)
    assert "压缩包有密码" in refusal(path)


@pytest.mark.parametrize(
    "formula",
    [
        "[1]Sheet1!A1",
        "1+'[1]甲 乙'!A1",
        "SUM([2]Sheet1!A1:A9)",
        "[1]!Name",
        "'[other.xlsx]Sheet1'!A1",
        "Rate*2",
    ],
)
def test_a_cell_computed_from_another_file_is_refused_with_its_place(tmp_path, formula):
    names = b'<definedNames><definedName name="Rate">[1]Sheet1!$A$1</definedName></definedNames>'
    path = small(
        tmp_path / "f.xlsx",
        **cell(f'<c r="B2"><f>{formula}</f><v>3</v></c>'.encode()),
        **{BOOK: swap(b"</sheets>", b"</sheets>" + names)},
    )
    assert "工作表“台账”：单元格 B2 的公式引用了另一个文件" in refusal(path)


@pytest.mark.parametrize(
    "formula", ["表1[数量]*2", "表1[[#This Row],[数量]]+台账!A1", '"[1]a!"', "[0]!Name", "Rates*2"]
)
def test_an_external_link_that_no_cell_uses_is_no_obstacle(tmp_path, formula):
    names = b'<definedNames><definedName name="Rate">[1]Sheet1!$A$1</definedName></definedNames>'
    path = small(
        tmp_path / "f.xlsx",
        **cell(f'<c r="B2"><f>{formula.replace(chr(34), "&quot;")}</f><v>3</v></c>'.encode()),
        **{BOOK: swap(b"</sheets>", b"</sheets>" + names)},
        **{"xl/externalLinks/externalLink1.xml": b"<externalLink/>"},
    )
    assert read(path)["台账"][1] == ["油锯", "3"]


def test_macros_are_no_obstacle_in_a_file_that_says_so(tmp_path):
    path = small(tmp_path / "f.xlsm", **{"xl/vbaProject.bin": b"x"})
    assert read(path) == {"台账": [["名称", "数量"], ["油锯", "3"]]}


def test_a_workbook_of_the_strict_standard_is_read_the_same(tmp_path):
    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("台账")
        sheet.write_row(0, 0, ["名称", 3])
        sheet.write(1, 0, 0.125, book.add_format({"num_format": "0.0%"}))
        sheet.write_formula(1, 1, "=NA()", None, "#N/A")
    expected = read(path)
    assert expected == {"台账": [["名称", "3"], ["12.5%", "#N/A"]]}
    old = b"http://schemas.openxmlformats.org/"
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()

    def strict(text):
        text = text.replace(
            old + b"spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"
        )
        return text.replace(old + b"officeDocument/2006/", b"http://purl.oclc.org/ooxml/officeDocument/")

    rewrite(path, dict.fromkeys(names, strict))
    assert read(path) == expected


def test_element_names_with_a_prefix_are_read_the_same(tmp_path):
    content = (
        b'<?xml version="1.0"?><x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<x:sheetData><x:row r="1"><x:c r="A1" t="e"><x:v>#N/A</x:v></x:c>'
        b'<x:c r="B1"><x:f>A1</x:f></x:c><x:c r="C1"><x:v>3</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    assert read(small(tmp_path / "f.xlsx", **{SHEET: content})) == {"台账": [["#N/A", "#未计算", "3"]]}


def test_sheets_of_charts_and_hidden_sheets_do_not_shift_the_marks_of_others(tmp_path):
    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        chart = book.add_chart({"type": "line"})
        first = book.add_worksheet("甲")
        first.write_row(0, 0, ["x", 3])
        chart.add_series({"values": "=甲!$B$1"})
        book.add_chartsheet("图").set_chart(chart)
        hidden = book.add_worksheet("乙")
        hidden.write_formula(0, 0, "=NA()", None, "#N/A")
        hidden.very_hidden()
    sheets = list(read_workbook(Original.of_file(path)))
    assert [(sheet.name, sheet.is_hidden, sheet.frame.rows()) for sheet in sheets] == [
        ("甲", False, [("x", "3")]),
        ("乙", True, [("#N/A",)]),
    ]


def test_elements_nested_without_end_do_no_harm(tmp_path):
    nested = b"<a>" * 300_000 + b"</a>" * 300_000 + b"</worksheet>"
    path = small(tmp_path / "f.xlsx", **{SHEET: swap(b"</worksheet>", nested)})
    assert read(path)["台账"][1] == ["油锯", "3"]


def test_a_row_of_empty_cells_to_the_last_column_is_no_content(tmp_path):
    letters = [column_letter(index).encode() for index in range(16_384)]
    rows = b"".join(
        b'<row r="%d">' % row + b"".join(b'<c r="%s%d" s="0"/>' % (a, row) for a in letters) + b"</row>"
        for row in (5, 6, 2**20)
    )
    path = small(tmp_path / "f.xlsx", **{SHEET: swap(b"</sheetData>", rows + b"</sheetData>")})
    assert read(path) == {"台账": [["名称", "数量"], ["油锯", "3"]]}


def test_a_sheet_filled_to_its_last_row_is_read_whole(tmp_path):
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % (n, n, n) for n in range(1, 2**20 + 1))
    sheet = {SHEET: lambda text: text[: text.index(b"<row")] + rows + text[text.index(b"</sheetData>") :]}
    (found,) = read_workbook(Original.of_file(small(tmp_path / "f.xlsx", **sheet)))
    assert found.frame.height == 2**20
    assert found.frame["c0"].cast(int).to_list() == list(range(1, 2**20 + 1))


# The process that parses


def test_a_file_that_needs_more_memory_than_its_size_can_explain_is_given_up(tmp_path):
    text = b"<si><t>" + b"x" * 32_000 + b"</t></si></sst>"
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>3</v></c></row>' % (n, n) for n in range(1, 90_000))
    path = small(
        tmp_path / "f.xlsx",
        **{"xl/sharedStrings.xml": swap(b"</sst>", text)},
        **{SHEET: lambda old: old[: old.index(b"<row")] + rows + old[old.index(b"</sheetData>") :]},
    )
    assert "解析时超出内存" in refusal(path)


def test_a_file_that_kills_the_parser_does_not_keep_the_next_from_being_read(tmp_path):
    good = small(tmp_path / "good.xlsx")
    bad = small(tmp_path / "bad.xlsx", **cell(b'<c r="AAAAAA2"><v>3</v></c>'))
    for path in (good, bad, good, bad, bad, good):
        if path == good:
            assert read(path)["台账"][1] == ["油锯", "3"]
        else:
            assert "解析时超出内存" in refusal(path)


def test_a_file_that_takes_too_long_is_given_up_and_the_next_is_read(tmp_path, monkeypatch):
    path = small(tmp_path / "f.xlsx")
    read(path)
    with monkeypatch.context() as patch:
        patch.setattr(worker, "_LEAST_SECONDS", 0)
        assert "解析时超出时间" in refusal(path)
    assert read(path)["台账"][1] == ["油锯", "3"]


def test_one_process_reads_one_workbook_after_the_other_and_is_gone_when_closed(tmp_path):
    worker.close_workers()
    path = small(tmp_path / "f.xlsx")
    read(path)
    (idle,) = worker._idle
    read(path)
    assert worker._idle == [idle]
    worker.close_workers()
    assert worker._idle == []
    assert idle._process.returncode == 0


def test_a_workbook_left_half_read_and_two_read_in_turns_do_not_mix(tmp_path):
    first = write_xlsx(tmp_path / "f.xlsx", {"甲": [["1"]], "乙": [["2"]], "丙": [["3"]]})
    second = write_xlsx(tmp_path / "g.xlsx", {"甲": [["4"]], "乙": [["5"]], "丙": [["6"]]})
    half = read_workbook(Original.of_file(first))
    next(half)
    half.close()
    pairs = zip(read_workbook(Original.of_file(first)), read_workbook(Original.of_file(second)), strict=True)
    assert [(a.frame["c0"][0], b.frame["c0"][0]) for a, b in pairs] == [("1", "4"), ("2", "5"), ("3", "6")]


def test_a_process_that_died_while_it_waited_is_replaced_and_leaves_nothing_on_disk(tmp_path):
    path = small(tmp_path / "f.xlsx")
    read(path)
    dead = worker._idle[-1]
    limits = Path(f"/proc/{dead._process.pid}/limits").read_text()
    assert "Max core file size 0 0" in " ".join(limits.split())
    dead._process.kill()
    dead._process.wait()
    assert read(path)["台账"][1] == ["油锯", "3"]
    assert dead not in worker._idle


def test_a_member_of_an_archive_is_read_from_memory(tmp_path):
    content = small(tmp_path / "f.xlsx").read_bytes()
    (tmp_path / "f.xlsx").unlink()
    original = Original(tmp_path / "a.zip", "f.xlsx", member="f.xlsx", content=content)
    (sheet,) = read_workbook(original)
    assert sheet.frame.rows() == [("名称", "数量"), ("油锯", "3")]


def test_a_refusal_does_not_quote_the_cell(tmp_path):
    path = small(tmp_path / "f.xlsx", **cell('<c r="B2" t="张三丰"><v>1</v></c>'.encode()))
    assert "张三丰" not in refusal(path)


@pytest.mark.parametrize("is_busy", [False, True])
def test_no_process_is_left_behind_when_the_one_that_loads_is_killed(tmp_path, is_busy):
    path = small(tmp_path / "f.xlsx")
    code = (
        "import sys; from pathlib import Path; from anlan.intake import worker\n"
        "from anlan.intake.original import Original; from anlan.intake.workbook import read_workbook\n"
        "list(read_workbook(Original.of_file(Path(sys.argv[1]))))\n"
        "print(worker._idle[0]._process.pid, flush=True)\n"
        + ("next(worker._idle[0].open(Original.of_file(Path(sys.argv[2]))))\n" if is_busy else "")
        + "import time; time.sleep(60)"
    )
    long = tmp_path / "long.xlsx"
    if is_busy:
        rows = b"".join(b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % (n, n, n) for n in range(1, 10**6))
        small(long, **{SHEET: lambda t: t[: t.index(b"<row")] + rows + t[t.index(b"</sheetData>") :]})
    with subprocess.Popen([sys.executable, "-c", code, path, long], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        clock.sleep(0.5)
        parent.send_signal(signal.SIGKILL)
    for _ in range(100):
        if not is_running(child):
            break
        clock.sleep(0.1)
    assert not is_running(child)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # One that has ended and is waited for by nobody here does no harm.
    return ") Z " not in Path(f"/proc/{process}/stat").read_text()
