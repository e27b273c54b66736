"""Rules of the gate as data: suites in Great Expectations' shape, and their translation to SQL.

A suite says what is wrong with a row, which cell to look at, who repairs it and what happens to the
row. Great Expectations counts the rows that break a rule; ``violation_sql`` finds them. The two are
compared after each load, so the translation covers the types in use and refuses all others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from anlan.contracts import Contract
from anlan.errors import AnlanError

# The suite that asks about an extract as a whole, and the columns of the profile it asks.
EXTRACT_SUITE = "extracts"
PROFILE_COLUMNS = ("rows_read", "rows_data", "rows_accepted", "rows_quarantined")

_Text = Annotated[str, StringConstraints(min_length=2, strip_whitespace=True)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleMeta(_Model):
    """What a rule means to people.

    ``columns``: the fields involved, first the one a finding points to and, for a cell, the one held
    back. ``owner``: who repairs it. ``citation``: the text of law or standard behind it.
    """

    rule_id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    sentence: _Text
    remedy: _Text
    on_fail: Literal["quarantine_row", "quarantine_cell", "refuse"]
    columns: list[str] = Field(min_length=1)
    owner: _Text
    basis: Literal["law", "standard", "practice"]
    citation: str = ""


class Rule(_Model):
    """One expectation: its Great Expectations type and arguments, and what it means."""

    type: str
    kwargs: dict[str, Any]
    meta: RuleMeta


class SuiteMeta(_Model):
    """``hidden``: fields about a person, whose values no finding repeats."""

    notes: str = ""
    hidden: list[str] = []


class Suite(_Model):
    """The rules of one source, or of the extracts of all sources."""

    name: str
    meta: SuiteMeta = SuiteMeta()
    expectations: list[Rule] = Field(min_length=1)


def load_suites(folder: Path, contracts: Mapping[str, Contract]) -> dict[str, Suite]:
    """Read the suite of each contract, and that of extracts, from ``folder``.

    Errors: AnlanError naming the file and the rule, for a missing suite, an unknown type or field, a
    rule id used twice, or a cell rule on a field that a row cannot do without.
    """
    suites = {EXTRACT_SUITE: _read_suite(folder, EXTRACT_SUITE)}
    _check(suites[EXTRACT_SUITE], PROFILE_COLUMNS, optional=(), on_fail={"refuse"})
    for name, contract in contracts.items():
        suite = suites[name] = _read_suite(folder, name)
        optional = [f for f, spec in contract.fields.items() if not spec.required and f not in contract.key]
        _check(suite, contract.fields, optional, on_fail={"quarantine_row", "quarantine_cell"})
        if unknown := set(suite.meta.hidden) - set(contract.fields):
            raise _fault(name, f"hidden 中有合同没有的字段 {'、'.join(sorted(unknown))}")
    return suites


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


def _read_suite(folder: Path, name: str) -> Suite:
    path = folder / f"{name}.yml"
    try:
        return Suite.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise AnlanError(f"找不到校验规则文件：{path}", "每个数据源都要有一个规则文件。") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise AnlanError(f"无法读取校验规则 {path}：{error}", "检查缩进和编码（UTF-8）。") from None
    except ValidationError as error:
        places = "；".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        raise AnlanError(
            f"校验规则有误 {path}：{places}", "对照 expectations/ 中的例子修改该文件。"
        ) from None


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
