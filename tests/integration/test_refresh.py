"""A refresh does nothing twice, takes in what is new, and never leaves a half-made release."""

import os
import shutil
import signal
import subprocess
import sys
import time

import duckdb
import pytest

from anlan.project import ROOT
from anlan.release.pointer import current_release
from anlan.release.reader import open_current


def _snapshot(folder):
    return {f: (f.stat().st_mtime_ns, f.stat().st_size) for f in folder.rglob("*") if f.is_file()}


def _figures(home):
    with open_current(home) as reader:
        return reader.figures().drop("as_of_at")


def test_a_second_refresh_writes_nothing(demo_copy, run_anlan):
    # The copy has other paths, which decide nothing.
    folders = (demo_copy.inbox, demo_copy.lake, demo_copy.releases, demo_copy.reports)
    before = [_snapshot(f) for f in folders]
    pointer = demo_copy.releases / "current"
    printed = run_anlan("refresh", "--period", "2019", home=demo_copy.path).stdout
    after = [_snapshot(f) for f in folders]
    for one, other in zip(before, after, strict=True):
        one.pop(pointer, None), other.pop(pointer, None)
        assert one == other
    assert "沿用" in printed


def test_a_release_is_read_only_and_reaches_no_file(demo_home, tmp_path):
    with open_current(demo_home) as reader:
        for statement in (
            "create table marts.extra (a int)",
            "delete from marts.fig_all",
            f"copy marts.fig_all to '{tmp_path / 'stolen.csv'}'",
            f"attach '{tmp_path / 'other.duckdb'}'",
            "select * from read_csv('pyproject.toml')",
            "set enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                reader.query(statement)
    assert list(tmp_path.iterdir()) == []


def test_a_release_stands_without_the_lake(demo_copy):
    expected = _figures(demo_copy)
    (demo_copy.lake).rename(demo_copy.path / "lake-moved")
    assert _figures(demo_copy).equals(expected)


@pytest.mark.parametrize("seconds", [1.0, 6.0, 12.0])
def test_a_killed_refresh_leaves_the_old_release_and_the_next_one_completes(demo_copy, run_anlan, seconds):
    old = current_release(demo_copy).name
    before = _figures(demo_copy)
    # A new definition of the place asks for a new release.
    place = demo_copy.path / "place"
    shutil.copytree(ROOT / "jurisdictions" / "zhejiang", place)
    with (place / "denominators.csv").open("a", encoding="utf-8") as handle:
        handle.write("gdp,330000,2020,first,64613,亿元,2020年国民经济和社会发展统计公报\n")
    command = [sys.executable, "-m", "anlan.cli", "--home", str(demo_copy.path)]
    command += ["--jurisdiction", str(place), "refresh", "--period", "2019"]
    process = subprocess.Popen(
        command, start_new_session=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=dict(os.environ),
    )  # fmt: skip
    time.sleep(seconds)
    assert process.poll() is None, "the refresh ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert current_release(demo_copy).name == old
    assert _figures(demo_copy).equals(before)

    run_anlan("--jurisdiction", place, "refresh", "--period", "2019", home=demo_copy.path)
    assert current_release(demo_copy).name != old
    assert not list(demo_copy.releases.glob(".building-*"))
    assert _figures(demo_copy).height >= before.height


def test_a_failed_check_keeps_the_old_release_and_names_the_check(demo_copy, run_anlan):
    old = current_release(demo_copy).name
    place = demo_copy.path / "place"
    shutil.copytree(ROOT / "jurisdictions" / "zhejiang", place)
    file = place / "published_figures.csv"
    text = file.read_text(encoding="utf-8")
    assert "45704" in text
    file.write_text(text.replace("45704", "45705"), encoding="utf-8")
    result = run_anlan(
        "--jurisdiction", place, "refresh", "--period", "2019", home=demo_copy.path, check=False
    )
    assert result.returncode == 2
    assert "构建未通过" in result.stderr
    assert "published" in result.stderr
    assert current_release(demo_copy).name == old
