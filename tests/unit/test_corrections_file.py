"""Files of corrections: what reads, what does not, and what is said; and the sheet under correction."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.errors import AnlanError
from anlan.intake.choose import choose_layout
from anlan.intake.corrections import (
    CorrectedSheet,
    Entry,
    EntryError,
    corrected_table,
    correction_id,
    decided_at,
    is_correction_file,
    read_corrections,
)
from anlan.intake.original import Original
from anlan.intake.raw import RawSheet, text_frame
from anlan.intake.staged import ExtractMeta
from anlan.intake.table import build_table
from anlan.project import ROOT
from intake_files import AREAS, PSEUDONYMS, contract_with

SOUND = {
    "file": "a.csv", "sheet": "a.csv", "row": "3", "column": "数量", "expect": "1", "value": "2",
    "reason": "核实", "reporter": "处室",
}  # fmt: skip
EQUIPMENT = contract_with(
    "equipment",
    {
        "id": "stock",
        "fill_down": ["地区"],
        "extent": "full",
        "key": ["_row"],
        "columns": [
            {"field": "division_code", "from": "地区"},
            {"field": "equipment_type", "from": "种类"},
            {"field": "as_of_on", "from": "日期"},
            {"field": "quantity", "from": "数量"},
        ],
    },
)
SHEET = [
    ["地区", "种类", "日期", "数量"],
    ["西湖区", "无人机", "2020-03-31", "1"],
    [None, "对讲机", "2020-03-31", "5"],
    ["合计", None, None, None],
    ["西湖区", "无人机", "2020-03-31", "七"],
]
ASIDE = {1: "header", 4: "total"}


def entry(**changes):
    return Entry.model_validate({**SOUND, **changes})


def written(tmp_path, *entries, head=""):
    lines = [head] if head else []
    lines.append("corrections:")
    for keys in entries:
        lines += [f"{'  - ' if i == 0 else '    '}{k}: {v}" for i, (k, v) in enumerate(keys.items())]
    path = tmp_path / "更正.yml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Original.of_file(path)


def said(original):
    with pytest.raises(AnlanError) as caught:
        read_corrections(original)
    return caught.value.message


def without(key):
    return {name: value for name, value in SOUND.items() if name != key}


def opened():
    sheet = RawSheet("a.csv", text_frame(SHEET))
    match = choose_layout(sheet, "a.csv", ["a.csv"], EQUIPMENT).match
    meta = ExtractMeta(
        extract_id="f" * 64, original=Original.of_file(Path("a.csv")), file_name="a.csv",
        source="equipment",
        layout_id="stock", sheet_name="a.csv", encoding=None, received_at=datetime(2020, 4, 1), sender=None,
        is_synthetic=True,
    )  # fmt: skip
    return CorrectedSheet(sheet, match, meta, ASIDE, ["as_of_on"], AREAS)


def test_every_text_of_a_file_stays_as_it_is_written(tmp_path):
    texts = {"expect": "007", "value": "1.50", "reason": "2019-03-05", "reporter": "yes"}
    (read,) = read_corrections(written(tmp_path, {**SOUND, **texts})).corrections
    assert (read.expect, read.value, read.reason, read.reporter) == ("007", "1.50", "2019-03-05", "yes")
    (blank,) = read_corrections(written(tmp_path, {**SOUND, "expect": "", "value": '"  "'})).corrections
    assert (blank.expect, blank.value) == ("", "")


@pytest.mark.parametrize("key", list(SOUND))
def test_a_missing_key_is_named_with_the_number_of_its_entry(tmp_path, key):
    assert f"第 2 条缺少 {key}" in said(written(tmp_path, SOUND, without(key)))


@pytest.mark.parametrize(
    ("entries", "head", "message"),
    [
        ([{**SOUND, "row": "三"}], "", "第 1 条 row 应为行号"),
        ([{**SOUND, "row": "0"}], "", "第 1 条 row 应为行号，从 1 起"),
        ([{**SOUND, "reason": ""}], "", "第 1 条 reason 不能为空"),
        ([{**SOUND, "old": "1"}], "", "第 1 条有不认识的键 old"),
        ([SOUND], "decided_on: 四月", "decided_on 应为日期"),
        ([SOUND], "decided_by: 处长", "有不认识的键 decided_by"),
        ([], "", "corrections"),
        ([{**SOUND, "value": "{a: b"}], "", "不合 YAML 写法"),
        ([SOUND], "decided_on: 2020-04-10\ndecided_on: 2020-04-11", "同一键写了两次"),
    ],
)
def test_what_does_not_read_is_said_in_chinese_with_its_place(tmp_path, entries, head, message):
    assert message in said(written(tmp_path, *entries, head=head))


@pytest.mark.parametrize("page", ["docs/corrections.md", "README.zh-CN.md"])
def test_the_example_of_the_page_reads(tmp_path, page):
    text = (ROOT / page).read_text(encoding="utf-8")
    path = tmp_path / "a.yml"
    path.write_text(text.split("```yaml\n", 1)[1].split("```", 1)[0], encoding="utf-8")
    (only,) = read_corrections(Original.of_file(path)).corrections
    assert (only.row, only.expect, only.value) == (17, "三个人", "3")


def test_a_file_that_is_no_list_of_corrections_is_said_so(tmp_path):
    path = tmp_path / "a.yml"
    for content, message in [
        (b"hello", "不是“键: 值”"),
        ("更正".encode("gb18030"), "不是 UTF-8"),
        (b"", "不是"),
    ]:
        path.write_bytes(content)
        assert message in said(Original.of_file(path))
    assert is_correction_file(path)
    assert not is_correction_file(tmp_path / "a.csv")


def test_a_day_of_decision_means_all_of_it_and_is_never_to_come(tmp_path):
    file = read_corrections(written(tmp_path, SOUND, head="decided_on: 2020-04-10"))
    assert decided_at(file, datetime(2020, 5, 1)) == datetime(2020, 4, 10, 23, 59, 59)
    assert decided_at(file, datetime(2020, 4, 10, 9)) == datetime(2020, 4, 10, 9)
    with pytest.raises(AnlanError, match="尚未到来"):
        decided_at(file, datetime(2020, 4, 9, 9))
    at_noon = read_corrections(written(tmp_path, SOUND, head="decided_on: 2020-04-10 12:00"))
    assert decided_at(at_noon, datetime(2020, 5, 1)) == datetime(2020, 4, 10, 12)


def test_only_the_corrected_rows_are_read_with_the_key_of_the_original():
    sheet = opened()
    sheet.change(1, entry(row=5, expect="七", value="7"))
    draft = sheet.build(PSEUDONYMS, ())
    own = correction_id("c" * 64, "f" * 64)
    table = corrected_table(draft, [5], ExtractMeta(**{**vars(sheet.meta), "extract_id": own}))
    assert table.rows.select("division_code", "quantity", "_extract_id", "_row", "_key").rows() == [
        ("330106", 7, own, 5, f"{'f' * 16}#a.csv#5")
    ]
    assert (table.rows_read, table.set_aside.height, table.findings.height) == (1, 0, 0)
    assert (table.meta.period_start_on, table.meta.period_end_on) == (None, None)


def test_a_cell_that_holds_for_the_rows_below_is_refused():
    for row in (2, 3):
        with pytest.raises(EntryError, match="管到下面的行"):
            opened().change(1, entry(row=row, column="A", expect="西湖区", value="上城区"))


def test_a_field_about_a_person_a_total_row_and_a_text_with_a_number_are_refused():
    for changes, message in [
        ({"column": "日期", "expect": "2020-03-31", "value": "2020-03-30"}, "涉及个人信息"),
        ({"row": 4, "expect": "6"}, "合计行"),
        ({"row": 3, "expect": "5", "value": "13800000000"}, "value 像是"),
    ]:
        with pytest.raises(EntryError, match=message):
            opened().change(1, entry(**changes))


@settings(max_examples=60)
@given(
    cells=st.lists(
        st.tuples(
            st.sampled_from([2, 3, 5]), st.sampled_from("BD"), st.sampled_from(["8", "9", "无人机", "对讲机"])
        ),
        unique_by=lambda cell: cell[:2],
        min_size=1,
    )
)
def test_corrected_rows_equal_those_of_a_file_written_right(cells):
    right = [list(row) for row in SHEET]
    sheet = opened()
    for number, (row, letter, value) in enumerate(cells, start=1):
        column = "ABCD".index(letter)
        sheet.change(number, entry(row=row, column=letter, expect=SHEET[row - 1][column] or "", value=value))
        right[row - 1][column] = value
    draft = sheet.build(PSEUDONYMS, ())
    touched = sorted({row for row, _, _ in cells})
    written_right = RawSheet("a.csv", text_frame(right))
    match = choose_layout(written_right, "a.csv", ["a.csv"], EQUIPMENT).match
    expected = build_table(written_right, match, sheet.meta, AREAS, PSEUDONYMS)
    is_touched = pl.col("_row").is_in(touched)
    assert draft.rows.filter(is_touched).equals(expected.rows.filter(is_touched))
    findings = [
        draft.findings.frame().filter(pl.col("row").is_in(touched)),
        expected.findings.frame().filter(pl.col("row").is_in(touched)),
    ]
    assert findings[0].equals(findings[1])
