"""Forest fires: eight years by year with areas in mu, then one workbook a year by city, and a correction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import polars as pl

from anlan.example.draw import generator
from anlan.example.places import city_of
from anlan.example.records import Province
from anlan.example.writers.cells import Cells
from anlan.example.writers.extract import Cell, Extract, Sheet, build_sheet

_FOLDER = "森林火灾"
_OFFICE = "浙江省森林防灭火指挥部办公室"
_MU_PER_HECTARE = 15


def forest_fire_extracts(province: Province) -> Iterator[Extract]:
    """The files in order of receipt."""
    rng = generator(province.seed, "forest fire files")
    records = province.forest_fires
    year = pl.col("occurred_on").dt.year()
    sheets = [_archive_sheet(province, rng, records.filter(year == y), y) for y in range(2010, 2018)]
    wrong: dict[str, Cell] = {"火灾编号": "SLHZ20139999", "记录类型": "火险"}
    sheets[3].add_wrong(20, wrong, "record_kind", "code_known")
    name = f"{_FOLDER}/2010-2017年森林火灾档案（合成）.xlsx"
    yield Extract(name, datetime(2018, 1, 20, 14, 30), _OFFICE, sheets)

    of_2019 = (pl.col("occurred_on").dt.year() == 2019) & (pl.col("record_kind") == "fire")
    reversed_id = records.filter(of_2019 & pl.col("started_at").is_not_null())["fire_id"][24]
    for number, received_at in ((2018, datetime(2019, 1, 8, 9, 30)), (2019, datetime(2020, 1, 8, 9, 50))):
        mine = records.filter(year == number)
        sheets = [
            _city_sheet(province, rng, part, city.name, f"{city.name}{number}年森林火灾明细表")
            for city in province.places.cities()
            if not (part := _of_city(mine, city.code)).is_empty()
        ]
        for sheet in sheets:
            _reverse_times(sheet, reversed_id)
        yield Extract(f"{_FOLDER}/{number}年森林火灾明细表（合成）.xlsx", received_at, _OFFICE, sheets)

    fixed = records.filter(fire_id=reversed_id)
    city_name = province.places.name(city_of(fixed["division_code"][0]), fixed["occurred_on"][0])
    sheet = _city_sheet(province, rng, fixed, city_name, "2019年森林火灾明细表更正")
    name = f"{_FOLDER}/2019年更正_森林火灾明细表（合成）.xlsx"
    yield Extract(name, datetime(2020, 3, 10, 16, 0), _OFFICE, [sheet])

    this_year = records.filter(year == 2020)
    sheets = [
        _city_sheet(province, rng, part, city.name, f"{city.name}2020年一季度森林火灾明细表")
        for city in province.places.cities()
        if not (part := _of_city(this_year, city.code)).is_empty()
    ]
    name = f"{_FOLDER}/2020年一季度森林火灾明细表（合成）.xlsx"
    yield Extract(name, datetime(2020, 4, 4, 10, 0), _OFFICE, sheets)


def _of_city(frame: pl.DataFrame, code: str) -> pl.DataFrame:
    return frame.filter(pl.col("division_code").map_elements(city_of, return_dtype=pl.String) == code)


def _reverse_times(sheet: Sheet, fire_id: str) -> None:
    """Enter the end of a fire on the day before its start."""
    for position, row in enumerate(sheet.rows):
        if row[sheet.headers.index("火灾编号")] == fire_id:
            cells: dict[str, Cell] = {"时间/扑灭日期": "2019-1-1", "时间/扑灭时刻": "00:10"}
            sheet.spoil(position, cells, "extinguished_at", "extinguished_at_not_before_start", "cell")


def _archive_sheet(province: Province, rng: np.random.Generator, frame: pl.DataFrame, year: int) -> Sheet:
    c = Cells(frame, province.contracts["forest_fires"], province.places, rng, "occurred_on")
    columns = {
        "火灾编号": c.text("fire_id"),
        "记录类型": c.label("record_kind"),
        "地点": c.path(short=0.2),
        "发生日期": c.day("occurred_on", excel=0.4, serial=0.3, dot=0.3),
        "起火时间": c.moment("started_at", excel=0.6, chinese=0.4),
        "发现时间": c.moment("discovered_at", excel=0.6, slash=0.4),
        "扑灭时间": c.moment("extinguished_at", excel=0.6, chinese=0.4),
        "起火原因": c.label("cause"),
        "火场面积（亩）": c.number("fire_ground_area_ha", _MU_PER_HECTARE),
        "受害森林面积（亩）": c.number("burnt_forest_area_ha", _MU_PER_HECTARE),
        "死亡": c.number("deaths_count"),
        "重伤": c.number("serious_injuries_count"),
        "轻伤": c.number("minor_injuries_count"),
        "出动人数": c.number("personnel_count", number=0.8, thousands=0.2),
        "出动车辆": c.number("vehicles_count"),
        "扑火经费（万元）": c.number("suppression_cost_wan_yuan"),
        "其他损失折款（万元）": c.number("other_loss_wan_yuan"),
    }
    totals = (
        "火场面积（亩）",
        "受害森林面积（亩）",
        "死亡",
    )
    return build_sheet(f"{year}年", f"浙江省{year}年森林火灾档案", "单位：亩、人、万元", columns, totals)


def _city_sheet(
    province: Province, rng: np.random.Generator, frame: pl.DataFrame, city: str, title: str
) -> Sheet:
    c = Cells(frame, province.contracts["forest_fires"], province.places, rng, "occurred_on")
    columns = {
        "序号": c.serial(),
        "火灾编号": c.text("fire_id"),
        "记录类型": c.label("record_kind"),
        "县（市、区）": c.county(short=0.25),
        "发生日期": c.day("occurred_on", chinese=0.4, dash=0.3, excel=0.3),
        "时间/起火日期": c.day("started_at", dash=0.6, excel=0.4),
        "时间/起火时刻": c.clock("started_at"),
        "时间/发现时间": c.moment("discovered_at", excel=1),
        "时间/扑灭日期": c.day("extinguished_at", dash=0.6, excel=0.4),
        "时间/扑灭时刻": c.clock("extinguished_at"),
        "起火原因": c.label("cause"),
        "面积（公顷）/火场总面积": c.number("fire_ground_area_ha"),
        "面积（公顷）/受害森林面积": c.number("burnt_forest_area_ha"),
        "伤亡（人）/死亡": c.number("deaths_count"),
        "伤亡（人）/重伤": c.number("serious_injuries_count"),
        "伤亡（人）/轻伤": c.number("minor_injuries_count"),
        "出动/人数（人次）": c.number("personnel_count", number=0.85, full_width=0.15),
        "出动/车辆（辆）": c.number("vehicles_count"),
        "扑火经费（元）": c.number("suppression_cost_wan_yuan", 10_000),
        "其他损失折款（元）": c.number("other_loss_wan_yuan", 10_000),
    }
    totals = (
        "面积（公顷）/火场总面积",
        "面积（公顷）/受害森林面积",
        "伤亡（人）/死亡",
    )
    return build_sheet(city, title, f"填报单位：{city}森林防灭火指挥部", columns, totals)
