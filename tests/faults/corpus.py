"""Damaged extracts by the hundred: sound files of three kinds, each with one thing wrong, made by a script.

Every damage says what an analyst must be told: the cell (``place``), or that the file as a whole is turned
away (``is_refused``), or neither, where the damage may pass (a byte of a text that reads as well).
"""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import xlsxwriter

from anlan.intake.raw import column_letter
from intake_files import identity

SEED = 20200331
ROWS = 12
NAMES = ["赫连某甲", "慕容某乙", "澹台某丙", "钟离某丁"]
Table = list[list[str | int | float]]


@dataclass
class Fault:
    """One damaged file. ``rows``: how many rows it shows, where the damage leaves that certain."""

    name: str
    kind: str
    content: bytes
    place: tuple[int, str] | None = None
    is_refused: bool | None = None
    rows: int | None = None


@dataclass(frozen=True)
class Base:
    """A sound extract: its table with the header, and how it becomes a file."""

    stem: str
    ending: str
    table: Table
    header_rows: int
    write: Callable[[Table], bytes]
    # Column -> texts that it must not hold.
    wrong: dict[int, list[str]] = field(default_factory=dict)
    # The last column that is no part of a key.
    detail: int = -1
    # Columns that an extract may come without.
    spare: tuple[int, ...] = ()

    def named(self, what: str) -> str:
        """A file name that the layout's pattern still fits."""
        return f"{self.stem}_{what}{self.ending}"


def csv_bytes(table: Table, encoding: str = "utf-8") -> bytes:
    """A text file as exported."""
    text = io.StringIO()
    csv.writer(text).writerows(table)
    return text.getvalue().encode(encoding)


def gb18030_bytes(table: Table) -> bytes:
    """A text file as most offices export it."""
    return csv_bytes(table, "gb18030")


