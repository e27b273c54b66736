"""The tables of a place are checked when they are read, and a wrong cell is named."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from anlan.errors import AnlanError
from anlan.jurisdiction import load_jurisdiction
from anlan.project import ROOT

ZHEJIANG = ROOT / "jurisdictions" / "zhejiang"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ZHEJIANG, tmp_path / "place"))


def change(file: Path, row: int, **cells: str) -> None:
    """Overwrite cells of the ``row``-th record (0-based) of a CSV file."""
    with file.open(encoding="utf-8", newline="") as handle:
        records = list(csv.DictReader(handle))
    records[row].update(cells)
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(records[0]))
        writer.writeheader()
        writer.writerows(records)


def row_of(file: Path, column: str, value: str) -> int:
    with file.open(encoding="utf-8", newline="") as handle:
        return next(n for n, record in enumerate(csv.DictReader(handle)) if record[column] == value)


def test_every_scheme_of_zhejiang_adds_up_to_its_full_score() -> None:
    tables = load_jurisdiction(ZHEJIANG).tables
    for scheme in tables["assessment_schemes"]:
        version = (scheme.scheme_id, scheme.scheme_version)
        own = [i for i in tables["assessment_indicators"] if (i.scheme_id, i.scheme_version) == version]
        assert sum(i.weight for i in own if i.role == "score") == scheme.full_score
        for group in (i for i in own if i.role == "group"):
            assert sum(i.weight for i in own if i.parent_id == group.indicator_id) == group.weight


def test_every_known_difference_explains_a_published_figure() -> None:
    tables = load_jurisdiction(ZHEJIANG).tables
    published = {figure.figure_id for figure in tables["published_figures"]}
    assert {difference.figure_id for difference in tables["known_differences"]} <= published


def test_published_figures_are_named_once() -> None:
    names = [figure.figure_id for figure in load_jurisdiction(ZHEJIANG).tables["published_figures"]]
    assert len(names) == len(set(names)) > 0


def test_a_half_mapped_published_figure_is_refused_with_its_row(place: Path) -> None:
    change(place / "published_figures.csv", 2, period_label="")
    with pytest.raises(AnlanError, match=r"published_figures\.csv 第 4 行"):
        load_jurisdiction(place)


def test_an_upper_end_belongs_to_a_lower_bound_only(place: Path) -> None:
    change(place / "published_figures.csv", 0, below_value="1")
    with pytest.raises(AnlanError, match="below_value"):
        load_jurisdiction(place)


@pytest.mark.parametrize(
    ("indicator", "cells", "named"),
    [
        ("accident_control", {"zero_value": ""}, "zero_value"),
        ("accident_control", {"zero_value": "-20"}, "must differ"),
        ("fire_prevention", {"target_value": "0"}, "above 0"),
        ("fire_prevention", {"scoring_function": "per_unit"}, "scoring_function"),
        ("fire_prevention", {"scoring_function": "rank_based"}, "scoring_function"),
        ("bonus_award", {"points_per_unit": ""}, "points_per_unit"),
        ("bonus_award", {"weight": "5"}, "must be 0"),
        ("veto_major_accident", {"veto_effect": ""}, "veto_effect"),
        ("key_work", {"scoring_function": "completion"}, "scoring_function"),
    ],
)
def test_an_indicator_without_what_its_function_needs_is_refused(
    place: Path, indicator: str, cells: dict[str, str], named: str
) -> None:
    file = place / "assessment_indicators.csv"
    row = row_of(file, "indicator_id", indicator)
    change(file, row, **cells)
    with pytest.raises(AnlanError, match=rf"第 {row + 2} 行.*{named}"):
        load_jurisdiction(place)
