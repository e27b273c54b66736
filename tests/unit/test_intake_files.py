"""Files are read whole or not at all: encodings, delimiters, workbooks, hostile and damaged ones."""

import re
import zipfile
from datetime import date, datetime, time

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from anlan.errors import AnlanError
from anlan.intake.original import Original
from anlan.intake.package import inspect_package
from anlan.intake.raw import column_letter, text_frame
from anlan.intake.textfile import read_plain_text, read_text
from anlan.intake.workbook import read_workbook
from intake_files import contract_with, raw, stage, stage_one, write_csv, write_xlsx

TEXTS = st.text(st.characters(codec="gb18030", exclude_categories=["Cc"]) | st.just("\n"), max_size=12)
LAYOUT = {
    "id": "test",
    "columns": [
        {"field": "as_of_on", "from": "日期"},
        {"field": "division_code", "from": "地区"},
        {"field": "equipment_type", "from": "装备"},
        {"field": "quantity", "from": "数量"},
    ],
}
HEADER = ["日期", "地区", "装备", "数量"]
ROW = ["2020-03-31", "西湖区", "油锯", "3"]


def equipment(**changes):
    return contract_with("equipment", {**LAYOUT, **changes})


def cells(sheet):
    return [list(row) for row in sheet.frame.rows()]


@given(st.lists(st.lists(TEXTS, min_size=1, max_size=4), min_size=1, max_size=5))
def test_a_frame_keeps_every_text_at_its_row(rows):
    frame = text_frame(rows)
    wanted = [[text.strip() or None for text in row] for row in rows]
    while wanted and not any(wanted[-1]):
        wanted.pop()
    for found, row in zip(frame.rows(), wanted, strict=True):
        assert list(found[: len(row)]) == row
        assert not any(found[len(row) :])


@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    delimiter=st.sampled_from([",", ";", "\t"]),
)
def test_a_text_file_is_read_as_it_was_written_in_every_encoding(tmp_path_factory, rows, encoding, delimiter):
    path = tmp_path_factory.mktemp("csv") / "f.csv"
    # The Chinese heading makes the encodings differ, as in every real extract.
    rows = [("编号㐀", "名称"), *rows]
    write_csv(path, [list(row) for row in rows], encoding, delimiter)
    found = read_plain_text(Original.of_file(path))
    assert found.encoding == encoding
    expected = [[text.strip() or None for text in row] for row in rows]
    while not any(expected[-1]):
        expected.pop()
    assert cells(read_text(found, path.name, delimiter)) == expected


def test_bytes_of_no_known_encoding_are_refused_not_replaced(tmp_path):
    path = tmp_path / "f.csv"
    path.write_bytes("日期,地区\n".encode("gb18030") + b"\xff\xff,1\n")
    with pytest.raises(AnlanError, match=r"既不是 UTF-8 也不是 GB18030.*第 2 行"):
        read_plain_text(Original.of_file(path))
    (table,) = stage(path, equipment())
    assert (table.meta.source, table.rows_read) == ("unknown", 0)
    path.write_bytes(b"\xef\xbb\xbf" + b"\xd6\xd0")
    with pytest.raises(AnlanError, match="第 1 行有字节不合 UTF-8 编码"):
        read_plain_text(Original.of_file(path))


def test_the_layout_may_name_an_encoding_that_cannot_be_told_by_looking(tmp_path):
    path = write_csv(tmp_path / "f.csv", [["Datum", "Gebiet", "Gerät", "Zahl"], ROW], "utf-8")
    path.write_bytes("Dätum;Ort;Art;Zahl\n2020-03-31;330106;drone;1".encode("iso-8859-1"))
    columns = [
        {**column, "from": name}
        for column, name in zip(LAYOUT["columns"], ["Dätum", "Ort", "Art", "Zahl"], strict=True)
    ]
    table = stage_one(path, equipment(columns=columns, encoding="iso-8859-1"))
    assert table.rows.height == 1
    assert table.meta.encoding == "iso-8859-1"
    (table,) = stage(path, equipment(columns=columns, encoding="no-such"))
    assert "编码“no-such”不存在" in str(table.refusal)


