"""What belongs to a place: its divisions, denominators, published figures and assessment schemes.

A jurisdiction is a folder of CSV files beside ``jurisdiction.yml``. Each file is validated here once
and handed to the models as typed Parquet, so that a place brings data and never code. A file that a
place does not have is an empty table.
"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import polars as pl
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from anlan.errors import AnlanError

_ScoringFunction = Literal[
    "full_or_zero",
    "linear_to_target",
    "completion",
    "points",
    "per_unit_deduction",
    "per_unit",
    "threshold",
]
_OptionalText = Annotated[str | None, BeforeValidator(lambda v: v or None)]
_OptionalDate = Annotated[date | None, BeforeValidator(lambda v: v or None)]
_OptionalInt = Annotated[int | None, BeforeValidator(lambda v: None if v in ("", None) else v)]
_OptionalDecimal = Annotated[Decimal | None, BeforeValidator(lambda v: None if v in ("", None) else v)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class JurisdictionInfo(BaseModel):
    """``jurisdiction.yml``: the place itself."""

    model_config = ConfigDict(extra="forbid")

    id: str
    name: str
    root_code: str
    level_names: list[str]
    name_suffixes: list[str] = []
    # Which grouping of trades its bulletins use: a grouping_id of seeds/trade_groups.csv.
    trade_grouping: str = "zhejiang"
    test_identity_prefix: str = "999999"


class Division(_Row):
    """One version of one administrative division, valid from ``valid_from`` to before ``valid_to``."""

    code: str
    version: int
    name: str
    level: int
    parent: _OptionalText
    valid_from: date
    valid_to: _OptionalDate
    unit_type: _OptionalText = None
    protocol_order: _OptionalInt = None
    predecessors: _OptionalText = None
    successors: _OptionalText = None
    change_type: _OptionalText = None
    from_precision: _OptionalText = None


class LocalUnit(_Row):
    """One version of a unit that reports of its own and is no administrative division: a development zone,
    a scenic area. It goes by a code of the place's own making.

    ``aliases`` and ``names_in_parent``: other names, separated by semicolons; the latter mean it only below
    its parent or what that lies in (高新区 below 宁波市). ``parent``: the division it belongs to.
    ``is_inside_parent``: whether the parent's figures include it; if not, only those of the areas above the
    parent do. ``source``: what says so.
    """

    code: str
    version: int
    name: str
    aliases: str
    names_in_parent: str
    parent: str
    is_inside_parent: bool
    valid_from: date
    valid_to: _OptionalDate
    unit_type: _OptionalText = None
    predecessors: _OptionalText = None
    successors: _OptionalText = None
    from_precision: _OptionalText = None
    source: str

    @property
    def names(self) -> list[str]:
        """Its official name and those by which it is known anywhere."""
        return [self.name, *filter(None, self.aliases.split(";"))]

    @property
    def inner_names(self) -> list[str]:
        """Names by which it is known below its parent."""
        return list(filter(None, self.names_in_parent.split(";")))


class Denominator(_Row):
    """One value to divide by, with its vintage: GDP, population, forest area."""

    denominator_id: str
    area_code: str
    year: int
    vintage: str
    value: Decimal
    unit: str
    source: str


class PublishedFigure(_Row):
    """One figure as printed, and the figure of the warehouse it must equal at printed precision.

    ``printed_value`` is signed (a printed decline is negative). ``qualifier``: ``exact`` and ``about``
    (约) must be equal at ``printed_decimals``; ``at_least`` (以上、余、多) and ``at_most`` (以内) are bounds;
    ``below_value`` closes an ``at_least`` from above (12,400多 is less than 12,500). ``metric_id`` is
    empty for a figure that no source carries.
    """

    figure_id: str
    label: str
    printed_value: Decimal
    printed_decimals: Annotated[int, Field(ge=0, le=4)]
    unit: str
    qualifier: Literal["exact", "about", "at_least", "at_most"]
    below_value: _OptionalDecimal
    metric_id: _OptionalText
    area_code: _OptionalText
    period_label: _OptionalText
    breakdown_type: _OptionalText
    breakdown_code: _OptionalText
    comparator_id: _OptionalText
    measure: Annotated[Literal["value", "change_pct"] | None, BeforeValidator(lambda v: v or None)]
    quote: str
    source: str

    @model_validator(mode="after")
    def _mapped_wholly_or_not(self) -> PublishedFigure:
        parts = (
            self.metric_id, self.area_code, self.period_label, self.breakdown_type,
            self.breakdown_code, self.comparator_id, self.measure,
        )  # fmt: skip
        if any(parts) and not all(parts):
            raise ValueError("metric_id … measure: fill in all seven columns, or none")
        if self.below_value is not None and self.qualifier != "at_least":
            raise ValueError("below_value belongs to at_least only")
        return self


class KnownDifference(_Row):
    """A published figure that is known to be wrong or worded wrongly, with the reason.

    ``computed_value`` is what the warehouse must find instead: a register that matches nothing fails.
    """

    figure_id: str
    kind: Literal["source_error", "wording", "scope"]
    computed_value: Decimal
    reason: str


class AssessmentScheme(_Row):
    """One version of one assessment scheme: who is assessed, and how a total becomes a rank.

    Units are the areas of ``peer_level``. ``bonus_cap`` and ``deduction_cap`` limit the sums of all
    bonuses and deductions, in points; ``minimum_total`` is the floor of the total. ``tie_rule``:
    ``competition`` gives 1, 1, 3 and ``dense`` 1, 1, 2.
    """

    scheme_id: str
    scheme_version: int
    name: str
    peer_group: str
    peer_level: int
    full_score: Decimal
    bonus_cap: _OptionalDecimal
    deduction_cap: _OptionalDecimal
    minimum_total: Decimal
    tie_rule: Literal["competition", "dense"]
    valid_from: date
    source: str
    is_assumed: bool


class AssessmentIndicator(_Row):
    """One indicator of a scheme: its role, its weight and how a raw value becomes points.

    ``group`` rows carry the weight of their children and no raw value. Scoring functions of role
    ``score``, each from 0 to ``weight`` points: ``full_or_zero`` (meets ``target_value`` in the sense of
    ``direction``, or nothing), ``linear_to_target`` (0 at ``zero_value``, full at ``target_value``),
    ``completion`` (percent), ``points`` (out of ``target_value``), ``per_unit_deduction`` (``weight`` less
    ``points_per_unit`` for each unit). Roles ``bonus`` and ``deduction`` give ``per_unit`` points up to
    ``cap``. Role ``veto`` strikes when the raw value meets ``target_value`` (``threshold``), with
    ``veto_effect``: ``zero_total``, ``lowest_grade`` or ``bar_top_grade`` (否优).
    """

    scheme_id: str
    scheme_version: int
    indicator_id: str
    parent_id: _OptionalText
    name: str
    unit: str
    role: Literal["group", "score", "bonus", "deduction", "veto"]
    weight: Decimal
    scoring_function: Annotated[_ScoringFunction | None, BeforeValidator(lambda v: v or None)]
    direction: Annotated[Literal["at_least", "at_most"] | None, BeforeValidator(lambda v: v or None)]
    target_value: _OptionalDecimal
    zero_value: _OptionalDecimal
    points_per_unit: _OptionalDecimal
    cap: _OptionalDecimal
    veto_effect: Annotated[
        Literal["zero_total", "lowest_grade", "bar_top_grade"] | None, BeforeValidator(lambda v: v or None)
    ]
    display_order: int
    source: str
    is_assumed: bool

    @model_validator(mode="after")
    def _has_what_its_function_needs(self) -> AssessmentIndicator:
        functions, needed = _SCORING[self.role]
        if self.scoring_function not in functions:
            raise ValueError(f"scoring_function of role {self.role}: one of {sorted(map(str, functions))}")
        for name in needed | _PARAMETERS.get(self.scoring_function or "", set()):
            if getattr(self, name) is None:
                raise ValueError(f"{self.scoring_function} needs {name}")
        if self.scoring_function == "linear_to_target" and self.target_value == self.zero_value:
            raise ValueError("target_value and zero_value must differ")
        if self.scoring_function == "points" and not (self.target_value and self.target_value > 0):
            raise ValueError("target_value of points must be above 0")
        if self.weight < 0 or (self.weight > 0 and self.role in ("bonus", "deduction", "veto")):
            raise ValueError(f"weight of role {self.role} must be 0; use points_per_unit and cap")
        return self


_SCORING: dict[str, tuple[set[str | None], set[str]]] = {
    "group": ({None}, set()),
    "score": (
        {"full_or_zero", "linear_to_target", "completion", "points", "per_unit_deduction"},
        set(),
    ),
    "bonus": ({"per_unit"}, set()),
    "deduction": ({"per_unit"}, set()),
    "veto": ({"threshold"}, {"veto_effect"}),
}
_PARAMETERS: dict[str, set[str]] = {
    "full_or_zero": {"direction", "target_value"},
    "linear_to_target": {"target_value", "zero_value"},
    "points": {"target_value"},
    "per_unit_deduction": {"points_per_unit"},
    "per_unit": {"points_per_unit"},
    "threshold": {"direction", "target_value"},
}


class AssessmentGrade(_Row):
    """A grade of a scheme by threshold, lower bound inclusive; ``display_order`` 1 is the best."""

    scheme_id: str
    scheme_version: int
    grade: str
    lower_bound: Decimal
    display_order: int
    source: str
    is_assumed: bool


TABLES: dict[str, type[_Row]] = {
    "divisions": Division,
    "local_units": LocalUnit,
    "denominators": Denominator,
    "published_figures": PublishedFigure,
    "known_differences": KnownDifference,
    "assessment_schemes": AssessmentScheme,
    "assessment_indicators": AssessmentIndicator,
    "assessment_grades": AssessmentGrade,
}


class Jurisdiction(BaseModel):
    """A place, validated: ``info`` and the rows of each table by name."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    folder: Path
    info: JurisdictionInfo
    tables: dict[str, list[Any]]

    @property
    def divisions(self) -> list[Division]:
        """All versions of all divisions."""
        return self.tables["divisions"]

    @property
    def local_units(self) -> list[LocalUnit]:
        """All versions of all units that report of their own and are no divisions."""
        return self.tables.get("local_units", [])

    def frame(self, name: str) -> pl.DataFrame:
        """One table as a typed polars frame: text, bigint, double-free decimals (38, 6), date, boolean.

        Among the divisions stand the local units, marked by ``is_local_unit``: a level below all divisions,
        and below the area whose figures include them.
        """
        model = TABLES[name]
        schema = {field: _dtype(info.annotation) for field, info in model.model_fields.items()}
        rows = [row.model_dump() for row in self.tables[name]]
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        if name != "divisions":
            return frame
        units = self.frame("local_units").select(n for n in schema if n in LocalUnit.model_fields)
        above = {division.code: division.parent for division in self.divisions}
        counted_in = [u.parent if u.is_inside_parent else above[u.parent] for u in self.local_units]
        lowest = max((division.level for division in self.divisions), default=0)
        units = units.with_columns(
            pl.Series("parent", counted_in, dtype=pl.String()), level=pl.lit(lowest + 1, pl.Int64())
        )
        marked = [part.with_columns(is_local_unit=pl.lit(part is units)) for part in (frame, units)]
        return pl.concat(marked, how="diagonal")


