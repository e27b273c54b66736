"""Findings of the intake: which cell breaks which rule, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from anlan.intake.staged import (
    FINDING_SCHEMA,
    HELD_CELL,
    HELD_NOTHING,
    HELD_ROW,
    ExtractMeta,
    empty_findings,
)
from anlan.intake.unique import map_unique
from anlan.privacy.redact import HIDDEN, redact_text
from anlan.rulebook import cell_rules

_HELD = {"quarantine_row": HELD_ROW, "quarantine_cell": HELD_CELL, "warn": HELD_NOTHING}


# Their row is one of a companion, and not of the table that the finding belongs to.
RULES_OF_COMPANIONS = ["companion_row_matched"]


@dataclass(frozen=True)
class Place:
    """Where in a sheet a value stands: column letter and header, and whether it may be shown."""

    letter: str | None
    header: str
    is_personal: bool = False


@dataclass
class Findings:
    """Findings of one table as they come up. ``show``: what of a value may be printed."""

    meta: ExtractMeta
    show: Callable[[str], str] = redact_text
    frames: list[pl.DataFrame] = field(default_factory=list)

    def add(
        self,
        rule_id: str,
        field_name: str,
        label: str,
        place: Place,
        rows: pl.Series,
        values: pl.Series,
        hints: dict[str, str] | None = None,
        is_needed: bool = True,
    ) -> None:
        """One finding per row (numbers from 1).

        ``values``: what stands there; ``hints``: value -> a sentence put before the rule's remedy;
        ``is_needed``: a row cannot do without this value, and what holds the cell holds the row.
        """
        if rows.is_empty():
            return
        rule = cell_rules()[rule_id]
        held = _HELD[rule.on_fail]
        remedy = rule.remedy
        remedies = map_unique(
            values, pl.String(), lambda value: hints[value] + remedy if hints and value in hints else remedy
        ).fill_null(remedy)
        frame = pl.DataFrame(
            {
                "extract_id": self.meta.extract_id,
                "source": self.meta.source,
                "file_name": self.meta.file_name,
                "sheet_name": self.meta.sheet_name,
                "row": rows,
                "column_letter": place.letter,
                "column_name": place.header,
                "field": field_name,
                "value": HIDDEN if place.is_personal else map_unique(values, pl.String(), self.show),
                "rule_id": rule_id,
                "rule_sentence": rule.sentence.format(label=label),
                "remedy": remedies,
                "owner": rule.owner,
                "held": HELD_ROW if is_needed and held == HELD_CELL else held,
            },
            schema_overrides=FINDING_SCHEMA,
        )
        self.frames.append(frame.select(pl.col(c).cast(t) for c, t in FINDING_SCHEMA.items()))

    def rows_of_table(self) -> pl.Series:
        """Numbers of the rows of this table with a finding; a companion's rows are those of another."""
        return self.frame().filter(~pl.col("rule_id").is_in(RULES_OF_COMPANIONS))["row"]

    def held_rows(self) -> pl.Series:
        """Numbers of the rows held back so far, each once, in order."""
        return self.frame().filter(pl.col("held") == HELD_ROW)["row"].unique().sort()

    def frame(self) -> pl.DataFrame:
        """All findings by row."""
        return pl.concat([empty_findings(), *self.frames]).sort("row", maintain_order=True)
