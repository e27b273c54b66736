"""与已刊数字核对: what was printed elsewhere against what this release computes."""

from __future__ import annotations

from collections.abc import Sequence

from anlan.report.context import ReportContext
from anlan.report.document import Block


def published(context: ReportContext) -> Sequence[Block]:
    """The comparison, for the whole jurisdiction only: published figures are of it."""
    return []
