"""Whatever is written, in whatever layout, loads to what was written; every row is accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from intake_files import contract_with, stage, write_csv

CAUSES = {"lightning": "雷击", "smoking": "野外吸烟", "arson": "故意纵火"}
AREAS = {
    "330106": ["330106", "西湖区", "西湖", "杭州市西湖区", "浙江省杭州市西湖区"],
    "330112": ["临安区", "临安", "杭州临安", "３３０１１２"],
    "331127": ["景宁畲族自治县", "景宁"],
}
# One header of the layout each: field, group above it in a two-row header, text, unit in brackets or not.
COLUMNS = [
    ("fire_id", None, "编号"),
    ("occurred_on", None, "日期"),
    ("started_at", "时间", "起火"),
    ("extinguished_at", "时间", "扑灭"),
    ("division_code", None, "县（市、区）"),
    ("burnt_forest_area_ha", "损失", "受害森林面积"),
    ("suppression_cost_wan_yuan", "损失", "扑火经费"),
    ("deaths_count", "损失", "死亡人数"),
    ("cause", None, "原因"),
]
UNITS = {
    "burnt_forest_area_ha": ("公顷", "平方公里"),
    "suppression_cost_wan_yuan": ("万元", "元"),
    "deaths_count": ("人",),
}
FACTORS = {"平方公里": Decimal(100), "元": Decimal("0.0001")}

DAYS = st.dates(date(2017, 8, 1), date(2020, 12, 31))
CLOCKS = st.integers(0, 24 * 60 - 1)


@dataclass
class Style:
    """How one file is written: everything a clerk may choose."""

    order: list[int]
    is_workbook: bool
    encoding: str
    delimiter: str
    two_rows: bool
    groups_once: bool
    titles: int
    units: dict[str, str]
    dates: int
    numbers: int
    footer: bool


STYLES = st.builds(
    Style,
    order=st.permutations(range(len(COLUMNS))),
    is_workbook=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    delimiter=st.sampled_from([",", "\t", ";"]),
    two_rows=st.booleans(),
    groups_once=st.booleans(),
    titles=st.integers(0, 3),
    units=st.fixed_dictionaries({name: st.sampled_from(units) for name, units in UNITS.items()}),
    dates=st.integers(0, 4),
    numbers=st.integers(0, 2),
    footer=st.booleans(),
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


def written_date(day: date, style: Style) -> Any:
    serial = (day - date(1899, 12, 30)).days
    forms = [
        day.isoformat(),
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}/{day.month}/{day.day}",
        serial,
        f"{day:%Y%m%d}",
    ]
    return forms[style.dates]


def written_moment(moment: datetime, style: Style) -> Any:
    m = moment
    # A serial has the minute only as a fraction; the others write it.
    serial = (m - datetime(1899, 12, 30)) / timedelta(days=1)
    forms = [
        f"{m:%Y-%m-%d %H:%M}",
        f"{m.year}年{m.month}月{m.day}日{m.hour}时{m.minute}分",
        f"{m:%Y/%m/%d %H:%M:%S}",
        f"{serial:.8f}",
        f"{m:%Y%m%d%H%M}",
    ]
    return forms[style.dates]


def written_number(value: Decimal | int, unit: str, style: Style) -> Any:
    plain = Decimal(value) / FACTORS.get(unit, Decimal(1))
    text = f"{plain.normalize():f}"
    if style.numbers == 1:
        return f"{Decimal(text):,}"
    if style.numbers == 2:
        return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text)
    return float(plain) if style.is_workbook else text


def written_cell(name: str, record: dict[str, Any], style: Style) -> Any:
    value = record[name]
    if value is None or name == "fire_id":
        return value or ""
    if name in UNITS:
        return written_number(value, style.units[name], style)
    spelling = record["spelling"]
    return {
        "occurred_on": lambda: written_date(value, style),
        "started_at": lambda: written_moment(moment_of(record, name), style),
        "extinguished_at": lambda: written_moment(moment_of(record, name), style),
        "division_code": lambda: AREAS[value][spelling % len(AREAS[value])],
        "cause": lambda: CAUSES[value] if spelling % 2 else value,
    }[name]()


def moment_of(record: dict[str, Any], name: str) -> datetime | None:
    minutes = record[name]
    if minutes is None:
        return None
    return datetime.combine(record["occurred_on"], datetime.min.time()) + timedelta(minutes=minutes)


def header_rows(style: Style) -> list[list[str]]:
    columns = [COLUMNS[i] for i in style.order]
    texts = [f"{text}（{style.units[name]}）" if name in UNITS else text for name, _, text in columns]
    if not style.two_rows:
        return [
            [f"{group}/{text}" if group else text for (_, group, _), text in zip(columns, texts, strict=True)]
        ]
    # A group stands above each of its columns, or once above neighbours that share it.
    upper = [group or text for (_, group, _), text in zip(columns, texts, strict=True)]
    lower = ["" if group is None else text for (_, group, _), text in zip(columns, texts, strict=True)]
    if style.groups_once:
        upper = [
            "" if i and columns[i][1] and columns[i][1] == columns[i - 1][1] else text
            for i, text in enumerate(upper)
        ]
    return [upper, lower]


def table_of(records: list[dict[str, Any]], style: Style) -> tuple[list[list[Any]], list[int]]:
    """Rows of the file, and the row number of each record."""
    rows: list[list[Any]] = [[f"标题{n}"] if n != 1 else [] for n in range(style.titles)]
    rows += header_rows(style)
    numbers = []
    for n, record in enumerate(records):
        if n % 3 == 2:
            rows.append([])
        rows.append([written_cell(COLUMNS[i][0], record, style) for i in style.order])
        numbers.append(len(rows))
    if style.footer:
        rows += [["合计", *(total_cell(COLUMNS[i][0], records, style) for i in style.order[1:])]]
        rows += [["注：本表为草稿"]]
    return rows, numbers


def total_cell(name, records, style):
    if name not in UNITS:
        return ""
    return written_number(sum(r[name] or 0 for r in records), style.units[name], style)


def write(path, rows, style):
    if not style.is_workbook:
        return write_csv(path.with_suffix(".csv"), rows, style.encoding, style.delimiter)
    target = path.with_suffix(".xlsx")
    with xlsxwriter.Workbook(str(target)) as book:
        sheet = book.add_worksheet("表")
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if value != "":
                    sheet.write(r, c, value)
    return target


def layout(style: Style) -> dict[str, Any]:
    return {
        "id": "any",
        "header_rows": 2 if style.two_rows else 1,
        "columns": [
            {"field": name, "from": f"{group}/{text}" if group else text} for name, group, text in COLUMNS
        ],
        "constants": {"record_kind": "fire"},
    }


@settings(max_examples=60)
@given(records=RECORDS, style=STYLES)
def test_what_was_written_is_what_is_loaded_and_the_rows_balance(tmp_path_factory, records, style):
    records = [{"fire_id": f"F{n}", **record} for n, record in enumerate(records)]
    rows, numbers = table_of(records, style)
    path = write(tmp_path_factory.mktemp("any") / "fires", rows, style)
    (table,) = stage(path, contract_with("forest_fires", layout(style)))
    assert table.refusal is None, str(table.refusal)
    assert table.findings.is_empty(), table.findings.rows()
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
    assert table.rows.select([name for name, _, _ in COLUMNS]).rows() == expected
    assert table.rows["_row"].to_list() == numbers
    filled = [number for number, row in enumerate(rows, start=1) if any(cell != "" for cell in row)]
    assert table.rows_read == filled[-1]
    everywhere = [*table.rows["_row"], *table.set_aside["row"]]
    assert sorted(everywhere) == list(range(1, table.rows_read + 1))


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
