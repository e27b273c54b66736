"""The example province through intake and gate: what the extracts were made from comes out again."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anlan.contracts import SOURCES
from anlan.example import ExampleSummary, canonical_records, open_province, write_example
from anlan.gate.lake import read_ledger, read_quarantine
from anlan.gate.load import load_inbox
from anlan.gate.summary import LoadSummary
from anlan.project import ROOT, Home

SEED, SCALE = 20200331, 0.1
# Rows the writer enters twice, over all files.
REPEATS = 16
KEY = bytes(range(32))


@dataclass
class Loaded:
    home: Home
    example: ExampleSummary
    summary: LoadSummary
    records: dict[str, pl.DataFrame]


def pseudonym(number: str) -> str:
    return hmac.digest(KEY, number.encode(), hashlib.sha256).hex()[:32]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("home")
    key_file = folder / "test.key"
    key_file.write_bytes(KEY)
    key_file.chmod(0o600)
    home = Home(path=folder, jurisdiction=ROOT / "jurisdictions" / "zhejiang")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANLAN_KEY_FILE", str(key_file))
        example = write_example(home.inbox, seed=SEED, scale=SCALE)
        summary = load_inbox(home)
        yield Loaded(home, example, summary, canonical_records(open_province(SEED, SCALE), pseudonym))


@pytest.mark.parametrize("source", SOURCES)
def test_the_newest_accepted_row_of_each_key_is_the_record(loaded: Loaded, source: str) -> None:
    received = read_ledger(loaded.home.lake).select(
        pl.col("extract_id").alias("_extract_id"), pl.col("received_at")
    )
    rows = pl.concat(
        pl.read_parquet(file)
        for file in sorted((loaded.home.lake / "accepted" / source).glob("[0-9a-f]*.parquet"))
    )
    newest = (
        rows.join(received.unique(), on="_extract_id", how="left")
        .sort("received_at", "_extract_id")
        .unique("_key", keep="last")
    )
    record = loaded.records[source]
    assert newest.height == record.height
    assert_frame_equal(newest.select(record.columns), record, check_row_order=False)


def test_exactly_the_deliberate_faults_are_held_back_each_by_its_rule(loaded: Loaded) -> None:
    found = read_quarantine(loaded.home.lake).select(
        "file_name", "sheet_name", "row", "field", "rule_id", "held"
    )
    expected = [(f.file, f.sheet, f.row, f.field, f.rule_id, f.held) for f in loaded.example.flaws]
    assert sorted(found.rows()) == sorted(expected)


def test_no_extract_is_refused_and_every_file_is_read(loaded: Loaded) -> None:
    assert [(table.file_name, table.reason) for table in loaded.summary.refused] == []
    assert {table.file_name for table in loaded.summary.tables} == set(loaded.example.files)
    assert len(loaded.example.files) > 60


def test_rows_read_are_accepted_or_quarantined_or_set_aside(loaded: Loaded) -> None:
    ledger = read_ledger(loaded.home.lake)
    parts = ledger.select(pl.sum_horizontal("rows_accepted", "rows_quarantined", "rows_set_aside"))
    assert parts.to_series().to_list() == ledger["rows_read"].to_list()


def test_every_row_of_the_ledger_says_that_the_data_is_synthetic(loaded: Loaded) -> None:
    assert read_ledger(loaded.home.lake)["is_synthetic"].all()


def test_exact_repeats_are_set_aside(loaded: Loaded) -> None:
    files = (loaded.home.lake / "set_aside").glob("[0-9a-f]*.parquet")
    reasons = pl.concat(pl.read_parquet(file) for file in files)["reason"]
    assert reasons.to_list().count("repeat") == REPEATS


def test_nobody_is_named_in_the_lake(loaded: Loaded) -> None:
    people = open_province(SEED, SCALE).roster.later
    secrets = [*people["id_number"].head(50), *people["name"].head(50), *people["phone"].head(50)]
    for file in loaded.home.lake.rglob("*.parquet"):
        frame = pl.read_parquet(file).select(pl.col(pl.String))
        texts = pl.concat(
            [frame[name].alias("text") for name in frame.columns] or [pl.Series("text", [], pl.String())]
        )
        assert not texts.is_in(secrets).any(), file
        assert not texts.str.contains("测试[甲乙丙丁戊己庚辛]").any(), file


def test_loading_the_same_files_again_changes_nothing(loaded: Loaded) -> None:
    again = load_inbox(loaded.home)
    assert again.tables == []
    assert sorted(Path(name).name for name in again.already_loaded) == sorted(
        Path(name).name for name in loaded.example.files
    )