def load_jurisdiction(folder: Path) -> Jurisdiction:
    """Read and validate a jurisdiction folder.

    Errors: AnlanError naming file, row, column and value.
    """
    info_file = folder / "jurisdiction.yml"
    if not info_file.is_file():
        raise AnlanError(f"地区文件夹缺少 {info_file}", "照 jurisdictions/zhejiang/jurisdiction.yml 写一份。")
    try:
        info = JurisdictionInfo.model_validate(yaml.safe_load(info_file.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise AnlanError(
            f"地区文件有误 {info_file}：{error}", "照 jurisdictions/zhejiang 中的例子修改。"
        ) from None
    tables: dict[str, list[Any]] = {}
    for name, model in TABLES.items():
        file = folder / f"{name}.csv"
        tables[name] = _read_rows(file, model) if file.is_file() else []
    if not tables["divisions"]:
        raise AnlanError(f"地区文件夹缺少 {folder / 'divisions.csv'}", "至少要有一个区划。")
    _check_tree(info, tables["divisions"], folder)
    _check_units(info, tables["local_units"], tables["divisions"], folder)
    return Jurisdiction(folder=folder, info=info, tables=tables)


def _check_tree(info: JurisdictionInfo, divisions: list[Division], folder: Path) -> None:
    """Raise AnlanError unless every division hangs below the one root, a level at a time or more."""
    levels = {division.code: division.level for division in divisions}
    if levels.get(info.root_code) != 1:
        raise AnlanError(
            f"{folder / 'jurisdiction.yml'}：root_code {info.root_code!r} 不是 level 为 1 的区划",
            "改正 root_code，或在 divisions.csv 中补上这一行。",
        )
    for number, division in enumerate(divisions, start=2):
        above = levels.get(division.parent) if division.parent else None
        is_root = division.code == info.root_code
        if is_root != (division.parent is None) or (not is_root and not (above and above < division.level)):
            raise AnlanError(
                f"{folder / 'divisions.csv'} 第 {number} 行 parent 列：{division.name}的上级"
                f" {division.parent or '（空）'!r} 不是更高一级的区划",
                "parent 填上级区划的 code；只有 root_code 的区划留空。",
            )


def _check_units(
    info: JurisdictionInfo, units: list[LocalUnit], divisions: list[Division], folder: Path
) -> None:
    """Raise AnlanError unless every local unit has a code of its own and an area that counts it."""
    codes: dict[str, date] = {}
    for division in divisions:
        codes[division.code] = min(division.valid_from, codes.get(division.code, division.valid_from))
    for number, unit in enumerate(units, start=2):
        if unit.code in codes:
            problem, remedy = f"code：{unit.code} 已是区划代码", "另编一个不与区划重复的代码。"
        elif unit.parent not in codes:
            problem, remedy = f"parent：{unit.parent} 不是区划代码", "parent 填它所属区划的 code。"
        elif unit.parent == info.root_code and not unit.is_inside_parent:
            problem, remedy = "is_inside_parent：最上级之外没有可计入的区划", "改为 true，或改 parent。"
        elif unit.valid_from < codes[unit.parent]:
            problem = f"valid_from：早于上级 {unit.parent} 的 {codes[unit.parent]}"
            remedy = "改正日期，或换一个上级。"
        else:
            continue
        raise AnlanError(f"{folder / 'local_units.csv'} 第 {number} 行 {problem}", remedy)


def _read_rows(file: Path, model: type[_Row]) -> list[_Row]:
    rows = []
    with file.open(encoding="utf-8-sig", newline="") as handle:
        for number, record in enumerate(csv.DictReader(handle), start=2):
            try:
                rows.append(model.model_validate(record))
            except ValidationError as error:
                first = error.errors()[0]
                column = ".".join(map(str, first["loc"]))
                raise AnlanError(
                    f"{file} 第 {number} 行 {column} 列：值 {record.get(column)!r} 不合要求"
                    f"（{first['msg']}）",
                    "按该列的要求修改这一格。",
                ) from None
    return rows


def _dtype(annotation: Any) -> pl.DataType:
    for candidate in (annotation, *get_args(annotation)):
        match candidate:
            case _ if candidate is bool:
                return pl.Boolean()
            case _ if candidate is int:
                return pl.Int64()
            case _ if candidate is Decimal:
                return pl.Decimal(38, 6)
            case _ if candidate is date:
                return pl.Date()
    return pl.String()
