"""Great Expectations on DuckDB counts what the conditions of quarantine find, and nothing passes unseen."""

from __future__ import annotations

from contextlib import closing
from datetime import date

import duckdb
import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anlan.errors import AnlanError
from anlan.gate.engine import Gate
from anlan.gate.rules import COLUMN_SUITE, EXTRACT_SUITE, Suite, load_suites, rule_meta, violation_sql
from anlan.project import ROOT
from anlan.rulebook import CELL_RULES, cell_rules
from staged_tables import CONTRACTS

NATIVE = [
    ("expect_column_values_to_be_between", {"column": "a", "min_value": 0}),
    (
        "expect_column_values_to_be_between",
        {"column": "a", "min_value": 0, "max_value": 3, "strict_max": True},
    ),
    ("expect_column_values_to_be_between", {"column": "a", "min_value": 1, "strict_min": True}),
    ("expect_column_values_to_be_between", {"column": "c", "max_value": 2}),
    ("expect_column_values_to_not_be_null", {"column": "a"}),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "d", "column_B": "e", "or_equal": True, "ignore_row_if": "either_value_is_missing"},
    ),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "d", "column_B": "e", "ignore_row_if": "either_value_is_missing"},
    ),
    ("expect_compound_columns_to_be_unique", {"column_list": ["a", "k"]}),
    ("expect_no_row_where", {"violation": "a > 1 or d < e"}),
    ("expect_no_row_where", {"violation": "null"}),
]


def suite_of(*rules, name="test"):
    return Suite.model_validate(
        {"name": name, "expectations": [rule(f"r{i}", *given) for i, given in enumerate(rules)]}
    )


def rule(rule_id, kind, kwargs, **meta):
    meaning = {"sentence": "不对", "remedy": "改正", "on_fail": "quarantine_row", "columns": ["a"]}
    meta = {"rule_id": rule_id, **meaning, "owner": "报送单位", "basis": "practice", **meta}
    return {"type": kind, "kwargs": kwargs, "meta": meta}


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as open_connection:
        yield open_connection


@pytest.fixture(scope="module")
def gate(connection):
    return Gate(connection)


numbers = st.none() | st.integers(-2, 4)
days = st.none() | st.dates(date(2020, 2, 27), date(2020, 3, 2))
table_rows = st.tuples(
    numbers, numbers.map(lambda n: None if n is None else n / 2), days, days, st.sampled_from("xy")
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(table_rows, min_size=1, max_size=12))
def test_each_translated_type_finds_as_many_rows_as_are_counted(connection, gate, rows):
    schema = {"a": pl.Int64, "c": pl.Decimal(18, 2), "d": pl.Date, "e": pl.Date, "k": pl.String}
    connection.register("given_rows", pl.DataFrame(rows, schema=schema, orient="row").to_arrow())
    connection.execute("create or replace table rows_of_test as select * from given_rows")
    suite = suite_of(*NATIVE)
    counted = gate.count_violations("rows_of_test", suite)
    for each in suite.expectations:
        condition = violation_sql(each, "rows_of_test")
        found = connection.execute(f"select count(*) from rows_of_test where ({condition})").fetchone()
        assert counted[each.meta.rule_id] == found[0], each


def test_an_unknown_type_is_refused_and_not_dropped(connection, gate):
    connection.execute("create or replace table one as select 1 as a")
    with pytest.raises(AnlanError, match="丢失或类型不明：r1"):
        gate.count_violations("one", suite_of(NATIVE[0], ("expect_something_else", {"column": "a"})))


def test_an_empty_table_does_not_pass(connection, gate):
    connection.execute("create or replace table none_at_all as select 1 as a where false")
    with pytest.raises(AnlanError, match="没有任何行"):
        gate.count_violations("none_at_all", suite_of(NATIVE[0]))


@pytest.mark.parametrize(
    "broken",
    [
        ("expect_no_row_where", {"violation": "no_such_column > 1"}),
        ("expect_no_row_where", {"violation": "cast(a || 'x' as integer) > 1"}),
        ("expect_column_values_to_be_between", {"column": "no_such_column", "min_value": 0}),
    ],
)
def test_a_rule_that_cannot_be_asked_is_a_failure(connection, gate, broken):
    connection.execute("create or replace table one as select 1 as a")
    with pytest.raises(AnlanError, match=r"test\.r1 无法执行"):
        gate.count_violations("one", suite_of(NATIVE[0], broken))


