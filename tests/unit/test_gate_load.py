"""Loading hand-made tables: accounts balance, nothing is loaded twice, a killed load leaves no trace."""

from __future__ import annotations

import re
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

import anlan.gate.judge
import anlan.gate.load
import anlan.gate.staging
from anlan.errors import AnlanError
from anlan.gate.console import render_summary
from anlan.gate.lake import loaded_extract_ids, read_ledger, read_quarantine, read_set_aside
from anlan.gate.load import inbox_files, load_files
from anlan.gate.rules import EXTRACT_SUITE, load_suites
from anlan.intake.original import Original
from anlan.intake.staged import FINDING_SCHEMA, SET_ASIDE_SCHEMA, canonical_schema, empty_findings
from anlan.project import ROOT, Home
from staged_tables import CONTRACTS, sound_row, staged_table

LATE = date(2020, 4, 3)


@pytest.fixture
def home(tmp_path):
    (tmp_path / "inbox").mkdir()
    return Home(path=tmp_path, jurisdiction=ROOT / "jurisdictions" / "zhejiang")


class Inbox:
    """Files of the inbox, each with the tables that a stage hands on for it."""

    def __init__(self, home):
        self.home = home
        self.tables = {}

    def put(self, name, *tables):
        """``tables``: (source, rows, options)."""
        path = self.home.inbox / name
        path.write_text(f"{name} {len(self.tables)}", encoding="utf-8")
        self.tables[name] = [
            staged_table(source, rows, extract_id=Original.of_file(path).digest(), file_name=name, **options)
            for source, rows, options in tables
        ]
        return path

    def stage(self, original):
        tables = self.tables[original.name]
        if isinstance(tables, Exception):
            raise tables
        return tables

    def load(self, progress=None, anew=False):
        return load_files(self.home, CONTRACTS, inbox_files(self.home.inbox), self.stage, progress, anew)

    def accepted(self, source):
        files = sorted((self.home.lake / "accepted" / source).glob("*.parquet"))
        return pl.concat([pl.read_parquet(file) for file in files])


@pytest.fixture
def inbox(home):
    return Inbox(home)


def finding(row, field="deaths_count", value="三个人"):
    values = dict.fromkeys(FINDING_SCHEMA, "x") | {"row": row, "field": field, "value": value, "held": "row"}
    return pl.DataFrame([values], schema=FINDING_SCHEMA)


def test_rows_enter_typed_in_the_order_of_the_file(inbox):
    inbox.put(
        "事故.xlsx", ("accidents", [sound_row("accidents"), sound_row("accidents", deaths_count=0)], {})
    )
    summary = inbox.load()
    rows = inbox.accepted("accidents")
    assert dict(rows.schema) == canonical_schema(CONTRACTS["accidents"])
    assert rows["_row"].to_list() == [3, 4]
    assert rows["direct_loss_wan_yuan"].to_list() == [Decimal("10.00")] * 2
    assert [(t.status, t.rows_read, t.rows_accepted) for t in summary.tables] == [("accepted", 2, 2)]


def test_a_held_row_stays_out_and_a_held_cell_enters_blank(inbox):
    rows = [sound_row("hazards") for _ in range(20)]
    rows[1] = sound_row(
        "hazards", found_on=LATE, due_on=None, rectified_on=None, verified_on=None, status=None
    )
    rows[2] = sound_row("hazards", rectified_on=date(2019, 8, 9))
    inbox.put("隐患.xlsx", ("hazards", rows, {}))
    summary = inbox.load()
    entered = inbox.accepted("hazards")
    assert entered["_row"].to_list() == [3, *range(5, 23)]
    assert entered.filter(pl.col("_row") == 5)["rectified_on"].to_list() == [None]
    assert entered["rectified_on"].null_count() == 1
    table = summary.tables[0]
    assert (table.rows_read, table.rows_accepted, table.rows_quarantined) == (20, 19, 1)
    assert table.cells_quarantined == 1
    held = read_quarantine(inbox.home.lake).sort("row")
    assert held.select("row", "field", "rule_id", "held").rows() == [
        (4, "found_on", "found_on_not_after_receipt", "row"),
        (5, "rectified_on", "rectified_on_not_before_found_on", "cell"),
    ]


