"""Texts to dates and local times, in the ways they are written; nothing that could mean two days is read."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Literal

import polars as pl

from anlan.intake.unique import first_then

DateOrder = Literal["ymd", "dmy", "mdy"]

_MARKS = str.maketrans(
    {
        "年": "-",
        "月": "-",
        "日": " ",
        "号": " ",
        "/": "-",
        ".": "-",
        "时": ":",
        "点": ":",
        "分": ":",
        "秒": " ",
        "T": " ",
        "t": " ",
    }
)
_CLOCK = r"(?:\s+([0-9]{1,2}):(?:([0-9]{1,2})(?::(?:([0-9]{1,2}))?)?)?(?:[-.][0-9]{1,9})?)?"
_YEAR_FIRST = re.compile(r"([0-9]{4})\s*-\s*([0-9]{1,2})\s*-\s*([0-9]{1,2})" + _CLOCK)
_YEAR_LAST = re.compile(r"([0-9]{1,2})\s*-\s*([0-9]{1,2})\s*-\s*([0-9]{4})" + _CLOCK)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:\s*([0-9]{2}):?([0-9]{2}):?([0-9]{2})?)?")
_SERIAL = re.compile(r"([0-9]{5})(\.[0-9]+)?" + _CLOCK)
_ISO = r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([ T][0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2})?)?$"

_EPOCH_1900 = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)


def read_moment(text: str, order: DateOrder = "ymd", has_1904_dates: bool = False) -> datetime | None:
    """A local time, to the second; a date alone is its midnight; None if it is no date.

    Read: 2019-3-5, 2019/3/5, 2019.3.5, 2019年3月5日, 20190305, each also with a time (14:05, 14时5分,
    24:00 as the next midnight), day numbers of a spreadsheet (five digits: 1927 to 2173), and with
    ``order`` dmy or mdy 5/3/2019. A month, a year or a two-digit year alone is no date.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if match := _SERIAL.fullmatch(plain):
        return _from_serial(match, has_1904_dates)
    if match := _COMPACT.fullmatch(plain):
        return _moment(*match.groups())
    marked = plain.translate(_MARKS).strip()
    if match := _YEAR_FIRST.fullmatch(marked):
        return _moment(*match.groups())
    if order != "ymd" and (match := _YEAR_LAST.fullmatch(marked)):
        first, second, year, *clock = match.groups()
        month, day = (second, first) if order == "dmy" else (first, second)
        return _moment(year, month, day, *clock)
    return None


def _from_serial(match: re.Match[str], has_1904_dates: bool) -> datetime | None:
    days, fraction, hour, minute, second = match.groups()
    if fraction and hour:
        return None
    start = (_EPOCH_1904 if has_1904_dates else _EPOCH_1900) + timedelta(days=int(days))
    if hour:
        return _moment(str(start.year), str(start.month), str(start.day), hour, minute, second)
    return start + timedelta(seconds=round(float(fraction or 0) * 86_400))


def _moment(
    year: str,
    month: str,
    day: str,
    hour: str | None = None,
    minute: str | None = None,
    second: str | None = None,
) -> datetime | None:
    clock = (int(hour or 0), int(minute or 0), int(second or 0))
    try:
        midnight = datetime(int(year), int(month), int(day))
        if not 1800 <= midnight.year <= 2200:
            return None
        if clock == (24, 0, 0):
            return midnight + timedelta(days=1)
        return midnight.replace(hour=clock[0], minute=clock[1], second=clock[2])
    except ValueError:
        return None


def cast_timestamp(texts: pl.Series, order: DateOrder = "ymd", has_1904_dates: bool = False) -> pl.Series:
    """Texts to local timestamps in microseconds; null where ``read_moment`` reads none."""
    dtype = pl.Datetime("us")
    plain = texts.set(~texts.str.contains(_ISO).fill_null(False), None).str.replace("T", " ", literal=True)
    padded = plain + plain.str.contains(" ", literal=True).replace_strict(
        {True: "", False: " 00:00:00"}, default=None, return_dtype=pl.String()
    )
    padded = padded + padded.str.count_matches(":", literal=True).replace_strict(
        {1: ":00", 2: ""}, default=None, return_dtype=pl.String()
    )
    fast = padded.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    fast = fast.set(~fast.dt.year().is_between(1800, 2200).fill_null(False), None)
    return first_then(fast.cast(dtype), texts, lambda text: read_moment(text, order, has_1904_dates))


def cast_date(texts: pl.Series, order: DateOrder = "ymd", has_1904_dates: bool = False) -> pl.Series:
    """Texts to dates, by the same readings; a time of day is left off."""

    def read(text: str) -> date | None:
        moment = read_moment(text, order, has_1904_dates)
        return None if moment is None else moment.date()

    plain = texts.set(~texts.str.contains(r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$").fill_null(False), None)
    fast = plain.str.to_date("%Y-%m-%d", strict=False)
    fast = fast.set(~fast.dt.year().is_between(1800, 2200).fill_null(False), None)
    return first_then(fast, texts, read)
