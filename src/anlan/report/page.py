"""Setting a page: templates, the style sheet, and writing a file so that it is whole or not there."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **values: Any) -> str:
    """A template as text, everything in it escaped but what is already markup; the style sheet is
    inlined, so that a page is one file."""
    from markupsafe import Markup

    css = Markup((TEMPLATES / "page.css").read_text(encoding="utf-8"))
    return _environment().get_template(template).render(css=css, **values)


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def inline_svg(svg: str, prefix: str) -> Any:
    """An SVG as markup to stand in a page: its ids get a prefix, since a page has several."""
    from markupsafe import Markup

    named = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', svg)
    named = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", named)
    named = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', named)
    return Markup(named)


def write_whole(path: Path, text: str) -> Path:
    """Write a file under a temporary name in its folder, then rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
    return path
