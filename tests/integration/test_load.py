"""The inbox of an office with layouts of its own, through intake and gate into the lake."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from anlan.errors import AnlanError
from anlan.gate.lake import loaded_extract_ids, read_ledger, read_quarantine, read_set_aside
from anlan.gate.load import load_inbox
from anlan.project import ROOT, Home

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
      - {field: minor_injuries_count, from: 轻伤人数}
      - {field: direct_loss_wan_yuan, from: 直接经济损失（元）, unit: 元}
    period: '(?P<year>\\d{4})年(?P<month>\\d{1,2})月'
"""
HEADER = "编号,发生时间,地区,行业,等级,死亡人数,轻伤人数,直接经济损失（元）"
SOUND = [f"A{n:02},2019-3-{n},西湖区,建筑业,一般,1,0,120000" for n in range(1, 29)]
MARCH = [
    "2019年3月生产安全事故明细表",
    HEADER,
    *SOUND,
    "B01,2019年3月5日,杭州市西湖区,道路运输,一般,-1,0,0",
    "B02,2019-03-06,西湖区,道路运输,一般,３,0,0",
    "B03,2019-03-07,西湖区,道路运输,一般,三个人,0,0",
    "合计,,,,,33,0,",
]
LOAD = """
import os, signal, sys
from pathlib import Path
import anlan.gate.entries as entries
import anlan.gate.load as load
from anlan.project import Home
real, written = entries.write_frame, []
def write(frame, schema, path):
    if path.parent.name == "ledger":
        written.append(path)
        if len(written) == int(sys.argv[4]):
            os.kill(os.getpid(), signal.SIGKILL)
    real(frame, schema, path)
entries.write_frame = write
home, jurisdiction, contracts = map(Path, sys.argv[1:4])
load.load_inbox(Home(path=home, jurisdiction=jurisdiction, extra_contracts=contracts))
"""


@pytest.fixture
def home(tmp_path):
    """An office whose inbox holds one month in GB18030, with a wrong row, a doubtful cell, no number."""
    layouts = tmp_path / "contracts"
    layouts.mkdir()
    (layouts / "accidents.yml").write_text(LAYOUT, encoding="utf-8")
    home = Home(path=tmp_path / "home", jurisdiction=ROOT / "jurisdictions/zhejiang", extra_contracts=layouts)
    home.inbox.mkdir(parents=True)
    write(home, "事故2019年3月.csv", MARCH)
    entry = "文件,收到时间,报送单位,合成数据\n事故2019年3月.csv,2019-04-02 09:00,杭州市,是\n"
    (home.inbox / "manifest.csv").write_text(entry, encoding="utf-8")
    return home


def write(home, name, lines, encoding="gb18030"):
    (home.inbox / name).write_bytes("\r\n".join(lines).encode(encoding))


def test_a_month_is_accounted_for_row_by_row(home):
    summary = load_inbox(home)
    assert summary.refused == []
    entry = read_ledger(home.lake).row(0, named=True)
    rows = [entry[f"rows_{part}"] for part in ("read", "accepted", "quarantined", "set_aside")]
    assert rows == [34, 29, 2, 3]
    assert entry["cells_quarantined"] == 1
    assert (entry["period_start_on"], entry["period_end_on"]) == (date(2019, 3, 1), date(2019, 3, 31))
    assert (entry["sender"], entry["is_synthetic"], entry["status"]) == ("杭州市", True, "accepted")
    assert sorted(read_set_aside(home.lake)["reason"]) == ["header", "title", "total"]
    held = read_quarantine(home.lake).sort("row")
    assert held.select("row", "column_letter", "column_name", "value", "rule_id", "held").rows() == [
        (31, "F", "死亡人数", "-1", "deaths_count_not_negative", "row"),
        (32, "E", "等级", held["value"][1], "severity_not_below_casualties", "cell"),
        (33, "F", "死亡人数", "三个人", "type_integer", "row"),
        (34, "F", "死亡人数", held["value"][3], "control_total_checkable", "nothing"),
    ]
    assert held["value"][3] == "33（第 33 行第 F 列的内容不是数，未能核对）"
    assert (entry["control_totals_checked_count"], entry["control_totals_differing_count"]) == (1, 0)
    assert held["value"][1].startswith("一般（死亡人数 3，")
    rows = pl.read_parquet(list((home.lake / "accepted" / "accidents").glob("[0-9a-f]*.parquet")))
    assert set(rows["division_code"]) == {"330106"}
    assert rows["direct_loss_wan_yuan"][0] == Decimal("12.00")
    assert rows.filter(pl.col("accident_id") == "B02")["reported_severity"].item() is None


