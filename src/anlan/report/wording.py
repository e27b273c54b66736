"""The sentence that states a change: one implementation, from signed figures.

上升 and 下降 are derived here and nowhere else, from the sign of the change and never from a rounded
percentage. What cannot be stated as a percentage is said in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from anlan.report.figure import Figure, print_number


@dataclass(frozen=True)
class Measure:
    """A figure as a sentence names it.

    ``label`` is the subject (起数, 死亡人数); ``event`` what did not happen when the value is zero
    (火灾, 人员死亡), empty for a quantity that is not a count of events (直接经济损失); ``counted_as``
    what stands before the number (火灾, 死亡).
    """

    figure: Figure
    label: str
    event: str = ""
    counted_as: str = ""

    @property
    def amount(self) -> str:
        """The value with its unit, or that it was not reported."""
        if self.figure.value is None:
            return "不予公布" if self.figure.status == "suppressed" else "数据缺报"
        return f"{self.figure.printed}{self.figure.unit_name}"


@dataclass(frozen=True)
class WordingStyle:
    """How percentages are written: ``keep_zero`` writes 25.0%, otherwise 25%."""

    keep_zero: bool = True


PLAIN = WordingStyle()


def change_sentence(measures: Sequence[Measure], style: WordingStyle = PLAIN) -> str:
    """The year-on-year change of one or more measures, as clauses joined by ，, without a full stop.

    Neighbours that say the same share one clause: 起数、死亡人数同比分别下降35.7%、34.2%.
    Errors: ValueError for a figure without comparison.
    """
    clauses = []
    for kind, group in groupby(measures, key=change_kind):
        together = list(group)
        if kind in _STATED_TOGETHER:
            clauses.append(_joint_clause(kind, together, style))
        else:
            clauses.extend(_single_clause(kind, measure) for measure in together)
    return "，".join(clauses)


def occurrence_sentence(event: Measure, others: Sequence[Measure] = (), style: WordingStyle = PLAIN) -> str:
    """What happened and how it changed: 发生火灾6,000起、亡46人，起数、亡人数同比分别下降25.0%、23.3%.

    ``others`` are consequences of the event. What is zero or not reported is left to the change.
    """
    measures = [event, *others]
    counted = [f"{m.counted_as or m.event or m.label}{m.amount}" for m in measures if m.figure.value]
    change = change_sentence(measures, style)
    return f"发生{'、'.join(counted)}，{change}" if event.figure.value else change


def change_kind(measure: Measure) -> str:
    """What there is to say of a figure's change: down, up, flat, nearly_flat (pp_ for percentage
    points), zero_base, zero_current, both_zero, current_missing, base_missing, suppressed,
    not_comparable_area or scope_break.

    Errors: ValueError for a figure without comparison or with a status unknown here.
    """
    figure = measure.figure
    if figure.comparator_id == "none":
        raise ValueError(f"{figure.figure_id} has no comparison to put into words")
    refused = _refusal(figure)
    if refused:
        return refused
    if figure.value == 0 and figure.base_value == 0:
        return "both_zero"
    if figure.status in ("zero_base", "zero_current"):
        return figure.status
    if figure.status != "ok" or figure.change_value is None:
        raise ValueError(f"{figure.figure_id} has a status without wording: {figure.status}")
    return _direction(figure, figure.change_value)


def _refusal(figure: Figure) -> str:
    if figure.status in _REFUSED:
        return figure.status
    if figure.value is None:
        return "current_missing"
    return "base_missing" if figure.base_value is None else ""


def _direction(figure: Figure, change: Decimal) -> str:
    if change == 0:
        return "flat"
    if _stated_number(figure) == 0:
        return "nearly_flat"
    return ("pp_" if figure.is_share else "") + ("down" if change < 0 else "up")


def _stated_number(figure: Figure) -> Decimal:
    number = figure.change_value if figure.is_share else figure.change_pct
    if number is None:
        raise ValueError(f"{figure.figure_id} is ok and has no percentage change")
    places = figure.printed_decimals if figure.is_share else 1
    return abs(number).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


_VERBS = {"down": "下降", "up": "上升", "pp_down": "下降", "pp_up": "上升"}
_FLAT = {"flat": "持平", "nearly_flat": "基本持平"}
_REFUSED = {
    "suppressed": "不予公布",
    "current_missing": "数据缺报",
    "base_missing": "上年同期数据缺报（不作同比）",
    "not_comparable_area": "口径或区划不可比（不作同比）",
    "scope_break": "口径或区划不可比（不作同比）",
}
_STATED_TOGETHER = {*_VERBS, *_FLAT, *_REFUSED, "both_zero"}


def _joint_clause(kind: str, measures: list[Measure], style: WordingStyle) -> str:
    subject = "、".join(measure.label for measure in measures)
    several = len(measures) > 1
    if kind in _VERBS:
        numbers = "、".join(_percentage(measure.figure, style) for measure in measures)
        return f"{subject}同比{'分别' if several else ''}{_VERBS[kind]}{numbers}"
    if kind in _FLAT:
        return f"{subject}同比{'均' if several else ''}{_FLAT[kind]}"
    if kind in _REFUSED:
        return f"{subject}{_REFUSED[kind]}"
    if all(measure.event for measure in measures):
        return f"本期与上年同期均未发生{'、'.join(measure.event for measure in measures)}"
    return f"{subject}本期与上年同期均为0"


def _percentage(figure: Figure, style: WordingStyle) -> str:
    text = f"{_stated_number(figure):,f}"
    if not style.keep_zero and "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text}个百分点" if figure.is_share else f"{text}%"


def _single_clause(kind: str, measure: Measure) -> str:
    figure = measure.figure
    if kind == "zero_base":
        return f"{measure.label}同比增加{measure.amount}（上年同期无）"
    base = print_number(figure.base_value or Decimal(0), figure.printed_decimals)
    nothing = f"未发生{measure.event}" if measure.event else f"{measure.label}为0"
    return f"{nothing}（上年同期{base}{figure.unit_name}）"
