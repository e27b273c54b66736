"""The example province through intake and gate: what the extracts were made from comes out again."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anlan.contracts import SOURCES
from anlan.example import ExampleSummary, canonical_records, open_province, write_example
from anlan.gate.lake import read_ledger, read_quarantine
from anlan.project import Home

# Rows the writer enters twice, over all files.
REPEATS = 16


@pytest.fixture(scope="module")
def example(demo_home: Home) -> ExampleSummary:
    """What the demo wrote: a second run finds it complete and leaves it."""
    summary = write_example(demo_home.inbox)
    assert not summary.is_new
    return summary


@pytest.fixture(scope="module")
def records(example: ExampleSummary, pseudonym_key: Path) -> dict[str, pl.DataFrame]:
    """What the extracts were made from, under the key the demo was loaded with."""
    key = pseudonym_key.read_bytes()

    def pseudonym(number: str) -> str:
        return hmac.digest(key, number.encode(), hashlib.sha256).hex()[:32]

    return canonical_records(open_province(example.seed, example.scale), pseudonym)


@pytest.mark.parametrize("source", SOURCES)
def test_the_newest_accepted_row_of_each_key_is_the_record(
    demo_home: Home, records: dict[str, pl.DataFrame], source: str
) -> None:
    received = read_ledger(demo_home.lake).select(
        pl.col("extract_id").alias("_extract_id"), pl.col("received_at")
    )
    rows = pl.concat(
        pl.read_parquet(file)
        for file in sorted((demo_home.lake / "accepted" / source).glob("[0-9a-f]*.parquet"))
    )
    newest = (
        rows.join(received.unique(), on="_extract_id", how="left")
        .sort("received_at", "_extract_id")
        .unique("_key", keep="last")
    )
    record = records[source]
    assert newest.height == record.height
    assert_frame_equal(newest.select(record.columns), record, check_row_order=False)


def test_exactly_the_deliberate_faults_are_held_back_each_by_its_rule(
    demo_home: Home, example: ExampleSummary
) -> None:
    found = read_quarantine(demo_home.lake).select(
        "file_name", "sheet_name", "row", "field", "rule_id", "held"
    )
    expected = [(f.file, f.sheet, f.row, f.field, f.rule_id, f.held) for f in example.flaws]
    assert sorted(found.rows()) == sorted(expected)


def test_no_extract_is_refused_and_every_file_is_read(demo_home: Home, example: ExampleSummary) -> None:
    ledger = read_ledger(demo_home.lake)
    assert ledger.filter(pl.col("status") != "accepted").select("file_name", "reason").rows() == []
    assert sorted(ledger["file_name"].unique()) == sorted(example.files)


def test_rows_read_are_accepted_or_quarantined_or_set_aside(demo_home: Home) -> None:
    ledger = read_ledger(demo_home.lake)
    parts = ledger.select(pl.sum_horizontal("rows_accepted", "rows_quarantined", "rows_set_aside"))
    assert parts.to_series().to_list() == ledger["rows_read"].to_list()


def test_every_row_of_the_ledger_says_that_the_data_is_synthetic(demo_home: Home) -> None:
    assert read_ledger(demo_home.lake)["is_synthetic"].all()


def test_the_totals_of_the_example_are_compared_and_none_differs(demo_home: Home) -> None:
    ledger = read_ledger(demo_home.lake)
    assert ledger["control_totals_differing_count"].to_list() == [0] * ledger.height
    checked = ledger.group_by("source").agg(pl.sum("control_totals_checked_count"))
    sources = checked.filter(pl.col("control_totals_checked_count") > 0)["source"]
    assert set(SOURCES) - set(sources) == {"assessment_scores", "equipment", "members"}


def test_exact_repeats_are_set_aside(demo_home: Home) -> None:
    files = (demo_home.lake / "set_aside").glob("[0-9a-f]*.parquet")
    reasons = pl.concat(pl.read_parquet(file) for file in files)["reason"]
    assert reasons.to_list().count("repeat") == REPEATS


def test_nobody_is_named_in_the_lake(demo_home: Home, example: ExampleSummary) -> None:
    people = open_province(example.seed, example.scale).roster.later
    secrets = [*people["id_number"].head(50), *people["name"].head(50), *people["phone"].head(50)]
    for file in demo_home.lake.rglob("*.parquet"):
        frame = pl.read_parquet(file).select(pl.col(pl.String))
        texts = pl.concat(
            [frame[name].alias("text") for name in frame.columns] or [pl.Series("text", [], pl.String())]
        )
        assert not texts.is_in(secrets).any(), file
        assert not texts.str.contains("测试[甲乙丙丁戊己庚辛]").any(), file
