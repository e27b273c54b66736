"""The hand-written script beside the models: running it, and seeing that both say the same."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from anlan.project import ROOT

SCRIPT = Path(__file__).with_name("floor.sql")
# Threads that the models have; see profiles.yml.
THREADS = 2
FACTS = ("fct_hazard", "fct_inspection", "fct_accident", "fct_fire")
_SHOWN = 5


def run_floor(folder: Path, database: Path) -> None:
    """Run the script over ``folder``/lake and ``folder``/inputs into a new database file."""
    with duckdb.connect(str(database), config={"threads": THREADS}) as connection:
        connection.execute("set enable_progress_bar = false")
        for name, path in (
            ("lake", folder / "lake"), ("inputs", folder / "inputs"), ("seeds", ROOT / "seeds")
        ):  # fmt: skip
            connection.execute(f"set variable {name} = ?", [str(path)])
        connection.execute(SCRIPT.read_text(encoding="utf-8"))
        connection.execute("checkpoint")


def compare(warehouse: Path, database: Path) -> list[str]:
    """Say what was compared, a line each. Errors: SystemExit when script and models do not say the same.

    Facts are compared by the number of rows and by a sum of hashes over all columns, figures row by row.
    """
    lines = []
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(
            f"attach '{warehouse}' as models (read_only); attach '{database}' as script (read_only)"
        )
        for fact in FACTS:
            said = [_digest(connection, name) for name in (f"models.marts.{fact}", f"script.main.{fact}")]
            if said[0] != said[1]:
                odd = sorted(set(said[0][0]) ^ set(said[1][0]))
                raise SystemExit(
                    f"{fact}: columns of one side only {odd}; rows and sums of hashes "
                    f"{said[0][1:]} by models, {said[1][1:]} by script"
                )
            lines.append(f"{fact}: {said[0][1]:,} rows equal in {len(said[0][0])} columns")
        ours = "select * from script.main.figures"
        theirs = f"select * from models.marts.fig_all where metric_id in (select metric_id from ({ours}))"
        for one, other, who in ((theirs, ours, "models"), (ours, theirs, "script")):
            rows = connection.execute(f"({one}) except all ({other}) order by all").fetchall()
            if rows:
                shown = "\n  ".join(map(str, rows[:_SHOWN]))
                raise SystemExit(f"{len(rows)} figures only by {who}, among them\n  {shown}")
        count, metrics = connection.execute(
            f"select count(*), count(distinct metric_id) from ({ours})"
        ).fetchall()[0]
        if not count:
            raise SystemExit("No figures to compare.")
        lines.append(f"fig_all: {count:,} figures of {metrics} metrics equal in all columns")
    return lines


def _digest(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[tuple[str, ...], int, int]:
    columns = tuple(f"{row[0]} {row[1]}" for row in connection.execute(f"describe {relation}").fetchall())
    rows, digest = connection.execute(
        f"select count(*), coalesce(sum(hash(t)::hugeint), 0) from {relation} as t"
    ).fetchall()[0]
    return columns, int(rows), int(digest)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", lake_and_inputs, script]:
            run_floor(Path(lake_and_inputs), Path(script))
        case ["compare", models, script]:
            print(*compare(Path(models), Path(script)), sep="\n")
