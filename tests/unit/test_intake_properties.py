"""Whatever is written, in whatever layout, loads to what was written; every row is accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby, zip_longest
from typing import Any

import polars as pl
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from intake_files import contract_with, stage, write_csv

CAUSES = {"lightning": "雷击", "smoking": "野外吸烟", "arson": "故意纵火"}
AREAS = {
    "330106": ["西湖区", "西湖", "330106", "杭州市西湖区", "浙江省杭州市西湖区"],
    "330112": ["临安区", "临安", "杭州临安", "３３０１１２"],
    "331127": ["景宁畲族自治县", "景宁"],
}
CITIES = {"330106": "杭州市", "330112": "杭州市", "331127": "丽水市"}
# One header of the layout each: field, the headings above it where the header has several rows, text.
COLUMNS = [
    ("fire_id", (), "编号"),
    ("occurred_on", (), "日期"),
    ("started_at", ("时间",), "起火"),
    ("extinguished_at", ("时间",), "扑灭"),
    ("division_code", (), "县（市、区）"),
    ("burnt_forest_area_ha", ("情况", "损失"), "受害森林面积"),
    ("suppression_cost_wan_yuan", ("情况", "损失"), "扑火经费"),
    ("deaths_count", ("情况", "损失"), "死亡人数"),
    ("cause", (), "原因"),
]
UNITS = {
    "burnt_forest_area_ha": ("公顷", "平方公里"),
    "suppression_cost_wan_yuan": ("万元", "元"),
    "deaths_count": ("人",),
}
FACTORS = {"平方公里": Decimal(100), "元": Decimal("0.0001")}
# How dates are written, and what the layout must say of it.
DATES = {
    "iso": {}, "chinese": {}, "slashes": {}, "serial": {}, "compact": {}, "dots": {}, "numerals": {},
    "minguo": {"calendar": "minguo"}, "japanese": {"calendar": "japanese"},
    "short": {"two_digit_years_from": 1950},
}  # fmt: skip

DAYS = st.dates(date(2017, 8, 1), date(2020, 12, 31))
CLOCKS = st.integers(0, 24 * 60 - 1)


@dataclass
class Style:
    """How one file is written: everything a clerk may choose."""

    order: list[int]
    is_workbook: bool
    encoding: str
    delimiter: str
    header_rows: int
    headings: str
    titles: int
    units: dict[str, str]
    dates: str
    numbers: int
    missing: str
    has_marks: bool
    has_labels: bool
    has_totals: bool
    is_beside: bool
    gap: int


STYLES = st.builds(
    Style,
    order=st.permutations(range(len(COLUMNS))),
    is_workbook=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    delimiter=st.sampled_from([",", "\t", ";"]),
    header_rows=st.integers(1, 3),
    headings=st.sampled_from(["each", "once", "merged"]),
    titles=st.integers(0, 3),
    units=st.fixed_dictionaries({name: st.sampled_from(units) for name, units in UNITS.items()}),
    dates=st.sampled_from(sorted(DATES)),
    numbers=st.integers(0, 3),
    missing=st.sampled_from(["", "-", "—", "/", "无数据"]),
    has_marks=st.booleans(),
    has_labels=st.booleans(),
    has_totals=st.booleans(),
    is_beside=st.booleans(),
    gap=st.integers(0, 2),
)

RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "occurred_on": DAYS,
            "started_at": st.none() | CLOCKS,
            "extinguished_at": st.none() | CLOCKS,
            "division_code": st.sampled_from(sorted(AREAS)),
            "burnt_forest_area_ha": st.none() | st.decimals(0, 10**6, places=2),
            "suppression_cost_wan_yuan": st.none() | st.decimals(0, 10**6, places=2),
            "deaths_count": st.none() | st.integers(0, 10**6),
            "cause": st.none() | st.sampled_from(sorted(CAUSES)),
            "spelling": st.integers(0, 100),
        }
    ),
    max_size=8,
)


@dataclass
class Table:
    """One table as it is written: rows, the row (from 1) of each record, and merged ranges, from 0."""

    rows: list[list[Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


def numeral(number: int) -> str:
    ten, one = divmod(number, 10)
    digits = "〇一二三四五六七八九"
    return ("" if ten < 2 else digits[ten]) + ("十" if ten else "") + (digits[one] if one else "")


def written_date(day: date, style: Style) -> Any:
    y, m, d = day.year, day.month, day.day
    era = ("R", 2018) if day >= date(2019, 5, 1) else ("平成", 1988)
    return {
        "iso": day.isoformat(),
        "chinese": f"{y}年{m}月{d}日",
        "slashes": f"{y}/{m}/{d}",
        "serial": (day - date(1899, 12, 30)).days,
        "compact": f"{day:%Y%m%d}",
        "dots": f"{y}.{m}.{d}",
        "numerals": f"{''.join('○一二三四五六七八九'[int(c)] for c in str(y))}年{numeral(m)}月{numeral(d)}日",
        "minguo": f"{y - 1911}/{m}/{d}" if d % 2 else f"民國{y - 1911}年{m}月{d}日",
        "japanese": f"{era[0]}{y - era[1]}.{m}.{d}",
        "short": f"{y % 100}-{m}-{d}",
    }[style.dates]


def written_moment(moment: datetime, style: Style) -> Any:
    m = moment
    day = written_date(m.date(), style)
    afternoon = f"下午{m.hour % 12}" if m.hour >= 12 else f"上午{m.hour}"
    # A serial has the minute only as a fraction; the others write it.
    serial = (m - datetime(1899, 12, 30)) / timedelta(days=1)
    return {
        "chinese": f"{day}{m.hour}时{m.minute}分",
        "slashes": f"{m:%Y/%m/%d %H:%M:%S}",
        "serial": f"{serial:.8f}",
        "compact": f"{m:%Y%m%d%H%M}",
        "dots": f"{day} {afternoon}:{m.minute:02}",
        "numerals": f"{day}{afternoon}时{m.minute}分",
    }.get(style.dates, f"{day} {m:%H:%M}")


def written_number(value: Decimal | int, unit: str, style: Style) -> Any:
    plain = Decimal(value) / FACTORS.get(unit, Decimal(1))
    text = f"{plain.normalize():f}"
    if style.numbers == 1:
        return f"{Decimal(text):,}"
    if style.numbers == 2:
        return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text)
    if style.numbers == 3:
        return f"{text} {unit}"
    return float(plain) if style.is_workbook else text


def written_cell(name: str, record: dict[str, Any], style: Style) -> Any:
    value = record[name]
    if value is None or name == "fire_id":
        return value or style.missing
    if name in UNITS:
        return written_number(value, style.units[name], style)
    spelling = record["spelling"]
    # Below the label of its city a county goes by its own name.
    names = AREAS.get(value, [])[: 2 if style.has_labels else None]
    return {
        "occurred_on": lambda: written_date(value, style),
        "started_at": lambda: written_moment(moment_of(record, name), style),
        "extinguished_at": lambda: written_moment(moment_of(record, name), style),
        "division_code": lambda: names[spelling % len(names)],
        "cause": lambda: CAUSES[value] if spelling % 2 else value,
    }[name]()


def moment_of(record: dict[str, Any], name: str) -> datetime | None:
    minutes = record[name]
    if minutes is None:
        return None
    return datetime.combine(record["occurred_on"], datetime.min.time()) + timedelta(minutes=minutes)


def levels_of(column: tuple[str, tuple[str, ...], str], style: Style) -> list[str]:
    """The texts of a column's header from above, in at most as many rows as the header has."""
    _, headings, text = column
    return [*headings[len(headings) + 1 - style.header_rows :], text] if style.header_rows > 1 else [text]


