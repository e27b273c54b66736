"""Which counties exist on a day, and how much happens in each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from anlan.example.draw import Dates, generator
from anlan.jurisdiction import Division, Jurisdiction

# Resident population of the cities at the end of 2019, in units of 10,000, rounded.
_PEOPLE = {
    "330100": 1036, "330200": 854, "330300": 930, "330400": 480, "330500": 306, "330600": 506,
    "330700": 562, "330800": 222, "330900": 118, "331000": 615, "331100": 221,
}  # fmt: skip
# Relative weight of forest in each city: the mountains lie in the south-west, the plain in the north.
_FOREST = {
    "330100": 14, "330200": 8, "330300": 15, "330400": 0.3, "330500": 6, "330600": 9,
    "330700": 13, "330800": 12, "330900": 2, "331000": 14, "331100": 22,
}  # fmt: skip
# Counties without forest worth a fire brigade: city centres and islands of rock.
_NO_FOREST = {"330102", "330103", "330104", "330105", "330204", "330922"}
_SEASIDE = {"330200", "330300", "330400", "330900", "331000"}


@dataclass(frozen=True)
class Places:
    """The divisions of the example province.

    ``divisions``: all versions. ``weights``: county code -> relative weight, by kind ``people``,
    ``forest`` and ``sea``; the weight of a county never changes, only whether it exists.
    """

    divisions: list[Division]
    weights: dict[str, dict[str, float]]

    def valid(self, day: date, level: int) -> list[Division]:
        """The divisions of a level on a day, in order of code."""
        return sorted(
            (
                d
                for d in self.divisions
                if d.level == level and d.valid_from <= day and (d.valid_to is None or day < d.valid_to)
            ),
            key=lambda d: d.code,
        )

    def counties(self, day: date, kind: str = "people") -> list[str]:
        """Codes of the counties on a day that have any weight of a kind."""
        return [d.code for d in self.valid(day, 3) if self.weights[kind].get(d.code, 0) > 0]

    def cities(self) -> list[Division]:
        """The cities, in protocol order."""
        cities = {d.code: d for d in self.divisions if d.level == 2}
        return sorted(cities.values(), key=lambda d: d.protocol_order or 0)

    def largest_county(self, day: date) -> str:
        """The county of the largest city that has the most people of it."""
        city = max(_PEOPLE, key=lambda code: _PEOPLE[code])
        inside = [code for code in self.counties(day) if city_of(code) == city]
        return max(inside, key=lambda code: self.weights["people"][code])

    def name(self, code: str, day: date) -> str:
        """The name of a division on a day."""
        return self.at(code, day).name

    def at(self, code: str, day: date) -> Division:
        """The version of a division that is valid on a day."""
        for division in self._versions[code]:
            if division.valid_from <= day and (division.valid_to is None or day < division.valid_to):
                return division
        raise KeyError(f"{code} does not exist on {day}")

    def then(self, code: str, day: date) -> str:
        """The code a place of today had on a day: its own, or that of the division it was split from."""
        versions = self._versions[code]
        if any(d.valid_from <= day for d in versions):
            return code
        return (versions[0].predecessors or code)[:6]

    @cached_property
    def _versions(self) -> dict[str, list[Division]]:
        versions: dict[str, list[Division]] = {}
        for division in self.divisions:
            versions.setdefault(division.code, []).append(division)
        return versions

    def draw(self, rng: np.random.Generator, days: Dates, kind: str = "people") -> NDArray[np.str_]:
        """A county code for each day, among those that existed on it, by weight."""
        dates = days.astype("datetime64[D]")
        codes = np.empty(len(dates), dtype="U6")
        for start, end in self._epochs():
            inside = (dates >= np.datetime64(start)) & (dates < np.datetime64(end))
            if not inside.any():
                continue
            names = self.counties(start, kind)
            share = np.array([self.weights[kind][name] for name in names])
            drawn = rng.choice(len(names), size=int(inside.sum()), p=share / share.sum())
            codes[inside] = np.array(names)[drawn]
        return codes

    def _epochs(self) -> Iterable[tuple[date, date]]:
        """Spans of time within which no county appears or ends."""
        turns = {d.valid_from for d in self.divisions} | {d.valid_to for d in self.divisions if d.valid_to}
        ordered = [*sorted(turns), date(9999, 1, 1)]
        return pairwise(ordered)


def build_places(jurisdiction: Jurisdiction) -> Places:
    """Give each county that ever existed a share of its city's weight, the same for every seed."""
    rng = generator(0, "places")
    weights: dict[str, dict[str, float]] = {"people": {}, "forest": {}, "sea": {}}
    parents = {d.code: d.parent or "" for d in jurisdiction.divisions if d.level == 3}
    for code, city in sorted(parents.items()):
        people, forest = rng.lognormal(0, 0.35, 2)
        siblings = sum(parent == city for parent in parents.values())
        weights["people"][code] = _PEOPLE[city] * people / siblings
        weights["forest"][code] = 0 if code in _NO_FOREST else _FOREST[city] * forest / siblings
        weights["sea"][code] = weights["people"][code] if city in _SEASIDE else 0
    return Places(divisions=jurisdiction.divisions, weights=weights)


def city_of(code: str) -> str:
    """The city code a county code belongs to (a city's own code is itself)."""
    return code[:4] + "00"
