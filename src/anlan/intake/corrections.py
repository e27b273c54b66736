"""The correction ledger: known repairs of single cells, written by the office beside the extracts.

A file of the inbox that ends in .yml or .yaml lists them. An entry names one cell of an extract that
was loaded, what stands there and what should. This module reads such files and makes, of the sheet as
it lies in the original file, the corrected rows; whether they may enter is decided by the gate.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from anlan.contracts import ControlTotals, normalise_header
from anlan.errors import AnlanError
from anlan.intake.areas import AreaResolver
from anlan.intake.assembly import filled_down
from anlan.intake.companions import CompanionTable
from anlan.intake.discreet import discretion_of
from anlan.intake.header import HeaderCell
from anlan.intake.layouts import Match
from anlan.intake.original import Original
from anlan.intake.raw import RawSheet
from anlan.intake.rows import personal_positions
from anlan.intake.staged import HELD_NOTHING, SET_ASIDE_REASONS, ExtractMeta, StagedTable
from anlan.intake.table import Draft, build_table
from anlan.intake.times import read_moment
from anlan.privacy.pseudonyms import Pseudonyms
from anlan.privacy.redact import redact_text

ENDINGS = (".yml", ".yaml")
_LARGEST_FILE = 4_000_000
_KEYS = "file、sheet、row、column、expect、value、reason、reporter"


def is_correction_file(path: Path) -> bool:
    """Whether a file of the inbox is a list of corrections: no extract of a source ends so."""
    return path.suffix.lower() in ENDINGS


def _moment(value: object) -> object:
    moment = read_moment(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime):
        raise ValueError("not a date")
    # A day alone means all of it: what was received on that day was known when it was decided.
    return datetime.combine(moment, time(23, 59, 59)) if moment.time() == time() else moment


_Text = Annotated[str, Field(min_length=1)]


class Entry(BaseModel):
    """One repair. ``expect`` and ``value`` are texts as the cell shows them, "" for a blank one.

    ``file``: path below the inbox as the load ledger names it, or the extract's sha256; ``column``: header
    or letter; ``row``: as a spreadsheet numbers it; ``reporter``: the unit or office that answers for it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    file: _Text
    sheet: _Text
    row: int = Field(ge=1)
    column: _Text
    expect: str
    value: str
    reason: _Text
    reporter: _Text


class CorrectionFile(BaseModel):
    """A file of corrections. ``decided_on``: since when they hold, where the manifest does not say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decided_on: Annotated[datetime | None, BeforeValidator(_moment)] = None
    corrections: list[Entry] = Field(min_length=1)


class _Loader(yaml.BaseLoader):
    """Every scalar stays the text that was written: 007, 1.50 and 2019-03-05 are no numbers or dates."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "同一键写了两次", node.start_mark)
        return mapping


def read_corrections(original: Original) -> CorrectionFile:
    """Read a file of corrections.

    Errors: AnlanError naming the entry, counted from 1, and the key; values are not repeated.
    """
    remedy = f"顶层写 corrections:，每条写全 {_KEYS}；写法见 docs/corrections.md。"
    with original.open() as stream:
        content = stream.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise AnlanError(f"{original.name}：更正文件过大", "分成几个文件。")
    try:
        document = yaml.load(content.decode("utf-8-sig"), Loader=_Loader)
    except UnicodeDecodeError:
        raise AnlanError(f"{original.name}：不是 UTF-8 编码", "另存为 UTF-8 编码。") from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"第 {mark.line + 1} 行附近" if mark else ""
        said = getattr(error, "problem", None)
        reason = said if said == "同一键写了两次" else "不合 YAML 写法"
        raise AnlanError(
            f"{original.name}：{place}{reason}", "检查缩进、冒号后的空格和引号；" + remedy
        ) from None
    try:
        return CorrectionFile.model_validate(document)
    except ValidationError as error:
        problems = list(dict.fromkeys(_problem(e["loc"], e["type"]) for e in error.errors()))
        raise AnlanError(f"{original.name}：{'；'.join(problems[:10])}", remedy) from None


