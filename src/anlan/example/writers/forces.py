"""Teams by city, and the roster: the earlier snapshot as one text, the later as a workbook by city."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import polars as pl

from anlan.example.draw import generator
from anlan.example.places import city_of
from anlan.example.records import Province
from anlan.example.records.teams import AS_OF
from anlan.example.writers.cells import Cells
from anlan.example.writers.extract import Cell, Extract, Sheet, build_sheet

_FOLDER = "森林消防队伍"
_OFFICE = "浙江省森林防灭火指挥部办公室"
_RECEIPTS = (datetime(2020, 1, 10, 15, 0), datetime(2020, 4, 7, 11, 30))


def force_extracts(province: Province) -> Iterator[Extract]:
    """Team registers and rosters of both snapshots."""
    rng = generator(province.seed, "force files")
    yield _team_extract(province, rng, 0)
    yield _roster_text(province, rng)
    yield _team_extract(province, rng, 1)
    yield _roster_workbook(province, rng)


def _by_city(province: Province, frame: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Name and rows of the province itself and of each city, for a sheet each."""
    root = province.places.valid(AS_OF[1], 1)[0]
    code = pl.col("division_code").map_elements(city_of, return_dtype=pl.String)
    for division in [root, *province.places.cities()]:
        yield division.name, frame.filter(code == division.code)


def _team_extract(province: Province, rng: np.random.Generator, snapshot: int) -> Extract:
    day = AS_OF[snapshot]
    frame = province.teams.filter(as_of_on=day)
    sheets = [_team_sheet(province, rng, part, name) for name, part in _by_city(province, frame)]
    if snapshot == 1:
        wrong: dict[str, Cell] = {"队伍编号": "DW330400901", "队员人数": 0}
        sheets[5].add_wrong(1, wrong, "members_count", "members_count_positive")
        sheets[3].repeat([2])
    name = f"{_FOLDER}/{day.year}年{day.month}月末森林消防队伍登记表（合成）.xlsx"
    return Extract(name, _RECEIPTS[snapshot], _OFFICE, sheets)


def _team_sheet(province: Province, rng: np.random.Generator, frame: pl.DataFrame, city: str) -> Sheet:
    frame = frame.sort("team_type", maintain_order=True)
    c = Cells(frame, province.contracts["teams"], province.places, rng, "as_of_on")
    others = {"semi_professional": "半专业队", "professional": "专业队"}
    columns = {
        "序号": c.serial(),
        "队伍编号": c.text("team_id"),
        "队伍名称": c.text("team_name"),
        "县（市、区）": c.county(short=0.2),
        "队伍类型": c.label("team_type", others),
        "队伍层级": c.label("team_level"),
        "管理部门": c.label("managing_body"),
        "依托单位": c.text("host_unit"),
        "编制方式": c.label("employment_form"),
        "组建日期": c.day("established_on", excel=0.6, chinese=0.2, dash=0.2),
        "核定人数": c.number("authorised_members_count"),
        "队员人数": c.number("members_count", number=0.9, text=0.1),
        "社会保险": c.label("social_insurance"),
        "意外伤害保险保额（万元）": c.number("accident_insurance_wan_yuan"),
        "年度经费（元）": c.number("annual_funding_wan_yuan", 10_000, number=0.5, thousands=0.5),
        "营房面积（平方米）": c.number("barracks_area_m2"),
        "数据截止日期": c.day("as_of_on", dash=1),
    }
    totals = (
        "队员人数",
        "年度经费（元）",
    )
    note = "单位：人、万元、元、平方米  合计含村级队伍"
    return build_sheet(city, f"{city}森林消防队伍登记表", note, columns, totals, subtotal="队伍类型")


def _roster_text(province: Province, rng: np.random.Generator) -> Extract:
    c = Cells(province.roster.earlier, province.contracts["members"], province.places, rng, "as_of_on")
    columns = {
        "队伍编号": c.text("team_id"),
        "区划代码": c.text("division_code"),
        "姓名": c.text("name"),
        "身份证号": c.text("id_number"),
        "联系电话": c.text("phone"),
        "职务": c.label("role"),
        "用工形式": c.label("employment_form"),
        "入队日期": c.day("joined_on", iso=1),
        "月薪（元）": c.number("monthly_pay_yuan", text=1),
        "每次出勤补贴（元）": c.number("allowance_per_callout_yuan", text=1),
        "每天出勤补贴（元）": c.number("allowance_per_day_yuan", text=1),
        "数据截止日期": c.day("as_of_on", iso=1),
    }
    note = "测试人员：身份证号前六位均为999999，查无此地"
    sheet = build_sheet("", "浙江省森林消防队员花名册", note, columns)
    return Extract(f"{_FOLDER}/2019年12月末队员花名册（合成）.csv", _RECEIPTS[0], _OFFICE, [sheet], "gb18030")


def _roster_workbook(province: Province, rng: np.random.Generator) -> Extract:
    sheets = [
        _roster_sheet(province, rng, part, name) for name, part in _by_city(province, province.roster.later)
    ]
    number = str(sheets[2].rows[4][4])
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    sheets[2].add_wrong(4, {"姓名": "测试错号", "身份证号码": wrong}, "member_key", "identity_number_valid")
    damaged: dict[str, Cell] = {"姓名": "测试损号", "身份证号码": 9.99999197801011e17}
    sheets[7].add_wrong(9, damaged, "member_key", "identity_number_valid")
    sheets[4].repeat([30, 31])
    return Extract(f"{_FOLDER}/2020年3月末队员花名册（合成）.xlsx", _RECEIPTS[1], _OFFICE, sheets)


def _roster_sheet(province: Province, rng: np.random.Generator, frame: pl.DataFrame, city: str) -> Sheet:
    c = Cells(frame, province.contracts["members"], province.places, rng, "as_of_on")
    columns = {
        "序号": c.serial(),
        "县（市、区）": c.county(short=0.1),
        "队伍编号": c.text("team_id"),
        "姓名": c.text("name"),
        "身份证号码": c.text("id_number"),
        "手机号码": c.text("phone"),
        "职务": c.label("role"),
        "用工形式": c.label("employment_form"),
        "入队日期": c.day("joined_on", serial=0.5, dash=0.5),
        "月薪（元）": c.number("monthly_pay_yuan"),
        "每次出勤补贴（元）": c.number("allowance_per_callout_yuan"),
        "每天出勤补贴（元）": c.number("allowance_per_day_yuan"),
        "数据截止日期": c.day("as_of_on", dash=1),
    }
    note = "测试人员：身份证号码前六位均为999999，查无此地"
    return build_sheet(city, f"{city}森林消防队员花名册", note, columns)
