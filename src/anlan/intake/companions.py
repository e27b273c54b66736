"""Tables beside a layout's own that carry part of its records, as casualties do of accidents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import polars as pl

from anlan.contracts import Column, CompanionLayout
from anlan.errors import AnlanError
from anlan.intake.assembly import prepare_cells
from anlan.intake.cast import plain_code
from anlan.intake.findings import Findings, Place
from anlan.intake.header import HeaderCell, header_name
from anlan.intake.layouts import Found, Match
from anlan.intake.numbers import DecimalMark, cast_decimal
from anlan.intake.raw import RawSheet
from anlan.intake.rows import classify
from anlan.intake.unique import map_unique

_SEPARATOR = "\x1f"
_SCALE = 6


@dataclass(frozen=True)
class CompanionTable:
    """One table that follows a companion of a layout. ``where``: its file and sheet as messages name them."""

    layout: CompanionLayout
    where: str
    sheet: RawSheet
    match: Match

    def rows(self) -> tuple[pl.DataFrame, pl.Series]:
        """Its data rows, ``c0``… with "no value" texts null and ``_key``, and their numbers from 1."""
        kinds = classify(self.sheet, self.match, [])
        is_data = kinds["reason"].is_null()
        cells = prepare_cells(self.sheet.frame.filter(is_data), self.match)
        return cells.with_columns(_key=_keys(cells, self.match, self.layout.companion.key)), kinds[
            "row"
        ].filter(is_data)


def add_companions(
    cells: pl.DataFrame,
    match: Match,
    tables: Sequence[CompanionTable],
    where: str,
    findings: Findings,
    others: pl.DataFrame,
) -> tuple[pl.DataFrame, Match]:
    """Data rows with one more column for each column of the layout that a companion carries.

    ``cells``: text columns as ``prepare_cells`` gives them; ``others``: rows of the table that are no
    records of the source. A row of a companion that belongs to none of either is a warning.
    Errors: AnlanError when a companion is not there.
    """
    layout = match.candidate.layout
    found = dict(match.found)
    for own in layout.companion_layouts:
        mine = [table for table in tables if table.layout.id == own.id]
        if not mine:
            raise AnlanError(
                f"{where}：找不到附表（{'、'.join(own.files)}），"
                f"{'、'.join(c.field for c in layout.columns if c.of == own.companion.id)} 无从得出",
                "把附表放在同一文件夹（或同一压缩包、同一工作簿）中一起载入。",
            )
        keys = _keys(cells, match, own.companion.matches)
        known = pl.concat([keys, _keys(others, match, own.companion.matches)])
        parts = []
        for table in mine:
            rows, numbers = table.rows()
            _report_orphans(table, rows["_key"], numbers, known, findings)
            parts.append((table, rows))
        for column in layout.columns:
            if column.of != own.companion.id:
                continue
            texts = pl.concat([_texts(table, rows, column) for table, rows in parts])
            combined = _combine(texts, column, own.decimal_mark)
            name = f"c{cells.width}"
            joined = (
                keys.alias("_key").to_frame().join(combined, on="_key", how="left", maintain_order="left")
            )
            value = joined["value"].fill_null("0") if column.combine == "count" else joined["value"]
            title = f"{mine[0].sheet.name}：{column.from_[0] if column.from_ else '行数'}"
            found[column.companion_header] = Found(
                HeaderCell(cells.width, "", title, header_name(column.from_[0] if column.from_ else title)),
                is_exact=True,
            )
            cells = cells.with_columns(value.alias(name))
    return cells, replace(match, found=found)


def _keys(cells: pl.DataFrame, match: Match, headers: Iterable[str]) -> pl.Series:
    """The texts under ``headers`` as one; null where one is blank."""
    columns = [pl.col(f"c{match.found[header].cell.index}") for header in headers]
    return cells.select(pl.concat_str(columns, separator=_SEPARATOR)).to_series()


def _texts(table: CompanionTable, rows: pl.DataFrame, column: Column) -> pl.DataFrame:
    """``_key`` and ``text`` of the rows of a companion that ``where`` takes."""
    for header, texts in column.where.items():
        cell = rows[f"c{table.match.found[header].cell.index}"].fill_null("")
        wanted = [plain_code(text) for text in texts]
        rows = rows.filter(map_unique(cell, pl.String(), plain_code).is_in(wanted))
    text = (
        pl.col(f"c{table.match.found[column.from_[0]].cell.index}")
        if column.from_
        else pl.lit(None, pl.String())
    )
    taken = rows.select("_key", text.alias("text")).filter(pl.col("_key").is_not_null())
    # What is translated before it is added up: kinds of faults into the points they cost.
    known = {plain_code(text): value for text, value in column.values.items()}
    translated = map_unique(taken["text"], pl.String(), lambda text: known.get(plain_code(text), text))
    return taken.with_columns(text=translated)


def _combine(texts: pl.DataFrame, column: Column, mark: DecimalMark) -> pl.DataFrame:
    """``_key`` and ``value``: one text per record. What cannot be added up stands for the sum, to be seen."""
    group = texts.group_by("_key", maintain_order=True)
    if column.combine == "count":
        return group.agg(pl.len().cast(pl.String()).alias("value"))
    if column.combine == "first":
        return group.agg(pl.col("text").drop_nulls().first().alias("value"))
    if column.combine == "join":
        return group.agg(pl.col("text").drop_nulls().str.join(" ").alias("value"))
    number = cast_decimal(texts["text"], _SCALE, None, Fraction(1), mark)
    summed = (
        texts.with_columns(number=number)
        .group_by("_key", maintain_order=True)
        .agg(
            pl.col("number").sum().alias("total"),
            pl.col("number").is_not_null().any().alias("has_number"),
            pl.col("text").filter(pl.col("number").is_null()).drop_nulls().first().alias("bad"),
            pl.col("text").is_null().any().alias("has_blank"),
        )
    )
    total = map_unique(summed["total"].cast(pl.String()), pl.String(), _plain)
    # A sum with a blank in it is not the sum.
    is_sum = summed["has_number"] & ~summed["has_blank"]
    value = summed["bad"].zip_with(summed["bad"].is_not_null(), total.set(~is_sum, None))
    return summed.select("_key", value.alias("value"))


def _plain(text: str) -> str:
    number = Decimal(text)
    return (
        str(number.quantize(Decimal(1)))
        if number == number.to_integral()
        else format(number.normalize(), "f")
    )


def _report_orphans(
    table: CompanionTable, keys: pl.Series, numbers: pl.Series, known: pl.Series, findings: Findings
) -> None:
    orphan = ~keys.is_in(known.drop_nulls().unique().implode()).fill_null(False)
    header = table.match.found[table.layout.companion.key[0]].cell
    findings.add(
        "companion_row_matched",
        "_key",
        header.text,
        Place(header.letter, f"{table.sheet.name}：{header.text}"),
        numbers.filter(orphan),
        keys.filter(orphan).str.replace_all(_SEPARATOR, " ", literal=True),
    )
