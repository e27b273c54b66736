"""One table in the making, from the choice of its layout to its staged form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from anlan.contracts import Contract, Layout
from anlan.errors import AnlanError
from anlan.intake.areas import AreaResolver
from anlan.intake.assemble import assemble
from anlan.intake.assembly import Assembly, fill_merged, filled_down, prepare_cells
from anlan.intake.bind import Bound, bind_columns
from anlan.intake.cast import Reading, plain_code
from anlan.intake.claims import TableRows
from anlan.intake.companions import CompanionTable, add_companions
from anlan.intake.copies import copied_headers, copy_rows
from anlan.intake.discreet import discretion_of
from anlan.intake.findings import Findings, Place
from anlan.intake.labels import find_labels, with_labels
from anlan.intake.layouts import Match
from anlan.intake.period import declare_period, period_of_rows
from anlan.intake.raw import RawSheet, column_letter
from anlan.intake.repeats import ROW_KEY, find_twice, is_first, key_texts
from anlan.intake.rows import classify, other_header, personal_positions, row_texts, scope_texts
from anlan.intake.staged import (
    SET_ASIDE_SCHEMA,
    ExtractMeta,
    StagedTable,
    canonical_schema,
    empty_findings,
    empty_set_aside,
)
from anlan.intake.times import DateStyle
from anlan.intake.totals import check_control_totals
from anlan.privacy.pseudonyms import Pseudonyms
from anlan.privacy.redact import Discretion, redact_text


@dataclass
class Draft:
    """A table that may still lose rows to repeats and clashes with other sheets of its file."""

    meta: ExtractMeta
    contract: Contract
    layout: Layout
    rows: pl.DataFrame
    findings: Findings
    set_aside: pl.DataFrame
    rows_read: int
    bound: list[Bound]
    copies: pl.DataFrame
    copied_headers: list[str]
    discretion: Discretion
    first_row: int = 1

    def staged(self) -> StagedTable:
        """The table as the gate takes it; raises ValueError if a row is unaccounted for."""
        return StagedTable(
            meta=period_of_rows(self.meta, self.contract, self.rows),
            rows=self.rows,
            findings=self.findings.frame(),
            set_aside=self.set_aside.sort("row"),
            rows_read=self.rows_read,
            headers={b.field: (b.place.letter, b.place.header) for b in self.bound if b.parts},
            copies=self.copies,
            copied_headers=self.copied_headers,
        )


def where_of(meta: ExtractMeta) -> str:
    """File and sheet as messages name them."""
    if meta.sheet_name in ("", redact_text(meta.original.name)):
        return meta.file_name
    return f"{meta.file_name} 工作表“{meta.sheet_name}”"


def build_table(
    sheet: RawSheet,
    match: Match,
    meta: ExtractMeta,
    areas: AreaResolver,
    pseudonyms: Pseudonyms,
    companions: Sequence[CompanionTable] = (),
) -> Draft:
    """Read one sheet by its layout, with the tables beside it that carry part of its records.

    Errors: AnlanError when the sheet as a whole cannot be read so: content below an empty header, a unit
    that measures something else, a sheet name that should be a division and is none, a file name and a
    title that speak of different months, a total that is not the sum of its rows.
    """
    contract, layout = match.candidate.contract, match.candidate.layout
    where = where_of(meta)
    discretion = discretion_of(contract, layout, areas)
    meta = declare_period(sheet, match, where, meta)
    _refuse_other_header(where, sheet, match)
    _refuse_headless(where, sheet, match)
    labels = find_labels(sheet, match)
    frame, match = with_labels(sheet, match, labels)
    bound = bind_columns(where, match)
    if layout.sheet_area and not areas.knows(sheet.name):
        raise AnlanError(
            f"{where}：工作表名应为区划名称，“{sheet.name}”不在区划表中",
            "把工作表改名为区划的全称后重新报送。",
        )
    kinds = classify(sheet, match, _needed(sheet, bound, match), labels.rows)
    data = kinds["reason"].is_null()
    frame = fill_merged(frame, match, sheet.merged)
    is_total = (kinds["reason"] == "total").fill_null(False)
    stretches = is_total.cast(pl.Int64()).cum_sum().filter(data) if is_total.any() else None
    cells = prepare_cells(frame.filter(data), match, stretches)
    numbers = kinds["row"].filter(data)
    once = is_first(cells)
    findings = Findings(meta, discretion.show)
    checked = check_control_totals(TableRows(sheet, match, kinds, once), bound, findings, where)
    meta = replace(
        meta,
        control_totals_checked_count=checked.count,
        control_totals_differing_count=checked.differing,
    )
    aside = _aside(sheet, match, kinds, numbers.filter(~once), discretion)
    cells = cells.filter(once)
    if layout.companions:
        others = prepare_cells(frame.filter((kinds["reason"] == "scope").fill_null(False)), match)
        cells, match = add_companions(cells, match, companions, where, findings, others)
        bound = bind_columns(where, match)
    assembly = Assembly(
        match,
        cells,
        numbers.filter(once),
        findings,
        Reading(
            decimal_mark=layout.decimal_mark,
            dates=DateStyle(
                layout.date_order, layout.calendar, layout.two_digit_years_from, sheet.has_1904_dates
            ),
        ),
        discretion,
    )
    assemble(assembly, bound, areas, pseudonyms, sheet.name if layout.sheet_area else None)
    _hold_unknown_scope(assembly)
    _point_out_repeated_identifiers(assembly, bound)
    return Draft(
        meta=meta,
        contract=contract,
        layout=layout,
        rows=_canonical_rows(assembly, meta),
        findings=assembly.findings,
        set_aside=set_aside_frame(meta, aside),
        rows_read=sheet.frame.height,
        bound=bound,
        copies=copy_rows(sheet, match, assembly.findings.rows_of_table(), discretion),
        copied_headers=copied_headers(sheet, match),
        discretion=discretion,
        first_row=sheet.first_row,
    )


def _aside(
    sheet: RawSheet, match: Match, kinds: pl.DataFrame, repeats: pl.Series, discretion: Discretion
) -> pl.DataFrame:
    """Rows that are no data, or are there before, with the reason and what of them may be shown."""
    aside = pl.concat(
        [
            kinds.filter(pl.col("reason").is_not_null()),
            pl.DataFrame({"row": repeats}).with_columns(reason=pl.lit("repeat")),
        ]
    ).partition_by("reason", maintain_order=True)
    hidden = personal_positions(match)
    ignored = {match.found[text].cell.index for text in match.candidate.layout.ignore if text in match.found}
    texts = [
        row_texts(
            sheet,
            part["row"],
            hidden | (ignored if part["reason"][0] == "repeat" else set()),
            discretion.show,
        )
        for part in aside
    ]
    shown = pl.concat(texts) if texts else pl.Series(dtype=pl.String())
    return pl.concat([kinds.clear(), *aside]).with_columns(text=shown)


def _point_out_repeated_identifiers(assembly: Assembly, bound: list[Bound]) -> None:
    """Where each row is a record of its own, an identifier that stands twice deserves a look."""
    if ROW_KEY not in (assembly.layout.key or []):
        return
    contract = assembly.contract
    keys = key_texts(contract, contract.key, assembly.findings.meta, assembly.values, assembly.rows)
    keyed = [b for b in bound if b.field in contract.key and b.parts]
    repeated = keys.is_duplicated() & ~assembly.rows.is_in(assembly.findings.held_rows().implode())
    if not keyed or not repeated.any():
        return
    place = Place(keyed[0].place.letter, keyed[0].place.header, any(b.column.as_ for b in keyed))
    label = "、".join(contract.fields[name].label for name in contract.key)
    assembly.findings.add(
        "identifier_repeated",
        keyed[0].field,
        label,
        place,
        assembly.rows.filter(repeated),
        keys.filter(repeated),
    )


def _hold_unknown_scope(assembly: Assembly) -> None:
    texts, scope = scope_texts(assembly.match, assembly.cells), assembly.layout.scope
    if texts is None or scope is None:
        return
    cell = assembly.match.found[scope.header].cell
    bad = ~texts.is_in([plain_code(text) for text in scope.keep]).fill_null(False)
    assembly.findings.add(
        "scope_known",
        "_key",
        cell.text,
        Place(cell.letter, cell.text),
        assembly.rows.filter(bad),
        assembly.texts(cell.index).filter(bad),
    )


def _refuse_headless(where: str, sheet: RawSheet, match: Match) -> None:
    for index, cell in enumerate(match.cells):
        if cell is None:
            filled = sheet.frame[f"c{index}"].slice(match.body_row).is_not_null().arg_true()
            if len(filled):
                raise AnlanError(
                    f"{where}：第 {column_letter(index)} 列没有表头，"
                    f"但第 {filled[0] + match.body_row + sheet.first_row} 行有内容",
                    "补上该列的表头，或删去表外的内容后重新报送。",
                )


def _refuse_other_header(where: str, sheet: RawSheet, match: Match) -> None:
    other = other_header(sheet, match)
    if other is None:
        return
    row, texts = other
    own = match.body_row - 1 + sheet.first_row
    named = f"（如“{redact_text(texts[0])}”）" if texts else ""
    raise AnlanError(
        f"{where}：第 {own} 行和第 {row} 行是两个不同的表头{named}，无法判断哪些行用哪一个",
        "删去不用的表头（如上月留下的）和不属于本表的行后重新报送；"
        "一张工作表确有几张表的，在合同该布局写 tables: several。",
    )


def _needed(sheet: RawSheet, bound: list[Bound], match: Match) -> list[int]:
    """The columns without which a row is no full record: neither filled down nor labels above."""
    down = filled_down(match)
    positions = []
    for b in bound:
        own = [part.position for part in b.parts if part.position < sheet.frame.width]
        if b.spec.required and own and f"c{own[0]}" not in down:
            positions.append(own[0])
    return positions


def _canonical_rows(assembly: Assembly, meta: ExtractMeta) -> pl.DataFrame:
    key = key_texts(assembly.contract, assembly.layout.key, meta, assembly.values, assembly.rows)
    frame = pl.DataFrame([assembly.values[name] for name in assembly.contract.fields]).with_columns(
        _extract_id=pl.lit(meta.extract_id), _sheet=pl.lit(meta.sheet_name), _row=assembly.rows, _key=key
    )
    frame = frame.filter(~pl.col("_row").is_in(assembly.findings.held_rows().implode()))
    return frame.select(
        pl.col(name).cast(dtype) for name, dtype in canonical_schema(assembly.contract).items()
    )


def set_aside_frame(meta: ExtractMeta, aside: pl.DataFrame) -> pl.DataFrame:
    """Rows set aside (``row``, ``reason``, ``text``) with where they come from."""
    return aside.with_columns(
        extract_id=pl.lit(meta.extract_id),
        source=pl.lit(meta.source),
        file_name=pl.lit(meta.file_name),
        sheet_name=pl.lit(meta.sheet_name),
    ).select(pl.col(name).cast(dtype) for name, dtype in SET_ASIDE_SCHEMA.items())


def settle_twice(drafts: Sequence[Draft]) -> None:
    """Between the sheets of one source in one extract: set exact repeats aside, hold contradictions back."""
    if not drafts:
        return
    twice = find_twice(drafts[0].contract, [draft.rows for draft in drafts])
    for position, draft in enumerate(drafts):
        repeats = twice.repeats.filter(pl.col("table") == position)
        clashes = twice.clashes.filter(pl.col("table") == position)
        if repeats.is_empty() and clashes.is_empty():
            continue
        personal = {b.field for b in draft.bound if b.column.as_}
        shown = [name for name in draft.contract.fields if name not in personal]
        again = draft.rows.join(repeats, on="_row", how="semi").select(
            pl.col("_row").alias("row"),
            pl.lit("repeat").alias("reason"),
            pl.concat_str(pl.col(shown).cast(pl.String()), separator=" | ", ignore_nulls=True)
            .str.head(200)
            .alias("text"),
        )
        draft.set_aside = pl.concat([draft.set_aside, set_aside_frame(draft.meta, again)])
        _hold_clashes(draft, clashes)
        gone = pl.concat([repeats["_row"], clashes["_row"]]).implode()
        draft.rows = draft.rows.filter(~pl.col("_row").is_in(gone))


def _hold_clashes(draft: Draft, clashes: pl.DataFrame) -> None:
    names = [name for name in draft.layout.key or draft.contract.key if name in draft.contract.fields]
    keyed = [b for b in draft.bound if b.field in names and b.parts]
    first = keyed[0].place if keyed else Place(None, "")
    place = Place(first.letter, first.header, is_personal=any(b.column.as_ for b in keyed))
    label = "、".join(draft.contract.fields[name].label for name in names)
    hints = {
        key: f"相同的行：第 {others} 行。" for key, others in clashes.select("_key", "others").unique().rows()
    }
    draft.findings.add(
        "key_unique", names[0] if names else "_key", label, place, clashes["_row"], clashes["_key"], hints
    )


def note_table(sheet: RawSheet, meta: ExtractMeta, discretion: Discretion) -> StagedTable:
    """A sheet of explanations beside a table of this discretion: all of its rows set aside."""
    first = sheet.first_row
    rows = pl.Series("row", range(first, first + sheet.frame.height), dtype=pl.Int64)
    aside = pl.DataFrame([rows, row_texts(sheet, rows, set(), discretion.show)]).with_columns(
        reason=pl.lit("note")
    )
    return StagedTable(meta, empty_rows(), empty_findings(), set_aside_frame(meta, aside), sheet.frame.height)


def companion_table(sheet: RawSheet, match: Match, meta: ExtractMeta, areas: AreaResolver) -> StagedTable:
    """A table that enters with the records of another: its own rows are all set aside, and counted."""
    kinds = classify(sheet, match, [])
    show = discretion_of(match.candidate.contract, match.candidate.layout, areas).show
    aside = kinds.with_columns(
        pl.col("reason").fill_null("companion"),
        text=row_texts(sheet, kinds["row"], personal_positions(match), show),
    )
    set_aside = set_aside_frame(meta, aside)
    return StagedTable(meta, empty_rows(), empty_findings(), set_aside, sheet.frame.height, is_companion=True)


def refuse_table(meta: ExtractMeta, rows_read: int, refusal: AnlanError, first_row: int = 1) -> StagedTable:
    """A table turned away. What its rows hold is unknown, so nothing of them is written."""
    refusal = AnlanError(redact_text(refusal.message), redact_text(refusal.remedy))
    rows = pl.DataFrame({"row": pl.Series(range(first_row, first_row + rows_read), dtype=pl.Int64)})
    aside = rows.with_columns(reason=pl.lit("refused"), text=pl.lit(None, pl.String()))
    set_aside = set_aside_frame(meta, aside) if rows_read else empty_set_aside()
    return StagedTable(meta, empty_rows(), empty_findings(), set_aside, rows_read, refusal=refusal)


def empty_rows() -> pl.DataFrame:
    """No row and no column: of a table without a layout nothing is known."""
    return pl.DataFrame()
