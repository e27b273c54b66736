"""Accidents: 2018 as one workbook by city, then one workbook a month, and a list of corrections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import polars as pl

from anlan.example.draw import generator, months
from anlan.example.places import city_of
from anlan.example.records import Province
from anlan.example.writers.cells import Cells
from anlan.example.writers.extract import Cell, Extract, Sheet, build_sheet

_FOLDER = "生产安全事故"
_OFFICE = "浙江省应急管理厅"
_ANNUAL = datetime(2019, 1, 5, 9, 12)
_CORRECTIONS = datetime(2020, 2, 20, 15, 40)
_MONTHS = months((2019, 1), (2020, 3))
_EARLY_DEATHS, _EARLY_LOSSES = 14, 9


@dataclass
class _Delivery:
    """What one file brings: pieces of canonical rows, some in an earlier state."""

    received_at: datetime
    pieces: list[pl.DataFrame] = field(default_factory=list)

    def frame(self) -> pl.DataFrame:
        """All rows, in order of occurrence and in no order where two are alike."""
        return pl.concat(self.pieces).sort("occurred_at", "accident_id")


def accident_extracts(province: Province) -> Iterator[Extract]:
    """The files in order of receipt."""
    rng = generator(province.seed, "accident files")
    annual, *monthly = deliveries = _deliveries()
    corrections = _Delivery(_CORRECTIONS)
    wrong = _deliver(province, rng, deliveries, corrections)
    yield _annual_extract(province, rng, annual, wrong[0])
    for (year, month), delivery in zip(_MONTHS, monthly, strict=True):
        sheet = _monthly_sheet(province, rng, delivery.frame(), f"浙江省{year}年{month}月生产安全事故明细表")
        if (year, month) == (2019, 4):
            _add_unknown_county(sheet)
        for accident_id, header, text, where, rule in wrong[1:]:
            position = _position(sheet, accident_id)
            if position is not None and (year, month) == _first_month(monthly, accident_id):
                sheet.spoil(position, {header: text}, where, rule)
        if month % 4 == 1:
            sheet.repeat([3, 11])
        name = f"{_FOLDER}/{year}年{month:02d}月生产安全事故明细表（合成）.xlsx"
        yield Extract(name, delivery.received_at, _OFFICE, [sheet])
    sheet = _monthly_sheet(province, rng, corrections.frame(), "浙江省生产安全事故核定更正表")
    yield Extract(
        f"{_FOLDER}/2019年度核定更正_生产安全事故明细表（合成）.xlsx", _CORRECTIONS, _OFFICE, [sheet]
    )


def _deliveries() -> list[_Delivery]:
    following = [*_MONTHS[1:], (2020, 4)]
    return [_Delivery(_ANNUAL)] + [
        _Delivery(datetime(year, month, 5, 9, (7 * month) % 60)) for year, month in following
    ]


# Accident, header, wrong text, field, rule.
_Wrong = tuple[str, str, str, str, str]


def _deliver(
    province: Province, rng: np.random.Generator, deliveries: list[_Delivery], corrections: _Delivery
) -> list[_Wrong]:
    """Put every accident into the file it arrives in, and its earlier states into the files before.

    Returns the accidents whose first row is spoilt; the next file brings them again as they are.
    """
    records = province.accidents
    receipts = np.array([d.received_at for d in deliveries], dtype="datetime64[us]")
    arrival = np.searchsorted(receipts, records["entered_at"].to_numpy(), side="right")
    cancelled = records["cancelled_on"].fill_null(datetime(1970, 1, 1)).to_numpy().astype("datetime64[us]")
    cancellation = np.searchsorted(receipts, cancelled + np.timedelta64(1, "D"), side="right")
    final = np.where(
        records["is_cancelled"].fill_null(value=False).to_numpy(), np.maximum(arrival, cancellation), arrival
    )

    is_plain = (final == arrival) & (arrival < len(deliveries) - 1) & (arrival > 0)
    one_dead = (records["deaths_count"] == 1).to_numpy() & (
        records["missing_count"].fill_null(0) == 0
    ).to_numpy()
    lightly = one_dead & is_plain & (records["reported_severity"] == "general").to_numpy()
    early_deaths = rng.choice(np.flatnonzero(lightly), _EARLY_DEATHS, replace=False)
    final[early_deaths] += 1
    before_corrections = receipts[np.minimum(arrival, len(deliveries) - 1)] < np.datetime64(_CORRECTIONS)
    known_loss = (
        records["direct_loss_wan_yuan"].is_not_null().to_numpy()
        & (records["reported_severity"] == "general").to_numpy()
    )
    of_2019 = (records["occurred_at"].dt.year() == 2019).to_numpy()
    candidates = np.flatnonzero(is_plain & (final == arrival) & before_corrections & known_loss & of_2019)
    early_losses, spoilt = np.split(rng.choice(candidates, _EARLY_LOSSES + 2, replace=False), [_EARLY_LOSSES])
    final[spoilt] += 1
    doubled = int(rng.choice(np.flatnonzero((arrival == 0) & (final == 0))))
    final[doubled] = 1

    for number, delivery in enumerate(deliveries):
        delivery.pieces.append(
            records[np.flatnonzero((final == number) & ~np.isin(np.arange(len(final)), early_losses))]
        )
        earlier = np.flatnonzero((arrival == number) & (final > number))
        is_early_death = np.isin(earlier, early_deaths)
        delivery.pieces.append(_before_deaths(records[earlier[is_early_death]]))
        delivery.pieces.append(_before_cancellation(records[earlier[~is_early_death]]))
        delivery.pieces.append(_before_loss(records[early_losses[arrival[early_losses] == number]]))
    corrections.pieces.append(records[early_losses])
    ids = records["accident_id"]
    return [
        (ids[doubled], "", "", "accident_id", "key_unique"),
        (ids[int(spoilt[0])], "发生时间", "2019年6月31日8时20分", "occurred_at", "type_timestamp"),
        (ids[int(spoilt[1])], "伤亡情况（人）/死亡", "一人", "deaths_count", "type_integer"),
    ]


def _before_cancellation(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.when(pl.col("is_cancelled"))
        .then(pl.lit(value=False))
        .otherwise("is_cancelled")
        .alias("is_cancelled"),
        pl.lit(None, pl.Date).alias("cancelled_on"),
        pl.lit(None, pl.String).alias("cancel_reason"),
    )


def _before_deaths(frame: pl.DataFrame) -> pl.DataFrame:
    """As first entered: the one who died within thirty days was still among the seriously injured."""
    return frame.with_columns(pl.col("deaths_count") - 1, pl.col("serious_injuries_count") + 1)


def _before_loss(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns((pl.col("direct_loss_wan_yuan") / 2).round(2).cast(pl.Decimal(18, 2)))


def _first_month(monthly: list[_Delivery], accident_id: str) -> tuple[int, int]:
    carrying = [
        month
        for month, delivery in zip(_MONTHS, monthly, strict=True)
        if accident_id in delivery.frame()["accident_id"]
    ]
    return carrying[0]


def _position(sheet: Sheet, accident_id: str) -> int | None:
    column = sheet.headers.index("事故编号")
    found = [position for position, row in enumerate(sheet.rows) if row[column] == accident_id]
    return found[0] if found else None


def _add_unknown_county(sheet: Sheet) -> None:
    cells: dict[str, Cell] = {"事故编号": "SG2019049999", "发生地点/县（市、区）": "东海新区"}
    sheet.add_wrong(5, cells, "division_code", "area_known")


def _monthly_sheet(province: Province, rng: np.random.Generator, frame: pl.DataFrame, title: str) -> Sheet:
    c = Cells(frame, province.contracts["accidents"], province.places, rng, "occurred_at")
    columns = {
        "序号": c.serial(),
        "事故编号": c.text("accident_id"),
        "发生时间": c.moment("occurred_at", excel=0.55, chinese=0.2, dash=0.15, serial=0.1),
        "发生地点/设区市": c.city(),
        "发生地点/县（市、区）": c.county(short=0.3),
        "事故单位/单位名称": c.text("unit_name"),
        "事故单位/统一社会信用代码": c.text("unit_credit_code"),
        "行业/国民经济行业门类": c.text("industry_code"),
        "行业/管理分类": c.label("management_category"),
        "事故类型": c.label("accident_type"),
        "事故等级": c.label("reported_severity", {"general": "一般", "extraordinary": "特别重大"}),
        "伤亡情况（人）/死亡": c.number("deaths_count", number=0.9, text=0.06, full_width=0.04),
        "伤亡情况（人）/下落不明": c.number("missing_count"),
        "伤亡情况（人）/重伤": c.number("serious_injuries_count", number=0.9, text=0.1),
        "伤亡情况（人）/轻伤": c.number("minor_injuries_count"),
        "伤亡情况（人）/急性工业中毒": c.number("poisoned_count"),
        "直接经济损失（万元）": c.number("direct_loss_wan_yuan", number=0.8, thousands=0.15, full_width=0.05),
        "是否责任事故": c.flag("is_liability"),
        "调查状态": c.label("case_status"),
        "核销情况/是否核销": c.flag("is_cancelled"),
        "核销情况/核销日期": c.day("cancelled_on", dash=0.5, chinese=0.5),
        "核销情况/核销理由": c.text("cancel_reason"),
        "录入时间": c.moment("entered_at", excel=1),
    }
    totals = (
        "伤亡情况（人）/死亡",
        "伤亡情况（人）/下落不明",
        "伤亡情况（人）/重伤",
        "伤亡情况（人）/轻伤",
        "伤亡情况（人）/急性工业中毒",
        "直接经济损失（万元）",
    )
    note = f"填报单位：{_OFFICE}  含当月补报、更正和核销的以前月份事故"
    return build_sheet("事故明细", title, note, columns, totals, foot="注：核销的事故不计入统计。")


def _annual_extract(
    province: Province, rng: np.random.Generator, annual: _Delivery, doubled: _Wrong
) -> Extract:
    frame = annual.frame()
    sheets = []
    for city in province.places.cities():
        mine = frame.filter(
            pl.col("division_code").map_elements(city_of, return_dtype=pl.String) == city.code
        )
        sheet = _annual_sheet(province, rng, mine, city.name)
        _double(sheet, doubled[0])
        sheets.append(sheet)
    sheets[1].repeat([0, 7])
    return Extract(f"{_FOLDER}/2018年生产安全事故台账（合成）.xlsx", annual.received_at, _OFFICE, sheets)


def _double(sheet: Sheet, accident_id: str) -> None:
    """Enter an accident twice with different losses: neither row can be believed."""
    position = _position(sheet, accident_id)
    if position is None:
        return
    sheet.add_wrong(position, {"直接经济损失（元）": 123_456}, "accident_id", "key_unique")
    sheet.mark(position, "accident_id", "key_unique")


def _annual_sheet(province: Province, rng: np.random.Generator, frame: pl.DataFrame, city: str) -> Sheet:
    c = Cells(frame, province.contracts["accidents"], province.places, rng, "occurred_at")
    columns = {
        "序号": c.serial(),
        "事故编号": c.text("accident_id"),
        "事故发生时间": c.moment("occurred_at", iso=0.5, slash=0.5),
        "县(市、区)": c.county(short=0.15),
        "单位名称": c.text("unit_name"),
        "统一社会信用代码": c.text("unit_credit_code"),
        "行业门类": c.text("industry_code"),
        "管理分类": c.label("management_category"),
        "事故类型代码": c.text("accident_type"),
        "事故等级": c.label("reported_severity"),
        "死亡人数": c.number("deaths_count"),
        "下落不明人数": c.number("missing_count"),
        "重伤人数": c.number("serious_injuries_count"),
        "轻伤人数": c.number("minor_injuries_count"),
        "急性中毒人数": c.number("poisoned_count"),
        "直接经济损失（元）": c.number("direct_loss_wan_yuan", 10_000, number=0.5, thousands=0.5),
        "责任事故": c.flag("is_liability"),
        "调查状态": c.label("case_status"),
        "核销": c.flag("is_cancelled"),
        "核销日期": c.day("cancelled_on", chinese=1),
        "核销理由": c.text("cancel_reason"),
        "录入时间": c.moment("entered_at", iso=1),
    }
    totals = (
        "死亡人数",
        "下落不明人数",
        "重伤人数",
        "直接经济损失（元）",
    )
    note = "单位：人、元  数据截止：2019年1月4日"
    return build_sheet(city, f"{city}2018年生产安全事故台账", note, columns, totals)