def test_a_finding_names_the_cell_as_it_stands_in_the_file(inbox):
    rows = [sound_row("accidents") for _ in range(20)]
    rows[7] = sound_row("accidents", deaths_count=-1)
    inbox.put("2019/事故 3月.xlsx".replace("/", "_"), ("accidents", rows, {"sheet_name": "杭州"}))
    inbox.load()
    row = read_quarantine(inbox.home.lake).row(0, named=True)
    assert (row["file_name"], row["sheet_name"], row["row"]) == ("2019_事故 3月.xlsx", "杭州", 10)
    assert (row["column_letter"], row["column_name"], row["value"]) == ("D", "死亡人数（人）", "-1")
    assert row["rule_sentence"] == "死亡人数为负数"


def test_a_field_without_a_header_is_named_by_its_label(inbox):
    rows = [sound_row("equipment") for _ in range(20)]
    rows[0] = sound_row("equipment", quantity=-5)
    inbox.put("装备.csv", ("equipment", rows, {}))
    inbox.load()
    row = read_quarantine(inbox.home.lake).row(0, named=True)
    assert (row["column_letter"], row["column_name"]) == (None, "数量")


def test_a_doubtful_cell_of_a_held_row_is_held_with_its_row(inbox):
    rows = [sound_row("accidents") for _ in range(20)]
    rows[0] = sound_row("accidents", deaths_count=-1, minor_injuries_count=-1)
    inbox.put("事故.xlsx", ("accidents", rows, {}))
    summary = inbox.load()
    assert set(read_quarantine(inbox.home.lake)["held"]) == {"row"}
    assert (summary.rows_quarantined, summary.cells_quarantined) == (1, 0)


def test_the_same_bytes_again_do_nothing(inbox):
    inbox.put("事故.xlsx", ("accidents", [sound_row("accidents")], {}))
    inbox.load()
    before = {f: f.stat().st_mtime_ns for f in inbox.home.lake.rglob("*.parquet")}
    (inbox.home.inbox / "同一文件.xlsx").write_bytes((inbox.home.inbox / "事故.xlsx").read_bytes())
    summary = inbox.load()
    assert summary.tables == []
    assert sorted(summary.already_loaded) == ["事故.xlsx", "同一文件.xlsx"]
    assert {f: f.stat().st_mtime_ns for f in inbox.home.lake.rglob("*.parquet")} == before


def test_a_ledger_entry_without_the_columns_of_later_versions_is_still_read(inbox):
    inbox.put("a.csv", ("accidents", [sound_row("accidents")], {}))
    inbox.load()
    (entry,) = (inbox.home.lake / "ledger").glob("[0-9a-f]*.parquet")
    pl.read_parquet(entry).drop("control_totals_checked_count").write_parquet(entry)
    inbox.put("b.csv", ("accidents", [sound_row("accidents")], {"control_totals_checked_count": 2}))
    assert inbox.load().already_loaded == ["a.csv"]
    counts = read_ledger(inbox.home.lake).sort("file_name")["control_totals_checked_count"]
    assert counts.to_list() == [None, 2]


def test_what_was_accepted_is_not_read_again_when_a_rule_changes(inbox, monkeypatch, tmp_path):
    inbox.put("事故.xlsx", ("accidents", [sound_row("accidents")], {}))
    inbox.load()
    renewed_rules(monkeypatch, tmp_path)
    assert inbox.load().tables == []