def _problem(location: tuple[int | str, ...], kind: str) -> str:
    """What is wrong at a place of the file, in Chinese and without the value."""
    number = next((f"第 {part + 1} 条" for part in location if isinstance(part, int)), "")
    key = next((str(part) for part in reversed(location) if isinstance(part, str)), "")
    if not location or kind in ("model_type", "dict_type"):
        return f"{number or '文件'}不是“键: 值”的写法"
    said = {
        "missing": f"缺少 {key}",
        "extra_forbidden": f"有不认识的键 {key}",
        "string_too_short": f"{key} 不能为空",
        "too_short": f"{key} 没有任何一条",
        "list_type": f"{key} 应为列表，每条以 - 开头",
        "string_type": f"{key} 应为文字",
        "int_parsing": f"{key} 应为行号",
        "greater_than_equal": f"{key} 应为行号，从 1 起",
        "value_error": f"{key} 应为日期，如 2020-04-10",
    }.get(kind, f"{key} 不合要求")
    return f"{number}{' ' if number and said.startswith(key) else ''}{said}"


def decided_at(file: CorrectionFile, now: datetime) -> datetime | None:
    """Since when the corrections of a file hold, by the file itself. Errors: AnlanError for a day to come."""
    if file.decided_on is None or file.decided_on <= now:
        return file.decided_on
    if file.decided_on.date() == now.date():
        return now
    raise AnlanError(f"decided_on {file.decided_on:%Y-%m-%d} 尚未到来", "写作出更正决定的日期。")


def correction_id(file_id: str, original_id: str) -> str:
    """Identity of what one file of corrections says about one extract: both by their sha256."""
    return hashlib.sha256(f"{file_id} {original_id}".encode()).hexdigest()


@dataclass(frozen=True)
class Change:
    """One cell of a sheet and the text it gets; ``number``: of the entry in its file, from 1.

    ``expect``: what stood there, as it may be shown.
    """

    number: int
    cell: HeaderCell
    fields: tuple[str, ...]
    row: int
    expect: str
    value: str


class EntryError(Exception):
    """An entry that matches no cell; the message says why, for people."""


