"""CSV and TSV as they arrive: quotes, line breaks inside quotes, rows of any length; and that fast."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import islice

import polars as pl

from anlan.errors import AnlanError
from anlan.intake.encodings import GB18030, Text, decode, told_by_bytes
from anlan.intake.original import Original
from anlan.intake.raw import RawSheet, text_frame, trim_frame

DELIMITERS = (",", "\t", ";")

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
# Control characters that stand in no honest file; one that has them is cut by the csv module.
_UNUSED, _LINE_SEPARATOR = b"\x1f", b"\x01"
# The csv module refuses longer fields.
_LONGEST_FIELD = csv.field_size_limit()


def read_plain_text(original: Original) -> Text:
    """A text file without a contract: by its BOM, else strict UTF-8, else strict GB18030.

    Errors: AnlanError when it is neither.
    """
    with original.open() as stream:
        data = stream.read()
    told = told_by_bytes(original.shown, data)
    encoding, basis = told or (GB18030, "严格按 GB18030 解码通过")
    return decode(original.shown, data, encoding, basis, is_declared=False)


def cut_head(name: str, head: str, delimiter: str, rows: int) -> RawSheet:
    """The first rows of a text, cut with one delimiter; errors as ``read_text``."""
    return RawSheet(name, text_frame(islice(_records(name, head, delimiter), rows)))


def read_text(text: Text, sheet_name: str, delimiter: str) -> RawSheet:
    """A whole text file. Row numbers count records, as a spreadsheet shows them.

    Errors: AnlanError for quotes that do not close, naming the line in which they open.
    """
    frame = _cut_fast(text, delimiter)
    if frame is None:
        frame = text_frame(_records(text.name, text.utf8.decode(), delimiter))
    return RawSheet(sheet_name, frame, encoding=text.encoding, encoding_basis=text.basis)


def _records(name: str, text: str, delimiter: str) -> Iterator[list[str]]:
    lines = (match[0] for match in _LINE.finditer(text))
    # Strict, because otherwise a quote that never closes swallows the rest of the file in silence.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    first_line = 1
    try:
        for record in reader:
            first_line = reader.line_num + 1
            yield record
    except csv.Error:
        raise _quote_refusal(name, text, delimiter, first_line, reader.line_num) from None


def _quote_refusal(name: str, text: str, delimiter: str, first_line: int, seen_line: int) -> AnlanError:
    """``first_line``: where the record begins that cannot be read; ``seen_line``: where that shows."""
    start = next((m.start() for m in islice(_LINE.finditer(text), first_line - 1, None)), len(text))
    opened = _open_quote(text, start, delimiter)
    if opened is None:
        return AnlanError(
            f"{name} 第 {first_line} 行：有一格超过 {_LONGEST_FIELD:,} 个字符",
            "检查该行的分隔符和双引号；内容确有这么长时删减后重新报送。",
        )
    line = first_line + len(re.findall(r"\r\n|\r|\n", text[start:opened]))
    shows = f"（到第 {seen_line} 行才看出）" if seen_line > line else ""
    return AnlanError(
        f"{name}：第 {line} 行的一个双引号开了没有正确闭合{shows}",
        "检查该行的双引号是否成对；含逗号或换行的内容应整格加双引号，其中的双引号写两遍。",
    )


def _open_quote(text: str, position: int, delimiter: str) -> int | None:
    """Position of the quote that opens the first field from ``position`` on that does not close rightly."""
    end_of_field = re.compile(f"{re.escape(delimiter)}|\r|\n")
    while position < len(text):
        if text[position] == '"':
            close = text.find('"', position + 1)
            while close >= 0 and text[close + 1 : close + 2] == '"':
                close = text.find('"', close + 2)
            after = text[close + 1 : close + 2]
            if close < 0 or (after and after not in (delimiter, "\r", "\n")):
                return position
            position = close + 2
        else:
            match = end_of_field.search(text, position)
            if match is None:
                return None
            position = match.end()
    return None


def _cut_fast(text: Text, delimiter: str) -> pl.DataFrame | None:
    """The frame that the csv module would make, cut by polars; None where that is not certain.

    It is where no line needs to know of another: without quotes, or with each quote of each line opening or
    closing a field or written twice inside one.
    """
    data, separator = text.utf8, delimiter.encode()
    if len(separator) > 1 and not (_UNUSED in data or b'"' in data):
        data, separator = data.replace(separator, _UNUSED), _UNUSED
    # Without line breaks inside quotes, all three kinds of them end a line; two of them polars knows.
    if data.count(b"\r") != data.count(b"\r\n"):
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not data or _LINE_SEPARATOR in data or len(separator) > 1:
        return None
    frame = _cut_quoted(data, separator) if b'"' in data else _cut_plain(data, separator)
    if frame is None or frame.height != data.count(b"\n") + (not data.endswith(b"\n")):
        return None
    longest = frame.select(pl.all().str.len_bytes().max()).max_horizontal().item()
    return None if (longest or 0) > _LONGEST_FIELD else trim_frame(frame)


def _cut_plain(data: bytes, separator: bytes) -> pl.DataFrame | None:
    frame = _cut(data, separator, _width_of_head(data, separator), None)
    if frame is not None:
        return frame
    most = _lines(data).str.count_matches(separator.decode(), literal=True).max()
    return _cut(data, separator, most + 1, None) if isinstance(most, int) else None


def _cut_quoted(data: bytes, separator: bytes) -> pl.DataFrame | None:
    mark = re.escape(separator.decode())
    field = f'(?:"[^"]*(?:""[^"]*)*"|[^"{mark}]*)'
    if not _lines(data).str.contains(f"^{field}(?:{mark}{field})*$").all():
        return None
    return _cut(data, separator, _width_of_head(data, separator), '"')


def _lines(data: bytes) -> pl.Series:
    # The line put in front settles the number of columns, and keeps a mark of byte order from being eaten.
    schema = {"line": pl.String()}
    lines = pl.read_csv(
        b"\n" + data,
        has_header=False,
        schema=schema,
        separator=_LINE_SEPARATOR.decode(),
        quote_char=None,
    )
    return lines["line"].slice(1).fill_null("")


def _width_of_head(data: bytes, separator: bytes) -> int:
    """How many fields the first lines have at most: never more than the whole file has."""
    head = data[: 1 << 16]
    lines = head[: head.rfind(b"\n") + 1].decode() if len(head) < len(data) else head.decode()
    try:
        records = [
            *csv.reader((m[0] for m in _LINE.finditer(lines)), delimiter=separator.decode(), strict=True)
        ]
    except csv.Error:
        return 1
    return max([1, *map(len, records)])


def _cut(data: bytes, separator: bytes, width: int, quote: str | None) -> pl.DataFrame | None:
    """Lines cut into ``width`` columns; None when one has more fields."""
    schema = {f"c{i}": pl.String() for i in range(width)}
    try:
        frame = pl.read_csv(
            separator * (width - 1) + b"\n" + data,
            has_header=False,
            schema=schema,
            separator=separator.decode(),
            quote_char=quote,
        )
    except pl.exceptions.ComputeError:
        return None
    return frame.slice(1)
