"""Rows that stand twice in one extract: exact repeats are set aside, contradictions are held back."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import polars as pl

from anlan.contracts import Contract
from anlan.intake.staged import ExtractMeta
from anlan.intake.unique import map_unique

_KEY_SEPARATOR = "|"
_EXTRACT_ID_LENGTH = 16
ROW_KEY = "_row"


def key_texts(
    contract: Contract,
    key: list[str] | None,
    meta: ExtractMeta,
    values: dict[str, pl.Series],
    rows: pl.Series,
) -> pl.Series:
    """``_key`` of each row: its key fields as half-width text, joined; or the row's place in its file."""
    names = key or contract.key
    if ROW_KEY in names:
        lead = f"{meta.extract_id[:_EXTRACT_ID_LENGTH]}#{meta.sheet_name}#"
        return (lead + rows.cast(pl.String())).alias("_key")
    parts = []
    for name in names:
        text = values[name].cast(pl.String()).fill_null("")
        if contract.fields[name].type == "text":
            is_wide = text.str.contains(r"[^\x00-\x7F]")
            narrow = map_unique(text.filter(is_wide), pl.String(), lambda t: unicodedata.normalize("NFKC", t))
            text = text.scatter(is_wide.arg_true(), narrow)
        parts.append(text.alias(name))
    return (
        pl.DataFrame(parts)
        .select(pl.concat_str(pl.all(), separator=_KEY_SEPARATOR))
        .to_series()
        .alias("_key")
    )


def is_first(cells: pl.DataFrame) -> pl.Series:
    """Whether no row before is equal in every cell."""
    # Rows of equal hash are few; only they are compared in full.
    doubled = cells.hash_rows().is_duplicated()
    firsts = cells.filter(doubled).select(pl.struct(pl.all()).is_first_distinct()).to_series()
    return (~doubled).scatter(doubled.arg_true(), firsts)


@dataclass(frozen=True)
class Twice:
    """Places in the tables of one extract, each (position of the table, row number).

    ``repeats``: rows whose content stands elsewhere before. ``clashes``: rows whose key stands elsewhere
    with other content, and the rows it stands in.
    """

    repeats: pl.DataFrame
    clashes: pl.DataFrame


def find_twice(contract: Contract, tables: list[pl.DataFrame]) -> Twice:
    """Look for equal keys among all tables of one source in one extract.

    Columns of both results: ``table``, ``_row``, ``_key``; of clashes also ``others`` (text: the places).
    """
    place = ["table", "_row", "_key"]
    keys = pl.concat(
        [t.select(pl.lit(i, dtype=pl.Int64).alias("table"), "_row", "_key") for i, t in enumerate(tables)]
    )
    doubled = keys.filter(pl.col("_key").is_duplicated())
    fields = list(contract.fields)
    if doubled.is_empty():
        return Twice(doubled.select(place), doubled.select(place).with_columns(others=pl.lit("")))
    content = pl.concat(
        [
            t.filter(pl.col("_key").is_in(doubled["_key"].unique().implode()))
            .select(*fields, "_row", "_key")
            .with_columns(table=pl.lit(i, dtype=pl.Int64))
            for i, t in enumerate(tables)
        ]
    )
    firsts = content.unique(subset=fields, keep="first", maintain_order=True)
    repeats = content.join(firsts, on=["table", "_row"], how="anti")
    clashes = firsts.filter(pl.col("_key").is_duplicated())
    others = clashes.group_by("_key").agg(
        pl.col("_row").sort().cast(pl.String()).head(5).str.join("、").alias("others")
    )
    return Twice(
        repeats.select(place),
        clashes.select(place).join(others, on="_key", how="left", maintain_order="left"),
    )
