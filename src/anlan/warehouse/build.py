"""Building the marts: dbt in a process of its own, with progress and errors an analyst can read.

A process of its own, since a killed or failed build must leave no open warehouse behind, and since
dbt keeps its connections for the life of the process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from anlan.errors import AnlanError
from anlan.project import ROOT

# Called with (finished, total, name of the node, its status).
Progress = Callable[[int, int, str, str], None]

_RESULT_EVENTS = {"LogModelResult", "LogSeedResult", "LogTestResult", "LogNodeResult"}
_ROWS_SHOWN = 5
# Schemas whose views point into the lake: a release must not depend on it.
_SCAFFOLDING = ("staging", "intermediate", "lake", "inputs", "seeds")


@dataclass(frozen=True)
class BuildResult:
    """How many models, seeds and tests a build ran."""

    nodes_count: int
    tests_count: int


def build_warehouse(
    warehouse: Path,
    lake: Path,
    inputs: Path,
    state: Path,
    progress: Progress | None = None,
) -> BuildResult:
    """Run every model, seed, data test and unit test into ``warehouse``.

    ``lake``: accepted rows; ``inputs``: as written by ``write_inputs``; ``state``: dbt's cache and log.
    Errors: AnlanError naming each model or test that failed, with its message.
    """
    command = [
        sys.executable, "-m", "dbt.cli.main",
        "--log-format", "json", "--no-use-colors", "--no-send-anonymous-usage-stats",
        "--log-path", str(state / "logs"),
        "build",
        "--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target", "duckdb",
        "--target-path", str(state / "target"),
    ]  # fmt: skip
    environment = {
        **os.environ,
        "ANLAN_WAREHOUSE": str(warehouse),
        "ANLAN_LAKE": str(lake),
        "ANLAN_INPUTS": str(inputs),
        "PYTHONUTF8": "1",
    }
    failures: list[str] = []
    tail: deque[str] = deque(maxlen=12)
    nodes = tests = 0
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        encoding="utf-8", errors="replace",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            event = _event(line)
            if event is None:
                tail.append(line.rstrip())
                continue
            name, data, message = event
            if name in _RESULT_EVENTS:
                nodes += 1
                tests += (
                    name == "LogTestResult" or data.get("node_info", {}).get("resource_type") == "unit_test"
                )
                if progress is not None:
                    status = str(data.get("status", ""))
                    progress(int(data.get("index", nodes)), int(data.get("total", 0)), _node(data), status)
            elif name in ("RunResultError", "RunResultFailure", "MainEncounteredError"):
                failures.append(message)
            if data.get("status") in ("error", "fail"):
                failures.append(message)
            tail.append(message)
    if process.returncode != 0:
        said = list(dict.fromkeys(f.strip() for f in failures if f.strip())) or list(tail)
        listed = "\n  ".join([*said, *_failing_rows(warehouse, state / "target" / "run_results.json")])
        raise AnlanError(
            f"数据仓库构建未通过，当前发布版本保持不变：\n  {listed}",
            f"未通过的检查及其 SQL 在 {state / 'target'} 中；修复数据后重新运行 anlan refresh。",
        )
    return BuildResult(nodes_count=nodes, tests_count=tests)


def finish_warehouse(warehouse: Path, marts: Path) -> list[str]:
    """Drop what points outside the warehouse, and write each mart as Parquet beside it.

    Returns the marts' names. Afterwards the warehouse stands alone and can be moved.
    """
    marts.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set enable_progress_bar = false")
        for schema in _SCAFFOLDING:
            connection.execute(f"drop schema if exists {schema} cascade")
        names = [
            str(row[0])
            for row in connection.execute(
                "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
            ).fetchall()
        ]
        for name in names:
            target = str(marts / f"{name}.parquet").replace("'", "''")
            connection.execute(f"copy marts.{name} to '{target}' (format parquet, compression zstd)")
        connection.execute("checkpoint")
    return names


def _failing_rows(warehouse: Path, run_results: Path) -> list[str]:
    """The first rows that each failed data test found, so that the message names them."""
    try:
        results = json.loads(run_results.read_text(encoding="utf-8"))["results"]
    except (OSError, ValueError, KeyError):
        return []
    lines: list[str] = []
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for result in results:
            if result["status"] != "fail" or not result.get("compiled_code"):
                continue
            lines.append(f"{result['unique_id'].split('.')[2]}：{result['failures']} 行，例如")
            query = f"select * from ({result['compiled_code']}) as failing limit {_ROWS_SHOWN}"
            try:
                cursor = connection.execute(query)
            except duckdb.Error:
                continue
            names = [column[0] for column in cursor.description or []]
            for row in cursor.fetchall():
                pairs = zip(names, row, strict=True)
                lines.append(
                    "  " + "，".join(f"{name}={value}" for name, value in pairs if value is not None)
                )
    return lines


def _event(line: str) -> tuple[str, dict[str, Any], str] | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    if not isinstance(document, dict) or "info" not in document:
        return None
    info = document["info"]
    return str(info.get("name", "")), document.get("data") or {}, str(info.get("msg", ""))


def _node(data: dict[str, Any]) -> str:
    return str(data.get("node_info", {}).get("node_name") or data.get("description") or "")
