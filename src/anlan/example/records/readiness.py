"""Equipment in two snapshots, and drills and call-outs of the teams."""

from __future__ import annotations

import numpy as np
import polars as pl

from anlan.contracts import Contract
from anlan.example.draw import after, apportion, at_times, blank, days_in_months, generator, months
from anlan.example.frames import canonical_frame
from anlan.example.places import Places
from anlan.example.records.teams import AS_OF

_EQUIPMENT = {
    "troop_carrier": 931, "water_tanker": 186, "high_pressure_pump": 2335, "water_gun": 8933,
    "long_range_cannon": 160, "wind_water_extinguisher": 2479, "wind_extinguisher": 12_080,
    "hand_tool": 68_400, "chainsaw": 2438, "radio": 4217, "drone": 20,
}  # fmt: skip
_DRILLS = 3000
_PROFILE = (9, 10, 13, 12, 5, 3, 3, 4, 6, 9, 12, 11)


def equipment(contract: Contract, places: Places, register: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Stock by county and kind at both snapshots; the earlier one holds a little less."""
    rng = generator(seed, "equipment")
    manned = register.filter(pl.col("team_type") != "village")
    strength = dict(manned.group_by("division_code").agg(pl.col("members_count").sum()).iter_rows())
    counties = [code for code in places.counties(AS_OF[1]) if code in strength]
    base = np.array([strength[code] for code in counties])
    weights = {kind: base * rng.uniform(0.6, 1.5, len(counties)) for kind in _EQUIPMENT}
    frames = []
    for day, share in ((AS_OF[0], 0.964), (AS_OF[1], 1.0)):
        stock = np.array(
            [apportion(round(total * share), weights[kind]) for kind, total in _EQUIPMENT.items()]
        )
        columns = {
            "as_of_on": day,
            "division_code": np.repeat(np.array(counties), len(_EQUIPMENT)),
            "equipment_type": list(_EQUIPMENT) * len(counties),
            "quantity": stock.T.ravel(),
        }
        frames.append(canonical_frame(contract, columns))
    return pl.concat(frames)


def drills(contract: Contract, places: Places, register: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Drills and call-outs of 2018 to March 2020, in order of time."""
    rng = generator(seed, "drills")
    periods = months((2018, 1), (2020, 3))
    days = days_in_months(rng, periods, apportion(_DRILLS, np.tile(_PROFILE, 3)[: len(periods)]))
    own = register.filter((pl.col("team_type") != "village") & (pl.col("team_level") != "province")).sort(
        "team_id"
    )
    established = own["established_on"].to_numpy()
    size = own["members_count"].to_numpy()
    share = np.where((own["team_type"] == "professional").to_numpy(), 12.0, 1.0)
    chosen = rng.choice(own.height, _DRILLS, p=share / share.sum())
    old = np.flatnonzero(established < np.datetime64("2018-01-01"))
    too_new = established[chosen] > days
    chosen[too_new] = rng.choice(old, int(too_new.sum()))

    homes = own["division_code"].gather(chosen)
    is_callout = rng.random(_DRILLS) < 0.3
    required = np.maximum(np.round(size[chosen] * rng.uniform(0.55, 1.0, _DRILLS)).astype(np.int64), 1)
    present = np.minimum(required, np.round(required * rng.beta(14, 1.7, _DRILLS)).astype(np.int64))
    is_quick = np.isin(own["team_level"].to_numpy()[chosen], ("county", "prefecture"))
    minutes = 3 + np.round(rng.gamma(5, np.where(is_quick, 1.1, 4.2), _DRILLS)).astype(np.int64)
    called = at_times(rng, days, (1, 1, 1, 1, 1, 1, 2, 4, 9, 10, 9, 6, 5, 8, 10, 9, 7, 4, 3, 2, 2, 1, 1, 1))
    return canonical_frame(
        contract,
        {
            "drill_id": [f"YL{day:%Y%m}{n:05d}" for n, day in enumerate(days.astype(object), start=1)],
            "team_id": own["team_id"].gather(chosen),
            "division_code": [
                places.then(code, day) for code, day in zip(homes.to_list(), days.astype(object), strict=True)
            ],
            "kind": np.where(is_callout, "callout", "drill"),
            "called_at": called,
            "mustered_at": blank(rng, after(called, minutes).astype(object), 0.03),
            "required_members_count": required,
            "present_members_count": present,
        },
    )
