"""Cells of a spreadsheet as the texts that a person typed: one at a time, or a column at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

# Digits a spreadsheet program itself keeps and shows; what lies below is noise of binary fractions.
_SIGNIFICANT_DIGITS = 15
_INEXACT = 10.0**_SIGNIFICANT_DIGITS


def cell_text(value: Any) -> str | None:
    """A cell as the person who typed it would write it; None for an empty one.

    Whole numbers have no point, fractions at most 15 significant digits and no exponent; only a number
    too long to be exact has one. Dates are ISO, with a time only if it is not midnight; durations are
    hours:minutes:seconds.
    """
    text: str | None
    match value:
        case "" | None:
            text = None
        case str():
            text = value
        case bool():
            text = "TRUE" if value else "FALSE"
        case int():
            text = str(value)
        case float():
            text = _number_text(value)
        case datetime():
            moment = _whole_second(value)
            text = moment.date().isoformat() if moment.time() == time() else moment.isoformat(" ")
        case date():
            text = value.isoformat()
        case time():
            text = value.replace(microsecond=0).isoformat()
        case timedelta():
            seconds = round(value.total_seconds())
            text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        case _:
            raise TypeError(f"a cell of type {type(value).__name__}")
    return text


def percent_text(value: Any) -> str | None:
    """A cell whose number format is a percent, as it is shown: 0.125 as ``12.5%``, without loss.

    What is no number, or no exact one, is as in ``cell_text``.
    """
    text = cell_text(value)
    if text is None or type(value) not in (int, float) or not _is_plain(text):
        return text
    percents = f"{Decimal(text).scaleb(2):f}"
    return (percents.rstrip("0").rstrip(".") if "." in percents else percents) + "%"


def _is_plain(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdigit()


def _number_text(value: float) -> str:
    if abs(value) >= _INEXACT:
        # The last digits are lost, as of an identity number typed as a number: it must not look whole.
        return f"{value:.{_SIGNIFICANT_DIGITS - 1}E}"
    if value.is_integer():
        return str(int(value))
    text = f"{value:.{_SIGNIFICANT_DIGITS}g}"
    return f"{Decimal(text):f}" if "e" in text else text


def _whole_second(moment: datetime) -> datetime:
    return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)


def text_columns(columns: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """Columns of cells, of equal lengths, as columns ``c0``, ``c1``, … of what ``cell_text`` makes of each,
    but that an empty text stays one.
    """
    raw: dict[str, pl.Series] = {}
    wanted: list[pl.Expr] = []
    for index, values in enumerate(columns):
        name = f"c{index}"
        kinds = set(map(type, values))
        texts = []
        for kind in kinds - {type(None)}:
            own = values if len(kinds) == 1 else [v if type(v) is kind else None for v in values]
            part = f"{name} {kind.__name__}"
            dtype, text_of = _AT_ONCE.get(kind, (pl.String(), _same))
            if kind not in _AT_ONCE:
                known = {value: cell_text(value) for value in set(own)}
                own = [known[value] for value in own]
            raw[part] = pl.Series(part, own, dtype=dtype)
            texts.append(text_of(pl.col(part)))
        if not kinds - {type(None)}:
            raw[name] = pl.Series(name, values, dtype=pl.String())
            texts.append(pl.col(name))
        wanted.append(pl.coalesce(texts).alias(name))
    numbers = [part for part, series in raw.items() if series.dtype == pl.Float64()]
    frame = pl.DataFrame(list(raw.values())).select(
        *wanted, *(pl.when(~_has_text(pl.col(part))).then(pl.col(part)) for part in numbers)
    )
    for part in numbers:
        # The texts of the others are rounded one by one.
        others = frame[part]
        if others.null_count() < len(others):
            name = part.partition(" ")[0]
            places = others.is_not_null().arg_true()
            texts_of_others = [*map(_number_text, others.gather(places).to_list())]
            frame = frame.with_columns(frame[name].scatter(places, texts_of_others))
    return frame.drop(numbers) if numbers else frame


def _same(texts: pl.Expr) -> pl.Expr:
    return texts


def _is_whole(number: pl.Expr) -> pl.Expr:
    return (number.abs() < _INEXACT) & (number == number.floor())


def _has_text(number: pl.Expr) -> pl.Expr:
    """Whether the shortest text that reads back as the number is the one wanted, or it is whole."""
    shortest = number.cast(pl.String())
    is_short = (shortest.str.len_bytes() <= _SIGNIFICANT_DIGITS + 1) & ~shortest.str.contains(
        "e", literal=True
    )
    return _is_whole(number) | (is_short & number.is_finite())


def _number_texts(number: pl.Expr) -> pl.Expr:
    return (
        pl.when(_is_whole(number))
        .then(number.cast(pl.Int64(), strict=False).cast(pl.String()))
        .when(_has_text(number))
        .then(number.cast(pl.String()))
    )


def _moment_texts(moment: pl.Expr) -> pl.Expr:
    second = moment.dt.offset_by("500ms").dt.truncate("1s")
    return (
        pl.when(second == second.dt.truncate("1d"))
        .then(second.dt.date().cast(pl.String()))
        .otherwise(second.dt.strftime("%Y-%m-%d %H:%M:%S"))
    )


# Kinds of values that are turned into texts all at once, each with the type of its column.
_AT_ONCE: dict[type, tuple[pl.DataType, Callable[[pl.Expr], pl.Expr]]] = {
    str: (pl.String(), _same),
    float: (pl.Float64(), _number_texts),
    date: (pl.Date(), lambda day: day.cast(pl.String())),
    datetime: (pl.Datetime("us"), _moment_texts),
}
