"""Forest-fire teams in two snapshots of their register."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from anlan.contracts import Contract
from anlan.example.draw import Floats, apportion, apportion_at_least, blank, generator, keep
from anlan.example.frames import canonical_frame
from anlan.example.places import Places

AS_OF = (date(2019, 12, 31), date(2020, 3, 31))

# The nine professional teams: county, members, form of employment, managing body.
_FULL_TIME = (
    ("331003", 25, "public_institution", "emergency"), ("331127", 22, "purchased", "natural_resources"),
    ("330106", 40, "dispatch", "natural_resources"), ("330304", 24, "dispatch", "emergency"),
    ("330326", 25, "dispatch", "natural_resources"), ("330381", 26, "dispatch", "emergency"),
    ("330824", 20, "dispatch", "emergency"), ("331082", 26, "dispatch", "emergency"),
    ("331083", 22, "dispatch", "emergency"),
)  # fmt: skip
# Teams and members of the other types.
_SEMI = (1272, 39_560)
_PROVINCIAL = (18, 700)
_EMERGENCY = (74, 2851)
_MASS = (86, 2363)
_VILLAGE = (150, 1650)
_VILLAGE_COUNTIES = ["330127", "330112", "330182", "330122", "330111"]
# Besides the nine professional teams, whose insurance the budget pays in full.
_FULL_INSURANCE, _PARTIAL_INSURANCE = 145 - len(_FULL_TIME), 316
# Semi-professional teams founded after the earlier snapshot.
_NEW_TEAMS = 12
_PROVINCE = "330000"
_LABELS = {
    "professional": "专业", "semi_professional": "半专业", "emergency": "应急", "mass": "群众",
    "village": "村级",
}  # fmt: skip


def teams(contract: Contract, places: Places, seed: int) -> pl.DataFrame:
    """The register as of the later of ``AS_OF``, in order of team number; village teams included."""
    rng = generator(seed, "teams")
    counties = places.counties(AS_OF[1], "forest")
    weights = np.array([places.weights["forest"][c] for c in counties])
    blocks = [
        *(_team(code, ("professional", "county", body), size, form) for code, size, form, body in _FULL_TIME),
        *_semi(rng, counties, weights),
        *_spread(rng, [_PROVINCE], np.ones(1), _PROVINCIAL, ("emergency", "province", "military")),
        *_spread(rng, counties, weights, _EMERGENCY, ("emergency", "county", "military")),
        *_spread(rng, counties, weights, _MASS, ("mass", "unit", "unit")),
        *_spread(rng, _VILLAGE_COUNTIES, np.ones(5), _VILLAGE, ("village", "village", "town")),
    ]
    blocks.sort(key=lambda team: str(team["division_code"]))
    return _frame(contract, places, rng, pl.DataFrame(blocks))


def earlier(register: pl.DataFrame, members_by_team: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The register at the earlier of ``AS_OF``.

    ``members_by_team``: team_id and members_count of the earlier roster; teams not in it had no
    members to report yet, except village teams, whose members no roster carries.
    """
    rng = generator(seed, "teams before")
    before = register.filter(pl.col("established_on") <= AS_OF[0]).drop("members_count")
    village = register.filter(team_type="village").select("team_id", "members_count")
    counts = pl.concat([members_by_team, village])
    joined = before.join(counts, on="team_id", how="inner", maintain_order="left")
    if joined.height != before.height:
        raise ValueError("a team of the earlier register has no members in the earlier roster")
    funding = pl.Series(rng.integers(90, 101, joined.height))
    less = (pl.col("annual_funding_wan_yuan").cast(pl.Float64) * funding / 100).round(1)
    return joined.with_columns(
        pl.lit(AS_OF[0]).alias("as_of_on"),
        less.cast(pl.Decimal(18, 2)).alias("annual_funding_wan_yuan"),
    ).select(register.columns)


def _team(code: str, kind: tuple[str, str, str], size: int, form: str) -> dict[str, object]:
    team_type, level, body = kind
    return {
        "division_code": code,
        "team_type": team_type,
        "team_level": level,
        "managing_body": body,
        "employment_form": form,
        "members_count": size,
    }


