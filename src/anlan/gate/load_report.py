"""What a load leaves for people: the workbook to send back, and the Data Docs of what was checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl

from anlan.errors import unexpected
from anlan.gate.judge import Extract
from anlan.gate.repair_workbook import MOST_FINDINGS, NO_SENDER, WORKBOOK_NAME, UnitReport, write_workbook
from anlan.gate.staging import Staging
from anlan.gate.summary import LoadSummary
from anlan.gate.validation import Validation
from anlan.intake.copies import MOST_COPIES
from anlan.intake.staged import ExtractMeta

# Reads the rows wanted, by sheet, of some tables of one extract once more: copies of each table.
CopyAgain = Callable[
    [Sequence[ExtractMeta], Mapping[str, pl.Series]], Iterator[tuple[ExtractMeta, pl.DataFrame]]
]


def write_load_report(
    loads: Path,
    summary: LoadSummary,
    staging: Staging,
    extracts: Mapping[str, Extract],
    validations: Sequence[Validation],
    copy_again: CopyAgain | None,
    say: Callable[[str], None],
) -> LoadSummary:
    """Write what there is to say into a folder of its own below ``loads``; the summary with the paths.

    ``validations``: what Great Expectations said. The rows are in the lake already: what goes wrong here is
    told in ``report_fault`` and undoes nothing.
    """
    is_worth_it = (
        summary.findings_count or summary.warnings_count or any(table.is_new for table in summary.refused)
    )
    if not (is_worth_it or validations):
        return summary
    is_synthetic = any(table.is_synthetic for table in summary.tables)
    made_at = datetime.now().replace(microsecond=0)
    try:
        folder = _new_folder(loads, made_at)
        if is_worth_it:
            say("写问题清单")
            _complete_copies(staging, extracts, copy_again, say)
            path = folder / WORKBOOK_NAME
            units = _units(summary, staging, extracts)
            write_workbook(path, summary, units, made_at)
            summary = replace(summary, workbook=path)
        if validations:
            say("写校验文档")
            from anlan.gate.data_docs import write_data_docs

            summary = replace(
                summary,
                data_docs=write_data_docs(
                    validations, folder / "data_docs", staging.contracts, made_at, is_synthetic
                ),
            )
    except Exception as error:  # whatever happens to the report, the load is done
        return replace(summary, report_fault=unexpected(error))
    return summary


def _new_folder(loads: Path, made_at: datetime) -> Path:
    """A folder named after the moment; a second load within the second gets a number."""
    name, number = f"{made_at:%Y%m%d-%H%M%S}", 1
    while True:
        folder = loads / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
        else:
            return folder


def _complete_copies(
    staging: Staging,
    extracts: Mapping[str, Extract],
    copy_again: CopyAgain | None,
    say: Callable[[str], None],
) -> None:
    """Copy rows that only the gate found fault with: their files are read once more, and only those."""
    if copy_again is None:
        return
    for part in staging.rows_without_copy(MOST_COPIES).partition_by("extract_id", maintain_order=True):
        metas = extracts[part["extract_id"][0]].metas
        say(f"重读 {metas[0].file_name} 中有问题的行")
        wanted = {key[0]: rows["row"] for key, rows in part.partition_by("sheet_name", as_dict=True).items()}
        for meta, copies in copy_again(metas, {str(sheet): rows for sheet, rows in wanted.items()}):
            staging.add_copies(meta, copies)


def _units(summary: LoadSummary, staging: Staging, extracts: Mapping[str, Extract]) -> list[UnitReport]:
    counts = dict(
        staging.connection.execute("select extract_id, count(*) from findings group by all").fetchall()
    )
    units = []
    for sender in sorted({table.sender for table in summary.tables}):
        tables = [table for table in summary.tables if table.sender == sender]
        ids = list(dict.fromkeys(table.extract_id for table in tables if table.extract_id in extracts))
        headers = {
            (extract_id, source, sheet): texts
            for extract_id in ids
            for (source, sheet), texts in extracts[extract_id].copied_headers.items()
        }
        findings = staging.findings_with_copies(ids, MOST_FINDINGS)
        shown = {
            (f, s, t) for f, s, t in findings.select("extract_id", "source", "sheet_name").unique().rows()
        }
        units.append(
            UnitReport(
                sender or NO_SENDER,
                tables,
                findings,
                sum(counts.get(extract_id, 0) for extract_id in ids),
                {place: texts for place, texts in headers.items() if place in shown},
            )
        )
    return units
