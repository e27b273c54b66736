"""The data rows of one sheet as canonical columns, with a finding for every cell that cannot be one."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction

import polars as pl

from anlan.contracts import Case, Contract, Layout
from anlan.errors import AnlanError
from anlan.intake.areas import AreaResolver, plain_area
from anlan.intake.bind import Bound, Part
from anlan.intake.cast import TYPE_RULES, Reading, cast_one, cast_texts, plain_code
from anlan.intake.findings import Findings, Place
from anlan.intake.layouts import Match
from anlan.intake.personal import derive
from anlan.intake.staged import field_dtype
from anlan.intake.unique import map_unique
from anlan.privacy.pseudonyms import Pseudonyms


@dataclass
class Assembly:
    """One table in the making.

    ``cells``: data rows only, text columns ``c0``… as in the sheet, filled down, "no value" texts null;
    ``rows``: their numbers from 1. ``values``: canonical columns so far, of the same length.
    """

    match: Match
    cells: pl.DataFrame
    rows: pl.Series
    findings: Findings
    reading: Reading
    values: dict[str, pl.Series]

    @property
    def contract(self) -> Contract:
        """The contract the table follows."""
        return self.match.candidate.contract

    @property
    def layout(self) -> Layout:
        """The layout the table follows."""
        return self.match.candidate.layout

    def texts(self, position: int) -> pl.Series:
        """The texts of one column of the sheet."""
        return self.cells[f"c{position}"]

    def report(
        self,
        rule: str,
        bound: Bound,
        place: Place,
        bad: pl.Series,
        texts: pl.Series,
        hints: dict[str, str] | None = None,
    ) -> None:
        """Findings for the rows where ``bad`` holds.

        A value that a record can do without is held back alone: a fire whose end cannot be read is
        still a fire.
        """
        needed = bound.spec.required or bound.field in (self.layout.key or self.contract.key)
        self.findings.add(
            rule,
            bound.field,
            bound.spec.label,
            place,
            self.rows.filter(bad),
            texts.filter(bad),
            hints,
            "row" if needed else "cell",
        )


def prepare_cells(cells: pl.DataFrame, match: Match) -> pl.DataFrame:
    """Fill down, then blank what means "no value" (in half or full width)."""
    layout = match.candidate.layout
    down = [f"c{match.found[text].cell.index}" for text in layout.fill_down if text in match.found]
    cells = cells.with_columns(pl.col(down).forward_fill()) if down else cells
    missing = {width for text in layout.missing if text for width in _widths(text)}
    return cells.with_columns(pl.when(~pl.all().is_in(list(missing))).then(pl.all()))


def _widths(text: str) -> tuple[str, str, str]:
    full = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)
    return text, unicodedata.normalize("NFKC", text), full


def assemble(
    assembly: Assembly,
    bound: list[Bound],
    areas: AreaResolver,
    pseudonyms: Pseudonyms,
    outer_area: str | None,
) -> None:
    """Fill ``values`` with every field of the contract; divisions last, at the date of the row's event."""
    height = assembly.rows.len()
    for name, text in assembly.layout.constants.items():
        spec = assembly.contract.fields[name]
        if spec.type != "division":
            assembly.values[name] = _constant(assembly, name, text, height)
    for item in bound:
        if item.spec.type != "division":
            series = _derived(assembly, item, pseudonyms) if item.column.as_ else _read_field(assembly, item)
            assembly.values[item.field] = series.alias(item.field)
    days = event_days(assembly.contract, assembly.values, height)
    for name, text in assembly.layout.constants.items():
        if assembly.contract.fields[name].type == "division":
            if not areas.knows(text):
                raise _contract_error(assembly, name, text)
            parts = [pl.Series("area", [text], dtype=pl.String()).new_from_index(0, height)]
            assembly.values[name] = areas.resolve(parts, days)[0].alias(name)
    for item in bound:
        if item.spec.type == "division":
            assembly.values[item.field] = _read_division(assembly, item, areas, outer_area, days).alias(
                item.field
            )
    for name, spec in assembly.contract.fields.items():
        if name not in assembly.values:
            assembly.values[name] = pl.Series(name, [None], dtype=field_dtype(spec)).new_from_index(0, height)
    for item in bound:
        _require(assembly, item)


