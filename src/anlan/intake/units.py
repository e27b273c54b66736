"""Units as headers and cells write them, and the exact factor from one to another."""

from __future__ import annotations

import re
from fractions import Fraction

from anlan.contracts import normalise_header

_BASES: dict[str, tuple[str, Fraction]] = {
    "元": ("money", Fraction(1)),
    "平方米": ("area", Fraction(1)),
    "m2": ("area", Fraction(1)),
    "亩": ("area", Fraction(2000, 3)),
    "公顷": ("area", Fraction(10_000)),
    "hm2": ("area", Fraction(10_000)),
    "ha": ("area", Fraction(10_000)),
    "平方公里": ("area", Fraction(1_000_000)),
    "平方千米": ("area", Fraction(1_000_000)),
    "km2": ("area", Fraction(1_000_000)),
    "秒": ("time", Fraction(1)),
    "分钟": ("time", Fraction(60)),
    "小时": ("time", Fraction(3600)),
    "天": ("time", Fraction(86_400)),
    "人": ("人", Fraction(1)),
    "名": ("人", Fraction(1)),
    "%": ("share", Fraction(1)),
    "‰": ("share", Fraction(1, 10)),
}
_MEASURE_WORDS = re.split(
    r"\|", "人次|家|家次|起|户|间|辆|台|支|门|把|架|次|个|件|条|项|头|只|处|座|株|队|支队|台套|套|艘|具|部"
)
_MAGNITUDES: dict[str, int] = {
    "": 1,
    "百": 100,
    "千": 1000,
    "万": 10_000,
    "十万": 100_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
    "万亿": 1_000_000_000_000,
}
_UNITS: dict[str, tuple[str, Fraction]] = {
    magnitude + word: (kind, size * times)
    for word, (kind, size) in (_BASES | {w: (w, Fraction(1)) for w in _MEASURE_WORDS}).items()
    for magnitude, times in _MAGNITUDES.items()
}
_LEAD = re.compile(r"^(?:计量)?单位:?")


def plain_unit(text: str) -> str | None:
    """A unit as this module names it ('单位：万元' -> '万元'), or None if it is not one."""
    unit = _LEAD.sub("", normalise_header(text))
    return unit if unit in _UNITS else None


def magnitude(text: str) -> int | None:
    """The number a bare magnitude word stands for ('万' -> 10,000), or None."""
    return _MAGNITUDES.get(text) if text else None


def is_share(unit: str) -> bool:
    """Whether a unit, as this module names it, is a share (% or ‰)."""
    return _UNITS[unit][0] == "share"


def factor(given: str, stored: str | None) -> Fraction | None:
    """What a value in ``given`` is multiplied by to be in ``stored``; None if they do not measure the same.

    Where nothing says what is stored, only counts may carry a magnitude (万台).
    """
    kind, size = _UNITS[given]
    if stored is None:
        return size if kind not in ("money", "area", "time", "share") else Fraction(1)
    stored_unit = plain_unit(stored)
    if stored_unit is None:
        return Fraction(1) if given == stored else None
    stored_kind, stored_size = _UNITS[stored_unit]
    return size / stored_size if kind == stored_kind else None
