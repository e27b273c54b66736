"""An inbox with as many rows of hazards as asked for: writing it, loading it, and merely reading it.

Either text files as the example has them, or one workbook with every hazard once.
"""

from __future__ import annotations

import os
import re
import sys
from datetime import date
from pathlib import Path

import polars as pl

from anlan.errors import AnlanError
from anlan.project import ROOT, Home
from benchmarks.lake import SEED, hazards_scale

# Title and note above the header; each file says itself how it is encoded.
_LINES_ABOVE = 2


_WORKBOOK = "隐患清册.xlsx"
# In the example's text files a hazard comes again when it changes.
_ROWS_PER_HAZARD = 1.5
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def write_inbox(folder: Path, rows: int) -> None:
    """Write the example's extracts of hazards, CSV files with about ``rows`` rows in all."""
    from anlan.example import open_province
    from anlan.example.writers.enforcement import enforcement_extracts, write_text_extract

    for extract in enforcement_extracts(open_province(SEED, hazards_scale(rows))):
        if extract.file.startswith("隐患排查/"):
            write_text_extract(extract, folder / "inbox" / extract.encoding / extract.file)


def write_workbook(folder: Path, rows: int) -> None:
    """Write one workbook with about ``rows`` hazards, dates as dates, and the layout that reads it."""
    import xlsxwriter
    import yaml

    from anlan.contracts import load_contracts
    from anlan.example import open_province
    from anlan.example.writers.enforcement import enforcement_extracts

    extracts = enforcement_extracts(open_province(SEED, hazards_scale(int(rows * _ROWS_PER_HAZARD))))
    pieces = [piece for e in extracts if e.file.startswith("隐患排查/") for piece in e.pieces]
    frame = pl.concat(pieces).unique(subset=pieces[0].columns[0], keep="last", maintain_order=True).head(rows)
    (folder / "inbox").mkdir(parents=True)
    with xlsxwriter.Workbook(folder / "inbox" / _WORKBOOK) as book:
        sheet = book.add_worksheet("台账")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, frame.columns)
        for number, row in enumerate(frame.iter_rows(), start=1):
            for column, text in enumerate(row):
                if text and _DAY.fullmatch(text):
                    sheet.write_datetime(number, column, date.fromisoformat(text), day)
                elif text:
                    sheet.write_string(number, column, text)
    (layout,) = load_contracts(_home(folder).contracts)["hazards"].model_dump(by_alias=True)["layouts"]
    layout = {"id": "workbook", "files": _WORKBOOK, "columns": [
        {"field": column["field"], "from": column["from"]} for column in layout["columns"]
    ]}  # fmt: skip
    own = folder / "contracts" / "hazards.yml"
    own.parent.mkdir()
    own.write_text(yaml.safe_dump({"source": "hazards", "layouts": [layout]}, allow_unicode=True), "utf-8")


def _home(folder: Path) -> Home:
    own = folder / "contracts"
    place = ROOT / "jurisdictions" / "zhejiang"
    return Home(path=folder, jurisdiction=place, extra_contracts=own if own.exists() else None)


def load(folder: Path) -> None:
    """Intake and gate of the inbox into an empty lake. Errors: SystemExit when rows went missing."""
    from anlan.gate.lake import read_ledger
    from anlan.gate.load import load_inbox

    os.environ["ANLAN_KEY_FILE"] = str(folder / "pseudonym.key")
    home = _home(folder)
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


def bare_read_workbook(folder: Path) -> None:
    """The least that reads a workbook: every cell of every row as the parser gives it."""
    import python_calamine

    rows = 0
    book = python_calamine.CalamineWorkbook.from_path(folder / "inbox" / _WORKBOOK)
    for number in range(len(book.sheet_names)):
        for _ in book.get_sheet_by_index(number).iter_rows():
            rows += 1
    if not rows:
        sys.exit("Nothing was read.")


def read_workbook_as_text(folder: Path) -> None:
    """The workbook as the intake reads it: columns of text."""
    from anlan.intake.original import Original
    from anlan.intake.workbook import read_workbook

    sheets = read_workbook(Original.of_file(folder / "inbox" / _WORKBOOK))
    if not sum(sheet.frame.height for sheet in sheets):
        sys.exit("Nothing was read.")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", folder, rows]:
            write_inbox(Path(folder), int(rows))
        case ["write-workbook", folder, rows]:
            write_workbook(Path(folder), int(rows))
        case ["read-workbook", folder]:
            bare_read_workbook(Path(folder))
        case ["text-workbook", folder]:
            read_workbook_as_text(Path(folder))
        case ["load", folder]:
            load(Path(folder))
        case ["read", folder]:
            bare_read(Path(folder))
