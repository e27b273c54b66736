"""Where things lie: the project's own files, a home's working folders, and the project file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from anlan.errors import AnlanError

ROOT = Path(os.environ.get("ANLAN_ROOT", Path(__file__).resolve().parents[2]))
PROJECT_FILE = "anlan.yml"


class ProjectFile(BaseModel):
    """``anlan.yml``: paths are relative to the file itself.

    ``home`` holds inbox, lake, releases and reports; ``jurisdiction`` what belongs to a place;
    ``contracts`` layouts that replace the project's own.
    """

    model_config = ConfigDict(extra="forbid")

    home: Path | None = None
    jurisdiction: Path | None = None
    contracts: Path | None = None


@dataclass(frozen=True)
class Home:
    """The working folders of one office, and the definitions they are built with."""

    path: Path
    jurisdiction: Path
    extra_contracts: Path | None = None

    @property
    def inbox(self) -> Path:
        """Extracts as received; never edited."""
        return self.path / "inbox"

    @property
    def lake(self) -> Path:
        """Accepted, quarantined and set-aside rows as Parquet, and the load ledger."""
        return self.path / "lake"

    @property
    def releases(self) -> Path:
        """Immutable builds, one folder each, and the pointer to the current one."""
        return self.path / "releases"

    @property
    def reports(self) -> Path:
        """Executed notebooks and bulletins, one folder per period."""
        return self.path / "reports"

    @property
    def loads(self) -> Path:
        """What is to be repaired and what was checked, one folder per load."""
        return self.reports / "loads"

    @property
    def state(self) -> Path:
        """Lock, logs and dbt's cache: safe to delete when nothing runs."""
        return self.path / ".anlan"

    @property
    def contracts(self) -> Path:
        """The project's contracts."""
        return ROOT / "contracts"

    @property
    def expectations(self) -> Path:
        """The rules of the gate."""
        return ROOT / "expectations"

    @property
    def definitions(self) -> list[Path]:
        """Folders that say how extracts are read and what the place is."""
        folders = [self.jurisdiction, self.contracts, self.expectations, self.extra_contracts]
        return [folder for folder in folders if folder is not None]


def open_home(
    home: Path | None = None,
    jurisdiction: Path | None = None,
    contracts: Path | None = None,
    project: Path | None = None,
) -> Home:
    """Resolve a home: command-line paths win over the project file, which wins over the defaults.

    Defaults: the project's own folder as home, ``jurisdictions/zhejiang``, the project's contracts.
    Errors: AnlanError for a project file or folder that does not exist or does not read.
    """
    file = project or (Path.cwd() / PROJECT_FILE)
    settings = ProjectFile()
    if file.is_file():
        try:
            settings = ProjectFile.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
        except (yaml.YAMLError, ValidationError) as error:
            raise AnlanError(
                f"项目文件有误 {file}：{error}", "可用的键：home、jurisdiction、contracts。"
            ) from None
    elif project is not None:
        raise AnlanError(f"找不到项目文件：{project}", "检查 --project 的路径。")

    def resolve(given: Path | None, set_in_file: Path | None) -> Path | None:
        if given is not None:
            return given.resolve()
        return (file.parent / set_in_file).resolve() if set_in_file is not None else None

    place = resolve(jurisdiction, settings.jurisdiction) or ROOT / "jurisdictions" / "zhejiang"
    if not place.is_dir():
        raise AnlanError(f"找不到地区文件夹：{place}", "检查 --jurisdiction 或 anlan.yml 中的路径。")
    return Home(
        path=resolve(home, settings.home) or ROOT,
        jurisdiction=place,
        extra_contracts=resolve(contracts, settings.contracts),
    )
