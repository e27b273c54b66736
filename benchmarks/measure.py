"""What a process and all it starts cost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from anlan.project import ROOT


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock, seconds of processor (user and system, of the whole tree), and bytes.

    ``peak_bytes`` is the resident peak of the largest process of the tree.
    """

    wall: float
    cpu: float
    peak_bytes: int

    def over(self, floor: Cost) -> str:
        """This cost as multiples of another."""
        return (
            f"wall {self.wall / floor.wall:.2f} x, cpu {self.cpu / floor.cpu:.2f} x, "
            f"peak {self.peak_bytes / floor.peak_bytes:.2f} x"
        )


def run(module: str, *arguments: object) -> Cost:
    """Run ``python -m module arguments…`` to its end. Errors: SystemExit when it fails.

    Processes are started from here, and this one must stay small: at the start of a process its peak
    is that of the one it was started from. So whatever is large is done in processes of its own.
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    environment = {**os.environ, "PYTHONUTF8": "1"}
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(wall=wall, cpu=usage.ru_utime + usage.ru_stime, peak_bytes=usage.ru_maxrss * unit)


def typical(costs: Sequence[Cost]) -> Cost:
    """The least of repeated runs, quantity by quantity: what disturbs a run only ever adds to it."""
    return Cost(
        wall=min(c.wall for c in costs),
        cpu=min(c.cpu for c in costs),
        peak_bytes=min(c.peak_bytes for c in costs),
    )


def table(rows: Sequence[tuple[str, Cost]]) -> str:
    """Costs, one below the other."""
    width = max(len(name) for name, _ in rows)
    lines = [f"{'':{width}}  {'wall s':>8}  {'cpu s':>8}  {'peak MB':>8}"]
    lines += [f"{n:{width}}  {c.wall:8.1f}  {c.cpu:8.1f}  {c.peak_bytes / 1e6:8.0f}" for n, c in rows]
    return "\n".join(lines)
