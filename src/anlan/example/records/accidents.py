"""Work-safety accidents, 2018 to March 2020."""

from __future__ import annotations

from typing import Any

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
    blank_zeros,
    days_in_months,
    generator,
    in_proportion,
    keep,
    months,
)
from anlan.example.frames import canonical_frame
from anlan.example.identities import credit_codes
from anlan.example.places import Places

# Counted accidents of a span of months by the number of dead (missing included); of those without
# dead, how many are larger by serious injuries or by loss; and how many more were cancelled.
_SPANS: tuple[dict[str, Any], ...] = (
    {
        "first": (2018, 1), "last": (2018, 12), "cancelled": 34,
        "by_dead": {0: 326, 1: 1000, 2: 60, 3: 9, 4: 3, 5: 1, 6: 1},
        "larger_by_injuries": 2, "larger_by_loss": 3,
        "profile": (96, 70, 88, 98, 104, 108, 118, 120, 108, 104, 110, 116),
    },
    {
        "first": (2019, 1), "last": (2019, 12), "cancelled": 21,
        "by_dead": {0: 200, 1: 652, 2: 38, 3: 6, 4: 2, 5: 1, 11: 1},
        "larger_by_injuries": 1, "larger_by_loss": 2,
        "profile": (100, 62, 92, 100, 98, 104, 108, 112, 104, 100, 98, 102),
    },
    {
        "first": (2020, 1), "last": (2020, 3), "cancelled": 2,
        "by_dead": {0: 26, 1: 78, 2: 4, 3: 1}, "larger_by_injuries": 0, "larger_by_loss": 0,
        "profile": (52, 14, 42),
    },
)  # fmt: skip

_TRADES = {
    "road": 56, "construction": 13.5, "industry_trade": 13, "other": 8, "fishing_vessel": 2.6, "water": 1.4,
    "special_equipment": 1.4, "farm_machinery": 1.3, "business_fire": 1, "metal_mine": 0.8, "hazchem": 0.6,
    "rail": 0.3, "fireworks": 0.1,
}  # fmt: skip
_AT_SEA = ("fishing_vessel",)
# Industry section (GB/T 4754) and the accident types that happen in a trade.
_INDUSTRY = {
    "road": "G", "construction": "E", "industry_trade": "C", "other": "O", "fishing_vessel": "A",
    "water": "G", "special_equipment": "C", "farm_machinery": "A", "business_fire": "F", "metal_mine": "B",
    "hazchem": "C", "rail": "G", "fireworks": "C",
}  # fmt: skip
_TYPES = {
    "road": ("02",), "construction": ("09", "10", "01", "04", "05"), "other": ("09", "05", "20", "06"),
    "industry_trade": ("03", "01", "09", "05", "19"), "fishing_vessel": ("06",), "water": ("06",),
    "special_equipment": ("04", "17"),
    "farm_machinery": ("02", "03"), "business_fire": ("08",), "metal_mine": ("01", "11"),
    "hazchem": ("07", "19", "18"), "rail": ("02",), "fireworks": ("14",),
}  # fmt: skip
_UNIT_KIND = {
    "road": "运输", "construction": "建设", "industry_trade": "机械", "other": "服务",
    "fishing_vessel": "渔业", "water": "航运", "special_equipment": "设备", "farm_machinery": "农机",
    "business_fire": "商贸", "metal_mine": "矿业", "hazchem": "化工", "rail": "铁路工程", "fireworks": "花炮",
}  # fmt: skip
_CANCEL_REASONS = ("因突发疾病死亡，非生产安全事故", "经公安机关认定为刑事案件", "超出设计标准的自然灾害")
_DAY_AND_NIGHT = (2, 1, 1, 1, 2, 4, 6, 8, 9, 9, 8, 6, 5, 7, 8, 8, 8, 7, 6, 5, 4, 3, 3, 2)


def accidents(contract: Contract, places: Places, seed: int) -> pl.DataFrame:
    """All accident records, cancelled ones included, in their final state, in order of occurrence."""
    frames = [_span(contract, places, generator(seed, f"accidents {span['first']}"), span) for span in _SPANS]
    return pl.concat(frames)


