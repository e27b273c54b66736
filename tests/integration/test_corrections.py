"""The correction ledger by the command line: broken cell, held row, repair, snapshots before and after."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from anlan.contracts import load_contracts
from anlan.gate.console import render_summary
from anlan.gate.known import open_known
from anlan.gate.lake import read_applied_corrections, read_ledger, read_quarantine
from anlan.gate.load import load_inbox
from anlan.jurisdiction import load_jurisdiction
from anlan.project import ROOT, Home
from anlan.warehouse.inputs import RunParameters, write_inputs

LAYOUT = """
source: accidents
layouts:
  - id: office
    files: ["事故*.csv"]
    columns:
      - {field: accident_id, from: 编号}
      - {field: occurred_at, from: 发生时间}
      - {field: division_code, from: 地区}
      - {field: management_category, from: 行业}
      - {field: reported_severity, from: 等级}
      - {field: deaths_count, from: 死亡人数}
      - {field: direct_loss_wan_yuan, from: 直接经济损失（元）, unit: 元}
    drop: [联系电话]
    ignore: [备注]
    period: '(?P<year>\\d{4})年(?P<month>\\d{1,2})月'
"""
HEADER = "编号,发生时间,地区,行业,等级,死亡人数,直接经济损失（元）,联系电话,备注"
MARCH, APRIL = "事故2019年3月.csv", "事故2019年4月.csv"
MARCH_LINES = [
    "2019年3月生产安全事故明细表",
    HEADER,
    "A1,2019-3-1,西湖区,建筑业,一般,1,120000,13800000000,",
    "A2,2019-3-2,西湖区,建筑业,一般,三个人,0,,",
    "A3,2019-3-3,西湖区,道路运输,一般,2,1.2万,,晚报",
    "A4,2019-3-4,西湖区,道路运输,一般,1,90000,,",
    "合计,,,,,4,,,",
]
ENTRY = {
    "file": MARCH, "sheet": MARCH, "row": 4, "column": "死亡人数", "expect": "三个人", "value": 2,
    "reason": "电话核实", "reporter": "调查评估处",
}  # fmt: skip


@pytest.fixture
def home(tmp_path):
    """An office whose inbox holds one month, with a death toll in words."""
    layouts = tmp_path / "contracts"
    layouts.mkdir()
    (layouts / "accidents.yml").write_text(LAYOUT, encoding="utf-8")
    home = Home(path=tmp_path / "home", jurisdiction=ROOT / "jurisdictions/zhejiang", extra_contracts=layouts)
    home.inbox.mkdir(parents=True)
    received = {MARCH: "2019-04-02 09:00", APRIL: "2019-05-02 09:00"}
    entries = [f"{name},{at},杭州市,是" for name, at in received.items()]
    (home.inbox / "manifest.csv").write_text("\n".join(["文件,收到时间,报送单位,合成数据", *entries]))
    (home.inbox / MARCH).write_text("\n".join(MARCH_LINES), encoding="utf-8")
    return home


@pytest.fixture
def anlan(home, run_anlan):
    """The command line in that office; ``check=False`` for what should fail."""

    def run(*arguments, check=True):
        return run_anlan("--contracts", home.extra_contracts, *arguments, home=home.path, check=check)

    return run


def load(home, anew=False):
    """What a load says, on one line, and whether any file was turned away."""
    summary = load_inbox(home, anew=anew)
    console = Console(width=200)
    with console.capture() as captured:
        console.print(render_summary(summary))
    return " ".join(captured.get().split()), bool(summary.refused)


def put(home, *entries, name="更正/2019-04.yml", decided_on: str | None = "2019-04-10"):
    lines = [f"decided_on: {decided_on}"] if decided_on else []
    lines.append("corrections:")
    for entry in entries:
        lines += [f"{'- ' if i == 0 else '  '}{key}: {value}" for i, (key, value) in enumerate(entry.items())]
    path: Path = home.inbox / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def known(home, as_of=None, **only):
    """Deaths and loss by accident, as known at a moment."""
    contracts = load_contracts(home.contracts, home.extra_contracts)
    with open_known(home.lake, contracts, as_of) as lake:
        rows = lake.rows("accidents", **only)
    return {
        row["accident_id"]: (row["deaths_count"], float(row["direct_loss_wan_yuan"] or 0))
        for row in rows.iter_rows(named=True)
    }


def test_a_repaired_cell_lets_the_held_row_in_from_the_moment_of_the_correction(home, anlan):
    anlan("load")
    assert set(known(home)) == {"A1", "A3", "A4"}
    put(home, ENTRY, {**ENTRY, "row": 6, "column": "G", "expect": 90000, "value": "9.5万"})
    said = anlan("load").stdout
    assert "更正/2019-04.yml" in said
    assert known(home) == {"A1": (1, 12.0), "A2": (2, 0.0), "A3": (2, 1.2), "A4": (1, 9.5)}
    assert known(home, datetime(2019, 4, 9)) == {"A1": (1, 12.0), "A3": (2, 1.2), "A4": (1, 9.0)}
    asked = ("lake", "--source", "accidents", "--key", "A4", "--as-of")
    place = f"{MARCH},{MARCH},6\n"
    assert anlan(*asked, "2019-04-09T12:00", "--format", "csv").stdout.endswith(f",A4,{place}")
    after = json.loads(anlan(*asked, "2019-04-11", "--format", "json").stdout)
    assert [(row["direct_loss_wan_yuan"], row["_row"]) for row in after] == [("9.50", 6)]
    assert after[0]["file_name"] == f"更正/2019-04.yml/{MARCH}"
    assert "2019-04-10 23:59:59" not in anlan("ledger", "--as-of", "2019-04-09").stdout
    ledger = read_ledger(home.lake).sort("received_at")
    assert ledger.select("sender", "is_synthetic", "period_start_on").row(1) == ("杭州市", True, None)


def test_a_correction_loaded_twice_or_in_a_grown_file_is_applied_once(home):
    put(home, ENTRY)
    load(home)
    before = read_ledger(home.lake)
    assert "未重复载入" in load(home)[0]
    path = put(home, ENTRY, {**ENTRY, "row": 6, "expect": 1, "value": 0})
    load(home)
    added = read_ledger(home.lake).join(before, on="extract_id", how="anti")
    assert added.select("rows_read", "rows_accepted").rows() == [(1, 1)]
    assert read_applied_corrections(home.lake)["row"].to_list() == [4, 6]
    rows = known(home)
    load(home, anew=True)
    assert known(home) == rows
    assert rows["A2"][0] == 2
    assert rows["A4"][0] == 0
    path.write_text(path.read_text(encoding="utf-8") + "\n# 已复核", encoding="utf-8")
    load(home)
    assert read_applied_corrections(home.lake).height == 2


def test_one_entry_that_does_not_match_turns_the_whole_file_away(home):
    load(home)
    lake = sorted(path for path in home.lake.rglob("*") if path.is_file())
    put(
        home,
        ENTRY,
        {**ENTRY, "file": "事故2018年3月.csv"},
        {**ENTRY, "sheet": "明细"},
        {**ENTRY, "row": 7},
        {**ENTRY, "row": 99},
        {**ENTRY, "column": "亡人"},
        {**ENTRY, "row": 5, "expect": 3},
        {**ENTRY, "value": 3},
        {**ENTRY, "column": "联系电话", "row": 3, "expect": "13800000000", "value": '""'},
        {**ENTRY, "column": "备注", "row": 5, "expect": "晚报", "value": "早报"},
        {**ENTRY, "column": "编号", "row": 3, "expect": "A1", "value": "A9"},
    )
    said, is_refused = load(home)
    assert is_refused
    for part in (
        "11 条更正中有 9 条对不上",
        "同一格更正了两次",
        f"第 2 条（事故2018年3月.csv 表「{MARCH}」第 4 行“死亡人数”）：载入台账中没有这个文件",
        f"现有：“{MARCH}”",
        "该行不是数据行（合计行）",
        "没有这一行，表到第 7 行为止",
        "没有“亡人”列",
        "原值应为“3”，而该格现为“2”",
        "“联系电话”列涉及个人信息",
        "“备注”列不入库",
    ):
        assert part in said
    assert "13800000000" not in said
    assert sorted(path for path in home.lake.rglob("*") if path.is_file()) == lake
    # Its column alone: the others above come first.
    put(home, {**ENTRY, "column": "编号", "row": 3, "expect": "A1", "value": "A9"})
    assert "识别记录的字段不能更正" in load(home)[0]
    put(home, {**ENTRY, "value": "约4"})
    assert "更正后仍不合规则：死亡人数应为整数（规则 type_integer）" in load(home)[0]
    put(home, {**ENTRY, "value": -1})
    assert "规则 deaths_count_not_negative" in load(home)[0]
    assert sorted(path for path in home.lake.rglob("*") if path.is_file()) == lake


def test_a_repair_of_a_record_that_a_later_extract_replaced_is_stale(home):
    put_april(home, "A4,2019-3-4,西湖区,建筑业,一般,0,90000,,", "A1,2019-3-1,西湖区,建筑业,一般,1,130000,,")
    load(home)
    stale = {**ENTRY, "row": 6, "expect": 1, "value": 3}
    again = {**ENTRY, "row": 3, "expect": 1, "value": 3}
    put(home, stale, again, decided_on=None)
    said = load(home)[0]
    assert f"第 1 条（{MARCH} 表「{MARCH}」第 6 行“死亡人数”）：该记录已被后来的 {APRIL}" in said
    assert "那里已不是原值；这条更正已过时" in said
    assert f"该记录已被后来的 {APRIL} 表「{APRIL}」第 4 行 取代，那里仍是原值" in said
    # Decided before April's file came, it held until then.
    put(home, stale)
    load(home)
    assert known(home, datetime(2019, 4, 30))["A4"][0] == 3
    assert known(home)["A4"][0] == 0


def test_an_extract_that_brings_the_old_value_back_is_pointed_out(home):
    put(home, {**ENTRY, "row": 6, "expect": 1, "value": 0}, {**ENTRY, "row": 3, "expect": 1, "value": 0})
    load(home)
    put_april(home, "A4,2019-3-4,西湖区,建筑业,一般,1,90000,,", "A1,2019-3-1,西湖区,建筑业,一般,2,90000,,")
    assert "又是更正前的值" in load(home)[0]
    found = read_quarantine(home.lake).filter(rule_id="correction_undone")
    assert found.select("file_name", "row", "column_letter", "value", "held").rows() == [
        (APRIL, 3, "F", "1", "nothing")
    ]
    assert known(home)["A4"][0] == 1


def put_april(home, *lines):
    (home.inbox / APRIL).write_text("\n".join(["2019年4月", HEADER, *lines]), encoding="utf-8")


FULL_LAYOUT = LAYOUT.replace("    period:", "    extent: full\n    period:")
MOMENTS = [datetime(2019, 4, 5), datetime(2019, 4, 20), datetime(2019, 5, 20), datetime(2019, 7, 1)]


@pytest.fixture
def full_home(home):
    """March three times, each time whole: first, then without A4, then with A4 again and without A1.

    Between the first two the toll of A2 is put right, and with it the loss of A4.
    """
    (home.extra_contracts / "accidents.yml").write_text(FULL_LAYOUT, encoding="utf-8")
    received = {MARCH: "2019-04-02 09:00", "更正/2019-04.yml": "2019-04-10 15:00"}
    for number, (at, lines) in enumerate(
        [("2019-05-02 09:00", MARCH_LINES[:-2]), ("2019-06-02 09:00", [*MARCH_LINES[:2], *MARCH_LINES[3:]])]
    ):
        name = f"事故2019年3月（{number + 2}）.csv"
        received[name] = at
        (home.inbox / name).write_text("\n".join(lines), encoding="utf-8")
    entries = [f"{name},{at},杭州市,是" for name, at in received.items()]
    (home.inbox / "manifest.csv").write_text("\n".join(["文件,收到时间,报送单位,合成数据", *entries]))
    put(home, ENTRY, {**ENTRY, "row": 6, "column": "G", "expect": 90000, "value": 95000})
    load(home)
    return home


def test_the_rule_of_the_verb_is_that_of_the_models_at_every_moment(full_home, tmp_path):
    home = full_home
    contracts = load_contracts(home.contracts, home.extra_contracts)
    inputs, warehouse = tmp_path / "inputs", tmp_path / "w.duckdb"
    write_inputs(inputs, load_jurisdiction(home.jurisdiction), RunParameters(MOMENTS[2], True, "r"))
    command = [
        *(sys.executable, "-m", "dbt.cli.main", "--log-path", tmp_path / "logs", "build"),
        *("--select", "+rpt_withdrawn_row", "+rpt_correction", "stg_accidents", "stg_equipment"),
        *("--indirect-selection", "cautious"),
        *(
            "--project-dir",
            ROOT,
            "--profiles-dir",
            ROOT,
            "--target",
            "duckdb",
            "--target-path",
            tmp_path / "t",
        ),
    ]
    paths = {"ANLAN_WAREHOUSE": warehouse, "ANLAN_LAKE": home.lake, "ANLAN_INPUTS": inputs}
    environment = {**os.environ, **{name: str(path) for name, path in paths.items()}}
    done = subprocess.run([*map(str, command)], env=environment, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()
    counts = []
    with duckdb.connect(str(warehouse)) as connection:
        withdrawn = connection.execute("select * from marts.rpt_withdrawn_row").pl()
        for moment in MOMENTS:
            # The model is a view, so that the moment may be changed below it.
            write_inputs(inputs, load_jurisdiction(home.jurisdiction), RunParameters(moment, True, "r"))
            staged = connection.execute("select * from staging.stg_accidents").pl()
            with open_known(home.lake, contracts, moment) as lake:
                rows = lake.rows("accidents").select(staged.columns)
                assert rows.sort("_key").equals(staged.sort("_key"))
                counts.append(lake.counts().row(0)[1:])
                gone = lake.withdrawn("accidents").sort("record_key")
                if moment == MOMENTS[2]:
                    assert gone.equals(withdrawn.select(gone.columns).sort("record_key"))
                    assert withdrawn["withdrawn_by_file_name"].unique().to_list() == [
                        "事故2019年3月（2）.csv"
                    ]
    assert counts == [(1, 3, 3, 0, 0), (2, 5, 4, 1, 0), (3, 7, 2, 3, 2), (4, 9, 2, 5, 2)]


def test_a_row_gone_from_a_later_full_extract_is_withdrawn_and_its_place_is_named(full_home):
    contracts = load_contracts(full_home.contracts, full_home.extra_contracts)
    with open_known(full_home.lake, contracts, MOMENTS[2]) as lake:
        gone = lake.withdrawn("accidents").sort("record_key")
    corrected = read_applied_corrections(full_home.lake)["extract_id"][0]
    assert gone.select("record_key", "extract_id", "row_number").rows() == [
        ("A2", corrected, 4),
        ("A4", corrected, 6),
    ]
    assert known(full_home, MOMENTS[2]) == {"A1": (1, 12.0), "A3": (2, 1.2)}
    assert set(known(full_home, MOMENTS[3])) == {"A3", "A4"}


def test_a_cell_of_a_member_of_an_archive_is_corrected(home):
    (home.inbox / MARCH).unlink()
    with zipfile.ZipFile(home.inbox / "三月.zip", "w") as archive:
        archive.writestr(MARCH, "\n".join(MARCH_LINES))
    put(home, {**ENTRY, "file": f"三月.zip/{MARCH}"}, decided_on=None)
    said, is_refused = load(home)
    assert not is_refused, said
    assert known(home)["A2"] == (2, 0.0)
    assert f"更正/2019-04.yml/三月.zip/{MARCH}" in read_ledger(home.lake)["file_name"].to_list()
