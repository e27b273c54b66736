"""Write extracts as workbooks and as text, the same bytes every time."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from anlan.example.writers.extract import Extract, Row, Sheet

_CREATED = datetime(2020, 4, 8, 9, 0)


def write_extract(extract: Extract, path: Path) -> None:
    """Write one extract whole: to a name of its own first, then to ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    if extract.encoding is None:
        _write_workbook(extract, partial)
    else:
        _write_text(extract.sheets[0], extract.encoding, partial)
    partial.replace(path)


def _write_text(sheet: Sheet, encoding: str, path: Path) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([sheet.title])
    writer.writerow([sheet.note])
    writer.writerow(sheet.headers)
    writer.writerows([_text(cell) for cell in row] for row, _ in sheet.body())
    if sheet.foot:
        writer.writerow([sheet.foot_text()])
    path.write_bytes(buffer.getvalue().encode(encoding))


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _write_workbook(extract: Extract, path: Path) -> None:
    import xlsxwriter

    # A sheet with a header of one row is written from top to bottom and need not lie in memory.
    streams = all(sheet.header_rows == 1 and not sheet.merge_down for sheet in extract.sheets)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": streams}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": _CREATED, "title": extract.sheets[0].title})
        styles = {
            "title": book.add_format({"bold": True, "font_size": 14, "align": "center"}),
            "header": book.add_format(
                {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
            ),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            "total": book.add_format({"bold": True, "top": 1}),
        }
        for sheet in extract.sheets:
            _write_sheet(book.add_worksheet(sheet.name), sheet, styles)


def _write_sheet(page: Any, sheet: Sheet, styles: dict[str, Any]) -> None:
    page.set_column(0, len(sheet.headers) - 1, 14)
    page.merge_range(0, 0, 0, len(sheet.headers) - 1, sheet.title, styles["title"])
    page.write_string(1, 0, sheet.note)
    _write_header(page, sheet, styles["header"])
    write = _row_writer(page, styles)
    row = 2 + sheet.header_rows
    for cells, is_total in sheet.body():
        write(row, cells, styles["total"] if is_total else None)
        row += 1
    for header in sheet.merge_down:
        _merge_down(page, sheet, sheet.headers.index(header), 2 + sheet.header_rows + sheet.total_first)
    if sheet.foot:
        page.write_string(row, 0, sheet.foot_text())


def _write_header(page: Any, sheet: Sheet, style: Any) -> None:
    """The header; equal upper levels side by side are merged, single ones are merged downward."""
    if sheet.header_rows == 1:
        for column, header in enumerate(sheet.headers):
            page.write_string(2, column, header, style)
        return
    column = 0
    while column < len(sheet.headers):
        upper, _, lower = sheet.headers[column].partition("/")
        if not lower:
            page.merge_range(2, column, 3, column, upper, style)
            column += 1
            continue
        end = column
        while end < len(sheet.headers) and sheet.headers[end].partition("/")[0] == upper:
            page.write_string(3, end, sheet.headers[end].partition("/")[2], style)
            end += 1
        if end - column > 1:
            page.merge_range(2, column, 2, end - 1, upper, style)
        else:
            page.write_string(2, column, upper, style)
        column = end


def _merge_down(page: Any, sheet: Sheet, column: int, first: int) -> None:
    """Merge runs of equal cells of a column: only the first of a run keeps its text."""
    start = 0
    for position in range(1, len(sheet.rows) + 1):
        if position == len(sheet.rows) or sheet.rows[position][column] != sheet.rows[start][column]:
            if position - start > 1:
                page.merge_range(
                    first + start, column, first + position - 1, column, sheet.rows[start][column]
                )
            start = position


def _row_writer(page: Any, styles: dict[str, Any]) -> Callable[[int, Row, Any], None]:
    day, moment = styles["day"], styles["moment"]

    def write(row: int, cells: Row, style: Any) -> None:
        for column, cell in enumerate(cells):
            if cell is None:
                continue
            if isinstance(cell, str):
                page.write_string(row, column, cell, style)
            elif isinstance(cell, datetime):
                page.write_datetime(row, column, cell, moment)
            elif isinstance(cell, date):
                page.write_datetime(row, column, cell, day)
            else:
                page.write_number(row, column, cell, style)

    return write
