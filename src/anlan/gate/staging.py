"""A short-lived DuckDB database in which staged rows meet the rules and are split.

All new extracts of a source lie in one table, so that each rule is asked once a load and not once a
file. The database is a file: a province's load is larger than memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

import duckdb
import polars as pl

from anlan.contracts import Contract, FieldSpec
from anlan.gate.context import context_columns, context_schema
from anlan.gate.lake import write_atomically
from anlan.gate.rules import Rule, Suite, violation_sql
from anlan.intake.findings import RULES_OF_COMPANIONS
from anlan.intake.staged import (
    COPY_SCHEMA,
    FINDING_SCHEMA,
    HELD_CELL,
    HELD_NOTHING,
    HELD_ROW,
    SET_ASIDE_SCHEMA,
    ExtractMeta,
    StagedTable,
    canonical_schema,
)
from anlan.privacy.redact import HIDDEN
from anlan.rulebook import RuleMeta

_STAGED_ROW = "(_extract_id, _sheet, _row)"
_IS_OF_TABLE = f"rule_id not in ({', '.join(map(repr, RULES_OF_COMPANIONS))})"
_FOUND_ROW = 'extract_id, sheet_name, "row"'
_HELD = {"quarantine_row": HELD_ROW, "quarantine_cell": HELD_CELL, "warn": HELD_NOTHING}


class Staging:
    """Tables: ``stage_<source>`` (rows), ``findings``, ``set_aside``, ``headers``, ``tables``, ``copies``."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        contracts: Mapping[str, Contract],
        populations: pl.DataFrame,
    ) -> None:
        """Make the empty tables. ``populations``: as gate.context makes them."""
        self.connection = connection
        self.contracts = contracts
        self.populations = populations
        # Before any transaction: in one that makes the table, DuckDB 1.5 loses the rows of a large insert.
        for source, contract in contracts.items():
            self._create(stage_name(source), {**canonical_schema(contract), **context_schema(contract)})
        self._create("findings", FINDING_SCHEMA)
        self._create("set_aside", SET_ASIDE_SCHEMA)
        text = pl.String()
        where: dict[str, pl.DataType] = {"extract_id": text, "source": text, "sheet_name": text}
        self._create("headers", {**where, "field": text, "column_letter": text, "column_name": text})
        self._create("copies", {**where, **COPY_SCHEMA})
        facts: dict[str, pl.DataType] = {
            "file_name": text,
            "sender": text,
            # The period that the extract declares, if it does.
            "period_start_on": pl.Date(),
            "period_end_on": pl.Date(),
            "rows_read": pl.Int64(),
            "is_refused": pl.Boolean(),
            "is_companion": pl.Boolean(),
        }
        self._create("tables", {**where, **facts})

    def add(self, tables: list[StagedTable]) -> None:
        """Take over the tables of one file, all or none."""
        self.connection.begin()
        try:
            for table in tables:
                if table.rows.height:
                    self._add_rows(table)
            self.append("findings", pl.concat([table.findings for table in tables]))
            self.append("set_aside", pl.concat([table.set_aside for table in tables]))
            self.append("headers", _frame(_headers(tables)))
            for table in tables:
                self.add_copies(table.meta, table.copies)
            self.append("tables", _frame(_facts(tables)))
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()

    def _add_rows(self, table: StagedTable) -> None:
        contract = self.contracts[table.meta.source]
        schema = canonical_schema(contract)
        stage = stage_name(table.meta.source)
        rows = table.rows.select(list(schema))
        self.append(stage, context_columns(rows, table.meta, contract, self.populations))

    def add_copies(self, meta: ExtractMeta, copies: pl.DataFrame) -> None:
        """Keep copies of rows (COPY_SCHEMA) of one table for the report."""
        place = {"extract_id": meta.extract_id, "source": meta.source, "sheet_name": meta.sheet_name}
        self.append("copies", copies.with_columns(**{name: pl.lit(value) for name, value in place.items()}))

    def sources(self) -> list[str]:
        """Sources that have at least one staged row, in the order of the contracts."""
        return [
            source
            for source in self.contracts
            if self.number(f"select exists (select 1 from {stage_name(source)})")
        ]

    def count_violations(self, table: str, rules: Sequence[Rule]) -> dict[str, int]:
        """How many rows of ``table`` break each rule by its condition, by rule id; all in one pass."""
        counts = ", ".join(f"count(*) filter (where ({violation_sql(rule, table)}))" for rule in rules)
        row = self.connection.execute(f"select {counts} from {table}").fetchone()
        return {rule.meta.rule_id: n for rule, n in zip(rules, row or (), strict=True)}

    def hold(self, source: str, suite: Suite, rule: Rule) -> int:
        """Write a finding for each staged row of ``source`` that breaks ``rule``; how many."""
        stage, meta = stage_name(source), rule.meta
        fields = self.contracts[source].fields
        field = meta.columns[0]
        values = [_as_text(name, fields[name], name in suite.meta.hidden) for name in meta.columns]
        others = [
            f"'{fields[name].label} ' || coalesce({value}, '空')"
            for name, value in zip(meta.columns[1:], values[1:], strict=True)
        ]
        value = f"coalesce({values[0]}, '空')"
        if others:
            value += f" || '（' || concat_ws('，', {', '.join(others)}) || '）'"
        return self._changed(
            f"""
            insert into findings by name
            select
                bad.*, tables.file_name, headers.column_letter,
                coalesce(headers.column_name, $label) as column_name, $field as field,
                $rule_id as rule_id, $sentence as rule_sentence, $remedy as remedy, $owner as owner,
                $held as held
            from (
                select
                    _extract_id as extract_id, '{source}' as source, _sheet as sheet_name, _row as "row",
                    {value} as "value"
                from {stage}
                where ({violation_sql(rule, stage)})
            ) as bad
            inner join tables using (extract_id, source, sheet_name)
            left join headers
                on bad.extract_id = headers.extract_id and bad.source = headers.source
                and bad.sheet_name = headers.sheet_name and headers.field = $field
            """,
            {
                "label": fields[field].label,
                "field": field,
                "rule_id": meta.rule_id,
                "sentence": meta.sentence,
                "remedy": meta.remedy,
                "owner": meta.owner,
                "held": _HELD[meta.on_fail],
            },
        )

    def point_out(self, extract_id: str, source: str, field: str | None, value: str, meta: RuleMeta) -> None:
        """Write a warning about an extract as a whole, or about one column of it."""
        self._changed(
            """
            insert into findings by name
            select
                tables.extract_id, tables.source, tables.sheet_name, null as "row", $value as "value",
                tables.file_name, headers.column_letter,
                coalesce(headers.column_name, $label) as column_name, $field as field,
                $rule_id as rule_id, $sentence as rule_sentence, $remedy as remedy, $owner as owner,
                $held as held
            from tables
            left join headers
                on tables.extract_id = headers.extract_id and tables.source = headers.source
                and tables.sheet_name = headers.sheet_name and headers.field = $field
            where tables.extract_id = $extract_id and tables.source = $source
            order by headers.field is null, tables.sheet_name
            limit 1
            """,
            {
                "extract_id": extract_id,
                "source": source,
                "field": field or "",
                "label": self.contracts[source].fields[field].label if field else "（整件）",
                "value": value,
                "rule_id": meta.rule_id,
                "sentence": meta.sentence,
                "remedy": meta.remedy,
                "owner": meta.owner,
                "held": HELD_NOTHING,
            },
        )

    def settle(self, source: str) -> None:
        """After all rules of ``source``: mark cells of held rows as held with them, blank the others."""
        self._changed(
            f"""
            update findings set held = 'row'
            where source = $source and held = 'cell' and ({_FOUND_ROW}) in (
                select {_FOUND_ROW} from findings where source = $source and held = 'row'
            )
            """,
            {"source": source},
        )
        cells = self.connection.execute(
            "select distinct field from findings where source = $source and held = 'cell'", {"source": source}
        ).fetchall()
        for (field,) in cells:
            self._changed(
                f"""
                update {stage_name(source)} set "{field}" = null
                where {_STAGED_ROW} in (
                    select {_FOUND_ROW} from findings
                    where source = $source and held = 'cell' and field = $field
                )
                """,
                {"source": source, "field": field},
            )

    def write_accepted(self, source: str, extract_id: str, path: Path) -> int:
        """Write the accepted rows of one extract atomically, in the order of the file; how many."""
        columns = ", ".join(f'"{name}"' for name in canonical_schema(self.contracts[source]))
        query = f"select {columns} from ({self.accepted_sql(source)}) where _extract_id = '{extract_id}'"
        written = 0

        def write(partial: Path) -> None:
            nonlocal written
            target = str(partial).replace("'", "''")
            written = self._changed(f"copy ({query} order by _sheet, _row) to '{target}' (format parquet)")

        write_atomically(path, write)
        return written

    def findings(self, extract_id: str) -> pl.DataFrame:
        """Findings of one extract, in the order of its rows."""
        return self._of_extract("findings", extract_id)

    def set_aside(self, extract_id: str) -> pl.DataFrame:
        """Rows of one extract that were set aside, in the order of the file."""
        return self._of_extract("set_aside", extract_id)

    def first_findings(self, limit: int, limit_alike: int) -> pl.DataFrame:
        """Findings of rows, then of cells, then warnings; at most ``limit_alike`` of a rule in a sheet.

        ``alike_count``: how many findings of the same rule on the same field the sheet has.
        """
        return self.connection.execute(
            f"""
            select *, count(*) over alike as alike_count
            from findings
            window alike as (partition by extract_id, source, sheet_name, rule_id, field)
            qualify row_number() over (alike order by "row") <= {limit_alike}
            order by held = 'nothing', held = 'cell', file_name, sheet_name, "row", rule_id
            limit {limit}
            """
        ).pl()

    def findings_count(self) -> int:
        """How many findings hold something back."""
        return self.number(f"select count(*) from findings where held <> '{HELD_NOTHING}'")

    def warnings_count(self) -> int:
        """How many findings hold nothing back."""
        return self.number(f"select count(*) from findings where held = '{HELD_NOTHING}'")

    def accepted_sql(self, source: str) -> str:
        """A query for the staged rows of ``source`` that no finding holds."""
        return f"""
            select stage.* from {stage_name(source)} as stage
            anti join (select * from findings where source = '{source}' and held = 'row') as f
                on stage._extract_id = f.extract_id and stage._sheet = f.sheet_name and stage._row = f."row"
        """

    def rows_without_copy(self, limit: int) -> pl.DataFrame:
        """``extract_id``, ``source``, ``sheet_name``, ``row``: rows with a finding that only the gate made.

        At most the first ``limit`` rows of a table, and none of a table that has copies enough.
        """
        return self.connection.execute(
            f"""
            select found.*
            from (
                select distinct {_FOUND_ROW}, source from findings
                where "row" is not null and {_IS_OF_TABLE}
            ) as found
            anti join copies using (extract_id, source, sheet_name, "row")
            qualify row_number() over (partition by extract_id, source, sheet_name order by "row") <= {limit}
            order by all
            """
        ).pl()

    def findings_with_copies(self, extract_ids: Sequence[str], limit: int) -> pl.DataFrame:
        """The first ``limit`` findings of some extracts, file by file, with ``cells`` of the row."""
        return self.connection.execute(
            f"""
            select findings.*, copies.cells
            from findings
            left join copies
                on findings.extract_id = copies.extract_id and findings.source = copies.source
                and findings.sheet_name = copies.sheet_name and findings."row" = copies."row"
                and {_IS_OF_TABLE}
            where findings.extract_id in (select unnest($ids))
            order by file_name, findings.extract_id, findings.sheet_name, findings.source, findings."row",
                column_letter, rule_id
            limit {limit}
            """,
            {"ids": list(extract_ids)},
        ).pl()

    def _of_extract(self, table: str, extract_id: str) -> pl.DataFrame:
        query = f'select * from {table} where extract_id = ? order by source, sheet_name, "row"'
        return self.connection.execute(query, [extract_id]).pl()

    def _create(self, name: str, schema: Mapping[str, pl.DataType]) -> None:
        empty = pl.DataFrame(schema=schema).to_arrow()
        self.connection.register("_empty", empty)
        self.connection.execute(f"create table if not exists {name} as select * from _empty")
        self.connection.unregister("_empty")

    def replace(self, name: str, frame: pl.DataFrame) -> None:
        """Make a table of a frame, in the place of one of that name."""
        self.connection.register("_incoming", frame.to_arrow())
        self.connection.execute(f"create or replace table {name} as select * from _incoming")
        self.connection.unregister("_incoming")

    def append(self, name: str, frame: pl.DataFrame) -> None:
        """Add rows to a table, matching columns by name."""
        if frame.height:
            self.connection.register("_incoming", frame.to_arrow())
            self.connection.execute(f"insert into {name} by name select * from _incoming")
            self.connection.unregister("_incoming")

    def _changed(self, query: str, parameters: Mapping[str, str] | None = None) -> int:
        row = self.connection.execute(query, parameters or {}).fetchone()
        return int(row[0]) if row else 0

    def number(self, query: str) -> int:
        """The first value of the first row, 0 if there is none."""
        row = self.connection.execute(query).fetchone()
        return int(row[0]) if row else 0


