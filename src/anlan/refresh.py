"""The whole way, again: what is new in the inbox, to the release, to the reports."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from anlan.errors import AnlanError
from anlan.gate.load import load_inbox
from anlan.gate.summary import LoadSummary
from anlan.project import Home
from anlan.release.lock import refresh_lock
from anlan.release.publish import Publication, publish
from anlan.release.reader import ReleaseReader, open_current
from anlan.report.bulletin import write_bulletin
from anlan.report.notebooks import run_notebooks

_PERIOD = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?")
# Says for which release, period and area a folder of reports was made; written when it is complete.
REPORT_STAMP = "release.txt"


class StageProgress(Protocol):
    """How a refresh shows that it moves: one stage at a time, each with its steps."""

    def stage(self, title: str) -> AbstractContextManager[Callable[[int, int, str], None]]:
        """Open a stage; the callable takes (done, total, what)."""


@dataclass(frozen=True)
class RefreshResult:
    """What a refresh did and where it lies."""

    load: LoadSummary
    publication: Publication
    reports: list[Path]
    reports_are_new: bool


def check_period(period: str) -> str:
    """The period, if it is a year or a month. Errors: AnlanError."""
    if not _PERIOD.fullmatch(period):
        raise AnlanError(f"期别 {period!r} 不是年份或月份", "写作 2019 或 2020-03。")
    return period


def refresh(
    home: Home,
    period: str,
    progress: StageProgress,
    area: str | None = None,
    as_of: datetime | None = None,
) -> RefreshResult:
    """Load what is new, build and publish, execute the notebooks and write the bulletin of ``period``.

    Each step that has nothing to do is passed over, so a second run does nothing twice, and a run
    that was killed goes on where it stopped. Errors: AnlanError; the current release stays as it was.
    """
    check_period(period)
    with refresh_lock(home):
        with progress.stage("载入报表") as step:
            summary = load_inbox(home, progress=step)
        with progress.stage("构建与检查") as step:
            publication = publish(home, as_of, lambda done, total, name, status: step(done, total, name))
        with progress.stage("生成通报与笔记本") as step, open_current(home) as reader:
            reports, is_new = write_reports(home, reader, period, area, step)
    return RefreshResult(summary, publication, reports, is_new)


def write_reports(
    home: Home,
    reader: ReleaseReader,
    period: str,
    area: str | None,
    step: Callable[[int, int, str], None] | None = None,
) -> tuple[list[Path], bool]:
    """Bulletin and notebooks of a period; those of the same release, period and area are kept.

    Returns the files and whether they were made now.
    """
    folder = home.reports / check_period(period)
    stamp = folder / REPORT_STAMP
    wanted = f"{reader.release_id}\n{period}\n{area or ''}\n"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return sorted(f for f in folder.iterdir() if f != stamp), False
    stamp.unlink(missing_ok=True)
    reports = [write_bulletin(home, reader, period, area)]
    reports += run_notebooks(home, reader, period, area, progress=step)
    stamp.write_text(wanted, encoding="utf-8")
    return reports, True
