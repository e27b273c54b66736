"""Loading hand-made tables: accounts balance, nothing is loaded twice, a killed load leaves no trace."""

from __future__ import annotations

import errno
import re
import shutil
import weakref
import zipfile
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
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
from anlan.gate.lake import LEDGER, loaded_extract_ids, read_ledger, read_quarantine, read_set_aside
from anlan.gate.load import inbox_files, load_files
from anlan.gate.rules import COLUMN_SUITE, EXTRACT_SUITE, load_suites
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


def test_every_rule_about_extracts_and_columns_is_seen_to_refuse_or_to_point_out():
    source = (ROOT / "tests" / "unit" / "test_gate_load.py").read_text(encoding="utf-8")
    suites = load_suites(ROOT / "expectations", CONTRACTS)
    seen = {
        on_fail: set(re.findall(rf'{name}\(\s*inbox,\s*"(\w+)"', source))
        for on_fail, name in (("refuse", "refused_by"), ("warn", "pointed_out_by"))
    }
    factors = {f"median_not_{factor}_fold" for factor in FACTORS}
    seen["refuse"] |= {rule for rule in factors if int(rule.split("_")[2]) >= 100}
    seen["warn"] |= factors - seen["refuse"]
    for on_fail, rules in seen.items():
        told = {
            rule.meta.rule_id
            for name in (EXTRACT_SUITE, COLUMN_SUITE)
            for rule in suites[name].expectations
            if rule.meta.on_fail == on_fail
        }
        assert told == rules


AUGUST = {
    "period_start_on": date(2019, 8, 1),
    "period_end_on": date(2019, 8, 31),
    "period_basis": "declared_name",
}
LAST_AUGUST = {**AUGUST, "period_start_on": date(2018, 8, 1), "period_end_on": date(2018, 8, 31)}
FACTORS = (10, 15, 60, 100, 1000, 10000)


def warnings_of(inbox):
    """Findings that hold nothing, as (source, sheet, row, column, rule, value)."""
    found = read_quarantine(inbox.home.lake).filter(pl.col("held") == "nothing")
    return found.select("source", "sheet_name", "row", "column_name", "rule_id", "value").rows()


def pointed_out_by(inbox, rule_id, *tables):
    """The file enters whole, with one warning about it; the value of the warning."""
    inbox.put("文件.xlsx", *tables)
    summary = inbox.load()
    assert [t.status for t in summary.tables] == ["accepted"]
    assert summary.rows_read == summary.rows_accepted
    assert (summary.findings_count, summary.warnings_count) == (0, 1)
    assert read_ledger(inbox.home.lake).filter(file_name="文件.xlsx")["warnings_count"].item() == 1
    ((_, _, row, _, rule, value),) = warnings_of(inbox)
    assert (row, rule) == (None, rule_id)
    return value


def of_august(source, year, count, day=10, **changes):
    """So many records of August of a year."""
    moment = datetime(year, 8, day, 8)
    return [sound_row(source, occurred_at=moment, entered_at=None, cancelled_on=None, **changes)] * count


def test_a_warning_enters_as_it_is_and_is_counted_apart(inbox):
    rows = [sound_row("members")] * 3 + [sound_row("members", birth_on=date(1959, 8, 10))]
    inbox.put("队员.xlsx", ("members", rows, {}))
    summary = inbox.load()
    table = summary.tables[0]
    assert (table.rows_read, table.rows_accepted, table.rows_quarantined) == (4, 4, 0)
    assert (table.cells_quarantined, table.warnings_count) == (0, 1)
    assert (summary.findings_count, summary.warnings_count) == (0, 1)
    assert inbox.accepted("members")["birth_on"].null_count() == 0
    assert warnings_of(inbox) == [
        ("members", "Sheet1", 6, "出生日期", "member_below_60", "（已隐去）（数据截止日期 2019-08-10）")
    ]
    console = Console(width=300, record=True)
    console.print(render_summary(summary))
    text = console.export_text()
    assert "暂扣 0 条，提醒 1 条" in text
    assert "规则 member_below_60，提醒" in text


