"""Equipment, drills and call-outs, and the scores of the assessment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import polars as pl

from anlan.example.draw import generator
from anlan.example.records import Province
from anlan.example.records.teams import AS_OF
from anlan.example.writers.cells import Cells
from anlan.example.writers.extract import Cell, Extract, Sheet, build_sheet

_FOREST_OFFICE = "浙江省森林防灭火指挥部办公室"
_UNITS = {
    "troop_carrier": "辆", "water_tanker": "辆", "high_pressure_pump": "台", "water_gun": "支",
    "long_range_cannon": "门", "wind_water_extinguisher": "台", "wind_extinguisher": "台", "hand_tool": "把",
    "chainsaw": "台", "radio": "台", "drone": "架",
}  # fmt: skip


def equipment_extracts(province: Province) -> Iterator[Extract]:
    """The stock at both snapshots: county and city merged down over the kinds."""
    rng = generator(province.seed, "equipment files")
    for day, received_at in zip(
        AS_OF, (datetime(2020, 1, 10, 15, 20), datetime(2020, 4, 7, 11, 45)), strict=True
    ):
        frame = province.equipment.filter(as_of_on=day)
        c = Cells(frame, province.contracts["equipment"], province.places, rng, "as_of_on")
        columns: dict[str, list[Cell]] = {
            "设区市": c.city(),
            "县（市、区）": c.county(),
            "装备类型": c.label("equipment_type", {"hand_tool": "二三号工具"}),
            "计量单位": [_UNITS[kind] for kind in frame["equipment_type"].to_list()],
            "数量": c.number("quantity", number=0.85, thousands=0.1, full_width=0.05),
            "数据截止日期": c.day("as_of_on", excel=1),
        }
        sheet = build_sheet(
            "装备", f"浙江省森林消防装备统计表（{day.year}年{day.month}月末）", f"填报单位：{_FOREST_OFFICE}",
            columns, merge_down=("设区市", "县（市、区）"),
        )  # fmt: skip
        if day == AS_OF[1]:
            sheet.add_wrong(12, {"装备类型": "灭火弹", "数量": 40}, "equipment_type", "code_known")
        name = f"森林消防队伍/{day.year}年{day.month}月末森林消防装备统计表（合成）.xlsx"
        yield Extract(name, received_at, _FOREST_OFFICE, [sheet])


def drill_extracts(province: Province) -> Iterator[Extract]:
    """A workbook a year; one muster of 2019 ends before it is called, and 2020 brings it again."""
    rng = generator(province.seed, "drill files")
    year = pl.col("called_at").dt.year()
    of_2019 = province.drills.filter(year == 2019)
    wrong = int(of_2019["mustered_at"].is_not_null().arg_true()[40])
    fixed = of_2019[wrong : wrong + 1]
    for number, label, received_at in (
        (2018, "2018年", datetime(2019, 1, 11, 10, 0)),
        (2019, "2019年", datetime(2020, 1, 11, 10, 0)),
        (2020, "2020年一季度", datetime(2020, 4, 7, 16, 0)),
    ):
        frame = province.drills.filter(year == number)
        if number == 2020:
            frame = pl.concat([fixed, frame])
        sheet = _drill_sheet(province, rng, frame, f"{label}森林消防队伍演练和出动记录")
        if number == 2020:
            # It happened long before the months that the file speaks of, and is pointed out.
            sheet.mark(0, "called_at", "called_at_not_before_period", "nothing")
        if number == 2019:
            rule = "mustered_at_not_before_called_at"
            sheet.spoil(wrong, {"集结完成时间": "2019-1-1 0:05"}, "mustered_at", rule, "cell")
            sheet.repeat([12])
        name = f"森林消防队伍/{label}演练出动记录（合成）.xlsx"
        yield Extract(name, received_at, _FOREST_OFFICE, [sheet])


def _drill_sheet(province: Province, rng: np.random.Generator, frame: pl.DataFrame, title: str) -> Sheet:
    c = Cells(frame, province.contracts["drills"], province.places, rng, "called_at")
    columns = {
        "记录编号": c.text("drill_id"),
        "队伍编号": c.text("team_id"),
        "所在地": c.path(short=0.3),
        "类别": c.label("kind"),
        "集结命令时间": c.moment("called_at", excel=0.6, chinese=0.4),
        "集结完成时间": c.moment("mustered_at", excel=0.6, dash=0.4),
        "应到人数": c.number("required_members_count", number=0.9, full_width=0.1),
        "实到人数": c.number("present_members_count"),
    }
    totals = (
        "应到人数",
        "实到人数",
    )
    return build_sheet("记录", title, "单位：人", columns, totals)


def score_extracts(province: Province) -> Iterator[Extract]:
    """A workbook a year, the city merged down over its indicators."""
    rng = generator(province.seed, "score files")
    for year, received_at in ((2018, datetime(2019, 1, 25, 9, 0)), (2019, datetime(2020, 1, 20, 9, 0))):
        frame = province.assessment_scores.filter(assessment_year=year)
        c = Cells(frame, province.contracts["assessment_scores"], province.places, rng, "scored_on")
        columns = {
            "设区市": c.city(),
            "考核年度": c.number("assessment_year"),
            "指标编号": c.text("indicator_id"),
            "指标名称": c.text("indicator_name"),
            "原始值": c.number("raw_value", number=0.9, text=0.1),
            "评分日期": c.day("scored_on", chinese=1),
            "评分依据": c.text("evidence"),
        }
        sheet = build_sheet(
            "评分", f"{year}年度设区市应急管理考核评分表", "原始值单位依指标：%、分、次、起", columns,
            merge_down=("设区市",),
        )  # fmt: skip
        if year == 2018:
            sheet.add_wrong(109, {"设区市": "滨海新城"}, "division_code", "area_known")
        yield Extract(f"考核/{year}年度考核评分表（合成）.xlsx", received_at, "浙江省应急管理厅", [sheet])
