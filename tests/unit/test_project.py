from pathlib import Path

import pytest

from anlan.errors import AnlanError
from anlan.project import ROOT, open_home


def test_the_defaults_are_the_project_itself_and_its_own_jurisdiction(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    home = open_home()
    assert home.path == ROOT
    assert home.jurisdiction == ROOT / "jurisdictions" / "zhejiang"
    assert home.extra_contracts is None


def test_paths_of_a_project_file_are_relative_to_the_file(tmp_path, monkeypatch):
    (tmp_path / "place").mkdir()
    (tmp_path / "anlan.yml").write_text("home: work\njurisdiction: place\ncontracts: mine\n")
    monkeypatch.chdir(tmp_path)
    home = open_home()
    assert (home.path, home.jurisdiction, home.extra_contracts) == (
        tmp_path / "work",
        tmp_path / "place",
        tmp_path / "mine",
    )


def test_the_command_line_wins_over_the_project_file(tmp_path, monkeypatch):
    for name in ("place", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "anlan.yml").write_text("home: work\njurisdiction: place\n")
    monkeypatch.chdir(tmp_path)
    assert open_home(jurisdiction=Path("other")).jurisdiction == tmp_path / "other"


@pytest.mark.parametrize("text", ["home: [", "inbox: here\n", "- a\n"])
def test_a_project_file_that_does_not_read_is_named(tmp_path, monkeypatch, text):
    (tmp_path / "anlan.yml").write_text(text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AnlanError, match=r"anlan\.yml"):
        open_home()


def test_a_jurisdiction_that_is_not_there_is_named(tmp_path):
    with pytest.raises(AnlanError, match="nowhere"):
        open_home(jurisdiction=tmp_path / "nowhere")
