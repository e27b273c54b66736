"""The sheets of a file, whatever its ending says it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from anlan.contracts import Contract
from anlan.errors import AnlanError
from anlan.intake.encodings import (
    BIG5,
    BY_HEADERS,
    GB18030,
    LATIN_1,
    Text,
    check_encoding,
    decode,
    head_of,
    label_of,
    latin_of,
    refuse_bytes,
    told_by_bytes,
)
from anlan.intake.foreign import refuse_foreign
from anlan.intake.layouts import HEAD_ROWS, Candidate, Match, allowed_candidates, match_layout, name_fits
from anlan.intake.original import Original
from anlan.intake.raw import RawSheet
from anlan.intake.textfile import DELIMITERS, cut_head, read_text
from anlan.intake.workbook import OLE_MAGIC, ZIP_MAGIC, read_workbook
from anlan.privacy.names import could_be_name
from anlan.privacy.redact import HIDDEN, redact_text


def read_sheets(
    original: Original,
    names: list[str],
    contracts: Mapping[str, Contract],
    is_area: Callable[[str], bool],
) -> Iterator[RawSheet]:
    """Sheets that hold anything, one at a time. A text file is one sheet, named as the file.

    ``names``: what layouts may call the file. Its first bytes, not its ending, say what it is. A sheet
    that is named after a person, and neither after an area nor as a layout expects, is called by its
    position.
    Errors: AnlanError for a file that does not read.
    """
    for number, sheet in enumerate(_read_sheets(original, names, contracts), start=1):
        is_known = is_area(sheet.name) or _is_expected(contracts, sheet.name)
        is_person = could_be_name(sheet.name) and not is_known
        shown = HIDDEN if is_person else redact_text(sheet.name)
        # Two sheets may lose what told them apart.
        yield replace(sheet, name=f"{shown}第{number}张" if shown != sheet.name else shown)


def _is_expected(contracts: Mapping[str, Contract], sheet_name: str) -> bool:
    """Whether a layout names sheets, and a sheet is called so."""
    named = [p for c in contracts.values() for layout in c.layouts for p in layout.sheets if p.strip("*?")]
    return name_fits(named, sheet_name)


def _read_sheets(
    original: Original, names: list[str], contracts: Mapping[str, Contract]
) -> Iterator[RawSheet]:
    with original.open() as stream:
        head = stream.read(4096)
    refuse_foreign(original, head)
    if head.startswith((ZIP_MAGIC, OLE_MAGIC)):
        yield from read_workbook(original)
        return
    with original.open() as stream:
        data = stream.read()
    text, delimiter = _open_text(original, data, names, contracts)
    del data
    sheet = read_text(text, original.name, delimiter)
    if sheet.frame.height:
        yield sheet


@dataclass(frozen=True)
class _Reading:
    """How the head of a text file reads under one encoding and one delimiter, for the layouts of one group.

    ``proof_count``: headers found that are not plain ASCII, which reads the same in every encoding.
    """

    encoding: str
    is_declared: bool
    delimiter: str
    fits: bool
    found_count: int
    proof_count: int
    width: int

    @property
    def merit(self) -> tuple[bool, int]:
        return self.fits, self.found_count


def _open_text(
    original: Original, data: bytes, names: list[str], contracts: Mapping[str, Contract]
) -> tuple[Text, str]:
    """A text file decoded, and its delimiter: as a layout says, else as most headers are found.

    Errors: AnlanError for a file that decodes in no likely encoding, or whose quotes do not close.
    """
    groups: dict[tuple[str | None, str | None], list[Candidate]] = {}
    for candidate in allowed_candidates(contracts.values(), names):
        groups.setdefault((candidate.layout.encoding, candidate.layout.delimiter), []).append(candidate)
    groups = groups or {(None, None): []}
    told = told_by_bytes(original.shown, data) if any(encoding is None for encoding, _ in groups) else None
    heads: dict[str, str | None] = {}
    failure: AnlanError | None = None
    readings: list[_Reading] = []
    for (declared, separator), group in groups.items():
        if declared is not None:
            check_encoding(declared)
        for encoding in [declared] if declared else [told[0]] if told else BY_HEADERS:
            if encoding not in heads:
                heads[encoding] = head_of(data, encoding)
            head = heads[encoding]
            if head is None:
                continue
            for delimiter in [separator] if separator else DELIMITERS:
                try:
                    sheet = cut_head(original.shown, head, delimiter, HEAD_ROWS)
                except AnlanError as error:
                    failure = failure or error
                    continue
                matches = [match_layout(sheet, candidate) for candidate in group]
                readings.append(_rate(encoding, declared is not None, delimiter, sheet, matches))
    best = _best(readings)
    # Quotes that do not close under a wrong delimiter prove nothing; under the only likely one they do.
    if failure is not None and (best is None or best.found_count == 0):
        raise failure
    if best is None:
        tried = next(iter(heads))
        raise refuse_bytes(original.shown, data, tried, is_declared=any(tried == name for name, _ in groups))
    basis = "合同指定" if best.is_declared else told[1] if told else _by_headers(readings, best)
    encoding = best.encoding
    if encoding == LATIN_1 and not best.is_declared:
        encoding = latin_of(data)
    text = decode(original.shown, data, encoding, basis, best.is_declared or best.proof_count > 0)
    return text, best.delimiter


def _rate(
    encoding: str, is_declared: bool, delimiter: str, sheet: RawSheet, matches: list[Match]
) -> _Reading:
    return _Reading(
        encoding,
        is_declared,
        delimiter,
        fits=any(match.fits for match in matches),
        found_count=max((len(match.found) for match in matches), default=0),
        proof_count=max(
            (sum(not f.cell.text.isascii() for f in match.found.values()) for match in matches), default=0
        ),
        width=sheet.frame.width,
    )


def _best(readings: list[_Reading]) -> _Reading | None:
    """Of each encoding the delimiter with most headers and columns; of the encodings the first with most.

    What is guessed beyond GB18030 must be proved by headers that read so in this encoding alone.
    """
    best: _Reading | None = None
    for encoding, is_declared in dict.fromkeys((r.encoding, r.is_declared) for r in readings):
        of_encoding = [r for r in readings if (r.encoding, r.is_declared) == (encoding, is_declared)]
        own = max(of_encoding, key=lambda r: (*r.merit, r.width))
        is_guess = not is_declared and encoding in BY_HEADERS and encoding != GB18030
        if is_guess and own.proof_count == 0:
            continue
        if best is None or own.merit > best.merit:
            best = own
    return best


def _by_headers(readings: list[_Reading], best: _Reading) -> str:
    counts: dict[str, int] = {}
    for reading in readings:
        if not reading.is_declared:
            counts[reading.encoding] = max(counts.get(reading.encoding, 0), reading.found_count)
    if counts[best.encoding] == 0:
        return f"严格按 {label_of(best.encoding)} 解码通过"
    others = "，".join(
        f"{label_of(encoding)} 下 {counts[encoding]} 个"
        if encoding in counts
        else f"按 {label_of(encoding)} 解码不通过"
        for encoding in (GB18030, BIG5)
        if encoding != best.encoding
    )
    return f"按表头辨认：{label_of(best.encoding)} 下认出 {counts[best.encoding]} 个表头，{others}"
