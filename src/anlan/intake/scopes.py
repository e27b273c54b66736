"""Which data rows a total row is the total of: all of them, or its block."""

from __future__ import annotations

import re
from bisect import bisect_left

import polars as pl

# Which total stands above which: a block reaches to the next total of its own level or a higher one.
_PART, _PLACE, _WHOLE = 1, 2, 3
_PART_WORD = "小计"
_PART_PREFIX = re.compile(r"sub-?", re.IGNORECASE)
_WHOLE_PREFIX = re.compile(
    r"(全(国|省|市|县|区|州|镇|乡|部|年|系统)|各(省|市|县|区|地|部门|单位)*|本表|总|grand|overall)?",
    re.IGNORECASE,
)

# First position of data rows, and the one after the last.
Range = tuple[int, int]


def total_level(prefix: str, word: str) -> int:
    """The level of a total that is called ``prefix`` and ``word`` (杭州市, 小计)."""
    if word == _PART_WORD or _PART_PREFIX.fullmatch(prefix):
        return _PART
    return _WHOLE if _WHOLE_PREFIX.fullmatch(prefix) else _PLACE


def total_scopes(rows: list[int], levels: list[int], data: pl.Series) -> list[list[Range]]:
    """For each total row the data rows it may be the total of, the likeliest first.

    ``rows``, ``levels``: positions in the sheet of totals, and their levels; ``data``: those of data rows.
    A total without a place is of all rows; where several stand in a table, each may be of its block. A
    total of a place is of its block, or of all rows if it is the only candidate for that.
    """
    everything = (0, data.len())
    wholes = [row for row, level in zip(rows, levels, strict=True) if level == _WHOLE]
    below = [row for row, level in zip(rows, levels, strict=True) if level < _WHOLE]
    at_least = {
        level: [row for row, own in zip(rows, levels, strict=True) if own >= level]
        for level in (_PART, _PLACE, _WHOLE)
    }
    blocks_of = {_WHOLE: _directions(wholes, data)} | dict.fromkeys((_PART, _PLACE), _directions(below, data))
    scopes = []
    for row, level in zip(rows, levels, strict=True):
        blocks = [_block(row, at_least[level], data, is_above) for is_above in blocks_of[level]]
        if level == _WHOLE:
            found = [everything, *(blocks if len(wholes) > 1 else [])]
        else:
            found = [*blocks, *([everything] if level == _PLACE and not wholes else [])]
        scopes.append(list(dict.fromkeys(found)))
    return scopes


def _directions(rows: list[int], data: pl.Series) -> list[bool]:
    """Whether totals stand above their blocks: they do if one is the first row of the body.

    Where another is the last row, one of their blocks is empty, and either may be so.
    """
    if not rows or data.is_empty():
        return [False]
    leads, ends = rows[0] < data[0], rows[-1] > data[-1]
    return [False, True] if leads and ends else [leads]


def _block(row: int, bounds: list[int], data: pl.Series, is_above: bool) -> Range:
    at = bisect_left(bounds, row)
    if is_above:
        end = bounds[at + 1] if at + 1 < len(bounds) else None
        return _position(data, row), data.len() if end is None else _position(data, end)
    return 0 if at == 0 else _position(data, bounds[at - 1]), _position(data, row)


def _position(data: pl.Series, row: int) -> int:
    return int(data.search_sorted(row))