def test_a_warning_of_a_refused_extract_stays_a_warning(inbox):
    rows = [sound_row("members", as_of_on=LATE, joined_on=None)] * 5 + [
        sound_row("members", birth_on=date(1959, 8, 10))
    ]
    inbox.put("队员.xlsx", ("members", rows, {}))
    summary = inbox.load()
    assert [t.status for t in summary.tables] == ["refused"]
    held = read_quarantine(inbox.home.lake).group_by("held").len()
    assert dict(held.rows()) == {"extract": 5, "nothing": 1}


def test_last_months_file_under_this_months_name_is_refused_and_both_months_are_named(inbox):
    rows = [sound_row("accidents", occurred_at=datetime(2019, 7, 10), entered_at=None)] * 6
    summary = refused_by(inbox, "extract_of_its_period", ("accidents", rows, AUGUST))
    for part in ("疑为上月", "声明的时段为2019年8月", "6 行中只有 0 行在其中，最多的在2019年7月"):
        assert part in summary.tables[0].reason


def test_a_file_most_of_whose_rows_lie_beyond_the_slack_is_refused_however_small(inbox):
    rows = [sound_row("accidents", occurred_at=datetime(2017, 8, 10))] * 2 + of_august("accidents", 2019, 1)
    refused_by(inbox, "extract_of_its_period", ("accidents", rows, AUGUST))


def test_a_month_that_also_brings_late_and_cancelled_accidents_enters(inbox):
    late = [sound_row("accidents", occurred_at=datetime(2019, month, 10)) for month in (3, 4, 5, 6, 7)]
    inbox.put("文件.xlsx", ("accidents", [*late, *of_august("accidents", 2019, 2)], AUGUST))
    inbox.put("少.xlsx", ("accidents", late[-2:], AUGUST))
    assert inbox.load().refused == []
    assert warnings_of(inbox) == []


def test_without_a_declared_period_no_month_is_suspected(inbox):
    rows = [sound_row("accidents", occurred_at=datetime(2017, 7, 10), entered_at=None)] * 6
    inbox.put("文件.xlsx", ("accidents", rows, {**AUGUST, "period_basis": "rows"}))
    assert inbox.load().refused == []


def test_a_count_below_half_of_last_years_is_pointed_out(inbox):
    inbox.put("去年.xlsx", ("accidents", of_august("accidents", 2018, 31), LAST_AUGUST))
    inbox.load()
    value = pointed_out_by(
        inbox, "volume_like_earlier_years", ("accidents", of_august("accidents", 2019, 15), AUGUST)
    )
    assert value == "本期 15 行，往年同期 31 行"


@pytest.mark.parametrize(("before", "now"), [(30, 15), (30, 60), (29, 1), (14, 29)])
def test_a_count_between_half_and_double_of_last_years_or_of_few_rows_is_not(inbox, before, now):
    inbox.put("去年.xlsx", ("accidents", of_august("accidents", 2018, before), LAST_AUGUST))
    inbox.load()
    inbox.put("今年.xlsx", ("accidents", of_august("accidents", 2019, now), AUGUST))
    inbox.load()
    assert warnings_of(inbox) == []


def test_a_count_is_compared_with_extracts_of_the_same_sender_and_months_only(inbox):
    for name, year, changes in (
        ("无时段", 2018, {"period_basis": "rows"}),
        ("全年", 2018, {"period_start_on": date(2018, 1, 1), "period_end_on": date(2018, 12, 31)}),
        ("四年前", 2015, {"period_start_on": date(2015, 8, 1), "period_end_on": date(2015, 8, 31)}),
        ("别处", 2018, {"sender": "某市"}),
    ):
        inbox.put(f"{name}.xlsx", ("accidents", of_august("accidents", year, 90), {**LAST_AUGUST, **changes}))
    assert inbox.load().refused == []
    inbox.put("今年.xlsx", ("accidents", of_august("accidents", 2019, 31), AUGUST))
    inbox.load()
    assert [w for w in warnings_of(inbox) if w[4] == "volume_like_earlier_years"] == []


