"""Every rule of expectations/ meets a row that breaks it and rows that just do not."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import duckdb
import polars as pl
import pytest

from anlan.gate.context import POPULATIONS
from anlan.gate.judge import Extract, judge
from anlan.gate.rules import load_suites, violation_sql
from anlan.gate.staging import open_staging
from anlan.intake.staged import StagedTable
from anlan.project import ROOT
from staged_tables import CONTRACTS, DAY, MOMENT, RECEIVED_AT, sound_row, staged_table

SUITES = load_suites(ROOT / "expectations", CONTRACTS)
HELD = {"quarantine_row": "row", "quarantine_cell": "cell", "warn": "nothing"}
# Of the division of all rows, in the year of their events.
PEOPLE = 1_000_000
POPULATION = pl.DataFrame([("330102", 2019, PEOPLE)], schema=POPULATIONS, orient="row")
# The period that the second extract of each source declares.
PERIOD = {
    "period_start_on": date(2019, 8, 1),
    "period_end_on": date(2019, 8, 31),
    "period_basis": "declared_name",
}

# (source, rule) -> changes to a sound record that break the rule.
BREAKS: dict[tuple[str, str], dict[str, object]] = {
    ("accidents", "direct_loss_in_wan_yuan"): {
        "direct_loss_wan_yuan": Decimal("1000000.01"),
        "reported_severity": "extraordinary",
    },
    ("accidents", "severity_not_below_casualties"): {"deaths_count": 2, "missing_count": 1},
    ("accidents", "entered_at_not_before_occurred_at"): {"entered_at": datetime(2019, 8, 10, 7, 59)},
    ("accidents", "cancelled_on_not_before_occurred_at"): {"cancelled_on": date(2019, 8, 9)},
    ("accidents", "cancelled_on_not_after_receipt"): {"cancelled_on": date(2020, 4, 3)},
    ("accidents", "cancelled_on_needs_cancellation"): {"is_cancelled": False},
    ("fires", "minor_fire_not_arson"): {"severity_kind": "minor", "cause": "arson"},
    ("fires", "not_minor_fire_has_area"): {"burnt_area_m2": Decimal("0")},
    ("fires", "residence_fire_has_households"): {"affected_households_count": 0},
    ("fires", "economic_loss_covers_property_loss"): {"direct_economic_loss_yuan": Decimal("9.99")},
    ("accidents", "no_casualty_and_small_loss"): {
        "deaths_count": 0,
        "serious_injuries_count": 0,
        "minor_injuries_count": 0,
        "poisoned_count": 0,
        "is_cancelled": False,
        "cancelled_on": None,
        "direct_loss_wan_yuan": Decimal("99.99"),
    },
    ("accidents", "deaths_within_population"): {
        "deaths_count": PEOPLE + 1,
        "reported_severity": "extraordinary",
    },
    ("fires", "deaths_within_population"): {"deaths_count": PEOPLE + 1, "reported_severity": "extraordinary"},
    ("fires", "minor_fire_within_limits"): {"severity_kind": "minor", "burnt_area_m2": Decimal("100.01")},
    ("fires", "injury_cost_needs_casualty"): {"deaths_count": 0, "injuries_count": 0},
    ("fires", "not_minor_fire_has_disposal_cost"): {"disposal_cost_yuan": Decimal("0")},
    ("fires", "economic_loss_covers_its_parts"): {"direct_economic_loss_yuan": Decimal("29.99")},
    ("fires", "severity_not_below_casualties"): {"deaths_count": 3},
    ("forest_fires", "severity_not_below_casualties"): {"burnt_forest_area_ha": Decimal("1")},
    ("forest_fires", "deaths_within_population"): {
        "deaths_count": PEOPLE + 1,
        "reported_severity": "extraordinary",
    },
    ("disaster_reports", "deaths_within_population"): {"deaths_count": PEOPLE + 1},
    ("disaster_reports", "dead_and_missing_within_affected"): {"affected_people_count": 3},
    ("disaster_reports", "resettled_within_affected"): {"resettled_people_count": 5},
    **{
        ("disaster_reports", f"loss_{part}_within_total"): {
            f"loss_{part}_wan_yuan": Decimal("60.02"),
            f"loss_{'other' if part == 'housing' else 'housing'}_wan_yuan": None,
        }
        for part in ("housing", "farming", "industry", "infrastructure", "public_service", "other")
    },
    ("members", "member_not_minor"): {"birth_on": date(2001, 8, 11)},
    ("members", "member_below_60"): {"birth_on": date(1959, 8, 10)},
    ("drills", "mustered_within_a_day"): {"mustered_at": datetime(2019, 8, 11, 8, 1)},
    ("drills", "present_with_required"): {"required_members_count": 0},
    ("teams", "members_within_twice_authorised"): {"members_count": 5},
    ("fires", "entered_at_not_before_occurred_at"): {"entered_at": datetime(2019, 8, 10, 7, 59)},
    ("forest_fires", "extinguished_at_not_before_start"): {"extinguished_at": datetime(2019, 8, 10, 7, 59)},
    ("forest_fires", "extinguished_at_not_after_receipt"): {"extinguished_at": datetime(2020, 4, 2, 9, 1)},
    ("forest_fires", "discovered_at_not_before_started_at"): {"discovered_at": datetime(2019, 8, 10, 7, 59)},
    ("forest_fires", "started_at_on_day_of_occurrence"): {"started_at": datetime(2019, 8, 8, 23, 59)},
    ("forest_fires", "burnt_forest_within_fire_ground"): {"burnt_forest_area_ha": Decimal("10.0001")},
    ("inspections", "fine_needs_penalty"): {"penalties_count": 0},
    ("inspections", "penalty_needs_problem"): {"result": "no_problem"},
    ("inspections", "score_points_of_100"): {"score_points": Decimal("100.01")},
    ("inspections", "score_and_deductions_make_100"): {
        "score_points": Decimal("90"),
        "deducted_points": Decimal("9.99"),
    },
    ("inspections", "hazards_need_problem"): {
        "result": "no_problem",
        "penalties_count": 0,
        "fine_yuan": None,
    },
    ("hazards", "rectified_on_not_before_found_on"): {"rectified_on": date(2019, 8, 9)},
    ("hazards", "rectified_on_not_after_receipt"): {
        "rectified_on": date(2020, 4, 3),
        "verified_on": None,
    },
    ("hazards", "verified_on_not_before_rectified_on"): {"verified_on": date(2019, 8, 9)},
    ("hazards", "verified_on_not_after_receipt"): {"verified_on": date(2020, 4, 3)},
    ("hazards", "due_on_not_before_found_on"): {"due_on": date(2019, 8, 9)},
    ("hazards", "closed_needs_rectification"): {"rectified_on": None},
    ("disaster_reports", "reported_at_not_before_occurred_on"): {"reported_at": datetime(2019, 8, 9, 23, 59)},
    ("disaster_reports", "reported_at_not_after_receipt"): {"reported_at": datetime(2020, 4, 2, 9, 1)},
    ("disaster_reports", "report_sequence_from_one"): {"report_sequence": 0},
    ("disaster_reports", "crop_lost_within_affected"): {"crop_lost_ha": Decimal("10.01")},
    ("disaster_reports", "loss_parts_sum_to_total"): {"direct_loss_wan_yuan": Decimal("60.02")},
    ("teams", "members_count_positive"): {"members_count": 0},
    ("teams", "accident_insurance_wan_yuan_plausible"): {"accident_insurance_wan_yuan": Decimal("500000")},
    ("teams", "annual_funding_wan_yuan_plausible"): {"annual_funding_wan_yuan": Decimal("280000")},
    ("teams", "barracks_area_m2_plausible"): {"barracks_area_m2": Decimal("-1")},
    ("teams", "established_on_not_after_as_of_on"): {"established_on": date(2019, 8, 11)},
    ("members", "birth_on_not_after_as_of_on"): {"birth_on": date(2019, 8, 11), "joined_on": None},
    ("members", "age_not_above_100"): {"birth_on": date(1919, 8, 9)},
    ("members", "joined_on_not_before_birth_on"): {"joined_on": date(1969, 8, 9)},
    ("members", "left_on_not_before_joined_on"): {"left_on": date(2010, 2, 28)},
    ("members", "joined_on_not_after_as_of_on"): {"joined_on": date(2019, 8, 11), "left_on": None},
    ("members", "monthly_pay_yuan_plausible"): {"monthly_pay_yuan": Decimal("100000.01")},
    ("members", "allowance_per_callout_yuan_plausible"): {"allowance_per_callout_yuan": Decimal("-1")},
    ("members", "allowance_per_day_yuan_plausible"): {"allowance_per_day_yuan": Decimal("10001")},
    ("drills", "mustered_at_not_before_called_at"): {"mustered_at": datetime(2019, 8, 10, 7, 59)},
    ("drills", "mustered_at_not_after_receipt"): {"mustered_at": datetime(2020, 4, 2, 9, 1)},
    ("assessment_scores", "raw_value_present"): {"raw_value": None},
    ("assessment_scores", "assessment_year_plausible"): {"assessment_year": 1999},
    ("assessment_scores", "scored_on_not_before_year"): {"scored_on": date(2018, 12, 31)},
}

UNHURT = dict.fromkeys(
    ("deaths_count", "missing_count", "serious_injuries_count", "minor_injuries_count", "poisoned_count"), 0
)

# Records at the edge of a rule, on the right side of it.
SOUND: dict[str, list[dict[str, object]]] = {
    "accidents": [
        # Unknown is not 0, but a grade from incomplete data is a lower bound: reporting higher is right.
        {"deaths_count": 0, "missing_count": None, "poisoned_count": None, "direct_loss_wan_yuan": None},
        {"deaths_count": 0, "reported_severity": "extraordinary"},
        {"deaths_count": 30, "reported_severity": "extraordinary"},
        {"deaths_count": 3, "missing_count": 6, "reported_severity": "larger"},
        {"serious_injuries_count": 7, "poisoned_count": 2, "reported_severity": "general"},
        {"direct_loss_wan_yuan": Decimal("999.99"), "reported_severity": "general"},
        {"direct_loss_wan_yuan": Decimal("1000000"), "reported_severity": "extraordinary"},
        {"reported_severity": None, "deaths_count": 30},
        {"deaths_count": PEOPLE, "reported_severity": "extraordinary"},
        # Without casualties, but with a loss that counts; or cancelled; or of unknown casualties.
        {**UNHURT, "direct_loss_wan_yuan": Decimal("100.00")},
        UNHURT,
        {**UNHURT, "is_cancelled": None, "cancelled_on": None, "minor_injuries_count": None},
        {"is_cancelled": None},
        {"occurred_at": RECEIVED_AT, "entered_at": RECEIVED_AT, "cancelled_on": RECEIVED_AT.date()},
        {"occurred_at": datetime(1950, 1, 1)},
    ],
    "fires": [
        {"severity_kind": "minor", "cause": "smoking", "burnt_area_m2": Decimal("0")},
        {"severity_kind": "not_minor", "cause": "arson"},
        {"place_category": "factory", "affected_households_count": 0},
        {"direct_economic_loss_yuan": None},
        {"severity_kind": "minor", "burnt_area_m2": Decimal("100"), "disposal_cost_yuan": Decimal("0")},
        {"injury_cost_yuan": Decimal("0"), "deaths_count": 0, "injuries_count": 0},
        {"injury_cost_yuan": None, "disposal_cost_yuan": None, "direct_economic_loss_yuan": Decimal("10")},
        {"deaths_count": 3, "reported_severity": "larger"},
        {
            "direct_property_loss_yuan": Decimal("9999999.99"),
            "direct_economic_loss_yuan": Decimal("99999999"),
        },
    ],
    "forest_fires": [
        {"extinguished_at": MOMENT, "discovered_at": MOMENT},
        {"extinguished_at": None},
        {"started_at": None, "discovered_at": None},
        {"started_at": datetime(2019, 8, 9, 22, 0)},
        {"burnt_forest_area_ha": Decimal("10"), "fire_ground_area_ha": None, "reported_severity": "larger"},
        {"burnt_forest_area_ha": Decimal("10"), "reported_severity": None},
        {"burnt_forest_area_ha": Decimal("0.9999999"), "serious_injuries_count": 9},
    ],
    "inspections": [
        {"score_points": Decimal("100"), "deducted_points": Decimal("0")},
        {"score_points": Decimal("90"), "deducted_points": None},
        {"fine_yuan": Decimal("0"), "penalties_count": 0, "result": "no_problem", "hazards_found_count": 0},
        {"hazards_found_count": None, "result": "no_problem", "fine_yuan": None, "penalties_count": 0},
    ],
    "hazards": [{"rectified_on": None, "verified_on": None, "status": "in_progress"}],
    "disaster_reports": [
        {"direct_loss_wan_yuan": Decimal("60.01")},
        {"direct_loss_wan_yuan": Decimal("99.00"), "loss_other_wan_yuan": None},
        {"affected_people_count": 4},
        {"affected_people_count": None, "deaths_count": 9},
        {"missing_count": None, "deaths_count": 4},
        {"loss_other_wan_yuan": Decimal("60.01"), "loss_housing_wan_yuan": None},
    ],
    "teams": [
        {"members_count": 4},
        {"accident_insurance_wan_yuan": Decimal("1000"), "established_on": DAY, "members_count": 1},
    ],
    "members": [
        # Eighteen today, and sixty tomorrow.
        {"birth_on": date(2001, 8, 10)},
        {"birth_on": date(1959, 8, 11)},
        {"birth_on": None},
        {"left_on": None},
    ],
    "equipment": [{"quantity": 0}],
    "drills": [
        {"present_members_count": 9, "required_members_count": 5},
        {"mustered_at": MOMENT},
        {"mustered_at": datetime(2019, 8, 11, 8, 0)},
    ],
    "assessment_scores": [{"raw_value": Decimal("-3.5")}, {"scored_on": date(2020, 1, 31)}],
}  # fmt: skip


def breaking(source: str, rule_id: str) -> dict[str, object]:
    """Changes that break a rule: from the table, or by the form of the rule's name."""
    if (source, rule_id) in BREAKS:
        return BREAKS[source, rule_id]
    for suffix, on_date, at_time, number in (
        ("_not_negative", None, None, -1),
        ("_not_before_1950", date(1949, 12, 31), datetime(1949, 12, 31, 23, 59), None),
        ("_not_after_receipt", date(2020, 4, 3), datetime(2020, 4, 2, 9, 0, 1), None),
    ):
        if rule_id.endswith(suffix):
            field = rule_id.removesuffix(suffix)
            value = {
                "date": on_date,
                "timestamp": at_time,
                "integer": number,
                "decimal": Decimal(number or 0),
            }[CONTRACTS[source].fields[field].type]
            # A negative part keeps the sum of the parts, so that only its own rule is broken.
            total = {"direct_loss_wan_yuan": Decimal("49.00")} if field.startswith("loss_") else {}
            return {**total, field: value}
    raise AssertionError(f"no row breaks {source}.{rule_id}: add one to BREAKS")


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """Findings of one table per source: sound rows, rows at the edge, then one breaking row per rule."""
    rows_of: dict[tuple[str, str], int] = {}
    extracts: dict[str, Extract] = {}
    with open_staging(tmp_path_factory.mktemp("gate") / "db", CONTRACTS, POPULATION) as staging:
        for source in CONTRACTS:
            rows = [sound_row(source), *(sound_row(source, **edge) for edge in SOUND[source])]
            rows += [dict.fromkeys(CONTRACTS[source].fields) | _required(source)]
            # Enough sound rows that the extract as a whole is not turned away.
            rows += [sound_row(source)] * 150
            keys = [f"k{n}" for n in range(len(rows))]
            for rule in SUITES[source].expectations:
                rule_id = rule.meta.rule_id
                if rule_id.endswith("_period"):
                    continue
                rows_of[source, rule_id] = len(rows) + 3
                if rule_id == "key_unique":
                    rows += [sound_row(source), sound_row(source)]
                    keys += ["twice", "twice"]
                else:
                    rows.append(sound_row(source, **breaking(source, rule_id)))
                    keys.append(rule_id)
            table = staged_table(source, rows, keys=keys, file_name=f"{source}.xlsx")
            staging.add([table])
            extracts[table.meta.extract_id] = Extract([table.meta])
            table = dated_table(source, rows_of)
            staging.add([table])
            extracts[table.meta.extract_id] = Extract([table.meta])
        judge(staging, SUITES, extracts, lambda what: None)
        frame = staging.connection.execute("select * from findings").pl()
    assert not any(extract.is_refused for extract in extracts.values())
    return frame, rows_of


