"""One table while its texts become values: the cells, what was read so far, and what could not be."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

import polars as pl

from anlan.contracts import Contract, Layout
from anlan.intake.bind import Bound
from anlan.intake.cast import Reading
from anlan.intake.findings import Findings, Place
from anlan.intake.layouts import Match


@dataclass
class Assembly:
    """One table in the making.

    ``cells``: data rows only, text columns ``c0``… as in the sheet, filled down, "no value" texts null;
    ``rows``: their numbers from 1. ``values``: canonical columns so far, of the same length; ``derived``:
    what is kept of the identity numbers in a column of the sheet.
    """

    match: Match
    cells: pl.DataFrame
    rows: pl.Series
    findings: Findings
    reading: Reading
    values: dict[str, pl.Series] = field(default_factory=dict)
    derived: dict[int, pl.DataFrame] = field(default_factory=dict)

    @property
    def contract(self) -> Contract:
        """The contract the table follows."""
        return self.match.candidate.contract

    @property
    def layout(self) -> Layout:
        """The layout the table follows."""
        return self.match.candidate.layout

    def texts(self, position: int) -> pl.Series:
        """The texts of one column of the sheet."""
        return self.cells[f"c{position}"]

    def throughout(self, value: object, dtype: pl.DataType) -> pl.Series:
        """One value in every row."""
        return pl.Series("value", [value], dtype=dtype).new_from_index(0, self.rows.len())

    def report(
        self,
        rule: str,
        bound: Bound,
        place: Place,
        bad: pl.Series,
        texts: pl.Series,
        hints: dict[str, str] | None = None,
    ) -> None:
        """Findings for the rows where ``bad`` holds.

        A value that a record can do without is held back alone: a fire whose end cannot be read is
        still a fire.
        """
        needed = bound.spec.required or bound.field in (self.layout.key or self.contract.key)
        self.findings.add(
            rule,
            bound.field,
            bound.spec.label,
            place,
            self.rows.filter(bad),
            texts.filter(bad),
            hints,
            "row" if needed else "cell",
        )

    def reported(self, bound: Bound) -> pl.Series:
        """Where a finding on this field was made."""
        rows = [frame["row"] for frame in self.findings.frames if frame["field"][0] == bound.field]
        if not rows:
            return self.throughout(False, pl.Boolean())
        return self.rows.is_in(pl.concat(rows).implode())


def prepare_cells(cells: pl.DataFrame, match: Match) -> pl.DataFrame:
    """Fill down, then blank what means "no value" (in half or full width); of all columns or of some."""
    layout = match.candidate.layout
    down = [f"c{match.found[text].cell.index}" for text in layout.fill_down if text in match.found]
    down = [name for name in down if name in cells.columns]
    return blank_missing(cells.with_columns(pl.col(down).forward_fill()) if down else cells, match)


def blank_missing(cells: pl.DataFrame, match: Match) -> pl.DataFrame:
    """Null for texts that mean "no value" (in half or full width)."""
    missing = {width for text in match.candidate.layout.missing if text for width in _widths(text)}
    return cells.with_columns(pl.when(~pl.all().is_in(list(missing))).then(pl.all()))


def _widths(text: str) -> tuple[str, str, str]:
    full = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)
    return text, unicodedata.normalize("NFKC", text), full
