"""Texts to exact numbers: full-width digits, thousands separators, 万 and 亿, units behind the figure."""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Literal

import polars as pl

from anlan.intake import units
from anlan.intake.unique import first_then

DecimalMark = Literal[".", ","]

_SIGNS = str.maketrans({"−": "-", "–": "-", "﹣": "-", "﹢": "+"})
_NUMBER = re.compile(r"([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.([0-9]*))?([^0-9.,+-].*)?")
_INTEGER_DIGITS = 18


def read_number(text: str, unit: str | None, factor: Fraction, mark: DecimalMark = ".") -> Fraction | None:
    """The exact value of a text in the stored unit; None if it is not a number.

    ``factor`` turns the column's unit into the stored ``unit``; a unit written in the cell itself
    (``3.2亿元``) counts instead of the column's, a bare 万 or 亿 in addition to it.
    Thousands separators must stand where they belong: ``1,23`` is no number.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).translate(_SIGNS).split())
    if mark == ",":
        plain = plain.translate(str.maketrans(",.", ".,"))
    match = _NUMBER.fullmatch(plain)
    if match is None or not (match[2] or match[3]):
        return None
    sign, whole, fraction, suffix = match.groups()
    value = Fraction(f"{sign}{(whole or '0').replace(',', '')}.{fraction or '0'}")
    if not suffix or suffix == "%":
        return value * factor
    if (times := units.magnitude(suffix)) is not None:
        return value * times * factor
    given = units.plain_unit(suffix)
    own = units.factor(given, unit) if given is not None else None
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

    places = rf"(\.[0-9]{{1,{scale}}})?" if scale else ""
    plain = rf"^-?[0-9]{{1,{18 - scale}}}{places}$"
    return first_then(_fast(texts, plain if factor == 1 and mark == "." else None, dtype), texts, read)


def cast_integer(texts: pl.Series, unit: str | None, factor: Fraction, mark: DecimalMark = ".") -> pl.Series:
    """Texts to int64; null where not a whole number. ``3.0`` is whole, ``3.5`` is not."""

    def read(text: str) -> int | None:
        value = read_number(text, unit, factor, mark)
        if value is None or value.denominator != 1 or abs(value) >= 10**_INTEGER_DIGITS:
            return None
        return value.numerator

    plain = rf"^-?[0-9]{{1,{_INTEGER_DIGITS}}}$"
    return first_then(_fast(texts, plain if factor == 1 else None, pl.Int64()), texts, read)


def _fast(texts: pl.Series, plain: str | None, dtype: pl.DataType) -> pl.Series:
    """Cast the texts that a pattern shows to be plain, all at once; null for the others."""
    if plain is None:
        return (
            pl.Series(texts.name, [None], dtype=dtype).extend_constant(None, len(texts) - 1)
            if len(texts)
            else texts.cast(dtype)
        )
    return texts.set(~texts.str.contains(plain).fill_null(False), None).cast(dtype)