def test_an_unknown_header_turns_one_file_away_and_lets_the_others_in(home):
    write(home, "事故2019年4月.csv", [HEADER.replace("死亡人数", "亡人数"), *SOUND], "utf-8-sig")
    summary = load_inbox(home)
    assert [(t.file_name, t.status) for t in summary.refused] == [("事故2019年4月.csv", "refused")]
    assert "亡人数" in summary.refused[0].reason
    assert summary.rows_accepted == 29


def test_a_total_that_differs_turns_one_file_away_and_lets_the_others_in(home):
    april = [HEADER, *(line.replace("2019-3-", "2019-4-") for line in SOUND), "合计,,,,,29,0,3360000"]
    write(home, "事故2019年4月.csv", april)
    summary = load_inbox(home)
    assert [(t.file_name, t.status) for t in summary.refused] == [("事故2019年4月.csv", "refused")]
    assert "第 30 行（合计）第 F 列“死亡人数”：合计写 29，逐行相加为 28，差 1" in summary.refused[0].reason
    assert summary.rows_accepted == 29
    entry = read_ledger(home.lake).row(by_predicate=pl.col("status") == "refused", named=True)
    assert entry["rows_set_aside"] == entry["rows_read"] == 30
    assert entry["control_totals_checked_count"] is None


def test_a_total_that_differs_by_contract_is_a_warning_and_breaks_no_account(home):
    layout = (home.extra_contracts / "accidents.yml").read_text(encoding="utf-8")
    warned = layout.replace("    columns:", "    control_totals: {on_difference: warn}\n    columns:")
    (home.extra_contracts / "accidents.yml").write_text(warned, encoding="utf-8")
    (home.inbox / "事故2019年3月.csv").unlink()
    april = [HEADER, *(line.replace("2019-3-", "2019-4-") for line in SOUND), "合计,,,,,29,0,3360000"]
    write(home, "事故2019年4月.csv", april)
    summary = load_inbox(home)
    assert summary.refused == []
    entry = read_ledger(home.lake).row(0, named=True)
    rows = [entry[f"rows_{part}"] for part in ("read", "accepted", "quarantined", "set_aside")]
    assert rows == [30, 28, 0, 2]
    assert (entry["control_totals_checked_count"], entry["control_totals_differing_count"]) == (3, 1)
    found = read_quarantine(home.lake)
    assert found.select("row", "column_letter", "value", "rule_id", "held").rows() == [
        (30, "F", "29（逐行相加为 28，差 1）", "control_total_agrees", "nothing")
    ]


def test_a_load_killed_between_two_extracts_is_finished_by_the_next(home, pseudonym_key):
    write(home, "事故2019年2月.csv", [HEADER, *(line.replace("2019-3-", "2019-2-") for line in SOUND[:20])])
    command = [sys.executable, "-c", LOAD, home.path, home.jurisdiction, home.extra_contracts, "2"]
    killed = subprocess.run(command, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(loaded_extract_ids(home.lake)) == 1
    summary = load_inbox(home)
    assert len(summary.already_loaded) == 1
    assert read_ledger(home.lake)["rows_accepted"].sum() == 49
    assert load_inbox(home).tables == []


def test_a_load_writes_nothing_but_the_lake_and_its_report(home, tmp_path, pseudonym_key):
    elsewhere = tmp_path / "user"
    elsewhere.mkdir()
    listed = sorted(ROOT.glob("*"))
    command = [sys.executable, "-c", LOAD, home.path, home.jurisdiction, home.extra_contracts, "0"]
    environment = {**os.environ, "HOME": str(elsewhere), "TMPDIR": str(elsewhere)}
    done = subprocess.run(command, capture_output=True, check=True, env=environment, cwd=ROOT)
    assert list(elsewhere.iterdir()) == []
    assert sorted(ROOT.glob("*")) == listed
    assert done.stdout == done.stderr == b""
    assert {p.relative_to(home.path).parts[0] for p in home.path.rglob("*") if p.is_file()} == {
        "inbox",
        "lake",
        "reports",
    }


def test_an_inbox_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(AnlanError, match="找不到收件夹"):
        load_inbox(Home(path=tmp_path, jurisdiction=ROOT / "jurisdictions" / "zhejiang"))
