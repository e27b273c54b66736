"""The comparison sees what it is for, and Spark without Java is told plainly. Runs without Spark."""

import duckdb
import pytest
from comparison import differences, row_count, table_names
from spark_build import SparkBuildError, java

ROWS = "select * from (values ('a', 1, 0.1::double), ('a', 1, 0.1), ('b', null, 2.5)) as t(code, n, x)"


@pytest.fixture
def tables(tmp_path):
    """Two folders, the second as Spark leaves it, with the same rows in another order."""

    def write(query: str):
        (tmp_path / "left").mkdir(exist_ok=True)
        (tmp_path / "right" / "mart").mkdir(parents=True, exist_ok=True)
        duckdb.sql(ROWS).write_parquet(str(tmp_path / "left" / "mart.parquet"))
        duckdb.sql(query).write_parquet(str(tmp_path / "right" / "mart" / "part-0.parquet"))
        return tmp_path / "left", tmp_path / "right"

    return write


def test_the_same_rows_in_another_order_are_the_same(tables):
    left, right = tables(f"{ROWS} order by code desc")
    assert differences(left, right, "mart") == []
    assert table_names(left) == table_names(right) == ["mart"]
    assert row_count(right, "mart") == 3


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"select distinct * from ({ROWS})", "1 rows only in"),
        (f"select code, n, x + case code when 'b' then 1e-15 else 0 end as x from ({ROWS})", "2.5"),
        (f"select code, coalesce(n, 0)::integer as n, x from ({ROWS})", "None"),
        (
            f"select code, n::bigint as n, x from ({ROWS})",
            "columns [('n', 'INTEGER')] against [('n', 'BIGINT')]",
        ),
        (f"select n, code, x from ({ROWS})", "order of columns"),
        (f"select code, n from ({ROWS})", "columns [('x', 'DOUBLE')] against []"),
    ],
    ids=["a repeat lost", "a last digit", "null and zero", "a type", "an order", "a column lost"],
)
def test_a_difference_is_named(tables, query, expected):
    left, right = tables(query)
    assert expected in "\n".join(differences(left, right, "mart"))


def test_missing_java_is_named_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(SparkBuildError, match=r"needs Java 17.*no java on PATH.*Install"):
        java()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SparkBuildError, match=r"JAVA_HOME is .* without bin/java"):
        java()


def test_java_that_is_too_old_is_named_with_its_version(monkeypatch, tmp_path):
    old = tmp_path / "bin" / "java"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n", encoding="utf-8")
    old.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SparkBuildError, match=r"needs Java 17.*is Java 11"):
        java()
