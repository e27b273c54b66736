"""The process of its own in which workbooks are parsed: ``python -m anlan.intake.parse``.

What a hostile or broken file does to memory, to time and to the process itself, it does here. The process
holds nothing that outlives it, writes nothing anywhere but into its pipe, and ends with its input.
"""

from __future__ import annotations

import gc
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from anlan.errors import AnlanError
from anlan.intake.cells import percent_text, text_columns
from anlan.intake.compound import COMPOUND_MAGIC, inspect_compound
from anlan.intake.marks import Marks
from anlan.intake.messages import Kind, read_message, write_message
from anlan.intake.original import Original
from anlan.intake.package import inspect_package

ZIP_MAGIC = b"PK\x03\x04"

_CHUNK_ROWS = 8_000
# What an honest file needs at most: some for the parser itself, and a multiple of what unfolds.
_LEAST_MEMORY = 1 << 30
_MEMORY_PER_BYTE = 10
_MOST_OF_MACHINE = 0.8
# The process ends by itself when nobody ended it in time.
_GRACE_SECONDS = 30

_REMEDY = "用 WPS 或 Excel 打开，改正显示为 ##### 的单元格，另存为 .xlsx 后再放入 inbox。"


@dataclass(frozen=True)
class ParsedSheet:
    """A sheet about to be read; see RawSheet. ``chunks``: its rows from the first, in frames of texts."""

    name: str
    merged: list[list[int]]
    has_1904_dates: bool
    is_hidden: bool
    chunks: Iterator[pl.DataFrame]


class MemoryLimit:
    """A bound on the memory of this process, where the system keeps one; in force from apply to lift."""

    def __init__(self) -> None:
        self._wanted = _LEAST_MEMORY

    def apply(self, unpacked_bytes: int | None = None) -> None:
        """Allow what a file that unfolds to so many bytes may need, as far as the machine has it."""
        if unpacked_bytes is not None:
            self._wanted = _LEAST_MEMORY + _MEMORY_PER_BYTE * unpacked_bytes
        if sys.platform == "linux":
            page = os.sysconf("SC_PAGE_SIZE")
            used = int(Path("/proc/self/statm").read_text().split()[0]) * page
            most = int(os.sysconf("SC_PHYS_PAGES") * page * _MOST_OF_MACHINE)
            self._set(used + min(self._wanted, max(most, _LEAST_MEMORY)))

    def lift(self) -> None:
        """Allow everything again: between two files their bytes are taken in."""
        if sys.platform == "linux":
            self._set(None)

    @staticmethod
    def _set(soft: int | None) -> None:
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        is_bound = soft is not None and (hard == resource.RLIM_INFINITY or soft < hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft if soft is not None and is_bound else hard, hard))


def parse_workbook(original: Original, limit: MemoryLimit) -> Iterator[ParsedSheet]:
    """The sheets of a workbook in its order, each to be read before the next.

    Errors: AnlanError for whatever the file is that it should not be.
    """
    import python_calamine as calamine

    with original.open() as stream:
        head = stream.read(8)
    package = inspect_package(original) if head.startswith(ZIP_MAGIC) else inspect_compound(original)
    limit.apply(package.unpacked_bytes)
    with _explained(original.name):
        workbook = _open(original, head)
        sheets = list(zip(workbook.sheets_metadata, package.marks, strict=True))
    for index, (sheet, marks) in enumerate(sheets):
        if sheet.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        where = f"{original.name} 工作表“{sheet.name}”"
        with _explained(where):
            content = workbook.get_sheet_by_index(index)
            merged = [[*first, *last] for first, last in content.merged_cell_ranges or []]
        yield ParsedSheet(
            name=sheet.name,
            merged=merged,
            has_1904_dates=package.has_1904_dates,
            is_hidden=sheet.visible != calamine.SheetVisibleEnum.Visible,
            chunks=_chunks(where, content, marks),
        )


@contextmanager
def _explained(where: str) -> Iterator[None]:
    """Turn what the parser throws into a refusal; its own words are left out: they may quote a cell."""
    import python_calamine as calamine

    try:
        yield
    except calamine.PasswordError:
        raise AnlanError(f"{where}：工作簿有打开密码", "请报送单位去掉密码后重新报送。") from None
    except MemoryError:
        raise
    except BaseException as error:
        # A panic of the parser is outside Exception; Ctrl-C does not come here.
        raise AnlanError(f"{where}：不能作为 Excel 工作簿读取（{type(error).__name__}）", _REMEDY) from None


