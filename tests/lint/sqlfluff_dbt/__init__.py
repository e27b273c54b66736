"""Rendering a model without dbt: the project's macros, and dbt's own names.

sqlfluff's own loader reads macro files one after the other, so that a macro does not see those of
later files, and knows neither ``adapter.dispatch`` nor ``return``. Here each macro is a template of its
own, as in dbt, and finds all others when it is called. sqlfluff takes every public name of this module
as a name in models.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2.sandbox import SandboxedEnvironment

_MACROS = Path(__file__).resolve().parents[3] / "macros"
_DEFINITION = re.compile(r"\{%-?\s*macro\s+(\w+)\(.*?\{%-?\s*endmacro\s*-?%\}", re.DOTALL)


class _Returned(Exception):  # noqa: N818  # not an error: how dbt's return leaves a macro
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def _return(value: Any) -> None:
    raise _Returned(value)


def _environment(**instead: Callable[..., Any]) -> SandboxedEnvironment:
    """An environment with all macros as on DuckDB; ``instead`` takes the place of macros of that name."""
    environment = SandboxedEnvironment(extensions=["jinja2.ext.do"])

    class Adapter:
        def dispatch(self, name: str, package: str | None = None) -> Any:
            return environment.globals[f"duckdb__{name}"]

    def macro(name: str, source: str) -> Callable[..., Any]:
        template = environment.from_string(source)

        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return getattr(template.module, name)(*args, **kwargs)
            except _Returned as returned:
                return returned.value

        return call

    environment.globals.update(
        {
            "adapter": Adapter(),
            "return": _return,
            "execute": False,
            "config": lambda **settings: "",
            "ref": lambda model: model,
            "source": lambda source, table: f"{source}.{table}",
        }
    )
    for file in sorted(_MACROS.glob("*.sql")):
        for match in _DEFINITION.finditer(file.read_text(encoding="utf-8")):
            environment.globals[match.group(1)] = macro(match.group(1), match.group(0))
    environment.globals.update(instead)
    environment.globals["anlan"] = dict(environment.globals)
    return environment


# dbt's ref, source and config are sqlfluff's own.
globals().update(
    {k: v for k, v in _environment().globals.items() if k not in ("ref", "source", "config", "execute")}
)
