"""What ``anlan figures`` prints: the same figures as CSV, JSON and a table."""

from __future__ import annotations

import csv
import io
import json

import pytest
from rich.console import Console

from anlan.report.figures_output import COLUMNS, render_figures
from report_warehouse import figure_row, figures_frame

FRAME = figures_frame(
    [
        figure_row("accidents", 900, 1400, change_pct=-35.7),
        figure_row("hazard_rectification_rate_pct", 96.25, comparator="none"),
        figure_row("fires", 3, 0, status="zero_base"),
        figure_row("fire_deaths", None, 60),
    ]
)


def rendered(format, **kwargs):
    buffer = io.StringIO()
    render_figures(FRAME, format, Console(file=buffer, width=200), **kwargs)
    return buffer.getvalue()


def test_csv_prints_values_at_their_decimals_and_changes_signed():
    rows = list(csv.DictReader(io.StringIO(rendered("csv"))))
    assert list(rows[0]) == list(COLUMNS.values())
    assert [(r["数值"], r["上年同期"], r["同比（%）"], r["状态"]) for r in rows] == [
        ("900", "1400", "-35.7", "正常"),
        ("96.3", "", "", "正常"),
        ("3", "0", "", "上年同期为0"),
        ("", "60", "", "缺报"),
    ]


def test_csv_has_a_byte_order_mark_only_in_a_file(tmp_path):
    file = tmp_path / "数字.csv"
    assert rendered("csv", to_file=file) == ""
    assert file.read_bytes().startswith("\ufeff数字编号".encode())
    assert not rendered("csv").startswith("\ufeff")


def test_json_has_stable_keys_numbers_and_null_for_what_there_is_not():
    records = json.loads(rendered("json"))
    assert all(list(record) == list(COLUMNS) for record in records)
    assert records[0]["value"] == 900
    assert records[0]["change_pct"] == -35.7
    assert records[3]["value"] is None
    assert records[0]["is_synthetic"] is True


def test_table_has_chinese_headers_and_says_that_data_is_synthetic():
    text = rendered("table")
    assert "指标" in text
    assert "生产安全事故起数" in text
    assert "共 4 条（含合成数据）" in text


@pytest.mark.parametrize("format", ["csv", "json"])
def test_long_values_are_not_wrapped_by_the_console(format):
    buffer = io.StringIO()
    render_figures(FRAME, format, Console(file=buffer, width=20))
    assert "accidents@330000@2019~yoy" in buffer.getvalue()
