"""Area names and codes, as people write them, to division codes: valid at the date, never guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal

import polars as pl

from anlan.jurisdiction import Division, Jurisdiction, LocalUnit

Problem = Literal["area_known", "area_ambiguous", "area_valid"]

_LONGEST_PATH = 60
_SEPARATORS = re.compile(r"[\s\-–—_/\\·.,，、'’`()]+")


@dataclass(frozen=True)
class Validity:
    """One code, valid from ``since`` to before ``until``.

    ``is_outer``: it is the outer area itself, its official name written once more; it counts only if
    nothing below has that name (Viseu is a district, and a municipality in it).
    """

    code: str
    since: date
    until: date | None
    is_outer: bool = False

    def holds(self, day: date) -> bool:
        """Whether the version was valid on a day."""
        return self.since <= day and (self.until is None or day < self.until)


def plain_area(text: str) -> str:
    """A name as compared: half-width, without case, separators and (on Latin letters) accents."""
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    letters: list[str] = []
    for letter in decomposed:
        if unicodedata.combining(letter) and letters and "a" <= letters[-1] <= "z":
            continue
        letters.append(letter)
    return _SEPARATORS.sub("", unicodedata.normalize("NFC", "".join(letters)))


class AreaResolver:
    """The divisions of a place by code, by name, and by name without its ending (省, 市, 区, 县).

    Units that are no divisions (development zones, scenic areas) are known by their codes and names.
    """

    def __init__(self, jurisdiction: Jurisdiction) -> None:
        self._codes: dict[str, list[Validity]] = {}
        self._names: dict[str, list[Validity]] = {}
        self._short_names: dict[str, list[Validity]] = {}
        self._inner_names: dict[str, list[Validity]] = {}
        self._parents: dict[str, set[str]] = {}
        self._lives: dict[str, list[Division | LocalUnit]] = {}
        self._labels: dict[str, str] = {}
        # Identities of tests and examples begin with it: well-formed, and of nobody.
        self.test_identity_prefix = jurisdiction.info.test_identity_prefix
        suffixes = sorted((plain_area(s) for s in jurisdiction.info.name_suffixes), key=len, reverse=True)
        for division in jurisdiction.divisions:
            validity = Validity(division.code, division.valid_from, division.valid_to)
            name = plain_area(division.name)
            self._codes.setdefault(plain_area(division.code), []).append(validity)
            self._names.setdefault(name, []).append(validity)
            for suffix in suffixes:
                short = name.removesuffix(suffix)
                # 衢县 without its ending is one character and could be anything.
                if short != name and len(short) >= 2:
                    self._short_names.setdefault(short, []).append(validity)
            self._labels.setdefault(name, division.name)
            self._parents.setdefault(division.code, set())
            if division.parent:
                self._parents[division.code].add(division.parent)
            self._lives.setdefault(division.code, []).append(division)
        for unit in jurisdiction.local_units:
            # It goes by its names only: without its ending 西湖景区 would be the district 西湖.
            validity = Validity(unit.code, unit.valid_from, unit.valid_to)
            self._codes.setdefault(plain_area(unit.code), []).append(validity)
            for name in map(plain_area, unit.names):
                # A name that a division is called by without its ending could be either.
                table = self._short_names if name in self._short_names else self._names
                table.setdefault(name, []).append(validity)
            for name in map(plain_area, unit.inner_names):
                self._inner_names.setdefault(name, []).append(validity)
            self._labels.setdefault(plain_area(unit.name), unit.name)
            self._parents.setdefault(unit.code, set()).add(unit.parent)
            self._lives.setdefault(unit.code, []).append(unit)
        self._read = lru_cache(maxsize=100_000)(self._read_path)

    @property
    def names(self) -> list[str]:
        """Official names of all divisions, past ones too."""
        return list(self._labels.values())

    def knows(self, text: str) -> bool:
        """Whether a text names any division, at any time."""
        return bool(self._read((text,)))

    def knows_code(self, code: str) -> bool:
        """Whether a text is the code of a division, at any time."""
        return plain_area(code) in self._codes

    def candidates(self, parts: Sequence[str]) -> tuple[Validity, ...]:
        """Versions that ``parts`` (outer to inner; blank ones left out) may mean, at any time."""
        return self._read(tuple(part for part in parts if part and part.strip()))

    def resolve(self, parts: Sequence[pl.Series], days: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Codes of many rows and, where there is none, the rule that says why.

        ``parts``: text columns, outer to inner; where all are blank both results are null. ``days``:
        date of each row's event. Each distinct combination is read once.
        """
        names = [f"p{i}" for i in range(len(parts))]
        columns = [
            part.fill_null("").str.strip_chars().alias(name) for name, part in zip(names, parts, strict=True)
        ]
        rows = pl.DataFrame([*columns, days.alias("day")])
        combos = rows.select(names).unique(maintain_order=True)
        answers = [self._answer(combo) for combo in combos.rows()]
        table = combos.with_columns(
            pl.Series("code", [a[0] for a in answers], dtype=pl.String()),
            pl.Series("problem", [a[1] for a in answers], dtype=pl.String()),
            pl.Series("since", [a[2] for a in answers], dtype=pl.Date()),
            pl.Series("until", [a[3] for a in answers], dtype=pl.Date()),
            pl.Series("by_day", [a[4] for a in answers], dtype=pl.Boolean()),
        )
        rows = rows.join(table, on=names, how="left", maintain_order="left")
        is_past_or_future = (
            (pl.col("day") < pl.col("since")) | (pl.col("day") >= pl.col("until"))
        ).fill_null(False)
        rows = rows.with_columns(
            code=pl.when(~is_past_or_future).then("code"),
            problem=pl.when(is_past_or_future).then(pl.lit("area_valid")).otherwise("problem"),
        )
        if table["by_day"].any():
            dated = rows.filter("by_day").select([*names, "day"]).unique(maintain_order=True)
            picked = [self._pick(self.candidates(row[:-1]), row[-1]) for row in dated.rows()]
            dated = dated.with_columns(
                pl.Series("day_code", [code for code, _ in picked], dtype=pl.String()),
                pl.Series("day_problem", [problem for _, problem in picked], dtype=pl.String()),
            )
            rows = rows.join(dated, on=[*names, "day"], how="left", maintain_order="left", nulls_equal=True)
            rows = rows.with_columns(
                pl.coalesce("code", "day_code").alias("code"),
                pl.coalesce("problem", "day_problem").alias("problem"),
            )
        return rows["code"], rows["problem"]

    def _answer(
        self, combo: Sequence[str]
    ) -> tuple[str | None, Problem | None, date | None, date | None, bool]:
        """Code, problem, the days on which the code is one (open ends null), and whether the day decides."""
        found = self.candidates(combo)
        codes = {validity.code for validity in found}
        if not any(combo):
            return None, None, None, None, False
        if len(codes) != 1:
            return None, None if found else "area_known", None, None, bool(found)
        ends = [validity.until for validity in found if validity.until is not None]
        until = max(ends) if len(ends) == len(found) else None
        return codes.pop(), None, min(validity.since for validity in found), until, False

    def life(self, parts: Sequence[str]) -> str:
        """When what ``parts`` may mean is an area, and what it was before and is after, for people."""
        said = []
        for code in dict.fromkeys(validity.code for validity in self.candidates(parts)):
            versions = sorted(self._lives[code], key=lambda version: version.valid_from)
            first, last = versions[0], versions[-1]
            text = f"“{last.name}”自{first.valid_from}起"
            if before := self._named(first.predecessors, code):
                text += f"，此前为{before}"
            if last.valid_to is not None:
                text += f"，{last.valid_to}起不再用"
                if after := self._named(last.successors, code):
                    text += f"，此后为{after}"
            said.append(text + "。")
        return "".join(said)

    def _named(self, listed: str | None, own_code: str) -> str:
        """Names of areas listed as codes, 330603(part), but for the area itself."""
        names = []
        for item in (listed or "").split(";"):
            code, _, part = item.strip().partition("(")
            if code and code != own_code and code in self._lives:
                newest = max(self._lives[code], key=lambda version: version.valid_from)
                names.append(f"{newest.name}（{code}{'，一部分' if part else ''}）")
        return "、".join(names)

    @staticmethod
    def _pick(found: Iterable[Validity], day: date | None) -> tuple[str | None, Problem | None]:
        """The one code valid on a day, inner before outer; else why there is none."""
        held = [validity for validity in found if day is not None and validity.holds(day)]
        if day is not None and not held:
            return None, "area_valid"
        codes = {v.code for v in held if not v.is_outer} or {v.code for v in held}
        return (codes.pop(), None) if len(codes) == 1 else (None, "area_ambiguous")

    def _read_path(self, parts: tuple[str, ...]) -> tuple[Validity, ...]:
        outer: tuple[Validity, ...] | None = None
        for part in parts:
            outer = self._read_part(plain_area(part), outer)
            if not outer:
                return ()
        return outer or ()

    def _read_part(self, name: str, outer: tuple[Validity, ...] | None) -> tuple[Validity, ...]:
        """A code, an official name, a name without its ending, or several of these written together."""
        found = self._direct(name, outer)
        if found:
            return found
        if not 3 <= len(name) <= _LONGEST_PATH:
            return ()
        together: dict[Validity, None] = {}
        for cut in range(2, len(name)):
            head = self._direct(name[:cut], outer)
            if head:
                together.update(dict.fromkeys(self._read_part(name[cut:], head)))
        return tuple(together)

    def _direct(self, name: str, outer: tuple[Validity, ...] | None) -> tuple[Validity, ...]:
        for table in (self._codes, self._names):
            found = self._below(table.get(name, []), outer)
            if found:
                return found
        inner = self._inner_names.get(name, []) if outer is not None else []
        found = self._below([*self._short_names.get(name, []), *inner], outer)
        # A short name stands for a city as well as for a county in it, so neither comes first.
        return tuple(replace(v, is_outer=False) for v in found)

    def _below(self, found: Iterable[Validity], outer: tuple[Validity, ...] | None) -> tuple[Validity, ...]:
        """Those of ``found`` that are the outer area or lie in it; all if there is no outer area."""
        if outer is None:
            return tuple(found)
        codes = {validity.code for validity in outer}
        inner = {v.code: bool(codes & self._ancestors(v.code)) for v in found}
        return tuple(
            replace(v, is_outer=not inner[v.code]) for v in found if inner[v.code] or v.code in codes
        )

    def _ancestors(self, code: str) -> set[str]:
        above: set[str] = set()
        waiting = list(self._parents.get(code, ()))
        while waiting:
            parent = waiting.pop()
            if parent not in above:
                above.add(parent)
                waiting.extend(self._parents.get(parent, ()))
        return above
