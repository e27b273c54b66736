"""Tables as the intake hands them on, built by hand for tests of the gate."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl

from anlan.contracts import load_contracts
from anlan.intake.original import Original
from anlan.intake.staged import (
    ExtractMeta,
    StagedTable,
    canonical_schema,
    empty_findings,
    empty_set_aside,
)
from anlan.project import ROOT

CONTRACTS = load_contracts(ROOT / "contracts")
RECEIVED_AT = datetime(2020, 4, 2, 9, 0)
MOMENT = datetime(2019, 8, 10, 8, 0)
DAY = date(2019, 8, 10)

# A record of each source that breaks no rule, every field filled.
_PLAIN = {
    "text": "甲",
    "division": "330102",
    "integer": 2,
    "decimal": Decimal("10.00"),
    "date": DAY,
    "timestamp": MOMENT,
    "boolean": True,
}
_SOUND: dict[str, dict[str, object]] = {
    "accidents": {"reported_severity": "general", "deaths_count": 1, "missing_count": 0},
    "fires": {
        "severity_kind": "not_minor",
        "cause": "electrical",
        "place_category": "residence",
        "direct_economic_loss_yuan": Decimal("30.00"),
    },
    "forest_fires": {
        "extinguished_at": datetime(2019, 8, 10, 13, 30),
        "burnt_forest_area_ha": Decimal("0.5"),
    },
    "inspections": {"result": "corrected", "score_points": Decimal("99"), "deducted_points": Decimal("1")},
    "hazards": {"status": "closed"},
    "disaster_reports": {
        "report_sequence": 1,
        "affected_people_count": 4,
        "direct_loss_wan_yuan": Decimal("60.00"),
    },
    "teams": {"established_on": date(2001, 5, 1)},
    "members": {
        "birth_on": date(1969, 8, 10),
        "joined_on": date(2010, 3, 1),
        "left_on": date(2019, 1, 1),
        "sex": "male",
    },
    "equipment": {},
    "drills": {"mustered_at": datetime(2019, 8, 10, 8, 9)},
    "assessment_scores": {"assessment_year": 2019},
}


def sound_row(source: str, **changes: object) -> dict[str, object]:
    """A record that breaks no rule, with ``changes``."""
    row = {
        name: next(iter(spec.codes)) if spec.codes else _PLAIN[spec.type]
        for name, spec in CONTRACTS[source].fields.items()
    }
    return {**row, **_SOUND[source], **changes}


def staged_table(
    source: str,
    rows: list[dict[str, object]],
    *,
    extract_id: str | None = None,
    file_name: str = "某文件.xlsx",
    sheet_name: str = "Sheet1",
    keys: list[str] | None = None,
    findings: pl.DataFrame | None = None,
    set_aside: pl.DataFrame | None = None,
    received_at: datetime = RECEIVED_AT,
    sender: str | None = None,
    **meta: object,
) -> StagedTable:
    """One table: data from row 3 on, each with a key of its own unless ``keys`` are given."""
    extract_id = extract_id or hashlib.sha256(file_name.encode()).hexdigest()
    contract = CONTRACTS[source]
    complete = [
        {
            **row,
            "_extract_id": extract_id,
            "_sheet": sheet_name,
            "_row": number,
            "_key": keys[number - 3] if keys else f"{sheet_name}{number}",
        }
        for number, row in enumerate(rows, start=3)
    ]
    frame = pl.DataFrame(complete, schema=canonical_schema(contract), orient="row")
    findings = empty_findings() if findings is None else findings
    set_aside = empty_set_aside() if set_aside is None else set_aside
    held = findings.filter(pl.col("held") == "row")["row"].n_unique()
    return StagedTable(
        meta=ExtractMeta(
            extract_id=extract_id,
            original=Original.of_file(Path(file_name)),
            file_name=file_name,
            source=source,
            layout_id="test",
            sheet_name=sheet_name,
            encoding=None,
            received_at=received_at,
            sender=sender,
            is_synthetic=True,
            **meta,
        ),
        rows=frame,
        findings=findings,
        set_aside=set_aside,
        rows_read=frame.height + held + set_aside.height,
        headers={"deaths_count": ("D", "死亡人数（人）")},
    )