def dated_table(source: str, rows_of: dict[tuple[str, str], int]) -> StagedTable:
    """An extract that declares a month: rows in it and at the edges of the slack, then one beyond each."""
    contract = CONTRACTS[source]
    slack, field = contract.period_slack, contract.event_time
    assert slack is not None
    earliest = PERIOD["period_start_on"] - timedelta(slack.before_days or 0)
    latest = PERIOD["period_end_on"] + timedelta(slack.after_days)

    def at(day: date) -> dict[str, object]:
        known = dict.fromkeys(contract.fields) | _required(source)
        moment = datetime.combine(day, time(23, 59)) if contract.fields[field].type == "timestamp" else day
        return {
            **known,
            field: moment,
            **({"reported_at": datetime(2020, 12, 31)} if "reported_at" in known else {}),
        }

    rows = [sound_row(source)] * 10 + [at(earliest), at(latest)]
    if slack.before_days is None:
        rows.append(at(date(1999, 1, 1)))
    for rule_id, day in (
        (f"{field}_not_before_period", earliest - timedelta(1)),
        (f"{field}_not_after_period", latest + timedelta(1)),
    ):
        if any(rule.meta.rule_id == rule_id for rule in SUITES[source].expectations):
            rows_of[source, rule_id] = len(rows) + 3
            rows.append(at(day))
    return staged_table(
        source, rows, file_name=f"{source} 八月.xlsx", received_at=datetime(2021, 1, 1), **PERIOD
    )