@contextmanager
def open_staging(
    folder: Path, contracts: Mapping[str, Contract], populations: pl.DataFrame
) -> Iterator[Staging]:
    """A staging database in ``folder``, which is emptied before and after.

    What a killed load left there is of no use: only the lake counts.
    """
    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        with duckdb.connect(str(folder / "staging.duckdb")) as connection:
            connection.execute("set enable_progress_bar = false")
            # What does not fit lies in the file, so that memory follows the largest sheet, not their number.
            connection.execute("set memory_limit = '512MB'")
            # By default every file of 16 MB would have the tables packed anew: a third of the load's time.
            connection.execute("set checkpoint_threshold = '256MB'")
            # The file is deleted as soon as it is closed.
            connection.execute("pragma disable_checkpoint_on_shutdown")
            yield Staging(connection, contracts, populations)
    finally:
        rmtree(folder, ignore_errors=True)


def _headers(tables: list[StagedTable]) -> Iterator[dict[str, object]]:
    for table in tables:
        for field, (letter, name) in table.headers.items():
            yield {**_place(table), "field": field, "column_letter": letter, "column_name": name}


def _facts(tables: list[StagedTable]) -> Iterator[dict[str, object]]:
    for table in tables:
        yield {
            **_place(table),
            "file_name": table.meta.file_name,
            "sender": table.meta.sender,
            "period_start_on": table.meta.period_start_on if table.meta.declares_period else None,
            "period_end_on": table.meta.period_end_on if table.meta.declares_period else None,
            "rows_read": table.rows_read,
            "is_refused": table.refusal is not None,
            "is_companion": table.is_companion,
        }


def _place(table: StagedTable) -> dict[str, object]:
    meta = table.meta
    return {"extract_id": meta.extract_id, "source": meta.source, "sheet_name": meta.sheet_name}


def _frame(rows: Iterator[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), infer_schema_length=None)


def stage_name(source: str) -> str:
    """The table that holds the staged rows of a source."""
    return f"stage_{source}"


def _as_text(name: str, spec: FieldSpec, hidden: bool) -> str:
    """SQL that shows a value as an analyst wrote it: labels for codes, 是/否 for flags."""
    if hidden:
        return f"'{HIDDEN}'"
    column = f'"{name}"'
    if spec.codes:
        labels = " ".join(f"when '{code}' then '{label}'" for code, label in spec.codes.items())
        return f"case {column} {labels} else {column} end"
    if spec.type == "boolean":
        return f"case {column} when true then '是' when false then '否' end"
    if spec.type == "timestamp":
        return f"strftime({column}, '%Y-%m-%d %H:%M')"
    return f"cast({column} as varchar)"
