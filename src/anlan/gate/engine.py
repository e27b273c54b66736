"""Great Expectations on DuckDB: how many rows of a table break each rule of a suite.

Great Expectations has no DuckDB engine, and its SQL engine closes the connection before the rows of
an in-process database are fetched. The subclasses here keep one open, so that the rules run where the
staged rows already lie. Importing this module takes seconds: do it late, once a run.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import duckdb
import great_expectations as gx
import sqlalchemy as sa
from duckdb_sqlalchemy import ConnectionWrapper
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_partial, metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from sqlalchemy.pool import StaticPool

from anlan.errors import AnlanError
from anlan.gate.rules import SEVERITIES, Suite
from anlan.gate.validation import Validation

# Counts only: no value of a row enters a result.
_RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0, "exclude_unexpected_values": True}


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Runs every query on one connection that stays open while its rows are fetched."""

    _connection: sa.Connection | None

    @contextmanager
    def get_connection(self) -> Generator[sa.Connection, None, None]:
        """The one connection of this engine."""
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection


class DuckDBDatasource(SQLDatasource):
    """A datasource over a DuckDB database that this process has open already."""

    type: Literal["duckdb_in_process"] = "duckdb_in_process"

    def share(self, connection: duckdb.DuckDBPyConnection) -> DuckDBDatasource:
        """Read through a cursor of ``connection``: its tables, but transactions of its own."""
        cursor = connection.cursor()
        self._engine = sa.create_engine(
            "duckdb:///:memory:",
            creator=lambda: ConnectionWrapper(cursor),
            poolclass=StaticPool,
            isolation_level="AUTOCOMMIT",
        )
        self._execution_engine = DuckDBExecutionEngine(engine=self._engine, create_temp_table=False)
        return self

    def get_engine(self) -> sa.Engine:
        """The shared database, for Great Expectations' own checks of an asset."""
        return self._engine

    def get_execution_engine(self) -> DuckDBExecutionEngine:
        """The one engine of this datasource."""
        return self._execution_engine


class ColumnTypes(TableMetricProvider):
    """Names and types of columns by DESCRIBE, since reflection asks PostgreSQL's catalogue."""

    metric_name = "table.column_types"
    value_keys = ("include_nested",)

    @staticmethod
    @metric_value(engine=DuckDBExecutionEngine)
    def _duckdb(execution_engine: Any, metric_domain_kwargs: Any, **_: Any) -> list[dict[str, str]]:
        selectable = execution_engine.batch_manager.batch_data_cache[
            metric_domain_kwargs["batch_id"]
        ].selectable
        query = sa.select(sa.text("*")).select_from(selectable).compile(dialect=execution_engine.dialect)
        columns = execution_engine.execute_query(sa.text(f"describe {query}")).fetchall()
        return [{"name": column[0], "type": column[1]} for column in columns]