def _required(source: str) -> dict[str, object]:
    """A record of which only what is required is known."""
    contract = CONTRACTS[source]
    row = sound_row(source)
    return {
        name: row[name] for name, spec in contract.fields.items() if spec.required or name in contract.key
    }


ROW_RULES = [(s, r) for s in CONTRACTS for r in SUITES[s].expectations]


@pytest.mark.parametrize(
    ("source", "rule"), ROW_RULES, ids=lambda v: v if isinstance(v, str) else v.meta.rule_id
)
def test_a_rule_points_to_the_row_that_breaks_it_and_to_no_sound_row(findings, source, rule):
    frame, rows_of = findings
    file = f"{source}{' 八月' if rule.meta.rule_id.endswith('_period') else ''}.xlsx"
    mine = frame.filter((frame["source"] == source) & (frame["rule_id"] == rule.meta.rule_id))
    assert set(mine["file_name"]) == {file}
    row = rows_of[source, rule.meta.rule_id]
    expected = {row, row + 1} if rule.meta.rule_id == "key_unique" else {row}
    assert expected <= set(mine["row"])
    # A row made to break one rule may break a neighbour too; a sound one may break none.
    first_breaking = min(
        r
        for (s, i), r in rows_of.items()
        if s == source and i.endswith("_period") == file.endswith("月.xlsx")
    )
    assert all(r >= first_breaking for r in mine["row"])
    assert set(mine["field"]) == {rule.meta.columns[0]}
    held = mine.filter(mine["row"] == row)["held"].item()
    assert held == HELD[rule.meta.on_fail]
    assert set(mine["rule_sentence"]) == {rule.meta.sentence}


