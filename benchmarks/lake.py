"""A lake with as many hazards as asked for, as if the gate had let the months in one after the other."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from anlan.contracts import Contract
from anlan.example import canonical_records, open_province
from anlan.example.draw import month_days
from anlan.example.records import Province
from anlan.example.records.enforcement import MONTHS
from anlan.gate.lake import LEDGER, accepted_file, ensure_schemas, ledger_file, write_frame
from anlan.intake.staged import canonical_schema
from anlan.jurisdiction import load_jurisdiction
from anlan.project import ROOT
from anlan.warehouse.inputs import RunParameters, write_inputs

SEED = 20200331
AS_OF = datetime(2020, 4, 10)


def write_lake(folder: Path, rows: int) -> None:
    """Write ``folder``/lake and ``folder``/inputs with about ``rows`` accepted rows of hazards.

    A hazard stands in the extract of the month in which it was found, and once more in that of the
    month of its last change, if that is a later one. Inspections grow with the hazards (six visits to
    ten hazards); all other sources are those of the example province.
    """
    province = open_province(SEED, hazards_scale(rows))
    lake = folder / "lake"
    ensure_schemas(lake, province.contracts)
    for source, frame in canonical_records(open_province(SEED, 0.01), _pseudonym).items():
        if source not in ("inspections", "hazards"):
            start = date(2010 if source == "forest_fires" else 2018, 1, 1)
            _write_extract(lake, province.contracts[source], "all", frame, start, AS_OF.date())
    waiting: dict[int, list[pl.DataFrame]] = {position: [] for position in range(len(MONTHS))}
    for position, (year, month) in enumerate(MONTHS):
        start, end = date(year, month, 1), date(year, month, month_days(year, month))
        visits = province.inspections(position)
        _write_extract(lake, province.contracts["inspections"], f"{start:%Y%m}", visits, start, end)
        found, later = _months_of_hazards(province, position, visits)
        for at, frame in later:
            waiting[at].append(frame)
        frame = pl.concat([found, *waiting.pop(position)])
        _write_extract(lake, province.contracts["hazards"], f"{start:%Y%m}", frame, start, end)
    jurisdiction = load_jurisdiction(ROOT / "jurisdictions" / "zhejiang")
    write_inputs(folder / "inputs", jurisdiction, RunParameters(AS_OF, is_synthetic=True, release_id="bench"))


def hazards_scale(rows: int) -> float:
    """The scale of the example at which extracts hold about ``rows`` rows of hazards."""
    province = open_province(SEED)
    rows_at_scale_1 = 0
    for position in range(len(MONTHS)):
        found, later = _months_of_hazards(province, position, province.inspections(position))
        rows_at_scale_1 += found.height + sum(frame.height for _, frame in later)
    return rows / rows_at_scale_1


def _months_of_hazards(
    province: Province, position: int, visits: pl.DataFrame
) -> tuple[pl.DataFrame, Iterable[tuple[int, pl.DataFrame]]]:
    """Hazards as first reported, and as last reported where that was later, by position of the month."""
    hazards = province.hazards(position, visits)
    marked = hazards.final.with_columns(hazards.final_position.alias("at"))
    changed = marked.filter(pl.col("at") > position).partition_by("at", as_dict=True, include_key=False)
    return hazards.first, [(int(str(at)), frame) for (at,), frame in changed.items()]


def _write_extract(
    lake: Path, contract: Contract, name: str, frame: pl.DataFrame, start: date, end: date
) -> None:
    extract_id = hashlib.sha256(f"{contract.source} {name}".encode()).hexdigest()
    received_at = datetime.combine(
        min(end, AS_OF.date() - timedelta(days=2)), datetime.min.time()
    ) + timedelta(days=1)
    rows = frame.with_columns(
        pl.lit(extract_id).alias("_extract_id"),
        pl.lit("bench").alias("_sheet"),
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("_row"),
        pl.concat_str(*(pl.col(k).cast(pl.String) for k in contract.key), separator="|").alias("_key"),
    )
    write_frame(rows, canonical_schema(contract), accepted_file(lake, contract.source, extract_id))
    entry = dict.fromkeys(LEDGER) | {
        "extract_id": extract_id, "source": contract.source, "layout_id": "bench",
        "file_name": f"{contract.source} {name}.csv", "sheet_name": "bench",
        "received_at": received_at, "loaded_at": received_at, "is_synthetic": True, "extent": "increment",
        "period_start_on": start, "period_end_on": end, "period_basis": "declared_name",
        "rows_read": rows.height, "rows_accepted": rows.height, "rows_quarantined": 0, "rows_set_aside": 0,
        "cells_quarantined": 0, "status": "accepted",
    }  # fmt: skip
    write_frame(pl.DataFrame([entry], schema=LEDGER), LEDGER, ledger_file(lake, extract_id))


def _pseudonym(number: str) -> str:
    return hashlib.sha256(number.encode()).hexdigest()


if __name__ == "__main__":
    write_lake(Path(sys.argv[1]), int(sys.argv[2]))
