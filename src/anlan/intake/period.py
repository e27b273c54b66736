"""Which months an extract covers: what is declared of it, else only the months that hold rows."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from anlan.contracts import Contract, Layout
from anlan.errors import AnlanError
from anlan.intake.layouts import Match
from anlan.intake.raw import RawSheet
from anlan.intake.staged import ExtractMeta, PeriodBasis

_ONE = (
    r"(?P<{0}year>[0-9]{{4}})年?(?:度|-?(?P<{0}month>[0-9]{{1,2}})月?"
    r"|(?P<{0}part>第?[一二三四1-4]季度?|[Qq][1-4]|[上下]半年|全年))?"
)
_WRITTEN = (
    re.compile(_ONE.format("")),
    re.compile(rf"{_ONE.format('')}(?:/|至|到|~|—|-){_ONE.format('until_')}"),
    re.compile(
        r"(?P<year>[0-9]{4})年?-?(?P<month>[0-9]{1,2})月?(?:至|到|~|—|-)(?P<until_month>[0-9]{1,2})月"
    ),
)
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}


@dataclass(frozen=True)
class Period:
    """Whole months, from the first day of one to the last day of another."""

    start_on: date
    end_on: date

    def __str__(self) -> str:
        """As an analyst writes it: 2019年3月, 2019年, 2019年1月至6月."""
        first, last = self.start_on, self.end_on
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.year}年{first.month}月"
        if (first.month, last.month) == (1, 12):
            return f"{first.year}年" if first.year == last.year else f"{first.year}年至{last.year}年"
        until = f"{last.month}月" if first.year == last.year else f"{last.year}年{last.month}月"
        return f"{first.year}年{first.month}月至{until}"


def read_period(text: str) -> Period | None:
    """A period as people write it; None if it is none.

    Read: 2019, 2019-03, 2019年3月, 2019上半年, 2019一季度, 2019年第一季度, and from one to another of these:
    2019-01/2019-06, 2019年1-6月, 2010-2017年.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    for pattern in _WRITTEN:
        if match := pattern.fullmatch(plain):
            return period_of(match.groupdict())
    return None


def period_of(groups: dict[str, str | None]) -> Period | None:
    """The period that named groups of an expression spell; None if they spell none.

    ``year`` with ``month`` or ``part`` (上半年, 一季度), and where the period ends elsewhere ``until_year``,
    ``until_month``, ``until_part``.
    """
    year = groups.get("year")
    until_year, until_month = groups.get("until_year"), groups.get("until_month")
    first = _months(year, groups.get("month"), groups.get("part"))
    last = first
    if until_year or until_month:
        last = _months(until_year or year, until_month, groups.get("until_part"))
    if first is None or last is None:
        return None
    (start_year, start, _), (end_year, _, end) = first, last
    if (start_year, start) > (end_year, end):
        return None
    return Period(date(start_year, start, 1), date(end_year, end, monthrange(end_year, end)[1]))


def _months(year: str | None, month: str | None, part: str | None) -> tuple[int, int, int] | None:
    """Year, first and last month."""
    if not (year or "").isdigit() or not 1900 <= int(year or 0) <= 2199:
        return None
    first, last = 1, 12
    if month:
        if not month.isdigit() or not 1 <= int(month) <= 12:
            return None
        first = last = int(month)
    elif part:
        quarter = next((_QUARTERS[letter] for letter in part if letter in _QUARTERS), None)
        if quarter is not None:
            first, last = quarter * 3 - 2, quarter * 3
        elif part[0] in "上下":
            first, last = (1, 6) if part[0] == "上" else (7, 12)
        elif part != "全年":
            return None
    return int(year or 0), first, last


