"""Notebook files: their parameters, and an executed notebook as a page that opens offline."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from anlan.errors import AnlanError
from anlan.report.page import inline_svg, render, write_whole

PARAMETERS, INJECTED = "parameters", "injected-parameters"


def read_notebook(path: Path) -> Any:
    """A notebook as nbformat's node."""
    import nbformat

    return nbformat.read(path, as_version=4)


def write_notebook(notebook: Any, path: Path) -> Path:
    """Write a notebook, whole or not at all."""
    import nbformat

    return write_whole(path, nbformat.writes(notebook) + "\n")


def inject_parameters(notebook: Any, parameters: Mapping[str, Any], name: str) -> Any:
    """The notebook with a cell after its parameters cell that sets them anew.

    Errors: AnlanError when there is no parameters cell, or when it does not know a parameter: a
    misspelt one would otherwise pass unnoticed.
    """
    import nbformat

    cells = notebook.cells
    places = [place for place, cell in enumerate(cells) if PARAMETERS in cell.metadata.get("tags", [])]
    if len(places) != 1:
        raise AnlanError(
            f"笔记本 {name} 应有且只有一个参数单元格，现有 {len(places)} 个", f"给它加上标签 {PARAMETERS}。"
        )
    known = _assigned_names(cells[places[0]].source)
    unknown = sorted(set(parameters) - known)
    if unknown:
        raise AnlanError(
            f"笔记本 {name} 没有参数 {'、'.join(unknown)}", f"它的参数是：{'、'.join(sorted(known))}。"
        )
    source = "\n".join(f"{key} = {value!r}" for key, value in parameters.items())
    cell = nbformat.v4.new_code_cell(source, id=INJECTED, metadata={"tags": [INJECTED]})
    notebook.cells = [*cells[: places[0] + 1], cell, *cells[places[0] + 1 :]]
    return notebook


def notebook_page(notebook: Any, path: Path) -> Path:
    """An executed notebook as one HTML file: text and outputs, code left out, nothing from outside."""
    html = render("notebook.html.j2", title=_title(notebook, path.stem), parts=list(_parts(notebook)))
    return write_whole(path, html)


def _assigned_names(source: str) -> set[str]:
    targets: list[ast.expr] = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign):
            targets.extend(node.targets)
        elif isinstance(node, ast.AnnAssign):
            targets.append(node.target)
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _title(notebook: Any, otherwise: str) -> str:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := re.match(r"#\s+(.+)", cell.source)):
            return found[1].strip()
    return otherwise


def _parts(notebook: Any) -> Iterator[Any]:
    number = 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield _markdown(cell.source)
        elif cell.cell_type == "code":
            for output in cell.outputs:
                number += 1
                yield _output(output, f"output{number}")


def _output(output: Any, prefix: str) -> Any:
    from markupsafe import Markup, escape

    if output.output_type == "stream":
        return Markup("<pre>{}</pre>").format(output.text)
    data = output.get("data", {})
    if "text/html" in data:
        # Made by our own templates, which escape what they are given.
        return inline_svg(data["text/html"], prefix)
    if "image/svg+xml" in data:
        return Markup("<figure>{}</figure>").format(inline_svg(data["image/svg+xml"], prefix))
    if "text/markdown" in data:
        return _markdown(data["text/markdown"])
    return Markup("<pre>{}</pre>").format(escape(data.get("text/plain", "")))


def _markdown(source: str) -> Any:
    import mistune
    from markupsafe import Markup

    to_html = mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])
    return Markup(to_html(source))
