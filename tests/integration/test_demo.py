"""The two commands of the readme: what a stranger sees after ``make demo``."""

import csv
import io
import json

import pytest

ROOT_CODE = "330000"


@pytest.fixture(scope="module")
def figures(demo, run_anlan):
    """All figures of the province for 2019 and its ten years, by figure id."""
    rows = []
    for period in ("2019", "2010/2019", "2020-03-31"):
        printed = run_anlan(
            "figures", "--period", period, "--area", "浙江省", "--format", "json", home=demo[0]
        ).stdout
        rows += json.loads(printed)
    return {row["figure_id"]: row for row in rows}


@pytest.mark.parametrize(
    ("metric", "base", "value", "change"),
    [
        ("accidents", 1400, 900, -35.7),
        ("accident_deaths", 1170, 770, -34.2),
        ("fires", 8000, 6000, -25.0),
        ("fire_deaths", 60, 46, -23.3),
    ],
)
def test_the_four_declines_of_2019_come_out(figures, metric, base, value, change):
    figure = figures[f"{metric}@{ROOT_CODE}@2019~yoy"]
    assert (figure["base_value"], figure["value"], figure["change_pct"]) == (base, value, change)
    assert figure["status"] == "ok"


def test_disaster_losses_are_below_one_percent_of_gdp(figures):
    assert 0 < figures[f"disaster_loss_gdp_ratio_pct@{ROOT_CODE}@2019"]["value"] < 1


@pytest.mark.parametrize(
    ("breakdown", "teams", "members"),
    [
        ("", 1459, 45704),
        ("/team_type=professional", 9, 230),
        ("/team_type=semi_professional", 1272, 39560),
        ("/team_type=emergency", 92, 3551),
        ("/team_type=mass", 86, 2363),
    ],
)
def test_the_teams_come_out_as_printed(figures, breakdown, teams, members):
    assert figures[f"force_teams@{ROOT_CODE}@2020-03-31{breakdown}"]["value"] == teams
    assert figures[f"force_members@{ROOT_CODE}@2020-03-31{breakdown}"]["value"] == members


def test_about_27_percent_of_members_are_50_or_older(figures):
    assert 12_400 <= figures[f"force_members_50_plus@{ROOT_CODE}@2020-03-31"]["value"] < 12_500
    share = figures[f"force_members_50_plus_share_pct@{ROOT_CODE}@2020-03-31"]["value"]
    assert round(share) == 27


@pytest.mark.parametrize(
    ("breakdown", "fires", "share"),
    [
        ("duration_within=within_6h", 1060, 67.69),
        ("duration_within=within_12h", 1379, 88.06),
        ("duration_class=within_6h", 1060, 67.69),
        ("duration_class=6_to_12h", 319, 20.37),
    ],
)
def test_suppression_classes_come_out_disjoint_and_cumulative(figures, breakdown, fires, share):
    at = f"@{ROOT_CODE}@2010/2019/{breakdown}"
    assert figures[f"forest_fires_by_duration{at}"]["value"] == fires
    assert figures[f"forest_fires_by_duration_share_pct{at}"]["value"] == share


def test_the_printed_output_says_what_was_made_and_that_it_is_synthetic(demo):
    path, printed = demo
    for file in ("bulletin.html", "01_year_on_year_decline.html", "03_assessment_ranking.ipynb"):
        assert str(path / "reports" / "2019" / file) in printed.replace("\n", "")
    assert "合成" in printed


def test_rows_read_are_rows_accepted_held_and_set_aside(demo, run_anlan):
    last = run_anlan("ledger", home=demo[0]).stdout.strip().splitlines()[-1]
    numbers = [int(part.replace(",", "")) for part in last.replace("=", " ").split() if part[0].isdigit()]
    read, accepted, held, set_aside = numbers
    assert read == accepted + held + set_aside
    assert min(accepted, held, set_aside) > 0


def test_csv_and_json_carry_the_same_figures(demo, run_anlan):
    asked = ("figures", "--period", "2019", "--area", "杭州市", "--metric", "accidents", "--format")
    from_json = json.loads(run_anlan(*asked, "json", home=demo[0]).stdout)
    from_csv = list(csv.DictReader(io.StringIO(run_anlan(*asked, "csv", home=demo[0]).stdout)))
    assert [row["数字编号"] for row in from_csv] == [row["figure_id"] for row in from_json]
    assert len(from_json) > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("figures", "--area", "浙江"), "浙江省"),
        (("figures", "--period", "1999"), "没有符合条件的数字"),
        (("refresh", "--period", "2019-13"), "2019-13"),
    ],
)
def test_a_mistake_is_a_sentence_and_not_a_traceback(demo, run_anlan, arguments, said):
    result = run_anlan(*arguments, home=demo[0], check=False)
    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr + result.stdout