class CorrectedSheet:
    """A sheet of an original file while its cells are corrected.

    ``aside``: reasons of its rows that are not data, by number, which cannot be corrected. ``hidden``: fields
    about a person, whose values are not shown and not written down.
    """

    def __init__(
        self,
        sheet: RawSheet,
        match: Match,
        meta: ExtractMeta,
        aside: Mapping[int, str],
        hidden: Iterable[str],
        areas: AreaResolver,
    ) -> None:
        """The sheet as it lies in the file."""
        self.meta = meta
        self.changes: list[Change] = []
        self._sheet = sheet
        self._match = match
        self._aside = aside
        self._areas = areas
        candidate = match.candidate
        self._show = discretion_of(candidate.contract, candidate.layout, areas).show
        self._fields: dict[int, list[str]] = {}
        for column in candidate.layout.columns:
            for text in column.headers:
                if text in match.found:
                    self._fields.setdefault(match.found[text].cell.index, []).append(column.field)
        self._personal = personal_positions(match) | {
            index for index, fields in self._fields.items() if set(fields) & set(hidden)
        }
        self._frame = sheet.frame

    def again(self, row: int, letter: str, value: str) -> None:
        """Put the text of a correction that was applied before into its cell."""
        index = next(cell.index for cell in self._match.cells if cell is not None and cell.letter == letter)
        self._put(row, index, value)

    def change(self, number: int, entry: Entry) -> None:
        """Put the text of an entry into its cell. Errors: EntryError when it is not as expected."""
        cell = self._cell(entry.column)
        if cell.index in self._personal:
            raise EntryError(f"“{cell.text}”列涉及个人信息，不能在更正文件中写出；请报送单位改好后重报")
        fields = self._fields.get(cell.index)
        if not fields:
            raise EntryError(f"“{cell.text}”列不入库，不需要更正")
        if f"c{cell.index}" in filled_down(self._match):
            raise EntryError(f"“{cell.text}”列的格管到下面的行，不能逐格更正；请报送单位改好后重报")
        if not self._sheet.first_row <= entry.row <= self._last_row:
            raise EntryError(f"没有这一行，表到第 {self._last_row} 行为止")
        if entry.row in self._aside:
            reason = SET_ASIDE_REASONS[self._aside[entry.row]]
            raise EntryError(f"该行不是数据行（{reason}），没有可更正的")
        if self._show(entry.value) != entry.value:
            raise EntryError("value 像是姓名、证件号码、电话等个人信息，不能写在更正文件中")
        if any((c.row, c.cell.index) == (entry.row, cell.index) for c in self.changes):
            raise EntryError("同一格更正了两次")
        stands = self._text(entry.row, cell.index)
        if stands != entry.expect:
            shown = f"“{self._show(stands)}”" if stands else "空"
            raise EntryError(f"原值应为“{self._show(entry.expect)}”，而该格现为{shown}")
        self._put(entry.row, cell.index, entry.value)
        self.changes.append(
            Change(number, cell, tuple(fields), entry.row, self._show(entry.expect), entry.value)
        )

    @property
    def _last_row(self) -> int:
        return self._sheet.first_row + self._sheet.frame.height - 1

    def _text(self, row: int, index: int) -> str:
        return self._frame[f"c{index}"][row - self._sheet.first_row] or ""

    def is_done(self, entry: Entry) -> bool:
        """Whether the cell of an entry holds its value already. Errors: EntryError for an unknown column."""
        index = self._cell(entry.column).index
        is_there = self._sheet.first_row <= entry.row <= self._last_row
        return is_there and self._text(entry.row, index) == entry.value

    def _cell(self, column: str) -> HeaderCell:
        cells = [cell for cell in self._match.cells if cell is not None]
        named = [cell for cell in cells if cell.name.full == normalise_header(column)]
        if len(named) > 1:
            raise EntryError(f"表头“{column}”有 {len(named)} 列，请改写列标（如 {named[0].letter}）")
        named = named or [cell for cell in cells if cell.letter == column]
        if not named:
            raise EntryError(f"没有“{redact_text(column)}”列；现有：{'、'.join(cell.text for cell in cells)}")
        return named[0]

    def _put(self, row: int, index: int, value: str) -> None:
        name = f"c{index}"
        texts = self._frame[name].scatter(row - self._sheet.first_row, value or None)
        self._frame = self._frame.with_columns(texts.alias(name))

    def build(self, pseudonyms: Pseudonyms, companions: Sequence[CompanionTable]) -> Draft:
        """The whole sheet read by its layout, as if it had been written so; only changed rows are of use.

        Labels, totals and repeats mean what they mean in the file. Printed totals are those of the cells
        before, and are not compared. Errors: AnlanError as ``build_table``.
        """
        candidate = self._match.candidate
        unchecked = candidate.layout.model_copy(
            update={"control_totals": ControlTotals(on_difference="ignore")}
        )
        match = replace(self._match, candidate=replace(candidate, layout=unchecked))
        sheet = replace(self._sheet, frame=self._frame)
        return build_table(sheet, match, self.meta, self._areas, pseudonyms, companions)


def corrected_table(draft: Draft, rows: Sequence[int], meta: ExtractMeta) -> StagedTable:
    """Of a table read anew those ``rows``, as rows of the correction that ``meta`` describes.

    Keys stay those of the original, so that the corrected row takes the place of the one it repairs. No
    period: a few rows say nothing of a month. Errors: EntryError for a row that is no data any more.
    """
    aside = draft.set_aside.filter(pl.col("row").is_in(list(rows)))
    if aside.height:
        raise EntryError(f"更正后第 {aside['row'][0]} 行不再是数据行，或与另一行完全相同")
    # What is only pointed out was said of the original, and some of it is of rows of a companion.
    is_of_rows = pl.col("row").is_in(list(rows)) & (pl.col("held") != HELD_NOTHING)
    return StagedTable(
        meta=meta,
        rows=draft.rows.filter(pl.col("_row").is_in(list(rows))).with_columns(
            _extract_id=pl.lit(meta.extract_id)
        ),
        findings=draft.findings.frame()
        .filter(is_of_rows)
        .with_columns(extract_id=pl.lit(meta.extract_id), file_name=pl.lit(meta.file_name)),
        set_aside=aside,
        rows_read=len(rows),
        headers={b.field: (b.place.letter, b.place.header) for b in draft.bound if b.parts},
    )


def same_name(name: str, other: str) -> bool:
    """Whether two paths below the inbox are one, however the system composes its letters."""
    return unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", other)
