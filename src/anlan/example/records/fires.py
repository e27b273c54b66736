"""Fires of the fire-rescue service, 2018 to March 2020."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from anlan.contracts import Contract
from anlan.example.draw import after, apportion, at_times, blank, days_in_months, generator, months, pick
from anlan.example.frames import canonical_frame
from anlan.example.places import Places

# Reviewed fires of a span, how many of them killed how many, and records in other review states.
_SPANS: tuple[dict[str, Any], ...] = (
    {
        "first": (2018, 1), "last": (2018, 12), "reviewed": 8000, "by_dead": {1: 45, 2: 6, 3: 1},
        "others": {"voided": 96}, "profile": (118, 112, 92, 84, 74, 62, 76, 82, 66, 68, 76, 90),
    },
    {
        "first": (2019, 1), "last": (2019, 12), "reviewed": 6000, "by_dead": {1: 36, 2: 5},
        "others": {"voided": 71}, "profile": (104, 110, 88, 86, 72, 64, 70, 84, 72, 76, 78, 96),
    },
    {
        "first": (2020, 1), "last": (2020, 3), "reviewed": 1372, "by_dead": {1: 8, 2: 1},
        "others": {"voided": 9, "in_review": 31, "draft": 14}, "profile": (108, 70, 82),
    },
)  # fmt: skip
_PLACES = {
    "residence": 43, "outdoors": 16, "vehicle": 12, "factory": 9, "shop": 7, "warehouse": 3, "site": 2,
    "other": 8,
}  # fmt: skip
_TYPE_OF_PLACE = {
    "residence": "building", "factory": "building", "warehouse": "building", "shop": "building",
    "site": "building", "vehicle": "vehicle", "outdoors": "rubbish", "other": "other",
}  # fmt: skip
_CAUSES = {
    "electrical": 34, "careless_use": 22, "residual": 10, "smoking": 8, "unclear": 9, "spontaneous": 4,
    "production": 4, "playing": 2, "arson": 1, "lightning": 0.3, "static": 0.3, "other": 5.4,
}  # fmt: skip
_ZONES = {"village": 38, "city": 22, "town": 21, "county_town": 13, "development_zone": 4, "other": 2}
_HOURS = (4, 3, 3, 2, 2, 2, 3, 3, 4, 4, 5, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 5, 5, 4)


def fires(contract: Contract, places: Places, seed: int) -> pl.DataFrame:
    """All fire records in every review state, in order of occurrence."""
    return pl.concat([_span(contract, places, generator(seed, f"fires {s['first']}"), s) for s in _SPANS])


def _span(contract: Contract, places: Places, rng: np.random.Generator, span: dict[str, Any]) -> pl.DataFrame:
    others: dict[str, int] = span["others"]
    total = span["reviewed"] + sum(others.values())
    periods = months(span["first"], span["last"])
    days = days_in_months(
        rng, periods, apportion(total, [w * rng.uniform(0.94, 1.06) for w in span["profile"]])
    )
    # Records that are not reviewed yet are of the last month; voided ones are of any.
    states = np.full(total, "reviewed", dtype="U9")
    waiting = [s for s, n in others.items() if s != "voided" for _ in range(n)]
    if waiting:
        states[rng.choice(np.arange(total - 150, total), len(waiting), replace=False)] = waiting
    states[rng.choice(np.flatnonzero(states == "reviewed"), others["voided"], replace=False)] = "voided"

    dead = np.zeros(total, dtype=np.int64)
    fatal = rng.choice(np.flatnonzero(states == "reviewed"), sum(span["by_dead"].values()), replace=False)
    dead[fatal] = np.repeat(list(span["by_dead"]), list(span["by_dead"].values()))
    is_fatal = dead > 0
    place = np.where(is_fatal & (rng.random(total) < 0.7), "residence", pick(rng, _PLACES, total))
    injuries = (rng.random(total) < 0.006) * (1 + rng.poisson(0.4, total)) + is_fatal * rng.poisson(
        0.3, total
    )
    is_minor = (rng.random(total) < 0.55) & ~is_fatal & (injuries == 0)
    cause = pick(rng, _CAUSES, total)
    cause[is_minor & (cause == "arson")] = "careless_use"

    area = np.where(is_minor, rng.gamma(1.2, 1.4, total), np.maximum(rng.lognormal(2.9, 1.1, total), 0.5))
    value = np.where(is_minor, rng.gamma(1.1, 260, total), rng.lognormal(9.1, 1.3, total))
    property_cents = np.minimum(np.round(value * 100), 900_000_000).astype(np.int64)
    rescue_cents = np.where(is_minor, 0, rng.integers(20_000, 900_000, total))
    casualty_cents = 40_000_000 * dead + 3_000_000 * injuries
    is_trading = (place == "shop") & (rng.random(total) < 0.5)
    is_production = np.isin(place, ("factory", "warehouse", "site")) | is_trading
    is_accident = is_production & (is_fatal | (rng.random(total) < 0.01))
    occurred = at_times(rng, days, _HOURS)
    ids = [f"HZ{day:%Y%m%d}{number:05d}" for number, day in enumerate(days.astype(object), start=1)]
    return canonical_frame(
        contract,
        {
            "fire_id": ids,
            "occurred_at": occurred,
            "division_code": places.draw(rng, days),
            "severity_kind": np.where(is_minor, "minor", "not_minor"),
            "fire_type": [_TYPE_OF_PLACE[p] for p in place.tolist()],
            "zone": pick(rng, _ZONES, total),
            "place_category": place,
            "cause": cause,
            "burnt_area_m2": np.round(area, 2),
            "direct_property_loss_yuan": property_cents / 100,
            "direct_economic_loss_yuan": (property_cents + rescue_cents + casualty_cents) / 100,
            "deaths_count": dead,
            "injuries_count": injuries,
            "affected_households_count": np.where(place == "residence", 1 + rng.poisson(0.15, total), 0),
            "is_production_related": is_production,
            "is_work_safety_accident": blank(rng, is_accident, 0.05),
            "review_state": states,
            "entered_at": after(occurred, rng.gamma(1.8, 700, total) + 30),
        },
    )
