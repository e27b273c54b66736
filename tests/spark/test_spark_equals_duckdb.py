"""The same lake and the same models on DuckDB and on Spark: every mart, row by row."""

import pytest
from comparison import differences, row_count, table_names
from spark_build import SparkBuildError, build_on_spark, java

from anlan.project import ROOT, Home
from anlan.release.publish import publish

pytestmark = pytest.mark.spark

# Inspections and hazards at a tenth; what the bulletin prints is the same at any scale.
SCALE = "0.1"


@pytest.fixture(scope="module")
def marts(tmp_path_factory, run_anlan):
    """Folders of the marts that DuckDB and Spark make of the small example."""
    try:
        java()
        folder = tmp_path_factory.mktemp("engines")
        run_anlan("example", folder / "inbox", "--scale", SCALE, home=folder)
        run_anlan("load", home=folder)
        release = publish(Home(path=folder, jurisdiction=ROOT / "jurisdictions" / "zhejiang")).path
        return release / "marts", build_on_spark(folder / "spark", folder / "lake", release / "inputs")
    except SparkBuildError as error:
        message = str(error)
    pytest.fail(message, pytrace=False)


def test_every_mart_of_duckdb_is_built_on_spark_and_holds_rows(marts):
    on_duckdb, on_spark = marts
    assert table_names(on_spark) == table_names(on_duckdb)
    assert {"dim_area", "fct_accident", "fct_hazard", "fig_all"} <= set(table_names(on_duckdb))
    empty = [name for name in table_names(on_duckdb) if row_count(on_duckdb, name) == 0]
    # The example has no correction and no extract that replaces another as a whole.
    assert empty == ["rpt_correction", "rpt_withdrawn_row"]


def test_every_mart_is_the_same_on_both_engines_row_by_row(marts):
    on_duckdb, on_spark = marts
    found = [line for name in table_names(on_duckdb) for line in differences(on_duckdb, on_spark, name)]
    assert not found, "\n".join(found)
