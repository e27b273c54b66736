"""What an extract of a source looks like: the contract language and its validation.

A contract has two halves. ``fields`` is the canonical record of a source: the same in every
jurisdiction, and what the models read. ``layouts`` say how extracts that really arrive map to it.
A contracts folder outside the project may bring layouts of its own; it then names only the source
and its layouts, and the fields are those of the project.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from anlan.errors import AnlanError

SOURCES = (
    "accidents",
    "fires",
    "forest_fires",
    "inspections",
    "hazards",
    "disaster_reports",
    "teams",
    "members",
    "equipment",
    "drills",
    "assessment_scores",
)

# Columns the intake adds to every accepted row: provenance to the cell.
PROVENANCE = ("_extract_id", "_sheet", "_row")

# What the years of dates count from, where they are not written with four digits.
Calendar = Literal["gregorian", "minguo", "japanese"]

# What ``period`` of a layout may name: a year with a month or a part (上半年, 一季度), and an end elsewhere.
PERIOD_GROUPS = frozenset({"year", "month", "part", "until_year", "until_month", "until_part"})

FieldType = Literal["text", "code", "integer", "decimal", "date", "timestamp", "boolean", "division"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldSpec(_Model):
    """One field of the canonical record.

    ``unit`` is the unit values are stored in (it also stands in the name). ``codes`` maps the
    stored code to its Chinese label; an extract may bring either. ``required`` means that a blank
    quarantines the row. ``scale`` is the number of decimals of a ``decimal``.
    """

    type: FieldType
    label: str
    description: str = ""
    unit: str | None = None
    codes: dict[str, str] | None = None
    required: bool = False
    scale: int = 4


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class Case(_Model):
    """A value to use when each named header holds one of the given texts."""

    when: dict[str, list[str]]
    value: str


class Scope(_Model):
    """Which rows of a table are records of the source, by the text under ``header``.

    ``keep``: texts of rows that are; ``leave``: texts of rows that are not, which are set aside. Any other
    text holds the row back: nobody has said what it is.
    """

    header: str
    keep: list[str] = Field(min_length=1)
    leave: list[str] = Field(min_length=1)


class Companion(_Model):
    """A table beside a layout's own that carries part of its records: the casualties of accidents.

    ``files``/``sheets``: patterns of the files and sheets it lies in: the same workbook, or a file of the
    same folder or archive. ``key``: its headers that name the record, ``matches``: those of the layout's
    own table that must be equal, one to one. ``drop`` and ``ignore`` as for a layout.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    files: Annotated[list[str], BeforeValidator(_as_list)]
    sheets: Annotated[list[str], BeforeValidator(_as_list)] = ["*"]
    header_rows: int = Field(default=1, ge=1, le=3)
    encoding: str | None = None
    delimiter: str | None = None
    key: Annotated[list[str], BeforeValidator(_as_list)]
    matches: Annotated[list[str], BeforeValidator(_as_list)]
    drop: list[str] = []
    ignore: list[str] = []

    @model_validator(mode="after")
    def _pairs(self) -> Companion:
        if not self.key or len(self.key) != len(self.matches):
            raise ValueError(f"companion {self.id}: key and matches must name equally many headers")
        return self


