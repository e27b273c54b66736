"""What is no extract at all, told by its first bytes: pictures, documents, web pages, other archives."""

from __future__ import annotations

import zipfile

from anlan.errors import AnlanError
from anlan.intake.original import Original

ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RESEND = "请报送单位报送原始的 Excel 或 CSV 文件。"
_UNPACK = "解压后把其中的表格文件放进 inbox，或改用 .zip 压缩。"
_SAVE_AS = "用 WPS 或 Excel 打开后另存为 .xlsx。"
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"Rar!\x1a\x07", "RAR 压缩包", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包", _UNPACK),
    (b"\x1f\x8b", "gzip 压缩包", _UNPACK),
    (b"BZh", "bzip2 压缩包", _UNPACK),
    (b"\xfd7zXZ\x00", "xz 压缩包", _UNPACK),
    (b"%PDF-", "PDF 文档", _RESEND),
    (b"{\\rtf", "RTF 文档", _RESEND),
    (b"\xff\xd8\xff", "图片（JPEG）", _RESEND),
    (b"\x89PNG\r\n", "图片（PNG）", _RESEND),
    (b"GIF8", "图片（GIF）", _RESEND),
    (b"II*\x00", "图片（TIFF）", _RESEND),
    (b"MM\x00*", "图片（TIFF）", _RESEND),
    (b"SQLite format 3\x00", "SQLite 数据库", "导出为 CSV 或 .xlsx 后重新报送。"),
)
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<style")
# Directory entries of old Office files; their names are in UTF-16.
_OLE_STREAMS = {"WordDocument": "Word 文档（.doc）", "PowerPoint Document": "PowerPoint 文档（.ppt）"}
_PACKAGES = {
    "word/": "Word 文档（.docx）",
    "ppt/": "PowerPoint 文档（.pptx）",
    "mimetype": "OpenDocument 文档（.ods 等）",
}
_OLE_SHEETS = ("Workbook", "Book", "EncryptedPackage")


def refuse_foreign(original: Original, head: bytes) -> None:
    """``head``: the first 4,096 bytes. Errors: AnlanError for what is no table, saying what it is."""
    where = original.shown
    # Of UTF-16, too: a byte order mark and blanks are nothing.
    if not head.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").strip(
        b" \t\r\n\v\f\0"
    ) and (len(head) < 4096 or _is_blank(original)):
        raise AnlanError(f"{where}：空文件", "请报送单位重新报送。")
    for magic, kind, remedy in _MAGIC:
        if head.startswith(magic):
            raise AnlanError(f"{where}：内容是 {kind}，不是表格文件", remedy)
    if head[257:262] == b"ustar":
        raise AnlanError(f"{where}：内容是 tar 压缩包，不是表格文件", _UNPACK)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_MARKUP):
        raise AnlanError(f"{where}：内容是网页（HTML/XML），不是表格文件", _SAVE_AS)
    if head.startswith(_OLE_MAGIC):
        _refuse_document(original)
    if head.startswith(ZIP_MAGICS):
        _refuse_package(original)


def _is_blank(original: Original) -> bool:
    with original.open() as stream:
        while block := stream.read(1 << 20):
            if block.strip(b" \t\r\n\v\f\0"):
                return False
    return True


def _refuse_document(original: Original) -> None:
    with original.open() as stream:
        content = stream.read()
    if any(_entry(name) in content for name in _OLE_SHEETS):
        return
    for name, kind in _OLE_STREAMS.items():
        if _entry(name) in content:
            raise AnlanError(f"{original.shown}：内容是 {kind}，不是表格文件", _RESEND)


def is_package(archive: zipfile.ZipFile) -> bool:
    """Whether an archive is an Office document, which is a zip of parts, and no bag of files."""
    return any(
        name in ("[Content_Types].xml", "mimetype") or name.startswith(("xl/", "word/", "ppt/"))
        for name in archive.namelist()
    )


def _refuse_package(original: Original) -> None:
    try:
        with original.open() as stream, zipfile.ZipFile(stream) as archive:
            is_document, names = is_package(archive), archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        # Whoever reads workbooks says what is wrong with one.
        return
    if not is_document:
        raise AnlanError(f"{original.shown}：是压缩包中的压缩包，未读取", _UNPACK)
    if any(name.startswith("xl/") for name in names):
        return
    for start, kind in _PACKAGES.items():
        if any(name.startswith(start) for name in names):
            raise AnlanError(f"{original.shown}：内容是 {kind}，不是 Excel 工作簿", _SAVE_AS)


def _entry(name: str) -> bytes:
    return name.encode("utf-16-le") + b"\0\0"
