"""Control totals: what a sender printed as a sum, against the sum of the rows that were read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

import polars as pl

from anlan.errors import AnlanError
from anlan.intake.bind import Bound, Part
from anlan.intake.claims import (
    ROWS_FIELD,
    Claim,
    Reading,
    Statement,
    TableRows,
    noted_statements,
    total_row_statements,
)
from anlan.intake.fields import translate
from anlan.intake.findings import Findings
from anlan.intake.layouts import Match
from anlan.intake.numbers import round_half_up
from anlan.intake.sums import ExactColumn, exact_column
from anlan.privacy.redact import HIDDEN, redact_text

_DIFFERENCES_SHOWN = 5


@dataclass(frozen=True)
class Checked:
    """How many control totals of a table were compared, and how many of them differ."""

    count: int = 0
    differing: int = 0


def check_control_totals(table: TableRows, bound: list[Bound], findings: Findings, where: str) -> Checked:
    """Compare total rows, and totals in titles and notes, with the rows they are the totals of.

    What differs is a warning in ``findings`` where the layout says so; what cannot be compared always is.
    Sums are exact; they are compared at the places in which the total is written.
    Errors: AnlanError, naming both numbers and the place, where a difference refuses the extract.
    """
    plan = table.match.candidate.layout.control_totals
    if plan.on_difference == "ignore":
        return Checked()
    statements = [*total_row_statements(table, bound), *noted_statements(table, bound)]
    if not statements:
        return Checked()
    _add_up(table, bound, statements)
    tolerance = Fraction(plan.tolerance)
    count = 0
    differences: list[_Difference] = []
    remarks: list[_Remark] = []
    for statement in statements:
        number, wrong = _best(statement, tolerance)
        for claim in statement.claims:
            remark = _obstacle(statement, claim, number)
            if remark is not None:
                remarks.append(remark)
                continue
            count += 1
            if claim in wrong:
                differences.append(_Difference(table, statement, claim, number))
            elif _leaves_repeats_out(statement, claim, number):
                said = "不计重复的行才相符"
                remarks.append(_remark("control_total_counts_repeats", statement, claim, said))
    if differences and plan.on_difference == "refuse":
        raise _refusal(where, differences, table.match)
    remarks += [difference.remark() for difference in differences]
    _report(findings, remarks)
    return Checked(count, len(differences))


def _best(statement: Statement, tolerance: Fraction) -> tuple[int, list[Claim]]:
    """The reading under which all claims hold, else the first; and the claims that do not hold under it."""
    first: list[Claim] | None = None
    for number, reading in enumerate(statement.readings):
        wrong = [claim for claim in statement.claims if claim.differs(number, reading.rows, tolerance)]
        if not wrong:
            return number, []
        first = wrong if first is None else first
    return 0, first or []


def _leaves_repeats_out(statement: Statement, claim: Claim, number: int) -> bool:
    complete = statement.readings[number].complete
    return complete is not None and claim.sums[number] != claim.sums[complete]


def _add_up(table: TableRows, bound: list[Bound], statements: Sequence[Statement]) -> None:
    """Fill ``sums`` and ``gaps`` of all claims, a column at a time: exact columns are wide."""
    of_column: dict[int, list[tuple[Statement, Claim]]] = {}
    for statement in statements:
        for claim in statement.claims:
            claim.gaps = [None] * len(statement.readings)
            claim.sums = [Fraction(0 if claim.factors else reading.rows) for reading in statement.readings]
            for position in claim.factors:
                of_column.setdefault(position, []).append((statement, claim))
    mark = table.match.candidate.layout.decimal_mark
    for item in bound:
        for part in item.parts:
            if not item.is_number or part.position not in of_column:
                continue
            texts = translate(table.texts(part.position), item)
            column = exact_column(texts, item.spec.unit, part.factor, mark)
            for statement, claim in of_column.pop(part.position):
                _add_column(claim, column, part, statement.readings, table)


def _add_column(
    claim: Claim, column: ExactColumn, part: Part, readings: list[Reading], table: TableRows
) -> None:
    for at, reading in enumerate(readings):
        gap = column.first_unreadable(reading.start, reading.end)
        if gap is not None:
            row = table.row(table.added[gap])
            claim.gaps[at] = f"第 {row} 行第 {part.place.letter} 列的内容不是数"
        total = column.sum(reading.start, reading.end, reading.counted)
        claim.sums[at] += total * claim.factors[part.position]


@dataclass(frozen=True)
class _Remark:
    """A warning on one claim: the rule, where, what stands there, and what the rows say."""

    rule_id: str
    statement: Statement
    claim: Claim
    value: str


def _remark(rule_id: str, statement: Statement, claim: Claim, said: str) -> _Remark:
    return _Remark(rule_id, statement, claim, f"{redact_text(claim.text)}（{said}）")


def _obstacle(statement: Statement, claim: Claim, number: int) -> _Remark | None:
    """Why a claim cannot be compared under a reading, if so."""
    reading = statement.readings[number]
    if claim.written is None:
        why = "合计本身不是数" if claim.factors or claim.field == ROWS_FIELD else "表中没有这一列"
    elif claim.gaps[number] is not None:
        why = str(claim.gaps[number])
    elif statement.is_part and reading.start == reading.end and claim.written.value:
        why = "这一合计之下没有可相加的行"
    else:
        return None
    return _remark("control_total_checkable", statement, claim, f"{why}，未能核对")


@dataclass(frozen=True)
class _Difference:
    """A claim that the rows contradict, under the likeliest reading."""

    table: TableRows
    statement: Statement
    claim: Claim
    number: int

    def sentence(self) -> str:
        """Place, both numbers, and by how much they differ."""
        place = self.claim.place
        named = f"第 {place.letter} 列“{redact_text(place.header)}”" if place.letter else place.header
        written, found = self._numbers()
        return f"第 {self.statement.row} 行（{self.statement.said}）{named}：合计写 {written}，{found}"

    def remark(self) -> _Remark:
        """The same as a warning."""
        written, found = self._numbers()
        return _Remark("control_total_agrees", self.statement, self.claim, f"{written}（{found}）")

    def _numbers(self) -> tuple[str, str]:
        assert self.claim.written is not None
        written, total = self.claim.written.value, self.claim.sums[self.number]
        texts = [_shown(written), _shown(total)]
        apart = HIDDEN if HIDDEN in texts else _shown(abs(total - written))
        how = "逐行相加为" if self.claim.factors else "数得行数为"
        if self.statement.is_part:
            reading = self.statement.readings[self.number]
            first, last = (self.table.row(self.table.added[at]) for at in (reading.start, reading.end - 1))
            how = f"第 {first} 至 {last} 行{how}"
        twice = "（恰为两倍，疑有合计行被当作数据）" if written and total == 2 * written else ""
        return texts[0], f"{how} {texts[1]}，差 {apart}{twice}"


def _shown(value: Fraction) -> str:
    """A number without its trailing zeros; nothing that could be a telephone number."""
    decimals = next((places for places in range(19) if not 10**places % value.denominator), 6)
    return redact_text(f"{round_half_up(value, decimals):f}")


def _refusal(where: str, differences: list[_Difference], match: Match) -> AnlanError:
    contract, layout = match.candidate.contract, match.candidate.layout
    shown = "；".join(difference.sentence() for difference in differences[:_DIFFERENCES_SHOWN])
    more = len(differences) - _DIFFERENCES_SHOWN
    return AnlanError(
        f"{where} {shown}" + (f"；另有 {more} 处不符" if more > 0 else ""),
        "核对合计与各行，改正后重新报送。某列的合计不是各行之和（如平均数）时，"
        f"在 contracts/{contract.source}.yml 的布局 {layout.id} 中写 control_totals: {{except: [表头]}}；"
        "只需提醒时写 control_totals: {on_difference: warn}。",
    )


def _report(findings: Findings, remarks: Iterable[_Remark]) -> None:
    """Warnings of one rule on one column together: there may be a subtotal for every township."""

    def group(remark: _Remark) -> tuple[str, str, str, str]:
        place = remark.claim.place
        return remark.rule_id, remark.claim.field, place.letter or "", place.header

    for (rule_id, name, _, _), alike in groupby(sorted(remarks, key=group), key=group):
        same = list(alike)
        claim = same[0].claim
        findings.add(
            rule_id,
            name,
            claim.label,
            claim.place,
            pl.Series([remark.statement.row for remark in same], dtype=pl.Int64()),
            pl.Series([remark.value for remark in same], dtype=pl.String()),
        )
