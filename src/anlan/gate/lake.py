"""The lake: typed Parquet of accepted rows, of findings and of rows set aside, and the load ledger.

Files are named after the extract they come from and are never edited. The ledger file of an extract
is written last: without it nothing of the extract counts, so that a killed load leaves no trace.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from anlan.contracts import Contract
from anlan.intake.staged import FINDING_SCHEMA, SET_ASIDE_SCHEMA, canonical_schema

Schema = dict[str, pl.DataType]

# Without a leading underscore: Spark takes such files for hidden ones, and an empty source has no other.
SCHEMA_FILE = "schema.parquet"

LEDGER: Schema = {
    "extract_id": pl.String(),
    "source": pl.String(),
    "layout_id": pl.String(),
    "file_name": pl.String(),
    "sheet_name": pl.String(),
    "encoding": pl.String(),
    "received_at": pl.Datetime("us"),
    "loaded_at": pl.Datetime("us"),
    "sender": pl.String(),
    "is_synthetic": pl.Boolean(),
    "extent": pl.String(),
    "period_start_on": pl.Date(),
    "period_end_on": pl.Date(),
    "period_basis": pl.String(),
    "rows_read": pl.Int64(),
    "rows_accepted": pl.Int64(),
    "rows_quarantined": pl.Int64(),
    "rows_set_aside": pl.Int64(),
    "cells_quarantined": pl.Int64(),
    "control_totals_checked_count": pl.Int64(),
    "control_totals_differing_count": pl.Int64(),
    "status": pl.String(),
    "reason": pl.String(),
}

# One repaired cell: which extract the correction is and which it repairs, the texts in the file before
# and after, and the values they gave the field. ``was_held``: the row had not entered before.
CORRECTIONS: Schema = {
    "extract_id": pl.String(),
    "original_extract_id": pl.String(),
    "source": pl.String(),
    "file_name": pl.String(),
    "sheet_name": pl.String(),
    "row": pl.Int64(),
    "column_letter": pl.String(),
    "column_name": pl.String(),
    "field": pl.String(),
    "expected_text": pl.String(),
    "corrected_text": pl.String(),
    "value_before": pl.String(),
    "value_after": pl.String(),
    "was_held": pl.Boolean(),
    "reason": pl.String(),
    "reporter": pl.String(),
    "_key": pl.String(),
}


def file_stem(extract_id: str) -> str:
    """The name under which the files of an extract lie in each folder of the lake."""
    return extract_id[:16]


def accepted_file(lake: Path, source: str, extract_id: str) -> Path:
    """Accepted rows of one source of an extract."""
    return lake / "accepted" / source / f"{file_stem(extract_id)}.parquet"


def quarantine_file(lake: Path, extract_id: str) -> Path:
    """Findings of an extract, one row per finding."""
    return lake / "quarantine" / f"{file_stem(extract_id)}.parquet"


def set_aside_file(lake: Path, extract_id: str) -> Path:
    """Rows of an extract that are not data, each with its reason."""
    return lake / "set_aside" / f"{file_stem(extract_id)}.parquet"


def corrections_file(lake: Path, extract_id: str) -> Path:
    """The cells that a correction repaired, one row each."""
    return lake / "corrections" / f"{file_stem(extract_id)}.parquet"


def ledger_file(lake: Path, extract_id: str) -> Path:
    """The entry that makes an extract loaded."""
    return lake / "ledger" / f"{file_stem(extract_id)}.parquet"


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a file beside ``path``, then put it in place by one rename.

    The name beside it does not end in .parquet, so that no reader takes it for data.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    write(partial)
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.replace(path)


def write_frame(frame: pl.DataFrame, schema: Schema, path: Path) -> None:
    """Write a frame atomically with exactly the columns and types of ``schema``."""
    typed = frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
    write_atomically(path, typed.write_parquet)


def ensure_schemas(lake: Path, contracts: Mapping[str, Contract]) -> None:
    """Write the zero-row file of every folder, so that a source without extracts is still typed."""
    folders = {f"accepted/{name}": canonical_schema(contract) for name, contract in contracts.items()}
    folders |= {"ledger": LEDGER, "quarantine": FINDING_SCHEMA, "set_aside": SET_ASIDE_SCHEMA}
    folders["corrections"] = CORRECTIONS
    for folder, schema in folders.items():
        path = lake / folder / SCHEMA_FILE
        if not path.is_file() or pl.read_parquet_schema(path) != pl.Schema(schema):
            write_frame(pl.DataFrame(schema=schema), schema, path)


def read_ledger(lake: Path) -> pl.DataFrame:
    """The load ledger, one row per extract, source and sheet; empty where nothing was loaded yet."""
    return _read(lake / "ledger", LEDGER)


def read_quarantine(lake: Path) -> pl.DataFrame:
    """All findings of loaded extracts, one row per finding."""
    return _of_loaded(lake, _read(lake / "quarantine", FINDING_SCHEMA))


def read_set_aside(lake: Path) -> pl.DataFrame:
    """All rows set aside of loaded extracts, one row each."""
    return _of_loaded(lake, _read(lake / "set_aside", SET_ASIDE_SCHEMA))


def read_applied_corrections(lake: Path) -> pl.DataFrame:
    """All cells repaired by loaded corrections, one row each, in the order in which they hold."""
    known = read_ledger(lake).group_by("extract_id").agg(pl.col("received_at", "loaded_at").first())
    cells = _read(lake / "corrections", CORRECTIONS)
    return cells.join(known, on="extract_id").sort(
        "received_at", "loaded_at", "extract_id", "sheet_name", "row"
    )


def loaded_extract_ids(lake: Path) -> dict[str, str]:
    """Extracts that have a ledger entry, each with its status: accepted or refused."""
    entries = read_ledger(lake).select("extract_id", "status").unique()
    return dict(entries.iter_rows())


def _read(folder: Path, schema: Schema) -> pl.DataFrame:
    files = sorted(f for f in folder.glob("*.parquet") if f.name != SCHEMA_FILE)
    if not files:
        return pl.DataFrame(schema=schema)
    # Entries that an earlier version of the program wrote may lack a column.
    return pl.scan_parquet(
        files, schema=schema, hive_partitioning=False, missing_columns="insert", extra_columns="ignore"
    ).collect()


def _of_loaded(lake: Path, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.join(read_ledger(lake).select("extract_id").unique(), on="extract_id", how="semi")
