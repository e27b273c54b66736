"""What stands on every chart: title, period, snapshot, unit, source, and that the data is synthetic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from anlan.report.period import moment_words, period_words

if TYPE_CHECKING:
    import altair as alt

    AnyChart = TypeVar("AnyChart", bound=alt.TopLevelMixin)

SYNTHETIC = "合成数据（演示）"


@dataclass(frozen=True)
class Caption:
    """The standing part of a chart's subtitle; ``source`` names the ledger the numbers rest on."""

    area_name: str
    period_label: str
    as_of_at: datetime
    is_synthetic: bool
    source: str = ""

    def about(self, source: str, period_label: str | None = None) -> Caption:
        """The same caption for another source, and period if given."""
        return replace(self, source=source, period_label=period_label or self.period_label)

    def lines(self, unit: str) -> list[str]:
        """Subtitle: area, period and snapshot; unit, source and 合成数据."""
        first = [self.area_name, period_words(self.period_label), f"数据截至{moment_words(self.as_of_at)}"]
        second = [f"单位：{unit}", f"来源：{self.source}"] + ([SYNTHETIC] if self.is_synthetic else [])
        return ["　".join(first), "　".join(second)]


def titled(chart: AnyChart, title: str, unit: str, caption: Caption) -> AnyChart:
    """The chart with its title and caption."""
    import altair as alt

    named: Any = chart
    return named.properties(title=alt.Title(title, subtitle=caption.lines(unit)))  # type: ignore[no-any-return]
