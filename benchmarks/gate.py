"""The gate over staged rows of hazards, beside one query by hand that asks the same of them in one pass.

Both count all violations and write all findings into a database that holds the rows already. The rows
are staged once; each side works on a copy of the file.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl

from anlan.contracts import Contract, load_contracts
from anlan.gate.context import POPULATIONS
from anlan.gate.rules import Suite, load_suites, violation_sql
from anlan.gate.staging import Staging, stage_name
from anlan.intake.original import Original
from anlan.intake.staged import ExtractMeta, StagedTable, canonical_schema, empty_findings, empty_set_aside
from anlan.project import ROOT
from benchmarks.lake import SEED, hazards_scale
from benchmarks.measure import Cost

SOURCE = "hazards"
_FILE = "staging.duckdb"
_STAGED = "staged.duckdb"
# One hazard in so many has a date of rectification before the day it was found, as in a poor month.
_BAD_EVERY = 500

_BY_HAND = """
insert into findings by name
select bad.* exclude (rules, broken), broken.rule as rule_id, broken.sentence as rule_sentence,
    broken.remedy as remedy, broken.owner as owner, broken.held as held, broken.field as field,
    broken.label as column_name, broken.value as "value", tables.file_name, null as column_letter
from (
    select _extract_id as extract_id, 'hazards' as source, _sheet as sheet_name, _row as "row",
        unnest(rules) as broken, rules
    from (
        select _extract_id, _sheet, _row, list_filter([{cases}], lambda broken: broken is not null) as rules
        from stage_hazards
        where {any}
    )
) as bad
inner join tables on bad.extract_id = tables.extract_id
"""


def write(folder: Path, rows: int) -> None:
    """Write ``folder``/staged.duckdb with about ``rows`` staged rows of hazards, one extract a month."""
    from anlan.example import open_province
    from anlan.example.records.enforcement import MONTHS

    folder.mkdir(parents=True)
    province = open_province(SEED, hazards_scale(rows))
    contract = province.contracts[SOURCE]
    with duckdb.connect(str(folder / _STAGED)) as connection:
        staging = _staging(connection, province.contracts)
        for position, (year, month) in enumerate(MONTHS):
            hazards = province.hazards(position, province.inspections(position)).final
            staging.add([_table(contract, hazards, date(year, month, 1))])


def _table(contract: Contract, hazards: pl.DataFrame, month: date) -> StagedTable:
    extract_id = f"{month:%Y%m}".ljust(64, "0")
    name = f"{month:%Y%m}.csv"
    is_bad = (pl.int_range(pl.len()) % _BAD_EVERY == 0) & pl.col("rectified_on").is_not_null()
    frame = hazards.with_columns(
        rectified_on=pl.when(is_bad).then(pl.col("found_on") - timedelta(1)).otherwise("rectified_on"),
        _extract_id=pl.lit(extract_id),
        _sheet=pl.lit(name),
        _row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        _key=pl.col("hazard_id"),
    ).select(list(canonical_schema(contract)))
    return StagedTable(
        meta=ExtractMeta(
            extract_id=extract_id, original=Original.of_file(Path(name)), file_name=name, source=SOURCE,
            layout_id="bench", sheet_name=name, encoding=None, received_at=datetime(2020, 4, 10),
            sender=None, is_synthetic=True,
            period_start_on=month, period_end_on=(month + timedelta(31)).replace(day=1) - timedelta(1),
            period_basis="declared_name",
        ),
        rows=frame,
        findings=empty_findings(),
        set_aside=empty_set_aside(),
        rows_read=frame.height,
    )  # fmt: skip


def _staging(connection: duckdb.DuckDBPyConnection, contracts: dict[str, Contract]) -> Staging:
    connection.execute("set enable_progress_bar = false")
    return Staging(connection, contracts, pl.DataFrame(schema=POPULATIONS))


@dataclass(frozen=True)
class Answer:
    """What one side cost, the import of Great Expectations apart, and its findings by rule."""

    imported: Cost
    work: Cost
    found: dict[str, int]


def ask(folder: Path, side: str) -> Answer:
    """Let one side (``hand`` or ``gate``) ask the rules, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.gate", side, str(folder)]
    told = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    return Answer(Cost(**told["imported"]), Cost(**told["work"]), told["found"])


def _answer(folder: Path, side: str) -> None:
    """Ask the rules of a copy of the staged rows; print the Answer as JSON."""
    path = folder / _FILE
    shutil.copyfile(folder / _STAGED, path)
    contracts = load_contracts(ROOT / "contracts")
    suite = load_suites(ROOT / "expectations", contracts)[SOURCE]
    started = _now()
    if side == "gate":
        from anlan.gate.engine import Gate
        from anlan.gate.judge import judge_rows
    imported = _now()
    with duckdb.connect(str(path)) as connection:
        staging = _staging(connection, contracts)
        begun = _now()
        if side == "gate":
            judge_rows(staging, Gate(connection), SOURCE, suite)
        else:
            connection.execute(_by_hand(staging, suite))
        ended = _now()
        query = "select rule_id, count(*) from findings group by all order by all"
        found = dict(connection.execute(query).fetchall())
    path.unlink()
    told = {"imported": _between(started, imported), "work": _between(begun, ended), "found": found}
    print(json.dumps(told))


def _by_hand(staging: Staging, suite: Suite) -> str:
    """The checks of hazards as one who knows them would write them, in one statement."""
    fields = staging.contracts[SOURCE].fields
    table = stage_name(SOURCE)
    cases, conditions = [], []
    for rule in suite.expectations:
        meta, condition = rule.meta, violation_sql(rule, table)
        field = meta.columns[0]
        held = {"quarantine_row": "row", "quarantine_cell": "cell", "warn": "nothing"}[meta.on_fail]
        told = {
            "rule": meta.rule_id, "sentence": meta.sentence, "remedy": meta.remedy, "owner": meta.owner,
            "held": held, "field": field, "label": fields[field].label,
        }  # fmt: skip
        struct = ", ".join(f"{name} := '{text}'" for name, text in told.items())
        value = f"concat_ws('，', {', '.join(f'cast({name} as varchar)' for name in meta.columns)})"
        conditions.append(f"({condition})")
        cases.append(f"case when {condition} then struct_pack({struct}, value := {value}) end")
    return _BY_HAND.format(cases=", ".join(cases), any=" or ".join(conditions))


def _now() -> Cost:
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return Cost(wall=time.perf_counter(), cpu=time.process_time(), peak_bytes=peak)


def _between(start: Cost, end: Cost) -> dict[str, float]:
    return asdict(Cost(wall=end.wall - start.wall, cpu=end.cpu - start.cpu, peak_bytes=end.peak_bytes))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", folder, rows]:
            write(Path(folder), int(rows))
        case ["gate" | "hand" as side, folder]:
            _answer(Path(folder), side)