def test_a_quote_that_never_closes_is_refused_not_swallowed(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text(
        '日期,地区,装备,数量\n2020-03-31,"西湖区,油锯,3\n2020-03-31,西湖区,油锯,4\n', encoding="utf-8"
    )
    (table,) = stage(path, equipment())
    assert "f.csv：第 2 行的一个双引号开了没有正确闭合（到第 3 行才看出）" in str(table.refusal)


def test_line_breaks_inside_quotes_do_not_shift_row_numbers(tmp_path):
    path = write_csv(tmp_path / "f.csv", [["标题\n第二行"], HEADER, [], ROW, [*ROW[:3], "三"]])
    table = stage_one(path, equipment())
    assert table.rows["_row"].to_list() == [4]
    assert table.findings["row"].to_list() == [5]
    assert table.rows["_sheet"].to_list() == ["f.csv"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_under_which_the_header_is_found(tmp_path, delimiter):
    rows = [["数据；截至，三月, a, b, c, d, e"], HEADER, ROW]
    table = stage_one(write_csv(tmp_path / "f.csv", rows, delimiter=delimiter), equipment())
    assert table.rows.height == 1


def test_cells_of_a_workbook_become_the_texts_that_were_typed(tmp_path):
    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("表")
        day, clock, span = (book.add_format({"num_format": f}) for f in ("yyyy-mm-dd", "hh:mm", "[h]:mm"))
        sheet.write(2, 1, 3)
        sheet.write(2, 2, 12.5)
        sheet.write(3, 1, True)
        sheet.write_string(3, 2, "007")
        sheet.write_datetime(
            4, 1, datetime(2019, 3, 5, 14, 5), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        )
        sheet.write_datetime(4, 2, date(2019, 3, 5), day)
        sheet.write_datetime(5, 1, time(14, 5), clock)
        sheet.write(5, 2, 1.5, span)
    (sheet,) = read_workbook(Original.of_file(path))
    assert cells(sheet) == [
        [None, None, None],
        [None, None, None],
        [None, "3", "12.5"],
        [None, "TRUE", "007"],
        [None, "2019-03-05 14:05:00", "2019-03-05"],
        [None, "14:05:00", "36:00:00"],
    ]


def test_a_cell_that_holds_an_error_is_not_a_blank(tmp_path):
    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("甲&乙")
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ROW[:3])
        sheet.write_formula(1, 3, "=1/0", None, "#DIV/0!")
        sheet.write_row(2, 0, ROW[:2])
        sheet.write_formula(2, 2, "=NA()", None, "#N/A")
        sheet.write(2, 3, 1)
        sheet.write_formula(40, 1, "=NA()", None, "#N/A")
    table = stage_one(path, equipment())
    found = table.findings.filter(table.findings["value"].is_not_null()).select(
        "row", "column_letter", "value", "rule_id"
    )
    assert found.rows() == [
        (2, "D", "#DIV/0!", "type_integer"),
        (3, "C", "#N/A", "code_known"),
        (41, "B", "#N/A", "area_known"),
    ]
    assert table.rows_read == 41


def test_the_1904_calendar_of_a_workbook_is_heeded(tmp_path):
    path = tmp_path / "f.xlsx"
    days = [date(2020, 3, 31), date(2020, 2, 29)]
    with xlsxwriter.Workbook(str(path), {"date_1904": True}) as book:
        sheet = book.add_worksheet("表")
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, [(days[0] - date(1904, 1, 1)).days, *ROW[1:]])
        sheet.write_datetime(2, 0, days[1], book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_row(2, 1, ROW[1:])
    assert stage_one(path, equipment()).rows["as_of_on"].to_list() == days


def test_a_cell_that_the_parser_cannot_bear_is_a_reason_not_a_traceback(tmp_path):
    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("表").write(0, 0, 1e10, book.add_format({"num_format": "[h]:mm"}))
    (table,) = stage(path, equipment())
    assert "不能作为 Excel 工作簿读取" in str(table.refusal)


def test_hidden_sheets_and_sheets_of_notes_are_set_aside_beside_one_that_loads(tmp_path):
    sheets = {
        "填表说明": [["一、填报范围……"], ["填表人：张三"]],
        "台账": [HEADER, ROW],
        "字典": [["油锯"], ["无人机"]],
        "空": [],
    }
    tables = stage(write_xlsx(tmp_path / "f.xlsx", sheets, hidden=("字典",)), equipment())
    found = {t.meta.sheet_name: (t.rows_read, t.rows.height, set(t.set_aside["reason"])) for t in tables}
    assert found == {"填表说明": (2, 0, {"note"}), "台账": (2, 1, {"header"}), "字典": (2, 0, {"note"})}
    assert "张三" not in "".join(text for t in tables for text in t.set_aside["text"])
    # Nobody said that the visible one may be left out.
    (_, other) = stage(
        write_xlsx(tmp_path / "g.xlsx", {"台账": [HEADER, ROW], "续": [["x", "y"]]}), equipment()
    )
    assert (other.meta.source, other.refusal is not None) == ("unknown", True)


def test_the_first_bytes_of_a_file_say_what_it_is_not_its_ending(tmp_path):
    book = write_xlsx(tmp_path / "f.xlsx", {"台账": [HEADER, ROW]})
    disguised = tmp_path / "f.csv"
    book.rename(disguised)
    assert stage_one(disguised, equipment()).rows.height == 1
    text = write_csv(tmp_path / "g.xls", [HEADER, ROW], delimiter="\t")
    assert stage_one(text, equipment()).rows.height == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "空文件"),
        (b" \r\n ", "空文件"),
        (b"\xef\xbb\xbf", "空文件"),
        (b"\xff\xfe", "空文件"),
        (b"\xff\xfe\n\0 \0", "空文件"),
        (b"\n" * 10_000, "空文件"),
        (b",,\n,,\n", "没有任何内容"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "网页"),
        (b"PK\x03\x04 broken", "已损坏"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"nothing", "不能作为 Excel 工作簿读取"),
    ],
)
def test_a_file_that_does_not_read_is_refused_with_a_reason(tmp_path, content, message):
    path = tmp_path / "f.xls"
    path.write_bytes(content)
    (table,) = stage(path, equipment())
    assert message in str(table.refusal)
    assert (table.meta.source, table.meta.sheet_name, table.rows_read) == ("unknown", "", 0)


