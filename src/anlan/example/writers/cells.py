"""Values written the way offices write them: the same number and date in many shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import polars as pl

from anlan.contracts import Contract
from anlan.example.places import Places, city_of
from anlan.example.writers.extract import Cell

_FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
_EPOCH = date(1899, 12, 30)
_ENDINGS = ("畲族自治县", "市", "区", "县")

_DAYS: dict[str, Callable[[date], Cell]] = {
    "excel": lambda d: d,
    "serial": lambda d: (d - _EPOCH).days,
    "chinese": lambda d: f"{d.year}年{d.month}月{d.day}日",
    "dash": lambda d: f"{d.year}-{d.month}-{d.day}",
    "slash": lambda d: f"{d.year}/{d.month}/{d.day}",
    "dot": lambda d: f"{d.year}.{d.month:02d}.{d.day:02d}",
    "iso": lambda d: d.isoformat(),
}
_MOMENTS: dict[str, Callable[[datetime], Cell]] = {
    "excel": lambda m: m,
    "serial": lambda m: (m - datetime(1899, 12, 30)) / timedelta(days=1),
    "chinese": lambda m: f"{m.year}年{m.month}月{m.day}日{m.hour}时{m.minute}分",
    "dash": lambda m: f"{m.year}-{m.month}-{m.day} {m.hour}:{m.minute:02d}",
    "slash": lambda m: f"{m.year}/{m.month}/{m.day} {m.hour:02d}:{m.minute:02d}",
    "iso": lambda m: m.isoformat(sep=" "),
}
_NUMBERS: dict[str, Callable[[Decimal], Cell]] = {
    "number": lambda n: int(n) if n == n.to_integral_value() else float(n),
    "text": lambda n: f"{n:f}",
    "thousands": lambda n: f"{n:,f}",
    "full_width": lambda n: f"{n:f}".translate(_FULL_WIDTH),
}


def short_name(name: str) -> str:
    """A division without its ending, as people say it (西湖, 景宁), unless one character were left."""
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name.removesuffix(ending)
    return name


class Cells:
    """The columns of one sheet, made from canonical rows; each method gives one column of cells.

    ``day``: the field whose date decides which divisions exist.
    """

    def __init__(
        self, frame: pl.DataFrame, contract: Contract, places: Places, rng: np.random.Generator, day: str
    ) -> None:
        self.frame = frame
        self._contract = contract
        self._places = places
        self._rng = rng
        self._days: list[date] = frame[day].cast(pl.Date()).to_list()

    def serial(self) -> list[Cell]:
        """1, 2, 3 …"""
        return list(range(1, self.frame.height + 1))

    def text(self, name: str) -> list[Cell]:
        """A text field as it is."""
        return self.frame[name].to_list()

    def label(self, name: str, others: Mapping[str, str] | None = None) -> list[Cell]:
        """The Chinese label of a code; ``others`` where an office has a word of its own."""
        labels = {**(self._contract.fields[name].codes or {}), **(others or {})}
        return [None if code is None else labels[code] for code in self.frame[name].to_list()]

    def flag(self, name: str, yes: str = "是", no: str = "否") -> list[Cell]:
        """A boolean as two words, blank where missing."""
        return [None if value is None else (yes if value else no) for value in self.frame[name].to_list()]

    def number(self, name: str, times: int | Decimal = 1, **shares: float) -> list[Cell]:
        """Numbers times a factor of unit; ``shares`` of the styles of ``_NUMBERS``, plain otherwise."""
        styles = self._styles(shares or {"number": 1.0})
        return [
            None if value is None else _NUMBERS[style](Decimal(value) * times)
            for value, style in zip(self.frame[name].to_list(), styles, strict=True)
        ]

    def day(self, name: str, **shares: float) -> list[Cell]:
        """Dates, or the days of times, in ``shares`` of the styles of ``_DAYS``."""
        days = self.frame[name].cast(pl.Date()).to_list()
        return [
            None if value is None else _DAYS[style](value)
            for value, style in zip(days, self._styles(shares), strict=True)
        ]

    def moment(self, name: str, **shares: float) -> list[Cell]:
        """Times in ``shares`` of the styles of ``_MOMENTS``."""
        return [
            None if value is None else _MOMENTS[style](value)
            for value, style in zip(self.frame[name].to_list(), self._styles(shares), strict=True)
        ]

    def clock(self, name: str) -> list[Cell]:
        """The time of day alone."""
        return [None if value is None else f"{value:%H:%M}" for value in self.frame[name].to_list()]

    def city(self) -> list[Cell]:
        """The city's name; blank for the province itself."""
        return [
            None if code.endswith("0000") else self._places.name(city_of(code), day)
            for code, day in zip(self.frame["division_code"].to_list(), self._days, strict=True)
        ]

    def county(self, short: float = 0.0) -> list[Cell]:
        """The county's name, a share of them without 市, 区 or 县; blank for a city or the province."""
        is_short = self._rng.random(self.frame.height) < short
        return [
            None if code.endswith("00") else self._county(code, day, cut)
            for code, day, cut in zip(
                self.frame["division_code"].to_list(), self._days, is_short.tolist(), strict=True
            )
        ]

    def path(self, short: float = 0.0) -> list[Cell]:
        """City and county in one cell: 杭州市西湖区, or 杭州西湖."""
        is_short = self._rng.random(self.frame.height) < short
        cities = self.city()
        return [
            f"{short_name(str(city)) if cut else city}{self._county(code, day, cut)}"
            for code, day, cut, city in zip(
                self.frame["division_code"].to_list(), self._days, is_short.tolist(), cities, strict=True
            )
        ]

    def _county(self, code: str, day: date, cut: bool) -> str:
        name = self._places.name(code, day)
        short = short_name(name)
        # 绍兴 alone is the city, no matter how often it is written.
        is_city = short == short_name(self._places.name(city_of(code), day))
        return short if cut and not is_city else name

    def _styles(self, shares: Mapping[str, float]) -> list[str]:
        names = list(shares)
        if len(names) == 1:
            return names * self.frame.height
        weights = np.array(list(shares.values()))
        drawn = self._rng.choice(len(names), self.frame.height, p=weights / weights.sum())
        return [names[i] for i in drawn.tolist()]
