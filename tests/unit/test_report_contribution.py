"""What parts add to the change of a total."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from anlan.report.contribution import contributions
from anlan.report.figure import Figure
from report_warehouse import figure_row


def figure(value, base, status="ok"):
    return Figure.from_row(figure_row("accidents", value, base, status=status, change_pct=0.0))


@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 9999)), min_size=1, max_size=12))
def test_contributions_add_up_to_the_change_of_the_total(pairs):
    base = sum(pair[1] for pair in pairs)
    if base == 0:
        return
    value = sum(pair[0] for pair in pairs)
    points = contributions(figure(value, base), [figure(*pair) for pair in pairs])
    exact = Decimal(value - base) * 100 / base
    assert abs(sum(share.points for share in points) - exact) < Decimal("1e-20")


def test_no_decomposition_when_a_part_is_missing():
    assert contributions(figure(5, 10), [figure(5, 7), figure(None, 3, "current_missing")]) == []


def test_no_decomposition_of_a_total_without_percentage():
    assert contributions(figure(5, 0, "zero_base"), [figure(5, 0, "zero_base")]) == []


def test_small_base_is_marked():
    large, small = contributions(figure(20, 40), [figure(15, 31), figure(5, 9)])
    assert not large.has_small_base
    assert small.has_small_base