def test_rows_added_since_are_seen(connection, gate):
    connection.execute("create or replace table growing as select -1 as a")
    assert gate.count_violations("growing", suite_of(NATIVE[0])) == {"r0": 1}
    connection.execute("insert into growing values (-2)")
    assert gate.count_violations("growing", suite_of(NATIVE[0])) == {"r0": 2}


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("expect_column_values_to_match_regex", {"column": "a", "regex": "x"}),
        ("expect_column_values_to_be_between", {"column": "a", "min_value": 0, "row_condition": "b = 1"}),
        ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "a", "column_B": "b"}),
        ("expect_no_row_where", {"violation": "a < 0", "mostly": 0.9}),
    ],
)
def test_a_type_or_argument_without_translation_is_refused(kind, kwargs):
    with pytest.raises(AnlanError, match="没有对应的暂扣条件"):
        violation_sql(suite_of((kind, kwargs)).expectations[0], "t")


def written(folder, source, *rules, **top):
    """The project's suites with that of ``source`` replaced."""
    for path in (ROOT / "expectations").glob("*.yml"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    document = {"name": source, "expectations": list(rules), **top}
    (folder / f"{source}.yml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return folder


LOSS = ("expect_column_values_to_be_between", {"column": "quantity", "min_value": 0})


@pytest.mark.parametrize(
    ("rules", "top", "message"),
    [
        ([rule("a", *LOSS, columns=["quantity"])] * 2, {}, "规则 a 重复"),
        ([rule("a", *LOSS, columns=["weight"])], {}, "规则 a 用到未知字段 weight"),
        (
            [rule("a", *LOSS, columns=["quantity"], on_fail="quarantine_cell")],
            {},
            "不能只暂扣必填字段 quantity",
        ),
        ([rule("a", *LOSS, columns=["quantity"], on_fail="refuse")], {}, "on_fail 不能是 refuse"),
        ([rule("a", *LOSS, columns=["quantity"], severity="info")], {}, "meta.severity"),
        ([rule("a", *LOSS, columns=["quantity"], on_fail="ask")], {}, "meta.on_fail"),
        (
            [rule("a", *LOSS, columns=["quantity"])],
            {"meta": {"hidden": ["weight"]}},
            "hidden 中有合同没有的字段 weight",
        ),
        ([], {}, "expectations"),
    ],
)
def test_a_suite_at_odds_with_its_contract_is_refused(tmp_path, rules, top, message):
    with pytest.raises(AnlanError, match=message):
        load_suites(written(tmp_path, "equipment", *rules, **top), CONTRACTS)


def test_a_source_without_rules_is_refused(tmp_path):
    written(tmp_path, "equipment", rule("a", *LOSS, columns=["quantity"]))
    (tmp_path / "drills.yml").unlink()
    with pytest.raises(AnlanError, match=r"找不到校验规则文件：.*drills\.yml"):
        load_suites(tmp_path, CONTRACTS)


def test_every_rule_says_in_chinese_what_is_wrong_and_what_to_do():
    suites = load_suites(ROOT / "expectations", CONTRACTS)
    assert all(suite.name == name for name, suite in suites.items())
    metas = [*cell_rules().values(), *(each.meta for suite in suites.values() for each in suite.expectations)]
    for meta in metas:
        for text in (meta.sentence, meta.remedy, meta.owner):
            assert any("一" <= character <= "鿿" for character in text), meta.rule_id


def test_a_rule_that_cites_no_law_cannot_rest_on_one(tmp_path):
    with pytest.raises(AnlanError, match="rule a: basis law needs a citation"):
        load_suites(
            written(tmp_path, "equipment", rule("a", *LOSS, columns=["quantity"], basis="law")), CONTRACTS
        )


def test_the_meaning_of_a_finding_is_found_by_source_and_rule():
    suites = load_suites(ROOT / "expectations", CONTRACTS)
    assert "事故编号" in rule_meta(suites, "accidents", "key_unique").sentence
    assert rule_meta(suites, "members", "member_below_60").citation == "浙江省森林消防条例 第二十八条"
    assert rule_meta(suites, "members", "identity_number_valid").basis == "standard"
    assert rule_meta(suites, "members", "extract_has_rows").on_fail == "refuse"
    assert rule_meta(suites, "members", "no_such_rule") is None


@pytest.mark.parametrize(
    ("on_fail", "severity"),
    [("quarantine_row", "warning"), ("quarantine_cell", "warning"), ("warn", "info"), ("refuse", "critical")],
)
def test_great_expectations_is_told_how_grave_a_rule_is(connection, on_fail, severity):
    connection.execute("create or replace table one as select 1 as a")
    suite = Suite.model_validate({"name": "x", "expectations": [rule("r", *NATIVE[0], on_fail=on_fail)]})
    with closing(Gate(connection)) as own:
        own.count_violations("one", suite)
        (validation,) = own.validations
    (result,) = validation.result.results
    assert result.expectation_config.severity == severity
    assert (validation.table, validation.rows, validation.suite) == ("one", 1, suite)


def test_each_source_has_its_suite_and_no_suite_is_without_a_source():
    files = {path.stem for path in (ROOT / "expectations").glob("*.yml")}
    assert files == {*CONTRACTS, EXTRACT_SUITE, COLUMN_SUITE, CELL_RULES}
