"""Fixtures: one example province, loaded, published and reported once for all tests that only read it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from anlan.project import ROOT, Home

PERIOD = "2019"

# How long one case takes says something about the machine's other work, not about the code.
settings.register_profile("anlan", deadline=None)
settings.load_profile("anlan")


@pytest.fixture(scope="session", autouse=True)
def pseudonym_key(tmp_path_factory):
    """Tests never touch the key of the person who runs them."""
    file = tmp_path_factory.mktemp("key") / "pseudonym.key"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANLAN_KEY_FILE", str(file))
        yield file


def anlan(*arguments: str | Path, home: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, in a process of its own."""
    result = subprocess.run(
        [sys.executable, "-m", "anlan.cli", "--home", str(home), *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "400", "PYTHONUTF8": "1"},
        cwd=ROOT,
        check=False,
    )
    if check and result.returncode != 0:
        raise AssertionError(f"anlan {arguments} → {result.returncode}\n{result.stdout}\n{result.stderr}")
    return result


@pytest.fixture(scope="session")
def run_anlan():
    """The command line, as a callable."""
    return anlan


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """What ``make demo`` makes, in a folder of its own, with what it printed. Read only."""
    path = tmp_path_factory.mktemp("demo")
    written = anlan("example", path / "inbox", home=path)
    refreshed = anlan("refresh", "--period", PERIOD, home=path)
    return path, written.stdout + refreshed.stdout


@pytest.fixture(scope="session")
def demo_home(demo):
    """The home of the demo. Read only."""
    return Home(path=demo[0], jurisdiction=ROOT / "jurisdictions" / "zhejiang")


@pytest.fixture
def demo_copy(demo, tmp_path):
    """A home of the demo that a test may change."""
    target = tmp_path / "home"
    shutil.copytree(demo[0], target)
    return Home(path=target, jurisdiction=ROOT / "jurisdictions" / "zhejiang")