class Column(_Model):
    """How one field is read from a layout.

    ``from``: header texts; ``|`` separates alternatives of one header; levels of a multi-row header
    are joined by ``/``. A unit in brackets (``损失（万元）``) may be there or not, and converts.
    Several headers need ``combine``: ``join`` (text, by a space; of a day and a clock time the day alone
    will do only where the field is required), ``sum`` (missing if all are, or if one cannot be read),
    ``first`` (first that is not missing), ``area`` (outer to inner names of a division). ``unit`` is
    the unit written in the extract where its header does not say so, or says it wrongly in the very
    words of ``from``. ``values`` translates texts to codes. ``cases`` derives a code from flags: the
    first that holds, before ``from``, before ``otherwise``. ``as`` derives from an identity number,
    which itself is never stored. ``optional``: the extract may lack these headers.
    ``of``: the companion table whose rows of the same record are combined: ``sum``, ``count`` (of rows),
    ``first`` or ``join``; ``where`` takes only its rows in which each header holds one of the given texts.
    ``values`` are applied to each row before: a kind of fault may stand for the points it costs.
    """

    field: str
    from_: Annotated[list[str], BeforeValidator(_as_list)] = Field(default=[], alias="from")
    combine: Literal["join", "sum", "first", "area", "count"] | None = None
    unit: str | None = None
    values: dict[str, str] = {}
    cases: list[Case] = []
    otherwise: str | None = None
    as_: Literal["pseudonym", "id_birth_date", "id_sex"] | None = Field(default=None, alias="as")
    optional: bool = False
    of: str | None = None
    where: dict[str, list[str]] = {}

    @property
    def headers(self) -> list[str]:
        """All header texts of the layout's own table the column is read from, those of its cases too."""
        if self.of is not None:
            return []
        return list(dict.fromkeys([*self.from_, *(header for case in self.cases for header in case.when)]))

    def is_sum(self, spec: FieldSpec) -> bool:
        """Whether the field is nothing but a column of numbers, or several of them added up."""
        is_number = spec.type in ("integer", "decimal") and self.as_ is None and self.of is None
        is_plain = not self.cases and self.otherwise is None and self.combine in (None, "sum")
        return is_number and is_plain and bool(self.from_)

    @property
    def companion_header(self) -> str:
        """Under which name the column finds what was combined for it from the rows of a companion."""
        return f"{self.of}:{self.field}"

    def check(self, spec: FieldSpec) -> None:
        """Raise ValueError when a field of this kind cannot be read so."""
        if self.of is None and (self.where or self.combine == "count"):
            raise ValueError(f"field {self.field}: where and count need of, the companion table")
        if self.of is not None:
            self._check_companion(spec)
        elif not self.headers and self.otherwise is None:
            raise ValueError(f"field {self.field}: neither from nor cases nor otherwise")
        if len(self.from_) > 1 and self.combine is None:
            raise ValueError(f"field {self.field}: several headers need combine")
        if (
            self.of is None
            and self.combine in _COMBINES_ONLY
            and spec.type not in _COMBINES_ONLY[self.combine]
        ):
            raise ValueError(f"field {self.field}: combine {self.combine} does not make a {spec.type}")
        if spec.codes is not None:
            written = [*self.values.values(), *(case.value for case in self.cases), self.otherwise]
            for code in written:
                if code is not None and code not in spec.codes and code not in spec.codes.values():
                    raise ValueError(f"field {self.field}: {code} is not one of its codes")

    def _check_companion(self, spec: FieldSpec) -> None:
        if self.combine not in ("sum", "count", "first", "join"):
            raise ValueError(f"field {self.field}: of needs combine: sum, count, first or join")
        if self.combine in ("sum", "count") and spec.type not in ("integer", "decimal"):
            raise ValueError(f"field {self.field}: combine {self.combine} does not make a {spec.type}")
        if len(self.from_) != (self.combine != "count"):
            raise ValueError(f"field {self.field}: of needs one header in from, and count needs none")
        if self.cases or self.as_ or self.optional:
            raise ValueError(f"field {self.field}: of goes with neither cases nor as nor optional")


# What a way to combine can give; ``first`` gives anything.
_COMBINES_ONLY: dict[str | None, set[str]] = {
    "join": {"text", "code", "date", "timestamp"},
    "sum": {"integer", "decimal"},
    "area": {"division"},
}


class Block(_Model):
    """Rows that hold nothing but a label for the rows below them, and titles that name what is below.

    ``pattern``: a regular expression that matches the whole of a row's only text, with a group ``label``;
    ``header``: the header of the column that the labels fill, to be named in ``from``.
    """

    header: str
    pattern: str

    @model_validator(mode="after")
    def _has_a_label(self) -> Block:
        try:
            groups = re.compile(self.pattern).groupindex
        except re.error as error:
            raise ValueError(f"blocks: pattern is no regular expression ({error})") from None
        if "label" not in groups:
            raise ValueError(f"blocks: pattern of {self.header} needs a group (?P<label>...)")
        return self


class ControlTotals(_Model):
    """What is done with the sums that a sender prints: in total rows, and in words in titles and notes.

    ``on_difference``: ``refuse`` the extract, ``warn``, or ``ignore`` them. ``except``: headers whose total
    is no sum of the rows above it (an average pay). ``tolerance``: the largest difference that is none, in
    the unit of the column. ``notes``: regular expressions looked for in titles and notes; their named groups
    are fields, in the unit of the field unless one is written, or ``rows``, the number of rows. ``rows``: the
    header under which a total row prints how many rows it is the total of.
    """

    on_difference: Literal["refuse", "warn", "ignore"] = "refuse"
    except_: Annotated[list[str], BeforeValidator(_as_list)] = Field(default=[], alias="except")
    tolerance: Decimal = Field(default=Decimal(0), ge=0, allow_inf_nan=False)
    notes: Annotated[list[str], BeforeValidator(_as_list)] = []
    rows: str | None = None