def test_files_loaded_anew_are_read_by_the_contracts_of_now_and_replaced(inbox):
    path = inbox.put("a.csv", ("accidents", [sound_row("accidents")], {}))
    inbox.load()
    first = inbox.accepted("accidents")
    # The same bytes, of which a renewed contract makes one row more.
    rows = [sound_row("accidents"), {**sound_row("accidents"), "accident_id": "SG-2"}]
    inbox.tables["a.csv"] = [
        staged_table("accidents", rows, extract_id=Original.of_file(path).digest(), file_name="a.csv")
    ]
    assert inbox.load().already_loaded == ["a.csv"]
    assert inbox.load(anew=True).already_loaded == []
    assert (first.height, inbox.accepted("accidents").height) == (1, 2)
    assert read_ledger(inbox.home.lake)["rows_accepted"].to_list() == [2]


def renewed_rules(monkeypatch, tmp_path):
    """The same rules, in files that are newer than anything loaded."""
    rules = tmp_path / "expectations"
    shutil.copytree(ROOT / "expectations", rules, copy_function=shutil.copyfile)
    monkeypatch.setattr(Home, "expectations", rules)


def test_two_files_of_the_same_bytes_in_one_load_enter_once(inbox):
    path = inbox.put("事故.xlsx", ("accidents", [sound_row("accidents")], {}))
    (inbox.home.inbox / "复件.xlsx").write_bytes(path.read_bytes())
    inbox.tables["复件.xlsx"] = inbox.tables["事故.xlsx"]
    summary = inbox.load()
    assert inbox.accepted("accidents").height == 1
    assert len(summary.already_loaded) == 1


def test_a_file_that_does_not_read_stops_no_other(inbox):
    inbox.put("甲.xlsx", ("accidents", [sound_row("accidents")], {}))
    inbox.put("乙.xlsx")
    inbox.tables["乙.xlsx"] = ZeroDivisionError("oops")
    inbox.put("丙.xlsx")
    inbox.tables["丙.xlsx"] = AnlanError("读不了", "换一个")
    summary = inbox.load()
    assert inbox.accepted("accidents").height == 1
    assert {(t.file_name, t.status) for t in summary.refused} == {
        ("乙.xlsx", "failed"),
        ("丙.xlsx", "failed"),
    }
    # It is tried again: nothing is known of it yet.
    assert len(inbox.load().refused) == 2


def refused_by(inbox, rule_id, *tables):
    inbox.put("文件.xlsx", *tables)
    summary = inbox.load()
    suite = load_suites(ROOT / "expectations", CONTRACTS)[EXTRACT_SUITE]
    sentence = next(r.meta.sentence for r in suite.expectations if r.meta.rule_id == rule_id)
    assert {t.status for t in summary.tables} == {"refused"}
    assert any(t.reason.startswith(sentence) for t in summary.tables)
    assert summary.rows_accepted == summary.rows_quarantined == 0
    assert summary.rows_read == summary.rows_set_aside
    for source in CONTRACTS:
        assert inbox.accepted(source).is_empty()
    return summary


TITLE = pl.DataFrame(
    [dict.fromkeys(SET_ASIDE_SCHEMA, "x") | {"row": 1, "reason": "title"}], schema=SET_ASIDE_SCHEMA
)


def place(frame, inbox, name, sheet="Sheet1", source="accidents"):
    """Findings or rows set aside, moved to a file that is about to be put into the inbox."""
    extract = file_digest_of(inbox, name)
    return frame.with_columns(
        extract_id=pl.lit(extract),
        source=pl.lit(source),
        file_name=pl.lit(name),
        sheet_name=pl.lit(sheet),
    )


def file_digest_of(inbox, name):
    path = inbox.home.inbox / name
    path.write_text(f"{name} {len(inbox.tables)}", encoding="utf-8")
    return Original.of_file(path).digest()


def test_an_extract_without_data_is_refused(inbox):
    title = place(TITLE, inbox, "文件.xlsx")
    refused_by(inbox, "extract_has_rows", ("accidents", [], {"set_aside": title}))


