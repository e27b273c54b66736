"""Staging: what is put in is there."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from anlan.gate.context import populations
from anlan.gate.staging import open_staging, stage_name
from anlan.jurisdiction import load_jurisdiction
from anlan.project import ROOT
from staged_tables import CONTRACTS, sound_row, staged_table

# More than a row group of DuckDB holds.
ROWS = 150_000


def test_no_row_of_a_large_table_is_lost(tmp_path):
    table = staged_table("hazards", [sound_row("hazards")])
    numbers = pl.int_range(1, ROWS + 1)
    rows = pl.concat([table.rows] * ROWS).with_columns(
        _row=numbers, hazard_id=numbers.cast(pl.String), _key=numbers.cast(pl.String)
    )
    people = populations(load_jurisdiction(ROOT / "jurisdictions" / "zhejiang"))
    with open_staging(tmp_path / "gate", CONTRACTS, people) as staging:
        staging.add([replace(table, rows=rows, rows_read=ROWS)])
        assert staging.number(f"select count(*) from {stage_name('hazards')}") == ROWS
