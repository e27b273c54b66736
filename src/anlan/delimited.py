"""Tables for other programs: CSV that spreadsheet programs read, and where it goes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

# A spreadsheet program takes a text that begins so for a formula; a signed number is none.
_FORMULA = re.compile(r"[=+\-@\t\r＝＋－＠]")
_NUMBER = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?")


def csv_text(records: Iterable[Mapping[str, object]], labels: Mapping[str, str]) -> str:
    """Records as CSV under ``labels`` (key -> header), blank where there is no value.

    An apostrophe stands before a text that would otherwise open as a formula.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(labels.values())
    writer.writerows([_inert(record[key]) for key in labels] for record in records)
    return buffer.getvalue()


def _inert(value: object) -> str:
    text = "" if value is None else str(value)
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        text = f"'{text}"
    # A carriage return alone is a break inside a cell for some readers and the end of a record for others.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def deliver(text: str, is_csv: bool, console: Console, to_file: Path | None) -> None:
    """Print a text, or write it to a file: CSV with the byte order mark by which Excel and WPS know UTF-8."""
    if to_file is not None:
        to_file.write_text(text, encoding="utf-8-sig" if is_csv else "utf-8", newline="")
    else:
        console.file.write(text)
