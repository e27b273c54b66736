"""Numbers as people write them are exact, and what is no number is not made one."""

from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.intake.cells import cell_text
from anlan.intake.numbers import cast_decimal, cast_integer, round_half_up
from anlan.intake.units import factor, plain_unit

ONE = Fraction(1)


def decimals(*texts, scale=2, unit=None, factor=ONE, mark="."):
    return cast_decimal(pl.Series(texts, dtype=pl.String()), scale, unit, factor, mark).to_list()


def integers(*texts, unit=None, factor=ONE):
    return cast_integer(pl.Series(texts, dtype=pl.String()), unit, factor).to_list()


@given(st.decimals(min_value=-(10**13), max_value=10**13, places=4))
def test_a_plain_decimal_is_read_to_the_last_place(value):
    assert decimals(str(value), f"{value:,}", scale=4) == [value, value]


@given(st.integers(-(10**15), 10**15))
def test_an_integer_is_read_with_or_without_separators_in_either_width(value):
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in f"{value:,}").replace(",", "，")
    assert integers(str(value), f"{value:,}", wide, f"{value}.0") == [value] * 4


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6), st.sampled_from([100, 10_000, 10**8]))
def test_a_conversion_is_the_exact_product_rounded_half_up(value, times):
    (found,) = decimals(str(value), scale=2, factor=Fraction(1, times))
    exact = Fraction(value) / times
    assert abs(Fraction(found) - exact) <= Fraction(1, 200)
    assert found == round_half_up(exact, 2)


@pytest.mark.parametrize(
    ("value", "scale", "expected"),
    [("0.125", 2, "0.13"), ("-0.125", 2, "-0.13"), ("2.5", 0, "3"), ("0.1249999999999999999999", 2, "0.12")],
)
def test_halves_round_away_from_zero(value, scale, expected):
    assert decimals(value, scale=scale) == [Decimal(expected)]


def test_what_is_no_number_stays_none():
    texts = [
        "1,23", "12,34.5", "1.2.3", "三", "约10", "1e5", "--1", "1 000,5", "#N/A", ".", "+", "3 5",
        "1,000 000", "12'34", "十二", "(5)",
    ]  # fmt: skip
    assert decimals(*texts) == [None] * len(texts)
    assert integers("3.5", "3.0000001", "3人次", unit="人") == [None] * 3


def test_magnitudes_and_units_behind_the_figure_count():
    assert decimals("1.2万", "3亿") == [12000, 300000000]
    assert decimals("3.2亿元", "500元", "7", unit="万元") == [32000, Decimal("0.05"), 7]
    assert integers("5人", "1.2万人", unit="人") == [5, 12000]


def test_a_decimal_comma_is_read_where_the_layout_says_so():
    assert decimals("1.234,5", "7", mark=",") == [Decimal("1234.5"), 7]
    assert decimals("1.234,5") == [None]


@pytest.mark.parametrize(
    ("given_unit", "stored", "expected"),
    [
        ("元", "万元", Fraction(1, 10_000)),
        ("亿元", "万元", 10_000),
        ("亩", "公顷", Fraction(1, 15)),
        ("千公顷", "公顷", 1000),
        ("公顷", "平方米", 10_000),
        ("万人", "人", 10_000),
        ("小时", "分钟", 60),
        ("万台", None, 10_000),
        ("台", None, 1),
        ("户", "人", None),
        ("人次", "人", None),
        ("万元", "公顷", None),
    ],
)
def test_units_convert_exactly_or_not_at_all(given_unit, stored, expected):
    assert factor(given_unit, stored) == expected


def test_a_unit_is_known_with_its_lead_and_in_either_width():
    assert plain_unit("单位：万元") == "万元"
    assert plain_unit("ｍ２") == "m2"
    assert plain_unit("㎡") == "m2"
    assert plain_unit("含失踪") is None