class Layout(_Model):
    """One way in which extracts of a source arrive.

    ``files``/``sheets``: glob patterns that choose this layout; ``header_rows``: rows of the header,
    found below titles by its texts; ``constants``: field values the extract does not carry;
    ``sheet_area``: the sheet's name is the outer area; ``fill_down``: headers whose blank cells take
    the value above; ``blocks``: labels alone in their row, outer ones first, that count for the rows below
    until the next one of the same or an outer block; ``tables``: ``several`` where tables of this layout, or
    of others that say so too, stand below or beside each other on a sheet; ``totals``: words that mark a
    total row; ``control_totals``: how those are compared with the rows; ``of_which``: words that begin a row
    which is part of another; ``notes``: words that begin a note;
    ``missing``: texts that mean "no value"; ``drop``: headers of personal data, never stored;
    ``ignore``: other headers that are known and not needed; ``period``: a regular expression that
    declares the months an extract covers, with the named groups of PERIOD_GROUPS, of which only ``year``
    is needed (without it, or without a match, only months that hold rows count as covered);
    ``period_in``: where it is looked for, ``name`` (of the file), ``title`` (rows above the header) or
    both, which must then agree; ``key``: overrides the
    contract's key (``[_row]``: each row of the extract is a record of its own); ``extent``: ``full`` where
    one extract holds all rows of its period, so that it replaces earlier ones of this layout as a whole;
    ``increment`` where it brings rows, and replaces those of the same key;
    ``date_order``: for dates with the year last (dates with the year first are always read);
    ``calendar``: what years of one to three digits count from: ``minguo``, or with an era ``japanese``;
    ``two_digit_years_from``: the first of the hundred years that two digits stand for (1950: 1950 to 2049);
    ``decimal_mark``: ``,`` where 1.234,5 is written; ``scope``: which rows are records of the source;
    ``companions``: tables beside this one that carry part of its records.
    """

    id: str
    description: str = ""
    files: Annotated[list[str], BeforeValidator(_as_list)] = ["*"]
    sheets: Annotated[list[str], BeforeValidator(_as_list)] = ["*"]
    header_rows: int = Field(default=1, ge=1, le=3)
    encoding: str | None = None
    delimiter: str | None = None
    columns: list[Column]
    constants: dict[str, str] = {}
    sheet_area: bool = False
    fill_down: list[str] = []
    blocks: Annotated[list[Block], BeforeValidator(_as_list)] = []
    tables: Literal["one", "several"] = "one"
    totals: list[str] = ["合计", "总计", "小计", "全省合计"]
    control_totals: ControlTotals = ControlTotals()
    of_which: list[str] = ["其中"]
    notes: list[str] = ["注", "说明", "备注", "填表说明", "统计口径", "制表", "填报"]
    missing: list[str] = ["", "-", "—", "－", "/", "\\", "无数据", "NULL", "null"]
    drop: list[str] = []
    ignore: list[str] = []
    period: str | None = None
    period_in: Annotated[list[Literal["name", "title"]], BeforeValidator(_as_list)] = ["name"]
    key: list[str] | None = None
    extent: Literal["increment", "full"] = "increment"
    date_order: Literal["ymd", "dmy", "mdy"] = "ymd"
    calendar: Calendar = "gregorian"
    two_digit_years_from: int | None = Field(default=None, ge=1850, le=2100)
    decimal_mark: Literal[".", ","] = "."
    scope: Scope | None = None
    companions: list[Companion] = []

    @model_validator(mode="after")
    def _reads(self) -> Layout:
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n'):
            raise ValueError(f"layout {self.id}: delimiter is one character, and no quote or line break")
        if self.period is not None:
            groups = _pattern(self.id, "period", self.period).groupindex
            if "year" not in groups:
                raise ValueError(f"layout {self.id}: period needs a group (?P<year>...)")
            for name in groups.keys() - PERIOD_GROUPS:
                raise ValueError(f"layout {self.id}: period has an unknown group {name}")
        return self

    @model_validator(mode="after")
    def _holds_together(self) -> Layout:
        if "_row" in (self.key or []) and self.extent != "full":
            raise ValueError(
                f"layout {self.id}: key [_row] needs extent: full, or a corrected extract counts twice"
            )
        known = {companion.id for companion in self.companions}
        for column in self.columns:
            if column.of is not None and column.of not in known:
                raise ValueError(f"layout {self.id}: field {column.field} is of no companion {column.of}")
        read = {header for column in self.columns for header in column.headers}
        for header in self.fill_down:
            if header not in read:
                raise ValueError(f"layout {self.id}: fill_down names {header}, which no column is read from")
        self._check_labels(read)
        self._check_dates()
        self._check_control_totals(read)
        return self

    def _check_labels(self, read: set[str]) -> None:
        labels = [block.header for block in self.blocks]
        for header in labels:
            if header not in read:
                raise ValueError(f"layout {self.id}: blocks fill {header}, which no column is read from")
            if labels.count(header) > 1 or header in self.fill_down:
                raise ValueError(f"layout {self.id}: {header} is filled twice")

    def _check_dates(self) -> None:
        if self.calendar != "gregorian" and (self.date_order != "ymd" or self.two_digit_years_from):
            raise ValueError(
                f"layout {self.id}: calendar {self.calendar} has the year first and no two-digit years"
            )

    def _check_control_totals(self, read: set[str]) -> None:
        plan = self.control_totals
        for header in [*plan.except_, *([plan.rows] if plan.rows else [])]:
            if header not in read | set(self.ignore):
                raise ValueError(f"layout {self.id}: control_totals names {header}, which is no header of it")
        for text in plan.notes:
            if not _pattern(self.id, "control_totals.notes", text).groupindex:
                raise ValueError(f"layout {self.id}: control_totals.notes needs a named group in {text}")

    @property
    def companion_layouts(self) -> list[CompanionLayout]:
        """The companions as tables with headers of their own; all headers that are used are required."""
        return [self._companion_layout(companion) for companion in self.companions]

    def _companion_layout(self, companion: Companion) -> CompanionLayout:
        columns = [column for column in self.columns if column.of == companion.id]
        used = [*companion.key, *(h for c in columns for h in (*c.from_, *c.where))]
        return CompanionLayout(
            id=f"{self.id}.{companion.id}",
            **companion.model_dump(include=set(Companion.model_fields) & set(Layout.model_fields) - {"id"}),
            columns=[Column.model_validate({"field": h, "from": h}) for h in dict.fromkeys(used)],
            missing=self.missing,
            totals=self.totals,
            of_which=self.of_which,
            notes=self.notes,
            decimal_mark=self.decimal_mark,
            companion=companion,
        )


