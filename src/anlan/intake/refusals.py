"""Why a table is turned away, said so that it can be mended: the nearest known names and a line to paste."""

from __future__ import annotations

import json
from difflib import SequenceMatcher, get_close_matches

from anlan.contracts import Column, Layout, normalise_header
from anlan.errors import AnlanError
from anlan.intake.header import HeaderCell
from anlan.intake.layouts import Match, known_headers
from anlan.privacy.names import could_be_name
from anlan.privacy.redact import HIDDEN, redact_text
from anlan.privacy.suspects import why_personal

_BARE = {"field", "combine", "as", "unit", "optional"}
_LIKENESS = 0.5


def refuse_headers(where: str, match: Match, first_row: int = 1) -> AnlanError:
    """A header that the contract does not know, misses, or finds twice; the table begins in ``first_row``."""
    contract, layout = match.candidate.contract, match.candidate.layout
    row = match.body_row - 1 + first_row
    renamed = _renamed(match)
    old_names = {cell.index: text for text, cell in renamed.items()}
    problems: list[str] = []
    for cell in match.unknown:
        near = old_names.get(cell.index) or _nearest(cell, known_headers(layout))
        hint = f"，最接近的是“{near}”" if near else ""
        problems.append(f"第 {row} 行第 {cell.letter} 列的表头“{shown_header(cell)}”合同中没有{hint}")
    problems += [f"缺少必需的表头“{text}”" for text in match.missing]
    for text, cell in match.doubled:
        problems.append(f"表头“{text}”出现两次（又见第 {cell.letter} 列“{shown_header(cell)}”）")
    lines = _lines(match, renamed)
    remedy = (
        "表头改回原样后重新报送；若版式确已改变，"
        f"在 contracts/{contract.source}.yml 的布局 {layout.id} 中改写"
    )
    return AnlanError(
        f"{where}：" + "；".join(problems), remedy + ("：\n" + "\n".join(lines) if lines else "。")
    )


def shown_header(cell: HeaderCell) -> str:
    """A header as it may be shown. Below a header of one row a second level is the first row of data."""
    if could_be_name(cell.text):
        # A row of data taken for a header.
        return HIDDEN
    upper, slash, lowest = cell.text.rpartition("/")
    if slash and why_personal(upper, []) and not why_personal(lowest, []):
        return f"{redact_text(upper)}/{HIDDEN}"
    return redact_text(cell.text)


def _renamed(match: Match) -> dict[str, HeaderCell]:
    """Known header -> the unknown one that is likely its new name, each once; the most alike first."""
    absent = [text for text in known_headers(match.candidate.layout) if text not in match.found]
    pairs = sorted(
        (
            (
                max(_likeness(cell.name.full, part) for part in text.split("|")),
                text in match.missing,
                text,
                cell,
            )
            for text in absent
            for cell in match.unknown
        ),
        key=lambda pair: (-pair[0], not pair[1]),
    )
    renamed: dict[str, HeaderCell] = {}
    for likeness, _, text, cell in pairs:
        if likeness >= _LIKENESS and text not in renamed and cell not in renamed.values():
            renamed[text] = cell
    return renamed


def _likeness(name: str, known: str) -> float:
    return SequenceMatcher(None, name, normalise_header(known)).ratio()


def _nearest(cell: HeaderCell, texts: list[str]) -> str | None:
    """The known header text that looks most like a cell's."""
    alternatives = {normalise_header(part): text for text in texts for part in text.split("|")}
    close = get_close_matches(cell.name.full, list(alternatives), n=1, cutoff=_LIKENESS)
    return alternatives[close[0]] if close else None


