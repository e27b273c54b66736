"""Inspections and hazards, month by month, so that ten million of them never lie in memory together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from anlan.contracts import Contract
from anlan.example.draw import apportion, days_in_months, generator, month_days, months, pick
from anlan.example.frames import canonical_frame
from anlan.example.identities import credit_codes
from anlan.example.places import Places

MONTHS = months((2018, 1), (2020, 3))
CUTOFF = date(2020, 3, 31)

_VISITS, _HAZARDS = 12_000, 20_000
_UNITS_PER_COUNTY = 60
# Numbers of enterprises carry their county: county position x this + number within the county.
_UNIT_BLOCK = 100_000
_PROFILE = (7, 5, 9, 10, 10, 11, 9, 9, 11, 9, 10, 10)
_GROWTH = 1.14
_FIRST_QUARTER_2020 = (8, 3, 13)
_LEDGERS = {"enforcement": 52, "service": 36, "self_inspection": 12}
_FIELDS = {
    "hazchem": 15, "three_places": 14, "small_micro": 30, "construction": 12, "transport": 8, "fishing": 3,
    "fire": 12, "other": 6,
}  # fmt: skip
_METHODS = {
    "planned": 38, "random": 22, "special": 16, "report": 4, "unannounced": 10, "joint": 6, "expert": 4,
}  # fmt: skip


def month_counts(scale: float) -> tuple[list[int], list[int]]:
    """Visits and hazards of each of ``MONTHS``."""
    weights = [*_PROFILE, *(_GROWTH * weight for weight in _PROFILE), *_FIRST_QUARTER_2020]
    visits = apportion(round(_VISITS * scale), weights)
    # The second year finds a little less per visit.
    yields = [0.93 if year == 2019 else 1.0 for year, _ in MONTHS]
    fewer = [weight * share for weight, share in zip(weights, yields, strict=True)]
    hazards = apportion(round(_HAZARDS * scale), fewer)
    return visits.tolist(), hazards.tolist()


def inspections_of(
    contract: Contract, places: Places, seed: int, scale: float, position: int
) -> pl.DataFrame:
    """The visits of one month (a position in ``MONTHS``), in order of date."""
    year, month = MONTHS[position]
    rng = generator(seed, f"inspections {year}-{month}")
    count = month_counts(scale)[0][position]
    days = days_in_months(rng, [(year, month)], [count])
    division = places.draw(rng, days)
    known = np.array(sorted(places.weights["people"]))
    units = min(round(_UNITS_PER_COUNTY * max(scale, 1)), _UNIT_BLOCK)
    unit = np.searchsorted(known, division) * _UNIT_BLOCK + rng.integers(0, units, count)
    ledger = pick(rng, _LEDGERS, count)
    is_enforcement = ledger == "enforcement"
    has_problem = rng.random(count) < 0.72
    outcome = rng.random(count)
    result = np.select(
        [~has_problem, is_enforcement & (outcome < 0.07), is_enforcement & (outcome < 0.08)],
        ["no_problem", "case_filed", "suspended"],
        "corrected",
    )
    is_fined = np.isin(result, ("case_filed", "suspended"))
    fines = np.where(is_fined, rng.integers(1, 60, count) * 1000, 0)
    frame = canonical_frame(
        contract,
        {
            "inspection_id": _ids("JC", year, month, count),
            "inspected_on": days,
            "division_code": division,
            "unit_name": pl.Series("unit_name", unit).cast(pl.String).str.zfill(8),
            "unit_credit_code": credit_codes(unit),
            "ledger": ledger,
            "industry_field": pick(rng, _FIELDS, count),
            "method": pick(rng, _METHODS, count),
            "inspectors_count": 2 + rng.poisson(0.6, count),
            "result": result,
            "penalties_count": np.where(is_fined, 1, 0),
            "fine_yuan": fines,
        },
    )
    is_inside = pl.Series(ledger == "self_inspection")
    # The enterprise inspects itself: there is no officer, no penalty and no fine to report.
    officers = ("method", "inspectors_count", "penalties_count", "fine_yuan")
    return frame.with_columns(
        pl.format("示例企业第{}号", "unit_name").alias("unit_name"),
        *(pl.when(~is_inside).then(pl.col(name)).alias(name) for name in officers),
    )


@dataclass(frozen=True)
class HazardMonth:
    """The hazards found in one month, as first reported and as last reported.

    ``first``: state at the end of the month. ``final``: state at the end of the month of the last
    change. ``final_position``: that month's position in ``MONTHS``, one per hazard.
    """

    first: pl.DataFrame
    final: pl.DataFrame
    final_position: pl.Series


def hazards_of(
    contract: Contract, inspections: pl.DataFrame, seed: int, scale: float, position: int
) -> HazardMonth:
    """The hazards found by the visits of one month (a position in ``MONTHS``)."""
    year, month = MONTHS[position]
    rng = generator(seed, f"hazards {year}-{month}")
    count = month_counts(scale)[1][position]
    with_problem = np.flatnonzero((inspections["result"] != "no_problem").to_numpy())
    visit = inspections[np.sort(rng.choice(with_problem, count))]
    found = visit["inspected_on"].to_numpy().astype("datetime64[D]")
    is_major = rng.random(count) < 0.022
    of_major = np.where(rng.random(count) < 0.3, "suspended", "time_limit")
    measure = np.where(is_major, of_major, pick(rng, {"at_once": 45, "time_limit": 55}, count))
    allowed = np.where(measure == "at_once", 0, np.where(is_major, 60, rng.choice([7, 15, 30], count)))
    overrun = (rng.random(count) < 0.08) * rng.gamma(1.5, 25, count)
    taken = np.floor(allowed * rng.uniform(0.2, 1.0, count) + overrun)
    is_never = rng.random(count) < np.where(is_major, 0.09, 0.018)
    checked = taken + rng.integers(0, 8, count)
    never = np.datetime64("2100-01-01")
    timeline = pl.DataFrame(
        {
            "found": found,
            "due": found + allowed.astype(np.int64),
            "rectified": np.where(is_never, never, found + taken.astype(np.int64)),
            "verified": np.where(is_never, never, found + checked.astype(np.int64)),
            "is_extended": rng.random(count) < 0.2,
            "is_rejected": is_never & (rng.random(count) < 0.2),
            "measure": measure.tolist(),
        }
    )
    base = canonical_frame(
        contract,
        {
            "hazard_id": _ids("YH", year, month, count),
            "inspection_id": visit["inspection_id"],
            "division_code": visit["division_code"],
            "unit_credit_code": visit["unit_credit_code"],
            "level": np.where(is_major, "major", "general"),
            "found_on": found,
            "due_on": timeline["due"],
            "measure": measure,
            "is_listed": np.where(is_major, True, False),
        },
    )
    month_ends = [date(y, m, month_days(y, m)) for y, m in MONTHS]
    last_change = timeline.select(
        pl.when(pl.col("verified") <= CUTOFF).then("verified")
        .when(pl.col("rectified") <= CUTOFF).then("rectified")
        .when(pl.col("due") < CUTOFF).then(pl.col("due") + timedelta(days=1))
        .otherwise("found").alias("day")
    )["day"]  # fmt: skip
    changed = last_change.to_numpy().astype("datetime64[D]")
    final_position = pl.Series(np.searchsorted(np.array(month_ends, dtype="datetime64[D]"), changed))
    ends = pl.Series("end", month_ends).gather(final_position)
    first = _state(base, timeline, pl.Series("end", [month_ends[position]]).new_from_index(0, count))
    return HazardMonth(first=first, final=_state(base, timeline, ends), final_position=final_position)


def _state(base: pl.DataFrame, timeline: pl.DataFrame, ends: pl.Series) -> pl.DataFrame:
    """The hazards as known at the end of a month each."""
    at = timeline.with_columns(ends.alias("end")).with_columns(
        pl.when(pl.col(name) <= pl.col("end")).then(pl.col(name)).alias(name)
        for name in ("rectified", "verified")
    )
    status = (
        pl.when(pl.col("verified").is_not_null()).then(pl.lit("closed"))
        .when(pl.col("rectified").is_not_null()).then(pl.lit("in_progress"))
        .when(pl.col("is_rejected")).then(pl.lit("rejected"))
        .when(pl.col("due") < pl.col("end")).then(pl.lit("overdue"))
        .when(pl.col("is_extended")).then(pl.lit("extended"))
        .when(pl.col("end") - pl.col("found") < timedelta(days=3)).then(pl.lit("assigned"))
        .otherwise(pl.lit("in_progress"))
    )  # fmt: skip
    derived = at.select(
        pl.col("rectified").alias("rectified_on"),
        pl.col("verified").alias("verified_on"),
        status.alias("status"),
    )
    return base.with_columns(derived)


def _ids(prefix: str, year: int, month: int, count: int) -> pl.Series:
    number = pl.int_range(1, count + 1, eager=True).cast(pl.String).str.zfill(6)
    return (pl.Series([f"{prefix}{year}{month:02d}"]).new_from_index(0, count) + number).alias("id")