def xlsx_bytes(table: Table, sheet: str = "明细") -> bytes:
    """A workbook of one sheet."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        page = book.add_worksheet(sheet)
        for r, row in enumerate(table):
            for c, value in enumerate(row):
                if value != "":
                    page.write(r, c, value)
    return target.getvalue()


def _words(text: str) -> list[str]:
    """Words of a text; ``_`` stands for an empty one, ``~`` for a space."""
    return ["" if word == "_" else word.replace("~", " ") for word in text.split()]


_WRONG_INTEGER = _words("三个人 1,23 1e5 #REF! =1+1 约3 3.5 --2 ９９９９９９９９９９９９９９９９９９９９")
_WRONG_DECIMAL = _words("很多 1,23 #VALUE! =A1 约3万 1.2.3 ++1")
_WRONG_TIME = _words("2019年 13月5日 2019-02-30 昨天 #N/A 2019-13-01~08:00 2019-03-05~25:00 05/03/19")
_WRONG_CODE = _words("不知道 #REF! 一半 =cmd|'/c~calc'!A1")


def fires() -> Base:
    """The text export of the fire statistics."""
    header = _words(
        """火灾编号 行政区域 起火时间 严重程度 火灾类型 区域 起火场所 起火原因 过火面积(平方米)
        直接财产损失(元) 直接经济损失(元) 死亡人数 受伤人数 受灾户数 涉及生产经营 属于安全生产事故
        审核状态 录入时间"""
    )
    rows: Table = [
        [
            *[f"HZ2019{i:04}", "杭州市余杭区", f"2019-03-{i + 1:02} 08:15"],
            *_words("轻微 建构筑物 农村 居住场所 电气"),
            *[10 + i, 1000 + i, 2000 + i, 0, 0, 1],
            *["否", "否", "已审核", f"2019-04-{i + 1:02} 10:00"],
        ]
        for i in range(ROWS)
    ]
    wrong = {
        0: [""],
        1: ["", "火星市", "#REF!"],
        2: ["", *_WRONG_TIME],
        **dict.fromkeys(range(3, 8), _WRONG_CODE),
        8: [*_WRONG_DECIMAL, "-1"],
        9: [*_WRONG_DECIMAL, "-1"],
        10: _WRONG_DECIMAL,
        11: ["", "-1", *_WRONG_INTEGER],
        12: ["-1", *_WRONG_INTEGER],
        13: ["0", "-1", *_WRONG_INTEGER],
        14: ["也许", "2"],
        15: ["也许", "2"],
        16: ["", *_WRONG_CODE],
        17: ["2018-01-01 00:00", *_WRONG_TIME],
    }
    return Base("2019年火灾明细", ".csv", [header, *rows], 1, csv_bytes, wrong)


def accidents() -> Base:
    """The monthly workbook of accidents, with a header of two rows."""
    upper = _words(
        """序号 事故编号 发生时间 发生地点 _ 事故单位 _ 行业 _ 事故类型 事故等级 伤亡情况（人） _ _ _ _
        直接经济损失（万元） 是否责任事故 调查状态 核销情况 _ _ 录入时间"""
    )
    lower = _words(
        """_ _ _ 设区市 县（市、区） 单位名称 统一社会信用代码 国民经济行业门类 管理分类 _ _ 死亡 下落不明
        重伤 轻伤 急性工业中毒 _ _ _ 是否核销 核销日期 核销理由 _"""
    )
    rows: Table = [
        [
            *[i + 1, f"SG2019{i:04}", f"2019-03-{i + 1:02} 09:30", "宁波市", "鄞州区"],
            *[f"示例{i}厂", f"91330212MA2{i:07}", "C", "冶金等工贸", "机械伤害", "一般"],
            *[1, 0, 0, 1, 0, 120.5, "是", "已结案", "否", "", "", f"2019-03-{i + 2:02} 10:00"],
        ]
        for i in range(ROWS)
    ]
    wrong = {
        1: [""],
        2: ["", *_WRONG_TIME],
        3: ["火星市", "#REF!"],
        4: ["火星县", "余杭区"],
        8: ["", *_WRONG_CODE],
        9: _WRONG_CODE,
        10: _WRONG_CODE,
        11: ["", "-1", *_WRONG_INTEGER],
        **{column: ["-1", *_WRONG_INTEGER] for column in range(12, 16)},
        16: ["-1", "99999999", *_WRONG_DECIMAL],
        17: ["也许"],
        18: _WRONG_CODE,
        19: ["也许"],
        20: ["2019-03-20", *_WRONG_TIME],
        22: ["2018-01-01 00:00", *_WRONG_TIME],
    }
    return Base("2019年3月生产安全事故明细表", ".xlsx", [upper, lower, *rows], 2, xlsx_bytes, wrong)


def members() -> Base:
    """The roster of members: identities of nobody, which must not come out anywhere."""
    header = _words(
        """队伍编号 区划代码 姓名 身份证号 联系电话 职务 用工形式 入队日期 月薪（元） 每次出勤补贴（元）
        每天出勤补贴（元） 数据截止日期"""
    )
    rows: Table = [
        [
            *[f"DW{i:03}", "330110", NAMES[i % len(NAMES)], identity("19750101", i + 1), f"1380000{i:04}"],
            *["队员", "编外合同", "2015-06-01", 3000, 100, 200, "2019-12-31"],
        ]
        for i in range(ROWS)
    ]
    wrong = {
        0: [""],
        1: ["", "火星市", "330199"],
        3: ["", "123", "999999197501010010", "9.99999E+17"],
        5: _WRONG_CODE,
        6: _WRONG_CODE,
        7: [*_WRONG_TIME, "1960-01-01"],
        8: ["-1", "9999999", *_WRONG_DECIMAL],
        9: ["-1", *_WRONG_DECIMAL],
        10: ["-1", *_WRONG_DECIMAL],
        11: ["", *_WRONG_TIME],
    }
    return Base("2019年队员花名册", ".csv", [header, *rows], 1, gb18030_bytes, wrong, detail=-2, spare=(2, 4))


BASES = (fires, accidents, members)


def corpus() -> list[Fault]:
    """All damaged files, the same at each call."""
    dice = random.Random(SEED)
    faults: list[Fault] = []
    for base in (make() for make in BASES):
        for make_faults in (cells, structure, lines, damaged_bytes):
            faults += make_faults(base, dice)
    return faults


def cells(base: Base, dice: random.Random) -> Iterator[Fault]:
    """One cell of one row holds what it must not hold."""
    for column, texts in base.wrong.items():
        for number, text in enumerate(texts):
            row = dice.randrange(base.header_rows, len(base.table))
            table = changed(base.table, row, column, text)
            yield Fault(
                base.named(f"cell_{column}_{number}"),
                "cell",
                base.write(table),
                place=(row + 1, column_letter(column)),
                rows=len(table),
            )


def changed(table: Table, row: int, column: int, text: str) -> Table:
    """A table with one other cell."""
    return [[*line[:column], text, *line[column + 1 :]] if i == row else line for i, line in enumerate(table)]


def structure(base: Base, dice: random.Random) -> Iterator[Fault]:
    """Columns and headers renamed, lost, doubled, swapped, and rows out of step."""
    table, width = base.table, len(base.table[0])
    last = base.header_rows - 1
    head = next(c for c in range(1, width) if table[last][c])
    for column in range(width):
        header = str(table[last][column] or table[0][column])
        if not header or header == "序号":
            continue
        at = last if table[last][column] else 0
        yield refused(base, f"renamed_{column}", changed(table, at, column, f"{header}※新"))
        rest = [line[:column] + line[column + 1 :] for line in table]
        lost = base.named(f"lost_{column}")
        is_refused = column not in base.spare or None
        yield Fault(lost, "structure", base.write(rest), is_refused=is_refused, rows=len(rest))
        if column + 1 < width:
            blank = changed(table, at, column, "")
            if last == 0:
                yield refused(base, f"unnamed_{column}", blank)
    yield refused(base, "doubled", [[*line, line[head]] for line in table])
    yield refused(base, "added", [[*line, "新列" if i <= last else "x"] for i, line in enumerate(table)])
    yield refused(base, "headless", table[base.header_rows :])
    yield refused(base, "only_header", table[: base.header_rows])
    yield refused(base, "outside", [*table[:5], [*table[5], "", "表外"], *table[6:]])
    for rows in (1, 2):
        above: Table = [["某某统计表"], []]
        titled = [*above[:rows], *table]
        yield Fault(base.named(f"title_{rows}"), "structure", base.write(titled), rows=len(titled))
    for step in (1, 2):
        row = dice.randrange(base.header_rows, len(table))
        shifted = [([""] * step + line)[:width] if i == row else line for i, line in enumerate(table)]
        yield Fault(
            base.named(f"shifted_{step}"),
            "structure",
            base.write(shifted),
            place=(row + 1, ""),
            rows=len(table),
        )
    row = dice.randrange(base.header_rows, len(table) - 1)
    repeated = [*table, table[row]]
    yield Fault(base.named("repeat"), "structure", base.write(repeated), rows=len(repeated))
    clash = changed(repeated, len(table), base.detail % width, "2019")
    yield Fault(base.named("clash"), "structure", base.write(clash), place=(len(clash), ""), rows=len(clash))


def refused(base: Base, what: str, table: Table) -> Fault:
    """A damage that turns the whole file away."""
    return Fault(base.named(what), "structure", base.write(table), is_refused=True, rows=len(table))


def lines(base: Base, dice: random.Random) -> Iterator[Fault]:
    """What breaks in text files: quotes, delimiters, encodings, NULs."""
    if base.ending != ".csv":
        return
    sound = base.write(base.table)
    parts = sound.split(b"\r\n")
    for number in range(6):
        row = dice.randrange(1, len(parts) - 1)
        opened = [*parts[:row], b'"' + parts[row], *parts[row + 1 :]]
        yield Fault(base.named(f"open_quote_{number}"), "line", b"\r\n".join(opened), is_refused=True)
        nul = [*parts[:row], parts[row][:7] + b"\x00" + parts[row][7:], *parts[row + 1 :]]
        yield Fault(base.named(f"nul_{number}"), "line", b"\r\n".join(nul), is_refused=True)
        longer = [*parts[:row], parts[row] + b",extra", *parts[row + 1 :]]
        yield Fault(base.named(f"longer_{number}"), "line", b"\r\n".join(longer), is_refused=True)
        other = "utf-8" if base.stem.endswith("花名册") else "gb18030"
        pasted = [*parts[:row], ",".join(map(str, base.table[row])).encode(other), *parts[row + 1 :]]
        yield Fault(base.named(f"mixed_{number}"), "line", b"\r\n".join(pasted), is_refused=True)
    yield Fault(base.named("semicolons"), "line", sound.replace(b",", b";"), rows=len(base.table))
    yield Fault(base.named("empty"), "line", b"", is_refused=True)
    yield Fault(base.named("bom_only"), "line", b"\xef\xbb\xbf", is_refused=True)
    yield Fault(base.named("blank_lines"), "line", b"\r\n" * 9, is_refused=True)
    yield Fault(base.named("picture"), "line", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200), is_refused=True)
    yield Fault(base.named("page"), "line", b"<html><table></table></html>", is_refused=True)


def damaged_bytes(base: Base, dice: random.Random) -> Iterator[Fault]:
    """Cut short, flipped, doubled, and, of a workbook, with parts missing."""
    sound = base.write(base.table)
    is_package = base.ending == ".xlsx"
    for number in range(25):
        cut = dice.randrange(1, len(sound) - 30)
        yield Fault(
            base.named(f"cut_{number}"), "bytes", sound[:cut], is_refused=True if is_package else None
        )
        spot = dice.randrange(len(sound))
        flipped = sound[:spot] + bytes([sound[spot] ^ (1 << dice.randrange(8))]) + sound[spot + 1 :]
        yield Fault(base.named(f"flip_{number}"), "bytes", flipped)
    for number in range(8):
        spot, length = dice.randrange(len(sound)), dice.randrange(1, 60)
        gone = sound[:spot] + sound[spot + length :]
        yield Fault(base.named(f"gone_{number}"), "bytes", gone)
        yield Fault(
            base.named(f"noise_{number}"), "bytes", sound[:spot] + dice.randbytes(length) + sound[spot:]
        )
    if is_package:
        yield from missing_parts(base, sound)


def missing_parts(base: Base, sound: bytes) -> Iterator[Fault]:
    """A package without each of its parts in turn."""
    needed = (
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/worksheets/sheet1.xml",
        "xl/sharedStrings.xml",
    )
    with zipfile.ZipFile(io.BytesIO(sound)) as archive:
        names = archive.namelist()
        for number, gone in enumerate(names):
            target = io.BytesIO()
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
                for name in names:
                    if name != gone:
                        copy.writestr(name, archive.read(name))
            yield Fault(
                base.named(f"part_{number}"),
                "bytes",
                target.getvalue(),
                is_refused=True if gone in needed else None,
            )


def write_corpus(folder: Path) -> list[Fault]:
    """Write all damaged files, and a sound one of each kind as ``…_sound``."""
    faults = corpus()
    for fault in faults:
        (folder / fault.name).write_bytes(fault.content)
    for base in (make() for make in BASES):
        (folder / base.named("sound")).write_bytes(base.write(base.table))
    return faults
