"""Inspections by half-year and hazards by quarter and month, written as texts in one pass of any size."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from anlan.contracts import Contract
from anlan.example.places import city_of
from anlan.example.records import Province
from anlan.example.records.enforcement import MONTHS
from anlan.example.writers.cells import short_name
from anlan.example.writers.extract import SYNTHETIC, Flaw

_OFFICE = "浙江省安全生产委员会办公室"
_SLICE = 200_000
# Title, note, header.
_FIRST_ROW = 4


@dataclass(frozen=True)
class TextExtract:
    """A text too large to hold as cells: frames of text columns in the order of the file.

    ``flaws`` are known beforehand, because the rows that carry them stand first.
    """

    file: str
    received_at: datetime
    sender: str
    encoding: str
    title: str
    pieces: list[pl.DataFrame]
    total: str
    flaws: list[Flaw]


def write_text_extract(extract: TextExtract, path: Path) -> None:
    """Write an extract slice by slice: to a name of its own first, then to ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    # Only the first bytes carry the mark of UTF-8.
    following = "utf-8" if extract.encoding == "utf-8-sig" else extract.encoding
    columns = extract.pieces[0].columns
    with partial.open("wb") as stream:
        head = f"{extract.title}（{SYNTHETIC}）\r\n填报单位：{extract.sender}\r\n{','.join(columns)}\r\n"
        stream.write(head.encode(extract.encoding))
        for piece in extract.pieces:
            for part in piece.iter_slices(_SLICE):
                buffer = io.BytesIO()
                part.write_csv(buffer, include_header=False, line_terminator="\r\n")
                body = buffer.getvalue()
                stream.write(body if following == "utf-8" else body.decode("utf-8").encode(following))
        stream.write(f"合计,{extract.total}\r\n".encode(following))
    partial.replace(path)


@dataclass(frozen=True)
class _File:
    """Which months (positions in MONTHS) a file brings, and when."""

    label: str
    first: int
    last: int
    received_at: datetime


