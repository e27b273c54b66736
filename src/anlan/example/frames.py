"""Canonical frames: exactly the fields of a contract, in its order and types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from anlan.contracts import Contract, field_dtype


def canonical_frame(contract: Contract, columns: Mapping[str, Any]) -> pl.DataFrame:
    """A frame of a contract's fields; fields that are not given are missing throughout.

    ``columns``: sequences of one length, or single values that hold for every row. Decimals are
    given as numbers and rounded to the field's scale. Errors: KeyError for an unknown field.
    """
    if unknown := set(columns) - set(contract.fields):
        raise KeyError(f"{contract.source}: {sorted(unknown)}")
    sequences = (list, np.ndarray, pl.Series)
    sequences = (list, np.ndarray, pl.Series)
    height = max(len(values) for values in columns.values() if isinstance(values, sequences))
    data = []
    for name, spec in contract.fields.items():
        values = columns.get(name)
        if not isinstance(values, sequences):
            series = pl.Series(name, [values], strict=False).new_from_index(0, height)
        elif isinstance(values, np.ndarray) and values.dtype.kind == "U":
            series = pl.Series(name, values.tolist())
        else:
            series = pl.Series(name, values)
        data.append(series.alias(name).cast(field_dtype(spec)))
    return pl.DataFrame(data)
