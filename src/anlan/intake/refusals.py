"""Why a table is turned away, said so that it can be mended: the nearest known names and a line to paste."""

from __future__ import annotations

import json
from difflib import get_close_matches

from anlan.contracts import Layout, normalise_header
from anlan.errors import AnlanError
from anlan.intake.header import HeaderCell
from anlan.intake.layouts import Match, known_headers
from anlan.privacy.names import could_be_name
from anlan.privacy.redact import HIDDEN, redact_text

_BARE = {"field", "combine", "as", "unit"}


def refuse_headers(where: str, match: Match) -> AnlanError:
    """A header that the contract does not know, misses, or finds twice."""
    contract, layout = match.candidate.contract, match.candidate.layout
    row = match.first_row + layout.header_rows
    problems: list[str] = []
    lines: list[str] = []
    missing = list(match.missing)
    for cell in match.unknown:
        near = _nearest(cell, layout, missing)
        hint = f"，最接近的是“{near}”" if near else ""
        problems.append(f"第 {row} 行第 {cell.letter} 列的表头“{_shown(cell)}”合同中没有{hint}")
        if near is None and len(match.unknown) == len(missing) == 1:
            # One new and one gone, nothing alike: perhaps one column under another name. People know.
            lines.append(_line(cell, layout, missing[0]) + f"    # 若它就是“{missing[0]}”")
        lines.append(_line(cell, layout, near if near in missing else None))
    for text in missing:
        problems.append(f"缺少必需的表头“{text}”")
        if not match.unknown:
            lines.append(_optional_line(text, layout))
    for text, cell in match.doubled:
        problems.append(f"表头“{text}”出现两次（又见第 {cell.letter} 列“{_shown(cell)}”）")
    remedy = (
        "表头改回原样后重新报送；若版式确已改变，"
        f"在 contracts/{contract.source}.yml 的布局 {layout.id} 中改写"
    )
    return AnlanError(
        f"{where}：" + "；".join(problems), remedy + ("：\n" + "\n".join(lines) if lines else "。")
    )


def _shown(cell: HeaderCell) -> str:
    """A header that no contract knows may be a row of data taken for one."""
    return HIDDEN if could_be_name(cell.text) else redact_text(cell.text)


def _nearest(cell: HeaderCell, layout: Layout, missing: list[str]) -> str | None:
    """The known header text that looks most like a cell's; missing ones first."""
    for texts in (missing, known_headers(layout)):
        alternatives = {normalise_header(part): text for text in texts for part in text.split("|")}
        close = get_close_matches(cell.name.full, list(alternatives), n=1, cutoff=0.5)
        if close:
            return alternatives[close[0]]
    return None


def _line(cell: HeaderCell, layout: Layout, renamed: str | None) -> str:
    text = _shown(cell)
    if renamed is None:
        return f'    ignore: [..., "{text}"]    # 已知而不用的列；含个人信息的写在 drop 中'
    return _column_line(layout, renamed, f"{renamed}|{text}")


def _optional_line(text: str, layout: Layout) -> str:
    return _column_line(layout, text, text, optional=True)


def _column_line(layout: Layout, known: str, written: str, **changed: bool) -> str:
    """The whole entry of the column that reads header ``known``, with ``written`` in its place."""
    column = next((column for column in layout.columns if known in column.from_), None)
    if column is None:
        return f'    - {{field: 字段名, from: "{written}"}}'
    texts = [written if text == known else text for text in column.from_]
    entry = column.model_dump(by_alias=True, exclude_unset=True)
    entry |= {"from": texts if len(texts) > 1 else texts[0], **changed}
    # What is JSON is YAML too; bare words are easier to read.
    parts = [f"{key}: {value if key in _BARE else _json(value)}" for key, value in entry.items()]
    return f"    - {{{', '.join(parts)}}}"


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
        "确认文件属于哪一数据源；新的版式在 contracts/ 该数据源的 layouts 中加一个布局。",
    )


def refuse_ambiguous(where: str, fitting: list[Match]) -> AnlanError:
    """A table that two layouts fit equally well."""
    names = "、".join(f"{m.candidate.contract.source} 的 {m.candidate.layout.id}" for m in fitting)
    return AnlanError(
        f"{where}：同时符合几个布局（{names}），无法判断", "在这些布局的 files、sheets 中写明各自的文件名。"
    )
