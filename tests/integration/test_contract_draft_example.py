"""A layout drafted from an extract of the example province reads it as the project's own layout does."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import yaml
from polars.testing import assert_frame_equal

from anlan.contracts import Contract
from anlan.intake.draft import draft_contract
from anlan.intake.layouts import allowed_candidates
from anlan.intake.original import Original
from anlan.intake.staged import StagedTable
from anlan.project import Home
from intake_files import AREAS, BASE, stage

_PERSONAL = {"姓名", "联系电话", "手机号码", "身份证号", "身份证号码"}


def one_file_of_each_layout(inbox: Path) -> list[Path]:
    """The first file that each layout of the project may read."""
    kinds: dict[tuple[str, str], Path] = {}
    for path in sorted(inbox.rglob("*.*")):
        for candidate in allowed_candidates(BASE.values(), [path.name]):
            kinds.setdefault((candidate.contract.source, candidate.layout.id), path)
    return list(kinds.values())


def drafted_contract(path: Path, source: str) -> tuple[str, dict[str, Contract]]:
    drafted = draft_contract(Original.of_file(path), BASE[source], BASE[source].layouts, AREAS, BASE)
    assert drafted.problems == [], path.name
    document = BASE[source].model_dump(by_alias=True, exclude={"layouts"})
    layouts = yaml.safe_load(drafted.text)["layouts"]
    return drafted.text, {source: Contract.model_validate({**document, "layouts": layouts})}


def rows_of(tables: list[StagedTable]) -> pl.DataFrame:
    assert all(table.refusal is None for table in tables), [str(table.refusal) for table in tables]
    return pl.concat([table.rows for table in tables if table.rows.width])


def persons_in(path: Path) -> set[str]:
    """What stands in the columns of persons, whatever the layout."""
    from anlan.intake.sheets import read_sheets

    found: set[str] = set()
    for sheet in read_sheets(Original.of_file(path), [path.name], BASE, AREAS.knows):
        for name in sheet.frame.columns:
            texts = sheet.frame[name].drop_nulls().to_list()
            heads = [i for i, text in enumerate(texts[:5]) if text in _PERSONAL]
            if heads:
                found |= set(texts[heads[0] + 1 :])
    return found


def test_a_drafted_layout_reads_its_file_as_the_contract_of_the_project_does(demo_home: Home) -> None:
    paths = one_file_of_each_layout(demo_home.inbox)
    assert len(paths) == sum(len(contract.layouts) for contract in BASE.values())
    sources = set()
    for path in paths:
        known = stage(path, BASE)
        source = known[0].meta.source
        sources.add(source)
        text, contracts = drafted_contract(path, source)
        drafted = stage(path, contracts)
        mapped = [column.field for column in contracts[source].layouts[0].columns]
        columns = [*mapped, "_sheet", "_row", "_key"]
        assert_frame_equal(rows_of(drafted).select(columns), rows_of(known).select(columns))
        assert not any(person in text for person in persons_in(path)), path.name
    assert sources == set(BASE)
