"""Archives in the inbox: each member is an extract of its own, read one at a time and held in memory only.

Nothing in an archive is believed: neither names, nor sizes, nor that it is what its ending says.
"""

from __future__ import annotations

import lzma
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from anlan.errors import AnlanError
from anlan.intake.encodings import GB18030, looks_like_utf8
from anlan.intake.foreign import ZIP_MAGICS, is_package
from anlan.intake.original import Original

_MOST_MEMBERS = 2_000
_MOST_BYTES = 1 << 30
_MOST_BYTES_IN_ALL = 8 << 30
_SUSPECT_BYTES = 64 << 20
_HONEST_RATIO = 100
_BLOCK = 1 << 20
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_SHOWN_NAME = 80

_RESEND = "请报送单位重新压缩后报送，或直接报送其中的文件。"
_RESEND_ONE = "请报送单位单独重新报送这个文件；压缩包内其余文件不受影响。"

# What reading a damaged or unusual member raises. Texts of these are not shown: they name what they like.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    EOFError, OSError, ValueError, NotImplementedError, RuntimeError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True)
class Unreadable:
    """A file of the inbox, or a member of an archive, that gives no extract, and why."""

    name: str
    error: AnlanError


def is_hidden(parts: tuple[str, ...]) -> bool:
    """Whether a path is of a hidden file, of an editor's lock, or of what systems leave in archives."""
    return any(
        (part.startswith((".", "~$")) and part not in (".", "..")) or part == "__MACOSX" for part in parts
    )


def extracts_of(path: Path, inbox: Path) -> Iterator[Original | Unreadable]:
    """The extracts of one file of the inbox: itself, or the members of a .zip that is no workbook.

    A link that leads out of the inbox, or nowhere, and what is no file gives none: it is told.
    Each member is in memory while it is used; ask for the next one only when it is done with. A member
    that cannot be read is told alone. An archive that cannot be opened at all counts as an extract, for
    whoever reads it to say what is wrong. Errors: AnlanError for a file that cannot be opened.
    """
    error = _refuse_place(path, inbox)
    if error is not None:
        yield Unreadable(path.name, error)
        return
    itself = Original.of_file(path)
    with itself.open() as stream:
        if not stream.read(4).startswith(ZIP_MAGICS):
            yield itself
            return
        try:
            archive = zipfile.ZipFile(stream)
        except _BROKEN:
            if path.suffix.lower() == ".zip":
                error = AnlanError(f"{path.name}：压缩包已损坏或不完整，打不开", _RESEND)
                yield Unreadable(path.name, error)
            else:
                yield itself
            return
        with archive:
            if is_package(archive):
                yield itself
            else:
                yield from _members(path, archive)


def reopen(original: Original, inbox: Path) -> Original | None:
    """An extract whose bytes were given back, with them again; None if it is no longer there."""
    companions = [reopen(companion, inbox) for companion in original.companions]
    found = next(
        (
            item
            for item in extracts_of(original.path, inbox)
            if isinstance(item, Original) and item.member == original.member
        ),
        None,
    )
    if found is None or None in companions:
        return None
    return replace(found, companions=tuple(c for c in companions if c is not None))


def _refuse_place(path: Path, inbox: Path) -> AnlanError | None:
    remedy = "把文件本身复制到 inbox 中，不要用链接。"
    if path.is_symlink() and not path.resolve().is_relative_to(inbox.resolve()):
        return AnlanError(f"{path.name}：是指向 inbox 之外的链接，未读取", remedy)
    if not path.is_file():
        return AnlanError(f"{path.name}：不是普通文件，未读取", remedy)
    return None