def add_header(table: Table, style: Style) -> None:
    """A heading stands above each of its columns, once above neighbours that share it, or merged."""
    top = len(table.rows)
    levels = []
    for i in style.order:
        *headings, text = levels_of(COLUMNS[i], style)
        name = COLUMNS[i][0]
        text += "①" if style.has_marks and name in ("cause", "deaths_count") else ""
        levels.append([*headings, text + (f"（{style.units[name]}）" if name in UNITS else "")])
    rows = [[column[d] if d < len(column) else "" for column in levels] for d in range(style.header_rows)]
    left = 0
    # Neighbours share all headings down to a row, or none.
    for headings, columns in groupby(levels, key=lambda column: tuple(column[:-1])):
        right = left + len(list(columns)) - 1
        for depth in range(len(headings)):
            if style.headings != "each":
                rows[depth][left + 1 : right + 1] = [""] * (right - left)
            if style.headings == "merged" and right > left:
                table.merged.append((top + depth, left, top + depth, right))
        if style.headings == "merged" and len(headings) + 1 < style.header_rows:
            table.merged += [
                (top + len(headings), i, top + style.header_rows - 1, i) for i in range(left, right + 1)
            ]
        left = right + 1
    table.rows += rows


def table_of(records: list[dict[str, Any]], style: Style, titles: int) -> Table:
    """A table with titles, header, labels, records, blank rows, totals and a note.

    A title that touches the table above and not its own could be a row of either: nobody writes so.
    """
    has_blank = style.gap > 0 or style.is_beside
    table = Table([[f"标题{n}"] if n != 1 or not has_blank else [] for n in range(titles)])
    add_header(table, style)
    city, block = None, []
    for n, record in enumerate(records):
        if style.has_labels and CITIES[record["division_code"]] != city:
            if city and style.has_totals:
                table.rows.append(total_row("小计", block, style))
            block = []
            city = CITIES[record["division_code"]]
            if style.headings == "merged":
                table.merged.append((len(table.rows), 0, len(table.rows), len(COLUMNS) - 1))
            table.rows.append([city] if n % 2 == 0 else [f"{city}小计"])
        if n % 3 == 2:
            table.rows.append([])
        table.rows.append([written_cell(COLUMNS[i][0], record, style) for i in style.order])
        table.numbers.append(len(table.rows))
        block.append(record)
    if style.has_totals:
        table.rows += [total_row("合计", records, style), ["注：本表为草稿"]]
    return table


