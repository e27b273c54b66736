"""The period a report is for, as labels of figures and as words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


def period_words(label: str) -> str:
    """A period label as it is printed: 2019年, 2019年3月, 2019年1—3月, 2010—2019年, 截至2020年3月31日."""
    start, _, end = label.partition("/")
    if end:
        if len(start) == 4:
            return f"{start}—{end}年"
        year, first, last = start[:4], int(start[5:]), int(end[5:])
        return f"{year}年{first}月" if first == last else f"{year}年{first}—{last}月"
    parts = [str(int(part)) for part in start.split("-")]
    words = "".join(f"{part}{unit}" for part, unit in zip(parts, "年月日", strict=False))
    return f"截至{words}" if len(parts) == 3 else words


def moment_words(moment: datetime) -> str:
    """A snapshot as it is printed: 2020年4月10日9时05分; midnight prints as the day alone."""
    words = f"{moment.year}年{moment.month}月{moment.day}日"
    return words if (moment.hour, moment.minute) == (0, 0) else f"{words}{moment.hour}时{moment:%M}分"


@dataclass(frozen=True)
class ReportPeriod:
    """A year (2019) or a month (2020-03), and the figures' labels that belong to it."""

    label: str

    @property
    def is_year(self) -> bool:
        """Whether the report is an annual one."""
        return len(self.label) == 4

    @property
    def year(self) -> int:
        """The calendar year."""
        return int(self.label[:4])

    @property
    def last_month(self) -> int:
        """The last month of the report: 12 for a year."""
        return 12 if self.is_year else int(self.label[5:])

    @property
    def whole(self) -> str:
        """The label of the year, or of the months from January on (of January alone, the month's)."""
        return self.label if self.is_year or self.last_month == 1 else f"{self.year}-01/{self.label}"

    @property
    def first_day(self) -> date:
        """The first of January: a report of a month rests on the months so far."""
        return date(self.year, 1, 1)

    @property
    def last_day(self) -> date:
        """The last day of the report."""
        following = (
            date(self.year + 1, 1, 1) if self.last_month == 12 else date(self.year, self.last_month + 1, 1)
        )
        return date.fromordinal(following.toordinal() - 1)

    @property
    def months(self) -> list[str]:
        """Labels of the months from January to the last one."""
        return [f"{self.year}-{month:02d}" for month in range(1, self.last_month + 1)]