class CompanionLayout(Layout):
    """A companion table, read as a layout is; its rows enter with the records they belong to."""

    companion: Companion


def _pattern(layout_id: str, key: str, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"layout {layout_id}: {key} is no regular expression ({error})") from None


class PeriodSlack(_Model):
    """How far outside the period that an extract declares its rows may lie.

    ``before_days``: what is entered, corrected or cancelled late still comes; null: however late.
    """

    before_days: int | None = Field(default=0, ge=0)
    after_days: int = Field(default=0, ge=0)


class Contract(_Model):
    """A source: its canonical record and the layouts it arrives in.

    ``key`` identifies a record across extracts: a later extract's row with the same key supersedes.
    ``event_time`` is the field that puts a row in a period (occurrence, not entry). ``period_slack``: how
    far outside its declared period an extract may bring rows; without it that is not asked.
    """

    source: Literal[SOURCES]  # type: ignore[valid-type]  # the tuple is the single list of sources
    label: str
    description: str
    key: list[str]
    event_time: str
    period_slack: PeriodSlack | None = None
    fields: dict[str, FieldSpec]
    layouts: list[Layout] = []

    @model_validator(mode="after")
    def _names_agree(self) -> Contract:
        for name in [*self.key, self.event_time]:
            if name not in self.fields:
                raise ValueError(f"key or event_time names an unknown field: {name}")
        if not self.fields[self.event_time].required:
            raise ValueError(f"event_time {self.event_time} is not required: its rows would have no period")
        for layout in self.layouts:
            try:
                self._check(layout)
            except ValueError as error:
                raise ValueError(f"layout {layout.id}: {error}") from None
        return self

    def _check(self, layout: Layout) -> None:
        named = [column.field for column in layout.columns] + list(layout.constants)
        for name in named:
            if name not in self.fields:
                raise ValueError(f"unknown field {name}")
        for name in set(named):
            if named.count(name) > 1:
                raise ValueError(f"field {name} is mapped twice")
        for column in layout.columns:
            column.check(self.fields[column.field])
        summed = {column.field for column in layout.columns if column.is_sum(self.fields[column.field])}
        for text in layout.control_totals.notes:
            for name in re.compile(text).groupindex:
                if name != "rows" and name not in summed:
                    raise ValueError(
                        f"control_totals.notes names {name}, which is no number read from a column or a sum"
                    )
        for name in layout.key or []:
            if name != "_row" and name not in self.fields:
                raise ValueError(f"key names an unknown field {name}")
        for name, spec in self.fields.items():
            if spec.required and name not in named:
                raise ValueError(f"required field {name} is not mapped")


