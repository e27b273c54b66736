"""A contract layout for a file that none fits, written from the file itself for a person to review.

Nothing is decided here: the draft says of each line how sure it is. It shows headers, never values.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError

from anlan.contracts import Contract, FieldSpec, Layout
from anlan.errors import AnlanError
from anlan.intake.areas import AreaResolver
from anlan.intake.cast import Reading
from anlan.intake.choose import choose_layout
from anlan.intake.encodings import decode
from anlan.intake.header_search import FoundHeader, find_header
from anlan.intake.layouts import Candidate, match_layout
from anlan.intake.mapping import Mapper, Observed, Proposal
from anlan.intake.original import Original
from anlan.intake.period import period_of
from anlan.intake.raw import RawSheet, column_letter
from anlan.intake.sheets import read_sheets
from anlan.intake.textfile import read_text
from anlan.intake.times import DateOrder, DateStyle
from anlan.intake.units import factor, plain_unit
from anlan.privacy.redact import redact_text

# Encodings and delimiters that are found without being named.
_FOUND_ENCODINGS = {"utf-8", "utf-8-sig", "utf-16", "gb18030"}
_RARE_DELIMITERS = ("|", "^", "~")
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.][0-9]{4}(?:\D.*)?")
_MINGUO = re.compile(
    r"(?:民国|民國)?(?:1[0-4][0-9]|[6-9][0-9])[-/.年](?:0?[1-9]|1[0-2])[-/.月][0-9]{1,2}日?(?:\s.*)?"
)
_DATE_IN_NAME = re.compile(
    r"(?P<year>(?:19|20)[0-9]{2})(?P<until>[-–~至](?P<until_year>(?:19|20)[0-9]{2}))?(?P<word>年度?)?"
    r"(?:(?P<part>第?[一二三四1-4]季度|[上下]半年)|(?P<sep>[-._]?)(?P<month>1[0-2]|0?[1-9])(?P<moon>月)?(?![0-9]))?"
    r"(?P<end>[末底])?"
)
_COPY_MARKS = re.compile(
    r"[ _-]*(?:\((?:[0-9]{1,2}|副本|终稿|定稿)\)|（(?:[0-9]{1,2}|副本|终稿|定稿)）|- ?副本|副本)"
)
_YAML_PLAIN = re.compile(r"[\w\u4e00-\u9fff][\w\u4e00-\u9fff()（）/·.、“”％²³-]*")


@dataclass(frozen=True)
class DraftedContract:
    """The draft as YAML, and what keeps it from being used as it is, in Chinese."""

    text: str
    problems: list[str]


def draft_contract(
    original: Original,
    contract: Contract,
    known: Sequence[Layout],
    areas: AreaResolver,
    contracts: Mapping[str, Contract],
) -> DraftedContract:
    """Draft layouts of the source of ``contract`` for a file, one for each header its sheets have.

    ``known``: layouts of this source, whose headers are vocabulary; ``contracts``: by which the file would be
    read today. Errors: AnlanError for a file that does not read, and for one without any header.
    """
    sheets = _sheets(original, contracts, areas)
    mapper = Mapper(contract, known, areas)
    tables: dict[frozenset[str], list[tuple[RawSheet, FoundHeader]]] = {}
    others: list[str] = []
    for sheet in sheets:
        header = None if sheet.is_hidden else find_header(sheet, mapper.likeness)
        if header is None:
            others.append(sheet.name)
            continue
        tables.setdefault(frozenset(cell.name.full for cell in header.named), []).append((sheet, header))
    if not tables:
        raise AnlanError(
            f"{original.name}：前 30 行中找不到像表头的行",
            "确认文件有表头（各列的名称）；没有表头的，请报送单位补上后重新报送。",
        )
    fits = [
        choose_layout(sheet, sheet.name, [original.name], contracts)
        for group in tables.values()
        for sheet, _ in group
    ]
    lines = _opening(original, contract, sheets, others)
    if all(choice.match is not None for choice in fits):
        layouts = dict.fromkeys(c.match.candidate.layout.id for c in fits if c.match is not None)
        lines.append(f"# 此文件已符合现有布局 {'、'.join(layouts)}，不需要新的布局。")
    lines += [f"source: {contract.source}", "layouts:"]
    problems: list[str] = []
    for number, group in enumerate(tables.values(), start=1):
        drafted = _Layout(
            original, contract, mapper, Observed(group[0][1], tuple(group)), number, len(tables) > 1
        )
        lines += drafted.lines()
        problems += drafted.problems
    text = "\n".join(lines) + "\n"
    return DraftedContract(text, [*problems, *_unreadable(text, contract, problems, tables.values())])


def _sheets(original: Original, contracts: Mapping[str, Contract], areas: AreaResolver) -> list[RawSheet]:
    sheets = list(read_sheets(original, [original.name], contracts, areas.knows))
    if len(sheets) == 1 and sheets[0].frame.width == 1 and sheets[0].encoding is not None:
        for delimiter in _RARE_DELIMITERS:
            first = sheets[0].frame["c0"].drop_nulls().head(50).to_list()
            if sum(delimiter in text for text in first) * 2 > len(first):
                with original.open() as stream:
                    text = decode(
                        original.shown, stream.read(), sheets[0].encoding, sheets[0].encoding_basis or ""
                    )
                return [read_text(text, original.name, delimiter)]
    return sheets


def _opening(original: Original, contract: Contract, sheets: list[RawSheet], others: list[str]) -> list[str]:
    lines = [
        f"# 由 anlan contract draft 根据文件“{original.name}”起草，供人核对：逐行对照原表，改对再用。",
        f"# 用法：并入 contracts/{contract.source}.yml 的 layouts；自带合同的地区存为自己合同文件夹中的 "
        f"{contract.source}.yml。",
        "# 之后运行 anlan contract check 该文件，再运行 anlan load。各键的意思见 docs/contracts.md。",
    ]
    if sheets[0].encoding is not None:
        lines.append(f"# 文本编码：{sheets[0].encoding}（{sheets[0].encoding_basis}）")
    if others:
        lines.append(f"# 没有表头的工作表（未起草）：{'、'.join(map(redact_text, others))}")
    return lines


class _Layout:
    """One layout in the making."""

    def __init__(
        self,
        original: Original,
        contract: Contract,
        mapper: Mapper,
        table: Observed,
        number: int,
        several: bool,
    ) -> None:
        self.original = original
        self.contract = contract
        self.mapper = mapper
        self.table = table
        self.number = number
        self.several = several
        self.sheet = table.sheets[0][0]
        self.problems: list[str] = []
        order, self.date_comment = _date_order([table.values(cell) for cell in table.header.named])
        self.reading = Reading(dates=DateStyle(order, has_1904_dates=self.sheet.has_1904_dates))
        self.mapped = mapper.map(table, self.reading)
        self.constants = self._agreed_constants()

    def lines(self) -> list[str]:
        """The entry of ``layouts``, in YAML."""
        head = self.table.header
        rows = (
            f"第 {head.first_row + 1} 行"
            if head.rows == 1
            else f"第 {head.first_row + 1} 至 {head.body_row} 行"
        )
        lines = [
            f"  - id: {'draft' if self.number == 1 else f'draft_{self.number}'}    # 改成说明版式的名称",
            f"    description: {_text(f'起草自 {self.original.name}')}",
            f"    files: {_text(file_pattern(self.original.name))}",
        ]
        if self.several:
            names = [sheet.name for sheet, _ in self.table.sheets]
            lines.append(f"    sheets: [{', '.join(_text(_glob(name)) for name in names)}]")
        lines.append(
            f"    header_rows: {head.rows}    # 表头在{rows}（工作表“{redact_text(self.sheet.name)}”）"
        )
        if self.sheet.encoding not in (None, *_FOUND_ENCODINGS):
            lines.append(f"    encoding: {self.sheet.encoding}")
        delimiter = self._delimiter()
        if delimiter:
            lines.append(f"    delimiter: {json.dumps(delimiter)}")
        lines += self._period()
        if self._are_areas():
            lines.append("    sheet_area: true    # 工作表名都是区划：作各行的上级")
        if self.reading.dates.order != "ymd":
            lines.append(f"    date_order: {self.reading.dates.order}    # {self.date_comment}")
        elif self.date_comment:
            lines.append(f"    # {self.date_comment}")
        down = self._fill_down()
        if down:
            lines.append(f"    fill_down: [{', '.join(map(_text, down))}]    # 正文中有竖向合并的单元格")
        lines += self._constants()
        lines += self._columns()
        lines += _listed("drop", self.mapped.dropped)
        lines += _listed("ignore", self.mapped.ignored)
        lines += self._missing()
        return lines

    def _delimiter(self) -> str | None:
        """A delimiter that has to be named, since it would not be found."""
        if self.sheet.encoding is None:
            return None
        with self.original.open() as stream:
            head = stream.read(4096).decode(self.sheet.encoding, errors="ignore")
        if any(mark in head for mark in ",\t;"):
            return None
        return next((mark for mark in _RARE_DELIMITERS if mark in head), None)

    def _period(self) -> list[str]:
        pattern = period_pattern(self.original.name)
        titles = [t for row in self.sheet.frame.head(self.table.header.first_row).rows() for t in row if t]
        if pattern is not None:
            return [f"    period: {json.dumps(pattern, ensure_ascii=False)}    # 文件名里的年月"]
        pattern = _title_pattern(titles)
        if pattern is not None:
            return [
                f"    period: {json.dumps(pattern, ensure_ascii=False)}    # 表题里的年月",
                "    period_in: title",
            ]
        return [
            "    # 文件名和表题中没有找到唯一的年月：没有写明期间的文件，只有有记录的月份算已报。",
            "    # 请在 manifest.csv 的“数据期间”中写明，或按约定命名后写 period。",
        ]

    def _are_areas(self) -> bool:
        return self.sheet.encoding is None and all(
            self.mapper.areas.knows(sheet.name) for sheet, _ in self.table.sheets
        )

    def _fill_down(self) -> list[str]:
        """Headers of mapped columns with cells merged downwards below the header."""
        merged = {
            column
            for sheet, header in self.table.sheets
            for top, left, bottom, right in sheet.merged
            if top >= header.body_row and bottom > top
            for column in range(left, right + 1)
        }
        used = {cell.index: cell for proposal in self.mapped.proposals for cell in proposal.cells}
        return [used[index].text for index in sorted(merged & used.keys())]

    def _agreed_constants(self) -> dict[str, str]:
        """Values that all known layouts give a field which has no header here."""
        given: dict[str, set[str]] = {}
        for layout in self.mapper.known:
            for name, value in layout.constants.items():
                given.setdefault(name, set()).add(value)
        return {
            name: values.pop()
            for name, values in given.items()
            if len(values) == 1 and name not in self.mapped.fields
        }

    def _constants(self) -> list[str]:
        if not self.constants:
            return []
        items = ", ".join(f"{name}: {_text(value)}" for name, value in self.constants.items())
        return [f"    constants: {{{items}}}    # 照现有布局，请确认"]

    def _columns(self) -> list[str]:
        lines = ["    columns:"]
        for proposal in self.mapped.proposals:
            spec = self.contract.fields[proposal.field]
            keys = dict(proposal.keys)
            notes = [proposal.why]
            if len(proposal.cells) == 1 and "as" not in keys:
                notes += self._doubts(proposal, spec, keys)
            entry = ", ".join(f"{key}: {_flow(value)}" for key, value in keys.items())
            lines.append(f"      - {{{entry}}}    # {spec.label}：{'；'.join(notes)}")
        return lines if self.mapped.proposals else ["    columns: []"]

    def _doubts(self, proposal: Proposal, spec: FieldSpec, keys: dict[str, object]) -> list[str]:
        """What a reviewer should look at, said without a value; a unit that only the title tells is added."""
        (cell,) = proposal.cells
        notes = []
        if (
            spec.type in ("integer", "decimal")
            and spec.unit
            and cell.name.unit is None
            and "unit" not in keys
        ):
            notes += self._unit(spec, keys)
        elif cell.name.unit is not None and spec.unit and factor(cell.name.unit, spec.unit) is None:
            notes.append(f"表头单位“{cell.name.unit}”不能换算为{spec.unit}，请核对")
        if "values" in keys or "cases" in keys:
            return notes
        values = self.table.values(cell)
        share = self.mapper.readable_share(values, spec, self.reading)
        if spec.type == "division" and self._are_areas() and share < 1:
            return notes
        if share < 1:
            bad = round(len(values) * (1 - share))
            how = "，在 values 中登记" if spec.type == "code" else ""
            notes.append(f"{len(values)} 种写法中有 {bad} 种读不成{_KINDS[spec.type]}{how}")
        return notes

    def _unit(self, spec: FieldSpec, keys: dict[str, object]) -> list[str]:
        titles = [t for row in self.sheet.frame.head(self.table.header.first_row).rows() for t in row if t]
        told = {
            unit
            for title in titles
            if (match := re.search(r"单位[:：]\s*([^\s（）()]+)", title))
            for part in re.split(r"[、,，/]", match[1])
            if (unit := plain_unit(part)) and _converts(unit, spec.unit)
        }
        if len(told) == 1 and (unit := told.pop()) != plain_unit(spec.unit or ""):
            keys["unit"] = unit
            return [f"表题说单位是{unit}"]
        if len(told) > 1:
            return [f"表题列了几种单位（{'、'.join(sorted(told))}），按{spec.unit}读；若不是，写 unit"]
        return [] if spec.unit in ("人", "间", "次") else [f"表头没有单位，按{spec.unit}读；若不是，写 unit"]

    def _missing(self) -> list[str]:
        lines = []
        for name, spec in self.contract.fields.items():
            if not spec.required or name in self.mapped.fields or name in self.constants:
                continue
            what = f"{name}（{spec.label}）"
            lines.append(
                f"    # 必填字段没有找到表头：{what}。若在某一列，在 columns 写 "
                f"{{field: {name}, from: 表头}} 并从 ignore 中删去；全表相同的写进 constants；"
            )
            lines.append("    #   原表确实没有的，请报送单位补上：没有它的行不能入库。")
            self.problems.append(f"必填字段 {what} 没有找到表头")
        full = [cell.name.full for cell in self.table.header.named]
        for text in dict.fromkeys(t for t in full if full.count(t) > 1):
            lines.append(f"    # 表头“{redact_text(text)}”出现不止一次，请报送单位改成不同的名称。")
            self.problems.append(f"表头“{redact_text(text)}”出现不止一次")
        for index, header in enumerate(self.table.header.cells):
            if header is None and self.sheet.frame[f"c{index}"].slice(self.table.header.body_row).count():
                lines.append(f"    # 第 {column_letter(index)} 列没有表头但有内容，请报送单位补上表头。")
                self.problems.append(f"第 {column_letter(index)} 列没有表头但有内容")
        return lines


_KINDS = {
    "integer": "整数", "decimal": "数值", "date": "日期", "timestamp": "日期时间", "boolean": "是否",
    "code": "代码", "division": "区划", "text": "文本",
}  # fmt: skip


def _unreadable(
    text: str,
    contract: Contract,
    problems: list[str],
    tables: Iterable[list[tuple[RawSheet, FoundHeader]]],
) -> list[str]:
    """Read the draft back by the rules of contracts, and match it against the file; what fails."""
    if problems:
        return []
    document: dict[str, Any] = yaml.safe_load(text)
    own = contract.model_dump(by_alias=True, exclude={"layouts"})
    try:
        drafted = Contract.model_validate({**own, "layouts": document["layouts"]})
    except ValidationError as error:
        return [f"草稿不合合同的规则：{error.errors()[0]['msg']}"]
    said = []
    for layout, group in zip(drafted.layouts, tables, strict=True):
        match = match_layout(group[0][0], Candidate(drafted, layout))
        if not match.fits:
            named = (
                [cell.text for cell in match.unknown] + list(match.missing) + [t for t, _ in match.doubled]
            )
            said.append(f"布局 {layout.id} 还认不全表头：{'、'.join(map(redact_text, named))}")
    return said


def _converts(unit: str, stored: str | None) -> bool:
    return stored is not None and factor(unit, stored) is not None


def _date_order(columns: Iterable[list[str]]) -> tuple[DateOrder, str]:
    """The order of dates with the year last, as far as the values themselves decide it, and a comment."""
    firsts: list[int] = []
    seconds: list[int] = []
    minguo = 0
    for values in columns:
        for value in values:
            plain = unicodedata.normalize("NFKC", value).strip()
            if match := _YEAR_LAST.fullmatch(plain):
                firsts.append(int(match[1]))
                seconds.append(int(match[2]))
            minguo += _MINGUO.fullmatch(plain) is not None
    if minguo and not firsts:
        return "ymd", "日期像民国纪年（两三位的年），请核对，并在合同中写明纪年"
    if not firsts:
        return "ymd", ""
    if max(firsts) > 12 and max(seconds) <= 12:
        return "dmy", "从日期看，日在前、月在后"
    if max(seconds) > 12 and max(firsts) <= 12:
        return "mdy", "从日期看，月在前、日在后"
    return "ymd", "日期的年在最后，从值看不出日和月哪个在前：请确认后写 date_order: dmy 或 mdy"


def file_pattern(name: str) -> str:
    """A pattern for this file and those of other months: years, months, marks of copies become ``*``."""
    stem, dot, suffix = name.rpartition(".")
    stem, suffix = (stem, dot + suffix) if stem else (name, "")
    marked = _COPY_MARKS.sub("\0", _DATE_IN_NAME.sub("\0", stem))
    return re.sub(r"\*+", "*", "*".join(_glob(part) for part in marked.split("\0"))) + suffix


def _glob(text: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", text)


def period_pattern(name: str) -> str | None:
    """An expression for the period that a file name carries, in its place; None if there is none."""
    plain = unicodedata.normalize("NFKC", name.rpartition(".")[0] or name)
    match = _DATE_IN_NAME.search(plain)
    if match is None or period_of(match.groupdict()) is None:
        return None
    # Up to the next bracket or mark: what stands behind is of the copy, not of the kind of file.
    after = re.match(r"[^\W\d_]{0,8}", plain[match.end() :])
    follows = re.escape(after[0]) if after else ""
    before = "" if follows else re.escape((re.search(r"[^0-9]{0,6}$", plain[: match.start()]) or match)[0])
    return before + _generalised(match) + follows


def _generalised(match: re.Match[str]) -> str:
    groups = match.groupdict()
    pattern = "(?P<year>(?:19|20)[0-9]{2})"
    if groups["until"]:
        pattern += "(?:[-–~至](?P<until_year>(?:19|20)[0-9]{2}))?"
    pattern += groups["word"] or ""
    if groups["part"]:
        kind = "[上下]半年" if "半" in groups["part"] else "第?[一二三四1-4]季度"
        pattern += f"(?P<part>{kind})"
    if groups["month"]:
        digits = "[0-9]{2}" if not groups["moon"] and not groups["sep"] else "[0-9]{1,2}"
        pattern += f"{re.escape(groups['sep'] or '')}(?P<month>{digits}){groups['moon'] or ''}"
    return pattern + (groups["end"] or "")


def _title_pattern(titles: Sequence[str]) -> str | None:
    """An expression that finds one period, and one only, in the rows above the header."""
    year = r"(?P<year>(?:19|20)[0-9]{2})年"
    texts = [unicodedata.normalize("NFKC", "".join(title.split())) for title in titles]
    for pattern in (
        year + r"(?P<month>[0-9]{1,2})月(?![0-9]{1,2}日)",
        year + r"(?P<part>第?[一二三四1-4]季度|[上下]半年)",
        year + r"(?!度?[0-9]{1,2}月)",
    ):
        found = {period_of(m.groupdict()) for text in texts for m in re.finditer(pattern, text)}
        if len(found) == 1 and None not in found:
            return pattern
    return None


def _listed(key: str, headers: Mapping[str, str]) -> list[str]:
    if not headers:
        return []
    return [f"    {key}:", *(f"      - {_text(text)}    # {why}" for text, why in headers.items())]


def _flow(value: object) -> str:
    match value:
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(map(_flow, value))}]"
        case dict():
            return f"{{{', '.join(f'{_text(str(k))}: {_flow(v)}' for k, v in value.items())}}}"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _text(text: str) -> str:
    """A text as YAML reads it back: bare where nothing could be mistaken, else in double quotes."""
    if _YAML_PLAIN.fullmatch(text) and yaml.safe_load(text) == text:
        return text
    return json.dumps(text, ensure_ascii=False)
