"""What Great Expectations said of one table, kept for the documents made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anlan.gate.rules import Suite

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult


@dataclass(frozen=True)
class Validation:
    """One suite asked of one table of ``rows`` rows. ``result`` holds counts, and no value of a row."""

    suite: Suite
    table: str
    rows: int
    result: ExpectationSuiteValidationResult