def test_an_extract_of_which_no_row_is_sound_is_refused(inbox):
    refused_by(
        inbox, "extract_has_accepted_rows", ("accidents", [sound_row("accidents", deaths_count=-1)], {})
    )


def test_an_extract_of_which_a_fifth_is_held_is_refused_and_its_findings_stay(inbox):
    bad, good = sound_row("accidents", deaths_count=-1), sound_row("accidents")
    cast = place(finding(30), inbox, "文件.xlsx")
    summary = refused_by(
        inbox, "extract_mostly_sound", ("accidents", [bad] * 5 + [good] * 20, {"findings": cast})
    )
    assert summary.rows_read == 26
    held = read_quarantine(inbox.home.lake)
    assert held["held"].to_list() == ["extract"] * 6
    aside = read_set_aside(inbox.home.lake)
    assert set(aside["reason"]) == {"refused"}
    assert sorted(aside["row"]) == [*range(3, 28), 30]
    assert "读入 26 行，其中数据 26 行，暂扣 6 行" in read_ledger(inbox.home.lake)["reason"].item()


def test_exactly_a_fifth_is_not_refused(inbox):
    bad, good = sound_row("accidents", deaths_count=-1), sound_row("accidents")
    inbox.put("文件.xlsx", ("accidents", [bad] * 5 + [good] * 20, {}))
    assert inbox.load().refused == []


def test_every_rule_about_extracts_is_seen_to_refuse():
    source = (ROOT / "tests" / "unit" / "test_gate_load.py").read_text(encoding="utf-8")
    suite = load_suites(ROOT / "expectations", CONTRACTS)[EXTRACT_SUITE]
    assert {r.meta.rule_id for r in suite.expectations} == set(
        re.findall(r'refused_by\(\s*inbox,\s*"(\w+)"', source)
    )


def test_one_refused_table_keeps_the_whole_file_out(inbox):
    inbox.put(
        "文件.xlsx",
        ("accidents", [sound_row("accidents")], {"sheet_name": "事故"}),
        ("fires", [sound_row("fires", deaths_count=-1)], {"sheet_name": "火灾"}),
    )
    inbox.put("另一个.xlsx", ("fires", [sound_row("fires")], {}))
    summary = inbox.load()
    assert {(t.sheet_name, t.status) for t in summary.tables} == {
        ("事故", "refused"), ("火灾", "refused"), ("Sheet1", "accepted")
    }  # fmt: skip
    assert inbox.accepted("accidents").is_empty()
    assert inbox.accepted("fires").height == 1
    reason = next(t.reason for t in summary.tables if t.sheet_name == "事故")
    assert reason.startswith("同一文件的表「火灾」被退回，整件不入库")


def test_a_refused_file_is_told_again_and_tried_again_only_after_a_definition_changed(
    inbox, monkeypatch, tmp_path
):
    inbox.put("文件.xlsx", ("fires", [sound_row("fires", deaths_count=-1)], {}))
    inbox.load()
    monkeypatch.setattr(inbox, "stage", lambda path: pytest.fail("read again"))
    again = inbox.load()
    assert [(t.file_name, t.status) for t in again.refused] == [("文件.xlsx", "refused")]
    assert "此前已退回" in again.refused[0].reason
    monkeypatch.undo()
    renewed_rules(monkeypatch, tmp_path)
    inbox.tables["文件.xlsx"] = [
        staged_table("fires", [sound_row("fires")], extract_id=t.meta.extract_id, file_name="文件.xlsx")
        for t in inbox.tables["文件.xlsx"]
    ]
    assert inbox.load().refused == []
    assert set(loaded_extract_ids(inbox.home.lake).values()) == {"accepted"}


