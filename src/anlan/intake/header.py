"""The names of a sheet's columns: one to three header rows, merged cells, and units in brackets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from anlan.contracts import normalise_header
from anlan.intake.raw import RawSheet, column_letter
from anlan.intake.units import plain_unit

# Marks of a footnote at the end of a text or before its bracket: 死亡人数①（人）, 经费（万元）*.
_FOOTNOTE_MARKS = re.compile(r"(?:[①-⑳⑴-⒇❶-❿*＊※†‡]|\s)+(?=$|[/(（\[【〔])")
_BRACKETS = re.compile(r"[(\[【〔<《]([^()\[\]【】〔〕<>《》]*)[)\]】〕>》]")


@dataclass(frozen=True)
class HeaderName:
    """A header text as compared: ``full`` as it stands, ``base`` without its unit, and the unit."""

    full: str
    base: str
    unit: str | None


@dataclass(frozen=True)
class HeaderCell:
    """One column of a sheet: its position from 0, its letter, its text for people, and its name.

    With an empty letter it is no column of the file: its cells are labels above, or parts of a companion.
    """

    index: int
    letter: str
    text: str
    name: HeaderName


@lru_cache(maxsize=10_000)
def header_name(text: str) -> HeaderName:
    """Split a header, levels joined by ``/``, into what it names and the unit it is in.

    ``直接经济损失（万元）`` and the two levels ``直接经济损失`` / ``万元`` name the same. Brackets that
    hold anything but a unit belong to the name.
    """
    full = normalise_header(text)
    unit: str | None = None

    def strip(match: re.Match[str]) -> str:
        nonlocal unit
        found = plain_unit(match[1])
        if found is None:
            return match[0]
        unit = found
        return ""

    levels = [level for level in _BRACKETS.sub(strip, full).split("/") if level]
    if len(levels) > 1 and (last := plain_unit(levels[-1])) is not None:
        unit = last
        levels.pop()
    return HeaderName(full, "/".join(levels), unit)


def without_footnote_mark(text: str) -> str | None:
    """A header text without the marks of footnotes; None if it has none."""
    plain = _FOOTNOTE_MARKS.sub("", text)
    return plain if "".join(plain.split()) != "".join(text.split()) else None


def header_cells(sheet: RawSheet, first_row: int, rows: int) -> list[HeaderCell | None]:
    """The columns of a sheet when its header stands in ``rows`` rows from ``first_row`` (from 0).

    A text merged over several columns, or written once above several columns with texts below, stands
    above all of them. None for a column without a header text.
    """
    levels = [list(row) for row in sheet.frame.slice(first_row, rows).rows()]
    while len(levels) < rows:
        levels.append([None] * sheet.frame.width)
    merged_right = _spread_merged(sheet, first_row, levels)
    for depth in range(rows - 1):
        _spread_blank(levels, depth, merged_right)
    cells: list[HeaderCell | None] = []
    for index in range(sheet.frame.width):
        texts: list[str] = []
        for level in levels:
            text = " ".join((level[index] or "").split())
            # A text merged over several rows stands in each of them.
            if text and (not texts or texts[-1] != text):
                texts.append(text)
        joined = "/".join(texts)
        cells.append(HeaderCell(index, column_letter(index), joined, header_name(joined)) if joined else None)
    return cells


def _spread_merged(sheet: RawSheet, first_row: int, levels: list[list[str | None]]) -> set[tuple[int, int]]:
    """Write merged texts into all of their cells; returns (level, last column) of each merged range."""
    ends = set()
    for top, left, bottom, right in sheet.merged:
        if top < first_row or top >= first_row + len(levels):
            continue
        text = levels[top - first_row][left] if left < sheet.frame.width else None
        for row in range(top, min(bottom + 1, first_row + len(levels))):
            ends.add((row - first_row, right))
            for column in range(left, min(right + 1, sheet.frame.width)):
                levels[row - first_row][column] = text
    return ends


def _spread_blank(levels: list[list[str | None]], depth: int, ends: set[tuple[int, int]]) -> None:
    """Fill blanks of an upper level from the left where texts below show a heading of several columns."""
    below = levels[depth + 1 :]
    upper = levels[depth]
    carried: str | None = None
    for column, text in enumerate(upper):
        has_below = any(level[column] for level in below)
        if text is not None:
            # Without a text below, the column's name is complete and is nobody's heading.
            carried = text if any(level[column] not in (None, text) for level in below) else None
        elif has_below and carried is not None:
            upper[column] = carried
        elif not has_below:
            carried = None
        if (depth, column) in ends:
            carried = None
