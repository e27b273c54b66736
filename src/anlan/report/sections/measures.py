"""How a sentence names each metric: its subject, the event it counts, and the word before the count."""

from __future__ import annotations

from anlan.report.context import Area, ReportContext
from anlan.report.wording import Measure

# What a chart of a metric names as its source.
SOURCES = {
    "accidents": "生产安全事故统计",
    "accident_deaths": "生产安全事故统计",
    "fires": "火灾统计",
    "forest_fires": "森林火灾统计",
}
_WORDS = {
    "accidents": ("起数", "生产安全事故"),
    "fatal_accidents": ("亡人事故起数", "亡人事故"),
    "accident_deaths": ("死亡人数", "人员死亡", "死亡"),
    "fires": ("起数", "火灾"),
    "fire_deaths": ("亡人数", "人员死亡", "亡"),
    "fire_injuries": ("受伤人数", "人员受伤", "伤"),
    "fire_property_loss_yuan": ("直接财产损失", ""),
    "forest_fires": ("起数", "森林火灾"),
    "forest_fire_deaths": ("死亡人数", "人员死亡", "死亡"),
    "forest_fire_burnt_area_ha": ("受害森林面积", ""),
    "disaster_direct_loss_wan_yuan": ("直接经济损失", ""),
    "disaster_deaths": ("死亡失踪人数", "人员死亡失踪", "死亡失踪"),
}


def measures(
    context: ReportContext, *metric_ids: str, area: Area | None = None, period_label: str | None = None
) -> list[Measure]:
    """The compared figures among these metrics that the release holds, with their words."""
    found = []
    for metric_id in metric_ids:
        figure = context.figure(metric_id, area=area, period_label=period_label)
        if figure is not None and figure.comparator_id != "none":
            found.append(Measure(figure, *_WORDS[metric_id]))
    return found
