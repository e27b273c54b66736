"""The sheets of a file, whatever its ending says it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from anlan.contracts import Contract
from anlan.errors import AnlanError
from anlan.intake.layouts import HEAD_ROWS, Candidate, allowed_candidates, match_layout
from anlan.intake.original import Original
from anlan.intake.raw import RawSheet
from anlan.intake.textfile import DELIMITERS, check_encoding, detect_encoding, read_text, read_text_head
from anlan.intake.workbook import OLE_MAGIC, ZIP_MAGIC, read_workbook
from anlan.privacy.names import could_be_name
from anlan.privacy.redact import HIDDEN, redact_text

_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<style")


def read_sheets(
    original: Original,
    names: list[str],
    contracts: Mapping[str, Contract],
    is_area: Callable[[str], bool],
) -> Iterator[RawSheet]:
    """Sheets that hold anything, one at a time. A text file is one sheet, named as the file.

    ``names``: what layouts may call the file. Its first bytes, not its ending, say what it is. A sheet
    that is named after a person, and not after an area, is called by its position.
    Errors: AnlanError for a file that does not read.
    """
    for number, sheet in enumerate(_read_sheets(original, names, contracts), start=1):
        is_person = could_be_name(sheet.name) and not is_area(sheet.name)
        shown = HIDDEN if is_person else redact_text(sheet.name)
        # Two sheets may lose what told them apart.
        yield replace(sheet, name=f"{shown}第{number}张" if shown != sheet.name else shown)


def _read_sheets(
    original: Original, names: list[str], contracts: Mapping[str, Contract]
) -> Iterator[RawSheet]:
    with original.open() as stream:
        head = stream.read(4096)
    if not head.strip():
        raise AnlanError(f"{original.name}：空文件", "请报送单位重新报送。")
    if head.startswith((ZIP_MAGIC, OLE_MAGIC)):
        yield from read_workbook(original)
        return
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_MARKUP):
        raise AnlanError(
            f"{original.name}：内容是网页（HTML/XML），不是表格文件", "用 WPS 或 Excel 打开后另存为 .xlsx。"
        )
    encoding, delimiter = _text_options(original, names, contracts)
    sheet = read_text(original, encoding, delimiter)
    if sheet.frame.height:
        yield sheet


def _text_options(original: Original, names: list[str], contracts: Mapping[str, Contract]) -> tuple[str, str]:
    """Encoding and delimiter: as a layout says, else those under which most headers are found."""
    candidates = allowed_candidates(contracts.values(), names)
    detected: str | None = None
    failure: AnlanError | None = None
    best: tuple[tuple[bool, int, int], str, str] | None = None
    groups: dict[tuple[str | None, str | None], list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault((candidate.layout.encoding, candidate.layout.delimiter), []).append(candidate)
    for (encoding, delimiter), group in (groups or {(None, None): []}).items():
        if encoding is None:
            detected = detected or detect_encoding(original)
        else:
            check_encoding(encoding)
        used = encoding or detected or "utf-8"
        for separator in [delimiter] if delimiter else DELIMITERS:
            try:
                head = read_text_head(original, used, separator, HEAD_ROWS)
            except AnlanError as error:
                failure = failure or error
                continue
            matches = [match_layout(head, candidate) for candidate in group]
            merit = (
                any(match.fits for match in matches),
                max((len(match.found) for match in matches), default=0),
                head.frame.width,
            )
            if best is None or merit > best[0]:
                best = (merit, used, separator)
    # Quotes that do not close under a wrong delimiter prove nothing; under the only likely one they do.
    if failure is not None and (best is None or best[0][1] == 0):
        raise failure
    assert best is not None
    return best[1], best[2]