def _spread(
    rng: np.random.Generator,
    codes: list[str],
    weights: Floats,
    size: tuple[int, int],
    kind: tuple[str, str, str],
) -> list[dict[str, object]]:
    """Teams of one type, level and managing body over counties; teams and members add up to ``size``."""
    teams_count, members_count = size
    per_county = apportion(teams_count, weights * rng.uniform(0.8, 1.2, len(weights)))
    least = 6 if kind[0] == "village" else 12
    sizes = apportion_at_least(members_count, rng.gamma(4, 1, teams_count), least)
    homes = np.repeat(np.array(codes), per_county).tolist()
    return [_team(code, kind, count, "none") for code, count in zip(homes, sizes.tolist(), strict=True)]


def _semi(rng: np.random.Generator, counties: list[str], weights: Floats) -> list[dict[str, object]]:
    rows = _spread(rng, counties, weights + 0.4, _SEMI, ("semi_professional", "town", "town"))
    draw = rng.random(len(rows))
    for row, chance in zip(rows, draw.tolist(), strict=True):
        if chance < 0.05:
            row.update(team_level="unit", managing_body="natural_resources")
        elif chance < 0.11:
            row.update(team_level="county", managing_body="emergency")
        elif chance < 0.13:
            row.update(team_level="prefecture", managing_body="emergency")
        if chance < 0.2:
            row["employment_form"] = "contract" if chance < 0.16 else "purchased"
    return rows


def _frame(contract: Contract, places: Places, rng: np.random.Generator, rows: pl.DataFrame) -> pl.DataFrame:
    total = rows.height
    kind = rows["team_type"].to_numpy()
    is_professional, is_semi = kind == "professional", kind == "semi_professional"
    size = rows["members_count"].to_numpy()
    number = rows.select(pl.int_range(1, pl.len() + 1).over("division_code"))["literal"].to_list()
    codes = rows["division_code"].to_list()

    insurance = np.where(is_professional, "full", "none").astype("U7")
    insured = rng.permutation(np.flatnonzero(is_semi))[: _FULL_INSURANCE + _PARTIAL_INSURANCE]
    insurance[insured[:_FULL_INSURANCE]] = "full"
    insurance[insured[_FULL_INSURANCE:]] = "partial"
    established = np.datetime64("1996-01-01") + rng.integers(0, 8400, total)
    fresh = rng.permutation(np.setdiff1d(np.flatnonzero(is_semi), insured))[:_NEW_TEAMS]
    established[fresh] = np.datetime64("2020-01-04") + rng.integers(0, 85, _NEW_TEAMS)

    is_rich = rng.random(total) < 0.06
    plain_funding = np.where(is_rich, rng.integers(20, 90, total), rng.integers(10, 20, total))
    funding = np.where(is_professional, rng.integers(120, 281, total), plain_funding)
    barracks = np.where(is_professional, rng.integers(350, 1500, total), rng.integers(40, 260, total))
    has_barracks = is_professional | (is_semi & (rng.random(total) < 0.7))
    is_village = kind == "village"
    names = [
        f"{places.name(code, AS_OF[1])}第{n}{_LABELS[k]}森林消防队"
        for code, n, k in zip(codes, number, kind.tolist(), strict=True)
    ]
    return canonical_frame(
        contract,
        {
            "team_id": [f"DW{code}{n:03d}" for code, n in zip(codes, number, strict=True)],
            "team_name": names,
            "as_of_on": AS_OF[1],
            "division_code": codes,
            "team_type": rows["team_type"],
            "team_level": rows["team_level"],
            "managing_body": rows["managing_body"],
            "host_unit": keep([f"示例林场{n}" for n in number], (rows["team_level"] == "unit").to_numpy()),
            "employment_form": rows["employment_form"],
            "established_on": established,
            "authorised_members_count": blank(rng, size + rng.integers(0, 6, total), 0.1),
            "members_count": size,
            "social_insurance": keep(insurance, ~is_village),
            "accident_insurance_wan_yuan": keep(rng.integers(50, 121, total), ~is_village),
            "annual_funding_wan_yuan": np.where(is_village, 5, funding),
            "barracks_area_m2": keep(barracks, has_barracks),
        },
    )
