"""A pass over the markup of one sheet, by searching for the few cells that need a second look."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape

from anlan.errors import AnlanError
from anlan.intake.marks import UNCOMPUTED, Marks

_MOST_SPARSE_CELLS = 20_000_000
# Attributes are written in one way throughout a sheet; so much of a piece shows which.
_SAMPLE = 4096

_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_TYPE = re.compile(rb"\st\s*=\s*[\"'](\w+)[\"']")
_DIMENSION = re.compile(
    rb"<(?:[\w.-]+:)?dimension\s[^>]*?\bref\s*=\s*[\"']"
    rb"(?:[A-Z]+[0-9]+:)?([A-Z]{1,3})([0-9]{1,7})"
)
_FORMULA_TEXTS = re.compile(r'"(?:[^"]|"")*"')
# [1]Sheet!A1, '[1]My sheet'!A1, [1]!Name, [other.xlsx]Sheet!A1; but for [0], which is the file itself.
_OTHER_FILE = re.compile(r"'[^']*\[(?!0\])[^\[\]']+\](?:[^']|'')*'!|\[(?!0\])[^\[\]'!]+\][\w.]*!")


@dataclass(frozen=True)
class Formulas:
    """What counts for the formulas of a whole workbook.

    ``is_stale``: whoever wrote it asks that all be computed when it is opened, so a 0 is no result.
    ``foreign_names``: matches a formula with a defined name that refers to another file.
    """

    is_stale: bool = False
    foreign_names: re.Pattern[str] | None = None


def names_of_other_files(names: Iterable[tuple[str, str]]) -> re.Pattern[str] | None:
    """A pattern for those of the (name, formula) pairs whose formula refers to another file."""
    foreign = [re.escape(name) for name, formula in names if name and _OTHER_FILE.search(formula)]
    return re.compile(rf"(?<![\w.])(?:{'|'.join(foreign)})(?![\w.(])") if foreign else None


def column_index(letters: str) -> int:
    """The position from 0 of a column letter (A -> 0, AA -> 26)."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


