"""Which rows below and above a header are data, and which are known not to be."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import polars as pl

from anlan.contracts import normalise_header
from anlan.intake.cast import plain_code
from anlan.intake.layouts import Match
from anlan.intake.raw import RawSheet
from anlan.intake.unique import map_unique
from anlan.privacy.redact import redact_text

_TEXT_LENGTH = 200
_SEPARATOR = " | "
# A total may be of a place or a kind (杭州市小计), but a longer text that ends so is something else.
_TOTAL_PREFIX = 8
_NOTE_CELLS = 3
_SERIAL_WORDS = set("甲乙丙丁戊己庚辛")


def personal_positions(match: Match) -> set[int]:
    """Columns (from 0) of personal data: those never stored and those stored only as something derived."""
    layout = match.candidate.layout
    texts = {*layout.drop, *(text for column in layout.columns if column.as_ for text in column.from_)}
    return {found.cell.index for text, found in match.found.items() if text in texts}


def classify(sheet: RawSheet, match: Match, required: list[int]) -> pl.DataFrame:
    """A row of the result for each row of the sheet: ``row`` (from 1) and ``reason`` (null: data).

    ``required``: positions of columns without which a row is no full record.
    """
    frame = sheet.frame
    layout = match.candidate.layout
    first, second = _first_two(frame)
    facts = frame.select(
        pl.sum_horizontal(pl.all().is_not_null()).alias("count"),
        pl.any_horizontal(*(pl.col(f"c{i}").is_null() for i in required), pl.lit(False)).alias("is_partial"),
    ).with_row_index("position")
    totals = [normalise_header(word) for word in layout.totals]
    notes = tuple(normalise_header(word) for word in layout.notes)
    position = pl.col("position")
    reason = (
        pl.when(position.is_between(match.first_row, match.body_row, closed="left"))
        .then(pl.lit("header"))
        .when(pl.col("count") == 0)
        .then(pl.lit("blank"))
        .when(position < match.first_row)
        .then(pl.lit("title"))
        .when(position.is_in(_header_again(sheet, match)))
        .then(pl.lit("header"))
        .when(
            _hits(first, totals, lambda t: _is_total(t, totals))
            | _hits(second, totals, lambda t: _is_total(t, totals))
        )
        .then(pl.lit("total"))
        .when(
            _hits(first, notes, lambda t: t.startswith(notes))
            & (pl.col("count") <= _NOTE_CELLS)
            & pl.col("is_partial")
        )
        .then(pl.lit("note"))
        .when(_leaves_scope(frame, match))
        .then(pl.lit("scope"))
    )
    return facts.select(row=(position + 1).cast(pl.Int64), reason=reason)


def scope_texts(match: Match, cells: pl.DataFrame) -> pl.Series | None:
    """The texts that say whether a row is a record of the source, as compared; None where all are."""
    scope = match.candidate.layout.scope
    if scope is None:
        return None
    return map_unique(cells[f"c{match.found[scope.header].cell.index}"], pl.String(), plain_code)


def _leaves_scope(frame: pl.DataFrame, match: Match) -> pl.Expr:
    scope = match.candidate.layout.scope
    texts = scope_texts(match, frame)
    if scope is None or texts is None:
        return pl.lit(False)
    return pl.lit(texts.is_in([plain_code(text) for text in scope.leave]))


def _first_two(frame: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """The first and the second filled cell of each row."""
    first, *others = frame.get_columns()
    second = pl.Series([None], dtype=pl.String()).new_from_index(0, frame.height)
    for cells in others:
        second = second.zip_with(second.is_not_null() | first.is_null(), cells)
        first = first.zip_with(first.is_not_null(), cells)
    return first, second


def _hits(texts: pl.Series, words: Sequence[str], is_hit: Callable[[str], bool]) -> pl.Series:
    """Where ``is_hit`` holds for a text without white space and closing colon; it must hold a word."""
    if not words:
        return pl.Series([False]).new_from_index(0, texts.len())
    # Typists space the two characters of 合 计; the pattern only picks what is worth a closer look.
    pattern = "|".join(r"\s*".join(re.escape(letter) for letter in word) for word in words)
    likely = texts.str.contains(pattern).fill_null(False)
    found = [is_hit(normalise_header(text).rstrip(":")) for text in texts.filter(likely)]
    return (likely & False).scatter(likely.arg_true(), found)


def _is_total(text: str, words: Sequence[str]) -> bool:
    return any(text.endswith(word) and len(text) <= len(word) + _TOTAL_PREFIX for word in words)


def _header_again(sheet: RawSheet, match: Match) -> list[int]:
    """Rows below the header that repeat one of its rows (page breaks) or number its columns (甲 1 2 3)."""
    frame = sheet.frame
    again: list[int] = []
    for texts in frame.slice(match.first_row, match.candidate.layout.header_rows).rows():
        filled = [(i, text) for i, text in enumerate(texts) if text is not None]
        if len(filled) < 2:
            continue
        same = pl.all_horizontal(
            (pl.col(f"c{i}") == text) if text is not None else pl.col(f"c{i}").is_null()
            for i, text in enumerate(texts)
        )
        hits = frame.select(same.fill_null(False)).to_series().arg_true().to_list()
        again += [position for position in hits if position >= match.body_row]
    if match.body_row < frame.height:
        filled_cells = [text.strip() for text in frame.row(match.body_row) if text is not None]
        numbers = [text for text in filled_cells if text not in _SERIAL_WORDS]
        if len(numbers) >= 3 and numbers == [str(i) for i in range(1, len(numbers) + 1)]:
            again.append(match.body_row)
    return again


def row_texts(sheet: RawSheet, rows: pl.Series, hidden: set[int]) -> pl.Series:
    """What a person sees of rows (numbers from 1): filled cells joined, at most 200 characters.

    Columns in ``hidden`` and whatever looks like a person elsewhere are left out.
    """
    shown = [name for i, name in enumerate(sheet.frame.columns) if i not in hidden]
    if not shown or rows.is_empty():
        return pl.Series("text", [""] * len(rows), dtype=pl.String())
    picked = sheet.frame[(rows - 1).to_list()].select(shown)
    joined = picked.select(text=pl.concat_list(pl.all()).list.drop_nulls().list.join(_SEPARATOR)).to_series()
    return pl.Series("text", [redact_text(text[:_TEXT_LENGTH]) for text in joined], dtype=pl.String())
