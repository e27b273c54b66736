"""Disasters: a workbook an event with a sheet a round, or, for the great one, a workbook a round."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from anlan.example.draw import generator
from anlan.example.records import Province
from anlan.example.records.disasters import DISASTERS, Disaster
from anlan.example.writers.cells import Cells
from anlan.example.writers.extract import Extract, Sheet, build_sheet

_FOLDER = "自然灾害"
_OFFICE = "浙江省应急管理厅救灾处"
_GREAT = "ZH201908-01"
_PARTS = {
    "住房及居民家庭财产": "loss_housing_wan_yuan", "农林牧渔业": "loss_farming_wan_yuan",
    "工矿商贸业": "loss_industry_wan_yuan", "基础设施": "loss_infrastructure_wan_yuan",
    "公共服务": "loss_public_service_wan_yuan", "其他": "loss_other_wan_yuan",
}  # fmt: skip


def disaster_extracts(province: Province) -> Iterator[Extract]:
    """The files in order of receipt."""
    rng = generator(province.seed, "disaster files")
    for event in DISASTERS:
        reports = province.disaster_reports.filter(event_id=event.event_id)
        rounds = [_of_round(reports, event, number) for number in range(len(event.rounds))]
        if event.event_id == _GREAT:
            yield from _great_extracts(province, rng, event, rounds)
            continue
        sheets = [
            _sheet(province, rng, frame, name, f"{event.name}灾情{name}表")
            for frame, name in zip(rounds, _round_names(event), strict=True)
        ]
        received_at = _received(event, len(rounds) - 1)
        name = f"{_FOLDER}/{event.event_id}_{event.name}灾情统计表（合成）.xlsx"
        yield Extract(name, received_at, _OFFICE, sheets)
    for year in (2018, 2019):
        frame = _verified(province.disaster_reports, year)
        sheet = _sheet(province, rng, frame, "核定汇总", f"浙江省{year}年自然灾害灾情核定汇总表")
        name = f"{_FOLDER}/{year}年度自然灾害灾情统计表（合成）.xlsx"
        yield Extract(name, datetime(year + 1, 1, 12, 9, 30), _OFFICE, [sheet])


def _verified(reports: pl.DataFrame, year: int) -> pl.DataFrame:
    """The last report of each county on each disaster of a year: the annual return, which covers it all."""
    mine = reports.filter(pl.col("occurred_on").dt.year() == year)
    return mine.group_by("event_id", "division_code", maintain_order=True).last().select(reports.columns)


def _great_extracts(
    province: Province, rng: np.random.Generator, event: Disaster, rounds: list[pl.DataFrame]
) -> Iterator[Extract]:
    """One file a round; in the second, one county's parts do not add up, and the third brings it again."""
    wrong = rounds[1][5:6]
    rounds[2] = pl.concat([rounds[2], wrong])
    for number, (frame, name) in enumerate(zip(rounds, _round_names(event), strict=True)):
        sheet = _sheet(province, rng, frame, name, f"{event.name}灾情{name}表")
        if number == 1:
            total = float(wrong["direct_loss_wan_yuan"][0]) + 1000
            sheet.spoil(
                5, {"直接经济损失（万元）/合计": total}, "direct_loss_wan_yuan", "loss_parts_sum_to_total"
            )
        file = f"{_FOLDER}/{event.event_id}_{event.name}_{number + 1}{name}灾情统计表（合成）.xlsx"
        yield Extract(file, _received(event, number), _OFFICE, [sheet])


def _of_round(reports: pl.DataFrame, event: Disaster, number: int) -> pl.DataFrame:
    """The reports of one round: those made within an hour of its time."""
    due = event.started_at + timedelta(hours=event.rounds[number].hours)
    return reports.filter(pl.col("reported_at").is_between(due, due + timedelta(hours=1)))


def _received(event: Disaster, number: int) -> datetime:
    return event.started_at + timedelta(hours=event.rounds[number].hours + 2.5)


def _round_names(event: Disaster) -> list[str]:
    return ["初报", *["续报"] * (len(event.rounds) - 2), "核报"]


def _sheet(province: Province, rng: np.random.Generator, frame: pl.DataFrame, name: str, title: str) -> Sheet:
    c = Cells(frame, province.contracts["disaster_reports"], province.places, rng, "occurred_on")
    columns = {
        "设区市": c.city(),
        "县（市、区）": c.county(short=0.2),
        "灾害过程编号": c.text("event_id"),
        "灾害名称": c.text("event_name"),
        "灾种": c.label("disaster_kind"),
        "报告/类型": c.label("report_type"),
        "报告/序号": c.number("report_sequence"),
        "报告/上报时间": c.moment("reported_at", excel=0.7, dash=0.3),
        "灾害发生时间": c.day("occurred_on", chinese=0.5, dash=0.5),
        "人口（人）/受灾": c.number("affected_people_count", number=0.6, thousands=0.4),
        "人口（人）/因灾死亡": c.number("deaths_count"),
        "人口（人）/因灾失踪": c.number("missing_count"),
        "人口（人）/紧急避险转移": c.number("sheltered_people_count", number=0.6, thousands=0.4),
        "人口（人）/紧急转移安置": c.number("resettled_people_count", number=0.9, full_width=0.1),
        "房屋（间）/倒塌": c.number("collapsed_rooms_count"),
        "房屋（间）/严重损坏": c.number("severely_damaged_rooms_count"),
        "房屋（间）/一般损坏": c.number("slightly_damaged_rooms_count"),
        "农作物（公顷）/受灾面积": c.number("crop_affected_ha"),
        "农作物（公顷）/绝收面积": c.number("crop_lost_ha"),
        "直接经济损失（万元）/合计": c.number("direct_loss_wan_yuan", number=0.7, thousands=0.3),
        **{f"直接经济损失（万元）/{label}": c.number(field) for label, field in _PARTS.items()},
    }
    totals = (
        "人口（人）/受灾",
        "人口（人）/因灾死亡",
        "人口（人）/因灾失踪",
        "直接经济损失（万元）/合计",
        *(f"直接经济损失（万元）/{label}" for label in _PARTS),
    )
    note = "单位：人、间、公顷、万元  同一灾害过程以各县（市、区）最新一次报告为准，各次报告不累加"
    return build_sheet(name, title, note, columns, totals, total_first=True, merge_down=("设区市",))
