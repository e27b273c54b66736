"""A look into an .xlsx before it is parsed: is its size honest, and which cells are errors.

The parser lays a sheet out densely from its first to its last cell, so one cell in the last corner ends the
process; and it reads error cells (#N/A) as empty, so that a missing number would pass for a blank one.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from xml.etree import ElementTree

from anlan.errors import AnlanError
from anlan.intake.original import Original

_MOST_BYTES = 4 << 30
_SUSPECT_BYTES = 256 << 20
_HONEST_RATIO = 100
_MOST_SPARSE_CELLS = 20_000_000
_BLOCK = 4 << 20
_TAIL = 1024

_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=[\"'](\d+)[\"']")
_FAR_COLUMN = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br=[\"']([A-Z]{2,3})\d+[\"'](?:[^>]*[^/])?>")
_ERROR_CELL = re.compile(
    rb"<(?:\w+:)?c\b(?=[^>]*\bt=[\"']e[\"'])[^>]*?\br=[\"']([A-Z]{1,3})(\d+)[\"'](?:[^>]*[^/])?>"
    rb"(?:(?!</(?:\w+:)?c>).){0,500}?<(?:\w+:)?v>([^<]{1,20})<",
    re.DOTALL,
)
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass
class Package:
    """What the look found. ``error_cells``: sheet name -> (row, column) from 0 -> text such as #N/A."""

    has_1904_dates: bool = False
    error_cells: dict[str, dict[tuple[int, int], str]] = field(default_factory=dict)


def inspect_package(original: Original) -> Package:
    """Read the directory and skim the sheets of an .xlsx.

    Errors: AnlanError for a damaged archive, and for one that claims more than it can honestly hold.
    """
    try:
        with original.open() as stream, zipfile.ZipFile(stream) as archive:
            _check_sizes(original, archive)
            return _skim(original, archive)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        KeyError,
        ElementTree.ParseError,
        RuntimeError,
    ) as error:
        raise AnlanError(
            f"{original.name}：Excel 文件已损坏（{error}）",
            "用 WPS 或 Excel 打开并另存，或请报送单位重新报送。",
        ) from None


def _check_sizes(original: Original, archive: zipfile.ZipFile) -> None:
    for entry in archive.infolist():
        ratio = entry.file_size / max(entry.compress_size, 1)
        if entry.file_size > _MOST_BYTES or (entry.file_size > _SUSPECT_BYTES and ratio > _HONEST_RATIO):
            raise AnlanError(
                f"{original.name}：其中 {entry.filename} 声称展开后有 {entry.file_size / 2**20:,.0f} MB"
                f"（压缩比 {ratio:,.0f}），疑为异常文件，未读取",
                "用 WPS 或 Excel 打开，删去空白的行列后另存；数据确有这么大时拆成几个文件或改用 CSV。",
            )


def _skim(original: Original, archive: zipfile.ZipFile) -> Package:
    package = Package()
    # Names in a zip may be anything; those that are not there fail above as KeyError.
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    properties = book.find(f"{_MAIN}workbookPr")
    if properties is not None:
        package.has_1904_dates = properties.get("date1904") in ("1", "true")
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        entry = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
        if entry in archive.namelist() and "worksheets" in entry:
            name = sheet.get("name", "")
            package.error_cells[name] = _skim_sheet(original, name, archive, entry)
    return package


def _skim_sheet(
    original: Original, name: str, archive: zipfile.ZipFile, entry: str
) -> dict[tuple[int, int], str]:
    last_row = 0
    last_column = 26
    errors: dict[tuple[int, int], str] = {}
    for block in _blocks(archive, entry):
        last_row = max([last_row, *map(int, _ROW.findall(block))])
        last_column = max(
            [last_column, *(column_index(m[1].decode()) + 1 for m in _FAR_COLUMN.finditer(block))]
        )
        if b't="e"' in block or b"t='e'" in block:
            for match in _ERROR_CELL.finditer(block):
                errors[int(match[2]) - 1, column_index(match[1].decode())] = match[3].decode()
    cells = last_row * last_column
    if cells > _MOST_SPARSE_CELLS and cells > archive.getinfo(entry).file_size:
        raise AnlanError(
            f"{original.name} 工作表“{name}”：内容一直延伸到第 {last_row:,} 行、第 {last_column:,} 列，"
            "其间几乎全空，未读取",
            "用 WPS 或 Excel 打开，按 Ctrl+End 找到最远的单元格，删去其所在的空白行列后另存。",
        )
    return errors


def _blocks(archive: zipfile.ZipFile, entry: str) -> Iterator[bytes]:
    """The bytes of an entry in blocks that overlap, so that no cell is cut in two."""
    with archive.open(entry) as stream:
        tail = b""
        while block := stream.read(_BLOCK):
            yield tail + block
            tail = block[-_TAIL:]


def column_index(letters: str) -> int:
    """The position from 0 of a column letter (A -> 0, AA -> 26)."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1
