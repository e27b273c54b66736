"""Rows of the lake as the command line prints them: labels for analysts, codes for machines."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl

from anlan.contracts import Contract, FieldSpec
from anlan.delimited import csv_text, deliver

if TYPE_CHECKING:
    from rich.console import Console

Format = Literal["csv", "table", "json"]

PROVENANCE_LABELS = {"_key": "记录标识", "file_name": "文件", "_sheet": "表", "_row": "行"}
# More fit no screen; a file takes them all.
_ROWS_SHOWN = 200


def render_rows(
    frame: pl.DataFrame,
    contract: Contract,
    hidden: Collection[str],
    format: Format,
    console: Console,
    to_file: Path | None = None,
) -> None:
    """Print rows of ``KnownLake.rows``, or write them to ``to_file``.

    Table and CSV: Chinese headers, labels for codes, 是/否; the file, sheet and row of each come last; of the
    fields a table has the required ones only. JSON:
    field names and codes, with ``_extract_id``. ``hidden``: fields about a person, which are left
    out.
    """
    if format == "json":
        deliver(frame.drop(hidden).write_json() + "\n", False, console, to_file)
        return
    labelled = _labelled(frame, contract, hidden)
    if format == "table":
        _print_table(labelled, contract, console)
        return
    labels = {name: name for name in labelled.columns}
    deliver(csv_text(labelled.iter_rows(named=True), labels), True, console, to_file)


def _labelled(frame: pl.DataFrame, contract: Contract, hidden: Collection[str]) -> pl.DataFrame:
    columns = []
    for name, spec in contract.fields.items():
        if name in hidden:
            continue
        column = pl.col(name)
        if spec.codes:
            column = column.replace(spec.codes)
        elif spec.type == "boolean":
            column = column.replace_strict({True: "是", False: "否"}, return_dtype=pl.String())
        elif spec.type == "timestamp":
            column = column.dt.strftime("%Y-%m-%d %H:%M:%S")
        columns.append(column.alias(_header(spec)))
    return frame.select(*columns, *(pl.col(name).alias(label) for name, label in PROVENANCE_LABELS.items()))


def _header(spec: FieldSpec) -> str:
    unit = f"（{spec.unit}）" if spec.unit and spec.unit not in spec.label else ""
    return f"{spec.label}{unit}"


def _print_table(frame: pl.DataFrame, contract: Contract, console: Console) -> None:
    from rich.table import Table

    shown = frame.head(_ROWS_SHOWN)
    # A screen takes what a person looks for: the required fields, and where the row stands.
    wanted = {_header(spec) for spec in contract.fields.values() if spec.required}
    filled = [name for name in frame.columns if name in wanted | set(PROVENANCE_LABELS.values())]
    table = Table(title=contract.label, title_justify="left")
    for name in filled:
        table.add_column(
            name, justify="right" if frame.schema[name].is_numeric() else "left", overflow="fold"
        )
    for row in shown.select(filled).iter_rows():
        table.add_row(*("" if value is None else str(value) for value in row))
    console.print(table)
    rest = f"，以上是前 {_ROWS_SHOWN} 行" if shown.height < frame.height else ""
    console.print(
        f"共 {frame.height:,} 行{rest}；以上只列必填的字段，全部字段见 --format csv --output 文件",
        highlight=False,
    )
