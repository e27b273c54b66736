"""Figures as the command line prints them: CSV and JSON for machines, a table for people."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from anlan.delimited import csv_text, deliver
from anlan.report.figure import STATUS_WORDS, Figure

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

Format = Literal["csv", "table", "json"]

# Key of the JSON object and header of the CSV and the table.
COLUMNS = {
    "figure_id": "数字编号",
    "metric_name": "指标",
    "area_code": "区划代码",
    "area_name": "地区",
    "period_label": "时期",
    "breakdown_type": "分组",
    "breakdown_name": "分组项",
    "comparator": "比较",
    "unit_name": "单位",
    "value": "数值",
    "base_value": "上年同期",
    "change_pct": "同比（%）",
    "status": "状态代码",
    "status_name": "状态",
    "as_of_at": "数据截至",
    "is_synthetic": "合成数据",
}
COMPARATOR_WORDS = {"none": "", "yoy": "同比"}
_NUMBERS = ("value", "base_value", "change_pct")
_IN_TABLE = (
    "metric_name", "area_name", "period_label", "breakdown_name", "comparator", "unit_name", *_NUMBERS,
    "status_name",
)  # fmt: skip


def render_figures(
    frame: pl.DataFrame, format: Format, console: Console, to_file: Path | None = None
) -> None:
    """Print rows of ``fig_all``, or write them to ``to_file``.

    Values are printed with the metric's decimals, changes signed with one; a number that there is not
    is empty (null in JSON), and the status says why. A CSV file begins with a byte order mark, so that
    Excel and WPS read its Chinese; what goes to the console does not.
    """
    records = [_record(row) for row in frame.iter_rows(named=True)]
    if format == "table":
        _print_table(records, console)
        return
    text = csv_text(records, COLUMNS) if format == "csv" else _as_json(records)
    deliver(text, format == "csv", console, to_file)


def _record(row: dict[str, object]) -> dict[str, str | None]:
    figure = Figure.from_row(row)
    return {
        "figure_id": figure.figure_id,
        "metric_name": figure.metric_name,
        "area_code": figure.area_code,
        "area_name": figure.area_name,
        "period_label": figure.period_label,
        "breakdown_type": figure.breakdown_type,
        "breakdown_name": figure.breakdown_name,
        "comparator": COMPARATOR_WORDS[str(row["comparator_id"])],
        "unit_name": figure.unit_name,
        "value": _number(figure.value, figure.printed_decimals),
        "base_value": _number(figure.base_value, figure.printed_decimals),
        "change_pct": _number(figure.change_pct, 1, signed=True),
        "status": figure.status,
        "status_name": STATUS_WORDS.get(figure.status, figure.status),
        "as_of_at": f"{row['as_of_at']:%Y-%m-%d %H:%M:%S}",
        "is_synthetic": "是" if row["is_synthetic"] else "否",
    }


def _number(value: Decimal | None, decimals: int, signed: bool = False) -> str | None:
    if value is None:
        return None
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return f"{rounded:+f}" if signed and rounded != 0 else f"{abs(rounded) if rounded == 0 else rounded:f}"


def _as_json(records: list[dict[str, str | None]]) -> str:
    def typed(record: dict[str, str | None]) -> dict[str, object]:
        values = {key: float(text) if (text := record[key]) is not None else None for key in _NUMBERS}
        return {**record, **values, "is_synthetic": record["is_synthetic"] == "是"}

    return json.dumps([typed(record) for record in records], ensure_ascii=False, indent=1) + "\n"


def _print_table(records: list[dict[str, str | None]], console: Console) -> None:
    from rich.table import Table

    table = Table(header_style="bold", show_lines=False)
    for key in _IN_TABLE:
        if key in _NUMBERS:
            # A number cut short would be a wrong number: names give way first.
            width = max((len(record[key] or "") for record in records), default=0)
            table.add_column(COLUMNS[key], justify="right", no_wrap=True, min_width=width)
        else:
            table.add_column(COLUMNS[key], overflow="fold")
    for record in records:
        table.add_row(*(record[key] if record[key] is not None else "—" for key in _IN_TABLE))
    console.print(table)
    console.print(f"共 {len(records)} 条" + ("（含合成数据）" if _synthetic(records) else ""))


def _synthetic(records: list[dict[str, str | None]]) -> bool:
    return any(record["is_synthetic"] == "是" for record in records)