@pytest.mark.parametrize("renames", range(4))
def test_a_load_that_dies_before_its_last_rename_leaves_nothing_that_counts(inbox, monkeypatch, renames):
    inbox.load()
    rows = [sound_row("accidents")] * 6 + [sound_row("accidents", deaths_count=-1)]
    inbox.put("文件.xlsx", ("accidents", rows, {}))
    real, done = Path.replace, []

    def dies(path, target):
        if len(done) == renames:
            raise KeyboardInterrupt
        done.append(target)
        return real(path, target)

    monkeypatch.setattr(Path, "replace", dies)
    with pytest.raises(KeyboardInterrupt):
        inbox.load()
    assert loaded_extract_ids(inbox.home.lake) == {}
    assert read_ledger(inbox.home.lake).is_empty()
    assert read_quarantine(inbox.home.lake).is_empty()
    monkeypatch.undo()
    summary = inbox.load()
    assert (summary.rows_accepted, read_quarantine(inbox.home.lake).height) == (6, 1)
    assert inbox.accepted("accidents").height == 6
    assert [p.name for p in inbox.home.lake.rglob("*.partial")] == []


def test_a_file_is_in_place_only_when_it_is_whole(inbox, monkeypatch):
    inbox.put("文件.xlsx", ("accidents", [sound_row("accidents")], {}))
    monkeypatch.setattr(
        pl.DataFrame, "write_parquet", lambda frame, path: path.write_bytes(b"PAR1") and 1 / 0
    )
    with pytest.raises(ZeroDivisionError):
        inbox.load()
    assert list(inbox.home.lake.rglob("*.parquet")) == []


def test_a_translation_that_holds_other_rows_than_were_counted_stops_the_load(inbox, monkeypatch):
    inbox.put("文件.xlsx", ("accidents", [sound_row("accidents")] * 6, {}))
    real = anlan.gate.staging.violation_sql

    def tampered(rule, table):
        return "_row = 3" if rule.meta.rule_id == "deaths_count_not_negative" else real(rule, table)

    monkeypatch.setattr(anlan.gate.staging, "violation_sql", tampered)
    with pytest.raises(AnlanError, match="deaths_count_not_negative：校验数出 0 行不合格，暂扣了 1 行"):
        inbox.load()
    assert read_ledger(inbox.home.lake).is_empty()
    assert inbox.accepted("accidents").is_empty()


def test_a_table_that_does_not_balance_stops_the_load(inbox, monkeypatch):
    inbox.put("文件.xlsx", ("accidents", [sound_row("accidents")] * 6, {}))
    object.__setattr__(inbox.tables["文件.xlsx"][0], "rows_read", 7)
    with pytest.raises(AnlanError, match="读入 7 行，而入库 6 \\+ 暂扣 0 \\+ 剔除 0 = 6 行，账不平"):
        inbox.load()
    assert read_ledger(inbox.home.lake).is_empty()


def test_progress_names_each_file(inbox):
    for name in ("甲.xlsx", "乙.xlsx"):
        inbox.put(name, ("accidents", [sound_row("accidents")], {}))
    told = []
    inbox.load(lambda done, total, what: told.append((done, total, what)))
    assert told[:2] == [(1, 2, "乙.xlsx"), (2, 2, "甲.xlsx")]
    assert (2, 2, "校验生产安全事故") in told


def test_hidden_files_locks_and_the_manifest_are_no_extracts(home):
    for name in ("manifest.csv", ".gitkeep", "~$开着.xlsx", "a/.x/b.xlsx", "a/manifest.csv", "a/事故.xlsx"):
        path = home.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert [p.relative_to(home.inbox).as_posix() for p in inbox_files(home.inbox)] == [
        "a/manifest.csv",
        "a/事故.xlsx",
    ]


def test_every_source_is_typed_before_anything_is_loaded(inbox):
    inbox.load()
    for source, contract in CONTRACTS.items():
        assert dict(inbox.accepted(source).schema) == canonical_schema(contract)
    assert read_ledger(inbox.home.lake).is_empty()


