"""Persons stop at the intake: numbers are read, turned into pseudonyms, and never shown."""

import stat
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.errors import AnlanError
from anlan.intake.cells import cell_text
from anlan.privacy.identity import check_character, read_identity
from anlan.privacy.pseudonyms import KEY_BYTES, PSEUDONYM_LENGTH, Pseudonyms
from anlan.privacy.redact import HIDDEN, redact_text
from intake_files import identity


def test_the_check_character_is_that_of_the_standard():
    # GB 11643-1999, appendix: the two examples of the standard.
    assert check_character("11010519491231002") == "X"
    assert check_character("44052418800101001") == "4"


@given(st.dates(date(1900, 1, 1), date(2020, 12, 31)), st.integers(0, 999))
def test_a_well_formed_number_says_birth_and_sex(birth, sequence):
    found = read_identity(identity(birth.strftime("%Y%m%d"), sequence))
    assert found is not None
    assert found.birth_on == birth
    assert found.sex == ("male" if sequence % 2 else "female")


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(position, change):
    number = identity("19850617", 123)
    wrong = str((int(number[position]) + change) % 10)
    assert read_identity(number[:position] + wrong + number[position + 1 :]) is None


@given(st.integers(0, 15))
def test_two_digits_swapped_are_noticed(position):
    number = identity("19850617", 492)
    swapped = number[:position] + number[position + 1] + number[position] + number[position + 2 :]
    if swapped != number:
        assert read_identity(swapped) is None


def test_full_width_digits_spaces_and_a_small_x_are_read():
    number = next(n for n in (identity(sequence=i) for i in range(100)) if n.endswith("X"))
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c.lower() for c in number)
    assert read_identity(f" {wide[:6]} {wide[6:]} ") == read_identity(number)


def test_a_number_of_fifteen_digits_is_the_same_person_as_its_long_form():
    long = identity("19500505", 12)
    assert read_identity(long[:6] + long[8:17]) == read_identity(long)


@pytest.mark.parametrize("birth", ["19700230", "19701301", "00000101"])
def test_an_impossible_birth_date_makes_a_number_invalid(birth):
    assert read_identity(identity(birth)) is None


def test_a_number_that_a_spreadsheet_took_for_a_figure_is_invalid():
    # Its last three digits are gone, and one in eleven such numbers would pass the check.
    for sequence in range(100):
        assert read_identity(cell_text(float(identity("19700101", sequence)[:17] + "0"))) is None


def test_pseudonyms_are_equal_for_equal_numbers_and_depend_on_the_key():
    one, other = Pseudonyms(b"a" * KEY_BYTES), Pseudonyms(b"b" * KEY_BYTES)
    assert one.of("x") == one.of("x") != one.of("y")
    assert one.of("x") != other.of("x")
    assert len(one.of("x")) == PSEUDONYM_LENGTH


def test_the_key_is_made_once_for_its_owner_only(tmp_path):
    file = tmp_path / "deep" / "pseudonym.key"
    first = Pseudonyms.load(file).of("x")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_bytes()) == KEY_BYTES
    assert Pseudonyms.load(file).of("x") == first
    assert [f.name for f in file.parent.iterdir()] == [file.name]


def test_the_environment_names_the_key_file(tmp_path, monkeypatch):
    monkeypatch.setenv("ANLAN_KEY_FILE", str(tmp_path / "k"))
    Pseudonyms.load()
    assert (tmp_path / "k").is_file()


def test_a_key_that_others_may_read_or_that_was_cut_is_refused(tmp_path):
    file = tmp_path / "k"
    Pseudonyms.load(file)
    file.chmod(0o644)
    with pytest.raises(AnlanError, match="可被他人读取"):
        Pseudonyms.load(file)
    file.chmod(0o600)
    file.write_bytes(b"short")
    with pytest.raises(AnlanError, match="5 字节"):
        Pseudonyms.load(file)


def test_free_text_loses_numbers_telephones_and_signatures():
    number = identity("19800808", 7)
    text = f"填表人：张三  联系电话：13812345678 {number}"
    shown = redact_text(text)
    assert HIDDEN in shown
    for secret in ("张三", "13812345678", number):
        assert secret not in shown


def test_free_text_without_persons_is_untouched():
    text = "单位：万元　2019年1—12月，编号 330106201901010012"
    assert redact_text(text) == text
