"""The lake as it was known at a moment: which rows count, by the very rule of the models.

The rule stands once, in macros/latest_by_key.sql. Here it is rendered without dbt and asked of the
Parquet of the lake, read-only, so that a question about any past moment needs no build.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from anlan.contracts import Contract
from anlan.errors import AnlanError
from anlan.project import ROOT

_RULE = ROOT / "macros" / "latest_by_key.sql"
_PERIOD = re.compile(r"([12][0-9]{3})(?:-(0[1-9]|1[0-2]))?")
_LAKE_TABLES = ("ledger", "corrections")


class KnownLake:
    """The rows and extracts of a lake that had been received by ``as_of``, and which of them count."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract], as_of: datetime
    ) -> None:
        """Over views of the lake in ``connection``; see ``open_known``."""
        self.as_of = as_of
        self._connection = connection
        self._contracts = contracts

    def rows(
        self,
        source: str,
        keys: Collection[str] | None = None,
        days: tuple[date, date] | None = None,
    ) -> pl.DataFrame:
        """Rows known of a source: its fields, ``_key``, ``_extract_id``, ``_sheet``, ``_row``, ``file_name``.

        ``keys``: only of these records; ``days``: only of events from the first to the last day.
        """
        contract = self._contracts[source]
        conditions = ["true"]
        given: dict[str, object] = {}
        if keys is not None:
            conditions.append("known._key in (select unnest($keys))")
            given["keys"] = list(keys)
        if days is not None:
            conditions.append(f'cast(known."{contract.event_time}" as date) between $first and $last')
            given |= {"first": days[0], "last": days[1]}
        return self._query(
            f"""
            select known.*, ledger.file_name
            from ({_rule("latest_by_key", source, list(contract.fields))}) as known
            left join lake.ledger as ledger
                on known._extract_id = ledger.extract_id and known._sheet = ledger.sheet_name
                and ledger.source = '{source}'
            where {" and ".join(conditions)}
            order by ledger.file_name, known._sheet, known._row
            """,
            given,
        )

    def withdrawn(self, source: str) -> pl.DataFrame:
        """Rows of a source that later extracts withdrew: where each stood last, and what withdrew it."""
        return self._query(_rule("withdrawn_rows", source))

    def extracts(self, source: str) -> pl.DataFrame:
        """Accepted extracts of a source in the order of their arrival, and which still count.

        Columns: ``extract_id``, ``arrival`` (from 1), ``is_known`` (false: replaced as a whole).
        """
        return self._query(
            f"""
            with {_rule("known_extracts_ctes", source)}
            select extract_id, arrival, extract_id in (select extract_id from known_extracts) as is_known
            from accepted_extracts order by arrival
            """
        )

    def counts(self) -> pl.DataFrame:
        """One row a source that has extracts: ``source``, ``extracts_count``, and its accepted rows.

        ``rows_accepted`` = ``rows_known`` + ``rows_superseded`` (a later row took their place) +
        ``rows_withdrawn``.
        """
        counts = []
        for source in self._contracts:
            extracts = self.extracts(source)
            if extracts.is_empty():
                continue
            known = self._number(f"select count(*) from ({_rule('latest_by_key', source, [])})")
            withdrawn = self._number(f"select count(*) from ({_rule('withdrawn_rows', source)})")
            accepted = self._number(
                "select sum(rows_accepted) from lake.ledger cross join inputs.run_parameters as run "
                f"where source = '{source}' and status = 'accepted' and received_at <= run.as_of_at"
            )
            counts.append(
                {
                    "source": source,
                    "extracts_count": extracts.height,
                    "rows_accepted": accepted,
                    "rows_known": known,
                    "rows_superseded": accepted - known - withdrawn,
                    "rows_withdrawn": withdrawn,
                }
            )
        return pl.DataFrame(counts, schema=_COUNTS)

    def _query(self, query: str, given: Mapping[str, Any] | None = None) -> pl.DataFrame:
        return self._connection.execute(query, dict(given or {})).pl()

    def _number(self, query: str) -> int:
        row = self._connection.execute(query).fetchone()
        return int(row[0] or 0) if row else 0


_COUNTS = {
    "source": pl.String(),
    **dict.fromkeys(
        ("extracts_count", "rows_accepted", "rows_known", "rows_superseded", "rows_withdrawn"), pl.Int64()
    ),
}


@contextmanager
def open_known(
    lake: Path, contracts: Mapping[str, Contract], as_of: datetime | None = None
) -> Iterator[KnownLake]:
    """The lake as known at ``as_of``, by default with all that was received.

    Errors: AnlanError for a lake that does not exist.
    """
    if not (lake / "ledger").is_dir():
        raise AnlanError("还没有已入库的数据", "把报表放入 inbox，再运行 anlan load。")
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        for schema in ("lake", "inputs"):
            connection.execute(f"create schema {schema}")
        for table in _LAKE_TABLES:
            _view(connection, table, lake / table)
        for source in contracts:
            _view(connection, source, lake / "accepted" / source)
        moment = as_of or datetime.max.replace(microsecond=0)
        connection.execute(
            "create table inputs.run_parameters as select cast(? as timestamp) as as_of_at", [moment]
        )
        yield KnownLake(connection, contracts, moment)


def days_of(period: str) -> tuple[date, date]:
    """First and last day of a year (2019) or a month (2020-03). Errors: AnlanError."""
    match = _PERIOD.fullmatch(period)
    if match is None:
        raise AnlanError(f"期别 {period!r} 不是年份或月份", "写作 2019 或 2020-03。")
    year, month = int(match[1]), int(match[2] or 0)
    last = month or 12
    return date(year, month or 1, 1), date(year, last, monthrange(year, last)[1])


def _view(connection: duckdb.DuckDBPyConnection, name: str, folder: Path) -> None:
    files = sorted(str(file) for file in folder.glob("*.parquet"))
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    connection.execute(
        f"create view lake.{name} as select * from "
        f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
    )


def _rule(macro: str, *arguments: object) -> str:
    """The SQL that a macro of the models' rule gives on DuckDB."""
    return str(getattr(_module(), macro)(*arguments))


@cache
def _module() -> Any:
    """The macros of the rule, with stand-ins for what dbt gives them."""
    from jinja2 import Environment

    class Macros:
        def __getattr__(self, name: str) -> Any:
            return getattr(module, name)

        def dispatch(self, name: str, package: str) -> Any:
            return getattr(module, f"duckdb__{name}")

    stand_ins: dict[str, Any] = {
        "anlan": Macros(),
        "adapter": Macros(),
        "return": lambda value: value,
        "source": lambda schema, table: f"{schema}.{table}",
    }
    template = Environment(autoescape=False).from_string(_RULE.read_text(encoding="utf-8"), globals=stand_ins)
    module = template.module
    return module
