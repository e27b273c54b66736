"""The place in docs/new-place.md loads as the page says, and docs/contracts.md names every key."""

from __future__ import annotations

import re
import shutil

import polars as pl
import pytest

from anlan.contracts import Case, Column, Layout
from anlan.gate.lake import read_ledger, read_quarantine
from anlan.project import ROOT, open_home

NEW_PLACE = (ROOT / "docs/new-place.md").read_text(encoding="utf-8")
CONTRACTS = (ROOT / "docs/contracts.md").read_text(encoding="utf-8")
_FILE = re.compile(r"^`(norland/[^`]+)`[^\n]*:\n\n```(?:yaml|csv)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TABLE_ROW = re.compile(r"^\| (.+) \|$", re.MULTILINE)


def table(text: str, header: str) -> list[list[str]]:
    """Cells of the rows of the Markdown table with this header, without backquotes."""
    body = text.split(f"| {header} |\n", 1)[1].split("\n\n", 1)[0]
    return [row.replace("`", "").split(" | ") for row in _TABLE_ROW.findall(body)]


@pytest.fixture(scope="module")
def norland(tmp_path_factory, run_anlan):
    """The home of the example, loaded once. Read only."""
    folder = tmp_path_factory.mktemp("docs")
    files = _FILE.findall(NEW_PLACE)
    assert len(files) == 6
    for name, text in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    home = open_home(project=folder / "norland/anlan.yml")
    run_anlan("--project", folder / "norland/anlan.yml", "load", home=home.path)
    return home


def test_the_example_of_a_new_place_loads_with_the_counts_that_the_page_prints(norland):
    printed = table(NEW_PLACE, "file | read | accepted | held back | set aside | cells held back")
    counts = ["rows_read", "rows_accepted", "rows_quarantined", "rows_set_aside", "cells_quarantined"]
    ledger = read_ledger(norland.lake).sort("file_name")
    assert [[row[0], *map(int, row[1:])] for row in printed] == [
        list(row) for row in ledger.select("file_name", *counts).rows()
    ]


def test_the_example_holds_back_what_the_page_prints(norland):
    printed = table(NEW_PLACE, "row | column | value | rule | what happened")
    found = read_quarantine(norland.lake).sort("row")
    shown = found.select(pl.col("row").cast(pl.String), "column_letter", "value", "rule_id").rows()
    assert len(shown) == len(printed) == 2
    for (row, letter, value, rule), cells in zip(shown, printed, strict=True):
        assert [row, letter, rule] == [cells[0], cells[1], cells[3]]
        assert value.startswith(cells[2])


@pytest.mark.parametrize("model", [Layout, Column, Case])
def test_every_key_of_the_contract_language_is_explained(model):
    for name, info in model.model_fields.items():
        key = info.alias or name
        assert re.search(rf"(^\| `{key}` \||\b{key}:)", CONTRACTS, re.MULTILINE), key
    documented = {key for row in table(CONTRACTS, "key | meaning | example") for key in row[:1]}
    assert documented == set(Layout.model_fields)


def test_the_layout_on_the_page_about_contracts_is_that_of_the_example():
    layout = re.search(r"^  - id: fire_list.*?^```", CONTRACTS, re.MULTILINE | re.DOTALL)
    assert layout is not None
    lines = layout[0].removesuffix("```").splitlines()
    assert lines
    assert [line for line in lines if line not in NEW_PLACE.splitlines()] == []


def test_a_renamed_header_is_told_as_the_page_about_contracts_prints_it(norland, tmp_path, run_anlan):
    place = tmp_path / "norland"
    shutil.copytree(norland.path.parent, place, ignore=shutil.ignore_patterns("lake", ".anlan"))
    file = place / "office/inbox/fires_2019.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("Date,Start", "Date,Begin"), encoding="utf-8")
    result = run_anlan("--project", place / "anlan.yml", "load", home=place / "office", check=False)
    message = re.search(r"^fires_2019\.csv：.*?(?=^```)", CONTRACTS, re.MULTILINE | re.DOTALL)
    assert message is not None
    assert message[0] in result.stdout
    assert result.returncode == 1
