"""Which rows below and above a header are data, and which are known not to be."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import polars as pl

from anlan.contracts import normalise_header
from anlan.intake.cast import plain_code
from anlan.intake.layouts import Match, known_headers
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


def classify(
    sheet: RawSheet, match: Match, required: list[int], labels: pl.Series | None = None
) -> pl.DataFrame:
    """A row of the result for each row of the sheet: ``row`` (its number) and ``reason`` (null: data).

    ``required``: positions of columns without which a row is no full record; ``labels``: which rows hold
    nothing but a label.
    """
    frame = sheet.frame
    layout = match.candidate.layout
    first, second = _first_two(frame)
    facts = frame.select(
        pl.sum_horizontal(pl.all().is_not_null()).alias("count"),
        pl.any_horizontal(*(pl.col(f"c{i}").is_null() for i in required), pl.lit(False)).alias("is_partial"),
    ).with_row_index("position")
    totals = [normalise_header(word) for word in layout.totals]
    parts = [normalise_header(word) for word in layout.of_which]
    notes = tuple(normalise_header(word) for word in layout.notes)
    position = pl.col("position")
    reason = (
        pl.when(position.is_between(match.first_row, match.body_row, closed="left"))
        .then(pl.lit("header"))
        .when(pl.col("count") == 0)
        .then(pl.lit("blank"))
        .when(pl.lit(False) if labels is None else pl.lit(labels))
        .then(pl.lit("label"))
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
            _hits(first, parts, lambda t: _is_part(t, parts))
            | _hits(second, parts, lambda t: _is_part(t, parts))
            | (_hits(first, parts, lambda t: t.startswith(tuple(parts))) & pl.col("is_partial"))
        )
        .then(pl.lit("of_which"))
        .when(
            _hits(first, notes, lambda t: t.startswith(notes))
            & (pl.col("count") <= _NOTE_CELLS)
            & pl.col("is_partial")
        )
        .then(pl.lit("note"))
        .when(_leaves_scope(frame, match))
        .then(pl.lit("scope"))
    )
    return facts.select(row=position.cast(pl.Int64) + sheet.first_row, reason=reason)


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
    columns = frame.get_columns()
    if len(columns) > 1:
        # In a full record they are the first two columns; only the other rows are searched.
        rest = frame.select(pl.any_horizontal(pl.col("c0", "c1").is_null())).to_series()
        first, second = _search_two(frame.filter(rest).get_columns())
        places = rest.arg_true()
        return columns[0].scatter(places, first), columns[1].scatter(places, second)
    return _search_two(columns)


def _search_two(columns: list[pl.Series]) -> tuple[pl.Series, pl.Series]:
    first, *others = columns
    second = pl.Series([None], dtype=pl.String()).new_from_index(0, first.len())
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


def is_total_text(text: str, words: Sequence[str]) -> bool:
    """Whether a cell ends in one of the words for a total, as it stands in the file."""
    return _is_total(normalise_header(text).rstrip(":"), [normalise_header(word) for word in words])


def _is_total(text: str, words: Sequence[str]) -> bool:
    return _total_word(text, words) is not None


def _total_word(text: str, words: Sequence[str]) -> str | None:
    """The longest of the words that end a total's text, if the text is one."""
    fitting = (word for word in words if text.endswith(word) and len(text) <= len(word) + _TOTAL_PREFIX)
    return max(fitting, key=len, default=None)


def first_total_word(texts: Sequence[str | None], words: Sequence[str]) -> tuple[int, str, str]:
    """Of a total row: the position of the cell that says so, what it is the total of, and the word for it.

    Errors: ValueError for a row that is none.
    """
    plain_words = [normalise_header(word) for word in words]
    filled = [(i, normalise_header(text).rstrip(":")) for i, text in enumerate(texts) if text is not None]
    for position, text in filled[:2]:
        word = _total_word(text, plain_words)
        if word is not None:
            return position, text.removesuffix(word), word
    raise ValueError("a row that is no total")


def _is_part(text: str, words: Sequence[str]) -> bool:
    """A row that says it is part of another: 其中, or 其中： and what."""
    return any(text == word or text.startswith(f"{word}:") for word in words)