def total_row(word, records, style):
    return [word, *(total_cell(COLUMNS[i][0], records, style) for i in style.order[1:])]


def total_cell(name, records, style):
    if name not in UNITS:
        return ""
    return written_number(sum(r[name] or 0 for r in records), style.units[name], style)


def sheet_of(tables: list[Table], style: Style) -> Table:
    """All tables on one sheet, below or beside each other; the numbers of their rows become the sheet's."""
    sheet = Table()
    if style.is_beside:
        width = len(COLUMNS)
        for n, table in enumerate(tables):
            right = n * (width + 1)
            sheet.merged += [(t, left + right, b, r + right) for t, left, b, r in table.merged]
        for rows in zip_longest(*(table.rows for table in tables), fillvalue=[]):
            sheet.rows.append([cell for row in rows for cell in [*row, *[""] * (width + 1 - len(row))]])
        return sheet
    for table in tables:
        top = len(sheet.rows)
        sheet.rows += [*table.rows, *[[]] * style.gap]
        sheet.merged += [(t + top, left, b + top, r) for t, left, b, r in table.merged]
        table.numbers = [number + top for number in table.numbers]
    return sheet


def write(path, sheet: Table, style: Style):
    if not style.is_workbook:
        return write_csv(path.with_suffix(".csv"), sheet.rows, style.encoding, style.delimiter)
    target = path.with_suffix(".xlsx")
    with xlsxwriter.Workbook(str(target)) as book:
        page = book.add_worksheet("表")
        for top, left, bottom, right in sheet.merged:
            page.merge_range(top, left, bottom, right, "")
        for r, row in enumerate(sheet.rows):
            for c, value in enumerate(row):
                if value != "":
                    page.write(r, c, value)
    return target


