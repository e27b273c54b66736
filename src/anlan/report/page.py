"""Setting a page: templates, the style sheet, and writing a file so that it is whole or not there."""

from __future__ import annotations

import os
import re
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from anlan.report.style import chart_svg

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **values: Any) -> str:
    """A template as text, everything in it escaped but what is already markup.

    The style sheet stands in the page, and each chart as static SVG: a page is one file.
    """
    from markupsafe import Markup

    css = Markup((TEMPLATES / "page.css").read_text(encoding="utf-8"))
    numbers = count(1)

    def chart(drawing: Any) -> Any:
        return inline_svg(chart_svg(drawing), f"chart{next(numbers)}")

    html: str = _environment().get_template(template).render(css=css, chart=chart, **values)
    return html


def block_html(block: Any) -> str:
    """One block of a bulletin as HTML, without a page around it."""
    template = _environment().get_template("blocks.html.j2")

    def chart(drawing: Any) -> Any:
        return inline_svg(chart_svg(drawing), "chart")

    html: str = template.module.block_html(block, chart)
    return html


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
