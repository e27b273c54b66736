"""Hundreds of damaged files in one inbox: each is told about, none harms another."""

from __future__ import annotations

import io
from dataclasses import dataclass

import polars as pl
import pytest
from corpus import BASES, NAMES, ROWS, Fault, write_corpus
from rich.console import Console

from anlan.gate.console import render_summary
from anlan.gate.lake import accepted_file, read_ledger, read_quarantine, read_set_aside
from anlan.gate.load import load_inbox
from anlan.gate.summary import LoadSummary, TableLoad
from anlan.project import ROOT, Home


@dataclass
class Loaded:
    """What one load made of the corpus."""

    home: Home
    faults: list[Fault]
    summary: LoadSummary
    findings: pl.DataFrame

    def tables(self, name: str) -> list[TableLoad]:
        return [table for table in self.summary.tables if table.file_name == name]

    def places(self, name: str) -> set[tuple[int, str]]:
        return set(self.findings.filter(file_name=name).select("row", "column_letter").rows())


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    home = Home(path=tmp_path_factory.mktemp("faults"), jurisdiction=ROOT / "jurisdictions" / "zhejiang")
    home.inbox.mkdir()
    faults = write_corpus(home.inbox)
    summary = load_inbox(home)
    return Loaded(home, faults, summary, read_quarantine(home.lake))


def test_the_corpus_holds_at_least_five_hundred_damaged_files_of_each_kind_many(loaded):
    kinds = pl.Series([fault.kind for fault in loaded.faults]).value_counts()
    assert len({fault.content for fault in loaded.faults}) >= 500
    assert {kind: count >= 40 for kind, count in kinds.rows()} == dict.fromkeys(
        ("cell", "structure", "line", "bytes"), True
    )


def test_every_file_is_accounted_for_by_name(loaded):
    known = {table.file_name for table in loaded.summary.tables} | set(loaded.summary.already_loaded)
    assert known >= {fault.name for fault in loaded.faults}


def test_sound_files_among_damaged_ones_load_to_the_last_row(loaded):
    for base in (make() for make in BASES):
        (table,) = loaded.tables(base.named("sound"))
        assert (table.status, table.rows_accepted, table.rows_quarantined) == ("accepted", ROWS, 0), table


def test_no_failure_is_unexpected(loaded):
    odd = {
        t.file_name: t.reason for t in loaded.summary.tables if "意外" in t.reason or "Traceback" in t.reason
    }
    assert odd == {}


def test_rows_balance_in_every_table_and_no_row_is_lost(loaded):
    for table in loaded.summary.tables:
        parts = (table.rows_accepted, table.rows_quarantined, table.rows_set_aside)
        assert table.rows_read == sum(parts), table
    wrong = {
        fault.name: (read, fault.rows)
        for fault in loaded.faults
        if fault.rows is not None
        and (tables := loaded.tables(fault.name))
        and (read := sum(table.rows_read for table in tables)) != fault.rows
    }
    assert wrong == {}
    ledger = read_ledger(loaded.home.lake)
    held = loaded.findings.filter(held="row").select("extract_id", "sheet_name", "row").unique().height
    assert ledger["rows_quarantined"].sum() == held
    assert ledger["rows_set_aside"].sum() == read_set_aside(loaded.home.lake).height


def test_each_wrong_cell_is_named_by_row_and_column(loaded):
    missed = {}
    for fault in loaded.faults:
        if fault.place is None or fault.is_refused:
            continue
        row, letter = fault.place
        places = loaded.places(fault.name)
        told = {(r, "" if letter == "" else c) for r, c in places}
        if (row, letter) not in told:
            missed[fault.name] = (fault.place, places, [t.reason for t in loaded.tables(fault.name)])
    assert missed == {}


def test_whatever_turns_a_whole_file_away_is_said_with_its_name_and_what_to_do(loaded):
    passed = [
        fault.name
        for fault in loaded.faults
        if fault.is_refused and any(table.status == "accepted" for table in loaded.tables(fault.name))
    ]
    assert passed == []
    for table in loaded.summary.refused:
        assert table.reason and table.remedy, table
        assert "\n" not in table.reason, table
    silent = [t.file_name for t in loaded.summary.refused if t.file_name not in t.reason and not t.sheet_name]
    assert silent == []


def test_no_half_state_stays(loaded):
    lake = loaded.home.lake
    assert not list(loaded.home.path.rglob("*.partial"))
    assert not (loaded.home.state / "gate").exists()
    ledger = read_ledger(lake)
    for entry in ledger.filter(pl.col("status") != "accepted").iter_rows(named=True):
        assert not accepted_file(lake, entry["source"], entry["extract_id"]).exists()
    stems = set(ledger["extract_id"].str.head(16))
    for file in lake.rglob("*.parquet"):
        assert file.stem in stems | {"schema"}, file


def test_no_identity_comes_out_of_a_damaged_roster(loaded):
    console = Console(width=400, record=True, file=io.StringIO())
    console.print(render_summary(loaded.summary))
    texts = [
        console.export_text(),
        loaded.findings.write_json(),
        read_set_aside(loaded.home.lake).write_json(),
    ]
    texts.append(read_ledger(loaded.home.lake).write_json())
    for text in texts:
        for name in [*NAMES, "9999991975", "1380000"]:
            assert name not in text


def test_what_was_refused_is_not_tried_again_and_what_was_loaded_does_nothing_twice(loaded):
    again = load_inbox(loaded.home)
    assert {t.file_name for t in again.tables if t.status == "accepted"} == set()
    accepted = {t.file_name for t in loaded.summary.tables if t.status == "accepted"}
    assert accepted <= set(again.already_loaded)