_HALF_YEARS = [
    _File("2018年上半年", 0, 5, datetime(2018, 7, 8, 9, 0)),
    _File("2018年下半年", 6, 11, datetime(2019, 1, 8, 9, 0)),
    _File("2019年上半年", 12, 17, datetime(2019, 7, 8, 9, 0)),
    _File("2019年下半年", 18, 23, datetime(2020, 1, 8, 9, 0)),
    _File("2020年一季度", 24, 26, datetime(2020, 4, 6, 9, 0)),
]
_HAZARD_FILES = [
    _File("2018年一季度", 0, 2, datetime(2018, 4, 6, 10, 0)),
    _File("2018年二季度", 3, 5, datetime(2018, 7, 6, 10, 0)),
    _File("2018年三季度", 6, 8, datetime(2018, 10, 8, 10, 0)),
    _File("2018年四季度", 9, 11, datetime(2019, 1, 7, 10, 0)),
    *(
        _File(
            f"{year}年{month:02d}月",
            position,
            position,
            datetime(year + month // 12, month % 12 + 1, 6, 10, 30),
        )
        for position, (year, month) in enumerate(MONTHS)
        if year > 2018
    ),
]


def enforcement_extracts(province: Province) -> Iterator[TextExtract]:
    """Inspections and hazards in order of time; only what is still to be written lies in memory."""
    areas = _area_names(province)
    # What was found earlier and changes in a later file, by the number of that file.
    waiting: dict[int, list[pl.DataFrame]] = {number: [] for number in range(len(_HAZARD_FILES))}
    file_of = [n for n, file in enumerate(_HAZARD_FILES) for _ in range(file.first, file.last + 1)]
    visits: list[pl.DataFrame] = []
    found: list[pl.DataFrame] = []
    wrong_date: pl.DataFrame | None = None
    for position in range(len(MONTHS)):
        inspections = province.inspections(position)
        visits.append(_inspection_texts(province.contracts["inspections"], inspections, areas))
        for half in _HALF_YEARS:
            if half.last == position:
                yield _inspection_extract(half, visits)
                visits = []
        hazards = province.hazards(position, inspections)
        number = file_of[position]
        final_file = hazards.final_position.replace_strict(list(range(len(MONTHS))), file_of)
        stays = final_file == number
        contract = province.contracts["hazards"]
        found.append(_hazard_texts(contract, hazards.final.filter(stays), areas))
        early = _hazard_texts(contract, hazards.first.filter(~stays), areas)
        if position == 20:
            wrong_date, early = early.head(1), early.slice(1)
        found.append(early)
        for later in final_file.filter(~stays).unique().sort().to_list():
            waiting[later].append(_hazard_texts(contract, hazards.final.filter(final_file == later), areas))
        if _HAZARD_FILES[number].last == position:
            yield _hazard_extract(_HAZARD_FILES[number], [*found, *waiting.pop(number)], wrong_date)
            found, wrong_date = [], None


def _area_names(province: Province) -> pl.DataFrame:
    """Code, version of the name, and the ways it is written: all divisions that existed in the months."""
    rows = [
        {
            "division_code": d.code,
            "city": province.places.name(city_of(d.code), d.valid_from),
            "full": d.name,
            "short": short_name(d.name),
        }
        for year, month in MONTHS
        for d in province.places.valid(datetime(year, month, 28).date(), 3)
    ]
    return pl.DataFrame(rows).unique(maintain_order=True)


def _label(contract: Contract, name: str) -> pl.Expr:
    codes = contract.fields[name].codes or {}
    return pl.col(name).replace_strict(codes, return_dtype=pl.String)


def _chinese(name: str) -> pl.Expr:
    day = pl.col(name).dt
    return pl.format("{}年{}月{}日", day.year(), day.month(), day.day())


def _is_sometimes(one_in: int) -> pl.Expr:
    return pl.int_range(pl.len()) % one_in == 0


def _flag(name: str) -> pl.Expr:
    return pl.col(name).replace_strict({True: "是", False: "否"}, return_dtype=pl.String)


def _inspection_texts(contract: Contract, frame: pl.DataFrame, areas: pl.DataFrame) -> pl.DataFrame:
    named = frame.join(areas, on="division_code", how="left", maintain_order="left")
    day = pl.col("inspected_on")
    return named.select(
        pl.col("inspection_id").alias("检查编号"),
        pl.when(_is_sometimes(3))
        .then(_chinese("inspected_on"))
        .otherwise(day.dt.strftime("%Y-%m-%d"))
        .alias("检查日期"),
        pl.col("city").alias("设区市"),
        pl.when(_is_sometimes(4)).then("short").otherwise("full").alias("县（市、区）"),
        pl.col("unit_name").alias("被检查单位"),
        pl.col("unit_credit_code").alias("统一社会信用代码"),
        _label(contract, "ledger").alias("台账"),
        _label(contract, "industry_field").alias("行业领域"),
        _label(contract, "method").alias("检查方式"),
        pl.col("inspectors_count").cast(pl.String).alias("检查人次"),
        _label(contract, "result").alias("检查结果"),
        pl.col("penalties_count").cast(pl.String).alias("行政处罚次数"),
        (pl.col("fine_yuan") / 10_000).cast(pl.Decimal(18, 4)).cast(pl.String).alias("罚款（万元）"),
    )


def _inspection_extract(file: _File, pieces: list[pl.DataFrame]) -> TextExtract:
    name = f"执法检查/{file.label}执法检查明细（合成）.csv"
    flaws = []
    if file.label == "2019年上半年":
        wrong = (
            pieces[0]
            .head(1)
            .with_columns(pl.lit("JC201901999999").alias("检查编号"), pl.lit("暗访").alias("台账"))
        )
        pieces = [wrong, *pieces]
        flaws = [Flaw(name, name.split("/")[1], _FIRST_ROW, "ledger", "code_known", "row")]
    title = f"浙江省{file.label}执法检查与服务指导明细"
    rows = sum(piece.height for piece in pieces)
    return TextExtract(name, file.received_at, _OFFICE, "utf-8-sig", title, pieces, f"{rows}家次", flaws)


def _hazard_texts(contract: Contract, frame: pl.DataFrame, areas: pl.DataFrame) -> pl.DataFrame:
    named = frame.join(areas, on="division_code", how="left", maintain_order="left")
    return named.select(
        pl.col("hazard_id").alias("隐患编号"),
        pl.col("inspection_id").alias("检查编号"),
        pl.when(_is_sometimes(5))
        .then(pl.concat_str("city", "short"))
        .otherwise(pl.concat_str("city", "full"))
        .alias("所在地"),
        pl.col("unit_credit_code").alias("统一社会信用代码"),
        _label(contract, "level").alias("隐患级别"),
        pl.col("found_on").dt.strftime("%Y-%m-%d").alias("发现日期"),
        pl.col("due_on").dt.strftime("%Y-%m-%d").alias("整改期限"),
        pl.when(_is_sometimes(4))
        .then(_chinese("rectified_on"))
        .otherwise(pl.col("rectified_on").dt.strftime("%Y-%m-%d"))
        .alias("整改完成日期"),
        pl.col("verified_on").dt.strftime("%Y/%m/%d").alias("复查日期"),
        _label(contract, "measure").alias("整改措施"),
        _label(contract, "status").alias("状态"),
        _flag("is_listed").alias("挂牌督办"),
    )


def _hazard_extract(file: _File, pieces: list[pl.DataFrame], wrong_date: pl.DataFrame | None) -> TextExtract:
    name = f"隐患排查/{file.label}隐患排查治理台账（合成）.csv"
    sheet = name.split("/")[1]
    flaws = []
    if wrong_date is not None:
        # Rectified before it was found; and a hazard without a level, which nobody ever completes.
        first = wrong_date.with_columns(
            pl.lit("2019-01-02").alias("整改完成日期"), pl.lit("").alias("复查日期")
        )
        second = wrong_date.with_columns(
            pl.lit("YH201909999999").alias("隐患编号"), pl.lit("").alias("隐患级别")
        )
        pieces = [first, second, *pieces]
        flaws = [
            Flaw(name, sheet, _FIRST_ROW, "rectified_on", "rectified_on_not_before_found_on", "cell"),
            Flaw(name, sheet, _FIRST_ROW + 1, "level", "required_value", "row"),
        ]
    encoding = "utf-8-sig" if file.label.startswith("2020") else "gb18030"
    title = f"浙江省{file.label}隐患排查治理台账"
    rows = sum(piece.height for piece in pieces)
    return TextExtract(name, file.received_at, _OFFICE, encoding, title, pieces, f"{rows}条", flaws)
