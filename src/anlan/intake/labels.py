"""Labels that stand alone in a row, above the rows they count for (杭州市, then its counties)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import polars as pl

from anlan.contracts import Layout, normalise_header
from anlan.intake.header import HeaderCell, header_name
from anlan.intake.layouts import Found, Match
from anlan.intake.raw import RawSheet


@dataclass(frozen=True)
class Labels:
    """Where labels stand in a sheet, and what they say of the rows below.

    ``rows``: for each row of the sheet whether it is a label; ``columns``: header -> for each row the label
    that counts for it.
    """

    rows: pl.Series
    columns: dict[str, pl.Series]


def find_labels(sheet: RawSheet, match: Match) -> Labels:
    """The labels of the layout's blocks, in titles above the header and in rows below it.

    A label counts until the next one of its block, or of a block named before it: of the counties of one
    city none is left when the next city begins.
    """
    layout = match.candidate.layout
    nothing = pl.Series([None], dtype=pl.String()).new_from_index(0, sheet.frame.height)
    rows = nothing.is_not_null()
    columns: dict[str, pl.Series] = {}
    if not layout.blocks:
        return Labels(rows, columns)
    lone = _lone_texts(sheet, match)
    # 合计 alone is a total of whatever stands above, and a note is nobody's name.
    lone = lone.set(lone.is_in(_no_names(lone, layout)).fill_null(False), None)
    outer = rows
    for block in layout.blocks:
        pattern = re.compile(block.pattern)
        found = {text: pattern.fullmatch(text) for text in lone.drop_nulls().unique()}
        labels = {text: hit["label"] for text, hit in found.items() if hit and hit["label"]}
        said = lone.replace_strict(labels, default=None, return_dtype=pl.String())
        here = said.is_not_null()
        rows = rows | here
        stretch = (outer | here).cast(pl.Int64()).cum_sum()
        columns[block.header] = (
            pl.DataFrame({"said": said, "stretch": stretch})
            .select(pl.col("said").forward_fill().over("stretch"))
            .to_series()
        )
        outer = outer | here
    return Labels(rows, columns)


def _lone_texts(sheet: RawSheet, match: Match) -> pl.Series:
    """The only text of each row outside the header; null where there is none, or another beside it."""
    facts = sheet.frame.select(
        pl.sum_horizontal(pl.all().is_not_null()).alias("count"), pl.coalesce(pl.all()).alias("text")
    )
    position = pl.int_range(pl.len())
    is_header = position.is_between(match.first_row, match.body_row, closed="left")
    return facts.select(pl.when((pl.col("count") == 1) & ~is_header).then(pl.col("text"))).to_series()


def _no_names(texts: pl.Series, layout: Layout) -> list[str]:
    totals = {normalise_header(word) for word in layout.totals}
    notes = tuple(normalise_header(word) for word in layout.notes)
    return [
        text
        for text in texts.drop_nulls().unique()
        if (plain := normalise_header(text)).rstrip(":") in totals or (notes and plain.startswith(notes))
    ]


def with_labels(sheet: RawSheet, match: Match, labels: Labels) -> tuple[pl.DataFrame, Match]:
    """The cells of the sheet with a further column for each block, and the match that knows of them."""
    found = dict(match.found)
    frame = sheet.frame
    for header, column in labels.columns.items():
        cell = HeaderCell(frame.width, "", header, header_name(header))
        found[header] = Found(cell, is_exact=True)
        frame = frame.with_columns(column.alias(f"c{frame.width}"))
    return frame, replace(match, found=found)