def _constant(assembly: Assembly, name: str, text: str, height: int) -> pl.Series:
    value = cast_one(text, assembly.contract.fields[name])
    if value.is_null().any():
        raise _contract_error(assembly, name, text)
    return value.new_from_index(0, height).alias(name)


def _contract_error(assembly: Assembly, name: str, text: str) -> AnlanError:
    return AnlanError(
        f"合同 {assembly.contract.source} 的布局 {assembly.layout.id}：字段 {name} 不能取值“{text}”",
        "改正该布局 constants、cases 或 otherwise 中的这个值。",
    )


def event_days(contract: Contract, values: dict[str, pl.Series], height: int) -> pl.Series:
    """The day of each row's event: its event time, else the first required date of the contract."""
    names = [contract.event_time] + [
        name for name, spec in contract.fields.items() if spec.required and spec.type in ("date", "timestamp")
    ]
    days = pl.Series("day", [None], dtype=pl.Date()).new_from_index(0, height)
    for name in names:
        if name in values:
            days = days.zip_with(days.is_not_null(), values[name].cast(pl.Date()))
    return days.alias("day")


def _read_field(assembly: Assembly, bound: Bound) -> pl.Series:
    """One field that is neither a division nor personal: cast each part, combine, then cases."""
    dtype = field_dtype(bound.spec)
    column = bound.column
    height = assembly.rows.len()
    empty = pl.Series(bound.field, [None], dtype=dtype).new_from_index(0, height)
    match column.combine:
        case "join":
            value = (
                _cast_part(assembly, bound, bound.place, _join(assembly, bound), Fraction(1))
                if bound.parts
                else empty
            )
        case "sum" if bound.parts:
            parts = pl.DataFrame(
                [_part(assembly, bound, part).alias(str(i)) for i, part in enumerate(bound.parts)]
            )
            total = parts.select(
                pl.when(pl.any_horizontal(pl.all().is_not_null())).then(pl.sum_horizontal(pl.all()))
            ).to_series()
            value = total.cast(dtype)
        case _:
            value = empty
            for part in bound.parts:
                value = value.zip_with(value.is_not_null(), _part(assembly, bound, part))
    for case in reversed(column.cases):
        chosen = _constant(assembly, bound.field, case.value, height)
        value = chosen.zip_with(_holds(assembly, case), value)
    if column.otherwise is not None:
        fallback = _constant(assembly, bound.field, column.otherwise, height)
        # What could not be read is held back, not replaced.
        value = value.zip_with(value.is_not_null() | _held(assembly, bound), fallback)
    return value


def _part(assembly: Assembly, bound: Bound, part: Part) -> pl.Series:
    return _cast_part(assembly, bound, part.place, assembly.texts(part.position), part.factor)


def _cast_part(
    assembly: Assembly, bound: Bound, place: Place, texts: pl.Series, factor: Fraction
) -> pl.Series:
    translated = _translate(texts, bound)
    reading = Reading(
        factor, assembly.reading.decimal_mark, assembly.reading.date_order, assembly.reading.has_1904_dates
    )
    value = cast_texts(translated, bound.spec, reading)
    bad = translated.is_not_null() & value.is_null()
    if bad.any():
        rule = TYPE_RULES[bound.spec.type]
        hints = _code_hints(texts.filter(bad), bound) if rule == "code_known" else None
        assembly.report(rule, bound, place, bad, texts, hints)
    return value


def _translate(texts: pl.Series, bound: Bound) -> pl.Series:
    """Texts as the layout's ``values`` say; those it does not name stay."""
    if not bound.column.values:
        return texts
    known = {plain_code(text): code for text, code in bound.column.values.items()}
    return map_unique(texts, pl.String(), lambda text: known.get(plain_code(text), text))


def _join(assembly: Assembly, bound: Bound) -> pl.Series:
    """The parts' texts with a space between.

    A clock time without its day is no value. A day without its clock time is one where the field is
    required, because it puts the record in its period; elsewhere it would be half a moment, and the
    durations reckoned from it wrong.
    """
    parts = pl.DataFrame([assembly.texts(part.position).alias(str(i)) for i, part in enumerate(bound.parts)])
    joined = parts.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series()
    if bound.spec.type not in ("date", "timestamp"):
        return joined.set(joined == "", None)
    needed = pl.col("0").is_null() if bound.spec.required else pl.any_horizontal(pl.all().is_null())
    return joined.set(parts.select(needed).to_series(), None)


