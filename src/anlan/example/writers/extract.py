"""One extract as it will lie in the inbox: sheets of cells, what is wrong in them, when it arrives."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Literal

Cell = str | int | float | date | datetime | None
Row = list[Cell]
Held = Literal["row", "cell", "nothing"]

SYNTHETIC = "合成数据，仅供演示"
# Rows above the header: a title, and a note on units, cut-off and that nothing here is real.
_ROWS_ABOVE = 2


@dataclass(frozen=True)
class Flaw:
    """A deliberate fault: the cell that the intake or the gate must hold back, and the rule that says why.

    ``row`` is the row as a person sees it, from 1; ``held`` whether the row or only the cell stays out, or
    neither: a total that cannot be compared is remarked on.
    """

    file: str
    sheet: str
    row: int
    field: str
    rule_id: str
    held: Held


@dataclass
class Sheet:
    """A sheet: title and note above a header of one or two rows, data, a total below (or above) it.

    ``headers``: levels of each column's header joined by ``/``. ``totals``: headers of which the total rows
    print the sum of what stands in the rows, as a spreadsheet would. ``subtotal``: the header whose runs of
    equal cells have a total below them, too. ``foot``: a note; ``{rows}`` in it is the number of rows, and a
    header in braces the sum below it. ``merge_down``: headers whose equal cells are merged.
    """

    name: str
    title: str
    note: str
    headers: list[str]
    rows: list[Row]
    totals: tuple[str, ...] = ()
    total_first: bool = False
    subtotal: str = ""
    foot: str = ""
    merge_down: tuple[str, ...] = ()
    _faults: list[tuple[Row, str, str, Held]] = field(default_factory=list)

    @property
    def header_rows(self) -> int:
        """One row, or two when any header has two levels."""
        return max(header.count("/") for header in self.headers) + 1

    @property
    def first_row(self) -> int:
        """The first row below the header, from 1."""
        return _ROWS_ABOVE + self.header_rows + 1

    def body(self) -> Iterator[tuple[Row, bool]]:
        """All rows below the header but the foot, each with whether it is a total."""
        if self.totals and self.total_first:
            yield self._total_row("合计", self.rows), True
        column = self.headers.index(self.subtotal) if self.subtotal else None
        for _, block in groupby(self.rows, key=lambda row: None if column is None else row[column]):
            rows = list(block)
            yield from ((row, False) for row in rows)
            if column is not None:
                yield self._total_row("小计", rows), True
        if self.totals and not self.total_first:
            yield self._total_row("合计", self.rows), True

    def foot_text(self) -> str:
        """The note below the table with its numbers."""
        values = {header: str(self._sum(header, self.rows)) for header in self.totals}
        return self.foot.format_map({**values, "rows": len(self.rows)})

    def repeat(self, positions: Sequence[int]) -> None:
        """Enter rows a second time, further down, exactly as they are."""
        self.rows += [list(self.rows[position]) for position in positions]

    def spoil(
        self,
        position: int,
        cells: dict[str, Cell],
        where: str,
        rule_id: str,
        held: Held = "row",
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

    def mark(self, position: int, where: str, rule_id: str, held: Held = "row") -> None:
        """Note that a row stays out, or is pointed out, as it is."""
        self._faults.append((self.rows[position], where, rule_id, held))

    def flaws(self, file: str, sheet: str) -> list[Flaw]:
        """The faults, once all rows stand where they will be written."""
        place = {id(row): number for number, (row, _) in enumerate(self.body(), start=self.first_row)}
        flaws = [
            Flaw(file, sheet, place[id(row)], where, rule_id, held)
            for row, where, rule_id, held in self._faults
        ]
        total_row = self.first_row if self.total_first else self.first_row + len(place) - 1
        return flaws + [
            Flaw(file, sheet, total_row, where, "control_total_checkable", "nothing")
            for row, where, _, _ in self._faults
            if any(_figure(row[self.headers.index(header)]) is None for header in self.totals)
        ]

    def _total_row(self, label: str, rows: Sequence[Row]) -> Row:
        """A total row, its label in the first column."""
        cells: Row = [_number(self._sum(h, rows)) if h in self.totals else None for h in self.headers]
        cells[0] = label
        return cells

    def _sum(self, header: str, rows: Iterable[Row]) -> Decimal:
        """The sum of a column as a spreadsheet has it: what is no number counts nothing."""
        column = self.headers.index(header)
        return sum((_figure(row[column]) or Decimal(0) for row in rows), Decimal(0))

    def _change(self, row: Row, cells: dict[str, Cell]) -> None:
        for header, value in cells.items():
            row[self.headers.index(header)] = value


def _figure(cell: Cell) -> Decimal | None:
    """The number a cell shows, in whatever way it is written; a blank shows nothing, which is 0."""
    if cell is None:
        return Decimal(0)
    try:
        return Decimal(unicodedata.normalize("NFKC", str(cell)).replace(",", ""))
    except InvalidOperation:
        return None


def _number(value: Decimal) -> Cell:
    return int(value) if value == value.to_integral_value() else float(value)


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
    totals: tuple[str, ...] = (),
    total_first: bool = False,
    subtotal: str = "",
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
        totals=totals,
        total_first=total_first,
        subtotal=subtotal,
        foot=foot,
        merge_down=merge_down,
    )
