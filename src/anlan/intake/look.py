"""A look at one file without loading it: which layout it follows, or a draft of one that it would."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from anlan.contracts import Contract, Layout, load_contracts
from anlan.errors import AnlanError
from anlan.intake.areas import AreaResolver
from anlan.intake.bind import bind_columns
from anlan.intake.choose import Choice, choose_layout
from anlan.intake.draft import DraftedContract, draft_contract
from anlan.intake.manifest import Manifest, read_manifest
from anlan.intake.original import Original
from anlan.intake.period import Period, declare_period
from anlan.intake.raw import RawSheet
from anlan.intake.sheets import read_sheets
from anlan.intake.stage import is_note
from anlan.intake.staged import ExtractMeta
from anlan.intake.table import where_of
from anlan.jurisdiction import load_jurisdiction
from anlan.project import Home

_BASES = {
    "declared_manifest": "manifest.csv 写明",
    "declared_name": "文件名写明",
    "declared_title": "表题写明",
}


@dataclass(frozen=True)
class Checked:
    """What a file was found to be, line by line in Chinese, and whether all of it would be read."""

    lines: list[str]
    fits: bool


def _open(file: Path) -> Original:
    if not file.is_file():
        raise AnlanError(f"找不到文件：{file}", "检查路径。")
    return Original.of_file(file)


def draft_file(home: Home, file: Path, source: str) -> DraftedContract:
    """Draft a layout of ``source`` for a file; see ``draft_contract``.

    Vocabulary are the layouts of the home and those of the project. Errors: AnlanError for an unknown source,
    and as ``draft_contract``.
    """
    original = _open(file)
    contracts = load_contracts(home.contracts, home.extra_contracts)
    if source not in contracts:
        listed = "、".join(f"{name}（{contract.label}）" for name, contract in contracts.items())
        raise AnlanError(f"没有名为 {source} 的数据源", f"--source 应为其一：{listed}。")
    known: list[Layout] = list(contracts[source].layouts)
    if home.extra_contracts is not None:
        known += load_contracts(home.contracts)[source].layouts
    areas = AreaResolver(load_jurisdiction(home.jurisdiction))
    return draft_contract(original, contracts[source], known, areas, contracts)


def check_file(home: Home, file: Path) -> Checked:
    """Say for each sheet of a file which layout it follows, or why none.

    Errors: AnlanError if it does not read.
    """
    original = _open(file)
    contracts = load_contracts(home.contracts, home.extra_contracts)
    manifest = read_manifest(home.inbox) if home.inbox.is_dir() else Manifest()
    entry = manifest.entry(original)
    meta = ExtractMeta(
        extract_id="",
        original=original,
        file_name=manifest.name_of(original),
        source="",
        layout_id="",
        sheet_name="",
        encoding=None,
        received_at=entry.received_at,
        sender=entry.sender,
        is_synthetic=entry.is_synthetic,
    )
    if entry.period is not None:
        start, end = entry.period.start_on, entry.period.end_on
        meta = replace(meta, period_start_on=start, period_end_on=end, period_basis="declared_manifest")
    names = list(dict.fromkeys([original.name, meta.file_name]))
    looked: list[tuple[RawSheet, ExtractMeta, Choice]] = []
    areas = AreaResolver(load_jurisdiction(home.jurisdiction))
    for sheet in read_sheets(original, names, contracts, areas.knows):
        here = replace(meta, sheet_name=sheet.name, encoding=sheet.encoding)
        looked.append((sheet, here, choose_layout(sheet, where_of(here), names, contracts)))
    if not looked:
        raise AnlanError(f"{meta.file_name}：文件中没有任何内容", "请报送单位重新报送。")
    first = next((choice.match for _, _, choice in looked if choice.match is not None), None)
    lines: list[str] = []
    fits = True
    for sheet, here, choice in looked:
        told, is_sound = _tell(sheet, here, choice, contracts)
        if (
            not is_sound
            and first is not None
            and (sheet.is_hidden or is_note(sheet.name, first.candidate.layout))
        ):
            told, is_sound = f"{where_of(here)}：说明，整表剔除", True
        lines.append(told)
        fits = fits and is_sound
    first_sheet = looked[0][0]
    if first_sheet.encoding is not None:
        lines.insert(0, f"编码：{first_sheet.encoding}（{first_sheet.encoding_basis}）")
    return Checked(lines, fits)


def _tell(
    sheet: RawSheet, meta: ExtractMeta, choice: Choice, contracts: dict[str, Contract]
) -> tuple[str, bool]:
    if choice.match is None:
        return str(choice.refusal), False
    match = choice.match
    layout = match.candidate.layout
    where = where_of(meta)
    try:
        bind_columns(where, match)
        declared = declare_period(sheet, match, where, replace(meta, extent=layout.extent))
    except AnlanError as error:
        return str(error), False
    lines = [
        f"{where}：符合 {contracts[choice.source].label}（{choice.source}）的布局 {layout.id}；"
        f"表头在第 {match.first_row + 1} 行"
        + (f"至第 {match.body_row} 行" if layout.header_rows > 1 else "")
        + f"，正文从第 {match.body_row + 1} 行起"
    ]
    if declared.period_start_on is not None and declared.period_end_on is not None:
        period = Period(declared.period_start_on, declared.period_end_on)
        lines.append(f"  期间：{period}（{_BASES[declared.period_basis or '']}）")
    elif layout.extent == "full":
        lines.append(
            "  期间：没有写明；全量报送必须写明，载入时会退回。请在 manifest.csv 的“数据期间”中写明。"
        )
        return "\n".join(lines), False
    else:
        lines.append("  期间：没有写明，只有有记录的月份算已报；可在 manifest.csv 的“数据期间”中写明。")
    return "\n".join(lines), True
