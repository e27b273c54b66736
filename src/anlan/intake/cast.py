"""One column of texts to one canonical type, under the rule that says so when it cannot be."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from anlan.contracts import FieldSpec, field_dtype, normalise_header
from anlan.intake.numbers import DecimalMark, cast_decimal, cast_integer
from anlan.intake.times import PLAIN_STYLE, DateStyle, cast_date, cast_timestamp
from anlan.intake.unique import map_unique

_TRUE = {"是", "1", "y", "yes", "true", "t", "√", "✓", "✔", "☑", "有"}
_FALSE = {"否", "0", "n", "no", "false", "f", "×", "✗", "✘", "无", "x"}

# What spreadsheets print for a formula that failed, and what stands for one that was never computed.
_CELL_ERROR = (
    r"^#(N/A|DIV/0!|REF!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!|BUSY!"
    r"|GETTING_DATA|未计算)$"
)

TYPE_RULES = {
    "integer": "type_integer",
    "decimal": "type_decimal",
    "date": "type_date",
    "timestamp": "type_timestamp",
    "boolean": "type_boolean",
    "code": "code_known",
    "text": "cell_error",
}


@dataclass(frozen=True)
class Reading:
    """How a layout writes values: the factor to the stored unit, the decimal mark, the style of dates.

    ``unit``: % or ‰ where the column is written in it and the field has no unit (completion of an indicator).
    """

    factor: Fraction = Fraction(1)
    decimal_mark: DecimalMark = "."
    dates: DateStyle = PLAIN_STYLE
    unit: str | None = None


def cast_texts(texts: pl.Series, spec: FieldSpec, reading: Reading) -> pl.Series:
    """Texts (null: no value) to the stored type of a field that is no division; null where that fails."""
    value: pl.Series
    match spec.type:
        case "integer":
            value = cast_integer(texts, spec.unit or reading.unit, reading.factor, reading.decimal_mark)
        case "decimal":
            value = cast_decimal(
                texts, spec.scale, spec.unit or reading.unit, reading.factor, reading.decimal_mark
            )
        case "date":
            value = cast_date(texts, reading.dates)
        case "timestamp":
            value = cast_timestamp(texts, reading.dates)
        case "boolean":
            value = map_unique(texts, pl.Boolean(), _read_boolean)
        case "code":
            known = code_readings(spec)
            value = map_unique(texts, pl.String(), lambda text: known.get(plain_code(text)))
        case "text":
            value = texts.set(texts.str.contains(_CELL_ERROR).fill_null(False), None)
        case "division":
            raise ValueError("divisions are resolved with their outer areas, not cast")
    return value


def plain_code(text: str) -> str:
    """A code or label as compared: half-width, without white space, in one case."""
    return normalise_header(text).casefold()


def code_readings(spec: FieldSpec) -> dict[str, str]:
    """What stands for each code: the code, its label, and the code less the zeros a spreadsheet eats."""
    codes = spec.codes or {}
    readings = {code.lstrip("0"): code for code in codes if code.isdigit() and code.strip("0")}
    readings |= {plain_code(label): code for code, label in codes.items()}
    return readings | {plain_code(code): code for code in codes}


def _read_boolean(text: str) -> bool | None:
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    return True if plain in _TRUE else False if plain in _FALSE else None


def cast_one(text: str, spec: FieldSpec) -> pl.Series:
    """One text as a series of one value of the field's type."""
    return cast_texts(pl.Series([text], dtype=pl.String()), spec, Reading()).cast(field_dtype(spec))
