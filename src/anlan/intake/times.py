"""Texts to dates and local times, in the ways they are written; nothing that could mean two days is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import polars as pl

from anlan.contracts import Calendar, normalise_text
from anlan.intake.unique import first_then

DateOrder = Literal["ymd", "dmy", "mdy"]
# What each hour means in the part of the day that is named; None where none is.
_Hours = dict[int, int] | None


@dataclass(frozen=True)
class DateStyle:
    """How a layout writes dates.

    ``order``: of dates with the year last; ``calendar``: what years of one to three digits count from;
    ``two_digit_years_from``: the first of the hundred years that two digits may mean, None where two digits
    are no year; ``has_1904_dates``: day numbers count from 1904.
    """

    order: DateOrder = "ymd"
    calendar: Calendar = "gregorian"
    two_digit_years_from: int | None = None
    has_1904_dates: bool = False


_MARKS = {
    "年": "-", "月": "-", "日": " ", "号": " ", "號": " ", "/": "-", ".": "-",
    "时": ":", "時": ":", "点": ":", "點": ":", "分": ":", "秒": " ",
}  # fmt: skip
_MARKS_TABLE = str.maketrans(_MARKS)
_BETWEEN = re.compile(r"(?<=[0-9])[Tt](?=[0-9])")
_MONTH_DAY = r"\s*-\s*([0-9]{1,2})\s*-\s*([0-9]{1,2})"
_CLOCK = r"(?:\s+([0-9]{1,2}):(?:([0-9]{1,2})(?::(?:([0-9]{1,2}))?)?)?(?:[-.][0-9]{1,9})?)?"
_PACKED_CLOCK = r"(?:\s*([0-9]{2}):?([0-9]{2}):?([0-9]{2})?)?"
_YEAR_FIRST = re.compile(r"([0-9]{4})" + _MONTH_DAY + _CLOCK)
_YEAR_LAST = re.compile(r"([0-9]{1,2})\s*-\s*([0-9]{1,2})\s*-\s*([0-9]{4})" + _CLOCK)
_SHORT_YEAR_FIRST = re.compile(r"([0-9]{2})" + _MONTH_DAY + _CLOCK)
_SHORT_YEAR_LAST = re.compile(r"([0-9]{1,2})\s*-\s*([0-9]{1,2})\s*-\s*([0-9]{2})" + _CLOCK)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})" + _PACKED_CLOCK)
_COMPACT_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})" + _CLOCK)
_SERIAL = re.compile(r"([0-9]{5})(\.[0-9]+)?" + _CLOCK)
_MINGUO_NAME = r"(?:(?:中[华華])?民[国國])?\s*"
_MINGUO = re.compile(_MINGUO_NAME + r"([0-9]{1,3})" + _MONTH_DAY + _CLOCK)
_MINGUO_COMPACT = re.compile(_MINGUO_NAME + r"([0-9]{3})([0-9]{2})([0-9]{2})" + _PACKED_CLOCK)
_JAPANESE = re.compile(r"(明治|大正|昭和|平成|令和|[MTSHRmtshr])\s*-?\s*([0-9]{1,2})" + _MONTH_DAY + _CLOCK)
# Era -> its first day. Until its sixth year Meiji counted the days of another calendar.
_ERAS = {
    "明治": date(1873, 1, 1),
    "大正": date(1912, 7, 30),
    "昭和": date(1926, 12, 25),
    "平成": date(1989, 1, 8),
    "令和": date(2019, 5, 1),
}
_ERA_LETTERS = dict(zip("MTSHR", _ERAS, strict=True))
_YEARS_BEFORE = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_YEARS_BEFORE_MINGUO = 1911

_DIGITS = {numeral: str(n) for n, numeral in enumerate("〇一二三四五六七八九")}
_ZEROS = dict.fromkeys("○◯零Oo0", "0")
_NUMERALS = re.compile(r"(?<![0-9])([〇○◯零Oo0一二三四五六七八九十百]+)(?=\s*([年月日号號时時点點分秒]))")
_TENS = re.compile(r"(?:([一二三四五六七八九])百零?)?(?:([一二三四五六七八九])?十)?([一二三四五六七八九])?")

_MORNING = {hour: hour for hour in range(12)}
_AFTERNOON = {hour: hour + 12 for hour in range(12)} | {hour: hour for hour in range(12, 24)}
# What an hour means in a part of the day; 上午12点 is noon for some and midnight for others.
_PARTS_OF_DAY = {
    **dict.fromkeys(("上午", "早上", "凌晨", "午前"), _MORNING),
    **dict.fromkeys(("下午", "午后", "午後"), _AFTERNOON),
    "晚上": {hour: meant for hour, meant in _AFTERNOON.items() if meant >= 17},
    "AM": {**_MORNING, 12: 0},
    "PM": _AFTERNOON,
}
_PART_OF_DAY = re.compile(r"上午|早上|凌晨|午前|下午|午后|午後|晚上|(?<=[0-9\s])([AaPp])\.?[Mm]\.?(?=\s|$)")

# What the fast way reads: as it stands, or once the marks between the figures are those of ISO 8601.
_ISO = r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([ T][0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2})?)?$"
_PACKED = r"^([0-9]{4})([0-9]{2})([0-9]{2})(?: ?([0-9]{2}):?([0-9]{2})(?::?([0-9]{2}))?)?$"
_YEARS = (1800, 2200)

_EPOCH_1900 = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)
PLAIN_STYLE = DateStyle()


def read_moment(text: str, style: DateStyle = PLAIN_STYLE) -> datetime | None:
    """A local time, to the second; a date alone is its midnight; None if it is no date.

    Read in every style: 2019-3-5, 2019/3/5, 2019.3.5, 2019年3月5日, 二〇一九年三月五日, 20190305, each also
    with a time (14:05, 14时5分, 下午2:05, 2:05 PM, 24:00 as the next midnight), and day numbers of a
    spreadsheet (five digits: 1927 to 2173). Only where the style says so: 5/3/2019; 民國108年3月5日,
    108/3/5, 1080305; 令和元年5月1日, R1.5.1 within the bounds of the era; 19-3-5. A month or a year alone is
    no date.
    """
    plain = normalise_text(text).strip()
    hours: _Hours = None
    if match := _PART_OF_DAY.search(plain):
        hours = _PARTS_OF_DAY[f"{match[1].upper()}M" if match[1] else match[0]]
        plain = f"{plain[: match.start()]} {plain[match.end() :]}".strip()
    if style.calendar != "gregorian":
        plain = plain.replace("元年", "1年")
    plain = _NUMERALS.sub(_arabic, plain)
    marked = _BETWEEN.sub(" ", plain).translate(_MARKS_TABLE).strip()
    if match := _SERIAL.fullmatch(plain) or _SERIAL.fullmatch(marked):
        return _from_serial(match, style.has_1904_dates, hours)
    return _four_digits(plain, marked, style.order, hours) or _by_contract(plain, marked, style, hours)


def _four_digits(plain: str, marked: str, order: DateOrder, hours: _Hours) -> datetime | None:
    if match := _COMPACT.fullmatch(plain) or _COMPACT_DAY.fullmatch(marked) or _YEAR_FIRST.fullmatch(marked):
        return _moment(*match.groups(), hours=hours)
    if order != "ymd" and (match := _YEAR_LAST.fullmatch(marked)):
        return _year_last(match, order, 0, hours)
    return None


def _by_contract(plain: str, marked: str, style: DateStyle, hours: _Hours) -> datetime | None:
    if style.calendar == "japanese":
        match = _JAPANESE.fullmatch(marked)
        return None if match is None else _japanese(match, hours)
    if style.calendar == "minguo":
        match = _MINGUO.fullmatch(marked) or _MINGUO_COMPACT.fullmatch(plain)
        if match is None or not int(match[1]):
            return None
        year, *rest = match.groups()
        return _moment(str(int(year) + _YEARS_BEFORE_MINGUO), *rest, hours=hours)
    return None if style.two_digit_years_from is None else _short_year(marked, "年" in plain, style, hours)


def _arabic(match: re.Match[str]) -> str:
    """A group of Chinese numerals as figures; as it stands where it is no number."""
    text = match[1]
    if "十" in text or "百" in text:
        tens = _TENS.fullmatch(text)
        if tens is None:
            return text
        hundreds, ten, one = (int(_DIGITS[digit]) if digit else 0 for digit in tens.groups())
        return str(100 * hundreds + 10 * (ten or int("十" in text and tens[2] is None)) + one)
    digits = "".join(_ZEROS.get(numeral) or _DIGITS[numeral] for numeral in text)
    # Only years are written figure by figure; a month or a minute may have a leading zero.
    return digits if match[2] == "年" or len(digits) == 1 or digits[0] == "0" else text


def _year_last(match: re.Match[str], order: DateOrder, century: int, hours: _Hours) -> datetime | None:
    first, second, year, *clock = match.groups()
    month, day = (second, first) if order == "dmy" else (first, second)
    return _moment(str(int(year) + century), month, day, *clock, hours=hours)


def _short_year(marked: str, has_year_mark: bool, style: DateStyle, hours: _Hours) -> datetime | None:
    first_year = style.two_digit_years_from or 0

    def century(year: str) -> int:
        return first_year + (int(year) - first_year) % 100 - int(year)

    if style.order == "ymd" or has_year_mark:
        if match := _SHORT_YEAR_FIRST.fullmatch(marked):
            year, *rest = match.groups()
            return _moment(str(int(year) + century(year)), *rest, hours=hours)
    elif match := _SHORT_YEAR_LAST.fullmatch(marked):
        return _year_last(match, style.order, century(match[3]), hours)
    return None


def _japanese(match: re.Match[str], hours: _Hours) -> datetime | None:
    name, year, *rest = match.groups()
    era = _ERA_LETTERS.get(name.upper(), name)
    moment = _moment(str(int(year) + _YEARS_BEFORE[era]), *rest, hours=hours) if int(year) else None
    if moment is None:
        return None
    # The day as it is written lies in the era; its 24:00 may be the first moment of the next.
    day = date(int(year) + _YEARS_BEFORE[era], int(rest[0]), int(rest[1]))
    last = max(start for start in _ERAS.values() if start <= day) if day >= min(_ERAS.values()) else None
    return moment if last == _ERAS[era] else None


def _from_serial(match: re.Match[str], has_1904_dates: bool, hours: _Hours) -> datetime | None:
    days, fraction, hour, minute, second = match.groups()
    if fraction and (hour or hours):
        return None
    start = (_EPOCH_1904 if has_1904_dates else _EPOCH_1900) + timedelta(days=int(days))
    if hour or hours:
        return _moment(str(start.year), str(start.month), str(start.day), hour, minute, second, hours=hours)
    return start + timedelta(seconds=round(float(fraction or 0) * 86_400))


def _moment(
    year: str,
    month: str,
    day: str,
    hour: str | None = None,
    minute: str | None = None,
    second: str | None = None,
    *,
    hours: _Hours = None,
) -> datetime | None:
    """The moment of these figures; ``hours``: what an hour means in the part of the day that is named."""
    clock = (int(hour or 0), int(minute or 0), int(second or 0))
    if hours is not None:
        meant = None if hour is None else hours.get(clock[0])
        if meant is None:
            return None
        clock = (meant, *clock[1:])
    try:
        midnight = datetime(int(year), int(month), int(day))
        if not _YEARS[0] <= midnight.year <= _YEARS[1]:
            return None
        if clock == (24, 0, 0):
            return midnight + timedelta(days=1)
        return midnight.replace(hour=clock[0], minute=clock[1], second=clock[2])
    except ValueError:
        return None


def _as_iso(texts: pl.Series) -> pl.Series:
    """The texts that are ISO 8601, or would be with its marks between their figures; null for the others."""
    is_iso = texts.str.contains(_ISO).fill_null(False)
    rest = texts.set(is_iso, None)
    if rest.null_count() < len(rest):
        if rest.str.contains(_PACKED).any():
            rest = rest.str.replace(_PACKED, "${1}-${2}-${3} ${4}:${5}:${6}").str.replace(r"[ :]+$", "")
        marked = (
            rest.str.replace_many(list(_MARKS), list(_MARKS.values()))
            .str.replace_all("  ", " ", literal=True)
            .str.strip_chars(" ")
            .str.replace(r"(:[0-9]{1,2}):$", "${1}")
        )
        marked = marked.set(~marked.str.contains(_ISO).fill_null(False), None)
        texts = texts.zip_with(is_iso, marked)
    else:
        texts = texts.set(~is_iso, None)
    return texts.str.replace("T", " ", literal=True)


def _read_iso(plain: pl.Series) -> pl.Series:
    """What ``_as_iso`` gives as timestamps; null for a day or an hour that does not exist."""
    padded = plain + plain.str.contains(" ", literal=True).replace_strict(
        {True: "", False: " 00:00:00"}, default=None, return_dtype=pl.String()
    )
    padded = padded + padded.str.count_matches(":", literal=True).replace_strict(
        {1: ":00", 2: ""}, default=None, return_dtype=pl.String()
    )
    moments = padded.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    return moments.set(~moments.dt.year().is_between(*_YEARS).fill_null(False), None).cast(pl.Datetime("us"))


def cast_timestamp(texts: pl.Series, style: DateStyle = PLAIN_STYLE) -> pl.Series:
    """Texts to local timestamps in microseconds; null where ``read_moment`` reads none."""
    return first_then(_read_iso(_as_iso(texts)), texts, lambda text: read_moment(text, style))


def cast_date(texts: pl.Series, style: DateStyle = PLAIN_STYLE) -> pl.Series:
    """Texts to dates, by the same readings; a time of day is left off."""

    def read(text: str) -> date | None:
        moment = read_moment(text, style)
        return None if moment is None else moment.date()

    plain = _as_iso(texts)
    has_clock = plain.str.contains(" ", literal=True).fill_null(False)
    days = plain.set(has_clock, None).str.to_date("%Y-%m-%d", strict=False)
    days = days.set(~days.dt.year().is_between(*_YEARS).fill_null(False), None)
    if has_clock.any():
        days = days.zip_with(~has_clock, _read_iso(plain.set(~has_clock, None)).dt.date())
    return first_then(days, texts, read)