def _lines(match: Match, renamed: dict[str, HeaderCell]) -> list[str]:
    """Entries of the layout as this file needs them: each replaces the one it is written for."""
    layout = match.candidate.layout
    written = {text: f"{text}|{shown_header(cell)}" for text, cell in renamed.items()}
    new = [cell for cell in match.unknown if cell not in renamed.values()]
    gone = [text for text in match.missing if text not in renamed]
    lines = []
    if len(new) == len(gone) == 1:
        # One new and one gone, nothing alike: perhaps one column under another name. People know.
        guess = {gone[0]: f"{gone[0]}|{shown_header(new[0])}"}
        lines += [f"{line}    # 若它就是“{gone[0]}”" for line in _rewritten(layout, guess)]
    lines += _rewritten(layout, written)
    lines += _extended(layout, written, new)
    for column in layout.columns:
        lost = [text for text in column.headers if text in gone]
        if lost and not match.candidate.contract.fields[column.field].required:
            lines.append(f"{_entry(column, written, optional=True)}    # 若新版式确实没有“{'、'.join(lost)}”")
    return lines


def _rewritten(layout: Layout, written: dict[str, str]) -> list[str]:
    """Columns that read one of the headers, whole, and the other keys of the layout that name it."""
    lines = [_entry(column, written) for column in layout.columns if written.keys() & set(column.headers)]
    if written.keys() & set(layout.fill_down):
        lines.append(f"    fill_down: {_json([written.get(text, text) for text in layout.fill_down])}")
    return lines


def _extended(layout: Layout, written: dict[str, str], new: list[HeaderCell]) -> list[str]:
    """``drop`` and ``ignore``, whole, with renamed headers and those that nothing is read from."""
    personal = [shown_header(cell) for cell in new if why_personal(cell.text, [])]
    others = [shown_header(cell) for cell in new if not why_personal(cell.text, [])]
    lines = []
    for key, known, added, comment in (
        ("drop", layout.drop, personal, "个人信息：不读入"),
        ("ignore", layout.ignore, others, "已知而不用的列；含个人信息的写在 drop 中"),
    ):
        if added or written.keys() & set(known):
            lines.append(f"    {key}: {_json([*(written.get(t, t) for t in known), *added])}    # {comment}")
    return lines


def _entry(column: Column, written: dict[str, str], **changed: bool) -> str:
    """The whole entry of a column, with the headers of ``written`` in the place of the known ones."""
    entry = column.model_dump(by_alias=True, exclude_unset=True)
    if column.from_:
        texts = [written.get(text, text) for text in column.from_]
        entry["from"] = texts if len(texts) > 1 else texts[0]
    if column.cases:
        entry["cases"] = [
            {**case, "when": {written.get(text, text): wanted for text, wanted in case["when"].items()}}
            for case in entry["cases"]
        ]
    # What is JSON is YAML too; bare words are easier to read.
    parts = [
        f"{key}: {_json(value) if key not in _BARE else _bare(value)}"
        for key, value in (entry | changed).items()
    ]
    return f"    - {{{', '.join(parts)}}}"


def _bare(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def refuse_unknown(where: str, tried: list[Match], other_pattern: str | None) -> AnlanError:
    """A table in which no header of any contract was recognised, or whose file name no layout expects."""
    if other_pattern is not None:
        return AnlanError(
            f"{where}：表头与 {other_pattern} 相符，但文件名或工作表名不合该布局的 files、sheets",
            "按约定的名称重新报送，或在合同该布局的 files、sheets 中加入这个名称。",
        )
    known = "、".join(dict.fromkeys(match.candidate.contract.label for match in tried)) or "（无）"
    return AnlanError(
        f"{where}：前 30 行中没有任何合同认识的表头（试过：{known}）",
        "确认文件属于哪一数据源；新的版式用 anlan contract draft 起草布局，核对后加进该数据源的 layouts。",
    )


def refuse_ambiguous(where: str, fitting: list[Match]) -> AnlanError:
    """A table that two layouts fit equally well."""
    names = "、".join(f"{m.candidate.contract.source} 的 {m.candidate.layout.id}" for m in fitting)
    return AnlanError(
        f"{where}：同时符合几个布局（{names}），无法判断", "在这些布局的 files、sheets 中写明各自的文件名。"
    )
