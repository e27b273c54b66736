"""Exact sums of a column of texts, in the unit the column is written in."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache

import polars as pl

from anlan.intake.numbers import DecimalMark, read_number, round_half_up
from anlan.intake.unique import first_then

# Thirty-eight digits hold the sum of 10⁸ numbers of twelve digits and eighteen decimals.
_WHOLE_DIGITS, _PLACES = 12, 18
_EXACT = pl.Decimal(38, _PLACES)


@dataclass
class ExactColumn:
    """The numbers of one column, by position from 0.

    ``others``: positions and values that do not fit ``numbers``, such as a third of a hectare;
    ``unreadable``: positions of texts that are no numbers. Both are in order.
    """

    numbers: pl.Series
    others: list[tuple[int, Fraction]] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)

    def sum(self, start: int, end: int, counted: pl.Series | None = None) -> Fraction:
        """The sum of the positions from ``start`` to before ``end``, of those only that are ``counted``."""
        numbers = self.numbers.slice(start, end - start)
        if counted is not None:
            numbers = numbers.filter(counted.slice(start, end - start))
        first, last = (
            bisect_left(self.others, position, key=lambda other: other[0]) for position in (start, end)
        )
        others = (
            value for position, value in self.others[first:last] if counted is None or counted[position]
        )
        return sum(others, Fraction(numbers.sum() or 0))

    def first_unreadable(self, start: int, end: int) -> int | None:
        """The first position from ``start`` to before ``end`` that holds no number."""
        at = bisect_left(self.unreadable, start)
        return self.unreadable[at] if at < len(self.unreadable) and self.unreadable[at] < end else None


def exact_column(texts: pl.Series, unit: str | None, factor: Fraction, mark: DecimalMark) -> ExactColumn:
    """Read a column (null: no value) exactly, as ``cast_decimal`` reads it, but in its own unit.

    Plain numbers are cast all at once, others once for each distinct text.
    """

    @cache
    def read(text: str) -> Fraction | None:
        value = read_number(text, unit, factor, mark)
        return None if value is None else value / factor

    def read_decimal(text: str) -> Decimal | None:
        value = read(text)
        if value is None or 10**_PLACES % value.denominator or abs(value) >= 10**_WHOLE_DIGITS:
            return None
        return round_half_up(value, _PLACES)

    point = r"\." if mark == "." else ","
    plain = rf"^-?[0-9]{{1,{_WHOLE_DIGITS}}}({point}[0-9]{{1,{_PLACES}}})?$"
    likely = texts.set(~texts.str.contains(plain).fill_null(False), None)
    if mark == ",":
        likely = likely.str.replace(",", ".", literal=True)
    numbers = first_then(likely.cast(_EXACT), texts, read_decimal)
    column = ExactColumn(numbers)
    for position in (texts.is_not_null() & numbers.is_null()).arg_true():
        value = read(texts[position])
        if value is None:
            column.unreadable.append(position)
        else:
            column.others.append((position, value))
    return column
