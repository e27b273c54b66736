"""A sheet as it lies in the file: every cell is text, every row keeps its number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest

import polars as pl

_CHUNK_ROWS = 20_000
# Other names of sheets stand in quotes where a range is written.
_PLAIN_NAME = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class RawSheet:
    """One sheet, or one text file.

    ``frame``: text columns ``c0``, ``c1``, …; the i-th row (from 0) is row i + ``first_row`` of the sheet.
    White space around texts is gone, blank cells are null, rows below the last with text are cut. ``merged``:
    ranges as (first row, first column, last row, last column), from 0, inclusive. ``encoding_basis``: why a
    text file was taken to be in ``encoding``, in Chinese. ``has_1904_dates``: day numbers count from 1904.
    ``is_hidden``: a person who opens the workbook does not see it. ``span``: the range of cells
    (``A12:F30``) where the sheet holds other tables, too.
    """

    name: str
    frame: pl.DataFrame
    merged: tuple[tuple[int, int, int, int], ...] = ()
    encoding: str | None = None
    encoding_basis: str | None = None
    has_1904_dates: bool = False
    is_hidden: bool = False
    first_row: int = 1
    span: str | None = None

    @property
    def account_name(self) -> str:
        """What the account of its rows is called: the sheet, and the range of a table that shares it."""
        if self.span is None:
            return self.name
        plain = self.name if _PLAIN_NAME.fullmatch(self.name) else "'" + self.name.replace("'", "''") + "'"
        return f"{plain}!{self.span}"

    def part(self, top: int, bottom: int, left: int, right: int) -> RawSheet:
        """The rows ``top`` to ``bottom`` and columns ``left`` to ``right`` (from 0, inclusive) as a table.

        Columns keep their places, those outside are blank.
        """
        others = [name for i, name in enumerate(self.frame.columns) if not left <= i <= right]
        frame = self.frame.slice(top, bottom - top + 1)
        ranges = tuple(
            (max(t, top) - top, b, min(u, bottom) - top, d)
            for t, b, u, d in self.merged
            if t <= bottom and u >= top and left <= b <= right
        )
        first = self.first_row + top
        return replace(
            self,
            frame=frame.with_columns(pl.lit(None, pl.String()).alias(name) for name in others),
            merged=ranges,
            first_row=first,
            span=f"{column_letter(left)}{first}:{column_letter(right)}{first + bottom - top}",
        )


def column_letter(index: int) -> str:
    """The letter of a column counted from 0 (0 -> A, 26 -> AA)."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def text_frame(rows: Iterable[Sequence[str | None]]) -> pl.DataFrame:
    """Rows of texts, of any lengths, as columns ``c0``, ``c1``, …; see RawSheet."""
    frames = [_chunk(chunk) for chunk in _chunks(iter(rows))]
    if not frames:
        return pl.DataFrame({"c0": []}, schema={"c0": pl.String()})
    return trim_frame(pl.concat(frames, how="diagonal") if len(frames) > 1 else frames[0])


def trim_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Text columns without white space around texts, blanks null, rows below the last with text cut."""
    frame = frame.with_columns(pl.all().str.strip_chars())
    return cut_blank_tail(frame.with_columns(pl.when(pl.all() != "").then(pl.all())))


def cut_blank_tail(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows down to the last with text."""
    has_text = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    filled = has_text.arg_true()
    return frame.head(filled[-1] + 1 if len(filled) else 0)


def _chunks(rows: Iterator[Sequence[str | None]]) -> Iterator[list[Sequence[str | None]]]:
    while chunk := list(islice(rows, _CHUNK_ROWS)):
        yield chunk


def _chunk(rows: list[Sequence[str | None]]) -> pl.DataFrame:
    columns = list(zip_longest(*rows)) or [(None,) * len(rows)]
    return pl.DataFrame([pl.Series(f"c{i}", column, dtype=pl.String()) for i, column in enumerate(columns)])