def losses(*values):
    """Accidents of August 2018 or 2019 with these losses in 万元."""
    return lambda year: [
        row
        for value in values
        for row in of_august(
            "accidents", year, 1, direct_loss_wan_yuan=Decimal(value), reported_severity="extraordinary"
        )
    ]


LAST_LOSSES = losses(*(f"{n}.37" for n in range(1, 26)))


@pytest.mark.parametrize(
    ("factor", "is_inverse"), [*((factor, False) for factor in FACTORS), (15, True), (10000, True)]
)
def test_a_column_that_many_times_last_years_is_refused_from_a_hundred_fold_on(inbox, factor, is_inverse):
    small, large = (losses(*(f"{n * k}.37" for n in range(1, 26))) for k in (1, factor))
    before, now = (large, small) if is_inverse else (small, large)
    inbox.put("去年.xlsx", ("accidents", before(2018), LAST_AUGUST))
    inbox.load()
    inbox.put("今年.xlsx", ("accidents", now(2019), AUGUST))
    summary = inbox.load()
    (table,) = summary.tables
    told = table.reason or warnings_of(inbox)[0][5]
    medians = (f"{13 * factor:,}.37", "13.37")[:: -1 if is_inverse else 1]
    assert "直接经济损失：本期中位数 {} 万元，上年同期 {} 万元".format(*medians) in told
    if factor >= 100:
        assert table.status == "refused"
        assert f"约为上年同期的{factor:,}倍" in table.reason
    else:
        assert (table.status, table.warnings_count) == ("accepted", 1)
        assert warnings_of(inbox)[0][3:5] == ("直接经济损失", f"median_not_{factor}_fold")


def test_a_column_of_multiples_of_ten_that_was_none_last_year_is_pointed_out(inbox):
    inbox.put("去年.xlsx", ("accidents", LAST_LOSSES(2018), LAST_AUGUST))
    inbox.load()
    rows = losses(*(10 * n for n in range(1, 7)), *[20] * 14, 0)(2019)
    value = pointed_out_by(inbox, "not_all_multiples_of_ten", ("accidents", rows, AUGUST))
    assert value == "直接经济损失：本期非零的 20 个全是 10 的整数倍，上年同期 25 个中有 0 个"


@pytest.mark.parametrize(
    "now",
    [
        losses(*[20] * 19),  # too few to tell
        losses(*[20] * 24, "20.5"),  # one that is none
        losses(*(n * 7 for n in range(1, 26))),  # a worse year
    ],
)
def test_a_column_of_another_year_is_no_slip(inbox, now):
    inbox.put("去年.xlsx", ("accidents", LAST_LOSSES(2018), LAST_AUGUST))
    inbox.load()
    inbox.put("今年.xlsx", ("accidents", now(2019), AUGUST))
    assert inbox.load().refused == []
    assert warnings_of(inbox) == []


def test_a_column_is_compared_with_the_last_word_on_each_record_of_last_year(inbox):
    keys = [f"k{n}" for n in range(25)]
    wrong = losses(*(f"{n}0000.37" for n in range(1, 26)))(2018)
    inbox.put("去年.xlsx", ("accidents", wrong, {**LAST_AUGUST, "keys": keys}))
    again = {**LAST_AUGUST, "keys": keys, "received_at": datetime(2020, 5, 1)}
    inbox.put("去年更正.xlsx", ("accidents", LAST_LOSSES(2018), again))
    inbox.load()
    inbox.put("今年.xlsx", ("accidents", LAST_LOSSES(2019), AUGUST))
    assert inbox.load().refused == []
    assert warnings_of(inbox) == []


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
    real = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", lambda path, content: real(path, b"PAR1") and 1 / 0)
    with pytest.raises(ZeroDivisionError):
        inbox.load()
    assert [p for p in inbox.home.lake.rglob("*") if p.is_file()] == []


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


