"""The compound file of an .xls before it is parsed: which cells are errors or percents, is it locked.

The parser reads error cells as empty and does not tell number formats. Formats: [MS-CFB], [MS-XLS].
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from anlan.errors import AnlanError
from anlan.intake.marks import Marks, is_percent_format
from anlan.intake.original import Original
from anlan.intake.package import Package

COMPOUND_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_END_OF_CHAIN = 0xFFFFFFFA
_REMEDY = "用 WPS 或 Excel 打开，另存为 .xlsx 后重新报送。"
_LOCKED = "请报送单位去掉密码后重新报送。"

_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
_BIFF8 = 0x0600


class Record(enum.IntEnum):
    """Kinds of records that are looked at."""

    FORMULA = 0x0006
    END = 0x000A
    DATE_MODE = 0x0022
    FILE_PASS = 0x002F
    SHEET = 0x0085
    NUMBERS = 0x00BD
    STYLE = 0x00E0
    NUMBER = 0x0203
    ERROR = 0x0205
    SMALL_NUMBER = 0x027E
    FORMAT = 0x041E
    BEGIN = 0x0809


_CELLS = (Record.FORMULA, Record.NUMBER, Record.SMALL_NUMBER, Record.ERROR)


def inspect_compound(original: Original) -> Package:
    """Walk through the records of an .xls.

    Errors: AnlanError for a file that is damaged, locked by a password, or holds something else.
    """
    with original.open() as stream:
        content = stream.read()
    try:
        streams = dict(_streams(content))
        if "encryptedpackage" in streams:
            raise AnlanError(f"{original.name}：工作簿有打开密码", _LOCKED)
        book = streams.get("workbook") or streams.get("book")
        if book is None:
            raise AnlanError(f"{original.name}：不能作为 Excel 工作簿读取（其中没有工作簿）", _REMEDY)
        return _package(original, book())
    except (struct.error, IndexError, ValueError, UnicodeDecodeError):
        raise AnlanError(f"{original.name}：不能作为 Excel 工作簿读取（文件已损坏）", _REMEDY) from None


def _package(original: Original, book: bytes) -> Package:
    package = Package(unpacked_bytes=len(book))
    codes: dict[int, str] = {}
    formats: list[int] = []
    sheets: list[int] = []
    is_new = True
    for kind, start, _ in _records(book, 0):
        match kind:
            case Record.BEGIN:
                is_new = struct.unpack_from("<H", book, start)[0] >= _BIFF8
            case Record.FILE_PASS:
                raise AnlanError(f"{original.name}：工作簿有打开密码", _LOCKED)
            case Record.DATE_MODE:
                package.has_1904_dates = struct.unpack_from("<H", book, start)[0] == 1
            case Record.FORMAT:
                number = struct.unpack_from("<H", book, start)[0]
                codes[number] = _code(book, start + 2, is_new)
            case Record.STYLE:
                formats.append(struct.unpack_from("<H", book, start + 2)[0])
            case Record.SHEET:
                sheets.append(struct.unpack_from("<I", book, start)[0])
    percents = {position for position, number in enumerate(formats) if is_percent_format(number, codes)}
    package.marks = [_marks(book, place, percents) for place in sheets]
    return package


def _marks(book: bytes, place: int, percents: set[int]) -> Marks:
    marks = Marks()
    for kind, start, size in _records(book, place):
        if kind == Record.NUMBERS:
            row, first = struct.unpack_from("<HH", book, start)
            for number in range((size - 6) // 6):
                if struct.unpack_from("<H", book, start + 4 + 6 * number)[0] in percents:
                    marks.add_percent(row, first + number)
        elif kind in _CELLS:
            row, column, style = struct.unpack_from("<HHH", book, start)
            if kind == Record.ERROR:
                code, is_error = book[start + 6], book[start + 7]
            elif kind == Record.FORMULA and book[start + 12 : start + 14] == b"\xff\xff":
                code, is_error = book[start + 8], book[start + 6] == 2
            else:
                code, is_error = 0, False
                if style in percents:
                    marks.add_percent(row, column)
            if is_error:
                marks.add_text(row, column, _ERRORS.get(code, "#N/A"))
    return marks


def _records(book: bytes, place: int) -> Iterator[tuple[int, int, int]]:
    """Kind, start and size of the records of one substream, to its end and with those nested in it."""
    depth = 0
    while True:
        kind, size = struct.unpack_from("<HH", book, place)
        place += 4
        if place + size > len(book):
            raise ValueError("a record beyond the end")
        if depth <= 1:
            yield kind, place, size
        place += size
        depth += (kind == Record.BEGIN) - (kind == Record.END)
        if depth <= 0:
            return


def _code(book: bytes, start: int, is_new: bool) -> str:
    """The code of a number format; only its ASCII signs count."""
    if not is_new:
        return book[start + 1 : start + 1 + book[start]].decode("latin-1")
    count, is_wide = struct.unpack_from("<HB", book, start)
    if is_wide & 1:
        return book[start + 3 : start + 3 + 2 * count].decode("utf-16-le")
    return book[start + 3 : start + 3 + count].decode("latin-1")


def _streams(content: bytes) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The streams of a compound file: name in lower case, and what reads it."""
    sector = 1 << struct.unpack_from("<H", content, 30)[0]
    first_directory, _, cutoff, first_small_table = struct.unpack_from("<IIII", content, 48)
    if not 512 <= sector <= 4096:
        raise ValueError("a sector of no known size")

    def sector_of(number: int) -> bytes:
        return content[(number + 1) * sector : (number + 2) * sector]

    def numbers(raw: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])

    table_places = [*struct.unpack_from("<109I", content, 76)]
    following, seen = struct.unpack_from("<I", content, 68)[0], 0
    while following < _END_OF_CHAIN:
        *more, following = numbers(sector_of(following))
        table_places += more
        seen += 1
        if seen * sector > len(content):
            raise ValueError("a table in a ring")
    table = [n for place in table_places if place < _END_OF_CHAIN for n in numbers(sector_of(place))]

    def chain(first: int, links: Sequence[int]) -> Iterator[int]:
        for _ in range(len(links)):
            if first >= _END_OF_CHAIN:
                return
            yield first
            first = links[first]
        if first < _END_OF_CHAIN:
            raise ValueError("a chain in a ring")

    def stream(first: int) -> bytes:
        return b"".join(sector_of(number) for number in chain(first, table))

    directory = stream(first_directory)
    small_table = numbers(stream(first_small_table))
    small = b""
    for place in range(0, len(directory) - 127, 128):
        length, kind = struct.unpack_from("<HB", directory, place + 64)
        first, size = struct.unpack_from("<II", directory, place + 116)
        name = directory[place : place + max(length - 2, 0)].decode("utf-16-le").lower()
        if kind == 5:
            small = stream(first)
        elif kind == 2 and size < cutoff:
            yield name, partial(_small_stream, small, [*chain(first, small_table)], size)
        elif kind == 2:
            yield name, partial(_large_stream, stream, first, size)


def _small_stream(small: bytes, places: Sequence[int], size: int) -> bytes:
    return b"".join(small[place * 64 : place * 64 + 64] for place in places)[:size]


def _large_stream(stream: Callable[[int], bytes], first: int, size: int) -> bytes:
    return stream(first)[:size]
