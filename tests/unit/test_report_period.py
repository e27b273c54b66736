"""Periods as labels and as words."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from anlan.report.period import ReportPeriod, moment_words, period_words


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("2019", "2019年"),
        ("2019-03", "2019年3月"),
        ("2019-01/2019-03", "2019年1—3月"),
        ("2010/2019", "2010—2019年"),
        ("2020-03-31", "截至2020年3月31日"),
    ],
)
def test_label_has_its_words(label, words):
    assert period_words(label) == words


def test_snapshot_at_midnight_prints_as_the_day():
    assert moment_words(datetime(2020, 4, 10)) == "2020年4月10日"
    assert moment_words(datetime(2020, 4, 10, 9, 5)) == "2020年4月10日9时05分"


def test_report_of_a_month_rests_on_the_months_so_far():
    march = ReportPeriod("2020-03")
    assert march.whole == "2020-01/2020-03"
    assert march.months == ["2020-01", "2020-02", "2020-03"]
    assert march.last_day == date(2020, 3, 31)


def test_january_stands_for_itself():
    assert ReportPeriod("2020-01").whole == "2020-01"


def test_report_of_a_year_ends_in_december():
    assert ReportPeriod("2019").last_day == date(2019, 12, 31)
    assert ReportPeriod("2019").whole == "2019"
