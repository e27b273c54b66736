"""The sentence that states a change says what the signed figures say, in every case."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.report.figure import Figure
from anlan.report.wording import Measure, WordingStyle, change_sentence

NUMBER = r"[\d,]+(?:\.\d+)?"


def figure(value, base, status=None, unit="起", decimals=0, comparator="yoy"):
    value = None if value is None else Decimal(value)
    base = None if base is None else Decimal(base)
    if status is None:
        status = (
            "current_missing"
            if value is None
            else "base_missing"
            if base is None
            else "zero_base"
            if base == 0
            else "zero_current"
            if value == 0
            else "ok"
        )
    change = None if value is None or base is None else value - base
    pct = None
    if status == "ok":
        pct = (change * 100 / base).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    return Figure(
        figure_id="x",
        metric_id="accidents",
        metric_name="事故",
        unit_name=unit,
        polarity="down_good",
        area_code="330000",
        area_name="浙江省",
        period_type="year",
        period_label="2019",
        breakdown_type="total",
        breakdown_code="total",
        breakdown_name="合计",
        breakdown_order=0,
        comparator_id=comparator,
        value=value,
        base_value=base,
        change_value=change,
        change_pct=pct,
        printed_decimals=decimals,
        status=status,
    )


def say(*pairs, style=None, **kwargs):
    labels = [("起数", "事故"), ("死亡人数", "死亡"), ("受伤人数", "受伤")]
    measures = [
        Measure(figure(*pair, **kwargs), label, event)
        for pair, (label, event) in zip(pairs, labels, strict=False)
    ]
    return change_sentence(measures, style) if style else change_sentence(measures)


CASES = {
    "same direction is said once": (
        say((900, 1400), (770, 1170)),
        "起数、死亡人数同比分别下降35.7%、34.2%",
    ),
    "one measure has no 分别": (say((900, 1400)), "起数同比下降35.7%"),
    "mixed directions are two clauses": (
        say((900, 1400), (1200, 1170)),
        "起数同比下降35.7%，死亡人数同比上升2.6%",
    ),
    "equal is 持平 and never 下降": (say((5, 5)), "起数同比持平"),
    "two equal ones are both 持平": (say((5, 5), (7, 7)), "起数、死亡人数同比均持平"),
    "a change too small to print is nearly flat": (say((10004, 10000)), "起数同比基本持平"),
    "a zero base states the increase": (say((2, 0)), "起数同比增加2起（上年同期无）"),
    "nothing this time states what there was": (say((0, 3)), "未发生事故（上年同期3起）"),
    "nothing both times": (say((0, 0), (0, 0)), "本期与上年同期均未发生事故、死亡"),
    "a missing return is no zero": (say((None, 4)), "起数数据缺报"),
    "a missing base is named": (say((4, None)), "起数上年同期数据缺报（不作同比）"),
    "changed territory is not compared": (
        say((4, 8, "not_comparable_area")),
        "起数口径或区划不可比（不作同比）",
    ),
    "a share changes by percentage points": (
        say((Decimal("95.3"), Decimal("93.1")), unit="%", decimals=1),
        "起数同比上升2.2个百分点",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_case_has_its_sentence(case):
    said, expected = CASES[case]
    assert said == expected


def test_trailing_zero_is_a_matter_of_style():
    assert say((6000, 8000)) == "起数同比下降25.0%"
    assert say((6000, 8000), style=WordingStyle(keep_zero=False)) == "起数同比下降25%"
    assert say((900, 1400), style=WordingStyle(keep_zero=False)) == "起数同比下降35.7%"
    assert say((300, 100), style=WordingStyle(keep_zero=False)) == "起数同比上升200%"


def test_quantity_that_is_no_event_is_zero_and_does_not_fail_to_happen():
    measure = Measure(figure(0, 12, unit="万元"), "直接经济损失")
    assert change_sentence([measure]) == "直接经济损失为0（上年同期12万元）"


def test_figure_without_comparison_is_refused():
    with pytest.raises(ValueError, match="no comparison"):
        say((1, 2), comparator="none")


def test_status_without_wording_is_refused_and_not_guessed():
    with pytest.raises(ValueError, match="provisional"):
        say((1, 2, "provisional"))


def parse(sentence):
    """What a reader takes from the sentence: label -> (kind, number)."""
    taken = {}
    for clause in sentence.split("，"):
        if m := re.fullmatch(rf"(.+?)同比(?:分别)?(上升|下降)((?:{NUMBER}%、?)+)", clause):
            labels = m[1].split("、")
            numbers = [Decimal(n.replace(",", "")) for n in m[3].rstrip("%").split("%、")]
            assert len(labels) == len(numbers)
            assert ("分别" in clause) == (len(labels) > 1)
            sign = 1 if m[2] == "上升" else -1
            taken |= {label: ("pct", sign * n) for label, n in zip(labels, numbers, strict=True)}
        elif m := re.fullmatch(r"(.+?)同比均?(基本)?持平", clause):
            taken |= {label: ("nearly" if m[2] else "flat", Decimal(0)) for label in m[1].split("、")}
        elif m := re.fullmatch(rf"(.+?)同比增加({NUMBER})起（上年同期无）", clause):
            taken[m[1]] = ("zero_base", Decimal(m[2].replace(",", "")))
        elif m := re.fullmatch(rf"未发生(.+?)（上年同期({NUMBER})起）", clause):
            taken[m[1]] = ("zero_current", Decimal(m[2].replace(",", "")))
        elif m := re.fullmatch(r"本期与上年同期均未发生(.+?)", clause):
            taken |= {label: ("both_zero", Decimal(0)) for label in m[1].split("、")}
        elif m := re.fullmatch(r"(.+?)上年同期数据缺报（不作同比）", clause):
            taken |= dict.fromkeys(m[1].split("、"), ("base_missing", None))
        elif m := re.fullmatch(r"(.+?)数据缺报", clause):
            taken |= dict.fromkeys(m[1].split("、"), ("current_missing", None))
        else:
            raise AssertionError(f"not understood: {clause}")
    return taken


def expected(value, base):
    if value is None:
        return ("current_missing", None)
    if base is None:
        return ("base_missing", None)
    if value == base:
        return ("both_zero" if value == 0 else "flat", Decimal(0))
    if base == 0:
        return ("zero_base", Decimal(value))
    if value == 0:
        return ("zero_current", Decimal(base))
    pct = (Decimal(value - base) * 100 / base).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    return ("nearly", Decimal(0)) if pct == 0 else ("pct", pct)


counts = st.one_of(st.none(), st.integers(0, 3), st.integers(0, 100_000))


@given(st.lists(st.tuples(counts, counts), min_size=1, max_size=5))
def test_sentence_read_back_equals_the_figures(pairs):
    labels = ["甲数", "乙数", "丙数", "丁数", "戊数"][: len(pairs)]
    measures = [Measure(figure(*pair), label, label) for pair, label in zip(pairs, labels, strict=True)]
    read = parse(change_sentence(measures))
    assert read == {label: expected(*pair) for label, pair in zip(labels, pairs, strict=True)}
