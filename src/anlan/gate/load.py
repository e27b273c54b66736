"""Loading: every new file of the inbox through intake and gate into the lake.

First all files are staged, then the rules are asked source by source, and only when every table
balances is anything written: an extract at a time, its ledger entry last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import polars as pl

from anlan.contracts import Contract, load_contracts
from anlan.errors import AnlanError
from anlan.gate.accounts import TableCounts, count_tables
from anlan.gate.context import populations
from anlan.gate.correcting import apply_corrections
from anlan.gate.corrections import Corrector, warn_undone
from anlan.gate.entries import failure, outcome, refused_before, write_extract
from anlan.gate.judge import Extract, judge
from anlan.gate.lake import (
    discard_extract,
    ensure_schemas,
    is_unwritable,
    ledger_file,
    loaded_extract_ids,
    read_ledger,
    say_unwritable,
)
from anlan.gate.load_report import CopyAgain, write_load_report
from anlan.gate.rules import load_suites
from anlan.gate.staging import Staging, open_staging
from anlan.gate.summary import FINDINGS_ALIKE_SHOWN, FINDINGS_SHOWN, LoadSummary, TableLoad
from anlan.intake.areas import AreaResolver
from anlan.intake.container import Unreadable, extracts_of, is_hidden, reopen
from anlan.intake.corrections import is_correction_file
from anlan.intake.layouts import companion_patterns, name_fits
from anlan.intake.manifest import MANIFEST_NAME, read_manifest
from anlan.intake.original import Original
from anlan.intake.stage import copy_again, stage_file
from anlan.intake.staged import ExtractMeta, StagedTable
from anlan.intake.worker import closing_workers
from anlan.jurisdiction import load_jurisdiction
from anlan.privacy.pseudonyms import Pseudonyms
from anlan.privacy.redact import redact_text
from anlan.project import Home

# Called with (done, total, what is being done).
Progress = Callable[[int, int, str], None]
# Reads one file into its tables.
Stage = Callable[[Original], list[StagedTable]]
_Counts = Mapping[tuple[str, str, str], TableCounts]


def inbox_files(inbox: Path) -> list[Path]:
    """Files to load, sorted by path: all but the manifest, hidden files and the locks of editors.

    Links and what is no plain file are among them: they are told, not passed over.
    """
    return [
        path
        for path in sorted(inbox.rglob("*"))
        if (path.is_symlink() or not path.is_dir())
        and not is_hidden(path.relative_to(inbox).parts)
        and path.relative_to(inbox).parts != (MANIFEST_NAME,)
    ]


class _Steps:
    """A progress that can be told more of the step it is at: a long file shows signs of life."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._at = (0, 0)

    def __call__(self, done: int, total: int, what: str) -> None:
        """The next step."""
        self._at = (done, total)
        self._progress(done, total, what)

    def within(self, what: str) -> None:
        """What is being done within the step."""
        self._progress(*self._at, what)


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

    steps = _Steps(progress or (lambda done, total, what: None))

    def stage(original: Original) -> list[StagedTable]:
        return stage_file(original, contracts, areas, pseudonyms, manifest, steps.within)

    def copy(
        metas: Sequence[ExtractMeta], wanted: Mapping[str, pl.Series]
    ) -> Iterator[tuple[ExtractMeta, pl.DataFrame]]:
        original = reopen(metas[0].original, home.inbox)
        again = [] if original is None else [replace(meta, original=original) for meta in metas]
        return copy_again(again, wanted, contracts, areas)

    files = inbox_files(home.inbox)

    def find(file_name: str) -> Original | None:
        for path in files:
            known = redact_text(manifest.name_of(Original.of_file(path)))
            if known != file_name and not file_name.startswith(f"{known}/"):
                continue
            for item in extracts_of(path, home.inbox):
                if isinstance(item, Original) and redact_text(manifest.name_of(item)) == file_name:
                    return _with_companions(item, files, home.inbox, contracts)
        return None

    corrector = Corrector(home, contracts, areas, pseudonyms, manifest, find)
    return load_files(home, contracts, files, stage, steps, anew, copy, corrector)


def load_files(
    home: Home,
    contracts: Mapping[str, Contract],
    files: Sequence[Path],
    stage: Stage,
    progress: Progress | None = None,
    anew: bool = False,
    copy: CopyAgain | None = None,
    corrector: Corrector | None = None,
) -> LoadSummary:
    """Load ``files``, each read by ``stage``; those loaded before are passed over.

    ``copy`` reads rows again that only the gate found fault with, for the report of the load.

    With ``anew`` they are read again by the contracts and rules of now, and what the lake held of
    them is replaced. Files of corrections come last, in the order of their receipt, by ``corrector``.

    A file that does not read is reported and the others are loaded. An extract that was refused is
    tried again once a contract, a rule, the jurisdiction or the program has changed. Errors:
    AnlanError when a rule is wrong or a table does not balance; then nothing of this load is written.
    """
    with _saying_what_cannot_be_written(), closing_workers():
        say = progress or (lambda done, total, what: None)
        return _load(home, contracts, files, stage, say, anew, copy, corrector)