def layout(style: Style, tables: int) -> dict[str, Any]:
    columns = [{"field": column[0], "from": "/".join(levels_of(column, style))} for column in COLUMNS]
    more: dict[str, Any] = {}
    if style.has_labels:
        more = {"blocks": {"header": "设区市", "pattern": "(?P<label>.+市)(小计)?"}}
        columns[4] |= {"from": ["设区市", columns[4]["from"]], "combine": "area"}
    return {
        "id": "any",
        "header_rows": style.header_rows,
        "columns": columns,
        "constants": {"record_kind": "fire"},
        "tables": "several" if tables > 1 else "one",
        **DATES[style.dates],
        **more,
    }


@settings(max_examples=100)
@given(groups=st.lists(RECORDS, min_size=1, max_size=3), style=STYLES)
def test_what_was_written_is_what_is_loaded_and_the_rows_balance(tmp_path_factory, groups, style):
    groups = [
        [{"fire_id": f"F{g}-{n}", **record} for n, record in enumerate(records)]
        for g, records in enumerate(groups)
    ]
    written = [table_of(records, style, (style.titles + g) % 4) for g, records in enumerate(groups)]
    sheet = sheet_of(written, style)
    path = write(tmp_path_factory.mktemp("any") / "fires", sheet, style)
    staged = stage(path, contract_with("forest_fires", layout(style, len(groups))))
    assert [table.refusal for table in staged] == [None] * len(groups), [str(t.refusal) for t in staged]
    accounted = []
    for records, table, found in zip(groups, written, staged, strict=True):
        assert found.findings.is_empty(), found.findings.rows()
        expected = [
            (
                record["fire_id"],
                record["occurred_on"],
                moment_of(record, "started_at"),
                moment_of(record, "extinguished_at"),
                record["division_code"],
                record["burnt_forest_area_ha"],
                record["suppression_cost_wan_yuan"],
                record["deaths_count"],
                record["cause"],
            )
            for record in records
        ]
        assert found.rows.select([name for name, _, _ in COLUMNS]).rows() == expected
        assert found.rows["_row"].to_list() == table.numbers
        accounted.append(sorted([*found.rows["_row"], *found.set_aside["row"]]))
    filled = [number for number, row in enumerate(sheet.rows, start=1) if any(cell != "" for cell in row)]
    every_row = list(range(1, filled[-1] + 1))
    if style.is_beside:
        assert accounted == [every_row] * len(groups)
    else:
        assert [row for rows in accounted for row in rows] == every_row
    assert len({table.meta.sheet_name for table in staged}) == len(staged)


CELLS = st.sampled_from(
    [
        "",
        "A",
        "B",
        "西湖区",
        "不存在",
        "2019-3-5",
        "2019-02-30",
        "3",
        "三",
        "合计",
        "注",
        "油锯",
        "-",
        "日期",
        " ",
        "#N/A",
    ]
)


@settings(max_examples=150)
@given(st.lists(st.lists(CELLS, max_size=4), max_size=12))
def test_whatever_a_sheet_holds_each_row_is_in_exactly_one_place(tmp_path_factory, rows):
    columns = [
        {"field": "as_of_on", "from": "日期"},
        {"field": "division_code", "from": "地区"},
        {"field": "equipment_type", "from": "装备"},
        {"field": "quantity", "from": "数量"},
    ]
    path = write_csv(tmp_path_factory.mktemp("any") / "f.csv", [["日期", "地区", "装备", "数量"], *rows])
    layout = {"id": "any", "columns": columns, "control_totals": {"on_difference": "warn"}}
    (table,) = stage(path, contract_with("equipment", layout))
    assert table.refusal is None
    held = set(table.findings.filter(pl.col("held") == "row")["row"])
    places = [*table.rows["_row"], *held, *table.set_aside["row"]]
    assert sorted(places) == list(range(1, table.rows_read + 1))
    assert table.rows["_key"].is_unique().all()
