"""What the intake hands to the gate: one table per (extract, source, sheet), with every row accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import polars as pl

from anlan.contracts import Contract, field_dtype
from anlan.errors import AnlanError
from anlan.intake.original import Original
from anlan.privacy import redact

# The source of a table that no contract knows, or of a file that does not read.
UNKNOWN_SOURCE = "unknown"

HIDDEN = redact.HIDDEN

PROVENANCE_SCHEMA: dict[str, pl.DataType] = {
    "_extract_id": pl.String(),
    "_sheet": pl.String(),
    "_row": pl.Int64(),
    "_key": pl.String(),
}

# What a finding holds back. A warning holds nothing: the row entered as it is, and a person looks at it.
HELD_ROW: Literal["row"] = "row"
HELD_CELL: Literal["cell"] = "cell"
HELD_EXTRACT: Literal["extract"] = "extract"
HELD_NOTHING: Literal["nothing"] = "nothing"

# What says which months an extract covers. Of ``rows`` only the months that hold rows count as reported.
PeriodBasis = Literal["declared_manifest", "declared_name", "declared_title", "rows", "correction"]

FINDING_SCHEMA: dict[str, pl.DataType] = {
    "extract_id": pl.String(),
    "source": pl.String(),
    "file_name": pl.String(),
    "sheet_name": pl.String(),
    "row": pl.Int64(),
    "column_letter": pl.String(),
    "column_name": pl.String(),
    "field": pl.String(),
    "value": pl.String(),
    "rule_id": pl.String(),
    "rule_sentence": pl.String(),
    "remedy": pl.String(),
    "owner": pl.String(),
    "held": pl.String(),
}

SET_ASIDE_SCHEMA: dict[str, pl.DataType] = {
    "extract_id": pl.String(),
    "source": pl.String(),
    "file_name": pl.String(),
    "sheet_name": pl.String(),
    "row": pl.Int64(),
    "reason": pl.String(),
    "text": pl.String(),
}

# A row as it stands in its file, a cell a column of the sheet.
COPY_SCHEMA: dict[str, pl.DataType] = {"row": pl.Int64(), "cells": pl.List(pl.String())}

# Why a row is known not to be data, and how an analyst reads it.
SET_ASIDE_REASONS: dict[str, str] = {
    "title": "标题",
    "header": "表头",
    "note": "附注",
    "label": "分组标签",
    "total": "合计行",
    "of_which": "其中项",
    "blank": "空行",
    "repeat": "完全重复",
    "scope": "不属本数据源",
    "companion": "附表，随主表载入",
    "refused": "整件退回",
}


def canonical_schema(contract: Contract) -> dict[str, pl.DataType]:
    """Columns of an accepted row in order: the contract's fields, then provenance and ``_key``."""
    fields = {name: field_dtype(spec) for name, spec in contract.fields.items()}
    return {**fields, **PROVENANCE_SCHEMA}


@dataclass(frozen=True)
class ExtractMeta:
    """Where a table comes from, and which period it covers.

    ``extract_id`` is the sha256 of the file in hex. ``file_name`` is the path below the inbox (plain
    name otherwise). ``encoding_basis`` says in Chinese why a text file was taken to be in ``encoding``.
    ``sheet_name`` is the file's plain name for text files, with the range of cells for one of several
    tables on a sheet (``Sheet1!A12:F30``), and empty when the file does not read at all.
    ``layout_id`` is empty when no layout fits. Times are local, without zone.
    ``period_basis`` is null until the table was read.
    The counts of control totals are None where a table was turned away before all were compared.
    """

    extract_id: str
    original: Original
    file_name: str
    source: str
    layout_id: str
    sheet_name: str
    encoding: str | None
    received_at: datetime
    sender: str | None
    is_synthetic: bool
    extent: Literal["increment", "full"] = "increment"
    period_start_on: date | None = None
    period_end_on: date | None = None
    period_basis: PeriodBasis | None = None
    control_totals_checked_count: int | None = None
    control_totals_differing_count: int | None = None
    encoding_basis: str | None = None

    @property
    def declares_period(self) -> bool:
        """Whether the extract itself says which months it covers; else its rows do."""
        return self.period_basis not in (None, "rows")


@dataclass(frozen=True)
class StagedTable:
    """One (extract, source, sheet) after casting.

    ``rows``: canonical columns of the contract plus provenance, only rows without a held row.
    ``findings``: FINDING_SCHEMA; a row held twice has two findings and counts once. What cannot be cast
    in a required field or a key holds the row, elsewhere the cell, which is null in ``rows``.
    ``set_aside``: SET_ASIDE_SCHEMA. ``headers``: field -> (column letter, header text in the file).
    ``copies``: COPY_SCHEMA, rows with findings as they stand in the file, under ``copied_headers``.
    ``refusal``: set when the whole table is turned away; then ``rows`` and ``findings`` are empty and
    every row read is set aside as ``refused`` (of a file that does not read, no row is known).
    ``is_companion``: its rows enter with the records of another table, and none of its own is expected.
    The constructor raises ValueError unless rows read = accepted + quarantined + set aside.
    """

    meta: ExtractMeta
    rows: pl.DataFrame
    findings: pl.DataFrame
    set_aside: pl.DataFrame
    rows_read: int
    headers: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    refusal: AnlanError | None = None
    copies: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=COPY_SCHEMA))
    copied_headers: list[str] = field(default_factory=list)
    is_companion: bool = False

    def __post_init__(self) -> None:
        """Refuse to exist out of balance."""
        parts = (self.rows.height, self.rows_quarantined, self.set_aside.height)
        if sum(parts) != self.rows_read:
            raise ValueError(
                f"{self.meta.file_name} {self.meta.sheet_name}: {self.rows_read} rows read, but "
                f"accepted {parts[0]} + quarantined {parts[1]} + set aside {parts[2]} = {sum(parts)}"
            )

    @property
    def rows_quarantined(self) -> int:
        """Distinct rows with at least one finding that holds the row."""
        return self.findings.filter(pl.col("held") == "row")["row"].n_unique()


def empty_findings() -> pl.DataFrame:
    """No finding, typed."""
    return pl.DataFrame(schema=FINDING_SCHEMA)


def empty_set_aside() -> pl.DataFrame:
    """No row set aside, typed."""
    return pl.DataFrame(schema=SET_ASIDE_SCHEMA)
