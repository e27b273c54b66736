"""How a text file is encoded: told by its bytes where they tell it, and never decoded with losses."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache

from anlan.errors import AnlanError

GB18030, BIG5, LATIN_1, WINDOWS_LATIN = "gb18030", "big5", "iso-8859-1", "cp1252"

# What bytes alone cannot tell apart; the first is what China uses, the others need headers that prove them.
BY_HEADERS = (GB18030, BIG5, LATIN_1)

_LABELS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    GB18030: "GB18030",
    BIG5: "Big5",
    LATIN_1: "Latin-1",
    WINDOWS_LATIN: "Latin-1",
}
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BLOCK = 4 << 20
_HEAD = 1 << 18
# Small enough for the cache of a processor.
_SCAN = 1 << 18
_LINE_END = re.compile(r"\r\n|\r|\n")
# Control characters that no text holds, and how many and which share of them a damaged one may have.
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r"))
_FEW_CONTROLS, _MOST_CONTROLS = 16, 0.01
_REMEDY_BROKEN = "文件可能在传输中损坏，请报送单位重新导出。"
_REMEDY_PASTED = "分别打开原来的两个文件，各自另存为“CSV UTF-8”后再合并，或请报送单位重新导出。"
# Of a text that means anything; a wrong reading has more.
_MOST_RARE = 0.5
# The first byte of the second half of a code table: what stands there is seldom written.
_RARE_FROM = {GB18030: ("gb2312", 0xD8), BIG5: (BIG5, 0xC9)}


@dataclass(frozen=True)
class Text:
    """A text file decoded without losses: its bytes as UTF-8 without BOM, and how that was known."""

    name: str
    utf8: bytes
    encoding: str
    basis: str


def label_of(encoding: str) -> str:
    """An encoding as people call it."""
    return _LABELS.get(encoding, encoding)


def check_encoding(encoding: str) -> None:
    """Errors: AnlanError for a name that is no encoding of texts."""
    try:
        codecs.lookup(encoding).incrementaldecoder("strict").decode(b"", True)
        "".encode(encoding)
    except (LookupError, TypeError, AttributeError):
        raise AnlanError(f"合同写的编码“{encoding}”不存在", "改为 utf-8、gb18030、iso-8859-1 等。") from None


def told_by_bytes(name: str, data: bytes) -> tuple[str, str] | None:
    """Encoding and why, where the bytes tell it: a BOM, the pattern of zero bytes, strict UTF-8.

    Errors: AnlanError for zero bytes in what is no UTF-16: the file is binary or damaged.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return encoding, "文件头 BOM"
    if b"\0" in data:
        wide = _utf16_without_bom(data)
        if wide is None:
            raise _nul_refusal(name, data, "iso-8859-1", data.index(b"\0"))
        return wide, "无 BOM，按零字节的位置辨认"
    if _offset_of_fault(data, "utf-8") is None:
        return "utf-8", "严格按 UTF-8 解码通过"
    return None


def decode(name: str, data: bytes, encoding: str, basis: str, is_declared: bool = True) -> Text:
    """The whole file in one encoding.

    Errors: AnlanError naming the line for bytes that do not decode, for zero bytes, and for lines of another
    encoding, as where two files were pasted together.
    """
    canonical = codecs.lookup(encoding).name
    # A contract that says UTF-8 means it with a BOM, too.
    if canonical == "utf-8" and data.startswith(codecs.BOM_UTF8):
        canonical = "utf-8-sig"
    decoder = codecs.getincrementaldecoder(canonical)("strict")
    starts = range(0, len(data), _BLOCK)
    try:
        if canonical in ("utf-8", "utf-8-sig"):
            for start in starts:
                decoder.decode(data[start : start + _BLOCK])
            decoder.decode(b"", final=True)
            utf8 = data[len(codecs.BOM_UTF8) :] if canonical == "utf-8-sig" else data
        else:
            pieces = [decoder.decode(data[start : start + _BLOCK]).encode() for start in starts]
            utf8 = b"".join([*pieces, decoder.decode(b"", final=True).encode()])
    except UnicodeError:
        raise refuse_bytes(name, data, canonical, is_declared) from None
    if canonical in _RARE_FROM:
        line = _first_utf8_line(data, canonical)
        if line is not None:
            raise _pasted(name, line, label_of(canonical), "UTF-8")
    nul = utf8.find(b"\0")
    if nul >= 0:
        raise _nul_refusal(name, utf8, "utf-8", nul)
    return Text(name, utf8, "utf-8-sig" if canonical == "utf-8-sig" else encoding, basis)


