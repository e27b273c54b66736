"""A sheet as it lies in the file: every cell is text, every row keeps its number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest

import polars as pl

_CHUNK_ROWS = 20_000


@dataclass(frozen=True)
class RawSheet:
    """One sheet, or one text file.

    ``frame``: text columns ``c0``, ``c1``, …; the i-th row (from 0) is row i + 1 of the sheet. White
    space around texts is gone, blank cells are null, rows below the last with text are cut. ``merged``:
    ranges as (first row, first column, last row, last column), from 0, inclusive. ``has_1904_dates``:
    day numbers count from 1904. ``is_hidden``: a person who opens the workbook does not see it.
    """

    name: str
    frame: pl.DataFrame
    merged: tuple[tuple[int, int, int, int], ...] = ()
    encoding: str | None = None
    has_1904_dates: bool = False
    is_hidden: bool = False


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
    return cut_blank_tail(pl.concat(frames, how="diagonal") if len(frames) > 1 else frames[0])


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
    frame = pl.DataFrame([pl.Series(f"c{i}", column, dtype=pl.String()) for i, column in enumerate(columns)])
    stripped = frame.with_columns(pl.all().str.strip_chars())
    return stripped.with_columns(pl.when(pl.all() != "").then(pl.all()))
