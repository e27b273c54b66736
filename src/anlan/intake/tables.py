"""Several tables on a sheet, below or beside each other: where each begins and ends.

Headers are looked for on the whole sheet. Then the sheet is cut, between columns where an empty one parts
all headers on its left from all on its right, else between rows above the titles of the next header, until
each part has one header. Parts that lie side by side hold the same rows, each with its own cells of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from anlan.contracts import Layout, normalise_header
from anlan.intake.header import header_name
from anlan.intake.layouts import Candidate, Match, known_headers, match_header
from anlan.intake.raw import RawSheet
from anlan.intake.rows import is_total_text

_Kind = Literal["blank", "note", "title", "labelled"]

# With fewer headers recognised a row is no header.
_FEWEST_HEADERS = 2
# A row above a header with more cells than these is no title.
_TITLE_CELLS = 4
_LABELLED = re.compile(r"[^0-9\s][:：]")


@dataclass(frozen=True)
class _Header:
    """A header on the sheet: rows and columns from 0, inclusive, and how well it follows its layout."""

    top: int
    bottom: int
    left: int
    right: int
    match: Match

    def meets(self, other: _Header) -> bool:
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )


def split_tables(sheet: RawSheet, candidates: Sequence[Candidate]) -> list[RawSheet]:
    """The tables of a sheet, those of a row of tables from left to right; the sheet itself if it is one.

    Only layouts with ``tables: several`` are looked for. Each row of the sheet is in one of the parts that
    lie below each other, or in each of those that lie side by side.
    """
    several = [c for c in candidates if c.layout.tables == "several"]
    headers = _find_headers(sheet, several) if several else []
    if len(headers) < 2:
        return [sheet]
    return list(_cut(sheet, headers, 0, sheet.frame.height - 1, 0, sheet.frame.width - 1))


def _find_headers(sheet: RawSheet, candidates: Sequence[Candidate]) -> list[_Header]:
    """The headers of a sheet that do not meet: those that fit before those that nearly do."""
    found: list[_Header] = []
    for candidate in candidates:
        rows = candidate.layout.header_rows
        starts = {hit - depth for hit in _likely_rows(sheet.frame, candidate.layout) for depth in range(rows)}
        for top in sorted(start for start in starts if start >= 0):
            found += _headers_at(sheet, candidate, top)
    found.sort(key=lambda h: (not h.match.fits, -_worth(h.match), h.top, h.left))
    kept: list[_Header] = []
    for header in found:
        if not any(header.meets(other) for other in kept):
            kept.append(header)
    return sorted(kept, key=lambda h: (h.top, h.left))


def _likely_rows(frame: pl.DataFrame, layout: Layout) -> list[int]:
    """Rows in which two cells begin as a level of a known header does."""
    words = {
        _lead(level)
        for text in known_headers(layout)
        for part in text.split("|")
        for level in header_name(part).base.split("/")
    }
    leads = (
        pl.all()
        .str.normalize("NFKC")
        .str.replace_all(r"[\s\p{Cf}]+", "")
        .str.replace(r"[(\[【〔<《*※†‡/].*$", "")
    )
    hits = frame.select(pl.sum_horizontal(leads.is_in(list(words))) >= _FEWEST_HEADERS).to_series()
    return [int(position) for position in hits.arg_true()]


def _lead(level: str) -> str:
    return re.sub(r"[(\[【〔<《*※†‡].*$", "", normalise_header(level))


def _headers_at(sheet: RawSheet, candidate: Candidate, top: int) -> list[_Header]:
    """The header in the rows from ``top``: over the whole width, or one in each run of filled columns."""
    width = sheet.frame.width
    bottom = min(top + candidate.layout.header_rows, sheet.frame.height) - 1
    whole = match_header(sheet.part(top, bottom, 0, width - 1), candidate, 0)
    runs = list(_runs([cell is not None for cell in whole.cells]))
    if whole.fits or len(runs) < 2:
        found = [(runs[0][0], runs[-1][1], whole)] if runs else []
    else:
        found = [
            (left, right, match_header(sheet.part(top, bottom, left, right), candidate, 0))
            for left, right in runs
        ]
    return [
        _Header(top, bottom, left, right, match)
        for left, right, match in found
        if len(match.found) >= _FEWEST_HEADERS and _worth(match) > 0
    ]


def _worth(match: Match) -> int:
    return 2 * len(match.found) - len(match.unknown) - len(match.missing) - len(match.doubled)


def _runs(filled: Sequence[bool]) -> Iterator[tuple[int, int]]:
    start: int | None = None
    for position, is_filled in enumerate([*filled, False]):
        if is_filled and start is None:
            start = position
        elif not is_filled and start is not None:
            yield start, position - 1
            start = None


def _cut(
    sheet: RawSheet, headers: Sequence[_Header], top: int, bottom: int, left: int, right: int
) -> Iterator[RawSheet]:
    if len(headers) == 1:
        filled = [i for i in range(left, right + 1) if _has_text(sheet, i, top, bottom)]
        yield sheet.part(top, bottom, filled[0], filled[-1])
        return
    first = min(h.top for h in headers)
    below = [h for h in headers if h.top > first]
    column = _column_cut(sheet, headers, top, bottom, must_be_empty=bool(below))
    if column is not None:
        beside = [h for h in headers if h.left >= column]
        yield from _cut(sheet, [h for h in headers if h.right < column], top, bottom, left, column - 1)
        yield from _cut(sheet, beside, top, bottom, column, right)
        return
    above = [h for h in headers if h.top == first]
    row = _title_row(sheet, above, min(h.top for h in below), left, right)
    yield from _cut(sheet, above, top, row - 1, left, right)
    yield from _cut(sheet, below, row, bottom, left, right)


def _has_text(sheet: RawSheet, column: int, top: int, bottom: int) -> bool:
    return sheet.frame[f"c{column}"].slice(top, bottom - top + 1).is_not_null().any()


def _column_cut(
    sheet: RawSheet, headers: Sequence[_Header], top: int, bottom: int, must_be_empty: bool
) -> int | None:
    """The first column of the right part, where an empty column parts the headers; None if none does.

    Headers that begin in one row can be parted in no other way: what stands between them has no header, and
    is told from there.
    """
    for column in sorted({h.left for h in headers})[1:]:
        is_parted = all(h.right < column or h.left >= column for h in headers)
        if is_parted and not (must_be_empty and _has_text(sheet, column - 1, top, bottom)):
            return column
    return None


def _title_row(sheet: RawSheet, above: Sequence[_Header], header_row: int, left: int, right: int) -> int:
    """The first row of a table whose header stands in ``header_row``, below the tables of ``above``.

    Its titles are the lone texts above it, past rows such as 单位：万元, notes and blank rows, as long as no
    data and no total touches them; without a title, the rows such as 单位：万元 that touch the header.
    """
    lowest = max(h.bottom for h in above)

    def kind(row: int) -> _Kind | None:
        return _kind(sheet.frame.row(row)[left : right + 1], above)

    title = labelled = None
    row = header_row - 1
    while row > lowest:
        # One stretch of rows without a blank one; the last of them touches the header.
        touches = row == header_row - 1
        found = None
        while row > lowest and kind(row) in ("note", "title", "labelled"):
            if found is not None and kind(row) != "title":
                break
            if kind(row) == "title":
                found = row
            elif kind(row) == "labelled" and touches:
                labelled = row
            row -= 1
        is_whole = row == lowest or kind(row) == "blank"
        if (not is_whole and not touches) or (found is None and title is not None):
            break
        title = title if found is None else found
        if not is_whole:
            break
        while row > lowest and kind(row) == "blank":
            row -= 1
    found = title if title is not None else labelled
    return header_row if found is None else found


def _kind(cells: Sequence[str | None], above: Sequence[_Header]) -> _Kind | None:
    """What a row between two tables is; None for data and totals."""
    texts = [text for text in cells if text is not None]
    if not texts:
        return "blank"
    layouts = [h.match.candidate.layout for h in above]
    if any(is_total_text(text, layout.totals) for text in texts[:2] for layout in layouts):
        return None
    if any(
        normalise_header(texts[0]).startswith(normalise_header(word)) for own in layouts for word in own.notes
    ):
        return "note"
    is_labelled = any(_LABELLED.search(text) for text in texts)
    if len(texts) == 1 and any(letter.isalpha() for letter in texts[0]):
        return "labelled" if is_labelled else "title"
    return "labelled" if is_labelled and len(texts) <= _TITLE_CELLS else None
