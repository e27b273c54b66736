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
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from anlan.errors import AnlanError

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

    ``printed_value`` is signed (a printed decline is negative); ``qualifier`` is exact, about,
    at_least or at_most. ``metric_id`` is empty for a figure that no source carries.
    """

    figure_id: str
    label: str
    printed_value: Decimal
    printed_decimals: int
    unit: str
    qualifier: Literal["exact", "about", "at_least", "at_most"]
    metric_id: _OptionalText
    area_code: _OptionalText
    period_label: _OptionalText
    breakdown_type: _OptionalText
    breakdown_code: _OptionalText
    comparator_id: _OptionalText
    measure: _OptionalText
    quote: str
    source: str


class KnownDifference(_Row):
    """A published figure that is known to be wrong or worded wrongly, with the reason."""

    figure_id: str
    kind: str
    computed_value: _OptionalDecimal
    reason: str


class AssessmentScheme(_Row):
    """One version of one assessment scheme."""

    scheme_id: str
    scheme_version: int
    name: str
    peer_group: str
    full_score: Decimal
    tie_rule: str
    valid_from: date
    source: str
    is_assumed: bool


class AssessmentIndicator(_Row):
    """One indicator of a scheme: its role, weight and scoring function."""

    scheme_id: str
    scheme_version: int
    indicator_id: str
    parent_id: _OptionalText
    name: str
    role: Literal["score", "bonus", "deduction", "veto"]
    weight: Decimal
    scoring_function: str
    parameter: _OptionalDecimal
    cap: _OptionalDecimal
    source: str
    is_assumed: bool


class AssessmentGrade(_Row):
    """A grade of a scheme by threshold, lower bound inclusive."""

    scheme_id: str
    scheme_version: int
    grade: str
    lower_bound: Decimal
    display_order: int


TABLES: dict[str, type[_Row]] = {
    "divisions": Division,
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

    def frame(self, name: str) -> pl.DataFrame:
        """One table as a typed polars frame: text, bigint, double-free decimals (38, 6), date, boolean."""
        model = TABLES[name]
        schema = {field: _dtype(info.annotation) for field, info in model.model_fields.items()}
        return pl.DataFrame([row.model_dump() for row in self.tables[name]], schema=schema, orient="row")


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
    return Jurisdiction(folder=folder, info=info, tables=tables)


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
