"""Which rows below and above a header are data, and which are known not to be."""

from __future__ import annotations

import polars as pl

from anlan.contracts import normalise_header
from anlan.intake.layouts import Match
from anlan.intake.raw import RawSheet
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
    cells = pl.concat_list(pl.all()).list.drop_nulls()
    facts = frame.select(
        cells.list.get(0, null_on_oob=True).alias("first"),
        cells.list.get(1, null_on_oob=True).alias("second"),
        cells.list.len().alias("count"),
        pl.any_horizontal(*(pl.col(f"c{i}").is_null() for i in required), pl.lit(False)).alias("is_partial"),
    )
    facts = facts.with_columns(plain=_plain("first"), plain_second=_plain("second")).with_row_index(
        "position"
    )
    totals = [normalise_header(word) for word in layout.totals]
    notes = [normalise_header(word) for word in layout.notes]
    position = pl.col("position")
    above = position < match.first_row
    is_header = position.is_between(match.first_row, match.body_row, closed="left")
    header_again = position.is_in(_header_again(sheet, match))
    is_total = pl.any_horizontal(
        pl.lit(False), *(_is_total(column, word) for column in ("plain", "plain_second") for word in totals)
    )
    is_note = (
        pl.any_horizontal(pl.lit(False), *(pl.col("plain").str.starts_with(word) for word in notes))
        & (pl.col("count") <= _NOTE_CELLS)
        & pl.col("is_partial")
    )
    reason = (
        pl.when(is_header)
        .then(pl.lit("header"))
        .when(pl.col("count") == 0)
        .then(pl.lit("blank"))
        .when(above)
        .then(pl.lit("title"))
        .when(header_again)
        .then(pl.lit("header"))
        .when(is_total.fill_null(False))
        .then(pl.lit("total"))
        .when(is_note.fill_null(False))
        .then(pl.lit("note"))
    )
    return facts.select(row=(position + 1).cast(pl.Int64), reason=reason)


def _plain(column: str) -> pl.Expr:
    return pl.col(column).str.normalize("NFKC").str.replace_all(r"\s", "").str.strip_chars_end(":")


def _is_total(column: str, word: str) -> pl.Expr:
    text = pl.col(column)
    return text.str.ends_with(word) & (text.str.len_chars() <= len(word) + _TOTAL_PREFIX)


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
