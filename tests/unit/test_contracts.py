import pytest
import yaml

from anlan.contracts import SOURCES, load_contracts, normalise_header
from anlan.errors import AnlanError
from anlan.project import ROOT

CONTRACTS = ROOT / "contracts"


def test_there_is_one_contract_a_source():
    assert set(load_contracts(CONTRACTS)) == set(SOURCES)


def test_every_field_has_a_chinese_label_and_units_stand_in_names():
    suffixes = {"万元": "_wan_yuan", "元": "_yuan", "公顷": "_ha", "平方米": "_m2"}
    for contract in load_contracts(CONTRACTS).values():
        for name, field in contract.fields.items():
            assert any("\u4e00" <= c <= "\u9fff" for c in field.label), (contract.source, name)
            if field.unit in suffixes:
                assert name.endswith(suffixes[field.unit]), (contract.source, name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("死亡 人数\n（人）", "死亡人数(人)"), ("ＩＤ　", "ID"), ("\ufeff编\u200b号\u00ad\u200e", "编号"),
        ("二○一九", "二〇一九"),
    ],
)  # fmt: skip
def test_headers_compare_without_width_and_white_space(text, expected):
    assert normalise_header(text) == expected


def _drills(tmp_path, **changes):
    layout = {
        "id": "own",
        "columns": [
            {"field": f, "from": f} for f in ("drill_id", "team_id", "division_code", "kind", "called_at")
        ],
    }
    layout.update(changes)
    (tmp_path / "drills.yml").write_text(yaml.safe_dump({"source": "drills", "layouts": [layout]}))
    return tmp_path


def test_layouts_from_outside_replace_those_of_the_project(tmp_path):
    contracts = load_contracts(CONTRACTS, _drills(tmp_path))
    assert [layout.id for layout in contracts["drills"].layouts] == ["own"]
    assert contracts["drills"].fields == load_contracts(CONTRACTS)["drills"].fields
    assert contracts["accidents"].layouts == []


def _column(**changes):
    """The columns of the layout, with those of some fields changed."""
    fields = ("drill_id", "team_id", "division_code", "kind", "called_at")
    return {"columns": [{"field": f, "from": f} | changes.get(f, {}) for f in fields]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"columns": [{"field": "drill_id", "from": "a"}]}, "required field"),
        ({"constants": {"nonsense": "1"}}, "unknown field nonsense"),
        ({"constants": {"kind": "drill"}}, "mapped twice"),
        ({"key": ["nonsense"]}, "unknown field nonsense"),
        ({"header_rows": 9}, "header_rows"),
        ({"misspelt": 1}, "misspelt"),
        ({"key": ["_row"]}, "needs extent: full"),
        ({"period": "([0-9"}, "no regular expression"),
        ({"period": "[0-9]{4}"}, "(?P<year>...)"),
        ({"period": "(?P<year>[0-9]{4})(?P<quarter>[1-4])"}, "unknown group quarter"),
        ({"fill_down": ["nowhere"]}, "fill_down names nowhere"),
        ({"blocks": {"header": "nowhere", "pattern": "(?P<label>.+)"}}, "blocks fill nowhere"),
        ({"blocks": {"header": "kind", "pattern": "(.+)"}}, "(?P<label>...)"),
        ({"blocks": {"header": "kind", "pattern": "(?P<label>"}}, "no regular expression"),
        ({"blocks": [{"header": "kind", "pattern": "(?P<label>.+)"}] * 2}, "kind is filled twice"),
        (
            {"blocks": {"header": "kind", "pattern": "(?P<label>.+)"}, "fill_down": ["kind"]},
            "kind is filled twice",
        ),
        ({"tables": "many"}, "tables"),
        ({"calendar": "lunar"}, "calendar"),
        ({"calendar": "minguo", "two_digit_years_from": 1950}, "no two-digit years"),
        ({"calendar": "japanese", "date_order": "dmy"}, "has the year first"),
        ({"two_digit_years_from": 50}, "two_digit_years_from"),
        (_column(kind={"from": []}), "neither from nor cases"),
        (_column(called_at={"from": ["day", "clock"]}), "several headers need combine"),
        (_column(called_at={"from": ["day", "clock"], "combine": "sum"}), "sum does not make a timestamp"),
        (_column(kind={"values": {"Übung": "exercise"}}), "exercise is not one of its codes"),
        (_column(kind={"otherwise": "exercise"}), "exercise is not one of its codes"),
        (_column(kind={"cases": [{"when": {"flag": ["1"]}, "value": "exercise"}]}), "not one of its codes"),
    ],
)
def test_a_contract_that_does_not_hold_together_names_file_and_place(tmp_path, changes, said):
    with pytest.raises(AnlanError) as caught:
        load_contracts(CONTRACTS, _drills(tmp_path, **changes))
    assert "drills.yml" in caught.value.message
    assert said in caught.value.message
    assert "Value error" not in caught.value.message


@pytest.mark.parametrize(
    "changes",
    [
        _column(called_at={"from": ["day", "clock"], "combine": "join"}),
        _column(kind={"values": {"Übung": "drill", "Ruf": "callout"}}),
        _column(kind={"from": [], "otherwise": "drill"}),
        _column(division_code={"from": ["country", "town"], "combine": "area"}) | {"fill_down": ["country"]},
        {"key": ["_row"], "extent": "full"},
        {"period": "drills_(?P<year>[0-9]{4})(?P<month>[0-9]{2})"},
    ],
)
def test_a_contract_that_holds_together_is_read(tmp_path, changes):
    assert load_contracts(CONTRACTS, _drills(tmp_path, **changes))["drills"].layouts[0].id == "own"


def test_what_puts_a_record_in_its_period_is_never_blank():
    for contract in load_contracts(CONTRACTS).values():
        assert contract.fields[contract.event_time].required, contract.source


def test_a_place_brings_layouts_and_leaves_the_fields_alone(tmp_path):
    (tmp_path / "drills.yml").write_text("source: drills\nfields: {}\nlayouts: []\n")
    with pytest.raises(AnlanError, match="fields"):
        load_contracts(CONTRACTS, tmp_path)


def test_an_unknown_source_is_named(tmp_path):
    (tmp_path / "weather.yml").write_text("source: weather\n")
    with pytest.raises(AnlanError, match="weather"):
        load_contracts(CONTRACTS, tmp_path)
