"""Do work once per distinct text: columns of records repeat the same few texts many times."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl


def map_unique(texts: pl.Series, dtype: pl.DataType, read: Callable[[str], object]) -> pl.Series:
    """``read`` applied to each text, called once per distinct one; null stays null, None becomes null."""
    distinct = texts.drop_nulls().unique()
    values = pl.Series("value", [read(text) for text in distinct], dtype=dtype)
    table = pl.DataFrame([distinct.alias("text"), values])
    joined = texts.alias("text").to_frame().join(table, on="text", how="left", maintain_order="left")
    return joined["value"]


def first_then(fast: pl.Series, texts: pl.Series, read: Callable[[str], object]) -> pl.Series:
    """``fast`` where it has a value, ``read`` of the text where it has none."""
    left = texts.is_not_null() & fast.is_null()
    if not left.any():
        return fast
    rest = map_unique(texts.set(~left, None), fast.dtype, read)
    return fast.zip_with(~left, rest)