def _span(contract: Contract, places: Places, rng: np.random.Generator, span: dict[str, Any]) -> pl.DataFrame:
    by_dead: dict[int, int] = span["by_dead"]
    counted = sum(by_dead.values())
    total = counted + span["cancelled"]
    periods = months(span["first"], span["last"])
    days = days_in_months(
        rng, periods, apportion(total, [w * rng.uniform(0.93, 1.07) for w in span["profile"]])
    )
    order = rng.permutation(total)

    dead = np.ones(total, dtype=np.int64)
    dead[order[:counted]] = np.repeat(list(by_dead), list(by_dead.values()))
    is_cancelled = np.zeros(total, dtype=bool)
    is_cancelled[order[counted:]] = True

    trade = _trades(rng, dead)
    division = places.draw(rng, days)
    at_sea = np.isin(trade, _AT_SEA)
    division[at_sea] = places.draw(rng, days[at_sea], "sea")
    # In the largest city one accident decides a veto and not also the place in the ranking.
    division[dead >= 10] = places.largest_county(days[0].astype(object))
    missing = np.where(at_sea & (dead > 0) & (rng.random(total) < 0.35), np.maximum(dead // 2, 1), 0)
    serious, minor, poisoned = _injuries(rng, dead, trade)
    loss_cents = _losses(rng, dead, serious, minor)

    harmless = np.flatnonzero((dead == 0) & ~is_cancelled)
    injured, costly = np.split(
        harmless[: span["larger_by_injuries"] + span["larger_by_loss"]], [span["larger_by_injuries"]]
    )
    serious[injured] = rng.integers(10, 16, len(injured))
    loss_cents[costly] = rng.integers(100_000, 300_000, len(costly))

    occurred = at_times(rng, days, _DAY_AND_NIGHT)
    # Some are entered only weeks later: they arrive with the returns of a later month.
    delay = rng.gamma(1.6, 420, total) + 20 + (rng.random(total) < 0.025) * rng.uniform(15, 70, total) * 1440
    entered = np.minimum(after(occurred, delay), after(_end_of_entry(occurred), rng.integers(0, 600, total)))
    # Those of the last weeks are cancelled at once, to be in the last returns.
    soonest = np.maximum(np.datetime64("2020-03-20"), days + 2)
    cancelled_on = np.minimum(days + rng.integers(35, 160, total), soonest)
    reason = rng.choice(_CANCEL_REASONS, total)
    numbers = rng.integers(1, 40_000, total)
    is_old = days < np.datetime64("2019-10-01")
    sequence = dict.fromkeys(periods, 0)
    ids = []
    for day in days.astype(object):
        sequence[day.year, day.month] += 1
        ids.append(f"SG{day:%Y%m}{sequence[day.year, day.month]:04d}")
    names = [
        f"示例{_UNIT_KIND[kind]}企业第{number:05d}号"
        for kind, number in zip(trade.tolist(), numbers.tolist(), strict=True)
    ]
    is_unknown = (rng.random(total) < 0.05) & (dead + serious > 0) & (loss_cents < 100_000)
    is_closed = is_old | is_cancelled | (rng.random(total) < 0.3)
    return canonical_frame(
        contract,
        {
            "accident_id": ids,
            "occurred_at": occurred,
            "division_code": division,
            "unit_name": names,
            "unit_credit_code": blank(rng, credit_codes(numbers), 0.12),
            "industry_code": [_INDUSTRY[kind] for kind in trade.tolist()],
            "management_category": trade,
            "accident_type": [rng.choice(_TYPES[kind]).item() for kind in trade.tolist()],
            "reported_severity": _grade(dead, serious + poisoned, loss_cents),
            "deaths_count": dead - missing,
            "missing_count": blank_zeros(rng, missing, 0.3),
            "serious_injuries_count": serious,
            "minor_injuries_count": blank_zeros(rng, minor, 0.1),
            "poisoned_count": blank_zeros(rng, poisoned, 0.5),
            "direct_loss_wan_yuan": keep(loss_cents / 100, ~is_unknown),
            "is_liability": blank(rng, rng.random(total) < 0.86, 0.15),
            "case_status": np.where(is_closed, "closed", "open"),
            "is_cancelled": keep(is_cancelled, is_cancelled | (rng.random(total) < 0.7)),
            "cancelled_on": keep(cancelled_on, is_cancelled),
            "cancel_reason": keep(reason, is_cancelled),
            "entered_at": entered,
            "scope_version": "2016",
        },
    )


def _end_of_entry(occurred: Dates) -> Dates:
    """The latest moments of entry that still reach the last returns."""
    return np.maximum(np.datetime64("2020-04-02T08:00", "us"), occurred)


def _trades(rng: np.random.Generator, dead: Integers) -> NDArray[np.str_]:
    """The trade of each accident; the one accident with ten or more dead is on a building site."""
    trade = in_proportion(rng, _TRADES, len(dead))
    worst = np.flatnonzero(dead >= 10)
    for index in worst:
        swap = np.flatnonzero((trade == "construction") & (dead < 10))[0]
        trade[swap], trade[index] = trade[index], trade[swap]
    return trade


def _injuries(
    rng: np.random.Generator, dead: Integers, trade: NDArray[np.str_]
) -> tuple[Integers, Integers, Integers]:
    """Serious and minor injuries and poisonings; an accident without dead has at least one injury."""
    total = len(dead)
    serious = np.where(dead > 0, rng.poisson(0.12, total), 0)
    minor = np.where(dead > 0, rng.poisson(0.3, total), rng.poisson(0.6, total))
    harm = rng.random(total)
    serious = np.where((dead == 0) & (harm < 0.8), 1 + rng.poisson(0.35, total), serious)
    minor = np.where((dead == 0) & (harm >= 0.8), 1 + rng.poisson(0.9, total), minor)
    poisoned = np.where((trade == "hazchem") & (dead == 0) & (serious > 0), serious, 0)
    serious = serious - poisoned
    return serious, minor, poisoned


def _losses(rng: np.random.Generator, dead: Integers, serious: Integers, minor: Integers) -> Integers:
    """Direct loss in hundredths of 10,000 yuan, below the bound of the next grade."""
    total = len(dead)
    mean = 8 + 95 * dead + 14 * serious + 2 * minor
    cents = np.round(mean * rng.lognormal(-0.12, 0.5, total) * 100).astype(np.int64)
    ceiling = np.select([dead >= 10, dead >= 3], [499_900, 99_900], 99_900)
    return np.minimum(cents, ceiling - rng.integers(0, 5000, total))


def _grade(dead: Integers, serious: Integers, loss_cents: Integers) -> list[str]:
    """The grade as reported: any one of the three criteria, lower bound inclusive (Order 493)."""
    grades = np.full(len(dead), "general", dtype="U13")
    for name, deaths, injuries, cents in (
        ("larger", 3, 10, 100_000),
        ("major", 10, 50, 500_000),
        ("extraordinary", 30, 100, 1_000_000),
    ):
        grades[(dead >= deaths) | (serious >= injuries) | (loss_cents >= cents)] = name
    return grades.tolist()
