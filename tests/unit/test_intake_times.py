"""Dates and times as people write them; what could mean two days is not read."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.intake.times import cast_date, cast_timestamp, read_moment

DAYS = st.dates(date(1930, 1, 1), date(2099, 12, 31))
MOMENTS = st.datetimes(datetime(1930, 1, 1), datetime(2099, 12, 31)).map(lambda m: m.replace(microsecond=0))


def wide(text):
    return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text)


@given(DAYS)
def test_a_day_is_read_in_every_way_it_is_written(day):
    y, m, d = day.year, day.month, day.day
    serial = (day - date(1899, 12, 30)).days
    texts = [
        f"{y}-{m}-{d}", f"{y}-{m:02}-{d:02}", f"{y}/{m}/{d}", f"{y}.{m}.{d}", f"{y}年{m}月{d}日",
        f"{y} 年 {m} 月 {d} 日", f"{y}{m:02}{d:02}", wide(f"{y}-{m}-{d}"), str(serial),
        f"{y}-{m}-{d} 00:00:00",
    ]  # fmt: skip
    assert cast_date(pl.Series(texts)).to_list() == [day] * len(texts)


@given(MOMENTS)
def test_a_moment_is_read_in_every_way_it_is_written(moment):
    y, m, d, h, i, s = moment.timetuple()[:6]
    texts = [
        f"{y}-{m}-{d} {h}:{i}:{s}", moment.isoformat(), f"{y}年{m}月{d}日{h}时{i}分{s}秒",
        f"{y}/{m}/{d} {h:02}:{i:02}:{s:02}",
        moment.strftime("%Y%m%d%H%M%S"),
        f"{y}.{m}.{d} {h}:{i:02}:{s:02}",
    ]  # fmt: skip
    assert cast_timestamp(pl.Series(texts)).to_list() == [moment] * len(texts)
    minute = moment.replace(second=0)
    texts = [
        f"{y}-{m}-{d} {h}:{i}", f"{y}年{m}月{d}日{h}时{i}分", f"{y}-{m}-{d}T{h:02}:{i:02}",
        f"{y}年{m}月{d}日 {h}点{i}分",
    ]  # fmt: skip
    assert cast_timestamp(pl.Series(texts)).to_list() == [minute] * len(texts)
    serial = (moment - datetime(1899, 12, 30)) / timedelta(days=1)
    assert read_moment(f"{serial:.9f}") == moment


def test_twenty_four_hours_are_the_next_midnight_and_twenty_five_are_nothing():
    assert read_moment("2019-12-31 24:00") == datetime(2020, 1, 1)
    assert read_moment("2019年12月31日24时") == datetime(2020, 1, 1)
    assert read_moment("2019-12-31 24:01") is None
    assert read_moment("2019-12-31 25:00") is None


@pytest.mark.parametrize(
    "text",
    [
        "2019", "201903", "2019-03", "2019年3月", "19-3-5", "3/5/2019", "2019-02-30", "2019-13-01",
        "2019-3-5 上午9点", "20190230", "0019-03-05", "2019-3-5-7", "43529.5 14:05", "2019-06-12 16:002",
        "123456", "三月五日",
    ],
)  # fmt: skip
def test_what_is_no_certain_day_is_not_read(text):
    assert read_moment(text) is None
    assert cast_date(pl.Series([text])).to_list() == [None]
    assert cast_timestamp(pl.Series([text])).to_list() == [None]


def test_the_year_may_come_last_where_the_layout_says_which_way():
    assert read_moment("05/03/2019 7:30", "dmy") == datetime(2019, 3, 5, 7, 30)
    assert read_moment("05/03/2019", "mdy") == datetime(2019, 5, 3)
    assert read_moment("2019-03-05", "dmy") == datetime(2019, 3, 5)


def test_day_numbers_count_from_1904_where_the_workbook_says_so():
    assert read_moment("43529") == datetime(2019, 3, 5)
    assert read_moment("42067", has_1904_dates=True) == datetime(2019, 3, 5)
    assert read_moment("43529 14:05") == datetime(2019, 3, 5, 14, 5)


def test_a_missing_text_stays_missing():
    assert cast_timestamp(pl.Series([None, "2019-3-5"], dtype=pl.String())).to_list() == [
        None,
        datetime(2019, 3, 5),
    ]
