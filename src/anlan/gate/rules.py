"""Rules of the gate as data: suites in Great Expectations' shape, and their translation to SQL.

A suite says what is wrong with a row, which cell to look at, who repairs it and what happens to the
row. Great Expectations counts the rows that break a rule; ``violation_sql`` finds them. The two are
compared after each load, so the translation covers the types in use and refuses all others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from anlan.contracts import Contract
from anlan.errors import AnlanError
from anlan.rulebook import RuleMeta, RuleModel, cell_rules, read_rules

# The suites that ask about an extract as a whole and about its columns, and what they may ask of.
EXTRACT_SUITE = "extracts"
COLUMN_SUITE = "columns"
PROFILE_COLUMNS = (
    "rows_read", "rows_data", "rows_accepted", "rows_quarantined", "period_start_on", "period_end_on",
    "dated_rows", "rows_in_period", "rows_beyond_slack", "busiest_month_on", "earlier_rows_least",
    "earlier_rows_most",
)  # fmt: skip
COLUMN_PROFILE_COLUMNS = (
    "values_count", "nonzero_count", "multiples_of_ten_count", "median", "last_values_count",
    "last_nonzero_count", "last_multiples_of_ten_count", "last_median",
)  # fmt: skip
_PROFILES = {EXTRACT_SUITE: PROFILE_COLUMNS, COLUMN_SUITE: COLUMN_PROFILE_COLUMNS}

# Severity of Great Expectations, which drops a rule without a word if it does not know it.
SEVERITIES: dict[str, Literal["critical", "warning", "info"]] = {
    "refuse": "critical",
    "quarantine_row": "warning",
    "quarantine_cell": "warning",
    "warn": "info",
}


class TableRuleMeta(RuleMeta):
    """``columns``: the fields involved, first the one a finding points to, or that is held back."""

    columns: list[str] = Field(min_length=1)


class Rule(RuleModel):
    """One expectation: its Great Expectations type and arguments, and what it means."""

    type: str
    kwargs: dict[str, Any]
    meta: TableRuleMeta


class SuiteMeta(RuleModel):
    """``hidden``: fields about a person, whose values no finding repeats."""

    notes: str = ""
    hidden: list[str] = Field(default=[])


class Suite(RuleModel):
    """The rules of one source, or of the extracts of all sources."""

    name: str
    meta: SuiteMeta = SuiteMeta()
    expectations: list[Rule] = Field(min_length=1)


def load_suites(folder: Path, contracts: Mapping[str, Contract]) -> dict[str, Suite]:
    """Read the suite of each contract, and those of extracts and of their columns, from ``folder``.

    Errors: AnlanError naming the file and the rule, for a missing suite, an unknown type or field, a
    rule id used twice, or a cell rule on a field that a row cannot do without.
    """
    suites: dict[str, Suite] = {}
    for name, columns in _PROFILES.items():
        suites[name] = read_rules(folder, name, Suite)
        _check(suites[name], columns, optional=(), on_fail={"refuse", "warn"})
    for name, contract in contracts.items():
        suite = suites[name] = read_rules(folder, name, Suite)
        optional = [f for f, spec in contract.fields.items() if not spec.required and f not in contract.key]
        _check(suite, contract.fields, optional, on_fail={"quarantine_row", "quarantine_cell", "warn"})
        if unknown := set(suite.meta.hidden) - set(contract.fields):
            raise _fault(name, f"hidden 中有合同没有的字段 {'、'.join(sorted(unknown))}")
    return suites


def rule_meta(suites: Mapping[str, Suite], source: str, rule_id: str) -> RuleMeta | None:
    """What a finding's rule means: one of its source, of extracts or columns, or of cells; None if gone."""
    for name in (source, EXTRACT_SUITE, COLUMN_SUITE):
        if name in suites:
            for rule in suites[name].expectations:
                if rule.meta.rule_id == rule_id:
                    return rule.meta
    return cell_rules().get(rule_id)


def violation_sql(rule: Rule, table: str) -> str:
    """The SQL condition under which a row of ``table`` breaks ``rule``; NULL is no violation.

    Errors: AnlanError for a type or an argument that has no translation.
    """
    kwargs = dict(rule.kwargs)
    match rule.type:
        case "expect_no_row_where":
            condition = str(kwargs.pop("violation"))
        case "expect_column_values_to_be_between":
            condition = _outside(kwargs)
        case "expect_column_values_to_not_be_null":
            condition = f"{_quoted(kwargs.pop('column'))} is null"
        case "expect_column_pair_values_a_to_be_greater_than_b":
            # Without this argument a missing date would count as an earlier one.
            if kwargs.pop("ignore_row_if", None) != "either_value_is_missing":
                raise _untranslated(rule)
            operator = "<" if kwargs.pop("or_equal", False) else "<="
            condition = f"{_quoted(kwargs.pop('column_A'))} {operator} {_quoted(kwargs.pop('column_B'))}"
        case "expect_compound_columns_to_be_unique":
            columns = ", ".join(map(_quoted, kwargs.pop("column_list")))
            condition = f"({columns}) in (select {columns} from {table} group by all having count(*) > 1)"
        case _:
            raise _untranslated(rule)
    if kwargs:
        raise _untranslated(rule)
    return condition


def _outside(kwargs: dict[str, Any]) -> str:
    column = _quoted(kwargs.pop("column"))
    bounds = []
    for name, strict, operator in (("min_value", "strict_min", "<"), ("max_value", "strict_max", ">")):
        is_strict = kwargs.pop(strict, False)
        bound = kwargs.pop(name, None)
        if bound is not None:
            # Only whole numbers: a float would be compared as a float by one side and not the other.
            bounds.append(f"{column} {operator}{'=' if is_strict else ''} {int(bound)}")
    return " or ".join(bounds)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _check(suite: Suite, fields: Collection[str], optional: Collection[str], on_fail: set[str]) -> None:
    seen: set[str] = set()
    for rule in suite.expectations:
        meta = rule.meta
        if meta.rule_id in seen:
            raise _fault(suite.name, f"规则 {meta.rule_id} 重复")
        seen.add(meta.rule_id)
        if meta.on_fail not in on_fail:
            raise _fault(suite.name, f"规则 {meta.rule_id} 的 on_fail 不能是 {meta.on_fail}")
        if unknown := [c for c in meta.columns if c not in fields]:
            raise _fault(suite.name, f"规则 {meta.rule_id} 用到未知字段 {'、'.join(unknown)}")
        if meta.on_fail == "quarantine_cell" and meta.columns[0] not in optional:
            raise _fault(suite.name, f"规则 {meta.rule_id} 不能只暂扣必填字段 {meta.columns[0]}")
        violation_sql(rule, suite.name)


def _fault(suite: str, what: str) -> AnlanError:
    return AnlanError(f"校验规则有误 {suite}.yml：{what}", "修改 expectations/ 中的该规则。")


def _untranslated(rule: Rule) -> AnlanError:
    return AnlanError(
        f"规则 {rule.meta.rule_id} 的类型或参数没有对应的暂扣条件：{rule.type} {rule.kwargs}",
        "改用 expect_no_row_where，或在 gate/rules.py 中为该类型写出条件。",
    )
