"""Forest fires, 2010 to March 2020, and alarms that came to nothing."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from anlan.contracts import Contract
from anlan.example.draw import (
    Dates,
    Integers,
    after,
    apportion,
    at_times,
    blank,
    days_in_months,
    generator,
    keep,
    months,
    pick,
)
from anlan.example.frames import canonical_frame
from anlan.example.places import Places

# Ten years of fires, and how long it took to put them out (hours, upper bound included).
_BY_YEAR = {
    2010: 214, 2011: 262, 2012: 151, 2013: 208, 2014: 146, 2015: 121, 2016: 127, 2017: 119, 2018: 116,
    2019: 102,
}  # fmt: skip
_WITHIN_6_HOURS, _6_TO_12_HOURS, _12_TO_24_HOURS, _OVER_24_HOURS = 1060, 319, 148, 39
_MONTHS = (13, 17, 20, 19, 3, 1, 2, 4, 3, 5, 6, 9)
_FIRST_QUARTER_2020 = (6, 9, 13)
_ALARMS_PER_YEAR = 18
_CAUSES = {
    "farm_burning": 24, "ash_burning": 12, "tomb_burning": 22, "smoking": 8, "site_clearing": 4,
    "power_line": 2.5, "construction": 2, "warming_cooking": 1.5, "child_play": 1.5, "incapacity": 2,
    "arson": 1, "from_outside": 1, "negligent": 1.5, "lightning": 0.5, "unknown": 16,
}  # fmt: skip
_HOURS = (1, 1, 1, 1, 1, 1, 1, 2, 4, 7, 10, 12, 13, 14, 13, 11, 8, 5, 4, 3, 2, 2, 1, 1)


def forest_fires(contract: Contract, places: Places, seed: int) -> pl.DataFrame:
    """Fires and alarms in order of time, with their final state."""
    rng = generator(seed, "forest fires")
    years = months((2010, 1), (2020, 3))
    fire_counts = np.concatenate(
        [apportion(n, [w * rng.uniform(0.6, 1.4) for w in _MONTHS]) for n in _BY_YEAR.values()]
        + [np.array(_FIRST_QUARTER_2020)]
    )
    alarm_counts = apportion(_ALARMS_PER_YEAR * 10 + 4, np.tile(_MONTHS, 11)[: len(years)])
    fire_days = days_in_months(rng, years, fire_counts)
    alarm_days = days_in_months(rng, years, alarm_counts)

    ten_years = int((fire_days < np.datetime64("2020-01-01")).sum())
    fire_minutes = np.concatenate(
        [_ten_year_minutes(rng, ten_years), rng.integers(40, 700, len(fire_days) - ten_years)]
    )
    days = np.concatenate([fire_days, alarm_days])
    minutes = np.concatenate([fire_minutes, rng.integers(15, 150, len(alarm_days))])
    others = pick(rng, {"alarm": 78, "false_alarm": 15, "other": 7}, len(alarm_days))
    kind = np.concatenate([np.full(len(fire_days), "fire"), others])
    order = np.argsort(days, kind="stable")
    return _frame(contract, places, rng, days[order], minutes[order], kind[order])


def _ten_year_minutes(rng: np.random.Generator, count: int) -> Integers:
    """Minutes to put out each fire of the ten years; some last exactly 6, 12 or 24 hours."""
    classes = [
        (_WITHIN_6_HOURS, 25, 360), (_6_TO_12_HOURS, 361, 720),
        (_12_TO_24_HOURS, 721, 1440), (_OVER_24_HOURS, 1441, 4300),
    ]  # fmt: skip
    drawn = []
    for size, shortest, longest in classes:
        minutes = shortest + np.floor((longest - shortest) * rng.beta(1.2, 1.9, size)).astype(np.int64)
        minutes[:3] = (longest, longest, shortest)
        drawn.append(minutes)
    together = rng.permutation(np.concatenate(drawn))
    if len(together) != count:
        raise ValueError(f"{len(together)} durations for {count} fires")
    return together


def _frame(
    contract: Contract,
    places: Places,
    rng: np.random.Generator,
    days: Dates,
    minutes: Integers,
    kind: NDArray[np.str_],
) -> pl.DataFrame:
    total = len(days)
    is_fire = kind == "fire"
    started = at_times(rng, days, _HOURS)
    # Long fires are large ones; an alarm burns no forest.
    hectares = rng.lognormal(-0.9, 0.9, total) * (minutes / 180) ** 1.15
    forest = np.where(is_fire, np.round(np.clip(hectares, 0.02, 96.5) * 100).astype(np.int64), 0)
    ground = forest + np.round(rng.gamma(1.1, 0.7, total) * (1 + forest / 100) * 100).astype(np.int64)
    dead = np.where(is_fire & (rng.random(total) < 0.018), 1 + (rng.random(total) < 0.15), 0)
    serious = np.where(is_fire & (rng.random(total) < 0.015), 1, 0)
    minor = np.where(is_fire & (rng.random(total) < 0.03), 1 + rng.poisson(0.5, total), 0)
    at_fire = 20 + np.round(minutes * rng.uniform(0.15, 0.6, total)).astype(np.int64)
    people = np.where(is_fire, at_fire, rng.integers(4, 40, total))
    # A few starts were never established; the suppression time then runs from discovery.
    start_known = ~is_fire | (rng.random(total) >= 0.01)
    discovered = np.where(
        start_known, after(started, rng.integers(0, 25, total).clip(0, minutes - 1)), started
    )
    cause = np.where(is_fire, pick(rng, _CAUSES, total), "other")
    ids = [f"SLHZ{day:%Y}{number:04d}" for number, day in enumerate(days.astype(object), start=1)]
    return canonical_frame(
        contract,
        {
            "fire_id": ids,
            "record_kind": kind,
            "started_at": keep(started, start_known),
            "discovered_at": keep(discovered, ~start_known | (rng.random(total) >= 0.1)),
            "occurred_on": days,
            "extinguished_at": after(started, minutes),
            "division_code": places.draw(rng, days, "forest"),
            "cause": cause,
            "fire_ground_area_ha": ground / 100,
            "burnt_forest_area_ha": forest / 100,
            "deaths_count": dead,
            "serious_injuries_count": blank(rng, serious, 0.2),
            "minor_injuries_count": blank(rng, minor, 0.2),
            "personnel_count": people,
            "vehicles_count": blank(rng, people // 9, 0.1),
            "suppression_cost_wan_yuan": np.round(people * rng.uniform(0.01, 0.06, total), 2),
            "other_loss_wan_yuan": blank(rng, np.round(forest * rng.uniform(0.001, 0.01, total), 2), 0.3),
        },
    )
