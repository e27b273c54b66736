"""A new place is a folder and contracts, named in one project file; no code, model or seed knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from anlan.gate.lake import read_ledger, read_quarantine
from anlan.project import Home, open_home
from anlan.release.reader import open_current

# An island country that does not exist. One town bears its province's name, and two provinces have a
# town of one name.
PLACE = """\
id: ilhas
name: Ilhas Fictícias
root_code: IF
level_names: [país, província, município]
"""
DIVISIONS = """\
code,version,name,level,parent,valid_from,valid_to,unit_type,protocol_order,predecessors,successors,change_type
IF,1,Ilhas Fictícias,1,,1990-01-01,,,,,,
IF1,1,Alta Serra,2,IF,1990-01-01,,,2,,,
IF2,1,Baía,2,IF,1990-01-01,,,1,,,
IF11,1,Ponte,3,IF1,1990-01-01,,,,,,
IF12,1,Água-Fria,3,IF1,1990-01-01,,,,,,
IF21,1,Baía,3,IF2,1990-01-01,,,,,,
IF22,1,Ponte,3,IF2,1990-01-01,,,,,,
"""
CONTRACT = """\
source: forest_fires
layouts:
  - id: register
    description: One file a year until 2011; Latin-1, semicolons, decimal commas, days first.
    files: registo_*.csv
    period: registo_(?P<year>\\d{4})
    encoding: iso-8859-1
    delimiter: ";"
    decimal_mark: ","
    date_order: dmy
    extent: full
    key: [_row]
    missing: ["", "***"]
    columns:
      - {field: fire_id, from: Número}
      - {field: occurred_on, from: Data de início}
      - {field: started_at, from: [Data de início, Hora de início], combine: join}
      - {field: extinguished_at, from: [Data de fim, Hora de fim], combine: join}
      - {field: division_code, from: [Província, Município], combine: area, values: {A. Fria: Água-Fria}}
      - {field: cause, from: Causa, values: {RAIO: lightning, NEG: negligent}, optional: true}
      - {field: burnt_forest_area_ha, from: [Pinhal, Mato], combine: sum, unit: 公顷}
    constants: {record_kind: fire}
    ignore: [Observações]
  - id: alarms
    description: Every call since 2012, with flags for what it was.
    files: alertas_*.csv
    period: alertas_(?P<year>\\d{4})
    extent: full
    key: [_row]
    columns:
      - {field: fire_id, from: id}
      - {field: occurred_on, from: alert}
      - {field: discovered_at, from: alert}
      - {field: extinguished_at, from: out}
      - {field: division_code, from: town|place, combine: area}
      - field: record_kind
        cases:
          - {when: {false_alarm: ["1"]}, value: false_alarm}
          - {when: {fire: ["1"]}, value: fire}
        otherwise: other
      - {field: burnt_forest_area_ha, from: burnt, unit: 平方米}
