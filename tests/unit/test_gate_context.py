"""What stands beside a row while rules ask about it: the declared period, its slack, the population."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from anlan.gate.context import POPULATIONS, context_columns, context_schema, populations
from anlan.jurisdiction import Denominator, load_jurisdiction
from anlan.project import ROOT
from staged_tables import CONTRACTS, RECEIVED_AT, sound_row, staged_table

AUGUST = {"period_start_on": date(2019, 8, 1), "period_end_on": date(2019, 8, 31)}
NOBODY = pl.DataFrame(schema=POPULATIONS)


def context(source, people=NOBODY, rows=None, **meta):
    table = staged_table(source, rows or [sound_row(source)], **meta)
    return context_columns(table.rows, table.meta, CONTRACTS[source], people)


def test_a_declared_period_stands_beside_each_row_with_the_slack_of_its_source():
    row = context("accidents", **AUGUST, period_basis="declared_title").row(0, named=True)
    assert row["_received_at"] == RECEIVED_AT
    assert (row["_period_start_on"], row["_period_end_on"]) == tuple(AUGUST.values())
    assert (row["_earliest_on"], row["_latest_on"]) == (date(2018, 7, 31), date(2019, 9, 10))


@pytest.mark.parametrize("basis", ["rows", None])
def test_a_period_that_only_the_rows_tell_is_none_to_judge_them_by(basis):
    row = context("accidents", **AUGUST, period_basis=basis).row(0, named=True)
    assert [row[f"_{name}_on"] for name in ("period_start", "period_end", "earliest", "latest")] == [None] * 4


def test_what_may_come_however_late_has_no_earliest_day():
    row = context("hazards", **AUGUST, period_basis="declared_name").row(0, named=True)
    assert (row["_earliest_on"], row["_latest_on"]) == (None, date(2019, 9, 10))


@pytest.mark.parametrize("source", list(CONTRACTS))
def test_the_columns_beside_a_row_are_those_announced(source):
    frame = context(source)
    known = CONTRACTS[source].fields
    assert {
        k: v for k, v in frame.schema.items() if k not in known and k in context_schema(CONTRACTS[source])
    } == (context_schema(CONTRACTS[source]))


def test_the_population_is_that_of_the_row_s_division_in_the_year_of_its_event():
    people = pl.DataFrame([("330102", 2019, 7), ("330102", 2018, 8)], schema=POPULATIONS, orient="row")
    rows = [sound_row("accidents", division_code=code) for code in ("330106", "330102", None)]
    assert context("accidents", people, rows)["_population_count"].to_list() == [None, 7, None]


def test_of_several_vintages_the_revised_counts_and_a_division_without_one_has_that_above():
    place = load_jurisdiction(ROOT / "jurisdictions" / "zhejiang")
    rows = [
        Denominator(denominator_id=i, area_code=c, year=2019, vintage=v, value=n, unit=u, source="x")
        for i, c, v, n, u in (
            ("resident_population", "330000", "revised", "6375", "万人"),
            ("resident_population", "330000", "first", "5850", "万人"),
            ("resident_population", "330100", "first", "10360001", "人"),
            ("gdp", "330200", "first", "1", "亿元"),
        )
    ]
    found = populations(place.model_copy(update={"tables": {**place.tables, "denominators": rows}}))
    people = {code: count for code, year, count in found.rows() if year == 2019}
    assert people["330000"] == people["330201" if "330201" in people else "330200"] == 63_750_000
    assert people["330100"] == people["330102"] == 10_360_001


def test_a_place_without_populations_knows_none():
    place = load_jurisdiction(ROOT / "jurisdictions" / "zhejiang")
    assert populations(place.model_copy(update={"tables": {**place.tables, "denominators": []}})).is_empty()


def test_a_table_without_a_period_is_undeclared():
    meta = staged_table("accidents", [sound_row("accidents")]).meta
    assert not meta.declares_period
    assert replace(meta, period_basis="declared_manifest").declares_period
