"""What a load did, table by table: for the console and for whoever calls it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import polars as pl

# How many findings a summary carries, and how many of one kind; the lake holds all.
FINDINGS_SHOWN = 30
FINDINGS_ALIKE_SHOWN = 2

TableStatus = Literal["accepted", "refused", "failed"]


@dataclass(frozen=True)
class TableLoad:
    """One (file, source, sheet). ``failed``: the file did not read at all and will be tried again.

    ``source`` is empty where none was recognised. Rows read = accepted + quarantined + set aside.
    """

    file_name: str
    sheet_name: str
    source: str
    source_label: str
    status: TableStatus
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_set_aside: int = 0
    cells_quarantined: int = 0
    warnings_count: int = 0
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class LoadSummary:
    """Tables of this load, files passed over because they were loaded before, and first findings.

    ``findings_count`` counts what was held back, ``warnings_count`` what entered as it is and is pointed
    out. ``findings``: the first findings in the schema of the quarantine, few of each kind, with
    ``alike_count``, how many of the kind there are.
    """

    tables: list[TableLoad] = field(default_factory=list)
    already_loaded: list[str] = field(default_factory=list)
    findings: pl.DataFrame = field(default_factory=pl.DataFrame)
    findings_count: int = 0
    warnings_count: int = 0

    @property
    def accepted(self) -> list[TableLoad]:
        """Tables whose rows entered."""
        return [table for table in self.tables if table.status == "accepted"]

    @property
    def refused(self) -> list[TableLoad]:
        """Tables that did not enter: turned away now or before, or not readable."""
        return [table for table in self.tables if table.status != "accepted"]

    @property
    def rows_read(self) -> int:
        """Rows of all tables."""
        return sum(table.rows_read for table in self.tables)

    @property
    def rows_accepted(self) -> int:
        """Rows that entered."""
        return sum(table.rows_accepted for table in self.tables)

    @property
    def rows_quarantined(self) -> int:
        """Rows held back, each with at least one finding."""
        return sum(table.rows_quarantined for table in self.tables)

    @property
    def rows_set_aside(self) -> int:
        """Rows known not to be data, and all rows of refused extracts."""
        return sum(table.rows_set_aside for table in self.tables)

    @property
    def cells_quarantined(self) -> int:
        """Cells held back in rows that entered."""
        return sum(table.cells_quarantined for table in self.tables)