def declare_period(sheet: RawSheet, match: Match, where: str, meta: ExtractMeta) -> ExtractMeta:
    """``meta`` with the period that the file's name or the sheet's title declares, as its layout says.

    What the manifest declared stands. Errors: AnlanError for a declaration that is no period, and for
    name and title that declare different ones: most often last month's file under this month's name.
    """
    layout = match.candidate.layout
    if layout.period is None or meta.period_basis is not None:
        return meta
    titles = [
        "".join(text.split()) for row in sheet.frame.head(match.first_row).rows() for text in row if text
    ]
    named = _find(layout, [meta.original.name], where, "文件名") if "name" in layout.period_in else None
    titled = _find(layout, titles, where, "表题") if "title" in layout.period_in else None
    if named is not None and titled is not None and named != titled:
        raise AnlanError(
            f"{where}：文件名说是{named}的数据，表题说是{titled}的",
            "确认是哪一期的文件，改正文件名或表题后重新报送；已经确认的，"
            "在 manifest.csv 的“数据期间”中写明。",
        )
    if named is not None:
        return _covering(meta, named, "declared_name")
    return meta if titled is None else _covering(meta, titled, "declared_title")


def _find(layout: Layout, texts: list[str], where: str, place: str) -> Period | None:
    """The one period that texts declare."""
    found: set[Period] = set()
    for text in texts:
        for match in re.finditer(layout.period or "", unicodedata.normalize("NFKC", text)):
            period = period_of(match.groupdict())
            if period is None:
                raise AnlanError(
                    f"{where}：从{place}读不出年月（“{match[0]}”）", "按约定的名称（含年份和月份）重新报送。"
                )
            found.add(period)
    if len(found) > 1:
        listed = "、".join(sorted(map(str, found)))
        raise AnlanError(
            f"{where}：{place}中有几个期间（{listed}），无法判断",
            "只留一个，或在 manifest.csv 的“数据期间”中写明。",
        )
    return found.pop() if found else None


def period_of_rows(meta: ExtractMeta, contract: Contract, rows: pl.DataFrame) -> ExtractMeta:
    """``meta``, if nothing was declared, with the months from the first to the last row.

    Of such an extract only the months that hold rows count as reported: a few corrections say nothing
    of the months between them. Errors: AnlanError for an extract that should hold all rows of its
    period and does not say which that is: it would replace earlier ones, or not, by chance.
    """
    if meta.period_basis is not None:
        return meta
    if meta.extent == "full":
        raise AnlanError(
            f"{meta.file_name}：版式 {meta.layout_id} 是全量报送（extent: full），但没有写明是哪一期的数据",
            "在 manifest.csv 的“数据期间”中写明（如 2019 或 2019-01/2019-06），"
            "或在合同该布局的 period 中写出文件名或表题里的年月。",
        )
    days = rows[contract.event_time].cast(pl.Date()) if rows.height else pl.Series(dtype=pl.Date())
    first, last = days.min(), days.max()
    if not isinstance(first, date) or not isinstance(last, date):
        return replace(meta, period_basis="rows")
    end = last.replace(day=monthrange(last.year, last.month)[1])
    return _covering(meta, Period(first.replace(day=1), end), "rows")


def refuse_gaps(metas: Iterable[ExtractMeta]) -> None:
    """A full extract replaces what lies between its first and its last month, so it must cover all of it.

    ``metas``: the tables of one extract. Errors: AnlanError for sheets that leave a month out.
    """
    full = [meta for meta in metas if meta.extent == "full" and meta.period_start_on and meta.period_end_on]
    for group in {(meta.source, meta.layout_id) for meta in full}:
        spans = sorted(
            (meta.period_start_on, meta.period_end_on)
            for meta in full
            if (meta.source, meta.layout_id) == group and meta.period_start_on and meta.period_end_on
        )
        covered = spans[0][1]
        for start, end in spans[1:]:
            if start > covered + timedelta(days=1):
                raise AnlanError(
                    f"{full[0].file_name}：全量报送（extent: full）的各工作表之间缺月份："
                    f"{Period(spans[0][0], covered)}之后是{Period(start, end)}",
                    "补上缺的工作表后重新报送，或按月拆成几个文件。",
                )
            covered = max(covered, end)


def _covering(meta: ExtractMeta, period: Period, basis: PeriodBasis) -> ExtractMeta:
    return replace(meta, period_start_on=period.start_on, period_end_on=period.end_on, period_basis=basis)
