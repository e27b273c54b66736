"""The workbook of a load: what is to be repaired, a sheet for each unit that sent it, to send back.

Every cell is written as a text or as a number, never as whatever it looks like: a text that begins with =
stays a text. Personal columns are hidden in the copies already when they reach this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import polars as pl

from anlan.gate.lake import write_atomically
from anlan.gate.summary import HELD_WORDS, STATUS_WORDS, LoadSummary, TableLoad, sheet_of
from anlan.intake.raw import column_letter

WORKBOOK_NAME = "载入问题.xlsx"
NO_SENDER = "未注明报送单位"
OVERVIEW = "总览"

# More than a person repairs by hand; the rest is in the quarantine.
MOST_FINDINGS = 5_000
_LONGEST_TEXT = 500
_LONGEST_SHEET_NAME = 31
_LINE_HEIGHT = 13.5
_MOST_LINES = 20
_NOT_IN_SHEET_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", "_"))

_COLUMNS = {"行": 7, "列": 5, "表头": 15, "填报内容": 17, "哪里不对": 26, "怎样改": 32, "处理结果": 11}
_COPY_WIDTH = 12
# Wider, and a page would be too small to read: then the copies stay on the screen.
_MOST_COPIES_PRINTED = 5
_OVERVIEW_COLUMNS = {
    "报送单位": 16, "文件": 26, "工作表": 10, "数据源": 13, "读入": 8, "入库": 8, "暂扣": 8, "剔除": 8,
    "暂扣单元格": 8, "提醒": 8, "状态": 9, "原因与处理办法": 46, "详见工作表": 16,
}  # fmt: skip


@dataclass(frozen=True)
class UnitReport:
    """All that one unit has to look at.

    ``findings``: the first of them, in the schema of the quarantine with ``cells``, the copy of the row;
    ``findings_count``: how many there are; ``headers``: by (extract id, source, sheet) those of the copies.
    """

    sender: str
    tables: list[TableLoad]
    findings: pl.DataFrame
    findings_count: int
    headers: Mapping[tuple[str, str, str], list[str]] = field(default_factory=dict)

    @property
    def refused(self) -> list[TableLoad]:
        """Tables turned away, each reason once."""
        reasons: dict[tuple[str, str], TableLoad] = {}
        for table in self.tables:
            if table.status != "accepted":
                reasons.setdefault((table.file_name, table.reason), table)
        return list(reasons.values())

    @property
    def problems_count(self) -> int:
        """Findings and tables turned away."""
        return self.findings_count + len(self.refused)


def write_workbook(
    path: Path,
    summary: LoadSummary,
    units: Sequence[UnitReport],
    made_at: datetime,
) -> None:
    """Write the workbook aside and put it in place by one rename; the same input gives the same bytes."""
    # Half a second of import that a load without findings need not pay.
    import xlsxwriter

    def write(partial: Path) -> None:
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(str(partial), options) as book:
            book.set_properties({"title": "载入问题清单", "created": made_at})
            writer = _Writer(book)
            with_problems = [unit for unit in units if unit.problems_count]
            names = sheet_names(unit.sender for unit in with_problems)
            by_sender = {unit.sender: name for unit, name in zip(with_problems, names, strict=True)}
            writer.overview(summary, with_problems, by_sender, made_at)
            for unit, name in zip(with_problems, names, strict=True):
                writer.unit(unit, name, made_at)

    write_atomically(path, write)


def sheet_names(senders: Iterable[str]) -> list[str]:
    """A legal name for the sheet of each unit: at most 31 characters, none of []:*?/\\', no two alike."""
    taken = {OVERVIEW.casefold(), "history"}
    names = []
    for sender in senders:
        plain = "".join(c for c in sender.translate(_NOT_IN_SHEET_NAMES) if c.isprintable()).strip()
        name, number = _cut(plain or NO_SENDER, _LONGEST_SHEET_NAME), 1
        while name.casefold() in taken:
            number += 1
            ending = f"（{number}）"
            name = _cut(plain, _LONGEST_SHEET_NAME - len(ending)) + ending
        taken.add(name.casefold())
        names.append(name)
    return names


def _cut(text: str, length: int) -> str:
    # Spreadsheet programs count UTF-16 units, of which a rare character has two.
    return text.encode("utf-16-le")[: 2 * length].decode("utf-16-le", errors="ignore")


def _lines_of(text: str, width: int) -> int:
    """Lines that a text takes in a column of ``width`` half-width characters."""
    cut = text[:_LONGEST_TEXT]
    lines = (sum(2 if east_asian_width(c) in "WFA" else 1 for c in line) for line in cut.split("\n"))
    # A little less than the width is used: lines break between words and before closing marks.
    return sum(max(1, ceil(length / (width - 0.5))) for length in lines)


