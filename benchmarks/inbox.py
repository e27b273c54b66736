"""An inbox with as many rows of hazards as asked for: writing it, loading it, and merely reading it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import polars as pl

from anlan.errors import AnlanError
from anlan.project import ROOT, Home
from benchmarks.lake import SEED, hazards_scale

# Title and note above the header; each file says itself how it is encoded.
_LINES_ABOVE = 2


def write_inbox(folder: Path, rows: int) -> None:
    """Write the example's extracts of hazards, CSV files with about ``rows`` rows in all."""
    from anlan.example import open_province
    from anlan.example.writers.enforcement import enforcement_extracts, write_text_extract

    for extract in enforcement_extracts(open_province(SEED, hazards_scale(rows))):
        if extract.file.startswith("隐患排查/"):
            write_text_extract(extract, folder / "inbox" / extract.encoding / extract.file)


def load(folder: Path) -> None:
    """Intake and gate of the inbox into an empty lake. Errors: SystemExit when rows went missing."""
    from anlan.gate.lake import read_ledger
    from anlan.gate.load import load_inbox

    os.environ["ANLAN_KEY_FILE"] = str(folder / "pseudonym.key")
    home = Home(path=folder, jurisdiction=ROOT / "jurisdictions" / "zhejiang")
    try:
        load_inbox(home)
    except AnlanError as error:
        sys.exit(str(error))
    ledger = read_ledger(home.lake)
    read, accepted = ledger["rows_read"].sum(), ledger["rows_accepted"].sum()
    if accepted < 0.99 * read:
        sys.exit(f"Of {read} rows read {accepted} were accepted: this is not the work to be measured.")


def bare_read(folder: Path) -> None:
    """The least: every file into columns of text."""
    rows = 0
    for path in sorted((folder / "inbox").rglob("*.csv")):
        encoding = path.relative_to(folder / "inbox").parts[0]
        text = path.read_bytes().decode(encoding).encode()
        rows += pl.read_csv(
            text, skip_rows=_LINES_ABOVE, infer_schema=False, truncate_ragged_lines=True
        ).height
    if not rows:
        sys.exit("Nothing was read.")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", folder, rows]:
            write_inbox(Path(folder), int(rows))
        case ["load", folder]:
            load(Path(folder))
        case ["read", folder]:
            bare_read(Path(folder))
