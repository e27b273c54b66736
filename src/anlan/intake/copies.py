"""Copies of rows as they stand in a file, for the report that goes back to who sent it."""

from __future__ import annotations

import polars as pl

from anlan.intake.layouts import Match
from anlan.intake.raw import RawSheet
from anlan.intake.rows import personal_positions
from anlan.intake.staged import COPY_SCHEMA
from anlan.intake.unique import map_unique
from anlan.privacy.redact import HIDDEN, Discretion

# Of one table; nobody repairs more by hand, and a file that is wrong throughout is wrong in one way.
MOST_COPIES = 5_000


def copy_rows(sheet: RawSheet, match: Match, rows: pl.Series, discretion: Discretion) -> pl.DataFrame:
    """COPY_SCHEMA: the first rows of ``rows`` (by their numbers), at most MOST_COPIES, a cell a column.

    Cells of personal columns are hidden, others as the discretion of the table says; blank ones are null.
    """
    wanted = rows.unique().sort().head(MOST_COPIES)
    picked = sheet.frame[(wanted - sheet.first_row).to_list()]
    hidden = personal_positions(match)
    cells = [
        cell.set(cell.is_not_null(), HIDDEN)
        if i in hidden
        else map_unique(cell, pl.String(), discretion.show)
        for i, cell in enumerate(picked)
    ]
    frame = pl.DataFrame([wanted.alias("row"), *(cell.alias(f"c{i}") for i, cell in enumerate(cells))])
    return frame.select("row", cells=pl.concat_list(pl.exclude("row"))).cast(pl.Schema(COPY_SCHEMA))


def copied_headers(sheet: RawSheet, match: Match) -> list[str]:
    """The header of each column of a copy, empty where it has none."""
    texts = [cell.text if cell is not None else "" for cell in match.cells]
    return texts + [""] * (sheet.frame.width - len(texts))
