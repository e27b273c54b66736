"""The judgement: every rule asked of every staged row, and of every extract as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from anlan.errors import AnlanError
from anlan.gate.profiles import (
    COLUMN_PROFILE_TABLE,
    PROFILE_TABLE,
    Profile,
    broken_columns,
    broken_extracts,
    fill_columns,
    fill_profile,
)
from anlan.gate.refusal import turn_away
from anlan.gate.rules import COLUMN_SUITE, EXTRACT_SUITE, Rule, Suite
from anlan.gate.staging import Staging, stage_name
from anlan.gate.validation import Validation
from anlan.intake.staged import ExtractMeta

if TYPE_CHECKING:
    from anlan.gate.engine import Gate


@dataclass
class Extract:
    """One file on its way into the lake: its tables, and why those that do not enter do not.

    ``copied_headers``: by (source, sheet), of the copies of rows. ``refusals``: by (source, sheet). One
    refused table keeps the whole file out, since the repaired file comes as a whole, and rows without a
    key of their own would then stand twice.
    """

    metas: list[ExtractMeta] = field(default_factory=list)
    copied_headers: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    refusals: dict[tuple[str, str], AnlanError] = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        """Whether anything keeps this file out."""
        return bool(self.refusals)

    def refusal_of(self, meta: ExtractMeta) -> AnlanError:
        """Why this table did not enter: for a fault of its own, or of another in the same file."""
        own = self.refusals.get((meta.source, meta.sheet_name))
        if own is not None:
            return own
        (_, sheet), fault = next(iter(self.refusals.items()))
        return AnlanError(f"同一文件的表「{sheet}」被退回，整件不入库：{fault.message}", fault.remedy)


def judge(
    staging: Staging,
    suites: Mapping[str, Suite],
    extracts: Mapping[str, Extract],
    say: Callable[[str], None],
    lake: Path | None = None,
) -> list[Validation]:
    """Hold what breaks a rule; turn away, in ``extracts`` and in ``staging``, what breaks one as a whole.

    ``say`` is told what is being done; ``lake`` is where earlier years are looked up. Gives what Great
    Expectations said, suite by suite. Errors: AnlanError when a rule cannot be asked, or when the rows
    held are not as many as Great Expectations counted.
    """
    hidden = {source: suites[source].meta.hidden for source in staging.contracts}
    _turn_away(staging, extracts.values(), hidden)
    if not staging.number("select count(*) from tables where not is_refused"):
        return []
    say("准备校验规则")
    # Seconds of import that a load with nothing new need not pay.
    from anlan.gate.engine import Gate

    with closing(Gate(staging.connection)) as gate:
        hold_rows(staging, suites, gate, say)
        # Two profiles, each over what the one before left.
        for suite, table, fill, broken in (
            (suites[EXTRACT_SUITE], PROFILE_TABLE, fill_profile, broken_extracts),
            (suites[COLUMN_SUITE], COLUMN_PROFILE_TABLE, fill_columns, broken_columns),
        ):
            if fill(staging, lake):
                expected = gate.count_violations(table, suite)
                for rule in suite.expectations:
                    found = broken(staging, rule)
                    _agree(suite, rule, expected, len(found))
                    for profile in found:
                        _blame(staging, extracts[profile.extract_id], profile, rule)
                _turn_away(staging, extracts.values(), hidden)
        return gate.validations


def hold_rows(staging: Staging, suites: Mapping[str, Suite], gate: Gate, say: Callable[[str], None]) -> None:
    """Hold what breaks a rule of its source, or point it out; errors as ``judge``."""
    for source in staging.sources():
        say(f"校验{staging.contracts[source].label}")
        judge_rows(staging, gate, source, suites[source])


def judge_rows(staging: Staging, gate: Gate, source: str, suite: Suite) -> None:
    """Find the rows of one source that break a rule, and hold them or point them out."""
    table = stage_name(source)
    expected = gate.count_violations(table, suite)
    counted = staging.count_violations(table, suite.expectations)
    for rule in suite.expectations:
        _agree(suite, rule, expected, counted[rule.meta.rule_id])
        # Most rules are broken by no row: they need not be asked again.
        if counted[rule.meta.rule_id]:
            _agree(suite, rule, expected, staging.hold(source, suite, rule))
    staging.settle(source)


def _blame(staging: Staging, extract: Extract, profile: Profile, rule: Rule) -> None:
    """Note why the tables of one source do not enter (the first reason stands), or only point it out."""
    told = profile.told(rule)
    if rule.meta.on_fail == "warn":
        staging.point_out(profile.extract_id, profile.source, profile.field, told, rule.meta)
        return
    fault = AnlanError(f"{rule.meta.sentence}（{told}）", rule.meta.remedy)
    for meta in extract.metas:
        if meta.source == profile.source:
            extract.refusals.setdefault((meta.source, meta.sheet_name), fault)


def _turn_away(staging: Staging, extracts: Iterable[Extract], hidden: Mapping[str, list[str]]) -> None:
    for extract in extracts:
        if extract.is_refused:
            turn_away(staging, extract.metas[0].extract_id, hidden)


def _agree(suite: Suite, rule: Rule, expected: Mapping[str, int], held: int) -> None:
    """Two ways to the same rows: the count of Great Expectations and the condition that holds them."""
    rule_id = rule.meta.rule_id
    if held != expected[rule_id]:
        raise AnlanError(
            f"规则 {suite.name}.{rule_id}：校验数出 {expected[rule_id]} 行不合格，暂扣了 {held} 行，"
            "本次全部未入库",
            "这是程序的错误：该规则的暂扣条件与校验不一致，请交给维护人员。",
        )
