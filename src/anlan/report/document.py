"""The parts a bulletin is made of, before they become a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from anlan.report.figure import Figure

if TYPE_CHECKING:
    import altair as alt

Measure = Literal["value", "base_value", "change_pct"]
Tone = Literal["", "good", "bad"]


@dataclass(frozen=True)
class Cell:
    """One cell of a table; a number names its figure, so that a machine can read the page."""

    text: str
    figure_id: str = ""
    measure: str = ""
    tone: Tone = ""
    is_number: bool = False


@dataclass(frozen=True)
class Row:
    """One row; a total row stands out."""

    cells: Sequence[Cell]
    is_total: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its caption above, unit at the right, and notes below.

    ``groups``: headings over runs of columns as (text, columns spanned), empty for none.
    """

    caption: str
    unit: str
    header: Sequence[str]
    rows: Sequence[Row]
    groups: Sequence[tuple[str, int]] = ()
    notes: Sequence[str] = ()
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True)
class Note:
    """A remark set apart: what a reader must know beside the numbers."""

    text: str
    kind: Literal["note"] = "note"


@dataclass(frozen=True)
class ChartBlock:
    """A chart; ``label`` says in words what it shows."""

    chart: alt.TopLevelMixin
    label: str
    kind: Literal["chart"] = "chart"


Block = Table | Paragraph | Note | ChartBlock


@dataclass(frozen=True)
class Section:
    """A numbered section. Without blocks it is left out and named as having no source."""

    title: str
    blocks: Sequence[Block] = ()


@dataclass(frozen=True)
class Card:
    """A headline number."""

    label: str
    value: str
    unit: str
    change: str
    figure_id: str
    tone: Tone = ""


@dataclass(frozen=True)
class Definition:
    """What a metric means, as the page prints it."""

    name: str
    unit: str
    text: str
    basis: str


@dataclass(frozen=True)
class Bulletin:
    """A whole bulletin, ready to be set as a page."""

    title: str
    issuer: str
    period: str
    as_of: str
    release_id: str
    is_synthetic: bool
    cards: Sequence[Card]
    sections: Sequence[Section]
    left_out: Sequence[str]
    definitions: Sequence[Definition]
    notes: Sequence[str] = field(default_factory=list)


def text_cell(text: str) -> Cell:
    """A cell of words."""
    return Cell(text)


def number_cell(figure: Figure | None) -> Cell:
    """The figure's value."""
    if figure is None:
        return Cell("无", is_number=True)
    return Cell(figure.printed, figure.figure_id, "value", is_number=True)


def base_cell(figure: Figure | None) -> Cell:
    """The figure's base."""
    if figure is None:
        return Cell("无", is_number=True)
    return Cell(figure.printed_base, figure.figure_id, "base_value", is_number=True)


def change_cell(figure: Figure | None) -> Cell:
    """The figure's signed change, toned by its polarity."""
    if figure is None:
        return Cell("无", is_number=True)
    return Cell(figure.printed_change, figure.figure_id, "change_pct", tone_of(figure), is_number=True)


def tone_of(figure: Figure) -> Tone:
    """Whether the change reads as good or bad; nothing where no change is stated."""
    if figure.status != "ok" or figure.is_good is None:
        return ""
    return "good" if figure.is_good else "bad"


def compared_cells(figure: Figure | None) -> list[Cell]:
    """Value, base and change: the three cells a compared figure takes in a table."""
    return [number_cell(figure), base_cell(figure), change_cell(figure)]
