"""The lake: typed Parquet of accepted rows, of findings and of rows set aside, and the load ledger.

Files are named after the extract they come from and are never edited. The ledger file of an extract
is written last: without it nothing of the extract counts, so that a killed load leaves no trace.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from pathlib import Path

import polars as pl

from anlan.contracts import Contract
from anlan.errors import AnlanError
from anlan.intake.staged import FINDING_SCHEMA, SET_ASIDE_SCHEMA, canonical_schema

Schema = dict[str, pl.DataType]

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_NO_SPACE_TEXTS = ("No space left on device", "os error 28", "os error 112", "Disk quota exceeded")

# Without a leading underscore: Spark takes such files for hidden ones, and an empty source has no other.
SCHEMA_FILE = "schema.parquet"

LEDGER: Schema = {
    "extract_id": pl.String(),
    "source": pl.String(),
    "layout_id": pl.String(),
    "file_name": pl.String(),
    "sheet_name": pl.String(),
    "encoding": pl.String(),
    "encoding_basis": pl.String(),
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
    "warnings_count": pl.Int64(),
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
    try:
        write(partial)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except Exception:
        partial.unlink(missing_ok=True)
        raise


def write_frame(frame: pl.DataFrame, schema: Schema, path: Path) -> None:
    """Write a frame atomically with exactly the columns and types of ``schema``."""
    typed = frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
    # By way of memory: what polars says when a disk is full does not tell that it is.
    content = BytesIO()
    typed.write_parquet(content)
    write_atomically(path, lambda partial: partial.write_bytes(content.getbuffer()))


def discard_extract(lake: Path, extract_id: str, sources: Iterable[str]) -> None:
    """Take away what was written of an extract that did not get its ledger entry."""
    ledger_file(lake, extract_id).unlink(missing_ok=True)
    for source in sources:
        accepted_file(lake, source, extract_id).unlink(missing_ok=True)
    corrections_file(lake, extract_id).unlink(missing_ok=True)
    quarantine_file(lake, extract_id).unlink(missing_ok=True)
    set_aside_file(lake, extract_id).unlink(missing_ok=True)


def is_unwritable(error: BaseException) -> bool:
    """Whether an error says that a disk is full or may not be written to."""
    return say_unwritable(error) is not None


def say_unwritable(error: BaseException) -> AnlanError | None:
    """A full disk, or one that may not be written to, for an analyst; None for any other error."""
    # Libraries report the system's error in their own exceptions, some as text only.
    is_of_library = type(error).__module__.split(".")[0] in ("duckdb", "_duckdb", "polars")
    if (isinstance(error, OSError) and error.errno in _NO_SPACE) or (
        is_of_library and any(text in str(error) for text in _NO_SPACE_TEXTS)
    ):
        return AnlanError("磁盘空间不足，未能写入", "清理磁盘后再执行一次 anlan load；已入库的内容不受影响。")
    if isinstance(error, OSError) and error.errno is not None:
        return AnlanError(
            f"无法读写 {Path(str(error.filename or '')).name or '文件'}（{error.strerror}）",
            "检查磁盘和文件夹的权限后再执行一次 anlan load。",
        )
    return None


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
