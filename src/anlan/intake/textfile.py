"""CSV and TSV as they arrive: three encodings, three delimiters, line breaks inside quotes."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice

from anlan.errors import AnlanError
from anlan.intake.original import Original
from anlan.intake.raw import RawSheet, text_frame

DELIMITERS = (",", "\t", ";")

_BLOCK = 1 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def detect_encoding(original: Original) -> str:
    """The encoding of a text file: by its BOM, else strict UTF-8, else strict GB18030.

    Errors: AnlanError when it is neither; nothing is ever decoded with losses.
    """
    with original.open() as stream:
        head = stream.read(4)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            _check(original, encoding)
            return encoding
    for encoding in ("utf-8", "gb18030"):
        if _decodes(original, encoding) is None:
            return encoding
    raise AnlanError(
        f"{original.name}：既不是 UTF-8 也不是 GB18030 编码的文本",
        "用 WPS 或 Excel 另存为“CSV UTF-8”；若确是别的编码，在合同该布局写 encoding。",
    )


def check_encoding(encoding: str) -> None:
    """Errors: AnlanError for a name that is no encoding."""
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise AnlanError(f"合同写的编码“{encoding}”不存在", "改为 utf-8、gb18030、iso-8859-1 等。") from None


def _decodes(original: Original, encoding: str) -> str | None:
    """None if all of a file decodes, else what went wrong."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with original.open() as stream:
            while block := stream.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeError as error:
        return str(error)
    return None


def _check(original: Original, encoding: str) -> None:
    problem = _decodes(original, encoding)
    if problem is not None:
        raise AnlanError(
            f"{original.name}：有字节不合 {encoding} 编码（{problem}）",
            "文件可能在传输中损坏，请报送单位重新导出。",
        )


def _records(original: Original, encoding: str, delimiter: str) -> Iterator[list[str]]:
    with io.TextIOWrapper(original.open(), encoding=encoding, errors="strict", newline="") as stream:
        # Strict, because otherwise a quote that never closes swallows the rest of the file in silence.
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        count = 0
        try:
            for record in reader:
                count += 1
                yield record
        except UnicodeError as error:
            raise AnlanError(
                f"{original.name} 第 {count + 1} 条记录之后：有字节不合 {encoding} 编码（{error}）",
                "核对合同中该布局的 encoding；若文件损坏，请报送单位重新导出。",
            ) from None
        except csv.Error as error:
            raise AnlanError(
                f"{original.name} 第 {count + 1} 条记录（文件第 {reader.line_num} 行附近）："
                f"引号或分隔符有误（{error}）",
                "检查该处的双引号是否成对；含逗号或换行的内容应整格加双引号。",
            ) from None


def read_text_head(original: Original, encoding: str, delimiter: str, rows: int) -> RawSheet:
    """The first rows of a text file, cut with one delimiter; errors as ``read_text``."""
    return RawSheet(
        original.name, text_frame(islice(_records(original, encoding, delimiter), rows)), encoding=encoding
    )


def read_text(original: Original, encoding: str, delimiter: str) -> RawSheet:
    """A whole text file. Row numbers count records, as a spreadsheet shows them.

    Errors: AnlanError for bytes that do not decode and quotes that do not close.
    """
    return RawSheet(original.name, text_frame(_records(original, encoding, delimiter)), encoding=encoding)
