"""Which release a notebook reads."""

from __future__ import annotations

import json

import pytest

from anlan.errors import AnlanError
from anlan.report.session import HOME_VARIABLE, RELEASE_VARIABLE, markdown_text, open_session
from report_warehouse import AS_OF, figure_row, write_warehouse


def release(home, name, as_of, accidents):
    folder = home / "releases" / name
    write_warehouse(folder, [figure_row("accidents", accidents, 1400, change_pct=-1.0)])
    manifest = {"release_id": name, "created_at": as_of, "as_of_at": as_of}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.fixture
def home(tmp_path, monkeypatch):
    release(tmp_path, "old", "2020-02-10T18:00:00", 880)
    release(tmp_path, "new", AS_OF.isoformat(), 900)
    (tmp_path / "releases" / "current").write_text("new\n", encoding="utf-8")
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    monkeypatch.delenv(RELEASE_VARIABLE, raising=False)
    return tmp_path


def accidents(**kwargs):
    context = open_session("2019", **kwargs)
    with context.reader:
        return context.figure("accidents").printed


def test_notebook_of_a_person_reads_the_current_release(home):
    assert accidents() == "900"


def test_executed_notebook_reads_the_release_it_was_given(home, monkeypatch):
    monkeypatch.setenv(RELEASE_VARIABLE, str(home / "releases" / "old"))
    assert accidents() == "880"


@pytest.mark.parametrize("as_of", ["2020-02-10", "2020-03-01", "2020-04-10T17:59"])
def test_notebook_can_ask_for_what_was_known_at_a_moment(home, as_of):
    assert accidents(as_of=as_of) == "880"


def test_day_without_a_time_ends_at_midnight(home):
    assert accidents(as_of="2020-04-10") == "900"


def test_moment_before_every_release_is_refused(home):
    with pytest.raises(AnlanError, match="没有数据截至 2020-01-01 或更早的发布版本"):
        accidents(as_of="2020-01-01")


def test_moment_that_is_none_is_refused(home):
    with pytest.raises(AnlanError, match="as_of 的值 '上个月' 不是日期"):
        accidents(as_of="上个月")


def test_text_from_data_reads_as_it_stands_in_markdown():
    assert markdown_text("a*b<c>_d|") == "a\\*b\\<c\\>\\_d\\|"
