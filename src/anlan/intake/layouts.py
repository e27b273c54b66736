"""Which layout of which contract a sheet follows, and where its header stands."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from anlan.contracts import Contract, Layout
from anlan.intake.header import (
    HeaderCell,
    HeaderName,
    header_cells,
    header_name,
    without_footnote_mark,
)
from anlan.intake.raw import RawSheet

# A header stands below titles and notes, never further down than this.
HEADER_SEARCH_ROWS = 30
HEAD_ROWS = HEADER_SEARCH_ROWS + 3


@dataclass(frozen=True)
class Candidate:
    """A layout that file and sheet names allow."""

    contract: Contract
    layout: Layout


@dataclass(frozen=True)
class Found:
    """One header of a layout found in a sheet; ``is_exact``: the contract knew its very text."""

    cell: HeaderCell
    is_exact: bool


@dataclass(frozen=True)
class Match:
    """How well a sheet fits a layout, with its header in the best place.

    ``found``: contract header text -> column. ``missing``: contract header texts that are required and
    absent. ``unknown``: columns that the layout does not name. ``doubled``: two columns for one header.
    """

    candidate: Candidate
    first_row: int
    cells: tuple[HeaderCell | None, ...]
    found: dict[str, Found]
    missing: tuple[str, ...]
    unknown: tuple[HeaderCell, ...]
    doubled: tuple[tuple[str, HeaderCell], ...]

    @property
    def fits(self) -> bool:
        """Every header is known and every required one is there, once."""
        return bool(self.found) and not (self.missing or self.unknown or self.doubled)

    @property
    def body_row(self) -> int:
        """The first row below the header, from 0."""
        return self.first_row + self.candidate.layout.header_rows


def allowed_candidates(
    contracts: Iterable[Contract], names: Iterable[str], sheet_name: str | None = None
) -> list[Candidate]:
    """Layouts whose file pattern fits one of a file's names and, if given, whose sheet pattern fits."""
    file_names = [unicodedata.normalize("NFC", name) for name in names]
    return [
        Candidate(contract, layout)
        for contract in contracts
        for own in contract.layouts
        for layout in (own, *own.companion_layouts)
        if _any_fits(layout.files, file_names)
        and (sheet_name is None or _any_fits(layout.sheets, [unicodedata.normalize("NFC", sheet_name)]))
    ]


def companion_patterns(contracts: Iterable[Contract], name: str) -> list[str]:
    """Patterns of the names of files that carry part of the records of a file with this name."""
    return [
        pattern
        for candidate in allowed_candidates(contracts, [name])
        for companion in candidate.layout.companions
        for pattern in companion.files
    ]


def name_fits(patterns: list[str], name: str) -> bool:
    """Whether a file's name fits one of the patterns."""
    return _any_fits(patterns, [unicodedata.normalize("NFC", name)])


def _any_fits(patterns: list[str], names: list[str]) -> bool:
    return any(fnmatchcase(name, unicodedata.normalize("NFC", p)) for p in patterns for name in names)


def required_headers(layout: Layout) -> list[str]:
    """Contract header texts (with their ``|``) without which the layout does not apply."""
    texts: dict[str, None] = {}
    for column in layout.columns:
        if not column.optional:
            texts.update(dict.fromkeys(column.headers))
    texts.update(dict.fromkeys(_headers_of_records(layout)))
    return _written(texts, layout)


def _headers_of_records(layout: Layout) -> list[str]:
    """Headers that say which rows are records, and which record a row of a companion belongs to."""
    scope = [layout.scope.header] if layout.scope else []
    return [*scope, *(header for companion in layout.companions for header in companion.matches)]


def known_headers(layout: Layout) -> list[str]:
    """All contract header texts of a layout, required or not, personal or ignored."""
    texts: dict[str, None] = {}
    for column in layout.columns:
        texts.update(dict.fromkeys(column.headers))
    texts.update(dict.fromkeys([*_headers_of_records(layout), *layout.drop, *layout.ignore]))
    return _written(texts, layout)