def _open(original: Original, head: bytes) -> Any:
    import python_calamine as calamine

    endings = {".xls"} if head == COMPOUND_MAGIC else {".xlsx", ".xlsm"}
    # The parser goes by the ending of a path, and needs half the memory of a stream.
    if original.content is None and original.path.suffix.lower() in endings:
        return calamine.CalamineWorkbook.from_path(str(original.path))
    with original.open() as stream:
        return calamine.CalamineWorkbook.from_filelike(stream)


def _chunks(where: str, sheet: Any, marks: Marks) -> Iterator[pl.DataFrame]:
    # The library gives rows from the first of the sheet, but columns from the first that is used.
    left = sheet.start[1] if sheet.start else 0
    width = max(left + sheet.width, marks.width)
    rows = sheet.iter_rows()
    first = 0
    while True:
        with _explained(where):
            cells = list(islice(rows, _CHUNK_ROWS))
        count = len(cells) or min(marks.height - first, _CHUNK_ROWS)
        if count <= 0:
            return
        blank = (None,) * count
        columns: list[Any] = [blank] * left + list(zip(*cells, strict=True))
        columns += [blank] * (width - len(columns))
        yield text_columns([_marked(column, marks, index, first) for index, column in enumerate(columns)])
        first += count


def _marked(values: tuple[Any, ...], marks: Marks, column: int, first: int) -> Any:
    """The values of a column from row ``first``, with their marks."""
    texts, percents = marks.texts.get(column), marks.percents.get(column)
    if not texts and not percents:
        return values
    marked = list(values)
    last = first + len(values)
    for row in percents or ():
        if first <= row < last:
            marked[row - first] = percent_text(values[row - first])
    for row, text in (texts or {}).items():
        if first <= row < last:
            marked[row - first] = text
    return marked


def main() -> None:
    """Answer requests until the input ends."""
    requests: queue.Queue[tuple[Kind, Any, bytes]] = queue.Queue()
    source = sys.stdin.buffer
    # Nothing but messages may get into the pipe.
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if sys.platform != "win32":
        import resource

        # A process that dies must not leave its memory on disk.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Ctrl-C is for the process that asks; it closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Millions of cells live for a moment, and none in a ring.
    gc.disable()
    threading.Thread(target=_listen, args=(source, requests), daemon=True).start()
    sheets: Iterator[ParsedSheet] = iter(())
    limit = MemoryLimit()
    while True:
        kind, head, body = requests.get()
        _set_alarm(head["seconds"] + _GRACE_SECONDS)
        if kind is Kind.OPEN:
            content = body if head["is_held"] else None
            original = Original(Path(head["path"]), head["name"], head["member"], content)
            limit = MemoryLimit()
            sheets = parse_workbook(original, limit)
        limit.apply()
        try:
            _answer(target, sheets)
        except (MemoryError, BrokenPipeError):
            os._exit(1)
        limit.lift()
        _set_alarm(0)


def _listen(source: BinaryIO, requests: queue.Queue[tuple[Kind, Any, bytes]]) -> None:
    """Put requests in line; with the end of the input this process ends, whatever it is doing."""
    try:
        while (message := read_message(source)) is not None:
            requests.put(message)
    finally:
        os._exit(0)


def _answer(target: BinaryIO, sheets: Iterator[ParsedSheet]) -> None:
    """Send the next sheet, that there is none, or why it cannot be read."""
    try:
        for sheet in sheets:
            is_blank = True
            for chunk in sheet.chunks:
                buffer = BytesIO()
                chunk.write_ipc_stream(buffer)
                write_message(target, Kind.CHUNK, {}, buffer.getbuffer())
                is_blank = False
            head = {
                "name": sheet.name,
                "merged": sheet.merged,
                "has_1904_dates": sheet.has_1904_dates,
                "is_hidden": sheet.is_hidden,
            }
            if not is_blank:
                write_message(target, Kind.SHEET, head)
                return
        write_message(target, Kind.END, {})
    except AnlanError as error:
        write_message(target, Kind.REFUSAL, {"message": error.message, "remedy": error.remedy})


def _set_alarm(seconds: int) -> None:
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


if __name__ == "__main__":
    main()
