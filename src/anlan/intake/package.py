"""The package of an .xlsx before it is parsed: whole, honest about its size, and nothing hidden in it.

The parser lays a sheet out densely from its first to its last cell, so one cell in the last corner ends its
process; it does not check what it has read, so that a flipped bit would change a figure; it takes what is
not UTF-8 for an empty sheet.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedReader, BytesIO
from pathlib import PurePath
from xml.etree import ElementTree

from anlan.errors import AnlanError
from anlan.intake.marks import Marks, is_percent_format
from anlan.intake.original import Original
from anlan.intake.skim import Formulas, SheetSkim, names_of_other_files

_MOST_BYTES = 4 << 30
_SUSPECT_BYTES = 256 << 20
_HONEST_RATIO = 100
_MOST_SMALL_BYTES = 64 << 20
_READ = 1 << 20
_BLOCK = 4 << 20

_ENCODING = re.compile(rb"<\?xml[^>]*?\bencoding\s*=\s*[\"']([^\"']+)[\"']")
_ROOT = re.compile(rb"<((?:[\w.-]+:)?([A-Za-z_][\w.-]*))")
_PLAIN_ENCODINGS = (b"utf-8", b"utf8", b"us-ascii", b"ascii")
_MARKUP_ENDINGS = (".xml", ".rels", ".vml")
_RELATIONS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)
_REMEDY = "用 WPS 或 Excel 打开并另存为 .xlsx，或请报送单位重新报送。"


@dataclass
class Package:
    """What the look found. ``marks``: of each sheet, in order; ``unpacked_bytes``: of all parts."""

    has_1904_dates: bool = False
    marks: list[Marks] = field(default_factory=list)
    unpacked_bytes: int = 0


def check_directory(original: Original, stream: BufferedReader | BytesIO) -> zipfile.ZipFile:
    """Open a package whose directory is sound. Errors: AnlanError for one that is not, or is no .xlsx."""
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, OSError, struct.error):
        raise _damaged(original, "压缩目录读不出") from None
    entries = archive.infolist()
    names = Counter(entry.filename.lower() for entry in entries)
    for name, count in names.items():
        if count > 1:
            raise _damaged(original, f"其中有 {count} 个 {name}")
    if not names.keys() & {"xl/workbook.xml"}:
        if "xl/workbook.bin" in names:
            raise AnlanError(f"{original.name}：是二进制工作簿（.xlsb），不读取", _REMEDY)
        if "content.xml" in names:
            raise AnlanError(
                f"{original.name}：是 OpenDocument 文件（.ods），不读取", "另存为 .xlsx 后重新报送。"
            )
        raise _damaged(original, "缺少 xl/workbook.xml，不是 Excel 工作簿")
    if PurePath(original.name).suffix.lower() == ".xlsx":
        for name in names:
            if name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/"):
                raise AnlanError(
                    f"{original.name}：扩展名是 .xlsx，却含有宏（{name}），未读取",
                    "请报送单位用 WPS 或 Excel 打开，另存为不含宏的 .xlsx 后重新报送。",
                )
    sizes = [(entry.filename, entry.file_size, entry.compress_size) for entry in entries]
    sizes.append(("全部内容", sum(size for _, size, _ in sizes), sum(packed for _, _, packed in sizes)))
    for name, size, packed in sizes:
        ratio = size / max(packed, 1)
        if size > _MOST_BYTES or (size > _SUSPECT_BYTES and ratio > _HONEST_RATIO):
            raise AnlanError(
                f"{original.name}：其中 {name} 声称展开后有 {size / 2**20:,.0f} MB"
                f"（压缩比 {ratio:,.0f}），疑为异常文件，未读取",
                "用 WPS 或 Excel 打开，删去空白的行列后另存；数据确有这么大时拆成几个文件或改用 CSV。",
            )
    return archive


def inspect_package(original: Original) -> Package:
    """Read every part of an .xlsx once and note what the parser does not tell.

    Errors: AnlanError for a package that is damaged, incomplete, larger than it says or can honestly be,
    encrypted, for one with document type declarations, and for formulas that refer to other files.
    """
    with original.open() as stream:
        archive = check_directory(original, stream)
        try:
            return _Inspection(original, archive, stream).package()
        except (zlib.error, ElementTree.ParseError, UnicodeDecodeError, OSError, ValueError) as error:
            raise _damaged(original, f"内容不合格式，{type(error).__name__}") from None


class _Inspection:
    def __init__(self, original: Original, archive: zipfile.ZipFile, stream: BufferedReader | BytesIO):
        self._original = original
        self._stream = stream
        self._entries = {entry.filename.lower(): entry for entry in archive.infolist()}

    def package(self) -> Package:
        entries = self._entries
        package = Package(unpacked_bytes=sum(entry.file_size for entry in entries.values()))
        book = ElementTree.fromstring(self._text("xl/workbook.xml"))
        properties = book.find("{*}workbookPr")
        package.has_1904_dates = properties is not None and properties.get("date1904") in ("1", "true")
        calculation = book.find("{*}calcPr")
        formulas = Formulas(
            is_stale=calculation is not None and calculation.get("fullCalcOnLoad") in ("1", "true"),
            foreign_names=names_of_other_files(
                (name.get("name", ""), name.text or "") for name in book.findall(".//{*}definedName")
            ),
        )
        targets = self._targets()
        percents = self._percent_styles()
        names: set[str] = set()
        read = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}
        for sheet in book.findall(".//{*}sheet"):
            name = sheet.get("name", "")
            target = targets.get(next((sheet.get(key, "") for key in _RELATIONS if sheet.get(key)), ""), "")
            if name in names:
                raise _damaged(self._original, f"有两个工作表都叫“{name}”")
            if target not in entries:
                raise _damaged(self._original, f"工作表“{name}”的内容缺失")
            names.add(name)
            package.marks.append(self._skim(name, target, percents, formulas))
            read.add(target)
        for entry in entries.keys() - read:
            if entry.endswith(_MARKUP_ENDINGS):
                for _ in self._pieces(entry, b">"):
                    pass
        return package

    def _targets(self) -> dict[str, str]:
        """Relationship id -> part, in lower case, as the parser finds it."""
        targets = {}
        for relation in ElementTree.fromstring(self._text("xl/_rels/workbook.xml.rels")):
            if relation.get("TargetMode") == "External":
                continue
            target = relation.get("Target", "").removeprefix("/").lower()
            part = target if target.startswith("xl/") else f"xl/{target}"
            kind = relation.get("Type", "").rpartition("/")[2]
            if kind in ("styles", "sharedStrings") and part not in self._entries:
                raise _damaged(self._original, f"缺少 {part}")
            targets[relation.get("Id", "")] = part
        return targets

    def _percent_styles(self) -> list[int]:
        """Positions of the cell styles that show a number as a percent."""
        if "xl/styles.xml" not in self._entries:
            return []
        styles = ElementTree.fromstring(self._text("xl/styles.xml"))
        codes = {
            int(item.get("numFmtId", "-1")): item.get("formatCode", "")
            for item in styles.findall(".//{*}numFmt")
        }
        formats = styles.find("{*}cellXfs")
        return [
            position
            for position, item in enumerate(formats if formats is not None else ())
            if is_percent_format(int(item.get("numFmtId", "0")), codes)
        ]

    def _skim(self, name: str, entry: str, percents: list[int], formulas: Formulas) -> Marks:
        where = f"{self._original.name} 工作表“{name}”"
        skim: SheetSkim | None = None
        for piece in self._pieces(entry, b"row>"):
            if skim is None:
                root = _root(piece)
                if root is None or root[1] != b"worksheet":
                    # A sheet of a chart or a dialogue holds no cells.
                    break
                prefix = root[0].removesuffix(b"worksheet")
                skim = SheetSkim(where, prefix, self._entries[entry].file_size, percents, formulas)
            skim.read(piece)
        return skim.marks if skim is not None else Marks()

    def _text(self, entry: str) -> bytes:
        """A small part as a whole."""
        if entry not in self._entries:
            raise _damaged(self._original, f"缺少 {entry}")
        if self._entries[entry].file_size > _MOST_SMALL_BYTES:
            raise _damaged(self._original, f"{entry} 过大")
        return b"".join(self._pieces(entry, b">"))

    def _pieces(self, entry: str, end: bytes) -> Iterator[bytes]:
        """A part of markup in pieces that end with ``end``, the last with what is left; safe to parse."""
        rest = ending = b""
        root: bytes | None = None
        for number, block in enumerate(self._blocks(entry)):
            if number == 0:
                self._check_encoding(entry, block)
                found = _root(block)
                root = found[0] if found else None
            whole = rest + block
            cut = whole.rfind(end) + len(end) if end in whole else 0
            rest = whole[cut:]
            if len(rest) > _MOST_SMALL_BYTES:
                raise _damaged(self._original, f"{entry} 中一行过长")
            if cut:
                ending = whole[max(cut - 1024, 0) : cut]
                yield self._checked(entry, whole[:cut])
        ending = (ending + rest).rstrip()
        if root is None or not ending.endswith((b"</" + root + b">", b"/>")):
            raise _damaged(self._original, f"{entry} 不完整")
        yield self._checked(entry, rest)

    def _checked(self, entry: str, piece: bytes) -> bytes:
        # Entities can be declared nowhere else.
        if b"DOCTYPE" in piece and b"<!DOCTYPE" in piece:
            raise AnlanError(
                f"{self._original.name}：其中 {entry} 含有文档类型声明（DTD），正常的工作簿没有，未读取",
                "用 WPS 或 Excel 打开并另存为 .xlsx；打不开的请报送单位重新报送。",
            )
        return piece

    def _check_encoding(self, entry: str, head: bytes) -> None:
        declared = _ENCODING.search(head[:200])
        is_utf8 = b"\0" not in head[:4] and not head.startswith((b"\xff\xfe", b"\xfe\xff"))
        if not is_utf8 or (declared and declared[1].lower() not in _PLAIN_ENCODINGS):
            raise AnlanError(f"{self._original.name}：其中 {entry} 不是 UTF-8 编码，不能可靠读取", _REMEDY)

    def _blocks(self, entry: str) -> Iterator[bytes]:
        """The bytes of a part, counted and summed as they unfold: the directory is only believed."""
        info = self._entries[entry]
        damaged = _damaged(self._original, f"{entry} 与压缩目录不符")
        if info.flag_bits & 1:
            raise AnlanError(f"{self._original.name}：压缩包有密码", "请报送单位去掉密码后重新报送。")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise damaged
        self._stream.seek(info.header_offset)
        header = self._stream.read(30)
        if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
            raise damaged
        self._stream.seek(sum(struct.unpack_from("<HH", header, 26)), 1)
        inflater = zlib.decompressobj(-zlib.MAX_WBITS) if info.compress_type else None
        left, count, checksum = info.compress_size, 0, 0
        while left:
            packed = self._stream.read(min(_READ, left))
            if not packed:
                raise damaged
            left -= len(packed)
            while packed:
                block = packed if inflater is None else inflater.decompress(packed, _BLOCK)
                packed = b"" if inflater is None else inflater.unconsumed_tail
                if not left and not packed and inflater is not None:
                    block += inflater.flush()
                count += len(block)
                if count > info.file_size:
                    raise damaged
                checksum = zlib.crc32(block, checksum)
                if block:
                    yield block
        if count != info.file_size or checksum != info.CRC:
            raise damaged


def _root(head: bytes) -> tuple[bytes, bytes] | None:
    """The name of the root element, and the same without its prefix."""
    found = _ROOT.search(head)
    return (found[1], found[2]) if found else None


def _damaged(original: Original, what: str) -> AnlanError:
    return AnlanError(f"{original.name}：Excel 文件已损坏（{what}）", _REMEDY)
