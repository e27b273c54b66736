"""What a report is about: one area and period of one release, with its figures at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from anlan.errors import AnlanError
from anlan.release.reader import ReleaseReader
from anlan.report.charts.caption import Caption
from anlan.report.figure import Figure, Figures
from anlan.report.period import ReportPeriod


@dataclass(frozen=True)
class Area:
    """A division as a report names it."""

    code: str
    name: str


@dataclass(frozen=True)
class ReportContext:
    """The figures of an area, and of the areas directly below it, for one period.

    ``metrics`` are those the release has any value for: a section without one has no source here.
    """

    reader: ReleaseReader
    period: ReportPeriod
    area: Area
    parts: Sequence[Area]
    figures: Figures
    metrics: frozenset[str]

    @property
    def caption(self) -> Caption:
        """The standing part of the charts' subtitles."""
        return Caption(self.area.name, self.period.whole, self.reader.as_of_at, self.reader.is_synthetic)

    def has_source(self, *metric_ids: str) -> bool:
        """Whether the release holds any value of any of these metrics."""
        return not self.metrics.isdisjoint(metric_ids)

    def figure(
        self,
        metric_id: str,
        breakdown: tuple[str, str] = ("total", "total"),
        area: Area | None = None,
        period_label: str | None = None,
    ) -> Figure | None:
        """One figure of the report's whole period, or of another; None if the release has none."""
        area_code = (area or self.area).code
        return self.figures.get(metric_id, area_code, period_label or self.period.whole, breakdown)

    def breakdown(self, metric_id: str, breakdown_type: str, period_label: str | None = None) -> list[Figure]:
        """The parts of a figure of the report's area, in their own order; 不明 only where it is not empty."""
        label = period_label or self.period.whole
        parts = self.figures.parts(metric_id, self.area.code, label, breakdown_type)
        return [part for part in parts if part.breakdown_code != "unknown" or part.value or part.base_value]

    def latest_label(self, metric_id: str, period_type: str) -> str | None:
        """The last period of a type, ending within the report's, for which the metric has a value."""
        labels = [
            f.period_label
            for f in self.figures
            if f.metric_id == metric_id
            and f.period_type == period_type
            and f.area_code == self.area.code
            and f.value is not None
            and f.period_label.rpartition("/")[2] <= str(self.period.last_day)
        ]
        return max(labels, default=None)

    def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        """Rows of a mart, as dictionaries."""
        return self.reader.query(sql, **params).to_dicts()


def open_context(reader: ReleaseReader, period: str, area: str | None = None) -> ReportContext:
    """The context of a report; the area is the whole jurisdiction unless given.

    Errors: AnlanError for an area or a period of which the release holds no figure.
    """
    report_period = ReportPeriod(period)
    code = reader.area_code(area or reader.root_code)
    divisions = reader.query(
        """
        select area_code, area_name from marts.dim_area
        where (area_code = $code or parent_code = $code and not is_local_unit)
            and valid_from <= $day and (valid_to is null or valid_to > $day)
        order by protocol_order nulls last, area_code
        """,
        code=code,
        day=report_period.last_day,
    ).to_dicts()
    areas = [Area(row["area_code"], row["area_name"]) for row in divisions]
    own = next((candidate for candidate in areas if candidate.code == code), None)
    if own is None:
        raise AnlanError(f"{period} 期内没有代码为 {code} 的区划", "换一个期别或区划。")
    parts = [candidate for candidate in areas if candidate.code != code]
    labels = [report_period.whole, report_period.label]
    frame = reader.query(
        """
        select * from marts.fig_all
        where (area_code = $code and period_label in (select unnest($own_labels)))
            or (area_code = $code and period_type = 'ten_years')
            or (area_code in (select unnest($parts)) and period_label in (select unnest($labels)))
            or (area_code in (select unnest($areas)) and period_type = 'as_of')
        order by area_version
        """,
        code=code,
        parts=[part.code for part in parts],
        areas=[candidate.code for candidate in areas],
        labels=labels,
        own_labels=[*labels, *report_period.months],
    )
    figures = Figures.from_frame(frame)
    if not any(f.period_label in labels and f.area_code == code for f in figures):
        known = reader.query(
            """
            select distinct period_label from marts.fig_all
            where area_code = $code and period_type in ('year', 'month') order by 1
            """,
            code=code,
        )["period_label"].to_list()
        hint = f"可用的期别：{known[0]} 至 {known[-1]}。" if known else "先载入这一地区的报表。"
        raise AnlanError(f"当前版本没有 {own.name} {period} 的数字", hint)
    metrics = reader.query("select distinct metric_id from marts.fig_all where value is not null")
    return ReportContext(
        reader, report_period, own, parts, figures, frozenset(metrics["metric_id"].to_list())
    )
