"""Which months an extract covers."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from datetime import date

import polars as pl

from anlan.contracts import Contract, Layout
from anlan.errors import AnlanError
from anlan.intake.staged import PeriodBasis


def covered_period(
    layout: Layout, contract: Contract, file_name: str, rows: pl.DataFrame
) -> tuple[date | None, date | None, PeriodBasis]:
    """First and last day covered, of the year or month in the file's name, else of the months of the rows.

    Errors: AnlanError for a name whose month is none, and for a pattern that is no regular expression.
    """
    if layout.period is not None:
        try:
            match = re.search(layout.period, unicodedata.normalize("NFKC", file_name))
        except re.error as error:
            raise AnlanError(
                f"合同 {contract.source} 的布局 {layout.id}：period 不是正则表达式（{error}）",
                "改正该布局的 period。",
            ) from None
        if match is not None:
            return *_named(match.groupdict(), file_name), "declared_name"
    days = rows[contract.event_time].cast(pl.Date()) if rows.height else pl.Series(dtype=pl.Date())
    first, last = days.min(), days.max()
    if not isinstance(first, date) or not isinstance(last, date):
        return None, None, "rows"
    return first.replace(day=1), last.replace(day=monthrange(last.year, last.month)[1]), "rows"


def _named(groups: dict[str, str | None], file_name: str) -> tuple[date, date]:
    try:
        year = int(groups.get("year") or "")
        month = groups.get("month")
        first = date(year, int(month) if month else 1, 1)
    except ValueError:
        raise AnlanError(
            f"{file_name}：从文件名读不出年月", "按约定的名称（含年份和月份）重新报送。"
        ) from None
    last_month = first.month if month else 12
    return first, date(year, last_month, monthrange(year, last_month)[1])
