"""What a notebook begins with: a release opened read-only, and the showing of blocks.

A notebook that the runner executes reads the release the runner names; one that a person opens reads
the current release of the home, or the last one made of what was known at ``as_of``.
"""

from __future__ import annotations

import os
from datetime import datetime, time
from pathlib import Path

from anlan.errors import AnlanError
from anlan.project import Home, open_home
from anlan.release.publish import list_releases
from anlan.release.reader import ReleaseReader, open_current, open_warehouse
from anlan.report.context import ReportContext, open_context
from anlan.report.document import Block, Note, Paragraph
from anlan.report.page import block_html
from anlan.report.style import use_house_style

# Set by the runner for the kernels it starts, and by the laboratory for its own.
RELEASE_VARIABLE = "ANLAN_RELEASE"
HOME_VARIABLE = "ANLAN_HOME"


def open_session(period: str, area: str | None = None, as_of: str | None = None) -> ReportContext:
    """The context of a notebook; ``as_of`` (2020-04-10 or with a time) asks for an older release.

    Errors: AnlanError for a period, an area or a moment without figures.
    """
    use_house_style()
    return open_context(_open_release(as_of), str(period), area)


def show(*blocks: Block) -> None:
    """Display blocks of a bulletin in a notebook: text, tables, charts; without any, say that."""
    from IPython.display import HTML, Markdown, display

    for block in blocks or (Paragraph("本地区没有这方面的数据。"),):
        if block.kind == "paragraph":
            display(Markdown(markdown_text(block.text)))
        else:
            display(HTML(block_html(block)))


def say(text: str) -> None:
    """Display a computed sentence."""
    show(Paragraph(text))


def remark(text: str) -> None:
    """Display a computed note."""
    show(Note(text))


def markdown_text(text: str) -> str:
    """Text as Markdown that reads as it stands: its special characters escaped."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|~" else c for c in text)


def _open_release(as_of: str | None) -> ReleaseReader:
    named = os.environ.get(RELEASE_VARIABLE)
    if named and as_of is None:
        return open_warehouse(Path(named))
    folder = os.environ.get(HOME_VARIABLE)
    home = open_home(Path(folder) if folder else None)
    return open_current(home) if as_of is None else _open_as_of(home, as_of)


def _open_as_of(home: Home, as_of: str) -> ReleaseReader:
    try:
        moment = datetime.fromisoformat(as_of)
    except ValueError:
        raise AnlanError(f"as_of 的值 {as_of!r} 不是日期", "写作 2020-04-10 或 2020-04-10T18:00。") from None
    if len(as_of) == len("2020-04-10"):
        moment = datetime.combine(moment, time.max)
    known = {
        datetime.fromisoformat(str(manifest["as_of_at"])): str(manifest["release_id"])
        for manifest in list_releases(home)
    }
    fitting = [at for at in known if at <= moment]
    if not fitting:
        raise AnlanError(f"没有数据截至 {as_of} 或更早的发布版本", "先运行 anlan build --as-of 该日期。")
    return open_warehouse(home.releases / known[max(fitting)])
