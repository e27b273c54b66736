"""Where the header of an unknown table stands: the rows whose texts look most like headers above data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from anlan.intake.header import HeaderCell, header_cells
from anlan.intake.layouts import HEADER_SEARCH_ROWS
from anlan.intake.raw import RawSheet
from anlan.privacy.suspects import is_like_name, is_personal_number

_MOST_HEADER_ROWS = 3
_ROWS_BELOW = 20
_LONGEST = 30
_FEWEST_HEADERS = 2
# Numbers, dates, clock times, record numbers: what stands in data and hardly ever in a header.
_DATUM = re.compile(
    r"[-+]?[0-9][0-9,.]*%?|[0-9]{2,4}[-/.年][0-9]{1,2}.*|[0-9]{1,2}:[0-9]{2}.*|[A-Za-z]{0,6}[-_]?[0-9]{4,}.*|是|否|男|女"
)


@dataclass(frozen=True)
class FoundHeader:
    """A header as it was found: its first row from 0, how many rows, its columns (None: without a text)."""

    first_row: int
    rows: int
    cells: tuple[HeaderCell | None, ...]

    @property
    def body_row(self) -> int:
        """The first row below, from 0."""
        return self.first_row + self.rows

    @property
    def named(self) -> list[HeaderCell]:
        """The columns that have a header text."""
        return [cell for cell in self.cells if cell is not None]


def find_header(sheet: RawSheet, likeness: Callable[[HeaderCell], float]) -> FoundHeader | None:
    """The best place of a header of one to three rows; None where nothing looks like one.

    ``likeness``: from 0 to 1, how well a header text is known. Row for row it counts that columns with data
    have a text, that texts are short, distinct, known and no data, and that an upper level spans several
    columns but not all (a title does).
    """
    best: tuple[float, FoundHeader] | None = None
    for first in range(min(HEADER_SEARCH_ROWS, sheet.frame.height)):
        for rows in range(1, min(_MOST_HEADER_ROWS, sheet.frame.height - first) + 1):
            found = FoundHeader(first, rows, tuple(header_cells(sheet, first, rows)))
            merit = _merit(sheet, found, likeness)
            if merit is not None and (best is None or merit > best[0]):
                best = merit, found
    return best[1] if best is not None else None


def _merit(sheet: RawSheet, found: FoundHeader, likeness: Callable[[HeaderCell], float]) -> float | None:
    named = found.named
    parts = [part for cell in named for part in cell.text.split("/")]
    if len(named) < _FEWEST_HEADERS or any(is_personal_number(part) for part in parts):
        return None
    below = sheet.frame.slice(found.body_row, _ROWS_BELOW)
    if below.height == 0:
        return None
    filled = [below[f"c{i}"].null_count() < below.height for i in range(sheet.frame.width)]
    data = sum(_is_datum(part) for part in parts)
    if data * 3 > len(named):
        return None
    headless = sum(cell is None and filled[i] for i, cell in enumerate(found.cells))
    idle = sum(cell is not None and not filled[cell.index] for cell in named)
    doubled = len(named) - len({cell.name.full for cell in named})
    long = sum(max(map(len, cell.text.split("/"))) > _LONGEST for cell in named)
    known = sum(likeness(cell) for cell in named)
    if known < 1 and any(is_like_name(part) for part in parts):
        return None
    return (
        len(named)
        + known
        - 1.5 * headless
        - 0.3 * idle
        - doubled
        - 2 * data
        - long
        - (_lone_levels(named) if found.rows > 1 else 0)
    )


def _lone_levels(named: list[HeaderCell]) -> float:
    """Upper levels that head one column only, or all: the mark of a row that is none of the header."""
    paths = [cell.text.split("/") for cell in named]
    lone = 0.0
    for i, path in enumerate(paths):
        for depth in range(len(path) - 1):
            upper = path[: depth + 1]
            neighbours = [paths[k] for k in (i - 1, i + 1) if 0 <= k < len(paths)]
            if not any(other[: depth + 1] == upper and len(other) > depth + 1 for other in neighbours):
                lone += 1
    outermost = [path[0] for path in paths if len(path) > 1]
    if len(outermost) > 3 and max(outermost.count(text) for text in set(outermost)) > 0.8 * len(named):
        lone += len(named)
    return lone


def _is_datum(text: str) -> bool:
    return _DATUM.fullmatch("".join(unicodedata.normalize("NFKC", text).split())) is not None