def head_of(data: bytes, encoding: str) -> str | None:
    """The first lines of a file in one encoding; None where they do not decode."""
    part = data[:_HEAD]
    if encoding == LATIN_1:
        encoding = latin_of(part)
    try:
        text = codecs.getincrementaldecoder(encoding)("strict").decode(part, final=len(part) == len(data))
    except UnicodeError:
        return None
    if len(part) < len(data):
        text = text[: text.rfind("\n") + 1] or text
    return text


def latin_of(data: bytes) -> str:
    """The Latin-1 a file is in: where ISO has control characters, Windows has quotes and dashes."""
    return WINDOWS_LATIN if re.search(rb"[\x80-\x9f]", data) else LATIN_1


def refuse_bytes(name: str, data: bytes, encoding: str, is_declared: bool = True) -> AnlanError:
    """Why a file does not decode: the line, and whether another encoding begins there."""
    offset = _offset_of_fault(data, encoding)
    line = 1 if offset is None else _line_at(data, encoding, offset)
    fault = AnlanError(f"{name}：第 {line} 行有字节不合 {label_of(encoding)} 编码", _REMEDY_BROKEN)
    if encoding in ("utf-8", "utf-8-sig") and offset is not None:
        above = data[: data.rfind(b"\n", 0, offset) + 1]
        if not above.isascii() and _is_rather(_line_with(data, offset), GB18030):
            return _pasted(name, line, "UTF-8", label_of(GB18030))
    elif encoding in _RARE_FROM:
        utf8_line, other = _first_utf8_line(data, encoding), _offset_of_fault(data, "utf-8")
        if utf8_line is not None and other is not None:
            other_line = _line_at(data, "iso-8859-1", other)
            if not _is_rather(_line_with(data, other), encoding):
                return AnlanError(f"{name}：第 {other_line} 行有字节不合 UTF-8 编码", _REMEDY_BROKEN)
            if utf8_line < other_line:
                return _pasted(name, other_line, "UTF-8", label_of(encoding))
            return _pasted(name, utf8_line, label_of(encoding), "UTF-8")
        if not is_declared:
            return AnlanError(
                f"{name}：既不是 UTF-8 也不是 {label_of(encoding)} 编码的文本（第 {line} 行有字节不合），"
                "按 Big5、Latin-1 也认不出表头",
                "用 WPS 或 Excel 另存为“CSV UTF-8”；若确是别的编码，在合同该布局写 encoding。",
            )
    return fault


def looks_like_utf8(line: bytes, other: str) -> bool:
    """Whether bytes that may be of ``other`` (GB18030, Big5) are rather UTF-8.

    They must be strictly UTF-8 with two or more East Asian characters, and read so be made of commoner
    characters than read the other way: rare ones in a row are the mark of a wrong reading.
    """
    try:
        text = line.decode("utf-8")
    except UnicodeError:
        return False
    if sum(letter >= "\u2e80" for letter in text) < 2:
        return False
    rareness = _rareness(text, other)
    try:
        return rareness < _MOST_RARE and rareness < _rareness(line.decode(other), other)
    except UnicodeError:
        return True


def _is_rather(line: bytes, other: str) -> bool:
    """Whether a line that is no UTF-8 is whole in ``other``, and not UTF-8 with a damaged byte."""
    try:
        text = line.decode(other)
    except UnicodeError:
        return False
    damaged = line.decode("utf-8", "replace").replace("\ufffd", "")
    return _rareness(text, other) <= _rareness(damaged, other) or not any(c >= "\u2e80" for c in damaged)


