"""What decides the figures decides the release."""

from datetime import datetime

import pytest

from anlan.project import Home
from anlan.warehouse.inputs import fingerprint

AS_OF = datetime(2020, 4, 1)


@pytest.fixture
def home(tmp_path):
    for name in ("place", "contracts"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "one.yml").write_text("a: 1\n", encoding="utf-8")
    return Home(path=tmp_path, jurisdiction=tmp_path / "place", extra_contracts=tmp_path / "contracts")


def test_the_order_of_extracts_decides_nothing(home):
    assert fingerprint(["a", "b"], AS_OF, home.definitions) == fingerprint(
        ["b", "a"], AS_OF, home.definitions
    )


@pytest.mark.parametrize("folder", ["place", "contracts"])
def test_a_changed_contract_or_place_asks_for_a_new_release(home, folder):
    before = fingerprint(["a"], AS_OF, home.definitions)
    (home.path / folder / "one.yml").write_text("a: 2\n", encoding="utf-8")
    assert fingerprint(["a"], AS_OF, home.definitions) != before


def test_another_extract_or_snapshot_asks_for_a_new_release(home):
    known = fingerprint(["a"], AS_OF, home.definitions)
    assert fingerprint(["a", "b"], AS_OF, home.definitions) != known
    assert fingerprint(["a"], datetime(2020, 5, 1), home.definitions) != known


def test_rules_of_the_gate_and_canonical_records_are_among_the_definitions(home):
    names = {folder.name for folder in home.definitions}
    assert names == {"place", "contracts", "expectations"}
    assert len(home.definitions) == 4
