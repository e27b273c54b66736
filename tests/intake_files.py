"""Files as they arrive, written by tests of the intake, and the shortest way to stage them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import xlsxwriter

from anlan.contracts import Contract, load_contracts
from anlan.intake.areas import AreaResolver
from anlan.intake.manifest import Manifest
from anlan.intake.original import Original
from anlan.intake.raw import RawSheet, text_frame
from anlan.intake.stage import stage_file
from anlan.intake.staged import StagedTable
from anlan.jurisdiction import load_jurisdiction
from anlan.privacy.identity import check_character
from anlan.privacy.pseudonyms import Pseudonyms
from anlan.project import ROOT

BASE = load_contracts(ROOT / "contracts")
AREAS = AreaResolver(load_jurisdiction(ROOT / "jurisdictions" / "zhejiang"))
PSEUDONYMS = Pseudonyms(b"k" * 32)


def contract_with(source: str, *layouts: dict[str, Any]) -> dict[str, Contract]:
    """The project's contract of one source with these layouts only."""
    document = BASE[source].model_dump(by_alias=True, exclude={"layouts"})
    return {source: Contract.model_validate({**document, "layouts": list(layouts)})}


def stage(path: Path, contracts: dict[str, Contract], manifest: Manifest | None = None) -> list[StagedTable]:
    """Stage a file with Zhejiang's divisions and a key of tests."""
    return stage_file(Original.of_file(path), contracts, AREAS, PSEUDONYMS, manifest or Manifest())


def stage_one(path: Path, contracts: dict[str, Contract]) -> StagedTable:
    """Stage a file that holds one table, which must not be refused."""
    (table,) = stage(path, contracts)
    assert table.refusal is None, str(table.refusal)
    return table


def write_csv(path: Path, rows: list[list[Any]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    """A text file as a spreadsheet program exports it."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_xlsx(
    path: Path,
    sheets: dict[str, list[list[Any]]],
    merged: tuple[tuple[int, int, int, int], ...] = (),
    hidden: tuple[str, ...] = (),
) -> Path:
    """A workbook; ``merged`` ranges (first row, first column, last row, last column) are in every sheet."""
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if value is not None and value != "":
                        sheet.write(r, c, value)
            for top, left, bottom, right in merged:
                sheet.merge_range(top, left, bottom, right, rows[top][left])
            if name in hidden:
                sheet.hide()
    return path


def raw(rows: list[list[str | None]], **more: Any) -> RawSheet:
    """A sheet as read."""
    return RawSheet("表", text_frame(rows), **more)


def identity(birth: str = "19700101", sequence: int = 1, division: str = "999999") -> str:
    """A well-formed identity number of nobody: its division does not exist."""
    body = f"{division}{birth}{sequence:03d}"
    return body + check_character(body)
