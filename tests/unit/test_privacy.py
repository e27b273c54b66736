"""Persons stop at the intake: numbers are read, turned into pseudonyms, and never shown."""

import stat
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.errors import AnlanError
from anlan.intake.cells import cell_text
from anlan.intake.discreet import discreet_texts, discretion_of, personal_numbers
from anlan.privacy.identity import check_character, read_identity, was_division
from anlan.privacy.names import could_be_name
from anlan.privacy.pseudonyms import KEY_BYTES, PSEUDONYM_LENGTH, Pseudonyms
from anlan.privacy.redact import HIDDEN, redact_text
from intake_files import AREAS, BASE, identity


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


@pytest.mark.parametrize("code", ["330102", "330621", "332501", "339001", "442501", "652101", "710000"])
def test_what_is_or_once_was_a_division_is_known(code):
    assert was_division(code)


@pytest.mark.parametrize("code", ["999999", "330199", "990000", "000000", "339099"])
def test_what_never_was_a_division_is_not(code):
    assert not was_division(code)


@pytest.mark.parametrize(
    "secret",
    [
        "0571-87650000",
        "(0574)27650000",
        "139 0000 1111",
        "+86-13900001111",
        identity()[:6] + " " + identity()[6:14] + " " + identity()[14:],
        "".join(chr(ord(c) + 0xFEE0) for c in identity()),
        "3.30106E+17",
        "3.30106197001010E+17",
        "6222020000000000000",
        "someone@example.invalid",
    ],
)
def test_numbers_of_persons_are_hidden_however_they_are_written(secret):
    shown = redact_text(f"见 {secret} 处")
    assert HIDDEN in shown
    assert secret not in shown


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("死者王某虚系该厂工人", "王某虚"),
        ("联系人昝无此", "昝无此"),
        ("户主：尼玛泽", "尼玛泽"),
        ("驾驶员（欧阳不存）驾车", "欧阳不存"),
        ("护照号码：E00000000", "E00000000"),
        ("当事人为司徒没有", "司徒没有"),
    ],
)
def test_what_follows_a_word_that_announces_a_person_is_hidden(text, name):
    assert name not in redact_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "驾驶员车辆失控",
        "驾驶员操作失误",
        "死亡人员：3人",
        "负责人员名单",
        "地区：杭州市",
        "2019-03-05 14:05",
        "91330100MA27X00000",
        "0571",
        "直接经济损失 139.5 亿元",
        "3.3E+05",
    ],
)
def test_what_is_no_person_stays(text):
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "text", ["欧阳不存", "昝无此", "张 三", "张三、李四", "阿卜杜·买买提虚", "王甲（队长）"]
)
def test_a_name_is_known_by_its_surname_or_its_point(text):
    assert could_be_name(text)


@pytest.mark.parametrize(
    "text", ["单位", "余杭区", "高处坠落事故", "建筑业", "合计", "A01", "张", "金属矿山"]
)
def test_a_word_is_no_name(text):
    assert not could_be_name(text)


def test_where_persons_have_columns_any_short_text_could_be_a_name_but_not_the_words_of_the_contract():
    layout = BASE["members"].layouts[0]
    discretion = discretion_of(BASE["members"], layout, AREAS)
    assert discretion.is_strict
    assert discretion.show("尼玛泽无") == HIDDEN
    assert discretion.show(identity()[:17] + "Z") == identity()[:17] + "Z"
    assert discretion.show("330110l尼玛泽无") == f"330110l{HIDDEN}"
    assert discretion.show("330110队长") == "330110队长"
    for word in ("队长", "班长", "劳务派遣", "西湖区", "男", "合计", "职务"):
        assert discretion.show(word) == word


def test_a_text_is_kept_less_the_person_in_it():
    discretion = discretion_of(BASE["accidents"], BASE["accidents"].layouts[0], AREAS)
    texts = pl.Series(["某某建筑有限公司", "张某虚", None, "死者张某虚，电话13900001111", "浙江省"])
    kept, changed = discreet_texts(texts, discretion)
    assert kept.to_list() == ["某某建筑有限公司", HIDDEN, None, f"死者{HIDDEN},电话{HIDDEN}", "浙江省"]
    assert changed.to_list() == [False, True, False, True, False]


def test_numbers_of_records_are_not_taken_for_those_of_persons():
    discretion = discretion_of(BASE["accidents"], BASE["accidents"].layouts[0], AREAS)
    # Division, day and sequence: as long as an identity number, and one in eleven has its check character.
    numbers = pl.Series([f"33010620190305{n:04d}" for n in range(200)])
    kept, changed = discreet_texts(numbers, discretion)
    assert kept.equals(numbers)
    assert not changed.any()
    _, changed = discreet_texts(pl.Series(["A1", "A2", "A3", identity()]), discretion)
    assert changed.to_list() == [False, False, False, True]


def test_a_number_of_a_person_is_no_amount():
    layouts = {"strict": BASE["members"].layouts[0], "open": BASE["accidents"].layouts[0]}
    texts = pl.Series(["13900001111", identity()[:17] + "0", "120000"])
    found = {
        name: personal_numbers(texts, texts.cast(pl.Int64), discretion_of(BASE["members"], layout, AREAS))
        for name, layout in layouts.items()
    }
    assert found["strict"].to_list() == [True, True, False]
    # Where no column is of persons, 13,900,001,111 yuan may be a loss.
    assert found["open"].to_list() == [False, True, False]
