"""Which field each header of an unknown table is likely to be: a proposal for a person to review."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property, lru_cache

import polars as pl

from anlan.contracts import Column, Contract, FieldSpec, Layout, normalise_header
from anlan.intake.areas import AreaResolver
from anlan.intake.cast import Reading, cast_texts
from anlan.intake.header import HeaderCell, HeaderName, header_name
from anlan.intake.header_search import FoundHeader
from anlan.intake.layouts import known_headers
from anlan.intake.raw import RawSheet
from anlan.privacy.identity import read_identity
from anlan.privacy.suspects import looks_like_names, why_personal

# Below this likeness of names a proposal would be a guess; below that share of values it cannot be the field.
_LIKENESS = 0.6
_READABLE = 0.5
_MOST_VALUES = 500
_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
_CLOCK = re.compile(r"(?:[01]?[0-9]|2[0-4])(?:[:：][0-5]?[0-9]){1,2}|[0-9]{1,2}[时点](?:[0-9]{1,2}分?)?")
# How the outer and the inner name of a division are headed, whatever the source.
_OUTER_AREAS = {"设区市", "地市", "市", "地级市", "市州", "所属市", "所在市", "省", "省份"}
_INNER_AREAS = {
    "县(市、区)",
    "县市区",
    "区县",
    "县区",
    "县",
    "区县(市)",
    "区、县(市)",
    "县(市区)",
    "所属区县",
    "所在区县",
}
_AREAS = {
    "行政区划",
    "行政区域",
    "区划代码",
    "区划名称",
    "行政区划代码",
    "所在地",
    "发生地点",
    "地区",
    "地点",
    "辖区",
    "属地",
}


@dataclass(frozen=True)
class Proposal:
    """One entry of ``columns``: the field, its keys as in the contract, and how sure it is, in Chinese."""

    field: str
    keys: dict[str, object]
    cells: tuple[HeaderCell, ...]
    why: str


@dataclass
class Mapped:
    """What became of each column of a table. ``dropped``: header -> why it is held personal."""

    proposals: list[Proposal] = field(default_factory=list)
    dropped: dict[str, str] = field(default_factory=dict)
    ignored: dict[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> set[str]:
        """Fields that found a header."""
        return {proposal.field for proposal in self.proposals}


@dataclass(frozen=True)
class Observed:
    """An unknown table: its header and the sheets that have it."""

    header: FoundHeader
    sheets: tuple[tuple[RawSheet, FoundHeader], ...]

    @cached_property
    def _values(self) -> dict[int, list[str]]:
        return {}

    def values(self, cell: HeaderCell) -> list[str]:
        """Distinct texts of a column, at most some hundred, without those that mean "no value"."""
        if cell.index not in self._values:
            missing = Layout(id="", columns=[]).missing
            texts: dict[str, None] = {}
            for sheet, header in self.sheets:
                here = next((c.index for c in header.named if c.name.full == cell.name.full), None)
                if here is not None:
                    column = sheet.frame[f"c{here}"].slice(header.body_row).drop_nulls()
                    texts.update(dict.fromkeys(column.unique(maintain_order=True).head(_MOST_VALUES)))
            self._values[cell.index] = [text for text in texts if text not in missing]
        return self._values[cell.index]


class Mapper:
    """Maps the headers of tables to the fields of one source, by what is known of both."""

    def __init__(self, contract: Contract, known: Sequence[Layout], areas: AreaResolver) -> None:
        """``known``: layouts of the source whose headers are vocabulary, best first of equal merit."""
        self.contract = contract
        self.known = known
        self.areas = areas
        self._likeness = lru_cache(maxsize=10_000)(self._likeness_of)

    def likeness(self, cell: HeaderCell) -> float:
        """From 0 to 1: how well a header text is known in this source."""
        return self._likeness(cell.name.base)

    def _likeness_of(self, base: str) -> float:
        if base in self._vocabulary:
            return 1.0
        ratio = max((_ratio(base, known) for known in self._vocabulary), default=0.0)
        return ratio / 2 if ratio >= 0.75 else 0.0

    @cached_property
    def _vocabulary(self) -> dict[str, None]:
        texts = [part for layout in self.known for text in known_headers(layout) for part in text.split("|")]
        texts += [spec.label for spec in self.contract.fields.values()]
        texts += [*_OUTER_AREAS, *_INNER_AREAS, *_AREAS]
        return {header_name(text).base: None for text in texts}

    def map(self, table: Observed, reading: Reading) -> Mapped:
        """What each column of ``table`` is likely to be; every column with a header text gets a place."""
        mapped = Mapped()
        left = {cell.index: cell for cell in table.header.named}
        for layout in sorted(self.known, key=lambda layout: -self._found_count(layout, table.header.named)):
            self._adopt(layout, table, mapped)
        for proposal in mapped.proposals:
            for cell in proposal.cells:
                left.pop(cell.index, None)
        self._set_personal_aside(table, mapped, left)
        self._propose_areas(mapped, left)
        self._propose_alike(table, mapped, left, reading)
        self._join_clocks(table, mapped, left)
        known = {
            header_name(t).base for layout in self.known for text in layout.ignore for t in text.split("|")
        }
        for cell in left.values():
            why = "已有布局中也不用" if cell.name.base in known else "没有找到对应的字段"
            if looks_like_names(table.values(cell)) and not self._area_share(table.values(cell)):
                mapped.dropped[cell.text] = "值像人名"
            else:
                mapped.ignored[cell.text] = why
        order = list(self.contract.fields)
        mapped.proposals.sort(key=lambda proposal: order.index(proposal.field))
        return mapped

    def _found_count(self, layout: Layout, cells: list[HeaderCell]) -> int:
        return sum(find_cell(cells, text) is not None for text in known_headers(layout))

    def _adopt(self, layout: Layout, table: Observed, mapped: Mapped) -> None:
        """Take over each column of a known layout all of whose headers are here."""
        cells = table.header.named
        for column in layout.columns:
            found = {text: find_cell(cells, text) for text in column.headers}
            hits = {text: cell for text, cell in found.items() if cell is not None}
            if column.of is not None or column.field in mapped.fields or not hits or len(hits) < len(found):
                continue
            if column.as_ is None and why_personal("", table.values(next(iter(hits.values())))):
                continue
            is_exact = all(_is_very(cell.name, text) for text, cell in hits.items())
            same = "表头同" if is_exact else "表头只有单位与其不同："
            keys = _keys(column, {text: cell.text for text, cell in hits.items()}, is_exact)
            why = f"{same}布局 {layout.id}"
            mapped.proposals.append(Proposal(column.field, keys, tuple(hits.values()), why))

    def _set_personal_aside(self, table: Observed, mapped: Mapped, left: dict[int, HeaderCell]) -> None:
        known = {
            header_name(t).base for layout in self.known for text in layout.drop for t in text.split("|")
        }
        for cell in list(left.values()):
            values = table.values(cell)
            why = "已有布局中是个人信息" if cell.name.base in known else why_personal(cell.text, values)
            if why is None:
                continue
            del left[cell.index]
            identities = sum(read_identity(value) is not None for value in values)
            derived = self._derived_fields(mapped) if identities * 2 > len(values) else []
            for name, kind in derived:
                keys: dict[str, object] = {"field": name, "from": cell.text, "as": kind}
                mapped.proposals.append(Proposal(name, keys, (cell,), "值像身份证号码：只留由它得出的内容"))
            if not derived:
                mapped.dropped[cell.text] = why

    def _derived_fields(self, mapped: Mapped) -> list[tuple[str, str]]:
        """Fields of the source that known layouts derive from an identity number, and how."""
        pairs = {c.field: c.as_ for layout in self.known for c in layout.columns if c.as_ is not None}
        return [(name, kind) for name, kind in pairs.items() if name not in mapped.fields]

    def _propose_areas(self, mapped: Mapped, left: dict[int, HeaderCell]) -> None:
        """City and county in columns of their own are one division."""
        names = [name for name, spec in self.contract.fields.items() if spec.type == "division"]
        if len(names) != 1 or names[0] in mapped.fields:
            return
        picked = [
            next((c for c in left.values() if c.name.base.split("/")[-1] in words), None)
            for words in (_OUTER_AREAS, _INNER_AREAS)
        ]
        if picked[0] is not None and picked[1] is not None:
            cells = (picked[0], picked[1])
            keys: dict[str, object] = {
                "field": names[0],
                "from": [cell.text for cell in cells],
                "combine": "area",
            }
            mapped.proposals.append(Proposal(names[0], keys, cells, "外层与内层区划名称"))
            for cell in cells:
                del left[cell.index]

    def _propose_alike(
        self, table: Observed, mapped: Mapped, left: dict[int, HeaderCell], reading: Reading
    ) -> None:
        """Of what is left, field and header that are most alike, pair by pair."""
        pairs: list[tuple[float, float, str, int, str]] = []
        for name, spec in self.contract.fields.items():
            if name in mapped.fields or name in dict(self._derived_fields(mapped)):
                continue
            for cell in left.values():
                ratio, near = self._alike(cell.name, name, spec)
                share = self.readable_share(table.values(cell), spec, reading) if ratio >= _LIKENESS else 0.0
                if ratio >= _LIKENESS and share >= _READABLE:
                    pairs.append((ratio, share, name, cell.index, near))
        for ratio, _, name, index, near in sorted(pairs, key=lambda pair: (-pair[0], -pair[1])):
            if name in mapped.fields or index not in left:
                continue
            cell = left.pop(index)
            why = f"与“{near}”相同" if ratio == 1 else f"与“{near}”相近（{ratio:.0%}），请核对"
            mapped.proposals.append(Proposal(name, {"field": name, "from": cell.text}, (cell,), why))

    def _alike(self, name: HeaderName, field_name: str, spec: FieldSpec) -> tuple[float, str]:
        """How alike a header and a field are, and the name of the field that it is most like."""
        terms = [spec.label, _BRACKETS.sub("", spec.label), spec.description]
        if spec.type == "division":
            terms += [*_AREAS, *_INNER_AREAS, *_OUTER_AREAS]
        for layout in self.known:
            for column in layout.columns:
                if column.field == field_name and len(column.from_) == 1:
                    terms += column.from_[0].split("|")
        best = (0.0, "")
        for term in filter(None, terms):
            known = header_name(term)
            ratio = max(_ratio(a, b) for a in _variants(name) for b in _variants(known))
            if known.full != name.full and ratio == 1:
                # The same words, but for levels or a unit.
                ratio = 0.99 if known.base != name.base else 1.0
            best = max(best, (ratio, term))
        return best

    def readable_share(self, values: list[str], spec: FieldSpec, reading: Reading) -> float:
        """Share of distinct texts that are values of a field; 1 of none."""
        if not values:
            return 1.0
        if spec.type == "division":
            return self._area_share(values)
        cast = cast_texts(pl.Series(values, dtype=pl.String()), spec, reading)
        return int(cast.is_not_null().sum()) / len(values)

    def _area_share(self, values: list[str]) -> float:
        return sum(self.areas.knows(value) for value in values) / len(values) if values else 0.0

    def _join_clocks(self, table: Observed, mapped: Mapped, left: dict[int, HeaderCell]) -> None:
        """A column of clock times alone is half a moment; its day stands in the column most like it."""
        for cell in list(left.values()):
            values = table.values(cell)
            if not values or not all(_CLOCK.fullmatch(value) for value in values):
                continue
            days = [c for c in table.header.named if c.index != cell.index and self._is_day(table.values(c))]
            likely = sorted(days, key=lambda c: -_ratio(c.name.base, cell.name.base))
            free = [
                (name, self._alike(cell.name, name, spec)[0])
                for name, spec in self.contract.fields.items()
                if spec.type == "timestamp" and name not in mapped.fields
            ]
            name, ratio = max(free, key=lambda pair: pair[1], default=("", 0.0))
            if not likely or ratio < 0.5:
                continue
            keys: dict[str, object] = {"field": name, "from": [likely[0].text, cell.text], "combine": "join"}
            mapped.proposals.append(Proposal(name, keys, (likely[0], cell), "日期与时刻各占一列，请核对"))
            for used in (cell, likely[0]):
                left.pop(used.index, None)

    def _is_day(self, values: list[str]) -> bool:
        spec = FieldSpec(type="date", label="")
        return bool(values) and self.readable_share(values, spec, Reading()) == 1


def find_cell(cells: Iterable[HeaderCell], text: str) -> HeaderCell | None:
    """The column that a header text of a contract means: its very text first, then with another unit."""
    names = [header_name(part) for part in text.split("|")]
    for is_same in (lambda c, n: c.full == n.full, _differs_in_unit):
        for name in names:
            for cell in cells:
                if is_same(cell.name, name):
                    return cell
    return None


def _differs_in_unit(cell: HeaderName, name: HeaderName) -> bool:
    return cell.base == name.base and bool(cell.base) and (cell.unit or name.unit) is not None


def _is_very(name: HeaderName, text: str) -> bool:
    return name.full in [normalise_header(part) for part in text.split("|")]


def _keys(column: Column, texts: dict[str, str], is_exact: bool) -> dict[str, object]:
    """The keys of a known column, reading the headers of this file."""
    keys = column.model_dump(by_alias=True, exclude_unset=True, exclude={"optional"})
    if column.from_:
        headers = [texts[text] for text in column.from_]
        keys["from"] = headers if len(headers) > 1 else headers[0]
    if column.cases:
        keys["cases"] = [
            {"when": {texts[text]: list(wanted) for text, wanted in case.when.items()}, "value": case.value}
            for case in column.cases
        ]
    if not is_exact:
        # Its own header says in what unit the file is.
        keys.pop("unit", None)
    return keys


def _variants(name: HeaderName) -> list[str]:
    """A header as it may be compared: its levels together, without brackets, and the last level alone."""
    levels = name.base.split("/")
    together = "".join(levels)
    plain = _BRACKETS.sub("", together)
    return list(dict.fromkeys(text for text in (together, plain, levels[-1]) if text))


@lru_cache(maxsize=100_000)
def _ratio(one: str, other: str) -> float:
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    ratio = SequenceMatcher(None, one, other).ratio()
    if len(short) >= 2 and short in long:
        ratio = max(ratio, 0.6 + 0.3 * len(short) / len(long))
    return ratio
