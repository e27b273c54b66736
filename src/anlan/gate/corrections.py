"""Corrections at the gate: does each entry match, may the repaired row enter, and is it still asked for?

A file of corrections is applied as a whole or not at all. What it says about one extract becomes an
extract of its own, received when the correction was: a snapshot before that moment shows the old value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from anlan.contracts import CompanionLayout, Contract, normalise_header
from anlan.errors import AnlanError
from anlan.gate.judge import Extract, judge_rows
from anlan.gate.known import KnownLake, open_known
from anlan.gate.lake import (
    CORRECTIONS,
    accepted_file,
    read_applied_corrections,
    read_ledger,
    read_set_aside,
)
from anlan.gate.rules import Suite
from anlan.gate.staging import Staging, stage_name
from anlan.intake.areas import AreaResolver
from anlan.intake.companions import CompanionTable
from anlan.intake.corrections import (
    Change,
    CorrectedSheet,
    CorrectionFile,
    Entry,
    EntryError,
    corrected_table,
    correction_id,
    decided_at,
    read_corrections,
    same_name,
)
from anlan.intake.manifest import Manifest
from anlan.intake.nearest import nearest_hints
from anlan.intake.original import Original
from anlan.intake.stage import chosen_sheets
from anlan.intake.staged import (
    FINDING_SCHEMA,
    HELD_NOTHING,
    ExtractMeta,
    StagedTable,
    canonical_schema,
)
from anlan.intake.table import settle_twice
from anlan.privacy.pseudonyms import Pseudonyms
from anlan.privacy.redact import HIDDEN, redact_text
from anlan.project import Home
from anlan.rulebook import cell_rules

_FAULTS_SHOWN = 20
_UNDONE = "correction_undone"


@dataclass(frozen=True)
class Correction:
    """A file of corrections that reads: ``name`` below the inbox, its sha256, and when it was received."""

    original: Original
    name: str
    file_id: str
    file: CorrectionFile
    received_at: datetime


@dataclass
class Applied:
    """What a correction makes: an extract for each extract it repairs, and a record of each cell."""

    extracts: list[Extract] = field(default_factory=list)
    cells: dict[str, pl.DataFrame] = field(default_factory=dict)


@dataclass
class _Target:
    """One extract that is repaired: its ledger entries, the entries by number, and the sheets at work.

    ``again``: numbers of entries that were applied to an earlier file of this name. ``before``: by source,
    the rows to be repaired as the lake has them; a row that was held is not among them.
    """

    original: Original
    extract_id: str
    ledger: pl.DataFrame
    entries: dict[int, Entry] = field(default_factory=dict)
    again: set[int] = field(default_factory=set)
    sheets: dict[str, CorrectedSheet] = field(default_factory=dict)
    companions: Sequence[CompanionTable] = ()
    before: dict[str, pl.DataFrame] = field(default_factory=dict)

    def fault_sheet(self, sheet: str, reason: str, faults: dict[int, str]) -> None:
        """A fault that all entries for one sheet share."""
        for number, entry in self.entries.items():
            if entry.sheet == sheet:
                faults.setdefault(number, reason)

    def changes(self, sheet: str, row: int) -> list[Change]:
        """What is changed in one row."""
        return [change for change in self.sheets[sheet].changes if change.row == row]


class Corrector:
    """Applies files of corrections to what the lake of a home holds."""

    def __init__(
        self,
        home: Home,
        contracts: Mapping[str, Contract],
        areas: AreaResolver,
        pseudonyms: Pseudonyms,
        manifest: Manifest,
        find: Callable[[str], Original | None],
    ) -> None:
        """With what the extracts themselves were read by.

        ``find``: the extract of the inbox that the ledger calls so; None if it is not there any more.
        """
        self._home = home
        self._contracts = contracts
        self._areas = areas
        self._pseudonyms = pseudonyms
        self._manifest = manifest
        self._find = find

    def read(self, path: Path) -> Correction:
        """Read a file of corrections. Errors: AnlanError naming entry and key."""
        original = Original.of_file(path)
        file, file_id = read_corrections(original), original.digest()
        name = redact_text(self._manifest.name_of(original))
        now = datetime.now().replace(microsecond=0)
        listed = self._manifest.listed(original)
        received_at = listed.received_at if listed else decided_at(file, now)
        if received_at is None:
            # Read again, it was received when it was received first.
            ledger = read_ledger(self._home.lake)
            ids = [correction_id(file_id, original_id) for original_id in ledger["extract_id"].unique()]
            before = ledger.filter(pl.col("extract_id").is_in(ids))["received_at"].to_list()
            received_at = min(before, default=now)
        return Correction(original, name, file_id, file, received_at)

    def apply(
        self, correction: Correction, staging: Staging, suites: Mapping[str, Suite], anew: bool = False
    ) -> Applied:
        """Stage the repaired rows and hold them to the rules; nothing is written.

        Entries that were applied before are passed over, with ``anew`` only those of another file. Nothing
        is returned where none is left. Errors: AnlanError listing every entry that cannot be applied.
        """
        applied = read_applied_corrections(self._home.lake)
        origins = dict(applied.select("extract_id", "original_extract_id").unique().rows())
        if anew:
            applied = applied.filter(~pl.col("extract_id").is_in(self.own_ids(correction)))
        entries = dict(enumerate(correction.file.corrections, start=1))
        faults: dict[int, str] = {}
        targets = self._due(correction, entries, applied, faults)
        earlier = applied.filter(pl.col("received_at") <= correction.received_at)
        for target in targets:
            self._open_sheets(target, earlier, suites, faults)
        _raise(correction, entries, faults)
        targets = [target for target in targets if any(sheet.changes for sheet in target.sheets.values())]
        if not targets:
            return Applied()
        tables = {target.extract_id: self._tables(correction, target, faults) for target in targets}
        _raise(correction, entries, faults)
        with open_known(self._home.lake, self._contracts, correction.received_at) as known:
            for target in targets:
                self._read_before(target, earlier)
                _check_current(target, tables[target.extract_id], origins, known, faults)
        _raise(correction, entries, faults)
        staging.add([table for staged in tables.values() for table in staged])
        # Seconds of import that a load with nothing to correct need not pay.
        from anlan.gate.engine import Gate

        with closing(Gate(staging.connection)) as gate:
            for source in staging.sources():
                judge_rows(staging, gate, source, suites[source])
        done = Applied()
        for target in targets:
            own_id = correction_id(correction.file_id, target.extract_id)
            _blame_findings(target, staging.findings(own_id), faults)
            done.extracts.append(Extract([table.meta for table in tables[target.extract_id]]))
            done.cells[own_id] = _record(own_id, target, staging.connection)
        _raise(correction, entries, faults)
        return done

    def own_ids(self, correction: Correction) -> list[str]:
        """Identities under which the lake may hold what this very file said."""
        originals = read_ledger(self._home.lake)["extract_id"].unique()
        return [correction_id(correction.file_id, original_id) for original_id in originals]

    def _due(
        self,
        correction: Correction,
        entries: Mapping[int, Entry],
        applied: pl.DataFrame,
        faults: dict[int, str],
    ) -> list[_Target]:
        """The extracts that entries not applied before name. An entry that names none is a fault."""
        done = {number: _originals_of(entry, applied) for number, entry in entries.items()}
        own = set(self.own_ids(correction)) & set(applied["extract_id"])
        if own and all(done.values()):
            return []
        ledger = read_ledger(self._home.lake).filter(
            ~pl.col("extract_id").is_in(applied["extract_id"].unique().implode())
        )
        targets: dict[str, _Target] = {}
        for number, entry in entries.items():
            try:
                named = _named(entry, ledger)
                if named.sort("loaded_at")["extract_id"][-1] in done[number]:
                    continue
                target = self._target(named, targets)
                target.entries[number] = entry
                if done[number]:
                    target.again.add(number)
            except EntryError as error:
                faults[number] = str(error)
        return list(targets.values())

    def _target(self, named: pl.DataFrame, targets: dict[str, _Target]) -> _Target:
        """The extract of these ledger entries, if it lies in the inbox as loaded. Errors: EntryError."""
        original = self._find(named["file_name"][0])
        if original is None:
            raise EntryError("inbox 中已没有这个文件，不能核对原值；请把原文件放回")
        extract_id = original.digest()
        entries = named.filter(extract_id=extract_id)
        if entries.is_empty():
            raise EntryError("inbox 中该文件的内容与入库时不同；请先载入改动后的文件，再对它写更正")
        return targets.setdefault(extract_id, _Target(original, extract_id, entries))

    def _open_sheets(
        self, target: _Target, earlier: pl.DataFrame, suites: Mapping[str, Suite], faults: dict[int, str]
    ) -> None:
        """Put the entries of a target into the cells they name; what does not match is a fault."""
        wanted = {entry.sheet for entry in target.entries.values()}
        for name in wanted:
            known = target.ledger.filter(sheet_name=name)
            if known.is_empty():
                there = "、".join(f"“{other}”" for other in target.ledger["sheet_name"].unique().sort())
                target.fault_sheet(name, f"文件中没有表“{redact_text(name)}”；现有：{there}", faults)
            elif known.height > 1 or not known["layout_id"][0]:
                target.fault_sheet(name, "这张表不是按一种版式入库的，不能更正", faults)
        names = list(dict.fromkeys([target.original.name, target.ledger["file_name"][0]]))
        aside = read_set_aside(self._home.lake).filter(extract_id=target.extract_id)
        first = _meta_of(target.original, target.ledger.row(0, named=True))
        sheets, target.companions = chosen_sheets(first, names, self._contracts, self._areas)
        for here, sheet, choice in sheets:
            known = target.ledger.filter(sheet_name=here.sheet_name)
            if here.sheet_name not in wanted or known.height != 1 or not known["layout_id"][0]:
                continue
            meta = _meta_of(target.original, known.row(0, named=True))
            match = choice.match
            if match is None or (here.source, here.layout_id) != (meta.source, meta.layout_id):
                target.fault_sheet(
                    here.sheet_name, "合同改动后这张表另按版式读取；先运行 anlan load --anew", faults
                )
                continue
            if isinstance(match.candidate.layout, CompanionLayout):
                target.fault_sheet(
                    here.sheet_name, "附表随主表载入，不能单独更正；请报送单位改好后重报", faults
                )
                continue
            reasons = dict(
                aside.filter(sheet_name=here.sheet_name, source=meta.source).select("row", "reason").rows()
            )
            opened = CorrectedSheet(sheet, match, meta, reasons, suites[meta.source].meta.hidden, self._areas)
            done = earlier.filter(original_extract_id=target.extract_id, sheet_name=here.sheet_name)
            for row, letter, text in done.select("row", "column_letter", "corrected_text").rows():
                opened.again(row, letter, text)
            for number, wish in target.entries.items():
                if wish.sheet == here.sheet_name:
                    try:
                        if number not in target.again or not opened.is_done(wish):
                            opened.change(number, wish)
                    except EntryError as error:
                        faults[number] = str(error)
            target.sheets[here.sheet_name] = opened

    def _tables(self, correction: Correction, target: _Target, faults: dict[int, str]) -> list[StagedTable]:
        """The repaired rows, typed, under the identity of the correction."""
        own_id = correction_id(correction.file_id, target.extract_id)
        tables = []
        drafts = {}
        for name, sheet in target.sheets.items():
            try:
                drafts[name] = sheet.build(self._pseudonyms, target.companions)
            except AnlanError as error:
                target.fault_sheet(name, error.message, faults)
        for source in {draft.meta.source for draft in drafts.values()}:
            settle_twice([draft for draft in drafts.values() if draft.meta.source == source])
        for name, draft in drafts.items():
            file_name = f"{correction.name}/{draft.meta.file_name}"
            member = Original(correction.original.path, correction.original.name, draft.meta.file_name)
            meta = ExtractMeta(
                extract_id=own_id,
                original=member,
                file_name=file_name,
                source=draft.meta.source,
                layout_id=draft.meta.layout_id,
                sheet_name=name,
                encoding=draft.meta.encoding,
                received_at=correction.received_at,
                sender=draft.meta.sender,
                is_synthetic=draft.meta.is_synthetic,
                period_basis="correction",
            )
            rows = sorted({change.row for change in target.sheets[name].changes})
            try:
                table = corrected_table(draft, rows, meta)
            except EntryError as error:
                target.fault_sheet(name, str(error), faults)
                continue
            _blame_findings(target, table.findings, faults)
            tables.append(table)
        return tables

    def _read_before(self, target: _Target, earlier: pl.DataFrame) -> None:
        """Read the rows to be repaired as the lake has them; of several versions the last."""
        ids = earlier.filter(original_extract_id=target.extract_id)["extract_id"].unique(maintain_order=True)
        for source in {sheet.meta.source for sheet in target.sheets.values()}:
            places = pl.DataFrame(
                [(name, change.row) for name, sheet in target.sheets.items() for change in sheet.changes],
                schema={"_sheet": pl.String(), "_row": pl.Int64()},
                orient="row",
            ).unique()
            files = [accepted_file(self._home.lake, source, i) for i in (target.extract_id, *ids)]
            versions = [
                pl.read_parquet(file, hive_partitioning=False).join(places, on=["_sheet", "_row"], how="semi")
                for file in files
                if file.is_file()
            ]
            rows = pl.concat([pl.DataFrame(schema=canonical_schema(self._contracts[source])), *versions])
            target.before[source] = rows.unique(["_sheet", "_row"], keep="last", maintain_order=True)


def _check_current(
    target: _Target,
    tables: list[StagedTable],
    origins: Mapping[str, str],
    known: KnownLake,
    faults: dict[int, str],
) -> None:
    """Faults for rows that the lake no longer takes from this extract, and for keys that would change.

    ``origins``: by correction, the extract it repairs.
    """
    for source in {table.meta.source for table in tables}:
        arrivals = {i: (arrival, is_known) for i, arrival, is_known in known.extracts(source).rows()}
        if target.extract_id not in arrivals:
            for sheet in target.sheets:
                target.fault_sheet(sheet, "更正的时间早于收到原文件的时间", faults)
            continue
        arrival, is_known = arrivals[target.extract_id]
        before = {(row["_sheet"], row["_row"]): row for row in target.before[source].iter_rows(named=True)}
        rows = pl.concat([table.rows for table in tables if table.meta.source == source])
        now = {row["_key"]: row for row in known.rows(source, rows["_key"]).iter_rows(named=True)}
        for row in rows.iter_rows(named=True):
            place = (row["_sheet"], row["_row"])
            changes = target.changes(*place)
            old, stands = before.get(place), now.get(row["_key"])
            fault = None
            if old is not None and old["_key"] != row["_key"]:
                fault = "识别记录的字段不能更正：旧记录仍会留在库中，与新记录并存；请报送单位改好后重报"
            elif stands is None:
                if not is_known:
                    fault = "该文件已被后来的全量文件整件取代，那里没有这条记录；这条更正已过时，请删去"
            elif origins.get(stands["_extract_id"], stands["_extract_id"]) == target.extract_id:
                if (stands["_sheet"], stands["_row"]) != place:
                    fault = f"更正后与本文件表「{stands['_sheet']}」第 {stands['_row']} 行是同一记录"
            elif arrivals[stands["_extract_id"]][0] > arrival:
                fault = _said_stale(stands, old, changes)
            for change in changes if fault else []:
                faults[change.number] = str(fault)


def _said_stale(stands: Mapping[str, Any], old: Mapping[str, Any] | None, changes: list[Change]) -> str:
    """That a later extract took the place of a record, and whether the old value still stands there."""
    place = f"{stands['file_name']} 表「{stands['_sheet']}」第 {stands['_row']} 行"
    if old is not None and all(stands[name] == old[name] for c in changes for name in c.fields):
        return f"该记录已被后来的 {place} 取代，那里仍是原值；把 file、sheet、row 改写为那一处"
    return f"该记录已被后来的 {place} 取代，那里已不是原值；这条更正已过时，核对后删去，或改对那一处更正"


def _blame_findings(target: _Target, findings: pl.DataFrame, faults: dict[int, str]) -> None:
    """Faults for entries after which their row, or the very cell, is still held back."""
    for finding in findings.iter_rows(named=True):
        for change in target.changes(finding["sheet_name"], finding["row"]):
            if finding["held"] == "row" or (finding["held"] == "cell" and finding["field"] in change.fields):
                said = f"更正后仍不合规则：{finding['rule_sentence']}（规则 {finding['rule_id']}）"
                faults.setdefault(change.number, said)


def _record(own_id: str, target: _Target, connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """What the correction of one extract changed, a row for each cell, in the columns of CORRECTIONS."""
    cells = []
    for name, sheet in target.sheets.items():
        source = sheet.meta.source
        connection.register("_before", target.before[source].to_arrow())
        for change in sheet.changes:
            entry = target.entries[change.number]
            place = [name, change.row]
            texts = f'select cast("{change.fields[0]}" as varchar), _key from'
            old = connection.execute(f"{texts} _before where _sheet = ? and _row = ?", place).fetchone()
            new = connection.execute(
                f"{texts} {stage_name(source)} where _sheet = ? and _row = ? and _extract_id = ?",
                [*place, own_id],
            ).fetchone()
            cells.append(
                {
                    "extract_id": own_id,
                    "original_extract_id": target.extract_id,
                    "source": source,
                    "file_name": sheet.meta.file_name,
                    "sheet_name": name,
                    "row": change.row,
                    "column_letter": change.cell.letter,
                    "column_name": change.cell.text,
                    "field": change.fields[0],
                    "expected_text": change.expect,
                    "corrected_text": change.value,
                    "value_before": old[0] if old else None,
                    "value_after": new[0] if new else None,
                    "was_held": old is None,
                    "reason": redact_text(entry.reason),
                    "reporter": redact_text(entry.reporter),
                    "_key": new[1] if new else None,
                }
            )
        connection.unregister("_before")
    return pl.DataFrame(cells, schema=CORRECTIONS)


def _raise(correction: Correction, entries: Mapping[int, Entry], faults: Mapping[int, str]) -> None:
    """Errors: AnlanError with all faults, if there are any."""
    if not faults:
        return
    lines = []
    for number in sorted(faults)[:_FAULTS_SHOWN]:
        entry = entries[number]
        place = redact_text(f"{entry.file} 表「{entry.sheet}」第 {entry.row} 行“{entry.column}”")
        lines.append(f"  第 {number} 条（{place}）：{faults[number]}")
    if len(faults) > _FAULTS_SHOWN:
        lines.append(f"  另有 {len(faults) - _FAULTS_SHOWN} 条")
    raise AnlanError(
        f"{correction.name}：{len(entries)} 条更正中有 {len(faults)} 条对不上，整个更正文件没有应用：\n"
        + "\n".join(lines),
        "对照原表改正或删去这几条，保存后重新运行 anlan load。",
    )


def warn_undone(staging: Staging, lake: Path) -> None:
    """A warning for each staged row that brings back the very value that a correction had repaired."""
    applied = read_applied_corrections(lake).filter(~pl.col("was_held"))
    for source in set(staging.sources()) & set(applied["source"]):
        fields = staging.contracts[source].fields
        cells = applied.filter(source=source).unique(["_key", "field"], keep="last", maintain_order=True)
        staging.connection.register("_repaired", cells.to_arrow())
        for name in cells["field"].unique(maintain_order=True):
            rule = cell_rules()[_UNDONE]
            found = staging.connection.execute(
                f"""
                select
                    tables.extract_id, tables.source, tables.file_name, tables.sheet_name, back._row as "row",
                    headers.column_letter, coalesce(headers.column_name, $label) as column_name,
                    $field as field, repaired.expected_text as "value", $rule_id as rule_id,
                    $sentence as rule_sentence, $remedy as remedy, $owner as owner, $held as held
                from ({staging.accepted_sql(source)}) as back
                inner join _repaired as repaired
                    on back._key = repaired._key and repaired.field = $field
                    and cast(back."{name}" as varchar) is not distinct from repaired.value_before
                    and back._received_at > repaired.received_at
                inner join tables
                    on back._extract_id = tables.extract_id and back._sheet = tables.sheet_name
                    and tables.source = '{source}'
                left join headers
                    on tables.extract_id = headers.extract_id and tables.source = headers.source
                    and tables.sheet_name = headers.sheet_name and headers.field = $field
                """,
                {
                    "label": fields[name].label,
                    "field": name,
                    "rule_id": _UNDONE,
                    "sentence": rule.sentence.format(label=fields[name].label),
                    "remedy": rule.remedy,
                    "owner": rule.owner,
                    "held": HELD_NOTHING,
                },
            ).pl()
            staging.append("findings", found.select(list(FINDING_SCHEMA)))
        staging.connection.unregister("_repaired")


def _named(entry: Entry, ledger: pl.DataFrame) -> pl.DataFrame:
    """Ledger entries of the accepted extracts that an entry may mean. Errors: EntryError."""
    names = ledger["file_name"].unique().to_list()
    named = ledger.filter(
        pl.col("file_name").is_in([name for name in names if same_name(name, redact_text(entry.file))])
        | (pl.col("extract_id") == entry.file.lower())
    )
    if named.is_empty():
        hint = nearest_hints(pl.Series([entry.file]), names, str).get(entry.file, "")
        raise EntryError(f"载入台账中没有这个文件。{hint}".rstrip("。"))
    accepted = named.filter(status="accepted")
    if accepted.is_empty():
        raise EntryError("该文件整件退回，没有入库；请报送单位改好后重报")
    return accepted


def _originals_of(entry: Entry, applied: pl.DataFrame) -> set[str]:
    """The extracts to which this very entry was applied, by this file or by an earlier state of it."""
    same = applied.filter(
        # What looked like a person was not written down.
        pl.col("expected_text").is_in([entry.expect, redact_text(entry.expect), HIDDEN]),
        sheet_name=entry.sheet,
        row=entry.row,
        corrected_text=entry.value,
        reason=redact_text(entry.reason),
        reporter=redact_text(entry.reporter),
    )
    return {
        cell["original_extract_id"]
        for cell in same.iter_rows(named=True)
        if (
            same_name(cell["file_name"], redact_text(entry.file))
            or cell["original_extract_id"] == entry.file.lower()
        )
        and (
            entry.column == cell["column_letter"]
            or normalise_header(entry.column) == normalise_header(cell["column_name"])
        )
    }


def _meta_of(original: Original, entry: Mapping[str, Any]) -> ExtractMeta:
    """What the ledger knows of one table of an extract, as the intake described it."""
    return ExtractMeta(
        extract_id=entry["extract_id"],
        original=original,
        file_name=entry["file_name"],
        source=entry["source"],
        layout_id=entry["layout_id"],
        sheet_name=entry["sheet_name"],
        encoding=entry["encoding"],
        received_at=entry["received_at"],
        sender=entry["sender"],
        is_synthetic=entry["is_synthetic"],
        period_basis="correction",
    )
