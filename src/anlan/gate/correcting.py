"""Applying files of corrections: one after the other, each wholly or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from anlan.contracts import Contract
from anlan.gate.accounts import count_tables
from anlan.gate.corrections import Applied, Correction, Corrector
from anlan.gate.entries import Counts, failure, outcome, write_extract
from anlan.gate.lake import CORRECTIONS, corrections_file, discard_extract, ledger_file, write_frame
from anlan.gate.rules import Suite
from anlan.gate.staging import Staging, open_staging
from anlan.gate.summary import TableLoad
from anlan.project import Home


def apply_corrections(
    home: Home,
    contracts: Mapping[str, Contract],
    suites: Mapping[str, Suite],
    corrector: Corrector,
    files: Sequence[Path],
    populations: pl.DataFrame,
    anew: bool,
) -> tuple[list[TableLoad], list[str]]:
    """Apply files of corrections: what each did, and the names of those that had nothing new.

    One that cannot be applied enters nothing and stays out of the ledger: it is tried again at each load.
    """
    outcomes: list[TableLoad] = []
    unchanged: list[str] = []
    readable: list[Correction] = []
    for path in files:
        try:
            readable.append(corrector.read(path))
        except Exception as error:  # whatever one file does, the others are loaded
            outcomes.append(_refused_correction(path.name, error))
    for correction in sorted(readable, key=lambda c: (c.received_at, c.name)):
        with open_staging(home.state / "corrections", contracts, populations) as staging:
            try:
                applied = corrector.apply(correction, staging, suites, anew)
                counts = count_tables(staging)
                _write(home.lake, staging, applied, counts)
            except Exception as error:
                # Read anew and found wanting, it must not go on working as it did.
                for own_id in corrector.own_ids(correction) if anew else []:
                    ledger_file(home.lake, own_id).unlink(missing_ok=True)
                outcomes.append(_refused_correction(correction.name, error))
                continue
            for extract in applied.extracts:
                outcomes += [outcome(extract, meta, counts, contracts) for meta in extract.metas]
            if not applied.extracts:
                unchanged.append(correction.name)
    return outcomes, unchanged


def _write(lake: Path, staging: Staging, applied: Applied, counts: Counts) -> None:
    """Put all that a file of corrections says into the lake, or nothing of it."""
    try:
        for extract in applied.extracts:
            extract_id = extract.metas[0].extract_id
            write_frame(applied.cells[extract_id], CORRECTIONS, corrections_file(lake, extract_id))
            write_extract(lake, staging, extract, counts)
    except Exception:
        for extract in applied.extracts:
            discard_extract(lake, extract.metas[0].extract_id, staging.contracts)
        raise


def _refused_correction(name: str, error: Exception) -> TableLoad:
    return replace(failure(name, error), source_label="更正", status="refused")
