"""Spreadsheets (.xlsx, .xlsm, .xls) as text, cell by cell, with true row numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from anlan.intake.compound import COMPOUND_MAGIC
from anlan.intake.messages import Kind
from anlan.intake.original import Original
from anlan.intake.raw import RawSheet, trim_frame
from anlan.intake.worker import lent_worker

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = COMPOUND_MAGIC


def read_workbook(original: Original) -> Iterator[RawSheet]:
    """The sheets of a workbook that hold anything, one at a time, in the workbook's order.

    It is parsed in a process of its own (see ``parse``), whose death, like a lack of memory or of time,
    ends the reading of this file only. Errors: AnlanError for a file that is no workbook, is locked by a
    password, is damaged, hides something, or claims more cells or bytes than it can honestly hold.
    """
    with lent_worker() as worker:
        answer = worker.open(original)
        while (sheet := _sheet(answer)) is not None:
            if sheet.frame.height:
                yield sheet
            answer = worker.next()


def _sheet(answer: Iterator[tuple[Kind, Any, bytes]]) -> RawSheet | None:
    chunks: list[pl.DataFrame] = []
    for kind, head, body in answer:
        if kind is Kind.CHUNK:
            chunks.append(pl.read_ipc_stream(body))
        elif kind is Kind.SHEET:
            return RawSheet(
                name=head["name"],
                frame=trim_frame(pl.concat(chunks)),
                merged=tuple((top, left, bottom, right) for top, left, bottom, right in head["merged"]),
                has_1904_dates=head["has_1904_dates"],
                is_hidden=head["is_hidden"],
            )
    return None
