"""What one extract leaves behind: its files in the lake, its entry in the ledger, its line in the report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from anlan.contracts import Contract
from anlan.errors import AnlanError, unexpected
from anlan.gate.accounts import TableCounts
from anlan.gate.judge import Extract
from anlan.gate.lake import (
    LEDGER,
    accepted_file,
    ledger_file,
    quarantine_file,
    say_unwritable,
    set_aside_file,
    write_frame,
)
from anlan.gate.staging import Staging
from anlan.gate.summary import TableLoad
from anlan.intake.staged import FINDING_SCHEMA, SET_ASIDE_SCHEMA, UNKNOWN_SOURCE, ExtractMeta
from anlan.privacy.redact import redact_text

# By extract, source and sheet.
Counts = Mapping[tuple[str, str, str], TableCounts]


def failure(name: str, error: Exception) -> TableLoad:
    """A file that did not read, or what of it could not be written, and why."""
    said = error if isinstance(error, AnlanError) else say_unwritable(error) or _unexpected(error)
    return TableLoad(
        redact_text(name),
        "",
        UNKNOWN_SOURCE,
        "",
        "failed",
        reason=redact_text(said.message),
        remedy=redact_text(said.remedy),
    )


def _unexpected(error: Exception) -> AnlanError:
    return AnlanError(
        f"读取时出现意外错误（{unexpected(error)}）", "其余文件不受影响；请把该文件和这条信息交给维护人员。"
    )


def write_extract(lake: Path, staging: Staging, extract: Extract, counts: Counts) -> None:
    """Put one extract into the lake. Until the last line of this function nothing of it counts."""
    extract_id = extract.metas[0].extract_id
    # An extract that is loaded anew counts for nothing until all of it is replaced.
    ledger_file(lake, extract_id).unlink(missing_ok=True)
    of_source: dict[str, int] = {}
    for meta in extract.metas:
        rows = counts[extract_id, meta.source, meta.sheet_name].rows_accepted
        of_source[meta.source] = of_source.get(meta.source, 0) + rows
    for source, rows in of_source.items():
        if extract.is_refused:
            continue
        written = staging.write_accepted(source, extract_id, accepted_file(lake, source, extract_id))
        if written != rows:
            raise AnlanError(
                f"{extract.metas[0].file_name}：应写入 {rows} 行，实际写入 {written} 行，该文件未入库",
                "这是程序的错误，请把该文件和这条信息交给维护人员。",
            )
    write_frame(staging.findings(extract_id), FINDING_SCHEMA, quarantine_file(lake, extract_id))
    write_frame(staging.set_aside(extract_id), SET_ASIDE_SCHEMA, set_aside_file(lake, extract_id))
    now = datetime.now().replace(microsecond=0)
    entries = [_entry(extract, meta, counts, now) for meta in extract.metas]
    write_frame(pl.DataFrame(entries, schema=LEDGER), LEDGER, ledger_file(lake, extract_id))


def _entry(extract: Extract, meta: ExtractMeta, counts: Counts, now: datetime) -> dict[str, object]:
    count = counts[meta.extract_id, meta.source, meta.sheet_name]
    return {
        "extract_id": meta.extract_id,
        "source": meta.source,
        "layout_id": meta.layout_id,
        "file_name": meta.file_name,
        "sheet_name": meta.sheet_name,
        "encoding": meta.encoding,
        "encoding_basis": meta.encoding_basis,
        "received_at": meta.received_at,
        "loaded_at": now,
        "sender": meta.sender,
        "is_synthetic": meta.is_synthetic,
        "extent": meta.extent,
        "period_start_on": meta.period_start_on,
        "period_end_on": meta.period_end_on,
        "period_basis": meta.period_basis,
        "rows_read": count.rows_read,
        "rows_accepted": count.rows_accepted,
        "rows_quarantined": count.rows_quarantined,
        "rows_set_aside": count.rows_set_aside,
        "cells_quarantined": count.cells_quarantined,
        "warnings_count": count.warnings_count,
        "control_totals_checked_count": meta.control_totals_checked_count,
        "control_totals_differing_count": meta.control_totals_differing_count,
        "status": "refused" if extract.is_refused else "accepted",
        "reason": str(extract.refusal_of(meta)) if extract.is_refused else None,
    }


def outcome(
    extract: Extract, meta: ExtractMeta, counts: Counts, contracts: Mapping[str, Contract]
) -> TableLoad:
    """What became of one table of an extract."""
    count = counts[meta.extract_id, meta.source, meta.sheet_name]
    refusal = extract.refusal_of(meta) if extract.is_refused else AnlanError("")
    return TableLoad(
        file_name=meta.file_name,
        sheet_name=meta.sheet_name,
        source=meta.source,
        source_label=_label(meta.source, contracts),
        status="refused" if extract.is_refused else "accepted",
        rows_read=count.rows_read,
        rows_accepted=count.rows_accepted,
        rows_quarantined=count.rows_quarantined,
        rows_set_aside=count.rows_set_aside,
        cells_quarantined=count.cells_quarantined,
        warnings_count=count.warnings_count,
        reason=refusal.message,
        remedy=refusal.remedy,
        extract_id=meta.extract_id,
        sender=meta.sender or "",
        is_synthetic=meta.is_synthetic,
    )


def refused_before(entry: Mapping[str, Any], contracts: Mapping[str, Contract]) -> TableLoad:
    """A table that was turned away by an earlier load and has not changed since."""
    return TableLoad(
        file_name=entry["file_name"],
        sheet_name=entry["sheet_name"],
        source=entry["source"],
        source_label=_label(entry["source"], contracts),
        status="refused",
        reason=f"此前已退回，内容未变。{entry['reason']}",
        sender=entry["sender"] or "",
        is_synthetic=entry["is_synthetic"],
        is_new=False,
    )


def _label(source: str, contracts: Mapping[str, Contract]) -> str:
    return contracts[source].label if source in contracts else "未识别"