class _Writer:
    """Writes cells of a few looks; nothing here lets the library guess what a text is."""

    def __init__(self, book: Any) -> None:
        self._book = book
        base = {"font_name": "宋体", "font_size": 10, "valign": "top", "num_format": "@"}
        cell = {**base, "border": 1, "border_color": "#BFBFBF", "text_wrap": True}
        looks = {
            "title": {**base, "font_size": 16, "bold": True},
            "line": {**base, "font_color": "#404040"},
            "notice": {**base, "bold": True, "font_color": "#C00000"},
            "head": {
                **cell,
                "bold": True,
                "bg_color": "#1F4E79",
                "font_color": "#FFFFFF",
                "valign": "vcenter",
            },
            "block": {**cell, "bold": True, "bg_color": "#DDEBF7", "text_wrap": False},
            "copy_head": {**cell, "bold": True, "bg_color": "#DDEBF7"},
            "text": cell,
            "middle": {**cell, "align": "center"},
            "copy": {**cell, "font_color": "#404040"},
            "wrong": {**cell, "bg_color": "#FFE699", "bold": True},
            "number": {**cell, "num_format": "#,##0"},
            "row": {**cell, "num_format": "0", "align": "center"},
            "refused": {**cell, "font_color": "#C00000", "bold": True},
        }
        self._looks = {name: book.add_format(look) for name, look in looks.items()}

    def overview(
        self,
        summary: LoadSummary,
        units: Sequence[UnitReport],
        by_sender: Mapping[str, str],
        made_at: datetime,
    ) -> None:
        """What was loaded, and which sheet goes to whom."""
        sheet = self._sheet(OVERVIEW, list(_OVERVIEW_COLUMNS.values()))
        lines = [
            ("title", "载入问题清单"),
            (
                "line",
                f"载入时间 {made_at:%Y-%m-%d %H:%M:%S}　读入 = 入库 + 暂扣 + 剔除；提醒的行已照原样入库。",
            ),
            ("line", "每个报送单位一张工作表，可单独另存后退回该单位；含个人信息的列与内容一律隐去。"),
        ]
        if any(table.is_synthetic for table in summary.tables):
            lines.append(("notice", "含合成数据（演示），不可引用。"))
        row = self._lines(sheet, lines)
        self._text(sheet, row, 0, "退回给谁", "copy_head")
        self._text(sheet, row, 1, "看哪张工作表", "copy_head")
        self._text(sheet, row, 2, "问题数", "copy_head")
        for unit in units:
            row += 1
            self._text(sheet, row, 0, unit.sender)
            self._text(sheet, row, 1, by_sender[unit.sender])
            self._number(sheet, row, 2, unit.problems_count)
        row += 2
        for column, title in enumerate(_OVERVIEW_COLUMNS):
            self._text(sheet, row, column, title, "head")
        self._height(sheet, row, list(_OVERVIEW_COLUMNS), list(_OVERVIEW_COLUMNS.values()))
        head = row
        for table in sorted(summary.tables, key=lambda t: (t.sender or NO_SENDER, t.file_name)):
            row += 1
            self._overview_row(sheet, row, table, by_sender)
        self._page(sheet, OVERVIEW, head, len(_OVERVIEW_COLUMNS) - 1, row)

    def _overview_row(
        self,
        sheet: Any,
        row: int,
        table: TableLoad,
        by_sender: Mapping[str, str],
    ) -> None:
        sender = table.sender or NO_SENDER
        texts = {
            0: sender,
            1: table.file_name,
            2: sheet_of(table.file_name, table.sheet_name),
            3: table.source_label,
        }
        texts |= {11: f"{table.reason}\n{table.remedy}".strip(), 12: by_sender.get(sender, "")}
        for column, text in texts.items():
            self._text(sheet, row, column, text)
        widths = list(_OVERVIEW_COLUMNS.values())
        self._height(sheet, row, list(texts.values()), [widths[column] for column in texts])
        self._text(
            sheet, row, 10, STATUS_WORDS[table.status], "text" if table.status == "accepted" else "refused"
        )
        numbers = (
            table.rows_read, table.rows_accepted, table.rows_quarantined, table.rows_set_aside,
            table.cells_quarantined, table.warnings_count,
        )  # fmt: skip
        for column, number in enumerate(numbers, start=4):
            self._number(sheet, row, column, number)

    def unit(self, unit: UnitReport, name: str, made_at: datetime) -> None:
        """The findings of one unit, a block for each table, beside each the row as it stands in the file."""
        width = max((len(headers) for headers in unit.headers.values()), default=0)
        sheet = self._sheet(name, [*_COLUMNS.values(), *[_COPY_WIDTH] * width])
        lines = [
            ("title", f"{unit.sender}：报表中需要核对或改正的内容（{unit.problems_count:,} 处）"),
            (
                "line",
                f"载入时间 {made_at:%Y-%m-%d %H:%M:%S}　"
                "请在原表中改正后整件重新报送；右侧为该行在原表中的内容，有问题的单元格标黄。",
            ),
        ]
        if any(table.is_synthetic for table in unit.tables):
            lines.append(("notice", "合成数据（演示），不可引用。"))
        row = self._lines(sheet, lines)
        for column, title in enumerate(_COLUMNS):
            self._text(sheet, row, column, title, "head")
        for column in range(len(_COLUMNS), len(_COLUMNS) + width):
            self._text(sheet, row, column, "原表内容" if column == len(_COLUMNS) else "", "head")
        head = row
        for table in unit.refused:
            row = self._refusal(sheet, row + 1, table)
        place = ("file_name", "extract_id", "source", "sheet_name")
        records = unit.findings.iter_rows(named=True)
        for key, group in groupby(records, key=lambda finding: tuple(finding[name] for name in place)):
            row = self._block(sheet, row + 1, key, group, unit)
        left = unit.findings_count - unit.findings.height
        if left:
            row += 1
            self._text(
                sheet, row, 0,
                f"另有 {left:,} 处未列出；全部见：anlan quarantine --format csv --output 暂扣.csv", "notice",
            )  # fmt: skip
        printed = len(_COLUMNS) - 1 + (width if width <= _MOST_COPIES_PRINTED else 0)
        self._page(sheet, name, head, printed, row)

    def _refusal(self, sheet: Any, row: int, table: TableLoad) -> int:
        sheets = sheet_of(table.file_name, table.sheet_name)
        self._heading(sheet, row, f"{table.file_name}{f'　工作表「{sheets}」' if sheets else ''}")
        row += 1
        texts = ("", "", "", "", table.reason, table.remedy)
        for column, text in enumerate(texts):
            self._text(sheet, row, column, text)
        self._height(sheet, row, (*texts, ""), list(_COLUMNS.values()))
        self._text(sheet, row, len(_COLUMNS) - 1, STATUS_WORDS[table.status], "refused")
        return row

    def _block(
        self, sheet: Any, row: int, key: tuple[str, ...], findings: Iterator[dict[str, Any]], unit: UnitReport
    ) -> int:
        file_name, extract_id, source, sheet_name = key
        headers = unit.headers.get((extract_id, source, sheet_name), [])
        labels = {table.source: table.source_label for table in unit.tables}
        other = sheet_of(file_name, sheet_name)
        title = f"{file_name}{f'　工作表「{other}」' if other else ''}（{labels.get(source, source)}）"
        self._heading(sheet, row, title)
        letters = [column_letter(index) for index in range(len(headers))]
        self._height(sheet, row, (), (), [f"A {header}" for header in headers])
        for index, header in enumerate(headers):
            self._text(sheet, row, len(_COLUMNS) + index, f"{letters[index]} {header}".strip(), "copy_head")
        for finding in findings:
            row += 1
            if finding["row"] is not None:
                sheet.write_number(row, 0, finding["row"], self._looks["row"])
            texts = (
                finding["column_letter"], finding["column_name"], finding["value"], finding["rule_sentence"],
                finding["remedy"], HELD_WORDS[finding["held"]],
            )  # fmt: skip
            for column, text in enumerate(texts, start=1):
                look = "middle" if column == 1 else "text"
                self._text(sheet, row, column, text or ("（空）" if column == 3 else ""), look)
            self._height(sheet, row, ["", *texts], list(_COLUMNS.values()), finding["cells"] or [])
            for index, text in enumerate(finding["cells"] or []):
                look = (
                    "wrong" if index < len(letters) and letters[index] == finding["column_letter"] else "copy"
                )
                self._text(sheet, row, len(_COLUMNS) + index, text or "", look)
        return row

    def _heading(self, sheet: Any, row: int, text: str) -> None:
        sheet.merge_range(row, 0, row, len(_COLUMNS) - 1, "", self._looks["block"])
        self._text(sheet, row, 0, text, "block")

    def _sheet(self, name: str, widths: Sequence[int]) -> Any:
        sheet = self._book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        return sheet

    def _lines(self, sheet: Any, lines: Sequence[tuple[str, str]]) -> int:
        """Lines above a table; returns the row in which the table may begin."""
        for row, (look, text) in enumerate(lines):
            self._text(sheet, row, 0, text, look)
        sheet.set_row(0, 26)
        return len(lines) + 1

    def _page(self, sheet: Any, name: str, head: int, last_column: int, last_row: int) -> None:
        sheet.freeze_panes(head + 1, 1)
        sheet.repeat_rows(head)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.print_area(0, 0, last_row, last_column)
        # An ampersand begins a code in a footer.
        sheet.set_footer(f"&C{name.replace('&', '&&')}　第 &P 页，共 &N 页")

    def _height(
        self,
        sheet: Any,
        row: int,
        texts: Sequence[str | None],
        widths: Sequence[int],
        copies: Sequence[str | None] = (),
    ) -> None:
        """A row as high as its longest text needs: not every program fits wrapped rows by itself."""
        needed = [_lines_of(text or "", width) for text, width in zip(texts, widths, strict=True)]
        needed += [_lines_of(text or "", _COPY_WIDTH) for text in copies]
        sheet.set_row(row, _LINE_HEIGHT * min(max(needed, default=1), _MOST_LINES) + 3)

    def _text(self, sheet: Any, row: int, column: int, text: str, look: str = "text") -> None:
        cut = text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"
        if cut:
            sheet.write_string(row, column, cut, self._looks[look])
        else:
            sheet.write_blank(row, column, None, self._looks[look])

    def _number(self, sheet: Any, row: int, column: int, number: int) -> None:
        sheet.write_number(row, column, number, self._looks["number"])
