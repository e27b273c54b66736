"""What the parts of a total add to its change, in percentage points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from anlan.report.figure import Figure

# Below this many events a percentage says more about chance than about work.
SMALL_BASE = 10


@dataclass(frozen=True)
class Contribution:
    """A part, and the percentage points of the total's change that are its own."""

    figure: Figure
    points: Decimal

    @property
    def has_small_base(self) -> bool:
        """Whether the part is too small for a percentage of its own to mean much."""
        return self.figure.base_value is not None and self.figure.base_value < SMALL_BASE


def contributions(total: Figure, parts: Sequence[Figure]) -> list[Contribution]:
    """The contribution of each part: its change over the total's base, times one hundred.

    Their sum is the total's change where the parts make up the total. Empty where the total has no
    percentage change, or a part has no change: an incomplete list would mislead.
    """
    if total.status != "ok" or not total.base_value:
        return []
    found = []
    for part in parts:
        if part.change_value is None:
            return []
        found.append(Contribution(part, part.change_value * 100 / total.base_value))
    return found
