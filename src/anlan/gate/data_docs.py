"""Great Expectations' Data Docs in Chinese, for a browser without a network.

The site is built by Great Expectations' own site builder from its own stores. What is ours are the pages:
plain HTML with its style inside, no script, no font and no address of any host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults
from great_expectations.data_context.types.resource_identifiers import (
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)
from great_expectations.render.renderer.site_builder import SiteBuilder
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from anlan.contracts import Contract
from anlan.errors import AnlanError
from anlan.gate.summary import BASIS_WORDS, ON_FAIL_WORDS
from anlan.gate.validation import Validation

_MODULE = __name__
# What is asked beside the records of a source, and the names of what it is asked about.
_OTHER_SUITES = {"extracts": "整件报表", "columns": "整列数据"}
_PROFILE_LABELS = {
    "rows_read": "读入行数",
    "rows_data": "数据行数",
    "rows_accepted": "入库行数",
    "rows_quarantined": "暂扣行数",
    "period_start_on": "所报期间起",
    "period_end_on": "所报期间止",
    "dated_rows": "有日期的行数",
    "rows_in_period": "所报期间内的行数",
    "rows_beyond_slack": "超出期间的行数",
    "busiest_month_on": "行数最多的月份",
    "earlier_rows_least": "往年同期最少行数",
    "earlier_rows_most": "往年同期最多行数",
    "values_count": "有值的行数",
    "nonzero_count": "非零的行数",
    "multiples_of_ten_count": "10 的整数倍的行数",
    "median": "中位数",
    "last_values_count": "上年同期有值的行数",
    "last_nonzero_count": "上年同期非零的行数",
    "last_multiples_of_ten_count": "上年同期 10 的整数倍的行数",
    "last_median": "上年同期中位数",
}

_PAGES = Path(__file__).with_name("pages")


def write_data_docs(
    validations: Sequence[Validation],
    folder: Path,
    contracts: Mapping[str, Contract],
    made_at: datetime,
    is_synthetic: bool,
) -> Path:
    """Build the pages of all suites that were asked and of what was answered; the path of the index.

    Errors: AnlanError if a page is missing (Great Expectations passes over what it cannot render).
    """
    context = _context(validations, made_at)
    facts = {"contracts": contracts, "made_at": made_at, "is_synthetic": is_synthetic}
    view = {"module_name": _MODULE, "class_name": "PageView"}

    def section(renderer: str, store: str) -> dict[str, Any]:
        return {
            "class_name": "DefaultSiteSectionBuilder",
            "source_store_name": store,
            "renderer": {"module_name": _MODULE, "class_name": renderer, "facts": facts},
            "view": view,
        }

    site = OfflineSite(
        data_context=context,
        store_backend={"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        site_name="anlan",
        show_how_to_buttons=False,
        site_index_builder={
            "class_name": "DefaultSiteIndexBuilder",
            "renderer": {"module_name": _MODULE, "class_name": "IndexPage", "facts": facts},
            "view": view,
        },
        site_section_builders={
            "expectations": section("SuitePage", context.expectations_store_name),
            "validations": section("RunPage", context.validation_results_store_name),
            "profiling": "None",
        },
    )
    site.build()
    pages = len(list(folder.rglob("*.html")))
    wanted = len(context.suites.all()) + len(context.validation_results_store.list_keys()) + 1
    if pages != wanted:
        raise AnlanError(f"校验文档应有 {wanted} 页，实际写出 {pages} 页", "这是程序的错误，请交给维护人员。")
    return folder / "index.html"


def _context(validations: Sequence[Validation], made_at: datetime) -> Any:
    """A context whose stores, in memory, hold the suites that were asked and the results."""
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars={"globally": False},
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    run = RunIdentifier(run_name="load", run_time=made_at.astimezone())
    for validation in validations:
        name, results = validation.suite.name, validation.result.results
        asked = [result.expectation_config for result in results]
        notes = {"notes": validation.suite.meta.notes}
        context.suites.add_or_update(gx.ExpectationSuite(name=name, expectations=asked, meta=notes))
        key = ValidationResultIdentifier(ExpectationSuiteIdentifier(name=name), run, validation.table)
        context.validation_results_store.set(key, validation.result)
    return context


class OfflineSite(SiteBuilder):
    """A site of our pages alone: Great Expectations' own pictures and styles are not copied."""

    def build(self, resource_identifiers: Any = None, build_index: bool = True) -> Any:
        """Render every suite and result, then the index."""
        for builder in self.site_section_builders.values():
            builder.build(resource_identifiers=resource_identifiers)
        return self.site_index_builder.build(build_index=build_index)


