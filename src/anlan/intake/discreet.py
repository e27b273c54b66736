"""What may be shown and stored of the texts of one table, so that no person is named."""

from __future__ import annotations

import polars as pl

from anlan.contracts import Contract, Layout
from anlan.intake.areas import AreaResolver
from anlan.intake.cast import plain_code
from anlan.intake.unique import map_unique
from anlan.privacy.redact import LIKELY_PERSONAL, Discretion

# Identifiers of offices have the length of an identity number, and one in eleven its check character.
_NUMBERED = r"^[0-9]{11,19}[Xx]?$"
# Eighteen digits without a day of birth in them are the code of a unit, not the number of a person.
_EIGHTEEN = r"^[0-9]{17}[0-9Xx]$"
_WITH_BIRTH = r"^[0-9]{6}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]$"
_LONG = r"^[0-9０-９](?:[ ,，　-]?[0-9０-９]){14,}[XxＸｘ]?$"
_LONG_OR_MOBILE = _LONG + r"|^(?:[+＋]?(?:86|８６)[ -]?)?[1１][3-9３-９][0-9０-９](?:[ -]?[0-9０-９]{4}){2}$"
_SMALLEST_SUSPECT = 1e6
_YES_AND_NO = {"是", "否", "有", "无"}


def discretion_of(contract: Contract, layout: Layout, areas: AreaResolver) -> Discretion:
    """The discretion that a layout asks for; words of the contract, of the layout and areas are no names."""
    words = {*_YES_AND_NO, *layout.totals, *layout.notes, *layout.missing, *layout.constants.values()}
    for spec in contract.fields.values():
        words |= {spec.label, *(spec.codes or {}), *(spec.codes or {}).values()}
    for column in layout.columns:
        words |= {*column.values, *column.values.values(), *column.headers}
        words |= {text for case in column.cases for texts in case.when.values() for text in texts}
    words |= {*layout.drop, *layout.ignore}
    known = {plain_code(part) for word in words for part in word.split("|")}
    has_persons = bool(layout.drop) or any(column.as_ for column in layout.columns)
    return Discretion(has_persons, lambda text: plain_code(text) in known or areas.knows(text))


def discreet_texts(texts: pl.Series, discretion: Discretion) -> tuple[pl.Series, pl.Series]:
    """Texts of a field as they may be stored, and where that is not as they stand in the file.

    Where most texts of a column are numbers of the length of an identity number, they are the numbers of
    records and stay.
    """
    likely = texts.str.contains(LIKELY_PERSONAL).fill_null(False)
    if likely.any():
        eighteen = texts.str.contains(_EIGHTEEN) & ~texts.str.contains(_WITH_BIRTH)
        likely = likely & ~eighteen.fill_null(False)
        numbered = texts.str.contains(_NUMBERED).fill_null(False)
        if 2 * numbered.sum() > texts.count():
            likely = likely & ~numbered
    if not likely.any():
        return texts, likely
    kept = map_unique(texts.set(~likely, None), pl.String(), discretion.keep)
    changed = likely & (kept != texts).fill_null(False)
    return texts.zip_with(~changed, kept), changed


def personal_numbers(texts: pl.Series, values: pl.Series, discretion: Discretion) -> pl.Series:
    """Where a number of a field is the number of a person.

    No count, area or amount has 15 digits. A mobile number is known as such only in a table that has
    columns of persons: elsewhere its 11 digits may be an amount in yuan.
    """
    nowhere = values.is_null() & False
    largest = values.max()
    # Units have converted the value already, square metres by 10,000.
    if largest is None or float(str(largest)) < _SMALLEST_SUSPECT:
        return nowhere
    return texts.str.contains(_LONG if not discretion.is_strict else _LONG_OR_MOBILE).fill_null(False)