"""
REGISTER_HEADER = (
    "Número;Província;Município;Data de início;Hora de início;Data de fim;Hora de fim;Pinhal;Mato;Observações"
)
REGISTER_2010 = [
    "A1;ALTA SERRA;PONTE;3/2/2010;14:05;3/2/2010;19:05;1.000,5;0;",
    "A1;Baía;Baia;3/2/2010;14:05;3/2/2010;19:05;0,25;***;o mesmo número, outro incêndio",
    "A2;Baía;Ponte;12/11/2010;23:00;13/11/2010;11:00;***;2;",
    "A3;Alta Serra;A. Fria;31/12/2010;;1/1/2011;01:00;0,1234567;0;sem hora",
]
REGISTER_2011 = [
    "B1;Alta Serra;água fria;1/3/2011;10:00;1/3/2011;16:00;10;5;",
    "B2;ALTA SERRA;PONTE;1/4/2011;10:00;1/3/2011;11:00;20;0;acaba antes de começar",
    "B3;Baía;PONTE;1/5/2011;24:70;1/5/2011;11:00;30;0;hora impossível",
    "B4;Baía;Baía;1/6/2011;10:00;2/6/2011;11:00;40;0;",
    "B5;Baía;Água-Fria;1/7/2011;10:00;1/7/2011;11:00;50;0;noutra província",
    "B6;Baía;BAÍA;8/8/2011;10:00;8/8/2011;16:30;60;0;",
    "B6;Baía;BAÍA;8/8/2011;10:00;8/8/2011;16:30;60;0;",
]
ALARMS_2012 = [
    "id,place,alert,out,burnt,false_alarm,fire",
    "C1,IF11,2012-05-01 10:00,2012-05-01 12:00,10000,0,1",
    "C2,Alta Serra/Ponte,2012-05-02 10:00,2012-05-04 12:00,5000,0,1",
    "C3,IF21,2012-05-03 10:00,2012-05-03 12:00,2500,0,0",
    "C4,IF21,2012-05-04 10:00,,0,1,1",
]


@dataclass(frozen=True)
class Place:
    """A project file outside the repository, the home it names, and how to run the command line on it."""

    project: Path
    home: Home
    printed: str


def write_place(folder: Path) -> Path:
    """The jurisdiction, the contract and the extracts of the invented country; returns its project file."""
    for name in ("jurisdiction", "contracts", "office/inbox"):
        (folder / name).mkdir(parents=True)
    (folder / "jurisdiction/jurisdiction.yml").write_text(PLACE, encoding="utf-8")
    (folder / "jurisdiction/divisions.csv").write_text(DIVISIONS, encoding="utf-8")
    (folder / "contracts/forest_fires.yml").write_text(CONTRACT, encoding="utf-8")
    inbox = folder / "office/inbox"
    for year, rows in ((2010, REGISTER_2010), (2011, REGISTER_2011)):
        text = "\r\n".join([REGISTER_HEADER, *rows])
        (inbox / f"registo_{year}.csv").write_text(text, encoding="iso-8859-1")
    (inbox / "alertas_2012.csv").write_text("\n".join(ALARMS_2012), encoding="utf-8")
    project = folder / "anlan.yml"
    project.write_text("home: office\njurisdiction: jurisdiction\ncontracts: contracts\n", encoding="utf-8")
    return project


@pytest.fixture(scope="module")
def place(tmp_path_factory, run_anlan):
    """The country after one refresh. Read only."""
    project = write_place(tmp_path_factory.mktemp("ilhas"))
    home = open_home(project=project)
    printed = run_anlan("--project", project, "refresh", "--period", "2011", home=home.path).stdout
    return Place(project, home, printed)


@pytest.fixture(scope="module")
def accepted(place):
    """Accepted rows, file by file."""
    rows = pl.read_parquet(place.home.lake / "accepted/forest_fires/*.parquet")
    return rows.sort(pl.col("occurred_on").dt.year(), "_row")


@pytest.fixture(scope="module")
def figures(place):
    """Figures of the whole country without a breakdown: (metric, period, comparator) -> row."""
    with open_current(place.home) as reader:
        rows = reader.figures(area="Ilhas Fictícias", breakdown="total")
    return {
        (row["metric_id"], row["period_label"], row["comparator_id"]): row
        for row in rows.iter_rows(named=True)
    }


def test_every_row_read_is_accounted_for(place):
    ledger = read_ledger(place.home.lake).sort("file_name")
    columns = ["file_name", "layout_id", "rows_read", "rows_accepted", "rows_quarantined", "rows_set_aside"]
    assert ledger.select(columns).rows() == [
        ("alertas_2012.csv", "alarms", 5, 4, 0, 1),
        ("registo_2010.csv", "register", 5, 4, 0, 1),
        # The header, and the exact repeat of B6; the fire in a town of another province is held back.
        ("registo_2011.csv", "register", 8, 5, 1, 2),
    ]


def test_a_town_is_found_in_capitals_without_accents_by_code_and_below_its_province(accepted):
    codes = accepted.select("fire_id", "division_code").rows()
    assert codes == [
        ("A1", "IF11"),
        ("A1", "IF21"),
        ("A2", "IF22"),
        ("A3", "IF12"),
        ("B1", "IF12"),
        ("B2", "IF11"),
        ("B3", "IF22"),
        ("B4", "IF21"),
        ("B6", "IF21"),
        ("C1", "IF11"),
        ("C2", "IF11"),
        ("C3", "IF21"),
        ("C4", "IF21"),
    ]


def test_days_first_and_clock_times_of_their_own_become_local_moments(accepted):
    rows = {row["_row"]: row for row in accepted.filter(pl.col("_sheet") == "registo_2010.csv").to_dicts()}
    assert rows[4]["started_at"] == datetime(2010, 11, 12, 23, 0)
    assert rows[4]["extinguished_at"] == datetime(2010, 11, 13, 11, 0)
    # Without its clock time the fire keeps its day, and its duration is unknown.
    assert rows[5]["started_at"] is None
    assert str(rows[5]["occurred_on"]) == "2010-12-31"


def test_hectares_are_read_with_decimal_commas_converted_and_not_cut(accepted):
    by_year = accepted.group_by(pl.col("occurred_on").dt.year().alias("year")).agg(
        pl.col("burnt_forest_area_ha").sum().cast(pl.String())
    )
    assert dict(by_year.rows()) == {2010: "1002.8734567", 2011: "165.0000000", 2012: "1.7500000"}


def test_flags_say_what_counts_and_a_false_alarm_never_does(accepted):
    kinds = accepted.filter(pl.col("_sheet") == "alertas_2012.csv").select("fire_id", "record_kind").rows()
    assert kinds == [("C1", "fire"), ("C2", "fire"), ("C3", "other"), ("C4", "false_alarm")]


def test_what_was_held_back_is_named_by_file_row_column_value_and_rule(place):
    quarantine = read_quarantine(place.home.lake).sort("row")
    columns = ["file_name", "row", "column_letter", "column_name", "rule_id", "held"]
    pointed_out = quarantine.filter(held="nothing").select(columns).rows()
    assert pointed_out == [
        ("registo_2010.csv", row, "A", "Número", "identifier_repeated", "nothing") for row in (2, 3)
    ]
    found = quarantine.filter(pl.col("held") != "nothing")
    assert found.select(columns).rows() == [
        (
            "registo_2011.csv", 3, "F", "Data de fim + Hora de fim",
            "extinguished_at_not_before_start", "cell",
        ),
        ("registo_2011.csv", 4, "D", "Data de início + Hora de início", "type_timestamp", "cell"),
        ("registo_2011.csv", 6, "C", "Município", "area_known", "row"),
    ]  # fmt: skip
    assert "2011-03-01 11:00" in found["value"][0]
    assert found["value"][1:].to_list() == ["1/5/2011 24:70", "Baía Água-Fria"]


def test_a_fire_that_ends_before_it_starts_is_counted_without_its_end(accepted):
    row = accepted.filter(pl.col("fire_id") == "B2").row(0, named=True)
    assert row["extinguished_at"] is None
    assert row["started_at"] == datetime(2011, 4, 1, 10, 0)


def test_fires_and_hectares_of_each_year_come_out(figures):
    def value(metric: str, period: str) -> float:
        return figures[metric, period, "yoy"]["value"]

    assert [value("forest_fires", year) for year in ("2010", "2011", "2012")] == [4, 5, 2]
    assert value("forest_fire_burnt_area_ha", "2010") == pytest.approx(1002.8734567, abs=1e-9)
    # Counted fires only, and beside them every record whatever it was.
    assert value("forest_fire_burnt_area_ha", "2012") == pytest.approx(1.5)
    assert value("forest_fire_burnt_area_all_records_ha", "2012") == pytest.approx(1.75)


def test_changes_are_signed_and_a_year_without_an_extract_is_missing_not_zero(figures):
    fires = figures["forest_fires", "2011", "yoy"]
    assert (fires["value"], fires["base_value"], fires["change_value"]) == (5, 4, 1)
    assert (fires["change_pct"], fires["status"]) == (25.0, "ok")
    first = figures["forest_fires", "2010", "yoy"]
    assert (first["change_pct"], first["status"]) == (None, "base_missing")


def test_a_province_adds_up_its_towns(place):
    with open_current(place.home) as reader:
        rows = reader.figures(period="2011", metrics=["forest_fires"], comparator="yoy", breakdown="total")
    counts = dict(rows.select("area_code", "value").rows())
    assert counts == {"IF": 5, "IF1": 2, "IF2": 3, "IF11": 1, "IF12": 1, "IF21": 2, "IF22": 1}


def test_a_bulletin_of_one_source_names_the_place(place):
    page = next((place.home.reports / "2011").glob("*.html")).read_text(encoding="utf-8")
    assert "Ilhas Fictícias" in page
    assert "浙江" not in page
    assert str(place.home.reports / "2011") in place.printed


def test_a_renamed_header_turns_the_file_away_and_names_the_cell_and_the_line_to_write(tmp_path, run_anlan):
    project = write_place(tmp_path)
    home = open_home(project=project)
    file = home.inbox / "registo_2010.csv"
    text = file.read_text(encoding="iso-8859-1")
    file.write_text(text.replace("Hora de fim", "Hora final"), encoding="iso-8859-1")
    result = run_anlan("--project", project, "load", home=home.path, check=False)
    assert result.returncode == 1
    assert "registo_2010.csv" in result.stdout
    assert "第 1 行第 G 列的表头“Hora final”" in result.stdout
    line = '- {field: extinguished_at, from: ["Data de fim", "Hora de fim|Hora final"], combine: join}'
    assert line in result.stdout
    statuses = dict(read_ledger(home.lake).select("file_name", "status").rows())
    assert statuses == {
        "registo_2010.csv": "refused",
        "registo_2011.csv": "accepted",
        "alertas_2012.csv": "accepted",
    }
    # The line the message proposes is the whole repair.
    contract = tmp_path / "contracts/forest_fires.yml"
    written = "- {field: extinguished_at, from: [Data de fim, Hora de fim], combine: join}"
    text = contract.read_text(encoding="utf-8")
    assert written in text
    contract.write_text(text.replace(written, line), encoding="utf-8")
    run_anlan("--project", project, "load", home=home.path)
    assert read_ledger(home.lake).filter(pl.col("status") == "accepted").height == 3
