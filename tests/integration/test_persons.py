"""Identities planted wherever an extract can hold one, in every source; none gets past the intake.

The people do not exist: their division is 999999, and their names stand in no list.
"""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl
import pytest
import xlsxwriter
import yaml
from rich.console import Console

from anlan.contracts import SOURCES
from anlan.errors import unexpected
from anlan.gate import load
from anlan.gate.console import render_summary
from anlan.gate.lake import read_ledger, read_quarantine, read_set_aside
from anlan.intake.staged import StagedTable
from anlan.privacy.redact import HIDDEN
from anlan.project import ROOT, Home
from intake_files import identity, write_csv
from staged_tables import CONTRACTS, sound_row

NAMES = ["欧阳不存", "昝无此", "司徒没有", "逄某虚"]
# No surname of any list, and a name of parts: only a table with columns of persons need know them.
STRANGE_NAMES = ["尼玛泽无", "阿卜杜无·买买提虚"]
PHONES = ["13900001111", "18800002222"]
LANDLINES = ["0571-87650000", "(0574)27650000"]
# Each stands under a heading of persons in one table; the last two are what spreadsheets make of one.
IDS = [identity("19700101", 1), identity("19850617", 492)]
SPACED = f"{IDS[0][:6]} {IDS[0][6:14]} {IDS[0][14:]}"
WIDE = "".join(chr(ord(c) + 0xFEE0) for c in IDS[1])
DAMAGED = ["9.99999197001010E+17", "9.99999E+17"]
CARD = "6222020000000000000"
SECRETS = [*NAMES, *STRANGE_NAMES, *PHONES, *LANDLINES, *IDS, SPACED, WIDE, *DAMAGED, CARD]
PERSONAL = ["姓名", "身份证号", "联系电话"]
# What can stand anywhere in a table that has columns of persons, and in one that has none.
ANYWHERE = [*NAMES[:2], *STRANGE_NAMES, PHONES[0], LANDLINES[0], *IDS, SPACED, WIDE, *DAMAGED, CARD]
ANYWHERE_ELSE = [*NAMES, STRANGE_NAMES[1], *PHONES, *LANDLINES, *IDS, SPACED, WIDE, *DAMAGED, CARD]


