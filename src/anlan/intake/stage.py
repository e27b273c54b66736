"""From a file as received to staged tables: one per sheet, every row accounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from anlan.contracts import CompanionLayout, Contract, Layout, normalise_header
from anlan.errors import AnlanError
from anlan.intake.areas import AreaResolver
from anlan.intake.choose import Choice, choose_layout, companion_matches
from anlan.intake.companions import CompanionTable
from anlan.intake.copies import copy_rows
from anlan.intake.discreet import discretion_of
from anlan.intake.layouts import allowed_candidates
from anlan.intake.manifest import Manifest
from anlan.intake.original import Original
from anlan.intake.period import refuse_gaps
from anlan.intake.raw import RawSheet
from anlan.intake.sheets import read_sheets
from anlan.intake.staged import UNKNOWN_SOURCE, ExtractMeta, StagedTable
from anlan.intake.table import (
    Draft,
    build_table,
    companion_table,
    note_table,
    refuse_table,
    settle_twice,
    where_of,
)
from anlan.intake.tables import split_tables
from anlan.privacy.pseudonyms import Pseudonyms
from anlan.privacy.redact import redact_text


def stage_file(
    original: Original,
    contracts: Mapping[str, Contract],
    areas: AreaResolver,
    pseudonyms: Pseudonyms,
    manifest: Manifest,
    say: Callable[[str], None] = lambda what: None,
) -> list[StagedTable]:
    """Stage one extract: each sheet that holds anything becomes one table, typed or refused; several where
    its layout says so.

    Never raises for what a file holds. A file that does not read, or holds nothing, gives one table with
    source ``unknown``, an empty sheet name, no rows and the reason in ``refusal``; a sheet that no
    contract knows gives one with source ``unknown``; a sheet that nearly follows a contract gives a
    refused one of that source. Sheets of explanations (hidden, or named 说明 and the like, beside one
    that loads) are set aside row by row as notes. ``say`` is told of each sheet before it is cast.
    Errors: AnlanError for a file that cannot be opened, which has no identity.
    """
    known = manifest.entry(original)
    meta = ExtractMeta(
        extract_id=original.digest(),
        original=original,
        file_name=redact_text(manifest.name_of(original)),
        source=UNKNOWN_SOURCE,
        layout_id="",
        sheet_name="",
        encoding=None,
        received_at=known.received_at,
        sender=redact_text(known.sender) if known.sender else None,
        is_synthetic=known.is_synthetic,
    )
    if known.period is not None:
        start, end = known.period.start_on, known.period.end_on
        meta = replace(meta, period_start_on=start, period_end_on=end, period_basis="declared_manifest")
    try:
        results = _stage_sheets(meta, contracts, areas, pseudonyms, say)
    except AnlanError as error:
        return [refuse_table(meta, 0, error)]
    if not results:
        return [
            refuse_table(meta, 0, AnlanError(f"{meta.file_name}：文件中没有任何内容", "请报送单位重新报送。"))
        ]
    return results


def _stage_sheets(
    meta: ExtractMeta,
    contracts: Mapping[str, Contract],
    areas: AreaResolver,
    pseudonyms: Pseudonyms,
    say: Callable[[str], None],
) -> list[StagedTable]:
    names = [meta.original.name, meta.file_name]
    results: list[Draft | StagedTable | RawSheet] = []
    refusals: dict[str, AnlanError] = {}
    sheets, companions = chosen_sheets(meta, names, contracts, areas)
    for here, sheet, choice in sheets:
        say(f"{where_of(here)}：{sheet.frame.height:,} 行")
        if choice.match is None:
            assert choice.refusal is not None
            refusals[sheet.account_name] = choice.refusal
            known = choice.source != UNKNOWN_SOURCE
            results.append(
                refuse_table(here, sheet.frame.height, choice.refusal, sheet.first_row) if known else sheet
            )
            continue
        layout = choice.match.candidate.layout
        if isinstance(layout, CompanionLayout):
            results.append(companion_table(sheet, choice.match, here, areas))
            continue
        try:
            results.append(build_table(sheet, choice.match, here, areas, pseudonyms, companions))
        except AnlanError as error:
            results.append(refuse_table(here, sheet.frame.height, error, sheet.first_row))
    drafts = [result for result in results if isinstance(result, Draft)]
    refuse_gaps(draft.meta for draft in drafts)
    for source in dict.fromkeys(draft.meta.source for draft in drafts):
        settle_twice([draft for draft in drafts if draft.meta.source == source])
    return [_finish(result, meta, drafts, refusals) for result in results]


def chosen_sheets(
    meta: ExtractMeta, names: list[str], contracts: Mapping[str, Contract], areas: AreaResolver
) -> tuple[Iterator[tuple[ExtractMeta, RawSheet, Choice]], list[CompanionTable]]:
    """The tables of a file, each with where it lies and the layout it follows, and the tables beside them.

    Errors: AnlanError for a file that does not read, as the tables come.
    """
    sheets = _chosen_sheets(meta, names, contracts, areas)
    if not any(c.layout.companions for c in allowed_candidates(contracts.values(), names)):
        return sheets, []
    # Only then are all sheets of a file in memory at once: a companion may come after its table.
    kept = list(sheets)
    return iter(kept), [
        *_companion_tables(((here, sheet) for here, sheet, _ in kept), contracts),
        *_companions_beside(meta, contracts, areas),
    ]


def copy_again(
    metas: Sequence[ExtractMeta],
    wanted: Mapping[str, pl.Series],
    contracts: Mapping[str, Contract],
    areas: AreaResolver,
) -> Iterator[tuple[ExtractMeta, pl.DataFrame]]:
    """Copies of rows that were sound when their file was read: it is read once more, nothing is cast.

    ``metas``: tables of one extract; ``wanted``: row numbers by sheet. Nothing for a file that has gone or
    changed since.
    """
    if not metas or metas[0].original.digest() != metas[0].extract_id:
        return
    first = metas[0]
    by_sheet = {meta.sheet_name: meta for meta in metas}
    for here, sheet, choice in _chosen_sheets(
        first, [first.original.name, first.file_name], contracts, areas
    ):
        if choice.match is not None and here.sheet_name in wanted:
            candidate = choice.match.candidate
            discretion = discretion_of(candidate.contract, candidate.layout, areas)
            copies = copy_rows(sheet, choice.match, wanted[here.sheet_name], discretion)
            yield by_sheet[here.sheet_name], copies


def _chosen_sheets(
    meta: ExtractMeta, names: list[str], contracts: Mapping[str, Contract], areas: AreaResolver
) -> Iterator[tuple[ExtractMeta, RawSheet, Choice]]:
    """Each table of a file with where it lies and the layout it follows, one at a time."""
    for sheet in _tables(meta, names, contracts, areas):
        here = _here(meta, sheet)
        choice = choose_layout(sheet, where_of(here), names, contracts)
        here = replace(here, source=choice.source)
        if choice.match is not None:
            layout = choice.match.candidate.layout
            here = replace(here, layout_id=layout.id, extent=layout.extent)
        yield here, sheet, choice


def _tables(
    meta: ExtractMeta, names: list[str], contracts: Mapping[str, Contract], areas: AreaResolver
) -> Iterator[RawSheet]:
    for sheet in read_sheets(meta.original, names, contracts, areas.knows):
        yield from split_tables(sheet, allowed_candidates(contracts.values(), names, sheet.name))


def _companion_tables(
    sheets: Iterable[tuple[ExtractMeta, RawSheet]], contracts: Mapping[str, Contract]
) -> Iterator[CompanionTable]:
    for here, sheet in sheets:
        for match in companion_matches(sheet, [here.original.name, here.file_name], contracts):
            layout = match.candidate.layout
            if isinstance(layout, CompanionLayout):
                yield CompanionTable(layout, where_of(here), sheet, match)


def _companions_beside(
    meta: ExtractMeta, contracts: Mapping[str, Contract], areas: AreaResolver
) -> Iterator[CompanionTable]:
    for original in meta.original.companions:
        beside = replace(meta, original=original, file_name=redact_text(original.name))
        tables = _tables(beside, [original.name], contracts, areas)
        yield from _companion_tables(((_here(beside, sheet), sheet) for sheet in tables), contracts)


def _finish(
    result: Draft | StagedTable | RawSheet,
    meta: ExtractMeta,
    drafts: list[Draft],
    refusals: dict[str, AnlanError],
) -> StagedTable:
    match result:
        case StagedTable():
            return result
        case Draft():
            try:
                return result.staged()
            except AnlanError as error:
                return refuse_table(result.meta, result.rows_read, error, result.first_row)
        case RawSheet():
            here = _here(meta, result)
            if drafts and (result.is_hidden or is_note(result.name, drafts[0].layout)):
                return note_table(result, replace(here, source=drafts[0].meta.source), drafts[0].discretion)
            return refuse_table(here, result.frame.height, refusals[result.account_name], result.first_row)


def _here(meta: ExtractMeta, sheet: RawSheet) -> ExtractMeta:
    return replace(
        meta,
        sheet_name=sheet.account_name,
        encoding=sheet.encoding,
        encoding_basis=sheet.encoding_basis,
    )


def is_note(sheet_name: str, layout: Layout) -> bool:
    """Whether a sheet's name says that it holds explanations."""
    return normalise_header(sheet_name).startswith(tuple(normalise_header(word) for word in layout.notes))
