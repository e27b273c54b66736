"""The records of the example province: what every table must say after the intake has read the extracts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from anlan.contracts import Contract, load_contracts
from anlan.example.places import Places, build_places
from anlan.example.records import (
    accidents,
    disasters,
    enforcement,
    fires,
    forest_fires,
    members,
    readiness,
    scores,
    teams,
)
from anlan.jurisdiction import load_jurisdiction
from anlan.project import ROOT


@dataclass(frozen=True)
class Province:
    """The example province of a seed; ``scale`` multiplies inspections and hazards only."""

    contracts: dict[str, Contract]
    places: Places
    seed: int
    scale: float

    @cached_property
    def accidents(self) -> pl.DataFrame:
        """Accidents in their final state."""
        return accidents.accidents(self.contracts["accidents"], self.places, self.seed)

    @cached_property
    def fires(self) -> pl.DataFrame:
        """Fires in their final state."""
        return fires.fires(self.contracts["fires"], self.places, self.seed)

    @cached_property
    def forest_fires(self) -> pl.DataFrame:
        """Forest fires and alarms in their final state."""
        return forest_fires.forest_fires(self.contracts["forest_fires"], self.places, self.seed)

    @cached_property
    def disaster_reports(self) -> pl.DataFrame:
        """All reports on all disasters."""
        return disasters.disaster_reports(self.contracts["disaster_reports"], self.places, self.seed)

    @cached_property
    def register(self) -> pl.DataFrame:
        """The register of teams at the later snapshot."""
        return teams.teams(self.contracts["teams"], self.places, self.seed)

    @cached_property
    def roster(self) -> members.Roster:
        """Members with the identities their registers carry, at both snapshots."""
        return members.roster(self.contracts["members"], self.register, self.seed)

    @cached_property
    def teams(self) -> pl.DataFrame:
        """The register at both snapshots."""
        counts = self.roster.earlier.group_by("team_id").agg(pl.len().cast(pl.Int64).alias("members_count"))
        return pl.concat([teams.earlier(self.register, counts, self.seed), self.register])

    @cached_property
    def equipment(self) -> pl.DataFrame:
        """Equipment at both snapshots."""
        return readiness.equipment(self.contracts["equipment"], self.places, self.register, self.seed)

    @cached_property
    def drills(self) -> pl.DataFrame:
        """Drills and call-outs."""
        return readiness.drills(self.contracts["drills"], self.places, self.register, self.seed)

    @cached_property
    def assessment_scores(self) -> pl.DataFrame:
        """Raw values of the assessment."""
        return scores.assessment_scores(
            self.contracts["assessment_scores"], self.places, self.accidents, self.seed
        )

    def inspections(self, position: int) -> pl.DataFrame:
        """Visits of one month, a position in ``enforcement.MONTHS``."""
        return enforcement.inspections_of(
            self.contracts["inspections"], self.places, self.seed, self.scale, position
        )

    def hazards(self, position: int, inspections: pl.DataFrame) -> enforcement.HazardMonth:
        """Hazards found by the visits of one month."""
        return enforcement.hazards_of(self.contracts["hazards"], inspections, self.seed, self.scale, position)


def open_province(seed: int, scale: float = 1.0) -> Province:
    """The example province, which has the divisions of Zhejiang."""
    jurisdiction = load_jurisdiction(ROOT / "jurisdictions" / "zhejiang")
    contracts = load_contracts(ROOT / "contracts")
    return Province(contracts=contracts, places=build_places(jurisdiction), seed=seed, scale=scale)


def canonical_records(province: Province, pseudonym: Callable[[str], str]) -> dict[str, pl.DataFrame]:
    """All records by source, columns exactly the canonical fields: what the newest accepted rows hold.

    ``pseudonym`` turns an identity number into a member key.
    """
    visits = [province.inspections(position) for position in range(len(enforcement.MONTHS))]
    hazards = [province.hazards(position, frame).final for position, frame in enumerate(visits)]
    return {
        "accidents": province.accidents,
        "fires": province.fires,
        "forest_fires": province.forest_fires,
        "inspections": pl.concat(visits),
        "hazards": pl.concat(hazards),
        "disaster_reports": province.disaster_reports,
        "teams": province.teams,
        "members": members.members(province.contracts["members"], province.roster, pseudonym),
        "equipment": province.equipment,
        "drills": province.drills,
        "assessment_scores": province.assessment_scores,
    }