def field_dtype(spec: FieldSpec) -> pl.DataType:
    """The stored type of a field: codes and divisions are text, decimals have 18 digits."""
    match spec.type:
        case "integer":
            return pl.Int64()
        case "decimal":
            return pl.Decimal(18, spec.scale)
        case "date":
            return pl.Date()
        case "timestamp":
            return pl.Datetime("us")
        case "boolean":
            return pl.Boolean()
        case "text" | "code" | "division":
            return pl.String()


def normalise_text(text: str) -> str:
    """A text as it is read: NFKC (full-width to half-width), without characters that nobody sees.

    Zero-width spaces, byte order marks, soft hyphens and direction marks come with what is copied from web
    pages and documents (Unicode category Cf).
    """
    plain = unicodedata.normalize("NFKC", text)
    if plain.isascii():
        return plain
    return "".join(letter for letter in plain if unicodedata.category(letter) != "Cf")


def normalise_header(text: str) -> str:
    """A header as contracts compare it: ``normalise_text`` without white space, and one sign for 〇."""
    return "".join(normalise_text(text).split()).translate(_ZEROS)


# Typists write the zero of 二〇一九 with whatever round sign their keyboard offers.
_ZEROS = str.maketrans("○◯", "〇〇")


def load_contracts(folder: Path, extra: Path | None = None) -> dict[str, Contract]:
    """Read the contracts of ``folder``; layouts in ``extra`` replace those of the same source.

    Errors: AnlanError naming the file and the place in it.
    """
    documents: dict[str, tuple[Path, dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.yml")):
        documents[path.stem] = (path, _read_yaml(path))
    if extra is not None:
        if not extra.is_dir():
            raise AnlanError(f"找不到合同文件夹：{extra}", "检查 --contracts 或 anlan.yml 中的路径。")
        # A place that brings its own layouts does not read those of another.
        documents = {name: (path, {**doc, "layouts": []}) for name, (path, doc) in documents.items()}
        for path in sorted(extra.glob("*.yml")):
            if path.stem not in documents:
                raise AnlanError(
                    f"{path}：没有名为 {path.stem} 的数据源", f"文件名应为其一：{'、'.join(SOURCES)}"
                )
            own = _read_yaml(path)
            if "fields" in own:
                raise AnlanError(
                    f"{path}：自带的合同不能改 fields",
                    "删去 fields；规范字段各地相同，只写 source 和 layouts。",
                )
            documents[path.stem] = (path, {**documents[path.stem][1], **own})
    contracts = {}
    for name, (path, document) in documents.items():
        try:
            contracts[name] = Contract.model_validate(document)
        except ValidationError as error:
            places = "；".join(_place(problem["loc"], problem["msg"]) for problem in error.errors()[:5])
            raise AnlanError(
                f"合同文件有误 {path}：{places}", "对照 docs/contracts.md 修改该文件。"
            ) from None
    return contracts


def _place(location: tuple[int | str, ...], message: str) -> str:
    said = message.removeprefix("Value error, ")
    # A layout or a field that does not hold together names itself.
    return said if said != message else f"{'.'.join(map(str, location))}: {said}"


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise AnlanError(f"无法读取 YAML 文件 {path}：{error}", "检查缩进和编码（UTF-8）。") from None
    if not isinstance(document, dict):
        raise AnlanError(f"{path} 不是键值结构的 YAML", "对照 contracts/ 中的例子。")
    return document
