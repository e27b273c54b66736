"""A percentage change is computed in one macro and stated in one model; no other SQL computes one."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

_spec = importlib.util.spec_from_file_location("sqlfluff_dbt", ROOT / "tests/lint/sqlfluff_dbt/__init__.py")
assert _spec is not None and _spec.loader is not None
rendering = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(rendering)

# The one model that may state changes.
STATES_CHANGES = "fig_year_on_year"

# Rendered in place of the two macros of exact division, so that what remains is other arithmetic.
ENVIRONMENT = rendering._environment(
    ratio_half_up=lambda numerator, denominator, decimals, scale=1: (
        f"exact_ratio_times_{scale}[{numerator}][{denominator}]"
    ),
    change_pct=lambda current, base: f"stated_change[{current}][{base}]",
)

_LITERALS = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_DIVISION = re.compile(r"/|\bdiv\b|\b(?:divide|fdiv)\s*\(|\bpow(?:er)?\s*\([^()]*,\s*-", re.IGNORECASE)
_BY_ROW = re.compile(r"\blag\s*\(", re.IGNORECASE)
_RATIO_OF_DIFFERENCE = re.compile(r"exact_ratio_times_100\[[^\]]*\s-\s[^\]]*\]")


def faults(name: str, template: str) -> list[str]:
    """Ways in which a model computes a change of its own; empty for a model that does not."""
    sql = _LITERALS.sub("''", ENVIRONMENT.from_string(template).render())
    found = []
    if _DIVISION.search(sql):
        found.append("divides outside ratio_half_up")
    if _BY_ROW.search(sql):
        found.append("compares by row instead of by calendar")
    if _RATIO_OF_DIFFERENCE.search(sql):
        found.append("computes a change as a ratio of a difference")
    if "stated_change" in sql and name != STATES_CHANGES:
        found.append("states a change outside " + STATES_CHANGES)
    return found


MODELS = sorted((ROOT / "models").rglob("*.sql"))


def test_no_model_computes_a_change_of_its_own() -> None:
    found = {m.stem: f for m in MODELS if (f := faults(m.stem, m.read_text(encoding="utf-8")))}
    assert found == {}


def test_the_one_model_that_states_changes_is_there_and_uses_the_macro() -> None:
    [model] = [m for m in MODELS if m.stem == STATES_CHANGES]
    template = model.read_text(encoding="utf-8")
    assert "stated_change[" in ENVIRONMENT.from_string(template).render()
    assert faults("a_copy_of_it", template) == ["states a change outside fig_year_on_year"]


@pytest.mark.parametrize(
    "planted",
    [
        "select (value - base_value) / base_value * 100 as change from f",
        "select value / nullif(base_value, 0) - 1 as change from f",
        "select round(100.0 * (value - base_value) // base_value, 1) as change from f",
        "select (value - base_value) * 100 div base_value as change from f",
        "select 100 * value * power(base_value, -1) - 100 as change from f",
        "select {{ ratio_half_up('value - base_value', 'base_value', 1, 100) }} as change from f",
        "select {{ ratio_half_up('(value) - (base_value)', 'abs(base_value)', 1, scale=100) }} from f",
        "select {{ change_pct('value', 'base_value') }} as change from f",
        "select value - lag(value, 12) over (order by month_start_on) as change from f",
        "select '同比' as label, (value - base_value)/base_value as change from f -- 2019/2018",
    ],
)
def test_a_planted_change_is_caught(planted: str) -> None:
    assert faults("fig_planted", planted)


@pytest.mark.parametrize(
    "innocent",
    [
        "select '2019-01/2019-03' as period_label from f -- a/b",
        "select {{ ratio_half_up('fires', 'all_fires', 2, 100) }} as share from f",
        "select {{ ratio_half_up('weight * abs(raw_value - zero_value)', 'weight', 2) }} as points from f",
        "select value - base_value as change_value from f",
        "select bit_or(cast(pow(2, extract(month from day) - 1) as integer)) as months from f",
    ],
)
def test_what_is_no_change_is_left_alone(innocent: str) -> None:
    assert faults("fig_innocent", innocent) == []