def _written(texts: Iterable[str], layout: Layout) -> list[str]:
    """Those of the texts that stand in a header, not in rows of their own."""
    labels = {block.header for block in layout.blocks}
    return [text for text in texts if text not in labels]


def match_layout(sheet: RawSheet, candidate: Candidate) -> Match:
    """Find the header of a layout in the first rows of a sheet: where most of its texts stand."""
    layout = candidate.layout
    required = required_headers(layout)
    known = [(text, [header_name(t) for t in text.split("|")]) for text in known_headers(layout)]
    best: Match | None = None
    for row in range(min(HEADER_SEARCH_ROWS, sheet.frame.height)):
        match = _match_at(sheet, candidate, known, required, row)
        if match.fits:
            return match
        if best is None or _merit(match) > _merit(best):
            best = match
    return best or Match(candidate, 0, (), {}, tuple(required), (), ())


def match_header(sheet: RawSheet, candidate: Candidate, row: int) -> Match:
    """How well a header that begins in one row of a sheet (from 0) fits a layout."""
    known = [(text, [header_name(t) for t in text.split("|")]) for text in known_headers(candidate.layout)]
    return _match_at(sheet, candidate, known, required_headers(candidate.layout), row)


def _merit(match: Match) -> tuple[int, int, int]:
    return len(match.found), -len(match.unknown), -len(match.missing)


def _match_at(
    sheet: RawSheet,
    candidate: Candidate,
    known: list[tuple[str, list[HeaderName]]],
    required: list[str],
    row: int,
) -> Match:
    cells = header_cells(sheet, row, candidate.layout.header_rows)
    by_base: dict[str, list[HeaderCell]] = {}
    for cell in cells:
        if cell is not None:
            by_base.setdefault(cell.name.base, []).append(cell)
    _read_marked(by_base, {name.base for _, names in known for name in names})
    found: dict[str, Found] = {}
    doubled: list[tuple[str, HeaderCell]] = []
    named: set[int] = set()
    for text, names in known:
        hits = [
            Found(cell, is_exact)
            for name in names
            for cell in by_base.get(name.base, ())
            if (is_exact := _same(cell.name, name)) is not None
        ]
        hits.sort(key=lambda hit: not hit.is_exact)
        named.update(hit.cell.index for hit in hits)
        if hits:
            found[text] = hits[0]
            doubled += [(text, hit.cell) for hit in hits[1:] if hit.cell.index != hits[0].cell.index]
    # A column that another header of the layout names in its very words is not a double of this one.
    own = {hit.cell.index for hit in found.values() if hit.is_exact}
    doubled = [(text, cell) for text, cell in doubled if cell.index not in own]
    return Match(
        candidate,
        row,
        tuple(cells),
        found,
        missing=tuple(text for text in required if text not in found),
        unknown=tuple(cell for cell in cells if cell is not None and cell.index not in named),
        doubled=tuple(doubled),
    )


def _read_marked(by_base: dict[str, list[HeaderCell]], known: set[str]) -> None:
    """Let a header with the mark of a footnote stand for the known one without it, if none is there itself.

    Where the marks tell two columns apart (死亡①, 死亡②) both stand for it, and it is found twice.
    """
    plain: dict[str, list[HeaderCell]] = {}
    for base, cells in by_base.items():
        for cell in cells if base not in known else ():
            text = without_footnote_mark(cell.text)
            name = header_name(text) if text else None
            if name is not None and name.base in known and name.base not in by_base:
                plain.setdefault(name.base, []).append(replace(cell, name=name))
    by_base.update(plain)


def _same(cell: HeaderName, name: HeaderName) -> bool | None:
    """True if a header is the contract's very text, False if they differ in a unit only, None otherwise."""
    if cell.full == name.full:
        return True
    has_unit = cell.unit is not None or name.unit is not None
    return False if has_unit and cell.base == name.base and cell.base else None
