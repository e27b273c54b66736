"""Loading: every new file of the inbox through intake and gate into the lake.

First all files are staged, then the rules are asked source by source, and only when every table
balances is anything written: an extract at a time, its ledger entry last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl

from anlan.contracts import Contract, load_contracts
from anlan.errors import AnlanError
from anlan.gate.accounts import TableCounts, count_tables
from anlan.gate.judge import Extract, judge
from anlan.gate.lake import (
    LEDGER,
    accepted_file,
    ensure_schemas,
    ledger_file,
    loaded_extract_ids,
    quarantine_file,
    read_ledger,
    set_aside_file,
    write_frame,
)
from anlan.gate.rules import load_suites
from anlan.gate.staging import Staging, open_staging
from anlan.gate.summary import FINDINGS_ALIKE_SHOWN, FINDINGS_SHOWN, LoadSummary, TableLoad
from anlan.intake.areas import AreaResolver
from anlan.intake.layouts import companion_files
from anlan.intake.manifest import MANIFEST_NAME, read_manifest
from anlan.intake.original import Original
from anlan.intake.stage import stage_file
from anlan.intake.staged import FINDING_SCHEMA, SET_ASIDE_SCHEMA, UNKNOWN_SOURCE, ExtractMeta, StagedTable
from anlan.jurisdiction import load_jurisdiction
from anlan.privacy.pseudonyms import Pseudonyms
from anlan.project import Home

# Called with (done, total, what is being done).
Progress = Callable[[int, int, str], None]
# Reads one file into its tables.
Stage = Callable[[Original], list[StagedTable]]
_Counts = Mapping[tuple[str, str, str], TableCounts]


def inbox_files(inbox: Path) -> list[Path]:
    """Files to load, sorted by path: all but the manifest, hidden files and the locks of editors."""
    files = []
    for path in sorted(inbox.rglob("*")):
        parts = path.relative_to(inbox).parts
        is_hidden = any(part.startswith((".", "~$")) for part in parts)
        if path.is_file() and not is_hidden and parts != (MANIFEST_NAME,):
            files.append(path)
    return files


def load_inbox(home: Home, progress: Progress | None = None, anew: bool = False) -> LoadSummary:
    """Load every file of the home's inbox that was not loaded before, or with ``anew`` all of them.

    ``progress`` is called with (done, total, name of the file or of the step). Errors: AnlanError as in
    ``load_files``, and for an inbox, contracts, a jurisdiction or a manifest that do not read.
    """
    if not home.inbox.is_dir():
        raise AnlanError(f"找不到收件夹：{home.inbox}", "建立该文件夹，把收到的文件原样放进去。")
    contracts = load_contracts(home.contracts, home.extra_contracts)
    areas = AreaResolver(load_jurisdiction(home.jurisdiction))
    pseudonyms = Pseudonyms.load()
    manifest = read_manifest(home.inbox)

    def stage(original: Original) -> list[StagedTable]:
        return stage_file(original, contracts, areas, pseudonyms, manifest)

    return load_files(home, contracts, inbox_files(home.inbox), stage, progress, anew)


def load_files(
    home: Home,
    contracts: Mapping[str, Contract],
    files: Sequence[Path],
    stage: Stage,
    progress: Progress | None = None,
    anew: bool = False,
) -> LoadSummary:
    """Load ``files``, each read by ``stage``; those loaded before are passed over.

    With ``anew`` they are read again by the contracts and rules of now, and what the lake held of
    them is replaced.

    A file that does not read is reported and the others are loaded. An extract that was refused is
    tried again once a contract, a rule, the jurisdiction or the program has changed. Errors:
    AnlanError when a rule is wrong or a table does not balance; then nothing of this load is written.
    """
    say = progress or (lambda done, total, what: None)
    ensure_schemas(home.lake, contracts)
    suites = load_suites(home.expectations, contracts)
    settled = {} if anew else _settled_extracts(home)
    extracts: dict[str, Extract] = {}
    failed: list[TableLoad] = []
    again: list[tuple[str, str]] = []
    with open_staging(home.state / "gate", contracts) as staging:
        for number, path in enumerate(files, start=1):
            say(number, len(files), path.name)
            original = _with_companions(path, files, contracts)
            extract_id = original.digest()
            if extract_id in settled or extract_id in extracts:
                again.append((path.name, extract_id))
                continue
            try:
                extracts[extract_id] = _take(staging, stage(original), extract_id)
            except Exception as error:  # whatever one file does, the others are loaded
                failed.append(_failure(path, error))
        judge(staging, suites, extracts, lambda what: say(len(files), len(files), what))
        counts = count_tables(staging)
        for extract in extracts.values():
            _write(home.lake, staging, extract, counts)
        findings = staging.first_findings(FINDINGS_SHOWN, FINDINGS_ALIKE_SHOWN)
        findings_count = staging.findings_count()
    refused_before = {name: id_ for name, id_ in again if settled.get(id_) == "refused"}
    ledger = read_ledger(home.lake).filter(pl.col("extract_id").is_in(list(refused_before.values())))
    return LoadSummary(
        tables=[
            *(_outcome(e, meta, counts, contracts) for e in extracts.values() for meta in e.metas),
            *failed,
            *(_refused_before(entry, contracts) for entry in ledger.iter_rows(named=True)),
        ],
        already_loaded=[name for name, _ in again if name not in refused_before],
        findings=findings,
        findings_count=findings_count,
    )


def _with_companions(path: Path, files: Sequence[Path], contracts: Mapping[str, Contract]) -> Original:
    """A file with those of its folder that carry part of its records."""
    beside = {other.name: other for other in files if other.parent == path.parent}
    names = companion_files(contracts.values(), path.name, beside)
    return replace(Original.of_file(path), companions=tuple(Original.of_file(beside[name]) for name in names))


def _settled_extracts(home: Home) -> dict[str, str]:
    """Extracts with a ledger entry and their status, but for refused ones that deserve another try.

    A new version of the program counts as a change too: it may read what an older one could not.
    """
    files = [file for folder in home.definitions for file in folder.rglob("*") if file.is_file()]
    files += Path(__file__).parents[1].rglob("*.py")
    changed_at = max(file.stat().st_mtime for file in files)
    return {
        extract_id: status
        for extract_id, status in loaded_extract_ids(home.lake).items()
        if status == "accepted" or ledger_file(home.lake, extract_id).stat().st_mtime > changed_at
    }


def _take(staging: Staging, tables: list[StagedTable], extract_id: str) -> Extract:
    """Stage the tables of one file; of them only what the ledger needs stays in memory."""
    if not tables:
        raise AnlanError("文件中没有任何表", "确认文件是否传错或为空。")
    if any(table.meta.extract_id != extract_id for table in tables):
        raise AnlanError("文件在读取过程中被改动", "等文件传完、关闭后再载入。")
    staging.add(tables)
    extract = Extract()
    for table in tables:
        extract.metas.append(table.meta)
        if table.refusal is not None:
            extract.refusals[table.meta.source, table.meta.sheet_name] = table.refusal
    return extract


def _failure(path: Path, error: Exception) -> TableLoad:
    if isinstance(error, AnlanError):
        reason, remedy = error.message, error.remedy
    else:
        reason = f"读取时出现意外错误（{type(error).__name__}：{error}）"
        remedy = "其余文件不受影响；请把该文件和这条信息交给维护人员。"
    return TableLoad(path.name, "", UNKNOWN_SOURCE, "", "failed", reason=reason, remedy=remedy)


def _write(lake: Path, staging: Staging, extract: Extract, counts: _Counts) -> None:
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


def _entry(extract: Extract, meta: ExtractMeta, counts: _Counts, now: datetime) -> dict[str, object]:
    count = counts[meta.extract_id, meta.source, meta.sheet_name]
    return {
        "extract_id": meta.extract_id,
        "source": meta.source,
        "layout_id": meta.layout_id,
        "file_name": meta.file_name,
        "sheet_name": meta.sheet_name,
        "encoding": meta.encoding,
        "received_at": meta.received_at,
        "loaded_at": now,
        "sender": meta.sender,
        "is_synthetic": meta.is_synthetic,
        "extent": meta.extent,
        "period_start_on": meta.period_start_on,
        "period_end_on": meta.period_end_on,
        "rows_read": count.rows_read,
        "rows_accepted": count.rows_accepted,
        "rows_quarantined": count.rows_quarantined,
        "rows_set_aside": count.rows_set_aside,
        "cells_quarantined": count.cells_quarantined,
        "status": "refused" if extract.is_refused else "accepted",
        "reason": str(extract.refusal_of(meta)) if extract.is_refused else None,
    }


def _outcome(
    extract: Extract, meta: ExtractMeta, counts: _Counts, contracts: Mapping[str, Contract]
) -> TableLoad:
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
        reason=refusal.message,
        remedy=refusal.remedy,
    )


def _refused_before(entry: Mapping[str, str], contracts: Mapping[str, Contract]) -> TableLoad:
    return TableLoad(
        file_name=entry["file_name"],
        sheet_name=entry["sheet_name"],
        source=entry["source"],
        source_label=_label(entry["source"], contracts),
        status="refused",
        reason=f"此前已退回，内容未变。{entry['reason']}",
    )


def _label(source: str, contracts: Mapping[str, Contract]) -> str:
    return contracts[source].label if source in contracts else "未识别"