class RowsWhere(TableMetricProvider):
    """How many rows meet a condition; all conditions of a suite are counted in one pass."""

    metric_name = "table.rows_where"
    value_keys = ("violation",)

    @staticmethod
    @metric_partial(
        engine=DuckDBExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _duckdb(metric_domain_kwargs: Any, metric_value_kwargs: Any, **_: Any) -> tuple[Any, Any, Any]:
        condition: sa.ColumnElement[bool] = sa.literal_column(f"({metric_value_kwargs['violation']})")
        return sa.func.count().filter(condition), metric_domain_kwargs, {}


class RowsNotUnique(TableMetricProvider):
    """How many rows share the values of ``column_list`` with another.

    The general way of Great Expectations joins the table with its own groups, which costs more than all
    other rules of a suite together. Values whose hashes all differ differ; only else are they grouped.
    """

    metric_name = "compound_columns.unique.unexpected_count"
    domain_keys = ("batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if")
    value_keys = ()

    @staticmethod
    @metric_value(engine=DuckDBExecutionEngine)
    def _duckdb(execution_engine: Any, metric_domain_kwargs: Any, **_: Any) -> int:
        records = execution_engine.get_domain_records(metric_domain_kwargs)
        columns: list[sa.ColumnClause[Any]] = [
            sa.column(name) for name in metric_domain_kwargs["column_list"]
        ]
        hashes = sa.func.count(sa.func.hash(*columns).distinct())
        count = sa.select(sa.func.count(), hashes).select_from(records)
        ((rows, distinct),) = execution_engine.execute_query(count).fetchall()
        if rows == distinct:
            return 0
        # What is null is equal to nothing.
        known = (
            sa.select(sa.func.count().label("n"))
            .select_from(records)
            .where(*(c.is_not(None) for c in columns))
        )
        sizes = known.group_by(*columns).subquery()
        shared = sa.select(sa.func.coalesce(sa.func.sum(sizes.c.n), 0)).where(sizes.c.n > 1)
        return int(execution_engine.execute_query(shared).scalar_one())

    @classmethod
    def _get_evaluation_dependencies(cls, *_: Any, **__: Any) -> dict[str, Any]:
        return {}


class ExpectNoRowWhere(BatchExpectation):
    """No row meets the SQL condition ``violation``. A condition that is NULL is not a violation."""

    violation: str

    metric_dependencies = ("table.rows_where", "table.row_count")
    success_keys = ("violation",)

    def _validate(self, metrics: Mapping[str, int], **_: Any) -> dict[str, Any]:
        rows, unexpected = metrics["table.row_count"], metrics["table.rows_where"]
        result = {"element_count": rows, "unexpected_count": unexpected}
        return {"success": unexpected == 0, "result": result}


class Gate:
    """Counts violations in tables of one DuckDB database; nothing is written anywhere."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Open an ephemeral context over the database of ``connection``."""
        # It logs the traceback of each failure, which reaches an analyst as an AnlanError instead.
        logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
        config = DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(),
            analytics_enabled=False,
            progress_bars={"globally": False},
        )
        context = gx.get_context(mode="ephemeral", project_config=config)
        source = DuckDBDatasource(name="staging", connection_string="duckdb:///:memory:")
        context.add_datasource(datasource=source.share(connection))
        self._source = source
        # Every answer so far, in the order of the questions.
        self.validations: list[Validation] = []

    def close(self) -> None:
        """Give back the connection; the database stays open."""
        engine = self._source.get_execution_engine()
        with engine.get_connection() as connection:
            connection.close()
        engine.close()

    def count_violations(self, table: str, suite: Suite) -> dict[str, int]:
        """Rows of ``table`` that break each rule, by rule id.

        Errors: AnlanError for an empty table (it would pass everything), for a rule that Great
        Expectations drops or cannot evaluate, and for a rule that did not see every row.
        """
        # A name of its own for each call: rows may have been added since the last.
        asset = self._source.add_table_asset(f"{table}_{len(self._source.assets)}", table_name=table)
        batch = asset.add_batch_definition_whole_table(table).get_batch()
        expectations = [
            {
                **rule.model_dump(include={"type", "kwargs", "meta"}),
                "description": rule.meta.sentence,
                "severity": SEVERITIES[rule.meta.on_fail],
            }
            for rule in suite.expectations
        ]
        rows = self._count(table)
        if rows == 0:
            raise AnlanError(f"校验 {table} 时没有任何行", "空表不能算通过；检查收到的文件。")
        outcome = batch.validate(
            gx.ExpectationSuite(name=suite.name, expectations=expectations), result_format=_RESULT_FORMAT
        )
        self.validations.append(Validation(suite, table, rows, outcome))
        counts: dict[str, int] = {}
        for result in outcome.results:
            rule_id = result.expectation_config.meta["rule_id"]
            if result.result.get("element_count") != rows:
                raise AnlanError(
                    f"规则 {suite.name}.{rule_id} 无法执行：{_reason(result.exception_info)}",
                    f"修改 expectations/{suite.name}.yml 中的该规则。",
                )
            counts[rule_id] = int(result.result["unexpected_count"])
        wanted = {rule.meta.rule_id for rule in suite.expectations}
        if lost := wanted ^ set(counts):
            raise AnlanError(
                f"校验规则在 {suite.name} 中丢失或类型不明：{'、'.join(sorted(lost))}",
                f"检查 expectations/{suite.name}.yml 中规则的 type 与 kwargs。",
            )
        return counts

    def _count(self, table: str) -> int:
        query = sa.text(f"select count(*) from {table}")
        return int(self._source.get_execution_engine().execute_query(query).scalar_one())


def _reason(exception_info: Mapping[str, Any]) -> str:
    infos = exception_info.values() if "exception_message" not in exception_info else [exception_info]
    messages = [str(i["exception_message"]).splitlines()[0] for i in infos if i.get("exception_message")]
    if not messages:
        return "没有结果"
    # What DuckDB says of a value that it cannot convert repeats the value.
    return messages[0] if "Conversion Error" not in messages[0] else "值不能转换为所比较的类型"
