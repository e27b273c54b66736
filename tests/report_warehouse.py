"""A warehouse of a handful of figures, in the shape the marts have, for tests of what is printed."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import polars as pl

AS_OF = datetime(2020, 4, 10, 18, 0)
AREAS = [
    ("330000", "浙江省", 1, None, 1),
    ("330100", "杭州市", 2, "330000", 1),
    ("330200", "宁波市", 2, "330000", 2),
]
METRICS = {
    "accidents": ("生产安全事故起数", "起", "down_good", 0),
    "accident_deaths": ("生产安全事故死亡人数", "人", "down_good", 0),
    "fires": ("火灾起数", "起", "down_good", 0),
    "fire_deaths": ("火灾亡人数", "人", "down_good", 0),
    "forest_fire_burnt_area_ha": ("森林火灾受害森林面积", "公顷", "down_good", 2),
    "forest_fire_burnt_area_all_records_ha": ("过火林地面积（含未计为火灾的记录）", "公顷", "down_good", 2),
    "forest_fires": ("森林火灾起数", "起", "down_good", 0),
    "hazards_found": ("排查隐患数", "项", "neutral", 0),
    "hazards_rectified": ("已整改隐患数", "项", "up_good", 0),
    "hazard_rectification_rate_pct": ("隐患整改率", "%", "up_good", 1),
}
SCHEMA = {
    "figure_id": pl.String, "metric_id": pl.String, "metric_name": pl.String, "unit_name": pl.String,
    "polarity": pl.String, "area_code": pl.String, "area_version": pl.Int32, "area_name": pl.String,
    "area_level": pl.Int32, "protocol_order": pl.Int32, "period_type": pl.String, "period_label": pl.String,
    "period_start_on": pl.Date, "period_end_on": pl.Date, "breakdown_type": pl.String,
    "breakdown_code": pl.String, "breakdown_name": pl.String, "breakdown_order": pl.Int32,
    "comparator_id": pl.String, "value": pl.Float64, "base_value": pl.Float64, "change_value": pl.Float64,
    "change_pct": pl.Float64, "status": pl.String, "printed_decimals": pl.Int32,
    "as_of_at": pl.Datetime("us"), "method_version": pl.String, "is_synthetic": pl.Boolean,
}  # fmt: skip


def figure_row(
    metric_id,
    value,
    base=None,
    *,
    area="330000",
    period="2019",
    breakdown=("total", "total", "合计", 1),
    comparator="yoy",
    status=None,
    change_pct=None,
):
    """One row of fig_all; the change is given, as the warehouse gives it, and not worked out here."""
    name, unit, polarity, decimals = METRICS[metric_id]
    code, area_name, level, _, order = next(row for row in AREAS if row[0] == area)
    kind, part, part_name, part_order = breakdown
    suffix = "" if kind == "total" else f"/{kind}={part}"
    ending = "" if comparator == "none" else f"~{comparator}"
    period_type = {4: "year", 7: "month", 15: "cumulative", 9: "ten_years", 10: "as_of"}[len(period)]
    change = None if value is None or base is None else float(value) - float(base)
    return {
        "figure_id": f"{metric_id}@{code}@{period}{suffix}{ending}",
        "metric_id": metric_id,
        "metric_name": name,
        "unit_name": unit,
        "polarity": polarity,
        "area_code": code,
        "area_version": 1,
        "area_name": area_name,
        "area_level": level,
        "protocol_order": order,
        "period_type": period_type,
        "period_label": period,
        "period_start_on": date(2019, 1, 1),
        "period_end_on": date(2019, 12, 31),
        "breakdown_type": kind,
        "breakdown_code": part,
        "breakdown_name": part_name,
        "breakdown_order": part_order,
        "comparator_id": comparator,
        "value": None if value is None else float(value),
        "base_value": None if base is None else float(base),
        "change_value": change,
        "change_pct": change_pct,
        "status": status or ("ok" if value is not None else "current_missing"),
        "printed_decimals": decimals,
        "as_of_at": AS_OF,
        "method_version": "1",
        "is_synthetic": True,
    }


def figures_frame(rows):
    """Rows of fig_all as the reader gives them."""
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def write_warehouse(folder, rows, is_synthetic=True, metrics=METRICS):
    """A warehouse file in ``folder`` with these figures and nothing else; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "warehouse.duckdb"
    file.unlink(missing_ok=True)
    areas = pl.DataFrame(
        [(*row, 1, date(1981, 1, 1), None, None, "330000", False) for row in AREAS],
        schema={
            "area_code": pl.String, "area_name": pl.String, "area_level": pl.Int32, "parent_code": pl.String,
            "protocol_order": pl.Int32, "area_version": pl.Int32, "valid_from": pl.Date, "valid_to": pl.Date,
            "city_code": pl.String, "province_code": pl.String, "is_local_unit": pl.Boolean,
        },
        orient="row",
    )  # fmt: skip
    definitions = pl.DataFrame(
        [(key, name, unit, f"{name}的定义。", "依据") for key, (name, unit, _, _) in metrics.items()],
        schema=["metric_id", "metric_name", "unit_name", "definition", "basis"],
        orient="row",
    )
    connection = duckdb.connect(str(file))
    connection.execute("create schema marts")
    tables = {"marts.fig_all": figures_frame(rows), "marts.dim_area": areas, "marts.dim_metric": definitions}
    for name, frame in tables.items():
        connection.register("given", frame)
        connection.execute(f"create table {name} as select * from given")
    connection.execute(
        "create table marts.rpt_release as select 'r1' as release_id, $at::timestamp as as_of_at, "
        "$synthetic as is_synthetic, 'zj' as jurisdiction_id, '浙江省' as jurisdiction_name, "
        "'330000' as root_code",
        {"at": AS_OF, "synthetic": is_synthetic},
    )
    connection.execute(
        "create table marts.rpt_published_comparison (figure_id varchar, label varchar, metric_id varchar, "
        "period_label varchar, measure varchar, unit_name varchar, qualifier varchar, printed_value double, "
        "printed_decimals integer, computed_value double, verdict varchar, reason varchar, "
        "computed_figure_id varchar, quote varchar)"
    )
    connection.execute(
        "create table marts.fct_accident (area_code varchar, area_version integer, trade_code varchar, "
        "severity_code varchar, occurred_on date, is_counted boolean)"
    )
    connection.execute(
        "create table marts.rpt_assessment_ranking (assessment_year integer, scheme_name varchar, "
        "area_code varchar, area_name varchar, protocol_order integer, base_points double, "
        "bonus_points double, deduction_points double, total_points double, place integer, "
        "is_tied boolean, is_vetoed boolean, grade varchar, margin_to_next_points double, "
        "has_assumed_weights boolean)"
    )
    connection.execute(
        "create table marts.fct_assessment_indicator_score (assessment_year integer, area_code varchar, "
        "indicator_id varchar, indicator_name varchar, group_name varchar, role varchar, weight double, "
        "points double, status varchar, display_order integer)"
    )
    connection.close()
    return file