def test_members_of_an_archive_are_loaded_and_known_again_when_they_come_alone(inbox):
    inbox.put("甲.csv", ("accidents", [sound_row("accidents")], {}))
    inbox.put("乙.csv", ("fires", [sound_row("fires")], {}))
    archive = inbox.home.inbox / "三月.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("甲.csv", "乙.csv"):
            file.write(inbox.home.inbox / name, name)
            (inbox.home.inbox / name).rename(inbox.home.path / name)
        file.writestr("../丙.csv", "x")
    summary = inbox.load()
    assert [(t.file_name, t.status) for t in summary.tables][2:] == [("三月.zip/../丙.csv", "failed")]
    assert (summary.rows_accepted, len(summary.accepted)) == (2, 2)
    (inbox.home.path / "甲.csv").rename(inbox.home.inbox / "甲.csv")
    assert inbox.load().already_loaded == ["三月.zip/甲.csv", "三月.zip/乙.csv", "甲.csv"]


def test_members_are_in_memory_one_at_a_time(inbox, monkeypatch):
    archive = inbox.home.inbox / "三月.zip"
    members = [f"{i}.csv" for i in range(4)]
    with zipfile.ZipFile(archive, "w") as file:
        for name in members:
            inbox.put(name, ("fires", [sound_row("fires")], {}))
            file.write(inbox.home.inbox / name, name)
            (inbox.home.inbox / name).unlink()
    alive = []

    def stage(original):
        alive.append(weakref.ref(original))
        assert sum(ref() is not None for ref in alive) <= 2
        return [
            replace(table, meta=replace(table.meta, original=original))
            for table in inbox.tables[original.name]
        ]

    kept = []
    real = anlan.gate.load.judge

    def judge(staging, suites, extracts, *more):
        kept.extend(meta.original for extract in extracts.values() for meta in extract.metas)
        return real(staging, suites, extracts, *more)

    monkeypatch.setattr(anlan.gate.load, "judge", judge)
    assert load_files(inbox.home, CONTRACTS, [archive], stage).rows_accepted == 4
    assert [(original.name, original.content) for original in kept] == [(name, None) for name in members]


def test_a_file_that_changes_while_it_is_read_fails_and_leaves_nothing(inbox):
    path = inbox.put("甲.csv", ("fires", [sound_row("fires")], {}))
    inbox.put("乙.csv", ("fires", [sound_row("fires")], {}))
    real = inbox.stage

    def stage(original):
        tables = real(original)
        if original.name == "甲.csv":
            path.write_text("写到一半", encoding="utf-8")
        return tables

    inbox.stage = stage
    summary = inbox.load()
    assert [(t.file_name, t.reason) for t in summary.refused] == [("甲.csv", "甲.csv：读取过程中被改动")]
    assert read_ledger(inbox.home.lake)["file_name"].to_list() == ["乙.csv"]
    assert inbox.accepted("fires").height == 1


def test_a_file_that_cannot_be_opened_stops_no_other(inbox, monkeypatch):
    gone = inbox.put("甲.csv", ("fires", [sound_row("fires")], {}))
    inbox.put("乙.csv", ("fires", [sound_row("fires")], {}))
    files = inbox_files(inbox.home.inbox)
    gone.unlink()
    (inbox.home.inbox / "出.csv").symlink_to(inbox.home.path / "elsewhere")
    files = [*files, inbox.home.inbox / "出.csv"]
    summary = load_files(inbox.home, CONTRACTS, files, inbox.stage)
    assert [t.file_name for t in summary.refused] == ["甲.csv", "出.csv"]
    assert summary.rows_accepted == 1


