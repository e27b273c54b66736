"""Executing notebooks: parameters, errors that name the cell, offline pages, and the notebooks in git."""

from __future__ import annotations

import ast
import json
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from anlan.errors import AnlanError
from anlan.project import Home
from anlan.release.reader import open_warehouse
from anlan.report.notebook_file import inject_parameters
from anlan.report.notebooks import NOTEBOOKS, run_notebooks
from report_warehouse import figure_row, write_warehouse

PARAMETERS = 'period = "2019"\narea = None\nas_of = None'


def write(folder, name, *cells):
    folder.mkdir(exist_ok=True)
    parameters = new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    notebook = new_notebook(cells=[new_markdown_cell(f"# 题：{name}"), parameters, *cells])
    nbformat.write(notebook, folder / f"{name}.ipynb")


@pytest.fixture
def home(tmp_path):
    return Home(path=tmp_path / "home", jurisdiction=tmp_path)


@pytest.fixture
def reader(home):
    rows = [figure_row("accidents", 900, 1400, area="330100", change_pct=-35.7)]
    with open_warehouse(write_warehouse(home.path / "w", rows)) as opened:
        yield opened


def test_notebooks_run_on_the_release_they_are_given_with_the_parameters(home, reader, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    source = (
        "from anlan.report.session import open_session, say\n"
        "report = open_session(period, area, as_of)\n"
        'say(f"{report.area.name} <{report.figure("accidents").printed}>")'
    ).replace('"accidents"', "'accidents'")
    write(tmp_path / "nb", "01_one", new_code_cell(source))
    write(tmp_path / "nb", "02_two", new_code_cell("print(area)"))
    steps = []
    written = run_notebooks(
        home, reader, "2019", "杭州市", lambda *step: steps.append(step), folder=tmp_path / "nb"
    )
    assert [path.name for path in written] == ["01_one.ipynb", "01_one.html", "02_two.ipynb", "02_two.html"]
    assert sorted(step[:2] for step in steps) == [(1, 2), (2, 2)]
    html = written[1].read_text(encoding="utf-8")
    assert "<h1>题：01_one</h1>" in html
    assert "杭州市 &lt;900&gt;" in html
    assert "open_session" not in html
    assert "<script" not in html
    assert not re.findall(r"""(?:src|href)=["'](?!#)""", html)
    executed = nbformat.read(written[0], as_version=4)
    injected = [c for c in executed.cells if "injected-parameters" in c.metadata.get("tags", [])]
    assert [c.source for c in injected] == ["period = '2019'\narea = '杭州市'"]
    assert not (tmp_path / "person").exists()


def test_failing_notebook_is_named_with_its_cell_and_kept_as_far_as_it_got(home, reader, tmp_path):
    write(tmp_path / "nb", "01_bad", new_code_cell("print('甲')"), new_code_cell("raise KeyError('乙')"))
    with pytest.raises(AnlanError) as caught:
        run_notebooks(home, reader, "2019", folder=tmp_path / "nb")
    assert "01_bad.ipynb 第 5 个单元格出错：KeyError：'乙'" in caught.value.message
    kept = nbformat.read(home.reports / "2019" / "01_bad.ipynb", as_version=4)
    assert kept.cells[3].outputs[0].text == "甲\n"
    assert not (home.reports / "2019" / "01_bad.html").exists()


def test_notebook_that_does_not_end_is_stopped(home, reader, tmp_path):
    write(tmp_path / "nb", "01_slow", new_code_cell("1"), new_code_cell("while True: pass"))
    with pytest.raises(AnlanError, match="运行超过 6 秒"):
        run_notebooks(home, reader, "2019", folder=tmp_path / "nb", timeout_seconds=6)


def test_unknown_parameter_is_refused():
    notebook = new_notebook(cells=[new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})])
    with pytest.raises(AnlanError, match="没有参数 perod"):
        inject_parameters(notebook, {"perod": "2019"}, "x.ipynb")


def test_notebook_without_parameters_cell_is_refused():
    with pytest.raises(AnlanError, match="参数单元格"):
        inject_parameters(new_notebook(cells=[new_code_cell("1")]), {}, "x.ipynb")


def test_stored_notebooks_read_well_where_there_are_forest_fires_only(home):
    rows = [figure_row("forest_fires", 12, 15, change_pct=-20.0)]
    with open_warehouse(write_warehouse(home.path / "forest", rows)) as reader:
        written = run_notebooks(home, reader, "2019")
    pages = [path.read_text(encoding="utf-8") for path in written if path.suffix == ".html"]
    assert "发生森林火灾12起，起数同比下降20.0%" in pages[0]
    assert "没有起数的同比数字" in pages[0]
    assert "浙江省没有队伍名册。" in pages[1]
    assert "没有考核得分。" in pages[2]


STORED = sorted(NOTEBOOKS.glob("*.ipynb"))


def test_there_are_notebooks_to_test():
    assert [path.name[:2] for path in STORED] == ["01", "02", "03"]


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_stored_notebook_holds_no_results(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_stored_notebook_types_no_number_into_its_prose(path):
    cells = nbformat.read(path, as_version=4).cells
    prose = "".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert re.findall(r"\d", prose) == []


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_stored_notebook_reads_only_through_a_session(path):
    cells = nbformat.read(path, as_version=4).cells
    tree = ast.parse("\n".join(cell.source for cell in cells if cell.cell_type == "code"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    assert "anlan.report.session" in imported
    assert all(module.startswith("anlan.report.") for module in imported)
