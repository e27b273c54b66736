"""``python -m benchmarks [WHAT] --rows N``: without arguments all, as ``make bench`` does."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from anlan.project import ROOT
from benchmarks.gate import Answer, ask
from benchmarks.measure import Cost, run, table, typical

_BUILD_ROWS = (1_000_000, 10_000_000)
_INTAKE_ROWS = (100_000, 1_000_000)
_GATE_ROWS = (1_000_000, 10_000_000)
_WORKBOOK_ROWS = (50_000, 500_000)
# What dbt costs whatever the rows: a build of so few that they do not count.
_FEW_ROWS = 20_000
_SCRIPT, _MODELS = "script.duckdb", "models.duckdb"


def bench_build(scratch: Path, rows: int, rounds: int) -> str:
    """The full build beside the script by hand, in turns; both must say the same."""
    few, many = scratch / "few", scratch / f"build-{rows}"
    for folder, count in ((few, _FEW_ROWS), (many, rows)):
        if not folder.exists():
            _say(f"writing a lake of {count:,} rows of hazards …")
            run("benchmarks.lake", folder, count)
    state = scratch / "state"
    if not state.exists():
        _say("reading the project once: later builds of a home do not read it again …")
        _build(few, state)
    costs: dict[str, list[Cost]] = {"script": [], "build": [], "script_few": [], "build_few": []}
    for number in range(1, rounds + 1):
        for folder, suffix in ((few, "_few"), (many, "")):
            _say(f"round {number} of {rounds} in {folder.name} …")
            costs[f"script{suffix}"].append(run("benchmarks.floor", "run", folder, _gone(folder / _SCRIPT)))
            costs[f"build{suffix}"].append(_build(folder, state))
            run("benchmarks.floor", "compare", folder / _MODELS, folder / _SCRIPT)
    script, build, script_few, build_few = (typical(runs) for runs in costs.values())
    shown = table(
        [
            ("script by hand", script),
            ("full build", build),
            (f"script by hand, {_FEW_ROWS:,} rows", script_few),
            (f"full build, {_FEW_ROWS:,} rows", build_few),
        ]
    )
    return (
        f"Full build (seeds, models, data and unit tests) at {rows:,} accepted rows of hazards\n{shown}\n"
        f"full build over script: {build.over(script)}\n"
        f"what the rows add: wall {(build.wall - build_few.wall) / (script.wall - script_few.wall):.2f} x, "
        f"cpu {(build.cpu - build_few.cpu) / (script.cpu - script_few.cpu):.2f} x"
    )


def _build(folder: Path, state: Path) -> Cost:
    return run("benchmarks.models", folder, _gone(folder / _MODELS), state)


def bench_intake(scratch: Path, rows: int, rounds: int) -> str:
    """Intake and gate of CSV extracts of hazards beside a bare read of the same files, in turns."""
    folder = scratch / f"intake-{rows}"
    if not folder.exists():
        _say(f"writing extracts of {rows:,} rows of hazards …")
        run("benchmarks.inbox", "write", folder, rows)
    reads: list[Cost] = []
    loads: list[Cost] = []
    for number in range(1, rounds + 1):
        _say(f"intake of {rows:,} rows, round {number} of {rounds} …")
        shutil.rmtree(folder / "lake", ignore_errors=True)
        reads.append(run("benchmarks.inbox", "read", folder))
        loads.append(run("benchmarks.inbox", "load", folder))
    read, load = typical(reads), typical(loads)
    title = f"Intake and gate of {rows:,} rows of hazards in CSV files"
    costs = table([("polars reads the files", read), ("intake and gate", load)])
    return "\n".join([title, costs, f"intake and gate over bare read: {load.over(read)}"])


def bench_gate(scratch: Path, rows: int, rounds: int) -> str:
    """The gate over staged hazards beside one query by hand of the same checks, in turns."""
    folder = scratch / f"gate-{rows}"
    if not folder.exists():
        _say(f"staging {rows:,} rows of hazards …")
        run("benchmarks.gate", "write", folder, rows)
    answers: dict[str, list[Answer]] = {"hand": [], "gate": []}
    for number in range(1, rounds + 1):
        _say(f"gate over {rows:,} rows, round {number} of {rounds} …")
        for side, given in answers.items():
            given.append(ask(folder, side))
        if answers["hand"][-1].found != answers["gate"][-1].found:
            raise SystemExit(f"The two found different rows: {answers}")
    hand, gate = (typical([answer.work for answer in given]) for given in answers.values())
    imported = typical([answer.imported for answer in answers["gate"]])
    costs = table(
        [("one query by hand", hand), ("the gate", gate), ("importing Great Expectations", imported)]
    )
    return (
        f"Rules over {rows:,} staged rows of hazards, findings written\n{costs}\n"
        f"gate over query: {gate.over(hand)}"
    )


def bench_workbook(scratch: Path, rows: int, rounds: int) -> str:
    """Reading a workbook of hazards to text, and its intake and gate, beside a bare read, in turns."""
    folder = scratch / f"workbook-{rows}"
    if not folder.exists():
        _say(f"writing a workbook of {rows:,} rows of hazards …")
        run("benchmarks.inbox", "write-workbook", folder, rows)
    costs: dict[str, list[Cost]] = {"read-workbook": [], "text-workbook": [], "load": []}
    for number in range(1, rounds + 1):
        _say(f"workbook of {rows:,} rows, round {number} of {rounds} …")
        shutil.rmtree(folder / "lake", ignore_errors=True)
        for what, runs in costs.items():
            runs.append(run("benchmarks.inbox", what, folder))
    bare, text, load = (typical(runs) for runs in costs.values())
    shown = table([("calamine gives the rows", bare), ("read to text", text), ("intake and gate", load)])
    return "\n".join(
        [
            f"A workbook of {rows:,} rows of hazards in 12 columns",
            shown,
            f"read to text over bare read: {text.over(bare)}",
            f"intake and gate over bare read: {load.over(bare)}",
        ]
    )


_BENCHMARKS = {
    "build": (bench_build, _BUILD_ROWS),
    "intake": (bench_intake, _INTAKE_ROWS),
    "gate": (bench_gate, _GATE_ROWS),
    "workbook": (bench_workbook, _WORKBOOK_ROWS),
}


def main() -> None:
    """Measure, print, and write the same to reports/benchmarks.txt."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="What the work costs, as a ratio to the least it could cost.",
        epilog="example: python -m benchmarks build --rows 1000000",
    )
    parser.add_argument("what", nargs="*", choices=[[], *_BENCHMARKS], help="which to run; all without")
    parser.add_argument("--rows", type=int, help="rows of hazards; the usual sizes without")
    parser.add_argument("--rounds", type=int, default=1, help="turns; the least of each quantity counts")
    parser.add_argument("--scratch", type=Path, help="folder to keep lakes in and find them again")
    options = parser.parse_args()
    scratch = options.scratch or Path(tempfile.mkdtemp(prefix="anlan-bench-"))
    texts = []
    try:
        for name in options.what or _BENCHMARKS:
            benchmark, usual = _BENCHMARKS[name]
            for rows in (options.rows,) if options.rows else usual:
                texts.append(benchmark(scratch.resolve(), rows, options.rounds))
                print(f"\n{texts[-1]}\n", flush=True)
    finally:
        if options.scratch is None:
            shutil.rmtree(scratch)
    target = ROOT / "reports" / "benchmarks.txt"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n\n".join(texts) + "\n", encoding="utf-8")
    print(f"written to {target}")


def _gone(path: Path) -> Path:
    for leftover in (path, path.with_name(f"{path.name}.wal")):
        leftover.unlink(missing_ok=True)
    return path


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