def test_an_unexpected_error_is_told_by_kind_and_place_never_by_its_text(inbox):
    inbox.put("甲.csv")
    inbox.tables["甲.csv"] = ValueError("张三 13800000000")
    (failed,) = inbox.load().refused
    assert re.search(r"ValueError，[\w/.]+ 第 \d+ 行", failed.reason)
    assert "张三" not in failed.reason + failed.remedy


@pytest.mark.parametrize("folder", ["accepted", "quarantine", "set_aside", "ledger"])
def test_a_disk_that_is_full_fails_the_file_and_leaves_nothing_of_it(inbox, monkeypatch, folder):
    inbox.load()
    rows = [sound_row("accidents")] * 6 + [sound_row("accidents", deaths_count=-1)]
    inbox.put("甲.csv", ("accidents", rows, {}))
    inbox.put("乙.csv", ("fires", [sound_row("fires")], {}))
    real, full = Path.replace, file_digest_of_path(inbox, "甲.csv")

    def replace_(path, target):
        if full[:16] in target.name and folder in target.parts:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, target)

    monkeypatch.setattr(Path, "replace", replace_)
    summary = inbox.load()
    assert [(t.file_name, t.reason) for t in summary.refused] == [("甲.csv", "磁盘空间不足，未能写入")]
    assert [p for p in inbox.home.lake.rglob("*") if full[:16] in p.name] == []
    assert list(inbox.home.lake.rglob("*.partial")) == []
    assert read_ledger(inbox.home.lake)["file_name"].to_list() == ["乙.csv"]
    monkeypatch.undo()
    assert inbox.load().rows_accepted == 6


def file_digest_of_path(inbox, name):
    return Original.of_file(inbox.home.inbox / name).digest()


def test_a_disk_that_is_full_while_staging_is_one_line(inbox, monkeypatch):
    inbox.put("甲.csv", ("fires", [sound_row("fires")], {}))
    full = duckdb.IOException("IO Error: Could not write: No space left on device")
    monkeypatch.setattr(anlan.gate.staging.Staging, "add", lambda *_: (_ for _ in ()).throw(full))
    assert [t.reason for t in inbox.load().refused] == ["磁盘空间不足，未能写入"]
    monkeypatch.undo()
    monkeypatch.setattr(anlan.gate.load, "judge", lambda *_: (_ for _ in ()).throw(full))
    with pytest.raises(AnlanError, match="磁盘空间不足"):
        inbox.load()
    assert read_ledger(inbox.home.lake).is_empty()


def test_a_lake_of_an_earlier_version_is_read_and_what_it_did_not_know_is_blank(inbox):
    inbox.put("甲.csv", ("fires", [sound_row("fires")], {}))
    inbox.load()
    (file,) = (f for f in (inbox.home.lake / "ledger").glob("*.parquet") if f.name != "schema.parquet")
    pl.read_parquet(file).drop("encoding_basis").with_columns(later=1).write_parquet(file)
    inbox.put("乙.csv", ("fires", [sound_row("fires")], {"encoding_basis": "文件头 BOM"}))
    inbox.load()
    ledger = read_ledger(inbox.home.lake)
    assert dict(ledger.schema) == LEDGER
    assert set(ledger.select("file_name", "encoding_basis").rows()) == {
        ("甲.csv", None),
        ("乙.csv", "文件头 BOM"),
    }


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


def test_nothing_is_left_beside_the_lake_and_the_report(inbox):
    inbox.put("文件.xlsx", ("accidents", [sound_row("accidents")], {}))
    summary = inbox.load()
    left = [p for p in inbox.home.path.rglob("*") if p.is_file() and p.suffix not in (".parquet", ".html")]
    assert left == [inbox.home.inbox / "文件.xlsx"]
    assert summary.workbook is None
    assert summary.data_docs.is_relative_to(inbox.home.loads)


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
