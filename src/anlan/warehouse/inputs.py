"""What a build reads beside the lake: the jurisdiction's tables and the run's parameters."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from anlan.jurisdiction import TABLES, Jurisdiction
from anlan.project import ROOT

# What decides the figures besides the extracts; a change in any of it is a new release.
BUILD_DEFINITIONS = ("models", "macros", "seeds", "dbt_project.yml", "requirements/runtime.txt")


@dataclass(frozen=True)
class RunParameters:
    """What a build is told: the snapshot (rows received up to ``as_of_at``) and the release's name."""

    as_of_at: datetime
    is_synthetic: bool
    release_id: str


def write_inputs(folder: Path, jurisdiction: Jurisdiction, parameters: RunParameters) -> None:
    """Write one Parquet file per jurisdiction table, and ``run_parameters``, for the models to read."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        jurisdiction.frame(name).write_parquet(folder / f"{name}.parquet")
    pl.DataFrame(
        {
            "as_of_at": [parameters.as_of_at],
            "is_synthetic": [parameters.is_synthetic],
            "release_id": [parameters.release_id],
            "jurisdiction_id": [jurisdiction.info.id],
            "jurisdiction_name": [jurisdiction.info.name],
            "root_code": [jurisdiction.info.root_code],
            "trade_grouping_id": [jurisdiction.info.trade_grouping],
        },
        schema_overrides={"as_of_at": pl.Datetime("us")},
    ).write_parquet(folder / "run_parameters.parquet")


def fingerprint(contents: Iterable[str], as_of_at: datetime, folders: Iterable[Path]) -> str:
    """One hash over everything that decides the figures: extracts, snapshot, place and definitions.

    ``contents``: what the lake holds, in any order; ``folders``: the jurisdiction, and the contracts
    and expectations by which extracts are read. Two builds of the same fingerprint have the same
    figures, so the second need not be made.
    """
    digest = hashlib.sha256()
    digest.update("\n".join(sorted(contents)).encode())
    digest.update(as_of_at.isoformat().encode())
    definitions = [*folders, *(ROOT / name for name in BUILD_DEFINITIONS)]
    files = [file for path in definitions for file in _files(path)]
    for file in files:
        digest.update(file.name.encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(f for f in path.rglob("*") if f.is_file() and not f.name.startswith("."))
