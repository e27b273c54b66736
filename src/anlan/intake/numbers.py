"""Texts to exact numbers: full-width digits, thousands separators, 万 and 亿, units behind the figure."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Literal

import polars as pl

from anlan.contracts import normalise_text
from anlan.intake import units
from anlan.intake.unique import first_then

DecimalMark = Literal[".", ","]

_SIGNS = str.maketrans({"−": "-", "–": "-", "﹣": "-", "﹢": "+", "’": "'"})
_SWAP_MARKS = str.maketrans(",.", ".,")
# Groups of three by comma, by apostrophe, or by a (thin) space as GB/T 15835 writes; one kind in a number.
_WHOLE = r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?:'[0-9]{3})+|[0-9]{1,3}(?: [0-9]{3})+|[0-9]+"
_NUMBER = re.compile(rf"([+-]?)\s*({_WHOLE})?(?:\.([0-9]*))?\s*([^0-9.,'\s+-].*)?")
_INTEGER_DIGITS = 18
# Digits before and behind the point of numbers that are converted all at once: with a factor of as many
# digits the product fits into 128 bits.
_PLACES = 9
_MOST_FACTOR = 10**18


def read_number(text: str, unit: str | None, factor: Fraction, mark: DecimalMark = ".") -> Fraction | None:
    """The exact value of a text in the stored unit; None if it is not a number.

    ``factor`` turns the column's unit into the stored ``unit``; a unit written in the cell itself
    (``3.2亿元``) counts instead of the column's, a bare 万 or 亿 in addition to it. A percent sign is a unit
    too: it counts where a share is stored, and nowhere else. Thousands separators must stand where they
    belong: ``1,23`` and ``3 5`` are no numbers.
    """
    plain = normalise_text(text).translate(_SIGNS).strip()
    if mark == ",":
        plain = plain.translate(_SWAP_MARKS)
    match = _NUMBER.fullmatch(plain)
    if match is None or not (match[2] or match[3]):
        return None
    sign, whole, fraction, suffix = match.groups()
    value = Fraction(f"{sign}{re.sub(r'[^0-9]', '', whole or '0')}.{fraction or '0'}")
    if not suffix:
        return value * factor
    suffix = "".join(suffix.split())
    if (times := units.magnitude(suffix)) is not None:
        return value * times * factor
    given = units.plain_unit(suffix)
    if given is None or (unit is None and units.is_share(given)):
        return None
    own = units.factor(given, unit)
    return None if own is None else value * own


def round_half_up(value: Fraction, scale: int) -> Decimal:
    """A fraction as a decimal of ``scale`` places, halves away from zero."""
    with localcontext() as context:
        context.prec = 60
        shifted = value * 10**scale
        whole = (abs(shifted.numerator) * 2 + shifted.denominator) // (shifted.denominator * 2)
        return (
            Decimal(whole if shifted >= 0 else -whole)
            .scaleb(-scale)
            .quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
        )


def cast_decimal(
    texts: pl.Series, scale: int, unit: str | None, factor: Fraction, mark: DecimalMark = "."
) -> pl.Series:
    """Texts to decimal(18, scale); null where not a number or too large. More places are rounded half up."""
    dtype = pl.Decimal(18, scale)
    bound = 10 ** (18 - scale)

    def read(text: str) -> Decimal | None:
        value = read_number(text, unit, factor, mark)
        if value is None:
            return None
        rounded = round_half_up(value, scale)
        return rounded if abs(rounded) < bound else None

    places = rf"(\{mark}[0-9]{{1,{scale}}})?" if scale else ""
    if factor == 1:
        plain = _plain(texts, rf"^-?[0-9]{{1,{18 - scale}}}{places}$", mark)
        return first_then(plain.cast(dtype), texts, read)
    product = _product(factor * 10**scale)
    if product is None:
        return first_then(_nothing(texts, dtype), texts, read)
    times, over = product
    size = (pl.col("figures").abs() * _wide(2 * times) + _wide(over)) // _wide(2 * over)
    unit_of_last_place = pl.lit(f"{Decimal(1).scaleb(-scale):f}").cast(pl.Decimal(38, scale))
    fast = _figures(texts, mark).select(
        pl.when(size < _wide(10**_INTEGER_DIGITS))
        .then((size * pl.col("figures").sign()).cast(pl.Decimal(38, 0)) * unit_of_last_place)
        .cast(dtype)
    )
    return first_then(fast.to_series(), texts, read)


def cast_integer(texts: pl.Series, unit: str | None, factor: Fraction, mark: DecimalMark = ".") -> pl.Series:
    """Texts to int64; null where not a whole number. ``3.0`` is whole, ``3.5`` is not."""

    def read(text: str) -> int | None:
        value = read_number(text, unit, factor, mark)
        if value is None or value.denominator != 1 or abs(value) >= 10**_INTEGER_DIGITS:
            return None
        return value.numerator

    if factor == 1:
        plain = _plain(texts, rf"^-?[0-9]{{1,{_INTEGER_DIGITS}}}$", mark)
        return first_then(plain.cast(pl.Int64()), texts, read)
    product = _product(factor)
    if product is None:
        return first_then(_nothing(texts, pl.Int64()), texts, read)
    times, over = product
    exact = pl.col("figures") * _wide(times)
    fast = _figures(texts, mark).select(
        pl.when((exact % _wide(over) == 0) & (exact.abs() // _wide(over) < _wide(10**_INTEGER_DIGITS)))
        .then(exact // _wide(over))
        .cast(pl.Int64())
    )
    return first_then(fast.to_series(), texts, read)


def _plain(texts: pl.Series, pattern: str, mark: DecimalMark) -> pl.Series:
    """The texts that a pattern shows to be plain numbers, with a decimal point; null for the others."""
    plain = texts.set(~texts.str.contains(pattern).fill_null(False), None)
    return plain if mark == "." else plain.str.replace(mark, ".", literal=True)


def _figures(texts: pl.Series, mark: DecimalMark) -> pl.DataFrame:
    """``figures``: plain numbers of few digits times 10 to the power of ``_PLACES``, as whole numbers."""
    pattern = rf"^-?[0-9]{{1,{_PLACES}}}(\{mark}[0-9]{{1,{_PLACES}}})?$"
    plain = _plain(texts, pattern, mark).cast(pl.Decimal(38, _PLACES))
    return plain.alias("figures").to_frame().select((pl.col("figures") * 10**_PLACES).cast(pl.Int128))


def _product(factor: Fraction) -> tuple[int, int] | None:
    """What ``figures`` are multiplied by and divided by; None if the product might not fit into 128 bits."""
    exact = factor / 10**_PLACES
    fits = exact.numerator <= _MOST_FACTOR and exact.denominator <= _MOST_FACTOR
    return (exact.numerator, exact.denominator) if fits else None


def _wide(number: int) -> pl.Expr:
    return pl.lit(number, dtype=pl.Int128)


def _nothing(texts: pl.Series, dtype: pl.DataType) -> pl.Series:
    return pl.Series(texts.name, [None], dtype=dtype).new_from_index(0, len(texts))