@dataclass
class Loaded:
    """One load of all planted files, and everything it said and held on the way."""

    home: Home
    summary: load.LoadSummary
    said: list[str] = field(default_factory=list)
    staged: list[str] = field(default_factory=list)

    def run(self, *arguments):
        command = [sys.executable, "-m", "anlan.cli", "--home", self.home.path]
        command += ["--contracts", self.home.extra_contracts, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
        return done.stdout + done.stderr


def layout(source, has_persons):
    contract = CONTRACTS[source]
    columns = [
        {"field": name, "from": spec.label} for name, spec in contract.fields.items() if name != "member_key"
    ]
    if source == "members":
        columns.append({"field": "member_key", "from": "身份证号", "as": "pseudonym"})
    drop = [name for name in PERSONAL if source != "members" or name != "身份证号"] if has_persons else []
    kind = "甲" if has_persons else "乙"
    return {"id": kind, "files": f"{kind}*{source}*", "columns": columns, "drop": drop}


def cells(source, number, has_persons):
    """A sound row: fields, then, where there are any, the columns of persons."""
    row = []
    for name, value in sound_row(source).items():
        spec = CONTRACTS[source].fields[name]
        if name == "member_key":
            continue
        text = "" if value is None else str(value)
        if spec.type == "boolean":
            text = "是" if value else "否"
        elif name in CONTRACTS[source].key and spec.type == "text":
            text = f"K{number}"
        elif name == "as_of_on" and source == "equipment":
            # What makes its records different where no identifier does.
            text = str(date(2010, 1, 1) + timedelta(number % 3500))
        row.append(text)
    return row + ([NAMES[0], identity(sequence=number % 1000), PHONES[0]] if has_persons else [])


def planted(source, has_persons):
    """A whole sheet: titles, header, sound rows, a row for each secret in each column, totals, notes."""
    fields = [spec.label for name, spec in CONTRACTS[source].fields.items() if name != "member_key"]
    header = fields + (PERSONAL if has_persons else [])
    secrets = ANYWHERE if has_persons else ANYWHERE_ELSE
    slipped = []
    # Without columns of persons, eleven digits under an amount in yuan may be one.
    amounts = [
        spec.label for spec in CONTRACTS[source].fields.values() if spec.type in ("integer", "decimal")
    ]
    places = [(column, secrets[column % len(secrets)]) for column in range(len(fields))]
    places += [(number % len(fields), secret) for number, secret in enumerate(secrets)]
    for number, (column, secret) in enumerate(places):
        if has_persons or secret not in PHONES or fields[column] not in amounts:
            row = cells(source, 10_000 + number, has_persons)
            row[column] = secret
            slipped.append(row)
    if has_persons:
        # One cell to the left, as when a cell was deleted.
        row = cells(source, 30_000, has_persons)
        slipped.append([*row[1:-3], *row[-3:], ""])
    sound = [cells(source, number, has_persons) for number in range(6 * len(slipped))]
    width = len(header)

    def line(*texts):
        return [*texts, *[""] * (width - len(texts))]

    return [
        line(f"台账　填表人：{NAMES[1]}　联系电话：{PHONES[1]}"),
        line("制表", NAMES[2], PHONES[0]),
        header,
        *slipped,
        *sound,
        sound[0],
        line("合计", NAMES[3], IDS[0]),
        line(f"注：死者{NAMES[0]}（{IDS[1]}），家属电话{LANDLINES[0]}，联系人{NAMES[1]}"),
    ]


def write_book(path, rows, sheet_name):
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(sheet_name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if value:
                    sheet.write_string(r, c, value)
        sheet.write_comment(3, 0, f"{NAMES[0]} {PHONES[0]}")
        book.set_properties({"author": NAMES[1], "comments": IDS[0]})


def fill(inbox):
    for source in SOURCES:
        rows = planted(source, has_persons=True)
        write_csv(inbox / f"甲 {source} {PHONES[1]}.csv", rows, "gb18030")
        write_book(inbox / f"甲 {source}.xlsx", rows, NAMES[1])
        # Nothing but slipped rows: turned away as a whole.
        write_csv(inbox / f"甲 {source} 全错.csv", rows[:40] if len(rows) > 60 else rows[:20])
        if source != "members":
            write_csv(inbox / f"乙 {source}.csv", planted(source, has_persons=False))
    header = planted("fires", has_persons=True)[2]
    row = cells("fires", 1, has_persons=True)
    write_csv(inbox / "甲 fires 表头.csv", [[*header, f"负责人{NAMES[0]}"], [*row, "x"]])
    write_csv(inbox / "甲 fires 人名作表头.csv", [[*header, NAMES[2]], [*row, "x"]])
    write_csv(inbox / "甲 fires 无表头.csv", [row, row])
    write_csv(inbox / "甲 fires 引号.csv", [header, row])
    with (inbox / "甲 fires 引号.csv").open("a", encoding="utf-8") as stream:
        stream.write(f'"{NAMES[0]},{PHONES[0]}\n')
    names = sorted(path.name for path in inbox.iterdir())
    sender = f"某局 联系人：{NAMES[3]} {PHONES[1]}"
    entries = [[name, "2020-04-02 09:00", sender, "是"] for name in names]
    write_csv(inbox / "manifest.csv", [["文件", "收到时间", "报送单位", "合成数据"], *entries])


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    path = tmp_path_factory.mktemp("persons")
    contracts = path / "contracts"
    contracts.mkdir()
    for source in SOURCES:
        layouts = [layout(source, True)] + ([layout(source, False)] if source != "members" else [])
        document = {"source": source, "layouts": layouts}
        (contracts / f"{source}.yml").write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    home = Home(path / "home", ROOT / "jurisdictions" / "zhejiang", contracts)
    home.inbox.mkdir(parents=True)
    fill(home.inbox)
    said, staged = [], []

    def count(staging):
        for (table,) in staging.connection.execute("select table_name from duckdb_tables()").fetchall():
            staged.append(staging.connection.execute(f"select * from {table}").pl().write_json())
        return real(staging)

    real = load.count_tables
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "count_tables", count)
        summary = load.load_inbox(home, lambda done, total, what: said.append(what))
    console = Console(width=400, record=True, file=io.StringIO())
    console.print(render_summary(summary))
    return Loaded(home, summary, [*said, console.export_text()], staged)


def leaks(blob):
    """Secrets that stand in some bytes, in any of the encodings that tables come in."""
    return {
        secret
        for secret in SECRETS
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
        if secret.encode(encoding) in blob or secret.encode("unicode_escape") in blob
    }


def written(home):
    """Everything on disk outside the inbox, opened as far as it opens: (name, bytes)."""
    for path in sorted(p for p in home.path.rglob("*") if p.is_file()):
        if path.is_relative_to(home.inbox):
            continue
        name = str(path.relative_to(home.path))
        yield name, name.encode() + path.read_bytes()
        if path.suffix == ".parquet":
            yield name, pl.read_parquet(path, hive_partitioning=False).write_json().encode()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                for entry in book.namelist():
                    yield f"{name}/{entry}", book.read(entry)


def test_the_identities_are_planted(loaded):
    inbox = b"".join(path.read_bytes() for path in loaded.home.inbox.glob("*.csv"))
    assert leaks(inbox) == set(SECRETS)


def test_the_tables_with_identities_are_read(loaded):
    ledger = read_ledger(loaded.home.lake)
    entered = ledger.filter(pl.col("status") == "accepted")
    assert set(entered["source"]) == set(SOURCES)
    assert entered.filter(pl.col("rows_accepted") > 90).height >= 3 * len(SOURCES) - 1
    assert ledger.filter(pl.col("status") == "refused").height >= len(SOURCES)
    findings = read_quarantine(loaded.home.lake)
    assert set(findings["source"]) == set(SOURCES)
    assert findings.filter(pl.col("value") == HIDDEN).height > 200
    assert {"title", "note", "total", "repeat", "refused"} <= set(read_set_aside(loaded.home.lake)["reason"])


def test_no_identity_is_written_outside_the_inbox(loaded):
    files = list(written(loaded.home))
    names = {name for name, _ in files}
    assert any("载入问题.xlsx/" in name for name in names)
    assert any(name.endswith("index.html") for name in names)
    assert any("/accepted/" in f"/{name}" for name in names)
    found = {(name, secret) for name, blob in files for secret in leaks(blob)}
    assert found == set()


def test_no_identity_lies_in_the_staging_while_a_load_runs(loaded):
    assert len(loaded.staged) > len(SOURCES)
    assert {secret for text in loaded.staged for secret in leaks(text.encode())} == set()


def test_no_identity_is_said(loaded):
    assert any("整件退回" in text for text in loaded.said)
    assert {secret for text in loaded.said for secret in leaks(text.encode())} == set()


@pytest.mark.parametrize(
    "arguments", [("quarantine",), ("quarantine", "--format", "csv"), ("ledger",), ("load",)], ids=" ".join
)
def test_no_identity_is_printed(loaded, arguments):
    text = loaded.run(*arguments)
    assert "fires" in text or "火灾" in text
    assert leaks(text.encode()) == set()


def test_an_error_that_nobody_foresaw_repeats_no_cell(loaded, tmp_path):
    def stage(original) -> list[StagedTable]:
        raise ValueError(f"could not read {NAMES[0]} {IDS[0]}")

    home = Home(tmp_path, loaded.home.jurisdiction)
    home.inbox.mkdir()
    file = home.inbox / "a.csv"
    file.write_text("x", encoding="utf-8")
    (failed,) = load.load_files(home, CONTRACTS, [file], stage).tables
    assert "意外错误（ValueError" in failed.reason
    assert leaks(failed.reason.encode()) == set()
    assert leaks(unexpected(KeyError(NAMES[0])).encode()) == set()


def test_a_command_that_fails_unforeseen_prints_no_cell(tmp_path):
    program = (
        "import anlan.cli as cli\n"
        f"def fail(*a, **k): raise ValueError({NAMES[0]!r})\n"
        "cli.app = fail\ncli.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 2
    assert "意外错误（ValueError" in done.stderr
    assert NAMES[0] not in done.stdout + done.stderr