@lru_cache(maxsize=50_000)
def _is_rare(letter: str, encoding: str) -> bool:
    table, first_rare = _RARE_FROM[encoding]
    try:
        return letter.encode(table)[0] >= first_rare
    except UnicodeError:
        return True


def _rareness(text: str, encoding: str) -> float:
    wide = [letter for letter in text if letter > "\x7f"]
    return sum(_is_rare(letter, encoding) for letter in wide) / max(len(wide), 1)


def _first_utf8_line(data: bytes, other: str) -> int | None:
    """The number of the first line that is UTF-8 in a file of ``other``."""
    import numpy as np

    if looks_like_utf8(_line_with(data, 0), other):
        return 1
    overlap = 3
    for start in range(0, len(data), _SCAN):
        block = np.frombuffer(data, np.uint8, min(_SCAN + overlap, len(data) - start), start)
        if len(block) <= overlap:
            break
        # A run of such characters that begins like UTF-8: after ASCII E3 to E9, and two bytes that continue.
        # Only level 2 of the tables begins so, and is seldom followed by what continues.
        signed = block.view(np.int8)
        begins = (block[1:-2] - np.uint8(0xE3)) <= 6
        begins &= signed[:-3] >= 0
        begins &= signed[2:-1] < -64
        begins &= signed[3:] < -64
        hits = np.flatnonzero(begins) + 1
        done = -1
        for hit in hits.tolist():
            position = start + hit
            if position < done:
                continue
            done = data.find(b"\n", position)
            done = len(data) if done < 0 else done
            if looks_like_utf8(_line_with(data, position), other):
                return _line_at(data, "iso-8859-1", position)
    return None


def _line_with(data: bytes, position: int) -> bytes:
    end = data.find(b"\n", position)
    return data[data.rfind(b"\n", 0, position) + 1 : end if end >= 0 else len(data)].rstrip(b"\r")


def _offset_of_fault(data: bytes, encoding: str) -> int | None:
    """The position of the first byte that does not decode."""
    # Positions are those in the file, so that a mark of byte order counts.
    encoding = encoding.removesuffix("-sig")
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        for start in range(0, len(data), _BLOCK):
            decoder.decode(data[start : start + _BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeError:
        try:
            data.decode(encoding)
        except UnicodeDecodeError as error:
            return error.start
    return None


def _line_at(data: bytes, encoding: str, offset: int) -> int:
    return len(_LINE_END.findall(data[:offset].decode(encoding, "replace"))) + 1


def _utf16_without_bom(data: bytes) -> str | None:
    """UTF-16 by its zero bytes: beside ASCII they stand on one side, and 一 (4E00) adds few on the other."""
    even, odd = data[0:_HEAD:2].count(0), data[1:_HEAD:2].count(0)
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    if len(data) % 2 or max(even, odd) < 2 * min(even, odd) or _offset_of_fault(data, encoding) is not None:
        return None
    text = data.decode(encoding)
    return None if "\0" in text or not _LINE_END.search(text) else encoding


def _nul_refusal(name: str, data: bytes, encoding: str, offset: int) -> AnlanError:
    head = data[:_HEAD]
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > max(_FEW_CONTROLS, _MOST_CONTROLS * len(head)):
        return AnlanError(f"{name}：内容是二进制数据，不是文本", "确认文件是否传错；请报送单位重新导出。")
    return AnlanError(
        f"{name}：第 {_line_at(data, encoding, offset)} 行有零字节（NUL），不是完整的文本", _REMEDY_BROKEN
    )


def _pasted(name: str, line: int, above: str, here: str) -> AnlanError:
    return AnlanError(
        f"{name}：第 {line} 行是 {here} 编码，前面却是 {above}；文件由两种编码的内容拼接而成", _REMEDY_PASTED
    )
