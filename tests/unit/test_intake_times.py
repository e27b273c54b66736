"""Dates and times as people write them; what could mean two days is not read."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.intake.times import DateStyle, cast_date, cast_timestamp, read_moment

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
        "2019-3-5 上午12点", "2019-3-5 下午", "2019-3-5 13:05 AM", "20190230", "2019年3月5分", "108/3/5",
        "民國108年3月5日", "1080305", "R1.5.1", "令和元年5月1日", "二〇一九年三月", "二〇一九年十三月五日",
        "二〇一九年腊月廿三日", "2019-3-5 8:00 晚上 9:00",
        "0019-03-05", "2019-3-5-7", "43529.5 14:05", "2019-06-12 16:002",
        "123456", "三月五日",
    ],
)  # fmt: skip
def test_what_is_no_certain_day_is_not_read(text):
    assert read_moment(text) is None
    assert cast_date(pl.Series([text])).to_list() == [None]
    assert cast_timestamp(pl.Series([text])).to_list() == [None]


def test_the_year_may_come_last_where_the_layout_says_which_way():
    assert read_moment("05/03/2019 7:30", DateStyle("dmy")) == datetime(2019, 3, 5, 7, 30)
    assert read_moment("05/03/2019", DateStyle("mdy")) == datetime(2019, 5, 3)
    assert read_moment("2019-03-05", DateStyle("dmy")) == datetime(2019, 3, 5)


def test_day_numbers_count_from_1904_where_the_workbook_says_so():
    assert read_moment("43529") == datetime(2019, 3, 5)
    assert read_moment("42067", DateStyle(has_1904_dates=True)) == datetime(2019, 3, 5)
    assert read_moment("43529 14:05") == datetime(2019, 3, 5, 14, 5)


def test_a_missing_text_stays_missing():
    assert cast_timestamp(pl.Series([None, "2019-3-5"], dtype=pl.String())).to_list() == [
        None,
        datetime(2019, 3, 5),
    ]


MINGUO = DateStyle(calendar="minguo")
JAPANESE = DateStyle(calendar="japanese")
SHORT = DateStyle(two_digit_years_from=1950)
ERAS = [
    ("明治", "M", date(1873, 1, 1), date(1912, 7, 29), 1867),
    ("大正", "T", date(1912, 7, 30), date(1926, 12, 24), 1911),
    ("昭和", "S", date(1926, 12, 25), date(1989, 1, 7), 1925),
    ("平成", "H", date(1989, 1, 8), date(2019, 4, 30), 1988),
    ("令和", "R", date(2019, 5, 1), date(2100, 12, 31), 2018),
]


def numeral(number):
    """A number below a hundred as it is written in Chinese."""
    ten, one = divmod(number, 10)
    digits = "〇一二三四五六七八九"
    return ("" if ten < 2 else digits[ten]) + ("十" if ten else "") + (digits[one] if one or not ten else "")


@given(DAYS, st.sampled_from("〇○零O"))
def test_a_day_in_chinese_numerals_is_read_whichever_zero_is_typed(day, zero):
    year = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(day.year)).replace("〇", zero)
    text = f"{year}年{numeral(day.month)}月{numeral(day.day)}日"
    assert cast_date(pl.Series([text])).to_list() == [day]
    assert read_moment(f"{text}十四时零五分") == datetime(day.year, day.month, day.day, 14, 5)


@given(st.dates(date(1912, 1, 1), date(2099, 12, 31)))
def test_a_day_of_the_minguo_calendar_is_read_where_the_layout_says_so(day):
    y, m, d = day.year - 1911, day.month, day.day
    texts = [
        f"民國{y}年{m}月{d}日", f"民国{y}年{m}月{d}日", f"中華民國 {y} 年 {m} 月 {d} 日", f"{y}/{m}/{d}",
        f"{y}.{m}.{d}",
        f"{y:03}{m:02}{d:02}", wide(f"{y}-{m}-{d}"), day.isoformat(), f"民國{y}年{m}月{d}日 24:00",
    ]  # fmt: skip
    assert cast_date(pl.Series(texts), MINGUO).to_list() == [day] * 8 + [day + timedelta(days=1)]
    if y < 100:
        assert read_moment(f"民國{numeral(y)}年{numeral(m)}月{numeral(d)}日", MINGUO) == read_moment(
            texts[0], MINGUO
        )


def test_the_first_year_of_an_era_has_a_name_and_year_none_does_not_exist():
    assert read_moment("民國元年1月1日", MINGUO) == datetime(1912, 1, 1)
    assert read_moment("令和元年5月1日", JAPANESE) == datetime(2019, 5, 1)
    assert read_moment("民國0年1月1日", MINGUO) is None
    assert read_moment("令和0年5月1日", JAPANESE) is None
    # Six figures may be a month as well.
    assert read_moment("991231", MINGUO) is None


@given(st.sampled_from(ERAS), st.data())
def test_a_day_of_a_japanese_era_is_read_within_the_bounds_of_the_era_only(era, data):
    name, letter, first, last, before = era
    day = data.draw(st.dates(first, last))
    y, m, d = day.year - before, day.month, day.day
    texts = [
        f"{name}{y}年{m}月{d}日",
        f"{letter}{y}.{m}.{d}",
        f"{letter.lower()}{y}/{m}/{d}",
        day.isoformat(),
    ]
    assert cast_date(pl.Series(texts), JAPANESE).to_list() == [day] * 4
    for outside in (first - timedelta(days=1), last + timedelta(days=1)):
        year = outside.year - before
        if name != "令和" or outside < first:
            assert read_moment(f"{name}{year}年{outside.month}月{outside.day}日", JAPANESE) is None


def test_the_last_day_of_an_era_ends_with_it():
    assert read_moment("平成31年4月30日", JAPANESE) == datetime(2019, 4, 30)
    assert read_moment("平成31年5月1日", JAPANESE) is None
    assert read_moment("平成31年4月30日24:00", JAPANESE) == datetime(2019, 5, 1)
    assert read_moment("㍻31年4月30日", JAPANESE) == datetime(2019, 4, 30)
    # Without its era a year of Japan is no year.
    assert read_moment("31.4.30", JAPANESE) is None


@pytest.mark.parametrize(
    ("text", "style", "expected"),
    [
        ("19-3-5", SHORT, datetime(2019, 3, 5)),
        ("49/12/31", SHORT, datetime(2049, 12, 31)),
        ("50.1.1 14:05", SHORT, datetime(1950, 1, 1, 14, 5)),
        ("99年3月5日", SHORT, datetime(1999, 3, 5)),
        ("9-3-5", SHORT, None),
        ("190305", SHORT, None),
        ("5/3/19", DateStyle("dmy", two_digit_years_from=1950), datetime(2019, 3, 5)),
        ("3/5/19", DateStyle("mdy", two_digit_years_from=1950), datetime(2019, 3, 5)),
        ("19年3月5日", DateStyle("dmy", two_digit_years_from=1950), datetime(2019, 3, 5)),
    ],
)
def test_two_figures_are_a_year_where_the_layout_says_of_which_century(text, style, expected):
    assert read_moment(text, style) == expected


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("上午9时5分", 9), ("下午2:05", 14), ("下午12:05", 12), ("下午14:05", 14), ("凌晨0:05", 0),
        ("晚上8点5分", 20),
        ("2:05 PM", 14), ("2:05pm", 14), ("12:05 a.m.", 0), ("12:05 PM", 12), ("午後2時5分", 14),
    ],
)  # fmt: skip
def test_the_part_of_the_day_says_which_hour_is_meant(text, hour):
    expected = datetime(2019, 3, 5, hour, 5)
    assert read_moment(f"2019年3月5日 {text}") == expected
    assert read_moment(f"2019/3/5 {text}") == expected
    assert read_moment(f"43529 {text}") == read_moment(f"20190305 {text}") == expected


def test_characters_that_nobody_sees_do_not_hide_a_date():
    assert read_moment("\ufeff2019-\u200b03-05\u200e") == datetime(2019, 3, 5)


def test_the_common_ways_to_write_a_moment_are_read_all_at_once(monkeypatch):
    def refuse(text, style):
        raise AssertionError(f"read one by one: {text}")

    monkeypatch.setattr("anlan.intake.times.read_moment", refuse)
    days = ["2019-3-5", "2019/3/5", "2019.03.05", "2019年3月5日", "20190305"]
    moments = [
        "2019-3-5T14:05",
        "2019/3/5 14:05:00",
        "2019年3月5日14时5分",
        "201903051405",
        "20190305 14:05:00",
    ]
    assert cast_date(pl.Series([*days, *moments])).to_list() == [date(2019, 3, 5)] * 10
    assert cast_timestamp(pl.Series(moments)).to_list() == [datetime(2019, 3, 5, 14, 5)] * 5


@given(st.lists(st.text(st.sampled_from("0123456789-/.:年月日时分 T"), max_size=16), max_size=8))
def test_all_at_once_and_one_by_one_read_the_same(texts):
    found = cast_timestamp(pl.Series(texts, dtype=pl.String())).to_list()
    assert found == [read_moment(text) for text in texts]