def _holds(assembly: Assembly, case: Case) -> pl.Series:
    height = assembly.rows.len()
    holds = pl.Series([True]).new_from_index(0, height)
    for header, texts in case.when.items():
        found = assembly.match.found.get(header)
        if found is None:
            return pl.Series([False]).new_from_index(0, height)
        cells = assembly.texts(found.cell.index).fill_null("")
        holds &= map_unique(cells, pl.String(), plain_code).is_in([plain_code(text) for text in texts])
    return holds


def _held(assembly: Assembly, bound: Bound) -> pl.Series:
    found = [frame for frame in assembly.findings.frames if frame["field"][0] == bound.field]
    held = pl.concat(found)["row"].unique() if found else pl.Series([], dtype=pl.Int64())
    return assembly.rows.is_in(held.implode())


def _code_hints(texts: pl.Series, bound: Bound) -> dict[str, str]:
    known = {plain_code(label): label for label in (bound.spec.codes or {}).values()}
    return _nearest(texts, known, plain_code)


def _nearest(texts: pl.Series, known: dict[str, str], plain: Callable[[str], str]) -> dict[str, str]:
    hints = {}
    # Suggestions serve people; a column that is wrong throughout needs no thousand of them.
    for text in texts.drop_nulls().unique(maintain_order=True).head(200):
        close = get_close_matches(plain(text), list(known), n=1, cutoff=0.5)
        if close:
            hints[text] = f"最接近的是“{known[close[0]]}”。"
    return hints


def _read_division(
    assembly: Assembly, bound: Bound, areas: AreaResolver, outer_area: str | None, days: pl.Series
) -> pl.Series:
    parts = [_translate(assembly.texts(part.position), bound) for part in bound.parts]
    if outer_area is not None:
        parts.insert(
            0, pl.Series("area", [outer_area], dtype=pl.String()).new_from_index(0, assembly.rows.len())
        )
    if not parts:
        return pl.Series(bound.field, [None], dtype=pl.String()).new_from_index(0, assembly.rows.len())
    shown = pl.DataFrame([part.alias(str(i)) for i, part in enumerate(parts)])
    codes, problems = areas.resolve(parts, days)
    for rule in ("area_known", "area_ambiguous"):
        bad = (problems == rule).fill_null(False)
        if bad.any():
            texts = shown.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series()
            known = {plain_area(name): name for name in areas.names}
            hints = _nearest(texts.filter(bad), known, plain_area) if rule == "area_known" else None
            assembly.report(rule, bound, bound.place, bad, texts, hints)
    return codes


def _derived(assembly: Assembly, bound: Bound, pseudonyms: Pseudonyms) -> pl.Series:
    assert bound.column.as_ is not None
    if not bound.parts:
        return pl.Series(bound.field, [None], dtype=field_dtype(bound.spec)).new_from_index(
            0, assembly.rows.len()
        )
    texts = assembly.texts(bound.parts[0].position)
    value = derive(texts, bound.column.as_, pseudonyms).cast(field_dtype(bound.spec))
    bad = texts.is_not_null() & value.is_null()
    # One number gives several fields; it is wrong once.
    told = any(
        frame["rule_id"][0] == "identity_number_valid" and frame["column_letter"][0] == bound.place.letter
        for frame in assembly.findings.frames
    )
    if bad.any() and not told:
        assembly.report("identity_number_valid", bound, bound.place, bad, texts)
    return value


def _require(assembly: Assembly, bound: Bound) -> None:
    if not bound.spec.required:
        return
    blank = assembly.values[bound.field].is_null() & ~_held(assembly, bound)
    if bound.column.as_ and bound.parts:
        blank = blank & assembly.texts(bound.parts[0].position).is_null()
    if blank.any():
        nothing = pl.Series("value", [None], dtype=pl.String()).new_from_index(0, assembly.rows.len())
        assembly.report("required_value", bound, bound.place, blank, nothing)
