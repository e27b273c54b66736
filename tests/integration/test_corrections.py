"""The correction ledger by the command line: broken cell, held row, repair, snapshots before and after."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from anlan.contracts import load_contracts
from anlan.gate.known import open_known
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