def _members(path: Path, archive: zipfile.ZipFile) -> Iterator[Original | Unreadable]:
    entries = archive.infolist()
    if len(entries) > _MOST_MEMBERS:
        error = AnlanError(
            f"{path.name}：压缩包内有 {len(entries):,} 个文件，超过 {_MOST_MEMBERS:,} 个，未读取",
            "分成几个压缩包，或解压后把需要的文件放进 inbox。",
        )
        yield Unreadable(path.name, error)
        return
    named = [(_name_of(entry), entry) for entry in entries]
    named = [
        (name, entry)
        for name, entry in named
        if not name.endswith("/") and not is_hidden(tuple(name.split("/")))
    ]
    if not named:
        yield Unreadable(path.name, AnlanError(f"{path.name}：压缩包内没有文件", _RESEND))
    times = Counter(name for name, _ in named)
    told: set[str] = set()
    left = _MOST_BYTES_IN_ALL
    archive_size = path.stat().st_size
    for name, entry in named:
        if name in told:
            continue
        told.add(name)
        shown = f"{path.name}/{_printable(name)}"
        try:
            # Packed it cannot be larger than the archive, whatever the directory says.
            packed = max(min(entry.compress_size, archive_size), 1)
            _check(shown, name, entry, packed, times[name])
            content = _read(shown, archive, entry, packed, left)
        except AnlanError as error:
            yield Unreadable(shown, error)
            continue
        left -= len(content)
        plain = PurePosixPath(name).name
        yield Original(path, plain, name, content)


def _name_of(entry: zipfile.ZipInfo) -> str:
    """The name as it was written: without a flag for UTF-8 in the code page of a Chinese Windows."""
    # What follows a zero byte is cut off by the library; the whole is checked.
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8_NAME and not name.isascii():
        try:
            raw = name.encode("cp437")
            name = raw.decode("utf-8" if looks_like_utf8(raw, GB18030) else GB18030)
        except UnicodeError:
            pass
    return unicodedata.normalize("NFC", name)


def _check(shown: str, name: str, entry: zipfile.ZipInfo, packed: int, times: int) -> None:
    parts = name.split("/")
    if (
        any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in name)
        or "\\" in name
        or re.match(r"[A-Za-z]:", name)
        or any(part in ("", ".", "..") for part in parts)
    ):
        raise AnlanError(
            f"{shown}：压缩包内的文件名不合规（含 ..、绝对路径、盘符、反斜杠或控制字符），未读取", _RESEND_ONE
        )
    if times > 1:
        raise AnlanError(f"{shown}：压缩包内有 {times} 个同名文件，不知以哪个为准，都未读取", _RESEND_ONE)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise AnlanError(f"{shown}：是一个链接，不是文件，未读取", _RESEND_ONE)
    if entry.flag_bits & _ENCRYPTED:
        raise AnlanError(f"{shown}：压缩包有密码，无法读取", "解压后把文件放进 inbox，或请报送单位去掉密码。")
    ratio = entry.file_size / packed
    if entry.file_size > _MOST_BYTES or (entry.file_size > _SUSPECT_BYTES and ratio > _HONEST_RATIO):
        raise _bomb(shown, f"声称展开后有 {entry.file_size / 2**20:,.0f} MB（压缩比 {ratio:,.0f}）")


def _read(shown: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, packed: int, left: int) -> bytes:
    """The content, counted while it unfolds: the directory may say less than there is."""
    limit = min(_MOST_BYTES, left)
    blocks: list[bytes] = []
    size = 0
    try:
        with archive.open(entry) as stream:
            while block := stream.read(_BLOCK):
                size += len(block)
                if size > limit or (size > _SUSPECT_BYTES and size > _HONEST_RATIO * packed):
                    raise _bomb(shown, f"展开到 {size / 2**20:,.0f} MB 仍未完")
                blocks.append(block)
    except _BROKEN:
        raise AnlanError(
            f"{shown}：压缩包内的这个文件已损坏，或压缩方法不受支持，未读取", _RESEND_ONE
        ) from None
    return b"".join(blocks)


def _bomb(shown: str, found: str) -> AnlanError:
    return AnlanError(f"{shown}：{found}，疑为异常文件，未读取", "确认来源可靠后，解压并把文件放进 inbox。")


def _printable(name: str) -> str:
    """A name fit for a line of a message."""
    text = "".join("?" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in name)
    return text if len(text) <= _SHOWN_NAME else f"{text[:_SHOWN_NAME]}…"
