"""The roster of team members in two snapshots: invented people with impossible identity numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from anlan.contracts import Contract
from anlan.example.draw import Dates, generator, keep
from anlan.example.frames import canonical_frame
from anlan.example.identities import identity_numbers
from anlan.example.records.teams import AS_OF

_LATER_MEMBERS_50_PLUS = 12_437
_JOINED_SINCE, _LEFT_SINCE = 1_916, 1_231
_SYLLABLES = np.array(list("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"))


@dataclass(frozen=True)
class Roster:
    """People as they stand in the registers of a team, before the intake takes their identity away.

    Columns of each frame: those of the contract without ``member_key``, plus ``id_number``, ``name``
    and ``phone``. ``earlier`` and ``later`` are the two snapshots.
    """

    earlier: pl.DataFrame
    later: pl.DataFrame


def roster(contract: Contract, register: pl.DataFrame, seed: int) -> Roster:
    """Both snapshots, by team; the later one has exactly the members the register counts."""
    rng = generator(seed, "members")
    manned = register.filter(pl.col("team_type") != "village")
    seats = manned.select(pl.col("team_id").repeat_by("members_count").explode())["team_id"]
    later_count = seats.len()
    # Those who left before the later snapshot were in teams that existed before it.
    old_teams = manned.filter(pl.col("established_on") <= AS_OF[0])
    new_teams = set(manned["team_id"]) - set(old_teams["team_id"])
    left = pl.Series("team_id", rng.choice(old_teams["team_id"].to_numpy(), _LEFT_SINCE))
    team_id = pl.concat([seats, left])
    total = team_id.len()

    births = _births(rng, later_count, total)
    is_male = rng.random(total) < 0.955
    is_later = np.arange(total) < later_count
    of_new_team = np.array([team in new_teams for team in team_id.to_list()])
    is_new = of_new_team.copy()
    candidates = rng.permutation(np.flatnonzero(is_later & ~of_new_team & ~_first_of_each(seats, total)))
    is_new[candidates[: _JOINED_SINCE - int(is_new.sum())]] = True
    # Nobody joins before coming of age.
    earliest = np.maximum(births + np.timedelta64(18 * 366, "D"), np.datetime64("1998-01-01"))
    span = (np.datetime64("2019-12-01") - earliest).astype(np.int64)
    joined = np.where(
        is_new,
        np.datetime64("2020-01-02") + rng.integers(0, 88, total),
        earliest + np.floor(span * rng.random(total)).astype(np.int64),
    )
    frame = _frame(contract, rng, register, team_id, births, is_male, joined)
    later = frame.filter(pl.Series(is_later))
    earlier = frame.filter(pl.Series(~is_new)).with_columns(pl.lit(AS_OF[0]).alias("as_of_on"))
    return Roster(earlier=earlier.sort("team_id", maintain_order=True), later=later)


def members(contract: Contract, people: Roster, pseudonym: Callable[[str], str]) -> pl.DataFrame:
    """The canonical records of both snapshots: the identity number becomes ``pseudonym`` of it."""
    both = pl.concat([people.earlier, people.later])
    keys = {number: pseudonym(number) for number in both["id_number"].unique().to_list()}
    return both.with_columns(
        pl.col("id_number").replace_strict(keys, return_dtype=pl.String).alias("member_key")
    ).select(list(contract.fields))


def _births(rng: np.random.Generator, later_count: int, total: int) -> Dates:
    """Days of birth: exactly so many of the first ``later_count`` are 50 or older at the later snapshot."""
    turning_50, youngest, oldest = (np.datetime64(day) for day in ("1970-03-31", "2001-10-31", "1960-05-01"))
    is_old = np.zeros(total, dtype=bool)
    is_old[rng.permutation(later_count)[:_LATER_MEMBERS_50_PLUS]] = True
    is_old[later_count:] = rng.random(total - later_count) < 0.4
    old_span = int((turning_50 - oldest).astype(np.int64)) + 1
    young_span = int((youngest - turning_50).astype(np.int64))
    births = np.where(
        is_old,
        turning_50 - np.floor(old_span * rng.beta(1.1, 1.6, total)).astype(np.int64),
        turning_50 + 1 + np.floor(young_span * rng.beta(1.3, 1.9, total)).astype(np.int64),
    )
    # The edges of the count: fifty on the very day, and one day short of it.
    births[np.flatnonzero(is_old)[:3]] = turning_50
    births[np.flatnonzero(~is_old)[:3]] = turning_50 + 1
    births[np.flatnonzero(is_old)[3:5]] = np.datetime64("1964-02-29")
    return births


def _first_of_each(seats: pl.Series, total: int) -> NDArray[np.bool_]:
    """One member of each team who stays throughout, so that no team is ever empty."""
    first = np.zeros(total, dtype=bool)
    first[: seats.len()] = seats.is_first_distinct().to_numpy()
    return first


def _frame(
    contract: Contract,
    rng: np.random.Generator,
    register: pl.DataFrame,
    team_id: pl.Series,
    births: Dates,
    is_male: NDArray[np.bool_],
    joined: Dates,
) -> pl.DataFrame:
    total = team_id.len()
    seats = team_id.to_frame()
    wanted = register.select("team_id", "division_code", "employment_form", "team_type")
    team = seats.join(wanted, on="team_id", how="left", maintain_order="left")
    is_paid = (team["employment_form"] != "none").to_numpy()
    by_day = (team["team_type"] == "mass").to_numpy()
    allowance = rng.integers(10, 31, total) * 10
    position = seats.select(pl.int_range(pl.len()).over("team_id").alias("position"))["position"].to_numpy()
    role = np.select(
        [position == 0, position == 1, position == 3, position % 10 == 2],
        ["leader", "deputy_leader", "driver", "squad_leader"],
        "member",
    )
    frame = canonical_frame(
        contract,
        {
            "team_id": team_id,
            "as_of_on": AS_OF[1],
            "division_code": team["division_code"],
            "role": role,
            "sex": np.where(is_male, "male", "female"),
            "birth_on": births,
            "joined_on": joined,
            "employment_form": team["employment_form"],
            "monthly_pay_yuan": keep(rng.integers(50, 81, total) * 50, is_paid),
            "allowance_per_callout_yuan": keep(allowance, ~is_paid & ~by_day),
            "allowance_per_day_yuan": keep(allowance, ~is_paid & by_day),
        },
    )
    serial = rng.permutation(total)
    digits = [serial // len(_SYLLABLES) ** power % len(_SYLLABLES) for power in (3, 2, 1, 0)]
    names = ["测试" + "".join(row) for row in _SYLLABLES[np.stack(digits, axis=1)].tolist()]
    # No operator has numbers that begin with 100.
    phones = [f"100{n:08d}" for n in (serial * 7919 % 100_000_000).tolist()]
    return frame.drop("member_key").with_columns(
        pl.Series("id_number", identity_numbers(births, is_male)),
        pl.Series("name", names),
        pl.Series("phone", phones),
    )
