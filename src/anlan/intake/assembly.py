"""One table while its texts become values: the cells, what was read so far, and what could not be."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from anlan.contracts import Contract, Layout
from anlan.intake.bind import Bound
from anlan.intake.cast import Reading
from anlan.intake.findings import Findings, Place
from anlan.intake.layouts import Match
from anlan.privacy.redact import Discretion


@dataclass
class Assembly:
    """One table in the making.

    ``cells``: data rows only, text columns ``c0``… as in the sheet, filled down, "no value" texts null;
    ``rows``: their numbers from 1. ``values``: canonical columns so far, of the same length; ``derived``:
    what is kept of the identity numbers in a column of the sheet. ``discretion``: what of texts is stored.
    """

    match: Match
    cells: pl.DataFrame
    rows: pl.Series
    findings: Findings
    reading: Reading
    discretion: Discretion
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
        needed = self.is_needed(bound)
        self.findings.add(
            rule,
            bound.field,
            bound.spec.label,
            place,
            self.rows.filter(bad),
            texts.filter(bad),
            hints,
            needed,
        )

    def is_needed(self, bound: Bound) -> bool:
        """Whether a record can not do without this field."""
        return bound.spec.required or bound.field in (self.layout.key or self.contract.key)

    def reported(self, bound: Bound) -> pl.Series:
        """Where a finding on this field was made."""
        rows = [frame["row"] for frame in self.findings.frames if frame["field"][0] == bound.field]
        if not rows:
            return self.throughout(False, pl.Boolean())
        return self.rows.is_in(pl.concat(rows).implode())


def prepare_cells(cells: pl.DataFrame, match: Match, stretches: pl.Series | None = None) -> pl.DataFrame:
    """Fill down, then blank what means "no value" (in half or full width); of all columns or of some.

    ``stretches``: a number for each row; nothing is filled down from a row of one into another.
    """
    down = [name for name in filled_down(match) if name in cells.columns]
    if down and stretches is None:
        cells = cells.with_columns(pl.col(down).forward_fill())
    elif down:
        stretch = pl.Series("_stretch", stretches)
        cells = cells.with_columns(stretch).with_columns(pl.col(down).forward_fill().over("_stretch"))
        cells = cells.drop("_stretch")
    return blank_missing(cells, match)


def blank_missing(cells: pl.DataFrame, match: Match) -> pl.DataFrame:
    """Null for texts that mean "no value" (in half or full width)."""
    missing = {width for text in match.candidate.layout.missing if text for width in _widths(text)}
    return cells.with_columns(pl.when(~pl.all().is_in(list(missing))).then(pl.all()))


def filled_down(match: Match) -> list[str]:
    """The columns whose blank cells take the value above."""
    found = match.found
    return [f"c{found[text].cell.index}" for text in match.candidate.layout.fill_down if text in found]


def fill_merged(
    cells: pl.DataFrame, match: Match, merged: Iterable[tuple[int, int, int, int]]
) -> pl.DataFrame:
    """All rows of a sheet, with what is merged over several rows of a filled-down column in each of them."""
    down = filled_down(match)
    ranges = [
        (top, bottom, f"c{left}")
        for top, left, bottom, _ in merged
        if top >= match.body_row and bottom > top and f"c{left}" in down
    ]
    for name in dict.fromkeys(column for _, _, column in ranges):
        texts = cells[name].to_list()
        for top, bottom, column in ranges:
            if column == name:
                texts[top : bottom + 1] = [texts[top]] * len(texts[top : bottom + 1])
        cells = cells.with_columns(pl.Series(name, texts, dtype=pl.String()))
    return cells


def _widths(text: str) -> tuple[str, str, str]:
    full = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)
    return text, unicodedata.normalize("NFKC", text), full
