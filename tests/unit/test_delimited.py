"""CSV for spreadsheet programs: nothing in it opens as a formula."""

import csv
import io

import pytest
from rich.console import Console

from anlan.delimited import csv_text, deliver


def cell(value):
    text = csv_text([{"a": value, "b": 1}], {"a": "甲", "b": "乙"})
    header, row = csv.reader(io.StringIO(text, newline=""))
    assert header == ["甲", "乙"]
    return row[0]


@pytest.mark.parametrize(
    "text", ["=1+1", "=cmd|' /C calc'!A0", "+SUM(1)", "-2+3", "@x", "\t=1", "\r=1", "＝1", "-", "+"]
)
def test_a_text_that_would_open_as_a_formula_gets_an_apostrophe(text):
    assert cell(text) == f"'{text}".replace("\r", "\n")


@pytest.mark.parametrize("text", ["-3", "+3.2", "-1,234.5", "3-5", "甲=乙", ""])
def test_numbers_and_other_texts_stay(text):
    assert cell(text) == text


def test_no_value_is_blank():
    assert cell(None) == ""


def test_a_file_begins_with_the_mark_that_spreadsheet_programs_know(tmp_path):
    console = Console(file=io.StringIO())
    deliver("甲\n", True, console, tmp_path / "a.csv")
    deliver("甲\n", False, console, tmp_path / "a.json")
    deliver("乙\n", True, console, None)
    assert (tmp_path / "a.csv").read_bytes() == b"\xef\xbb\xbf" + "甲\n".encode()
    assert (tmp_path / "a.json").read_bytes() == "甲\n".encode()
    assert console.file.getvalue() == "乙\n"
