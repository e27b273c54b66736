"""The browser that pages are opened in, with every host unresolvable."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest


@pytest.fixture(scope="session")
def chromium():
    """The browser's command; its absence is a failure of the machine, and not of the page."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise AssertionError("no Chromium on this machine: run .ci/run, which installs what is missing")


@pytest.fixture
def browse(chromium, tmp_path):
    """Open a file with every host unresolvable; returns what the browser printed."""

    def run(file, *arguments):
        command = [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", *arguments, file.as_uri(),
        ]  # fmt: skip
        return subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=True
        )

    return run


@pytest.fixture(scope="session")
def loads():
    """Addresses that a page would fetch."""

    def find(dom):
        attributes = re.findall(
            r"""<[^>]+?\s(?:src|srcset|href|xlink:href|data|action)=["'](?!#)([^"']+)""", dom
        )
        return attributes + re.findall(r"url\(\s*['\"]?(?!#)([^)]+)\)|@import", dom)

    return find