class SheetSkim:
    """The marks of one sheet, read piece by piece; each piece ends with a row.

    ``where``: file and sheet for messages; ``prefix``: of the element names, such as ``x:``; ``size``: bytes
    of the sheet; ``percents``: positions of the styles that are a percent. Errors of ``read``: AnlanError
    for a sheet nearly all empty, a formula that refers to another file, and a cell that needs a mark and
    has no reference.
    """

    def __init__(self, where: str, prefix: bytes, size: int, percents: list[int], formulas: Formulas) -> None:
        self.marks = Marks()
        self._where = where
        self._size = size
        self._formulas = formulas
        cell = b"<" + re.escape(prefix) + rb"c(?=[\s>])"
        self._cell = b"<" + prefix + b"c"
        self._cell_end = b"</" + prefix + b"c>"
        self._filled = re.compile(cell + rb"[^>]*?" + _REFERENCE.pattern + rb"(?:[^>]*[^/])?>")
        self._error = re.compile(rb"\st=[\"']e[\"']")
        self._formula_start = b"<" + prefix + b"f"
        self._formula = re.compile(b"<" + re.escape(prefix) + rb"f(?:\s[^>]*?)?(?:/>|>([^<]*)<)")
        self._value = re.compile(b"<" + re.escape(prefix) + rb"v(?:\s[^>]*?)?(?:/>|>([^<]*)<)")
        ids = "|".join(map(str, percents)).encode()
        self._percent = re.compile(rb"\ss=[\"'](?:" + ids + rb")[\"']") if percents else None
        self._has_apostrophes = False
        self._last: tuple[int, int] | None = None
        self._rows = self._columns = 0

    def read(self, piece: bytes) -> None:
        """Take in the next piece."""
        self._has_apostrophes = self._has_apostrophes or b"='" in piece[-_SAMPLE:]
        self._check_extent(piece)
        if b't="e"' in piece or (self._has_apostrophes and b"t='e'" in piece):
            self._mark_errors(piece)
        if self._percent is not None:
            self._mark_percents(piece)
        if self._formula_start in piece:
            self._read_formulas(piece)

    def _check_extent(self, piece: bytes) -> None:
        """Lay nothing out that is nearly all empty; every cell is looked at only where there is reason to."""
        if self._last is None:
            said = _DIMENSION.search(piece[:4096])
            self._last = (int(said[2]), column_index(said[1].decode()) + 1) if said else (0, 0)
        rows, columns = self._last
        start = piece.rfind(self._cell + b" ")
        found = _REFERENCE.search(piece, start) if start >= 0 else None
        is_inside = found is None or (int(found[2]) <= rows and column_index(found[1].decode()) < columns)
        if is_inside and rows * columns <= _MOST_SPARSE_CELLS:
            return
        for match in self._filled.finditer(piece):
            self._rows = max(self._rows, int(match[2]))
            self._columns = max(self._columns, column_index(match[1].decode()) + 1)
        cells = self._rows * self._columns
        if cells > _MOST_SPARSE_CELLS and cells > self._size:
            raise AnlanError(
                f"{self._where}：内容一直延伸到第 {self._rows:,} 行、第 {self._columns:,} 列，"
                "其间几乎全空，未读取",
                "用 WPS 或 Excel 打开，按 Ctrl+End 找到最远的单元格，删去其所在的空白行列后另存。",
            )

    def _mark_errors(self, piece: bytes) -> None:
        for match in self._error.finditer(piece):
            tag_start = piece.rfind(b"<", 0, match.start())
            if not piece.startswith(self._cell, tag_start) or self._is_empty_tag(piece, tag_start):
                continue
            value = self._value.search(piece, match.end(), piece.find(self._cell_end, match.end()))
            text = value[1].decode() if value and value[1] else UNCOMPUTED
            self.marks.add_text(*self._place(piece, tag_start), unescape(text))

    def _mark_percents(self, piece: bytes) -> None:
        assert self._percent is not None
        for match in self._percent.finditer(piece):
            tag_start = piece.rfind(b"<", 0, match.start())
            if piece.startswith(self._cell + b" ", tag_start) and not self._is_empty_tag(piece, tag_start):
                self.marks.add_percent(*self._place(piece, tag_start))

    def _read_formulas(self, piece: bytes) -> None:
        for match in self._formula.finditer(piece):
            cell_start = piece.rfind(self._cell, 0, match.start())
            cell_end = piece.find(self._cell_end, match.end())
            tag = piece[cell_start : piece.find(b">", cell_start) + 1]
            if match[1] and (b"[" in match[1] or self._formulas.foreign_names is not None):
                self._check_references(piece, cell_start, unescape(match[1].decode()))
            if not self._is_computed(tag, piece[match.start() : cell_end]):
                self.marks.add_text(*self._place(piece, cell_start), UNCOMPUTED)

    def _is_computed(self, tag: bytes, body: bytes) -> bool:
        kind = _TYPE.search(tag)
        value = self._value.search(body)
        if kind is not None and kind[1] in (b"str", b"inlineStr"):
            # An empty text is a result that Excel writes as such.
            return value is not None
        if value is None or not value[1]:
            return False
        is_number = kind is None or kind[1] == b"n"
        return not (self._formulas.is_stale and is_number and value[1].strip() == b"0")

    def _check_references(self, piece: bytes, cell_start: int, formula: str) -> None:
        plain = _FORMULA_TEXTS.sub("", formula)
        foreign = self._formulas.foreign_names
        if _OTHER_FILE.search(plain) or (foreign is not None and foreign.search(plain)):
            found = _REFERENCE.search(piece, cell_start, piece.find(b">", cell_start) + 1)
            cell = (found[1] + found[2]).decode() if found else "（位置不明）"
            raise AnlanError(
                f"{self._where}：单元格 {cell} 的公式引用了另一个文件，其中保存的数值无从核对，未读取",
                "请报送单位打开该文件，把公式转为数值（复制后选择性粘贴为数值），另存后重新报送。",
            )

    @staticmethod
    def _is_empty_tag(piece: bytes, tag_start: int) -> bool:
        return piece[piece.find(b">", tag_start) - 1 : piece.find(b">", tag_start)] == b"/"

    def _place(self, piece: bytes, tag_start: int) -> tuple[int, int]:
        found = _REFERENCE.search(piece, tag_start, piece.find(b">", tag_start) + 1)
        if found is None:
            raise AnlanError(
                f"{self._where}：有公式、百分比或错误值的单元格没有写明位置，无法核对，未读取",
                "用 WPS 或 Excel 打开并另存为 .xlsx。",
            )
        return int(found[2]) - 1, column_index(found[1].decode())