def _load(
    home: Home,
    contracts: Mapping[str, Contract],
    files: Sequence[Path],
    stage: Stage,
    say: Progress,
    anew: bool,
    copy: CopyAgain | None,
    corrector: Corrector | None,
) -> LoadSummary:
    ensure_schemas(home.lake, contracts)
    suites = load_suites(home.expectations, contracts)
    settled = {} if anew else _settled_extracts(home)
    extracts: dict[str, Extract] = {}
    failed: list[TableLoad] = []
    again: list[tuple[str, str]] = []
    correcting = [path for path in files if corrector is not None and is_correction_file(path)]
    people = populations(load_jurisdiction(home.jurisdiction))
    with open_staging(home.state / "gate", contracts, people) as staging:
        for number, path in enumerate((path for path in files if path not in correcting), start=1):
            say(number, len(files), redact_text(path.name))
            for found in _originals(path, home.inbox):
                if isinstance(found, TableLoad):
                    failed.append(found)
                    continue
                try:
                    original = _with_companions(found, files, home.inbox, contracts)
                    extract_id = original.digest()
                    if extract_id in settled or extract_id in extracts:
                        again.append((original.shown, extract_id))
                    else:
                        extracts[extract_id] = _take(staging, original, stage(original), extract_id)
                except Exception as error:  # whatever one file does, the others are loaded
                    failed.append(failure(found.shown, error))
        last = partial(say, len(files), len(files))
        validations = judge(staging, suites, extracts, last, home.lake)
        warn_undone(staging, home.lake)
        counts = count_tables(staging)
        for extract_id, extract in list(extracts.items()):
            try:
                write_extract(home.lake, staging, extract, counts)
            except Exception as error:
                discard_extract(home.lake, extract_id, staging.contracts)
                if not is_unwritable(error):
                    raise
                failed.append(failure(extract.metas[0].file_name, error))
                del extracts[extract_id]
        corrected: list[TableLoad] = []
        if corrector is not None:
            corrected, unchanged = apply_corrections(
                home, contracts, suites, corrector, correcting, people, anew
            )
            again += [(name, "") for name in unchanged]
        refused = {name: id_ for name, id_ in again if settled.get(id_) == "refused"}
        ledger = read_ledger(home.lake).filter(pl.col("extract_id").is_in(list(refused.values())))
        summary = LoadSummary(
            tables=[
                *(outcome(e, meta, counts, contracts) for e in extracts.values() for meta in e.metas),
                *failed,
                *corrected,
                *(refused_before(entry, contracts) for entry in ledger.iter_rows(named=True)),
            ],
            already_loaded=[name for name, _ in again if name not in refused],
            findings=staging.first_findings(FINDINGS_SHOWN, FINDINGS_ALIKE_SHOWN),
            findings_count=staging.findings_count(),
            warnings_count=staging.warnings_count(),
        )
        return write_load_report(home.loads, summary, staging, extracts, validations, copy, last)


def _with_companions(
    original: Original, files: Sequence[Path], inbox: Path, contracts: Mapping[str, Contract]
) -> Original:
    """An extract with those beside it, in its folder or its archive, that carry part of its records."""
    patterns = companion_patterns(contracts.values(), original.name)
    if not patterns:
        return original
    beside: Iterable[Original | Unreadable] = (
        [Original.of_file(other) for other in files if other.parent == original.path.parent]
        if original.member is None
        else extracts_of(original.path, inbox)
    )
    found = [
        other
        for other in beside
        if isinstance(other, Original)
        and (other.path, other.member) != (original.path, original.member)
        and name_fits(patterns, other.name)
    ]
    return replace(original, companions=tuple(found))


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


def _originals(path: Path, inbox: Path) -> Iterator[Original | TableLoad]:
    """The extracts in one file of the inbox, one at a time, and what of it gives none."""
    try:
        for item in extracts_of(path, inbox):
            yield item if isinstance(item, Original) else failure(item.name, item.error)
    except (AnlanError, OSError) as error:
        yield failure(path.name, error)


def _take(staging: Staging, original: Original, tables: list[StagedTable], extract_id: str) -> Extract:
    """Stage the tables of one file; of them only what the ledger needs stays in memory."""
    if not tables:
        raise AnlanError("文件中没有任何表", "确认文件是否传错或为空。")
    # Read once more at the end: what was written into meanwhile is neither the old file nor the new one.
    if any(table.meta.extract_id != extract_id for table in tables) or original.digest() != extract_id:
        raise AnlanError(f"{original.shown}：读取过程中被改动", "等文件传完、关闭后再载入。")
    staging.add(tables)
    extract = Extract()
    for table in tables:
        extract.metas.append(replace(table.meta, original=table.meta.original.emptied()))
        extract.copied_headers[table.meta.source, table.meta.sheet_name] = table.copied_headers
        if table.refusal is not None:
            extract.refusals[table.meta.source, table.meta.sheet_name] = table.refusal
    return extract


@contextmanager
def _saying_what_cannot_be_written() -> Iterator[None]:
    """A full or closed disk under everything is one line, not a traceback."""
    try:
        yield
    except Exception as error:
        said = say_unwritable(error)
        if said is None:
            raise
        raise said from None
