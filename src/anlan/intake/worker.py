"""Starting, asking and ending the processes in which workbooks are parsed."""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anlan.errors import AnlanError
from anlan.intake.messages import Kind, read_message, write_message
from anlan.intake.original import Original

# An honest file takes a fraction of a second for each MB; the rest is for slow and busy machines.
_LEAST_SECONDS = 120
_SECONDS_PER_MB = 6


class Worker:
    """A process that parses workbooks, one after the other."""

    def __init__(self) -> None:
        # The same code, wherever either process was started.
        paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "anlan.intake.parse"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # A parser in distress quotes what it was reading.
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._is_asked = False
        self._name = ""
        self._seconds = 0

    @property
    def is_ready(self) -> bool:
        """Whether it lives and owes no answer."""
        return not self._is_asked and self._process.poll() is None

    def open(self, original: Original) -> Iterator[tuple[Kind, Any, bytes]]:
        """The answer to opening a file: messages up to and with its first sheet; see ``next``."""
        self._name = original.name
        with original.open() as stream:
            size = stream.seek(0, os.SEEK_END)
        self._seconds = _LEAST_SECONDS + _SECONDS_PER_MB * (size >> 20)
        head = {
            "path": str(original.path.absolute()),
            "name": original.name,
            "member": original.member,
            "is_held": original.content is not None,
        }
        yield from self._ask(Kind.OPEN, head, original.content or b"")

    def next(self) -> Iterator[tuple[Kind, Any, bytes]]:
        """The messages up to and with the next sheet of the file.

        Errors: AnlanError if the file is refused, or if the process died or took too long.
        """
        yield from self._ask(Kind.NEXT, {}, b"")

    def _ask(self, kind: Kind, head: dict[str, Any], body: bytes) -> Iterator[tuple[Kind, Any, bytes]]:
        self._is_asked = True
        is_late = threading.Event()
        timer = threading.Timer(self._seconds, self._kill_late, [is_late])
        timer.daemon = True
        timer.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                write_message(self._stdin, kind, {**head, "seconds": self._seconds}, body)
            while (message := read_message(self._stdout)) is not None:
                if message[0] is not Kind.CHUNK:
                    self._is_asked = False
                if message[0] is Kind.REFUSAL:
                    raise AnlanError(message[1]["message"], message[1]["remedy"])
                yield message
                if message[0] is not Kind.CHUNK:
                    return
        finally:
            timer.cancel()
        raise AnlanError(
            f"{self._name}：解析时{'超出时间' if is_late.is_set() else '超出内存或程序中止'}，未读取",
            "用 WPS 或 Excel 打开，删去空白的行列后另存；数据确有这么大时拆成几个文件或改用 CSV。",
        )

    def _kill_late(self, is_late: threading.Event) -> None:
        is_late.set()
        self._process.kill()

    def close(self) -> None:
        """End the process, in the middle of its work too, and wait until it is gone."""
        if not self.is_ready:
            self._process.kill()
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()


_idle: list[Worker] = []


@contextmanager
def lent_worker() -> Iterator[Worker]:
    """A process for one file: one that is idle, else a new one. It is kept for the next file if it can be."""
    while _idle:
        worker = _idle.pop()
        if worker.is_ready:
            break
        worker.close()
    else:
        worker = Worker()
    try:
        yield worker
    finally:
        if worker.is_ready:
            _idle.append(worker)
        else:
            worker.close()


def close_workers() -> None:
    """End the processes that wait for another workbook."""
    while _idle:
        _idle.pop().close()


@contextmanager
def closing_workers() -> Iterator[None]:
    """Whatever is read within, no process outlives it."""
    try:
        yield
    finally:
        close_workers()


atexit.register(close_workers)
