"""Control totals as a sender states them: in total rows, and in words in titles and notes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as made
from fractions import Fraction
from functools import cached_property

import polars as pl

from anlan.contracts import ControlTotals, normalise_header
from anlan.intake.assembly import blank_missing, prepare_cells
from anlan.intake.bind import Bound, Part
from anlan.intake.fields import translate
from anlan.intake.findings import Place
from anlan.intake.header import header_name
from anlan.intake.layouts import Match
from anlan.intake.numbers import DecimalMark, read_number, round_half_up
from anlan.intake.raw import RawSheet
from anlan.intake.rows import first_total_word
from anlan.intake.scopes import Range, total_level, total_scopes
from anlan.intake.units import plain_unit
from anlan.privacy.redact import redact_text

_SHARES = ("%", "‰")
_FIGURES = re.compile(r"[^0-9]*[0-9](?:[0-9.,'’ ]*[0-9])?")
_COUNT_LEAD = re.compile(r"^[合总]?[共计]{1,2}有?:?")
# A sum with so many digits comes out of binary arithmetic, and its last digits are not the sender's.
_BINARY_DIGITS = 15
_BINARY_LOSS = Fraction(1, 2**50)
# The field of a control total that counts rows.
ROWS_FIELD = "_row"


@dataclass(frozen=True)
class Written:
    """A number as written: its value, what one in its last written place is worth, how many digits it has.

    ``12.30万`` is 123000, its last place is worth 100, and it has four digits.
    """

    value: Fraction
    step: Fraction
    digits: int


def read_written(text: str, unit: str | None, factor: Fraction, mark: DecimalMark) -> Written | None:
    """As ``read_number``, with how exactly the number is written."""
    value = read_number(text, unit, factor, mark)
    if value is None:
        return None
    figures = _FIGURES.match(unicodedata.normalize("NFKC", text))
    assert figures is not None, "what read_number reads begins with a number"
    digits = re.sub(r"[^0-9]", "", figures[0])
    # The same number with nothing but a 1 in its last place.
    last = re.sub(r"[0-9]", "0", figures[0][::-1]).replace("0", "1", 1)[::-1]
    step = read_number(last + figures.string[figures.end() :], unit, factor, mark)
    assert step is not None, "it differs in its digits only"
    return Written(value, abs(step), len(digits.lstrip("0")))


@dataclass(frozen=True)
class TableRows:
    """What the totals of a table are compared with.

    ``kinds``: ``row`` and ``reason`` of every row of the sheet; ``once``: which data rows are no repeat of
    an earlier one. The rows that a sender added up, here ``added``, are the data and, in a file with records
    of other kinds too, those.
    """

    sheet: RawSheet
    match: Match
    kinds: pl.DataFrame
    once: pl.Series

    def positions(self, reason: str) -> list[int]:
        """Positions (from 0) of rows that were set aside for a reason."""
        return (self.kinds["reason"] == reason).arg_true().to_list()

    @cached_property
    def _is_added(self) -> pl.Series:
        reason = self.kinds["reason"]
        return reason.is_null() | (reason == "scope").fill_null(False)

    @cached_property
    def added(self) -> pl.Series:
        """Positions of the rows that a sender added up."""
        return self._is_added.arg_true()

    @cached_property
    def is_record(self) -> pl.Series:
        """Which of those are records of the source."""
        return self.kinds["reason"].filter(self._is_added).is_null()

    @cached_property
    def is_first(self) -> pl.Series:
        """Which of those are no repeat of an earlier one."""
        return (~self.is_record).scatter(self.is_record.arg_true(), self.once)

    @cached_property
    def is_first_record(self) -> pl.Series:
        """Which of those are both."""
        return self.is_record & self.is_first

    def row(self, position: int) -> int:
        """The number of a row as the file counts."""
        return int(self.kinds["row"][position])

    def texts(self, position: int) -> pl.Series:
        """The texts of one column in the rows that were added up, as prepared for casting."""
        column = self.sheet.frame.select(f"c{position}").filter(self._is_added)
        return prepare_cells(column, self.match).to_series()


@dataclass(frozen=True)
class Reading:
    """A way to understand which rows a total is of: a range of those added up, and which of it count.

    ``counted``: None for all of them. ``complete``: the number of the reading that differs from this one in
    nothing but that it counts repeats, too; None where it is this one.
    """

    start: int
    end: int
    counted: pl.Series | None = None
    complete: int | None = None

    @property
    def rows(self) -> int:
        """How many rows count."""
        length = self.end - self.start
        return length if self.counted is None else int(self.counted.slice(self.start, length).sum())


@dataclass(eq=False)
class Claim:
    """One number that a sender printed as a sum.

    ``factors``: positions of the columns it is the sum of, each with its factor; none: it counts rows.
    ``sums`` and ``gaps`` go by the readings of its statement: a gap names a cell that is no number.
    """

    place: Place
    field: str
    label: str
    text: str
    written: Written | None
    factors: dict[int, Fraction]
    sums: list[Fraction] = made(default_factory=list)
    gaps: list[str | None] = made(default_factory=list)

    def differs(self, number: int, rows: int, tolerance: Fraction) -> bool:
        """Whether the sum of a reading is another number, at the places that are written."""
        if self.written is None or self.gaps[number] is not None:
            return False
        total, step = self.sums[number], self.written.step
        if Fraction(round_half_up(total / step, 0)) * step == self.written.value:
            return False
        slack = tolerance if self.factors else Fraction(0)
        if self.written.digits >= _BINARY_DIGITS and self.written.value.denominator > 1:
            slack += step / 2 + (rows + 1) * _BINARY_LOSS * abs(self.written.value)
        return abs(total - self.written.value) > slack


@dataclass
class Statement:
    """A total row or a note: its row number, what it calls itself, how it may be read, what it claims.

    ``is_part``: it is the total of a block.
    """

    row: int
    said: str
    readings: list[Reading]
    is_part: bool
    claims: list[Claim]


def total_row_statements(table: TableRows, bound: list[Bound]) -> Iterator[Statement]:
    """What the total rows of a table say of its numbers, and of how many rows they are the total."""
    positions = table.positions("total")
    if not positions:
        return
    layout = table.match.candidate.layout
    columns = _summed_columns(table.match, bound, layout.control_totals)
    counting = _counting_column(table.match, layout.control_totals)
    frame = table.sheet.frame[positions]
    labels = [first_total_word(texts, layout.totals) for texts in frame.iter_rows()]
    scopes = total_scopes(positions, [total_level(*label[1:]) for label in labels], table.added)
    cells = blank_missing(frame, table.match)
    for at, position in enumerate(positions):
        claims = []
        for index, text in enumerate(cells.row(at)):
            if text is None or index == labels[at][0]:
                continue
            if counting is not None and index == counting.position:
                claims.append(_count_claim(counting.place, text, layout.decimal_mark))
            elif index in columns:
                claims += _sum_claims(*columns[index], text, layout.decimal_mark)
        if claims:
            yield Statement(
                table.row(position),
                redact_text("".join(labels[at][1:])),
                _readings(scopes[at], table),
                is_part=scopes[at][0] != (0, table.added.len()),
                claims=claims,
            )


def _summed_columns(match: Match, bound: list[Bound], plan: ControlTotals) -> dict[int, tuple[Bound, Part]]:
    """Columns of the sheet whose total is a sum, by position: each as the first field reads it."""
    excepted = {match.found[text].cell.index for text in plan.except_ if text in match.found}
    return {
        part.position: (item, part)
        for item in reversed(bound)
        for part in item.parts
        if item.is_number and part.position not in excepted and not _is_share(item, part)
    }


def _is_share(bound: Bound, part: Part) -> bool:
    units = [bound.spec.unit, bound.column.unit, header_name(part.place.header).unit]
    return any(unit is not None and plain_unit(unit) in _SHARES for unit in units)


def _counting_column(match: Match, plan: ControlTotals) -> Part | None:
    hit = match.found.get(plan.rows) if plan.rows is not None else None
    return None if hit is None else Part(hit.cell.index, Place(hit.cell.letter, hit.cell.text))


def _sum_claims(bound: Bound, part: Part, text: str, mark: DecimalMark) -> Iterator[Claim]:
    """What a total row says of a column; nothing where it says nothing that could be a sum."""
    said = translate(pl.Series([text]), bound)[0]
    if said.rstrip().endswith((*_SHARES, "％")) or not re.search(r"[\d#]", said):
        return
    written = read_written(said, bound.spec.unit, part.factor, mark)
    if written is not None:
        written = Written(written.value / part.factor, written.step / part.factor, written.digits)
    factors = {part.position: Fraction(1)}
    yield Claim(part.place, bound.field, bound.spec.label, text, written, factors)


def _count_claim(place: Place, text: str, mark: DecimalMark) -> Claim:
    number = _COUNT_LEAD.sub("", normalise_header(text))
    return Claim(place, ROWS_FIELD, "行数", text, read_written(number, None, Fraction(1), mark), factors={})


def _readings(scopes: list[Range], table: TableRows) -> list[Reading]:
    """Each range with all its rows; if it holds repeats or records of other kinds, also without those."""
    readings: list[Reading] = []
    kinds: list[tuple[pl.Series | None, pl.Series]]
    for start, end in scopes:
        length = end - start
        has_repeats = not table.is_first.slice(start, length).all()
        has_others = not table.is_record.slice(start, length).all()
        kinds = [(None, table.is_first)] + ([(table.is_record, table.is_first_record)] if has_others else [])
        for kept, firsts in kinds:
            readings.append(Reading(start, end, kept))
            if has_repeats:
                readings.append(Reading(start, end, firsts, complete=len(readings) - 1))
    return readings


def noted_statements(table: TableRows, bound: list[Bound]) -> Iterator[Statement]:
    """What titles and notes say in words that the layout knows: always of all rows."""
    layout = table.match.candidate.layout
    patterns = [re.compile(text) for text in layout.control_totals.notes]
    if not patterns:
        return
    fields = {item.field: item for item in bound}
    readings = _readings([(0, table.added.len())], table)
    for reason, said in (("title", "标题"), ("note", "附注")):
        for position in table.positions(reason):
            text = " ".join(cell for cell in table.sheet.frame.row(position) if cell is not None)
            plain = unicodedata.normalize("NFKC", text)
            for pattern in patterns:
                match = pattern.search(text) or pattern.search(plain)
                claims = [
                    _note_claim(fields.get(name), number, layout.decimal_mark)
                    for name, number in (match.groupdict() if match else {}).items()
                    if number is not None
                ]
                if claims:
                    yield Statement(table.row(position), said, readings, is_part=False, claims=claims)


def _note_claim(bound: Bound | None, text: str, mark: DecimalMark) -> Claim:
    if bound is None:
        return _count_claim(Place(None, "行数"), text, mark)
    return Claim(
        Place(None, bound.spec.label),
        bound.field,
        bound.spec.label,
        text,
        # A column that may be absent and is leaves nothing to compare with.
        read_written(text, bound.spec.unit, Fraction(1), mark) if bound.parts else None,
        factors={part.position: part.factor for part in bound.parts},
    )