def test_nothing_is_left_beside_the_lake(inbox):
    inbox.put("文件.xlsx", ("accidents", [sound_row("accidents")], {}))
    inbox.load()
    left = [p for p in inbox.home.path.rglob("*") if p.is_file() and p.suffix != ".parquet"]
    assert left == [inbox.home.inbox / "文件.xlsx"]


def test_the_console_shows_accounts_findings_and_refusals(inbox):
    rows = [sound_row("accidents")] * 30 + [sound_row("accidents", deaths_count=-1)]
    inbox.put("甲[1].xlsx", ("accidents", rows, {"sheet_name": "杭州"}))
    inbox.put("乙.xlsx", ("fires", [sound_row("fires", deaths_count=-1)], {}))
    console = Console(width=300, record=True)
    console.print(render_summary(inbox.load()))
    text = console.export_text()
    for part in (
        "甲[1].xlsx",
        "杭州",
        "生产安全事故",
        "31",
        "30",
        "整件退回：乙.xlsx",
        "处理办法：按暂扣清单",
        "死亡人数（人）",
        "-1",
        "deaths_count_not_negative",
    ):
        assert part in text
    console.print(render_summary(inbox.load()))
    assert "已载入过、内容未变的文件 1 个" in console.export_text()


row_kinds = st.lists(
    st.sampled_from(["sound", "held", "cell", "both", "cast", "title"]), min_size=1, max_size=25
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sheets=st.lists(row_kinds, min_size=1, max_size=3))
def test_rows_read_are_accepted_quarantined_or_set_aside(tmp_path_factory, sheets):
    """Whatever stands in the sheets of a file, each row is accounted for once."""
    home = Home(path=tmp_path_factory.mktemp("home"), jurisdiction=ROOT / "jurisdictions" / "zhejiang")
    home.inbox.mkdir()
    inbox = Inbox(home)
    changes = {
        "sound": {},
        "held": {"deaths_count": -1},
        "cell": {"minor_injuries_count": -1},
        "both": {"deaths_count": -1, "minor_injuries_count": -1},
    }
    tables = []
    for number, kinds in enumerate(sheets):
        sheet = f"表{number}"
        rows = [sound_row("accidents", **changes[k]) for k in kinds if k in changes]
        cast = [finding(1000 + i) for i, k in enumerate(kinds) if k == "cast"]
        titles = [
            TITLE.with_columns(row=pl.lit(2000 + i, dtype=pl.Int64))
            for i, k in enumerate(kinds)
            if k == "title"
        ]
        held = place(pl.concat([empty_findings(), *cast]), inbox, "文件.xlsx", sheet)
        aside = place(pl.concat([TITLE.clear(), *titles]), inbox, "文件.xlsx", sheet)
        tables.append(("accidents", rows, {"sheet_name": sheet, "findings": held, "set_aside": aside}))
    inbox.put("文件.xlsx", *tables)
    summary = inbox.load()
    kinds = [kind for sheet in sheets for kind in sheet]
    assert summary.rows_read == len(kinds)
    assert summary.rows_read == summary.rows_accepted + summary.rows_quarantined + summary.rows_set_aside
    assert inbox.accepted("accidents").height == summary.rows_accepted
    if not summary.refused:
        assert summary.rows_accepted == sum(kind in ("sound", "cell") for kind in kinds)
        assert summary.rows_quarantined == sum(kind in ("held", "both", "cast") for kind in kinds)
        assert summary.cells_quarantined == kinds.count("cell")
    else:
        assert summary.rows_set_aside == len(kinds)
    ledger = read_ledger(home.lake)
    assert ledger["rows_read"].sum() == len(kinds)
    quarantined = read_quarantine(home.lake).filter(pl.col("held") == "row")
    assert quarantined.select("sheet_name", "row").unique().height == ledger["rows_quarantined"].sum()
    assert read_set_aside(home.lake).height == ledger["rows_set_aside"].sum()
