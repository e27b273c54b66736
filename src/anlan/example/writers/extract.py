"""One extract as it will lie in the inbox: sheets of cells, what is wrong in them, when it arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Cell = str | int | float | date | datetime | None
Row = list[Cell]

SYNTHETIC = "合成数据，仅供演示"
# Rows above the header: a title, and a note on units, cut-off and that nothing here is real.
_ROWS_ABOVE = 2


@dataclass(frozen=True)
class Flaw:
    """A deliberate fault: the cell that the intake or the gate must hold back, and the rule that says why.

    ``row`` is the row as a person sees it, from 1; ``held`` whether the row or only the cell stays out.
    """

    file: str
    sheet: str
    row: int
    field: str
    rule_id: str
    held: Literal["row", "cell"]


@dataclass
class Sheet:
    """A sheet: title and note above a header of one or two rows, data, a total below (or above) it.

    ``headers``: levels of each column's header joined by ``/``. ``totals``: header -> what the total row
    prints. ``merge_down``: headers whose equal cells are merged.
    """

    name: str
    title: str
    note: str
    headers: list[str]
    rows: list[Row]
    totals: dict[str, Cell] = field(default_factory=dict)
    total_first: bool = False
    foot: str = ""
    merge_down: tuple[str, ...] = ()
    _faults: list[tuple[Row, str, str, Literal["row", "cell"]]] = field(default_factory=list)

    @property
    def header_rows(self) -> int:
        """One row, or two when any header has two levels."""
        return max(header.count("/") for header in self.headers) + 1

    @property
    def first_row(self) -> int:
        """The first row of data, from 1."""
        return _ROWS_ABOVE + self.header_rows + 1 + (self.total_first and bool(self.totals))

    def repeat(self, positions: Sequence[int]) -> None:
        """Enter rows a second time, further down, exactly as they are."""
        self.rows += [list(self.rows[position]) for position in positions]

    def spoil(
        self,
        position: int,
        cells: dict[str, Cell],
        where: str,
        rule_id: str,
        held: Literal["row", "cell"] = "row",
    ) -> None:
        """Write wrong cells into a row; a later extract brings the row as it should be."""
        self._change(self.rows[position], cells)
        self._faults.append((self.rows[position], where, rule_id, held))

    def add_wrong(self, like: int, cells: dict[str, Cell], where: str, rule_id: str) -> None:
        """Enter a row that must stay out for ever: as row ``like``, with wrong cells."""
        row = list(self.rows[like])
        self._change(row, cells)
        self.rows.insert(like + 1, row)
        self._faults.append((row, where, rule_id, "row"))

    def mark(self, position: int, where: str, rule_id: str) -> None:
        """Note that a row stays out as it is."""
        self._faults.append((self.rows[position], where, rule_id, "row"))

    def flaws(self, file: str, sheet: str) -> list[Flaw]:
        """The faults, once all rows stand where they will be written."""
        position = {id(row): number for number, row in enumerate(self.rows)}
        return [
            Flaw(file, sheet, self.first_row + position[id(row)], where, rule_id, held)
            for row, where, rule_id, held in self._faults
        ]

    def total_row(self, label: str = "合计") -> Row:
        """The total row, its label in the first column."""
        cells: Row = [self.totals.get(header) for header in self.headers]
        cells[0] = label
        return cells

    def _change(self, row: Row, cells: dict[str, Cell]) -> None:
        for header, value in cells.items():
            row[self.headers.index(header)] = value


@dataclass
class Extract:
    """A file of the inbox. ``encoding`` is None for a workbook, else that of a CSV with one sheet."""

    file: str
    received_at: datetime
    sender: str
    sheets: list[Sheet]
    encoding: str | None = None

    @property
    def flaws(self) -> list[Flaw]:
        """All faults of the file; the sheet of a CSV is named like the file."""
        name = self.file.rsplit("/", 1)[-1]
        return [
            flaw
            for sheet in self.sheets
            for flaw in sheet.flaws(self.file, sheet.name if self.encoding is None else name)
        ]


def build_sheet(
    name: str,
    title: str,
    note: str,
    columns: dict[str, list[Cell]],
    totals: dict[str, Cell] | None = None,
    total_first: bool = False,
    foot: str = "",
    merge_down: tuple[str, ...] = (),
) -> Sheet:
    """A sheet from columns by header; the title says that nothing in it is real."""
    return Sheet(
        name=name,
        title=f"{title}（{SYNTHETIC}）",
        note=note,
        headers=list(columns),
        rows=[list(row) for row in zip(*columns.values(), strict=True)],
        totals=totals or {},
        total_first=total_first,
        foot=foot,
        merge_down=merge_down,
    )
