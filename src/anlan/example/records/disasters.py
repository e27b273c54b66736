"""Natural disasters of 2018 to March 2020, each reported several times by each county."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from anlan.contracts import Contract
from anlan.example.draw import Floats, Integers, apportion, generator, keep
from anlan.example.frames import canonical_frame
from anlan.example.places import Places, city_of

_PARTS = (
    "loss_housing_wan_yuan", "loss_farming_wan_yuan", "loss_industry_wan_yuan",
    "loss_infrastructure_wan_yuan", "loss_public_service_wan_yuan", "loss_other_wan_yuan",
)  # fmt: skip
_PART_WEIGHTS = np.array([11.0, 38, 22, 24, 4, 1])


@dataclass(frozen=True)
class Round:
    """What the province adds up to in one round of reports: hours after the start, loss, casualties."""

    hours: float
    loss_wan_yuan: int
    deaths: int = 0
    missing: int = 0


@dataclass(frozen=True)
class Disaster:
    """One disaster: ``cities`` weighs the cities hit; the last round is the verified one."""

    event_id: str
    name: str
    kind: str
    started_at: datetime
    cities: Mapping[str, float]
    rounds: tuple[Round, ...]
    share_of_counties: float = 1.0


_COAST = {"331000": 30, "330300": 24, "330200": 16, "330900": 4}
_NORTH = {"330100": 30, "330400": 18, "330500": 24, "330600": 14}
_SOUTH = {"330800": 24, "331100": 26, "330700": 22, "330100": 12, "330600": 8}
DISASTERS = (
    Disaster("ZH201801-01", "2018年1月低温雨雪", "snow", datetime(2018, 1, 25, 20), _NORTH,
             (Round(14, 18_400), Round(62, 51_300), Round(180, 64_820))),
    Disaster("ZH201806-01", "2018年6月梅汛期强降雨", "flood", datetime(2018, 6, 20, 6), _SOUTH,
             (Round(9, 46_000, 1), Round(52, 158_700, 2), Round(240, 211_350, 3)), 0.8),
    Disaster("ZH201807-01", "2018年第8号台风", "typhoon", datetime(2018, 7, 11, 4), _COAST,
             (Round(8, 38_000), Round(40, 89_500), Round(200, 96_240))),
    Disaster("ZH201808-01", "2018年8月强对流", "wind_hail", datetime(2018, 8, 5, 16), _SOUTH,
             (Round(7, 4_900), Round(96, 11_730)), 0.4),
    Disaster("ZH201903-01", "2019年3月风雹", "wind_hail", datetime(2019, 3, 21, 15), _SOUTH,
             (Round(6, 7_200), Round(90, 15_640)), 0.5),
    Disaster("ZH201906-01", "2019年6月梅汛期强降雨", "flood", datetime(2019, 6, 19, 22), _SOUTH,
             (Round(10, 52_000, 1), Round(60, 149_200, 2, 1), Round(260, 186_380, 3)), 0.8),
    Disaster("ZH201908-01", "2019年第9号台风利奇马", "typhoon", datetime(2019, 8, 9, 20),
             {"331000": 42, "330300": 18, "330200": 14, "330100": 10, "330500": 6, "330600": 4, "330700": 3,
              "330400": 2, "330900": 1},
             (Round(36, 1_457_000, 28, 20), Round(41.5, 1_575_000, 32, 16), Round(130, 3_618_500, 44, 5),
              Round(330, 4_072_000, 45, 3))),
    Disaster("ZH201910-01", "2019年第18号台风", "typhoon", datetime(2019, 10, 1, 18),
             {"330900": 40, **_COAST},
             (Round(9, 61_000), Round(34, 120_800, 0, 1), Round(170, 147_930, 1))),
    Disaster("ZH201911-01", "2019年秋冬气象干旱", "drought", datetime(2019, 11, 4, 9), _SOUTH,
             (Round(48, 16_200), Round(600, 41_650)), 0.6),
    Disaster("ZH202001-01", "2020年1月低温雨雪", "cold", datetime(2020, 1, 16, 7), _NORTH,
             (Round(12, 1_450), Round(72, 2_170)), 0.5),
    Disaster("ZH202002-01", "2020年2月强降雨", "flood", datetime(2020, 2, 13, 19), _SOUTH,
             (Round(8, 2_060), Round(66, 3_940)), 0.3),
    Disaster("ZH202003-01", "2020年3月风雹", "wind_hail", datetime(2020, 3, 22, 17), _SOUTH,
             (Round(6, 3_100), Round(70, 6_280)), 0.4),
)  # fmt: skip


def disaster_reports(contract: Contract, places: Places, seed: int) -> pl.DataFrame:
    """Every report of every county on every disaster, in order of event, round and county."""
    return pl.concat(
        _event(contract, places, generator(seed, f"disaster {event.event_id}"), event) for event in DISASTERS
    )


def _event(contract: Contract, places: Places, rng: np.random.Generator, event: Disaster) -> pl.DataFrame:
    day = event.started_at.date()
    near = [code for code in places.counties(day) if city_of(code) in event.cities]
    hit = [code for code in near if rng.random() < event.share_of_counties]
    exposed = [event.cities[city_of(code)] * places.weights["people"][code] for code in hit]
    weights = np.array(exposed) * rng.lognormal(0, 0.7, len(hit))
    # Counties on the fringe report only from the second round on.
    is_late = (weights < np.quantile(weights, 0.2)) & (len(event.rounds) > 2)
    frames = []
    for number, this in enumerate(event.rounds):
        reports = np.flatnonzero(~is_late) if number == 0 else np.arange(len(hit))
        share = weights[reports]
        cents = apportion(this.loss_wan_yuan * 100, share)
        parts = np.array([apportion(int(c), _PART_WEIGHTS * rng.uniform(0.6, 1.4, 6)) for c in cents])
        growth = this.loss_wan_yuan / event.rounds[-1].loss_wan_yuan
        people = np.round(cents / 100 * 1.6).astype(np.int64) + 40
        rooms = np.round(cents / 100 * 0.011 * (event.kind in ("typhoon", "flood", "snow"))).astype(np.int64)
        crop = np.round(parts[:, 1] * 0.9).astype(np.int64)
        sequence = np.where(is_late[reports], number, number + 1)
        later = "verified" if number == len(event.rounds) - 1 else "follow_up"
        due = event.started_at + timedelta(hours=this.hours)
        reported = [due + timedelta(minutes=int(minute)) for minute in rng.integers(0, 55, len(reports))]
        resettled = np.round(people * 0.08).astype(np.int64)
        frames.append(
            canonical_frame(
                contract,
                {
                    "event_id": event.event_id,
                    "event_name": event.name,
                    "disaster_kind": event.kind,
                    "division_code": [hit[i] for i in reports],
                    "report_type": np.where(sequence == 1, "first", later),
                    "report_sequence": sequence,
                    "reported_at": reported,
                    "occurred_on": day,
                    "affected_people_count": people,
                    # In the order of loss: the dead are where the damage is.
                    "deaths_count": _worst_first(this.deaths, share),
                    "missing_count": _worst_first(this.missing, share),
                    "sheltered_people_count": np.round(people * 0.11).astype(np.int64),
                    "resettled_people_count": keep(resettled, np.full(len(reports), growth >= 0.5)),
                    "collapsed_rooms_count": rooms // 4,
                    "severely_damaged_rooms_count": rooms // 2,
                    "slightly_damaged_rooms_count": rooms,
                    "crop_affected_ha": crop / 100,
                    "crop_lost_ha": crop // 7 / 100,
                    **{name: parts[:, i] / 100 for i, name in enumerate(_PARTS)},
                    "direct_loss_wan_yuan": cents / 100,
                },
            )
        )
    return pl.concat(frames)


def _worst_first(total: int, weights: Floats) -> Integers:
    return apportion(total, weights**2)