def test_a_value_too_large_for_its_column_is_refused_not_cut():
    assert decimals("1" + "0" * 16) == [None]
    assert decimals("9" * 16) == [Decimal("9" * 16)]
    assert integers("1" + "0" * 18) == [None]


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_a_spreadsheet_number_is_the_text_that_was_typed(value):
    text = cell_text(float(value))
    assert Decimal(text) == value
    assert "e" not in text.lower()
    assert not text.endswith(".0")


def test_binary_noise_of_a_formula_is_not_read_as_digits():
    assert cell_text(0.1 + 0.2) == "0.3"
    assert cell_text(3.0) == "3"
    assert cell_text(1e-7) == "0.0000001"


def test_a_figure_too_long_to_be_exact_is_no_number():
    text = cell_text(330106197001010000.0)
    assert text == "3.30106197001010E+17"
    assert integers(text) == decimals(text) == [None]


def test_a_percent_sign_counts_where_a_share_is_stored_and_is_no_number_elsewhere():
    assert decimals("12.5%", "１２．５％", "125‰", "12.5", unit="%") == [Decimal("12.5")] * 4
    assert decimals("1.25%", unit="‰") == [Decimal("12.5")]
    for unit in ("人", "万元", "公顷", None):
        assert decimals("12%", "12‰", unit=unit) == [None, None]
        assert integers("12%", unit=unit) == [None]


@pytest.mark.parametrize("separator", [",", "，", "'", "’", " ", "\u2009", "\u202f", "\u00a0"])
def test_groups_of_three_may_be_parted_by_any_one_separator(separator):
    assert decimals(f"1{separator}234{separator}567.5") == [Decimal("1234567.5")]
    assert integers(f"12{separator}345人", unit="人") == [12345]
    assert integers(f"12{separator}34") == [None]


def test_characters_that_nobody_sees_do_not_hide_a_number():
    assert integers("\ufeff12\u200b", "3 人\u200e", unit="人") == [12, 3]


FACTORS = [
    Fraction(1, 15), Fraction(1, 10_000), Fraction(10_000), Fraction(2000, 3), Fraction(60), Fraction(1, 60),
    Fraction(10**20), Fraction(1, 10**20),
]  # fmt: skip


@given(
    st.lists(st.decimals(-(10**12), 10**12, places=7) | st.integers(-(10**15), 10**15), max_size=6),
    st.sampled_from(FACTORS),
    st.sampled_from([0, 2, 4, 7]),
    st.sampled_from(".,"),
)
def test_what_is_converted_all_at_once_is_exact(values, times, scale, mark):
    texts = [
        f"{value:f}".replace(".", mark) if isinstance(value, Decimal) else str(value) for value in values
    ]
    exact = [Fraction(value) * times for value in values]
    rounded = [round_half_up(value, scale) for value in exact]
    bound = 10 ** (18 - scale)
    assert decimals(*texts, scale=scale, factor=times, mark=mark) == [
        value if abs(value) < bound else None for value in rounded
    ]
    found = cast_integer(pl.Series(texts, dtype=pl.String()), None, times, mark).to_list()
    assert found == [
        int(value) if value.denominator == 1 and abs(value) < 10**18 else None for value in exact
    ]


def test_plain_numbers_are_converted_all_at_once(monkeypatch):
    def refuse(*arguments):
        raise AssertionError(f"read one by one: {arguments[0]}")

    monkeypatch.setattr("anlan.intake.numbers.read_number", refuse)
    assert decimals("30", "1.5", scale=7, unit="公顷", factor=Fraction(1, 15)) == [2, Decimal("0.1")]
    assert decimals("12345.67", scale=4, unit="万元", factor=Fraction(1, 10_000)) == [Decimal("1.2346")]
    assert integers("2", "1.5", unit="人", factor=Fraction(10_000)) == [20_000, 15_000]
    assert decimals("1,5", mark=",") == [Decimal("1.5")]
