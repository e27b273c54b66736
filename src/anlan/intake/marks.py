"""What a parser does not tell of a sheet's cells: errors, formulas without a result, percents."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# The text of a formula cell whose file holds no result that anybody computed.
UNCOMPUTED = "#未计算"

# A number format is a percent if it shows the sign itself, not in quotes or behind an escape.
_LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_PERCENT_IDS = (9, 10)


@dataclass
class Marks:
    """Cells of one sheet by column and row, both from 0.

    ``texts``: column -> row -> text that stands for the cell, such as #N/A. ``percents``: column -> rows of
    the cells whose number format is a percent.
    """

    texts: dict[int, dict[int, str]] = field(default_factory=dict)
    percents: dict[int, list[int]] = field(default_factory=dict)

    def add_text(self, row: int, column: int, text: str) -> None:
        """Let a text stand for a cell."""
        self.texts.setdefault(column, {})[row] = text

    def add_percent(self, row: int, column: int) -> None:
        """Mark a cell as a percent."""
        self.percents.setdefault(column, []).append(row)

    @property
    def height(self) -> int:
        """The number of rows down to the last text."""
        return max((max(rows) + 1 for rows in self.texts.values()), default=0)

    @property
    def width(self) -> int:
        """The number of columns up to the last text."""
        return max(self.texts, default=-1) + 1


def is_percent_format(number: int, codes: dict[int, str]) -> bool:
    """Whether a number format, built in or given by its code, shows a number a hundred-fold with %."""
    if number in codes:
        return "%" in _LITERALS.sub("", codes[number])
    return number in _PERCENT_IDS