class PageView:
    """Fills the template that a renderer names."""

    def render(self, document: dict[str, Any], **_: Any) -> str:
        """The page as HTML; every text is escaped."""
        environment = Environment(loader=FileSystemLoader(_PAGES), autoescape=True, undefined=StrictUndefined)
        return environment.get_template(f"{document['template']}.html").render(document)


class _Renderer:
    """What the pages have in common. ``facts``: contracts, moment of the load, whether data is synthetic."""

    def __init__(self, facts: dict[str, Any], data_context: Any = None) -> None:
        self._context = data_context
        self._contracts: Mapping[str, Contract] = facts["contracts"]
        self._common = {
            "made_at": f"{facts['made_at']:%Y-%m-%d %H:%M:%S}",
            "is_synthetic": facts["is_synthetic"],
        }

    def page(self, template: str, title: str, home: str, **content: Any) -> dict[str, Any]:
        """What a template is filled with; ``home``: the way to the index, empty on it."""
        return {"template": template, "title": title, "home": home, **self._common, **content}

    def label(self, suite: str) -> str:
        """The Chinese name of what a suite asks about."""
        return _OTHER_SUITES[suite] if suite in _OTHER_SUITES else self._contracts[suite].label

    def rule(self, suite: str, meta: Mapping[str, Any]) -> dict[str, str]:
        """A rule as an analyst reads it."""
        fields = {} if suite in _OTHER_SUITES else self._contracts[suite].fields
        labels = {name: spec.label for name, spec in fields.items()} | _PROFILE_LABELS
        return {
            "id": meta["rule_id"],
            "sentence": meta["sentence"],
            "remedy": meta["remedy"],
            "owner": meta["owner"],
            "on_fail": ON_FAIL_WORDS[meta["on_fail"]],
            "basis": BASIS_WORDS[meta["basis"]],
            "citation": meta.get("citation", ""),
            "columns": "、".join(labels.get(name, name) for name in meta["columns"]),
        }


class SuitePage(_Renderer):
    """The rules of one suite."""

    def render(self, suite: Any) -> dict[str, Any]:
        """One rule a row."""
        rules = [self.rule(suite.name, expectation.meta) for expectation in suite.expectations]
        notes = (suite.meta or {}).get("notes", "")
        return self.page(
            "suite", f"{self.label(suite.name)}：校验规则", "../index.html", rules=rules, notes=notes
        )


class RunPage(_Renderer):
    """How many rows of one table broke each rule of its suite."""

    def render(self, outcome: Any) -> dict[str, Any]:
        """One rule a row, those with broken rows first."""
        suite = outcome.suite_name
        rows = outcome.results[0].result["element_count"]
        rules = []
        for result in outcome.results:
            unexpected = result.result["unexpected_count"]
            share = f"{unexpected / rows:.2%}" if unexpected else "0"
            rules.append(
                {**self.rule(suite, result.expectation_config.meta), "unexpected": unexpected, "share": share}
            )
        rules.sort(key=lambda rule: -int(rule["unexpected"]))
        return self.page(
            "run",
            f"{self.label(suite)}：校验结果",
            "../../../../index.html",
            rows=rows,
            rules=rules,
            broken=sum(rule["unexpected"] > 0 for rule in rules),
            suite_href=f"../../../../expectations/{suite}.html",
        )


class IndexPage(_Renderer):
    """All results, each with the way to its page and to the rules it was asked by."""

    def render(self, links: Mapping[str, Any]) -> dict[str, Any]:
        """One result a row, in the order of the contracts."""
        runs = []
        for link in links.get("validations_links", []):
            suite = link["expectation_suite_name"]
            outcome = self._context.get_validation_result(
                expectation_suite_name=suite,
                run_id=link["run_id"],
                batch_identifier=link["batch_identifier"],
            )
            counts = [result.result["unexpected_count"] for result in outcome.results]
            runs.append(
                {
                    "suite": suite,
                    "label": self.label(suite),
                    "href": link["filepath"],
                    "suite_href": f"expectations/{suite}.html",
                    "rows": outcome.results[0].result["element_count"],
                    "rules": len(counts),
                    "broken": sum(count > 0 for count in counts),
                    "unexpected": sum(counts),
                }
            )
        order = [*self._contracts, *_OTHER_SUITES]
        return self.page(
            "index", "校验结果目录", "", runs=sorted(runs, key=lambda run: order.index(run["suite"]))
        )
