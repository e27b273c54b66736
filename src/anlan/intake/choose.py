"""Settle which layout a sheet follows, or why none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from anlan.contracts import CompanionLayout, Contract
from anlan.errors import AnlanError
from anlan.intake.layouts import Candidate, Match, allowed_candidates, match_layout
from anlan.intake.raw import RawSheet
from anlan.intake.refusals import refuse_ambiguous, refuse_headers, refuse_unknown
from anlan.intake.staged import UNKNOWN_SOURCE

# With fewer headers recognised, a sheet is not a poor copy of a layout but something else.
_FEWEST_HEADERS = 2


@dataclass(frozen=True)
class Choice:
    """A layout that fits, or the reason for refusal and the source it would have been."""

    match: Match | None
    source: str
    refusal: AnlanError | None = None


def companion_matches(sheet: RawSheet, names: list[str], contracts: Mapping[str, Contract]) -> list[Match]:
    """The companions of layouts that a sheet is: several, if it carries part of several records."""
    candidates = allowed_candidates(contracts.values(), names, sheet.name)
    matches = [match_layout(sheet, c) for c in candidates if isinstance(c.layout, CompanionLayout)]
    return [match for match in matches if match.fits]


def choose_layout(sheet: RawSheet, where: str, names: list[str], contracts: Mapping[str, Contract]) -> Choice:
    """The layout whose header stands in the sheet; of several that fit, the one that knows most headers.

    ``where``: file and sheet as messages name them; ``names``: what layouts may call the file.
    """
    matches = [match_layout(sheet, c) for c in allowed_candidates(contracts.values(), names, sheet.name)]
    fitting = [match for match in matches if match.fits]
    # A table of its own may carry part of the records of another, too.
    fitting = [m for m in fitting if not isinstance(m.candidate.layout, CompanionLayout)] or fitting
    if fitting:
        most = max(len(match.found) for match in fitting)
        first, *others = [match for match in fitting if len(match.found) == most]
        if not others:
            return Choice(first, first.candidate.contract.source)
        return Choice(None, first.candidate.contract.source, refuse_ambiguous(where, [first, *others]))
    near = [match for match in matches if len(match.found) >= _FEWEST_HEADERS]
    if near:
        best = max(near, key=lambda m: 2 * len(m.found) - len(m.unknown) - len(m.missing))
        return Choice(None, best.candidate.contract.source, refuse_headers(where, best, sheet.first_row))
    elsewhere = [
        Candidate(contract, layout) for contract in contracts.values() for layout in contract.layouts
    ]
    misnamed = next((c for c in elsewhere if match_layout(sheet, c).fits), None)
    pattern = None if misnamed is None else f"合同 {misnamed.contract.source} 的布局 {misnamed.layout.id}"
    return Choice(None, UNKNOWN_SOURCE, refuse_unknown(where, matches, pattern))