def _header_again(sheet: RawSheet, match: Match) -> list[int]:
    """Rows below the header that repeat one of its rows (page breaks) or number its columns (甲 1 2 3)."""
    frame = sheet.frame
    again = [position for position, texts in _like_header(sheet, match) if texts in _levels(sheet, match)]
    if match.body_row < frame.height:
        filled_cells = [text.strip() for text in frame.row(match.body_row) if text is not None]
        numbers = [text for text in filled_cells if text not in _SERIAL_WORDS]
        if len(numbers) >= 3 and numbers == [str(i) for i in range(1, len(numbers) + 1)]:
            again.append(match.body_row)
    return again


def other_header(sheet: RawSheet, match: Match) -> tuple[int, list[str]] | None:
    """A row (its number) that is a header too, and differs; with the texts that the first has not.

    A header of last month left above, or below, the one of this month: nobody can tell which rows are
    under which.
    """
    levels = _levels(sheet, match)
    own = {text for level in levels for text in level}
    for position, texts in _like_header(sheet, match):
        if texts not in levels:
            new = [
                text for text, plain in zip(sheet.frame.row(position), texts, strict=True) if plain not in own
            ]
            return position + sheet.first_row, [text for text in new if text is not None]
    return None


def _levels(sheet: RawSheet, match: Match) -> list[tuple[str, ...]]:
    rows = sheet.frame.slice(match.first_row, match.body_row - match.first_row).rows()
    return [_compared(row) for row in rows]


def _compared(row: Sequence[str | None]) -> tuple[str, ...]:
    return tuple(normalise_header(text or "") for text in row)


def _event_columns(match: Match) -> list[int]:
    """The columns of the sheet that say when a record's event was."""
    contract, layout = match.candidate.contract, match.candidate.layout
    texts = [
        text for column in layout.columns if column.field == contract.event_time for text in column.from_
    ]
    return [match.found[text].cell.index for text in texts[:1] if text in match.found]


def _like_header(sheet: RawSheet, match: Match) -> list[tuple[int, tuple[str, ...]]]:
    """Rows outside the header of which at least half are texts of headers, as compared."""
    frame = sheet.frame
    own = [
        text for row in frame.slice(match.first_row, match.body_row - match.first_row).rows() for text in row
    ]
    parts = [part for text in known_headers(match.candidate.layout) for part in re.split(r"[|/]", text)]
    words = {text for text in (*own, *parts) if text}
    known = {normalise_header(text) for text in words}
    # Few rows deserve a closer look: those with the very words, and those without a figure in their date.
    dates = [pl.col(f"c{i}") for i in _event_columns(match)]
    likely = frame.with_row_index("position").filter(
        (pl.sum_horizontal(pl.col(frame.columns).is_in(list(words))) >= 2)
        | pl.any_horizontal(*(~date.str.contains(r"[0-9０-９]") for date in dates), pl.lit(False))
    )
    plain = pl.col(frame.columns).str.normalize("NFKC").str.replace_all(r"[\s\p{Cf}]+", "")
    hits = likely.filter(pl.sum_horizontal(plain.is_in(list(known))) >= 2)["position"]
    fewest = min((sum(map(bool, level)) for level in _levels(sheet, match)), default=0)
    found = []
    for position in hits.to_list():
        texts = _compared(frame.row(position))
        filled = [text for text in texts if text]
        count = len(known.intersection(filled))
        is_own = match.first_row <= position < match.body_row
        if not is_own and count >= 2 and 2 * count >= max(len(filled), fewest):
            found.append((position, texts))
    return found


def row_texts(sheet: RawSheet, rows: pl.Series, hidden: set[int], show: Callable[[str], str]) -> pl.Series:
    """What a person sees of rows (by their numbers): filled cells joined, at most 200 characters.

    Columns in ``hidden`` are left out, of other cells what ``show`` says.
    """
    shown = [name for i, name in enumerate(sheet.frame.columns) if i not in hidden]
    if not shown or rows.is_empty():
        return pl.Series("text", [""] * len(rows), dtype=pl.String())
    picked = sheet.frame[(rows - sheet.first_row).to_list()].select(shown)
    discreet = pl.DataFrame([map_unique(cells, pl.String(), show).alias(cells.name) for cells in picked])
    joined = pl.concat_list(pl.all()).list.drop_nulls().list.join(_SEPARATOR)
    # Once more over the row: what announces a name may stand in the cell before it.
    texts = discreet.select(text=joined).to_series()
    return map_unique(texts, pl.String(), lambda text: redact_text(text)[:_TEXT_LENGTH]).alias("text")
