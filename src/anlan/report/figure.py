"""A figure as the report reads it: one row of ``marts.fig_all``, and the looking up of one.

Numbers are held as exact decimals, so that what is printed is rounded once, half up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl

MINUS = "−"

# What stands in place of a number that there is not. The sentence forms are in wording.
STATUS_WORDS = {
    "ok": "正常",
    "zero_base": "上年同期为0",
    "zero_current": "本期为0",
    "both_zero": "两期均为0",
    "base_missing": "上年同期缺报",
    "current_missing": "缺报",
    "not_comparable_area": "区划不可比",
    "scope_break": "口径不可比",
    "suppressed": "不公布",
}

# The same in a table cell, where the note below the table explains it.
NO_PERCENTAGE = "—"
CELL_WORDS = {
    "zero_base": NO_PERCENTAGE,
    "zero_current": NO_PERCENTAGE,
    "both_zero": NO_PERCENTAGE,
    "base_missing": "上年缺报",
    "current_missing": "缺报",
    "not_comparable_area": "不可比",
    "scope_break": "不可比",
    "suppressed": "不公布",
}


def exact(value: float | int | Decimal | None) -> Decimal | None:
    """A number as the decimal it prints as; None stays None."""
    return None if value is None else Decimal(str(value))


def print_number(value: Decimal, decimals: int = 0, signed: bool = False) -> str:
    """A number with thousands separators, rounded half up; ``signed`` writes + and the minus sign."""
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    if rounded == 0:
        rounded = abs(rounded)
    sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
    return f"{sign}{abs(rounded):,.{decimals}f}"


@dataclass(frozen=True)
class Figure:
    """One figure with its comparison. ``value`` is None when the source has not reported the period."""

    figure_id: str
    metric_id: str
    metric_name: str
    unit_name: str
    polarity: str
    area_code: str
    area_name: str
    period_type: str
    period_label: str
    breakdown_type: str
    breakdown_code: str
    breakdown_name: str
    breakdown_order: int
    comparator_id: str
    value: Decimal | None
    base_value: Decimal | None
    change_value: Decimal | None
    change_pct: Decimal | None
    printed_decimals: int
    status: str

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Figure:
        """A figure from a row of ``fig_all``; further columns are left aside."""
        numbers = ("value", "base_value", "change_value", "change_pct")
        fields = {name: row[name] for name in cls.__dataclass_fields__}
        return cls(**{**fields, **{name: exact(row[name]) for name in numbers}})

    @property
    def is_share(self) -> bool:
        """Whether the figure is itself a percentage: its change is then percentage points."""
        return self.unit_name == "%"

    @property
    def printed(self) -> str:
        """The value at its printed decimals, or the word for why there is none."""
        if self.value is None:
            return CELL_WORDS.get(self.status, "缺报")
        return print_number(self.value, self.printed_decimals)

    @property
    def printed_base(self) -> str:
        """The base at the same decimals, or the word for why there is none."""
        if self.base_value is None:
            return CELL_WORDS["base_missing"] if self.comparator_id != "none" else NO_PERCENTAGE
        return print_number(self.base_value, self.printed_decimals)

    @property
    def printed_change(self) -> str:
        """The signed change in % (percentage points for a share), or the word for why there is none."""
        if self.status != "ok":
            return CELL_WORDS.get(self.status, self.status)
        if self.is_share and self.change_value is not None:
            return print_number(self.change_value, self.printed_decimals, signed=True)
        if self.change_pct is None:
            return NO_PERCENTAGE
        return print_number(self.change_pct, 1, signed=True)

    @property
    def is_good(self) -> bool | None:
        """Whether the change goes the wanted way; None when it is flat, unknown or neither way is."""
        if self.change_value is None or self.change_value == 0 or self.polarity == "neutral":
            return None
        return (self.change_value < 0) == (self.polarity == "down_good")


class Figures:
    """Figures of one or more areas and periods, found by what they are."""

    def __init__(self, rows: Iterable[Figure]) -> None:
        self._rows = list(rows)
        self._by_key = {
            (f.metric_id, f.area_code, f.period_label, f.breakdown_type, f.breakdown_code, f.comparator_id): f
            for f in self._rows
        }

    @classmethod
    def from_frame(cls, frame: pl.DataFrame) -> Figures:
        """Figures from rows of ``fig_all``."""
        return cls(Figure.from_row(row) for row in frame.iter_rows(named=True))

    def __iter__(self) -> Any:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def get(
        self,
        metric_id: str,
        area_code: str,
        period_label: str,
        breakdown: tuple[str, str] = ("total", "total"),
    ) -> Figure | None:
        """The figure, with its year-on-year comparison where there is one; None if there is none."""
        for comparator in ("yoy", "none"):
            found = self._by_key.get((metric_id, area_code, period_label, *breakdown, comparator))
            if found is not None:
                return found
        return None

    def parts(self, metric_id: str, area_code: str, period_label: str, breakdown_type: str) -> list[Figure]:
        """The figures of one breakdown in its own order, each once."""
        codes = dict.fromkeys(
            f.breakdown_code
            for f in sorted(self._rows, key=lambda f: (f.breakdown_order, f.breakdown_code))
            if (f.metric_id, f.area_code, f.period_label, f.breakdown_type)
            == (metric_id, area_code, period_label, breakdown_type)
        )
        found = (self.get(metric_id, area_code, period_label, (breakdown_type, code)) for code in codes)
        return [figure for figure in found if figure is not None]