def test_a_file_that_cannot_be_opened_is_an_error_of_its_own(tmp_path):
    with pytest.raises(AnlanError, match="无法打开"):
        stage(tmp_path / "gone.csv", equipment())


def rewrite(path, entry, change):
    """Change one entry of a zip."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents[entry] = change(contents[entry])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)


def test_one_cell_in_the_last_corner_is_refused_before_it_is_laid_out(tmp_path):
    path = write_xlsx(tmp_path / "f.xlsx", {"台账": [HEADER, ROW]})
    cell = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    rewrite(path, "xl/worksheets/sheet1.xml", lambda text: text.replace(b"</sheetData>", cell))
    (table,) = stage(path, equipment())
    assert re.search(r"工作表“台账”：内容一直延伸到第 1,048,576 行、第 16,384 列", str(table.refusal))


def test_a_package_that_unfolds_beyond_reason_is_refused_by_its_directory(tmp_path, monkeypatch):
    path = write_xlsx(tmp_path / "f.xlsx", {"台账": [HEADER, ROW]})
    rewrite(path, "xl/sharedStrings.xml", lambda text: text + b" " * (5 << 20))
    # A part that merely ends with white space is whole.
    assert stage_one(path, equipment()).rows.height == 1
    monkeypatch.setattr("anlan.intake.package._SUSPECT_BYTES", 4 << 20)
    with pytest.raises(AnlanError, match="疑为异常文件，未读取"):
        inspect_package(Original.of_file(path))


def test_columns_are_lettered_as_a_spreadsheet_does():
    assert [column_letter(i) for i in (0, 25, 26, 51, 52, 701, 702, 16383)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFD",
    ]  # fmt: skip


def test_trailing_blank_rows_are_not_read():
    assert raw([["a"], [""], ["b"], ["  "], []]).frame.height == 3
