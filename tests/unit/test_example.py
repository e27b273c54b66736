"""The example province: its totals are those the bulletin prints, and its files are the same every time."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.contracts import SOURCES
from anlan.errors import AnlanError
from anlan.example import ExampleSummary, canonical_records, open_province, write_example
from anlan.example.draw import apportion, apportion_at_least
from anlan.example.identities import credit_codes, identity_numbers
from anlan.privacy.identity import read_identity

SEED = 20200331
SMALL = 0.05
LAST = date(2020, 3, 31)


@pytest.fixture(scope="module")
def records() -> dict[str, pl.DataFrame]:
    return canonical_records(open_province(SEED), lambda number: f"key of {number}")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> ExampleSummary:
    return write_example(tmp_path_factory.mktemp("example"), seed=SEED, scale=SMALL)


def counted_accidents(records: dict[str, pl.DataFrame], year: int) -> pl.DataFrame:
    return records["accidents"].filter(
        ~pl.col("is_cancelled").fill_null(value=False) & (pl.col("occurred_at").dt.year() == year)
    )


def dead(frame: pl.DataFrame) -> int:
    return int((frame["deaths_count"] + frame["missing_count"].fill_null(0)).sum())


@pytest.mark.parametrize(("year", "accidents", "deaths"), [(2018, 1400, 1170), (2019, 900, 770)])
def test_accidents_and_their_dead_add_up(
    records: dict[str, pl.DataFrame], year: int, accidents: int, deaths: int
) -> None:
    counted = counted_accidents(records, year)
    assert (counted.height, dead(counted)) == (accidents, deaths)


@pytest.mark.parametrize(("year", "fires", "deaths"), [(2018, 8000, 60), (2019, 6000, 46)])
def test_reviewed_fires_and_their_dead_add_up(
    records: dict[str, pl.DataFrame], year: int, fires: int, deaths: int
) -> None:
    frame = records["fires"].filter(
        (pl.col("review_state") == "reviewed") & (pl.col("occurred_at").dt.year() == year)
    )
    assert (frame.height, frame["deaths_count"].sum()) == (fires, deaths)


def test_forest_fires_of_ten_years_fall_into_the_printed_classes(records: dict[str, pl.DataFrame]) -> None:
    hours = (
        records["forest_fires"]
        .filter((pl.col("record_kind") == "fire") & (pl.col("occurred_on").dt.year() < 2020))
        .select(pl.col("extinguished_at") - pl.coalesce("started_at", "discovered_at"))
        .to_series()
        .dt.total_minutes()
        / 60
    )
    assert hours.len() == 1566
    assert ((hours <= 6).sum(), (hours <= 12).sum(), (hours > 12).sum()) == (1060, 1379, 187)
    assert hours.null_count() == 0
    assert {6.0, 12.0, 24.0} <= set(hours)


def test_teams_and_members_are_those_of_the_article(records: dict[str, pl.DataFrame]) -> None:
    teams = records["teams"].filter(as_of_on=LAST)
    sums = teams.group_by("team_type").agg(pl.len(), pl.sum("members_count"))
    by_type = {row[0]: row[1:] for row in sums.rows()}
    village = by_type.pop("village")
    assert by_type == {
        "professional": (9, 230),
        "semi_professional": (1272, 39_560),
        "emergency": (92, 3551),
        "mass": (86, 2363),
    }
    assert village[0] == 150
    provincial = teams.filter(team_level="province")
    assert (provincial.height, provincial["members_count"].sum()) == (18, 700)
    insured = teams["social_insurance"].value_counts()
    assert dict(insured.drop_nulls().rows())["full"] == 145
    assert dict(insured.drop_nulls().rows())["partial"] == 316


@pytest.mark.parametrize("day", [date(2019, 12, 31), LAST])
def test_the_roster_has_as_many_members_as_the_register_counts(
    records: dict[str, pl.DataFrame], day: date
) -> None:
    members = records["members"].filter(as_of_on=day).group_by("team_id").len("members_count")
    teams = records["teams"].filter((pl.col("as_of_on") == day) & (pl.col("team_type") != "village"))
    assert dict(members.rows()) == dict(teams.select("team_id", "members_count").rows())


def test_members_of_fifty_and_more_are_the_printed_number(records: dict[str, pl.DataFrame]) -> None:
    members = records["members"].filter(as_of_on=LAST)
    assert members.height == 45_704
    assert 12_400 <= (members["birth_on"] <= date(1970, 3, 31)).sum() <= 12_499
    # Both edges of the count occur: fifty today, and fifty tomorrow.
    assert {date(1970, 3, 31), date(1970, 4, 1)} <= set(members["birth_on"])
    assert members["birth_on"].max() <= date(2002, 3, 31)
    assert (records["members"]["joined_on"] <= records["members"]["as_of_on"]).all()


def test_equipment_adds_up(records: dict[str, pl.DataFrame]) -> None:
    stock = records["equipment"].filter(as_of_on=LAST).group_by("equipment_type").agg(pl.sum("quantity"))
    found = dict(stock.rows())
    assert 2400 < found.pop("chainsaw") < 2500
    assert 4200 < found.pop("radio") < 4300
    assert found == {
        "troop_carrier": 931, "water_tanker": 186, "high_pressure_pump": 2335, "water_gun": 8933,
        "long_range_cannon": 160, "wind_water_extinguisher": 2479, "wind_extinguisher": 12_080,
        "hand_tool": 68_400, "drone": 20,
    }  # fmt: skip


def test_disaster_losses_of_2019_stay_below_one_percent_of_gdp(records: dict[str, pl.DataFrame]) -> None:
    latest = (
        records["disaster_reports"]
        .filter(pl.col("occurred_on").dt.year() == 2019)
        .sort("report_sequence")
        .group_by("event_id", "division_code")
        .last()
    )
    assert 4_300_000 < latest["direct_loss_wan_yuan"].sum() < 4_600_000
    parts = latest.select(pl.sum_horizontal(pl.col("^loss_.*$"))).to_series()
    assert (parts == latest["direct_loss_wan_yuan"]).all()


def test_the_assessment_has_a_tie_and_a_veto(records: dict[str, pl.DataFrame]) -> None:
    raw = (
        records["assessment_scores"]
        .filter(assessment_year=2019)
        .pivot("indicator_id", index="division_code", values="raw_value")
    )
    assert raw.height == 11
    assert (raw["veto_major_accident"] > 0).sum() == 1
    marks = raw.with_columns(pl.col("accident_control").clip(-20)).drop("division_code")
    assert marks.is_duplicated().sum() == 2


@pytest.mark.parametrize("source", SOURCES)
def test_every_place_existed_when_it_is_named(records: dict[str, pl.DataFrame], source: str) -> None:
    places = open_province(SEED).places
    time = {"forest_fires": "occurred_on"}.get(source) or open_province(SEED).contracts[source].event_time
    named = records[source].select("division_code", pl.col(time).dt.date()).unique()
    for code, day in named.rows():
        assert places.at(code, day).code == code


@pytest.mark.parametrize("source", SOURCES)
def test_records_have_the_fields_of_the_contract_and_one_row_a_key(
    records: dict[str, pl.DataFrame], source: str
) -> None:
    contract = open_province(SEED).contracts[source]
    assert records[source].columns == list(contract.fields)
    assert not records[source].select(contract.key).is_duplicated().any()
    required = [name for name, spec in contract.fields.items() if spec.required]
    assert records[source].select(required).null_count().row(0) == (0,) * len(required)


def test_scale_multiplies_inspections_and_hazards_and_nothing_else() -> None:
    tenth = canonical_records(open_province(SEED, 0.1), str)
    assert (tenth["inspections"].height, tenth["hazards"].height) == (1200, 2000)
    assert tenth["accidents"].equals(canonical_records(open_province(SEED, 0.05), str)["accidents"])


def test_another_seed_gives_other_records_with_the_same_totals() -> None:
    mine, other = (canonical_records(open_province(seed), str)["accidents"] for seed in (SEED, 1))
    assert not mine.equals(other)
    assert dead(counted_accidents({"accidents": other}, 2019)) == 770


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_another_process_writes_the_same_bytes_beside_hidden_files(
    small: ExampleSummary, tmp_path: Path
) -> None:
    (tmp_path / ".gitkeep").touch()
    # Sets are ordered otherwise there, and the clock has moved on.
    program = (
        "from pathlib import Path; from anlan.example import write_example; "
        f"write_example(Path({str(tmp_path)!r}), seed={SEED}, scale={SMALL})"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, "PYTHONHASHSEED": "1"})
    (tmp_path / ".gitkeep").unlink()
    assert digests(tmp_path) == digests(small.directory)


def test_files_come_in_the_shapes_in_which_offices_send_them(small: ExampleSummary) -> None:
    read = {name: (small.directory / name).read_bytes() for name in small.files}
    texts = [content for name, content in read.items() if name.endswith(".csv")]
    assert any(content.startswith(b"\xef\xbb\xbf") for content in texts)
    assert any("隐患".encode("gb18030") in content for content in texts)
    assert 60 <= len(small.files) <= 90
    assert sum(map(len, read.values())) < 25_000_000
    assert all("合成" in name for name in small.files)


def test_every_file_says_that_it_is_synthetic(small: ExampleSummary) -> None:
    for name in small.files:
        path = small.directory / name
        if name.endswith(".csv"):
            content = path.read_bytes()
            assert any("合成数据，仅供演示".encode(code) in content for code in ("utf-8", "gb18030"))
        else:
            with zipfile.ZipFile(path) as book:
                inside = b"".join(book.read(part) for part in book.namelist())
            assert "合成数据，仅供演示".encode() in inside


def test_the_manifest_lists_every_file_with_a_time_after_what_it_reports(small: ExampleSummary) -> None:
    manifest = pl.read_csv(small.directory / "manifest.csv")
    assert manifest["文件"].to_list() == small.files
    assert manifest["合成数据"].unique().to_list() == ["是"]
    assert manifest["收到时间"].max() < "2020-04-09"
    assert manifest["收到时间"].is_sorted()


def test_a_second_run_finds_its_own_work_and_leaves_it(small: ExampleSummary) -> None:
    before = {path: path.stat().st_mtime_ns for path in small.directory.rglob("*")}
    again = write_example(small.directory, seed=SEED, scale=SMALL)
    assert not again.is_new
    assert again.flaws == small.flaws
    assert "未重写" in again.message
    assert {path: path.stat().st_mtime_ns for path in small.directory.rglob("*")} == before


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "真实报表.xlsx").write_bytes(b"real")
    with pytest.raises(AnlanError, match="真实报表"):
        write_example(tmp_path, seed=SEED)
    assert [path.name for path in tmp_path.iterdir()] == ["真实报表.xlsx"]


def test_a_folder_with_another_seed_is_refused(small: ExampleSummary) -> None:
    with pytest.raises(AnlanError, match="另一套示例"):
        write_example(small.directory, seed=SEED + 1, scale=SMALL)


def test_an_interrupted_run_is_taken_up_again(small: ExampleSummary, tmp_path: Path) -> None:
    def stop(done: int, total: int, what: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_example(tmp_path, seed=SEED, scale=SMALL, progress=stop)
    assert not (tmp_path / "manifest.csv").exists()
    assert write_example(tmp_path, seed=SEED, scale=SMALL).is_new
    assert digests(tmp_path) == digests(small.directory)


@pytest.mark.parametrize("scale", [0, -1, 5000])
def test_a_scale_out_of_range_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(AnlanError, match="规模"):
        write_example(tmp_path, scale=scale)


@given(
    total=st.integers(0, 10_000),
    weights=st.lists(st.floats(0.001, 1000), min_size=1, max_size=40),
)
def test_parts_of_an_apportionment_add_up_and_stay_within_one_of_their_share(
    total: int, weights: list[float]
) -> None:
    parts = apportion(total, weights)
    exact = np.array(weights) * total / sum(weights)
    assert parts.sum() == total
    assert (np.abs(parts - exact) < 1 + 1e-6).all()


def test_no_part_falls_below_the_least() -> None:
    parts = apportion_at_least(100, [1000, 1, 1], 20)
    assert parts.sum() == 100
    assert parts.min() >= 20


def test_identity_numbers_are_well_formed_impossible_and_distinct() -> None:
    births = np.array(["1970-03-31", "1970-03-31", "1970-03-31", "2000-02-29"], dtype="datetime64[D]")
    is_male = np.array([True, True, False, False])
    numbers = identity_numbers(births, is_male)
    assert len(set(numbers)) == 4
    for number, birth, male in zip(numbers, births.astype(object), is_male.tolist(), strict=True):
        identity = read_identity(number)
        assert identity is not None
        assert (identity.birth_on, identity.sex) == (birth, "male" if male else "female")
        assert number.startswith("999999")


def test_credit_codes_have_the_check_character_of_the_standard() -> None:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = [pow(3, i, 31) for i in range(17)]
    for code in credit_codes(np.arange(0, 10_000_000, 99_991)):
        total = sum(alphabet.index(c) * w for c, w in zip(str(code)[:17], weights, strict=True))
        assert alphabet[(31 - total % 31) % 31] == str(code)[17]
        assert str(code)[2:8] == "999999"
