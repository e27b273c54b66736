"""Text files: what tells their encoding, what is refused by line, and a fast way that cuts as csv does."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.contracts import Layout
from anlan.errors import AnlanError
from anlan.intake import textfile
from anlan.intake.encodings import Text, decode, looks_like_utf8, told_by_bytes
from anlan.intake.raw import text_frame
from intake_files import contract_with, stage, stage_one

COLUMNS = [
    {"field": "as_of_on", "from": "日期|Dätum"},
    {"field": "division_code", "from": "地区|地區|Örtlichkeit"},
    {"field": "equipment_type", "from": "装备|裝備|Art"},
    {"field": "quantity", "from": "数量|數量|Zahl"},
]
HEADER, ROW = "日期,地区,装备,数量", "2020-03-31,西湖区,油锯,3"
GB2312_LEVEL_1 = [
    bytes([lead, trail]).decode("gb2312")
    for lead in range(0xB0, 0xD8)
    for trail in range(0xA1, 0xFF)
    if (lead, trail) < (0xD7, 0xFA)
]
PIECES = st.sampled_from(
    [
        *'ab",,\n\r;\t|，甲 ',
        '""',
        '","',
        "\r\n",
        ",,",
        "\u3000",
        "\xa0",
        "\ufeff",
        "\x1f",
        "\x01",
        "\x85",
        "\u2028",
    ]
)


def equipment(**changes):
    return contract_with("equipment", {"id": "test", "columns": COLUMNS, **changes})


def put(tmp_path, content, name="f.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def refusal(tmp_path, content, name="f.csv", **changes):
    (table,) = stage(put(tmp_path, content, name), equipment(**changes))
    assert table.refusal is not None and table.rows_read == 0
    assert "\n" not in table.refusal.message
    return table.refusal.message


@pytest.mark.parametrize(
    ("codec", "lead", "encoding", "basis"),
    [
        ("utf-8", b"", "utf-8", "严格按 UTF-8 解码通过"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8-sig", "文件头 BOM"),
        ("utf-16-le", b"\xff\xfe", "utf-16", "文件头 BOM"),
        ("utf-16-be", b"\xfe\xff", "utf-16", "文件头 BOM"),
        ("utf-16-le", b"", "utf-16-le", "无 BOM，按零字节的位置辨认"),
        ("utf-16-be", b"", "utf-16-be", "无 BOM，按零字节的位置辨认"),
        ("gb18030", b"", "gb18030", "按表头辨认：GB18030 下认出 4 个表头，按 Big5 解码不通过"),
    ],
)
def test_a_file_says_in_which_encoding_it_was_read_and_why(tmp_path, codec, lead, encoding, basis):
    # 一 has a zero byte on the other side than a comma has.
    text = f"{HEADER}\n{ROW}\n2020-02-29,西湖区,油锯,4\n,一一一一,一,\n"
    table = stage_one(put(tmp_path, lead + text.encode(codec)), equipment())
    assert (table.meta.encoding, table.meta.encoding_basis, table.rows.height) == (encoding, basis, 2)


def test_big5_and_latin_1_are_taken_only_where_headers_prove_them(tmp_path):
    big5 = "日期,地區,裝備,數量\n2020-03-31,330106,drone,3\n".encode("big5")
    table = stage_one(put(tmp_path, big5), equipment())
    assert (table.meta.encoding, table.rows.height) == ("big5", 1)
    assert table.meta.encoding_basis.startswith("按表头辨认：Big5 下认出 4 个表头，GB18030 下 ")
    latin = "Dätum;Örtlichkeit;Art;Zahl\n2020-03-31;330106;drone;1\n"
    for encoding, note in (("iso-8859-1", "\xa0é"), ("cp1252", "“é”")):
        content = latin.encode("iso-8859-1") + f"2020-02-29;330106;drone;2{note[:1]}\n".encode(encoding)
        table = stage(put(tmp_path, content), equipment())[0]
        assert (table.refusal, table.meta.encoding) == (None, encoding)
    # Plain ASCII headers read the same everywhere and prove nothing.
    columns = [{**c, "from": name} for c, name in zip(COLUMNS, "DOAZ", strict=True)]
    message = refusal(tmp_path, "D,O,A,Z\n2020-03-31,330106,drone,1é\n".encode("cp1252"), columns=columns)
    assert "既不是 UTF-8 也不是 GB18030" in message and "第 2 行" in message


def test_the_contract_is_believed_before_the_bytes(tmp_path):
    table = stage_one(put(tmp_path, f"{HEADER}\n{ROW}\n".encode("gb18030")), equipment(encoding="gbk"))
    assert (table.meta.encoding, table.meta.encoding_basis) == ("gbk", "合同指定")
    message = refusal(tmp_path, f"{HEADER}\n{ROW}\n".encode("gb18030"), encoding="utf-8")
    assert "第 1 行有字节不合 UTF-8 编码" in message


@pytest.mark.parametrize("declared", [{}, {"encoding": "gb18030"}])
def test_lines_of_another_encoding_are_refused_by_their_number(tmp_path, declared):
    gb = [f"{HEADER}\n".encode("gb18030"), *[f"{ROW}\n".encode("gb18030")] * 3]
    utf8 = [f"{HEADER}\n".encode(), *[f"{ROW}\n".encode()] * 3]
    # An even number of bytes between commas is GB18030 as well; an odd one is not.
    for line in ("2020-03-31,杭州市西湖区,无人机械,3\n", f"{ROW}\n"):
        message = refusal(tmp_path, b"".join([*gb, line.encode(), *gb]), **declared)
        assert "第 5 行是 UTF-8 编码，前面却是 GB18030；文件由两种编码的内容拼接而成" in message
    message = refusal(tmp_path, b"".join([*utf8, *gb]))
    assert "第 5 行是 GB18030 编码，前面却是 UTF-8" in message
    message = refusal(tmp_path, b"".join([b"\xef\xbb\xbf", *utf8, *gb]))
    assert "第 5 行是 GB18030 编码，前面却是 UTF-8" in message
    # A damaged byte is no other encoding.
    message = refusal(tmp_path, b"".join(utf8) + ROW.encode().replace("西".encode(), b"\xe8\xa5"))
    assert "第 5 行有字节不合 UTF-8 编码" in message


@settings(max_examples=2000)
@given(st.lists(st.text(st.sampled_from(GB2312_LEVEL_1 + list("ab1，。（）")), min_size=1), min_size=1))
def test_common_chinese_in_gb18030_is_never_taken_for_utf_8(cells):
    assert not looks_like_utf8(",".join(cells).encode("gb18030"), "gb18030")


def test_rare_chinese_in_gb18030_that_is_valid_utf_8_is_not_taken_for_it():
    line = "濮板本".encode("gb18030")
    assert line.decode("utf-8")
    assert not looks_like_utf8(line, "gb18030")


@given(st.text(st.sampled_from(GB2312_LEVEL_1), min_size=2, max_size=8))
def test_common_chinese_in_utf_8_is_never_taken_for_gb18030(text):
    assert looks_like_utf8(f"1,{text},2".encode(), "gb18030")


def test_zero_bytes_in_a_text_are_refused_by_line(tmp_path):
    assert "第 2 行有零字节" in refusal(
        tmp_path, f"{HEADER}\n2020-03-31,\0,油锯,3\n{ROW * 20}".encode("gb18030")
    )
    assert "第 2 行有零字节" in refusal(
        tmp_path, f"\ufeff{HEADER}\n2020-03-31,\0,油锯,3\n".encode("utf-16-le")
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"Rar!\x1a\x07\x00...", "RAR"),
        (b"7z\xbc\xaf\x27\x1c...", "7z"),
        (b"\x1f\x8b\x08...", "gzip"),
        (b"\xff\xd8\xff\xe0..JFIF", "JPEG"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "WordDocument\0".encode("utf-16-le"), "Word"),
        (b"\x7fELF" + bytes(range(256)) * 20, "二进制"),
    ],
)
def test_what_is_no_table_is_named_for_what_it_is(tmp_path, content, kind):
    assert kind in refusal(tmp_path, content)


def test_the_line_where_a_quote_opens_is_named(tmp_path):
    lines = [HEADER, '2020-03-31,西湖区,"油\n锯",3', ROW, '2020-03-31,西湖区,"油锯,3', *[ROW] * 50]
    message = refusal(tmp_path, "\n".join(lines).encode())
    assert "第 5 行的一个双引号开了没有正确闭合（到第 55 行才看出）" in message
    lines[3] = '2020-03-31,西湖区,"油"锯,3'
    assert "第 5 行的一个双引号" in refusal(tmp_path, "\n".join(lines).encode())


@pytest.mark.parametrize("delimiter", ["，", "|"])
def test_a_contract_may_name_another_delimiter(tmp_path, delimiter):
    text = f"{HEADER}\n{ROW}\n".replace(",", delimiter)
    for name in ("f.csv", "f.tsv", "f.txt"):
        assert stage_one(put(tmp_path, text.encode(), name), equipment(delimiter=delimiter)).rows.height == 1


@pytest.mark.parametrize("delimiter", ["", "||", '"', "\n"])
def test_a_delimiter_is_one_character_that_separates(delimiter):
    with pytest.raises(ValueError, match="delimiter is one character"):
        Layout(id="test", columns=[], delimiter=delimiter)


@settings(max_examples=600)
@given(st.lists(PIECES, max_size=14).map("".join), st.sampled_from(",;\t|，"))
def test_the_fast_way_cuts_as_the_csv_module_does(content, delimiter):
    text = Text("f.csv", content.encode(), "utf-8", "")
    fast = textfile._cut_fast(text, delimiter)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    try:
        wanted = text_frame(list(reader))
    except csv.Error:
        assert fast is None
        with pytest.raises(AnlanError, match=r"第 \d+ 行的一个双引号"):
            textfile.read_text(text, "f.csv", delimiter)
        return
    assert fast is None or fast.equals(wanted)
    assert textfile.read_text(text, "f.csv", delimiter).frame.equals(wanted)


def test_a_row_far_down_may_be_longer_than_all_above():
    content = "a,b\r\n" * 50_000 + "a,b,c,d\r\n" + "a\r\n\r\n" * 50_000 + "x"
    frame = textfile.read_text(Text("f", content.encode(), "utf-8", ""), "f", ",").frame
    assert frame.shape == (150_002, 4)
    assert (frame.row(50_000), frame.row(-1)) == (("a", "b", "c", "d"), ("x", None, None, None))


def test_a_field_too_long_for_the_csv_module_is_refused_by_line():
    content = f"a,b\n{'x' * 140_000},b\n"
    with pytest.raises(AnlanError, match="第 2 行：有一格超过 131,072 个字符"):
        textfile.read_text(Text("f", content.encode(), "utf-8", ""), "f", ",")


def test_a_large_file_of_plain_rows_takes_the_fast_way(monkeypatch):
    monkeypatch.setattr(textfile, "_records", lambda *_: pytest.fail("the csv module reads"))
    for row in ("甲,乙\r\n", '"甲","乙"\n', '"甲""，,乙",乙\n'):
        frame = textfile.read_text(Text("f", row.encode() * 1000, "utf-8", ""), "f", ",").frame
        assert frame.shape == (1000, 2)


def test_utf_8_told_by_bytes_needs_no_headers():
    assert told_by_bytes("f", "甲".encode()) == ("utf-8", "严格按 UTF-8 解码通过")
    assert told_by_bytes("f", "甲".encode("gb18030")) is None
    assert decode("f", "\ufeff甲".encode(), "utf-8", "").utf8 == "甲".encode()
