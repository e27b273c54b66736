"""Drawing numbers that look random and add up exactly."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Dates = NDArray[np.datetime64]
Values = Sequence[Any] | NDArray[Any] | pl.Series


def generator(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for each purpose, so that a change to one leaves the others as they are."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def apportion(total: int, weights: Sequence[float] | Floats) -> Integers:
    """Share ``total`` in proportion to ``weights`` by largest remainder: whole parts that add up to it."""
    share = np.asarray(weights, dtype=np.float64)
    exact = total * share / share.sum()
    parts: Integers = np.floor(exact).astype(np.int64)
    largest = np.argsort(parts - exact, kind="stable")[: total - int(parts.sum())]
    parts[largest] += 1
    return parts


def apportion_at_least(total: int, weights: Sequence[float] | Floats, least: int) -> Integers:
    """As ``apportion``, with no part below ``least``."""
    return apportion(total - least * len(weights), weights) + least


def pick(rng: np.random.Generator, weights: Mapping[str, float], count: int) -> NDArray[np.str_]:
    """``count`` keys of ``weights``, drawn in proportion."""
    share = np.array(list(weights.values()), dtype=np.float64)
    drawn = rng.choice(len(share), size=count, p=share / share.sum())
    return np.array(list(weights), dtype=np.str_)[drawn]


def in_proportion(rng: np.random.Generator, weights: Mapping[str, float], count: int) -> NDArray[np.str_]:
    """``count`` keys in exact proportion (largest remainder), in random order."""
    keys = np.repeat(np.array(list(weights), dtype=np.str_), apportion(count, list(weights.values())))
    return rng.permutation(keys)


def months(first: tuple[int, int], last: tuple[int, int]) -> list[tuple[int, int]]:
    """Year and month from ``first`` to ``last``, both included."""
    numbers = range(first[0] * 12 + first[1] - 1, last[0] * 12 + last[1])
    return [(number // 12, number % 12 + 1) for number in numbers]


def month_days(year: int, month: int) -> int:
    """Number of days of a month."""
    return (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days


def days_in_months(
    rng: np.random.Generator, periods: Sequence[tuple[int, int]], counts: Sequence[int] | Integers
) -> Dates:
    """A day within each month, ``counts`` times, in order of time."""
    days = [
        np.datetime64(date(year, month, 1)) + rng.integers(0, month_days(year, month), int(count))
        for (year, month), count in zip(periods, counts, strict=True)
    ]
    ordered: Dates = np.sort(np.concatenate(days)).astype("datetime64[D]")
    return ordered


def at_times(rng: np.random.Generator, days: Dates, hour_weights: Sequence[float]) -> Dates:
    """Each day with a time to the minute; hours drawn by 24 ``hour_weights``."""
    share = np.array(hour_weights, dtype=np.float64)
    hours = rng.choice(24, size=len(days), p=share / share.sum())
    minutes = hours * 60 + rng.integers(0, 60, len(days))
    moments: Dates = days.astype("datetime64[us]") + minutes.astype("timedelta64[m]")
    return moments


def after(moments: Dates, minutes: Integers | Floats) -> Dates:
    """Each moment plus a number of whole minutes."""
    later: Dates = moments + np.asarray(minutes).astype(np.int64).astype("timedelta64[m]")
    return later


def plain(values: Values) -> list[Any]:
    """The values as a list of Python objects."""
    if isinstance(values, np.ndarray):
        return list(values.astype(object) if values.dtype.kind == "M" else values.tolist())
    return values.to_list() if isinstance(values, pl.Series) else list(values)


def keep(values: Values, is_known: NDArray[np.bool_]) -> list[Any]:
    """The values where ``is_known``, missing elsewhere: not reported is not zero."""
    return [value if known else None for value, known in zip(plain(values), is_known.tolist(), strict=True)]


def blank(rng: np.random.Generator, values: Values, share: float) -> list[Any]:
    """The values with about ``share`` of them missing."""
    return keep(values, rng.random(len(values)) >= share)


def blank_zeros(rng: np.random.Generator, values: Integers, share: float) -> list[int | None]:
    """The numbers with about ``share`` of the zeros missing: some offices write 0, some nothing."""
    return keep(values, (values != 0) | (rng.random(len(values)) >= share))