def test_a_finding_shows_labels_and_the_other_values_of_its_rule(findings):
    frame, _ = findings
    value = frame.filter(frame["rule_id"] == "severity_not_below_casualties")["value"][0]
    assert value.startswith("一般（死亡人数 2，下落不明人数 1，")


def test_no_finding_repeats_a_birth_date_or_a_pseudonym(findings):
    frame, _ = findings
    members = frame.filter(frame["source"] == "members")
    hidden = members.filter(members["field"].is_in(["birth_on", "member_key"]))
    assert hidden.height
    assert all(value.startswith("（已隐去）") for value in hidden["value"])
    assert not any(birth in value for value in members["value"] for birth in ("1969-08-10", "1919-08-09"))


GRADES = pl.read_csv(ROOT / "seeds" / "severity_grades.csv").sort("grade_order")
CODES = GRADES["grade_code"].unique(maintain_order=True).to_list()
BOUNDS = GRADES.filter(pl.col("grade_order") > 1).rows(named=True)
GRADED = {"work_safety": "accidents", "forest_fire": "forest_fires"}


@pytest.mark.parametrize(
    "bound", BOUNDS, ids=lambda b: f"{b['scheme_id']}-{b['grade_code']}-{b['criterion']}"
)
def test_the_gate_grades_at_the_bounds_of_the_seed(bound):
    """The bounds stand twice, here for the gate and there for the marts: they must be the same."""
    source = GRADED[bound["scheme_id"]]
    rules = SUITES[source].expectations
    rule = next(r for r in rules if r.meta.rule_id == "severity_not_below_casualties")
    criterion = bound["criterion"]
    field = criterion if criterion in CONTRACTS[source].fields else f"{criterion}_count"
    for amount, breaks in ((bound["minimum"], True), (bound["minimum"] - 1, False)):
        values = dict.fromkeys(rule.meta.columns) | {"deaths_count": 0, field: amount}
        values["reported_severity"] = CODES[CODES.index(bound["grade_code"]) - 1]
        columns = ", ".join(f"{'null::bigint' if v is None else repr(v)} as {n}" for n, v in values.items())
        query = f"select count(*) from (select {columns}) where ({violation_sql(rule, source)})"
        assert duckdb.sql(query).fetchall() == [(int(breaks),)], amount
