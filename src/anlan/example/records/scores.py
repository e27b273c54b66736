"""Raw values of the annual assessment of the eleven cities, 2018 and 2019."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from anlan.contracts import Contract
from anlan.example.draw import generator
from anlan.example.frames import canonical_frame
from anlan.example.places import Places, city_of

_SCHEME = "zj_city_annual"
_NAMES = {
    "accident_control": "生产安全事故指标控制", "key_tasks": "年度重点任务完成率",
    "hazard_rectification": "隐患整改率", "inspection_plan": "执法检查计划完成率",
    "fire_prevention": "森林防火与消防工作评分", "routine_work": "常规工作", "satisfaction": "满意度评价",
    "bonus_award": "受省级以上表彰", "deduction_notice": "被通报批评",
    "veto_major_accident": "发生重大以上生产安全事故",
}  # fmt: skip
# Full marks for accidents are given from this change on (percent): below it, cities can tie.
_FULL_MARKS = -20


def assessment_scores(contract: Contract, places: Places, accidents: pl.DataFrame, seed: int) -> pl.DataFrame:
    """One row per year, city and indicator; two cities share all their marks in 2019.

    The change in deaths and the major accidents of 2019 are those of ``accidents``; the year before
    2018 has no records, so the change of 2018 is drawn.
    """
    cities = [city.code for city in places.cities()]
    counted = accidents.filter(~pl.col("is_cancelled").fill_null(value=False)).select(
        pl.col("division_code").map_elements(city_of, return_dtype=pl.String).alias("city"),
        pl.col("occurred_at").dt.year().alias("year"),
        (pl.col("deaths_count") + pl.col("missing_count").fill_null(0)).alias("dead"),
        pl.col("reported_severity").is_in(["major", "extraordinary"]).alias("is_major"),
    )
    rows = []
    for year in (2018, 2019):
        rng = generator(seed, f"scores {year}")
        marks = {city: _marks(rng) for city in cities}
        for city in cities:
            mine = counted.filter(city=city, year=year)
            marks[city]["veto_major_accident"] = int(mine["is_major"].sum())
            before = int(counted.filter(city=city, year=year - 1)["dead"].sum())
            if before:
                marks[city]["accident_control"] = round((int(mine["dead"].sum()) - before) / before * 100, 1)
        if year == 2019:
            _tie(marks)
        for city, values in marks.items():
            rows += [(year, city, indicator, value) for indicator, value in values.items()]
    return canonical_frame(
        contract,
        {
            "scheme_id": _SCHEME,
            "assessment_year": [row[0] for row in rows],
            "division_code": [row[1] for row in rows],
            "indicator_id": [row[2] for row in rows],
            "indicator_name": [_NAMES[row[2]] for row in rows],
            "raw_value": [float(row[3]) for row in rows],
            "scored_on": [date(row[0] + 1, 1, 15) for row in rows],
            "evidence": [
                "合成数据" if row[2] in ("bonus_award", "deduction_notice") and row[3] else None
                for row in rows
            ],
        },
    )


def _marks(rng: np.random.Generator) -> dict[str, float]:
    return {
        "accident_control": round(float(rng.uniform(-24, 2)), 1),
        "key_tasks": round(float(rng.uniform(84, 100)), 1),
        "hazard_rectification": round(float(rng.uniform(93, 99.5)), 1),
        "inspection_plan": round(float(rng.uniform(95, 108)), 1),
        "fire_prevention": float(rng.integers(70, 99)),
        "routine_work": round(float(rng.uniform(76, 97)), 1),
        "satisfaction": round(float(rng.uniform(74, 97)), 1),
        "bonus_award": int(rng.choice([0, 0, 0, 1, 1, 2])),
        "deduction_notice": int(rng.choice([0, 0, 0, 0, 1, 2])),
        "veto_major_accident": 0,
    }


def _tie(marks: dict[str, dict[str, float]]) -> None:
    """Give two cities with full marks for accidents and no veto the same values everywhere else."""
    alike = [
        city
        for city, m in marks.items()
        if m["accident_control"] <= _FULL_MARKS and not m["veto_major_accident"]
    ]
    first, second = alike[1], alike[-1]
    kept = marks[second]["accident_control"]
    marks[second] = {**marks[first], "accident_control": kept}
