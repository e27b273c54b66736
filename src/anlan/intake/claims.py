"""Control totals as a sender states them: in total rows, and in words in titles and notes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as made
from fractions import Fraction

import polars as pl

from anlan.contracts import ControlTotals, normalise_header
from anlan.intake.assembly import blank_missing
from anlan.intake.bind import Bound, Part
from anlan.intake.fields import translate
from anlan.intake.findings import Place
from anlan.intake.header import header_name
from anlan.intake.layouts import Match
from anlan.intake.numbers import DecimalMark, Written, read_written, round_half_up
from anlan.intake.raw import RawSheet
from anlan.intake.rows import first_total_word
from anlan.intake.scopes import Range, total_level, total_scopes
from anlan.intake.units import plain_unit
from anlan.privacy.redact import redact_text

_SHARES = ("%", "‰")
_COUNT_LEAD = re.compile(r"^[合总]?[共计]{1,2}有?:?")
# A sum with so many digits comes out of binary arithmetic, and its last digits are not the sender's.
_BINARY_DIGITS = 15
_BINARY_LOSS = Fraction(1, 2**50)
# The field of a control total that counts rows.
ROWS_FIELD = "_row"


@dataclass(frozen=True)
class TableRows:
    """What the totals of a table are compared with.

    ``kinds``: ``row`` and ``reason`` of every row of the sheet; ``cells``: the data rows as prepared for
    casting, exact repeats among them; ``once``: which of those are no repeat of an earlier one.
    """

    sheet: RawSheet
    match: Match
    kinds: pl.DataFrame
    cells: pl.DataFrame
    once: pl.Series

    def numbers(self, reason: str | None = None) -> pl.Series:
        """Row numbers (from 1) of the data, or of what was set aside for a reason."""
        return self.kinds.filter(pl.col("reason").eq_missing(reason))["row"]


@dataclass(frozen=True)
class Reading:
    """A way to understand which data rows a total is of: positions, and whether repeats count."""

    start: int
    end: int
    with_repeats: bool = True


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
    """A total row or a note: its number from 1, what it calls itself, how it may be read, what it claims."""

    row: int
    said: str
    readings: list[Reading]
    is_part: bool
    claims: list[Claim]


def total_row_statements(table: TableRows, bound: list[Bound]) -> Iterator[Statement]:
    """What the total rows of a table say of its numbers, and of how many rows they are the total."""
    rows = table.numbers("total").to_list()
    if not rows:
        return
    plan = table.match.candidate.layout.control_totals
    words = table.match.candidate.layout.totals
    columns = _summed_columns(table.match, bound, plan)
    counting = _counting_column(table.match, plan)
    frame = table.sheet.frame[[row - 1 for row in rows]]
    labels = [first_total_word(texts, words) for texts in frame.iter_rows()]
    scopes = total_scopes(rows, [total_level(*label[1:]) for label in labels], table.numbers())
    cells = blank_missing(frame, table.match)
    mark = table.match.candidate.layout.decimal_mark
    for at, row in enumerate(rows):
        claims = []
        for index, text in enumerate(cells.row(at)):
            if text is None or index == labels[at][0]:
                continue
            if counting is not None and index == counting.position:
                claims.append(_count_claim(counting.place, text, mark))
            elif index in columns and (claim := _sum_claim(*columns[index], text, mark)) is not None:
                claims.append(claim)
        if claims:
            said = redact_text("".join(labels[at][1:]))
            readings = _with_and_without_repeats(scopes[at], table.once)
            is_part = scopes[at][0] != (0, table.once.len())
            yield Statement(row, said, readings, is_part, claims)


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


def _sum_claim(bound: Bound, part: Part, text: str, mark: DecimalMark) -> Claim | None:
    """What a total row says of a column; None where it says nothing that could be a sum."""
    said = translate(pl.Series([text]), bound)[0]
    if said.rstrip().endswith((*_SHARES, "％")) or not re.search(r"[\d#]", said):
        return None
    written = read_written(said, bound.spec.unit, part.factor, mark)
    if written is not None:
        written = Written(written.value / part.factor, written.step / part.factor, written.digits)
    return Claim(
        part.place, bound.field, bound.spec.label, text, written, factors={part.position: Fraction(1)}
    )


def _count_claim(place: Place, text: str, mark: DecimalMark) -> Claim:
    number = _COUNT_LEAD.sub("", normalise_header(text))
    return Claim(place, ROWS_FIELD, "行数", text, read_written(number, None, Fraction(1), mark), factors={})


def _with_and_without_repeats(scopes: list[Range], once: pl.Series) -> list[Reading]:
    """Each scope as it stands, and if it holds repeats also without them."""
    readings = []
    for start, end in scopes:
        readings.append(Reading(start, end))
        if not once.slice(start, end - start).all():
            readings.append(Reading(start, end, with_repeats=False))
    return readings


def noted_statements(table: TableRows, bound: list[Bound]) -> Iterator[Statement]:
    """What titles and notes say in words that the layout knows: always of all rows."""
    layout = table.match.candidate.layout
    patterns = [re.compile(text) for text in layout.control_totals.notes]
    if not patterns:
        return
    fields = {item.field: item for item in bound}
    readings = _with_and_without_repeats([(0, table.once.len())], table.once)
    for reason, said in (("title", "标题"), ("note", "附注")):
        for row in table.numbers(reason).to_list():
            text = " ".join(cell for cell in table.sheet.frame.row(row - 1) if cell is not None)
            plain = unicodedata.normalize("NFKC", text)
            for pattern in patterns:
                match = pattern.search(text) or pattern.search(plain)
                claims = [
                    _note_claim(fields.get(name), number, layout.decimal_mark)
                    for name, number in (match.groupdict() if match else {}).items()
                    if number is not None
                ]
                if claims:
                    yield Statement(row, said, readings, is_part=False, claims=claims)


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
