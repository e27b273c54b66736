"""Spreadsheets (.xlsx, .xlsm, .xls) as text, cell by cell, with true row numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from anlan.errors import AnlanError
from anlan.intake.original import Original
from anlan.intake.package import Package, inspect_package
from anlan.intake.raw import RawSheet, text_frame

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# Digits a spreadsheet program itself keeps and shows; what lies below is noise of binary fractions.
_SIGNIFICANT_DIGITS = 15


def cell_text(value: Any) -> str | None:
    """A cell as the person who typed it would write it; None for an empty one.

    Whole numbers have no point, fractions at most 15 significant digits and no exponent; only a number
    too long to be exact has one. Dates are ISO, with a time only if it is not midnight; durations are
    hours:minutes:seconds.
    """
    text: str | None
    match value:
        case "" | None:
            text = None
        case str():
            text = value
        case bool():
            text = "TRUE" if value else "FALSE"
        case int():
            text = str(value)
        case float():
            text = _number_text(value)
        case datetime():
            moment = _whole_second(value)
            text = moment.date().isoformat() if moment.time() == time() else moment.isoformat(" ")
        case date():
            text = value.isoformat()
        case time():
            text = value.replace(microsecond=0).isoformat()
        case timedelta():
            seconds = round(value.total_seconds())
            text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        case _:
            raise TypeError(f"a cell of type {type(value).__name__}")
    return text


def _number_text(value: float) -> str:
    if abs(value) >= 10**_SIGNIFICANT_DIGITS:
        # The last digits are lost, as of an identity number typed as a number: it must not look whole.
        return f"{value:.{_SIGNIFICANT_DIGITS - 1}E}"
    if value.is_integer():
        return str(int(value))
    return format(Decimal(f"{value:.{_SIGNIFICANT_DIGITS}g}"), "f")


def _whole_second(moment: datetime) -> datetime:
    return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)


def read_workbook(original: Original) -> Iterator[RawSheet]:
    """The sheets of a workbook that hold anything, one at a time, in the workbook's order.

    Errors: AnlanError for a file that is no workbook, is locked by a password, or claims more cells
    or bytes than it can honestly hold.
    """
    import python_calamine as calamine

    with original.open() as stream:
        is_package = stream.read(4) == ZIP_MAGIC
    package = inspect_package(original) if is_package else Package()
    try:
        workbook = _open(original)
        for sheet_meta in workbook.sheets_metadata:
            if sheet_meta.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_name(sheet_meta.name)
            errors = package.error_cells.get(sheet_meta.name, {})
            frame = text_frame(_rows(sheet, errors))
            if frame.height == 0:
                continue
            ranges = tuple((a[0], a[1], b[0], b[1]) for a, b in sheet.merged_cell_ranges or [])
            hidden = sheet_meta.visible != calamine.SheetVisibleEnum.Visible
            yield RawSheet(
                sheet_meta.name, frame, ranges, has_1904_dates=package.has_1904_dates, is_hidden=hidden
            )
    except calamine.PasswordError:
        raise AnlanError(f"{original.name}：工作簿有打开密码", "请报送单位去掉密码后重新报送。") from None
    except AnlanError:
        raise
    except BaseException as error:
        # What the parser cannot bear comes as any exception, a panic of its own outside Exception too.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise AnlanError(
            f"{original.name}：不能作为 Excel 工作簿读取（{error}）",
            "用 WPS 或 Excel 打开，改正显示为 ##### 的单元格，另存为 .xlsx 后再放入 inbox。",
        ) from None


def _open(original: Original) -> Any:
    import python_calamine as calamine

    if original.content is not None:
        return calamine.CalamineWorkbook.from_filelike(original.open())
    return calamine.CalamineWorkbook.from_path(str(original.path))


def _rows(sheet: Any, errors: dict[tuple[int, int], str]) -> Iterator[list[str | None]]:
    # The library gives rows from the first of the sheet, but columns from the first that is used.
    left = [None] * (sheet.start[1] if sheet.start else 0)
    error_rows = {row for row, _ in errors}
    count = 0
    for row, cells in enumerate(sheet.iter_rows()):
        texts = left + [cell_text(value) for value in cells]
        if row in error_rows:
            _place(texts, row, errors)
        count = row + 1
        yield texts
    for row in range(count, max(error_rows, default=-1) + 1):
        texts = []
        _place(texts, row, errors)
        yield texts


def _place(texts: list[str | None], row: int, errors: dict[tuple[int, int], str]) -> None:
    for (error_row, column), text in errors.items():
        if error_row == row:
            texts.extend([None] * (column + 1 - len(texts)))
            texts[column] = text
