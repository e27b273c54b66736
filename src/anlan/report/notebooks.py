"""Executing the notebooks of a report without a screen, and setting each as an offline page."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anlan
from anlan.errors import AnlanError
from anlan.project import ROOT, Home
from anlan.release.reader import ReleaseReader
from anlan.report.notebook_file import inject_parameters, notebook_page, read_notebook, write_notebook
from anlan.report.session import HOME_VARIABLE, RELEASE_VARIABLE

NOTEBOOKS = ROOT / "notebooks"
TIMEOUT_SECONDS = 120

Step = Callable[[int, int, str], None]


def run_notebooks(
    home: Home,
    reader: ReleaseReader,
    period: str,
    area: str | None = None,
    progress: Step | None = None,
    folder: Path = NOTEBOOKS,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> list[Path]:
    """Execute all notebooks of ``folder`` on one release, side by side.

    Writes ``<name>.ipynb`` with outputs and ``<name>.html`` into the home's reports of the period, and
    returns them in order. Errors: AnlanError naming notebook, cell and the error; the notebook as far
    as it got is kept, those that succeeded too.
    """
    sources = sorted(folder.glob("*.ipynb"))
    parameters = {"period": period, "area": area}
    target = home.reports / period
    with tempfile.TemporaryDirectory(prefix="anlan-") as aside:
        environment = _kernel_environment(Path(aside), home, reader)

        async def run_all() -> list[AnlanError | None]:
            finished = 0

            async def run(source: Path) -> AnlanError | None:
                nonlocal finished
                # Short names: a socket's path may hold about a hundred characters.
                connection = Path(aside) / f"k{sources.index(source)}.json"
                error = await _run_one(source, target, parameters, environment, connection, timeout_seconds)
                finished += 1
                if progress is not None:
                    progress(finished, len(sources), source.stem)
                return error

            return await asyncio.gather(*(run(source) for source in sources))

        errors = [error for error in asyncio.run(run_all()) if error is not None]
    if errors:
        raise errors[0]
    return [target / f"{source.stem}{suffix}" for source in sources for suffix in (".ipynb", ".html")]


async def _run_one(
    source: Path,
    target: Path,
    parameters: Mapping[str, Any],
    environment: Mapping[str, str],
    connection: Path,
    timeout_seconds: float,
) -> AnlanError | None:
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    notebook = inject_parameters(read_notebook(source), parameters, source.name)
    kept = target / source.name
    failure = ""
    limit = asyncio.timeout(timeout_seconds)
    try:
        async with limit:
            await _execute(notebook, environment, connection)
    except CellExecutionError as error:
        failure = f"{error.ename}：{_one_line(error.evalue)}"
    except (TimeoutError, DeadKernelError):
        # A kernel that is stopped at the limit may look like one that died.
        failure = f"运行超过 {timeout_seconds:g} 秒" if limit.expired() else "内核中途退出（可能内存不足）"
    write_notebook(notebook, kept)
    if failure:
        return _cell_error(source, notebook, failure, kept)
    notebook_page(notebook, target / f"{source.stem}.html")
    return None


async def _execute(notebook: Any, environment: Mapping[str, str], connection: Path) -> None:
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    # No kernel folders: the kernel is this interpreter's own, whatever the user has installed. Where
    # the system has sockets in files, no port is opened.
    manager = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        connection_file=str(connection),
        transport="ipc" if os.name == "posix" else "tcp",
    )
    client = NotebookClient(
        notebook, km=manager, resources={"metadata": {"path": str(connection.parent)}}, record_timing=False
    )
    # The client leaves a kernel alone that it did not choose itself, unless told.
    await client.async_execute(env=dict(environment), cleanup_kc=True)


def _kernel_environment(aside: Path, home: Home, reader: ReleaseReader) -> dict[str, str]:
    places = {
        name: str(aside / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    package = str(Path(anlan.__file__).parents[1])
    paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        **os.environ,
        **places,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "PYTHONDONTWRITEBYTECODE": "1" if sys.dont_write_bytecode else "",
        RELEASE_VARIABLE: str(reader.path),
        HOME_VARIABLE: str(home.path),
    }


def _cell_error(source: Path, notebook: Any, what: str, kept: Path) -> AnlanError:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    failed = next((c for c in code if any(o.output_type == "error" for o in c.outputs)), None)
    if failed is None:
        # Nothing was raised: the cell that was at work is the last one the kernel took.
        started = [c for c in code if c.get("execution_count") or c.outputs]
        failed = next((c for c in code if c not in started), code[-1])
    place = notebook.cells.index(failed) + 1
    return AnlanError(
        f"笔记本 {source.name} 第 {place} 个单元格出错：{what}",
        f"执行到出错处的笔记本留在 {kept}，可打开查看。",
    )


def _one_line(text: str) -> str:
    return "；".join(part.strip() for part in text.splitlines() if part.strip())
