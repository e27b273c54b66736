"""Tie each field of a layout to the columns of one sheet: which cells, in which unit."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from anlan.contracts import Column, FieldSpec
from anlan.errors import AnlanError
from anlan.intake.findings import Place
from anlan.intake.header import header_name
from anlan.intake.layouts import Found, Match
from anlan.intake.units import factor, is_share, plain_unit


@dataclass(frozen=True)
class Part:
    """One column of the sheet that a field is read from.

    ``factor`` turns its unit into the stored one; ``share``: % or ‰ where the column is written in it and the
    field does not say what it stores.
    """

    position: int
    place: Place
    factor: Fraction = Fraction(1)
    share: str | None = None


@dataclass(frozen=True)
class Bound:
    """A field, how it is read, and the columns it is read from (none: constant, cases or absent)."""

    field: str
    spec: FieldSpec
    column: Column
    parts: tuple[Part, ...]

    @property
    def is_number(self) -> bool:
        """Whether its columns hold numbers that are kept as they are."""
        return self.spec.type in ("integer", "decimal") and self.column.as_ is None

    @property
    def place(self) -> Place:
        """Where a finding on the whole field points: its first column."""
        if not self.parts:
            return Place(None, self.spec.label)
        first = self.parts[0].place
        return Place(first.letter, " + ".join(part.place.header for part in self.parts), first.is_personal)


def bind_columns(where: str, match: Match) -> list[Bound]:
    """Fields of the layout's columns in the contract's order of columns.

    Errors: AnlanError for a header whose unit does not measure what the field stores.
    """
    contract = match.candidate.contract
    bound = []
    for column in match.candidate.layout.columns:
        spec = contract.fields[column.field]
        headers = [column.companion_header] if column.of is not None else column.from_
        found = [(text, match.found[text]) for text in headers if text in match.found]
        parts = tuple(
            Part(
                hit.cell.index,
                Place(hit.cell.letter or None, hit.cell.text, column.as_ is not None),
                *_measure(where, hit, text, column, spec),
            )
            for text, hit in found
        )
        bound.append(Bound(column.field, spec, column, parts))
    return bound


def _measure(
    where: str, hit: Found, text: str, column: Column, spec: FieldSpec
) -> tuple[Fraction, str | None]:
    if spec.type not in ("integer", "decimal"):
        return Fraction(1), None
    if column.unit is not None and plain_unit(column.unit) is None:
        raise AnlanError(
            f"合同中字段 {column.field} 的单位“{column.unit}”不认识", "改为 元、万元、公顷、亩、人 等写法。"
        )
    # The contract knew this very header and says what it means; any other unit is read from the file.
    known = [header_name(part) for part in (column.from_ if column.of else text.split("|"))]
    is_known = hit.cell.name.full in [name.full for name in known]
    expected = plain_unit(column.unit or "") or next((name.unit for name in known if name.unit), None)
    given = expected if is_known or hit.cell.name.unit is None else hit.cell.name.unit
    if given is None:
        return Fraction(1), None
    found = factor(given, spec.unit)
    if found is None:
        raise AnlanError(
            f"{where} 第 {hit.cell.letter} 列“{hit.cell.text}”："
            f"单位“{given}”不能换算为{spec.label}的单位“{spec.unit}”",
            "核对表头的单位；表头无误而合同有误时，改合同中该列的 from 或 unit。",
        )
    return found, given if spec.unit is None and is_share(given) else None
