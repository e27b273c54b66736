"""Fires: 2018 as one GB18030 text, 2019 in two UTF-8 texts, 2020 as a workbook a month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import polars as pl

from anlan.example.draw import generator
from anlan.example.records import Province
from anlan.example.writers.cells import Cells
from anlan.example.writers.extract import Extract, Sheet, build_sheet

_FOLDER = "火灾"
_OFFICE = "浙江省消防救援总队"
_RECEIPTS = (
    datetime(2019, 1, 10, 10, 5), datetime(2019, 7, 10, 10, 20), datetime(2020, 1, 10, 9, 45),
    datetime(2020, 2, 5, 11, 0), datetime(2020, 3, 5, 10, 40), datetime(2020, 4, 5, 10, 10),
)  # fmt: skip
_VOIDED_LATER, _REVIEWED_LATER = 30, 40


def fire_extracts(province: Province) -> Iterator[Extract]:
    """The files in order of receipt."""
    rng = generator(province.seed, "fire files")
    frames, arson = _deliver(province.fires, rng)
    sheet = _text_sheet(province, rng, frames[0], "2018年火灾统计明细", "gb18030")
    sheet.repeat([17, 4000])
    yield Extract(f"{_FOLDER}/2018年火灾明细（合成）.csv", _RECEIPTS[0], _OFFICE, [sheet], "gb18030")
    for number, half in ((1, "上半年"), (2, "下半年")):
        sheet = _text_sheet(province, rng, frames[number], f"2019年{half}火灾统计明细", "utf-8-sig")
        if number == 1:
            position = frames[1]["fire_id"].to_list().index(arson)
            sheet.spoil(position, {"起火原因": "放火"}, "severity_kind", "minor_fire_not_arson", "cell")
        name = f"{_FOLDER}/2019年{half}火灾明细（合成）.csv"
        yield Extract(name, _RECEIPTS[number], _OFFICE, [sheet], "utf-8-sig")
    for month, number in ((1, 3), (2, 4), (3, 5)):
        page = _workbook_sheet(province, rng, frames[number], f"浙江省2020年{month}月火灾情况")
        if month == 3:
            page.add_wrong(
                8, {"火灾编号": "HZ2020030099999", "死亡人数": None}, "deaths_count", "required_value"
            )
        name = f"{_FOLDER}/2020年{month:02d}月火灾明细（合成）.xlsx"
        yield Extract(name, _RECEIPTS[number], _OFFICE, [page])


def _deliver(records: pl.DataFrame, rng: np.random.Generator) -> tuple[list[pl.DataFrame], str]:
    """The rows of each file, some in an earlier state, and a minor fire to be entered wrongly at first."""
    receipts = np.array(_RECEIPTS, dtype="datetime64[us]")
    last = len(receipts) - 1
    arrival = np.searchsorted(receipts, records["entered_at"].to_numpy(), side="right").clip(0, last)
    final = arrival.copy()
    state = records["review_state"].to_numpy()
    voided = rng.choice(np.flatnonzero((state == "voided") & (arrival < last)), _VOIDED_LATER, replace=False)
    in_2020 = np.flatnonzero((state == "reviewed") & (arrival >= 3) & (arrival < last))
    reviewed = rng.choice(in_2020, _REVIEWED_LATER, replace=False)
    minor = (records["severity_kind"] == "minor").to_numpy() & (records["cause"] == "careless_use").to_numpy()
    arson = int(rng.choice(np.flatnonzero(minor & (arrival == 1) & (state == "reviewed"))))
    final[[*voided, *reviewed, arson]] += 1
    before = records.with_columns(
        pl.when(pl.col("review_state") == "voided").then(pl.lit("reviewed"))
        .when(pl.col("entered_at") >= datetime(2020, 1, 1)).then(pl.lit("in_review"))
        .otherwise("review_state").alias("review_state")
    )  # fmt: skip
    frames = [
        pl.concat([records[np.flatnonzero(final == n)], before[np.flatnonzero((arrival == n) & (final > n))]])
        .sort("occurred_at", "fire_id")
        for n in range(len(receipts))
    ]  # fmt: skip
    return frames, records["fire_id"][arson]


def _text_sheet(
    province: Province, rng: np.random.Generator, frame: pl.DataFrame, title: str, encoding: str
) -> Sheet:
    c = Cells(frame, province.contracts["fires"], province.places, rng, "occurred_at")
    is_old = encoding == "gb18030"
    columns = {
        "火灾编号": c.text("fire_id"),
        "行政区域": c.path(short=0.1) if is_old else c.path(),
        "起火时间": c.moment("occurred_at", slash=1) if is_old else c.moment("occurred_at", iso=1),
        "严重程度": c.label("severity_kind"),
        "火灾类型": c.label("fire_type"),
        "区域": c.label("zone"),
        "起火场所": c.label("place_category"),
        "起火原因": c.label("cause"),
        "过火面积(平方米)": c.number("burnt_area_m2", text=1),
        "直接财产损失(元)": c.number("direct_property_loss_yuan", text=0.7, thousands=0.3),
        "直接经济损失(元)": c.number("direct_economic_loss_yuan", text=1),
        "死亡人数": c.number("deaths_count", text=1),
        "受伤人数": c.number("injuries_count", text=1),
        "受灾户数": c.number("affected_households_count", text=1),
        "涉及生产经营": c.flag("is_production_related"),
        "属于安全生产事故": c.flag("is_work_safety_accident"),
        "审核状态": c.label("review_state"),
        "录入时间": c.moment("entered_at", iso=1),
    }
    totals = (
        "直接财产损失(元)",
        "死亡人数",
        "受伤人数",
    )
    return build_sheet(
        "", f"浙江省{title}", "统计口径：全国火灾与警情统计系统，含待审核和作废记录", columns, totals
    )


def _workbook_sheet(province: Province, rng: np.random.Generator, frame: pl.DataFrame, title: str) -> Sheet:
    c = Cells(frame, province.contracts["fires"], province.places, rng, "occurred_at")
    columns = {
        "序号": c.serial(),
        "火灾编号": c.text("fire_id"),
        "起火时间": c.moment("occurred_at", excel=0.8, chinese=0.2),
        "行政区域/设区市": c.city(),
        "行政区域/县（市、区）": c.county(short=0.2),
        "火灾情况/严重程度": c.label("severity_kind"),
        "火灾情况/火灾类型": c.label("fire_type"),
        "火灾情况/所在区域": c.label("zone"),
        "火灾情况/起火场所": c.label("place_category"),
        "火灾情况/起火原因": c.label("cause"),
        "火灾情况/过火面积（平方米）": c.number("burnt_area_m2"),
        "损失（元）/直接财产损失": c.number("direct_property_loss_yuan", number=0.8, thousands=0.2),
        "损失（元）/直接经济损失": c.number("direct_economic_loss_yuan"),
        "死亡人数": c.number("deaths_count"),
        "受伤人数": c.number("injuries_count"),
        "受灾户数": c.number("affected_households_count", number=0.9, full_width=0.1),
        "是否涉及生产经营": c.flag("is_production_related"),
        "是否属于安全生产事故": c.flag("is_work_safety_accident"),
        "审核状态": c.label("review_state"),
        "录入时间": c.moment("entered_at", excel=1),
    }
    totals = (
        "损失（元）/直接财产损失",
        "死亡人数",
        "受伤人数",
    )
    note = f"填报单位：{_OFFICE}  含上月审核通过的记录"
    return build_sheet(
        "火灾明细",
        title,
        note,
        columns,
        totals,
        foot="注：表中共{rows}起，死亡{死亡人数}人；只统计已审核的火灾。",
    )
