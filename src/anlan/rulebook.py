"""What a rule means to people: one model for the rules of cells, rows, columns and extracts.

The rules themselves stand in ``expectations/``. Those of cells (``cells.yml``) are asked by the intake
while it reads; all others by the gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from anlan.errors import AnlanError
from anlan.project import ROOT

CELL_RULES = "cells"

_Text = Annotated[str, StringConstraints(min_length=2, strip_whitespace=True)]
OnFail = Literal["refuse", "quarantine_row", "quarantine_cell", "warn"]


class RuleModel(BaseModel):
    """Base of all that is read from ``expectations/``: no unknown key, no change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_Suite = TypeVar("_Suite", bound=RuleModel)


class RuleMeta(RuleModel):
    """One rule as an analyst reads it.

    ``sentence`` says what is wrong, ``remedy`` what to do, ``owner`` who does it. ``on_fail``: ``refuse``
    the whole extract, hold the row or the cell back, or ``warn``: everything enters as it is, and a
    person looks at it. ``basis`` is what the rule rests on; law and standard are cited.
    """

    rule_id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    sentence: _Text
    remedy: _Text
    on_fail: OnFail
    owner: _Text
    basis: Literal["law", "standard", "practice"]
    citation: str = ""

    @model_validator(mode="after")
    def _is_cited(self) -> RuleMeta:
        if self.basis != "practice" and not self.citation:
            raise ValueError(f"rule {self.rule_id}: basis {self.basis} needs a citation")
        return self


class _CellSuite(RuleModel):
    """``cells.yml``. In a sentence ``{label}`` is the Chinese name of the field."""

    name: Literal["cells"]
    rules: list[RuleMeta] = Field(min_length=1)


@cache
def cell_rules(folder: Path = ROOT / "expectations") -> Mapping[str, RuleMeta]:
    """The rules of cells by id, of ``folder``; read once.

    Errors: AnlanError naming the file, and the place in it.
    """
    suite = read_rules(folder, CELL_RULES, _CellSuite)
    rules = {rule.rule_id: rule for rule in suite.rules}
    if len(rules) < len(suite.rules):
        raise AnlanError(f"校验规则有误 {CELL_RULES}.yml：规则重复", "每个 rule_id 只写一次。")
    return rules


def read_rules(folder: Path, name: str, model: type[_Suite]) -> _Suite:
    """One file of ``folder`` as ``model``.

    Errors: AnlanError for a file that is missing, is no YAML, or does not fit the model.
    """
    path = folder / f"{name}.yml"
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise AnlanError(f"找不到校验规则文件：{path}", "每个数据源都要有一个规则文件。") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise AnlanError(f"无法读取校验规则 {path}：{error}", "检查缩进和编码（UTF-8）。") from None
    except ValidationError as error:
        places = "；".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        raise AnlanError(
            f"校验规则有误 {path}：{places}", "对照 expectations/ 中的例子修改该文件。"
        ) from None
