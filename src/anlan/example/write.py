"""Write the example province into a folder: extracts, the list of what was received, and a mark."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from anlan.errors import AnlanError
from anlan.example.records import Province, open_province
from anlan.example.writers.accidents import accident_extracts
from anlan.example.writers.disasters import disaster_extracts
from anlan.example.writers.enforcement import TextExtract, enforcement_extracts, write_text_extract
from anlan.example.writers.extract import Extract, Flaw
from anlan.example.writers.files import write_extract
from anlan.example.writers.fires import fire_extracts
from anlan.example.writers.forces import force_extracts
from anlan.example.writers.forest_fires import forest_fire_extracts
from anlan.example.writers.readiness import drill_extracts, equipment_extracts, score_extracts
from anlan.project import ROOT

MARK = ".anlan-example.json"
MANIFEST = "manifest.csv"
# For the progress bar: how many there are is known for sure only at the end.
_FILES_EXPECTED = 80

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class ExampleSummary:
    """What lies in the folder. ``flaws``: the deliberate faults, each to be held back by its rule."""

    directory: Path
    seed: int
    scale: float
    files: list[str]
    is_new: bool
    flaws: list[Flaw] = field(default_factory=list)

    @property
    def message(self) -> str:
        """One line for the console."""
        if not self.is_new:
            return f"示例报表（合成数据，种子 {self.seed}）已在 {self.directory}，未重写。"
        return f"已写出 {len(self.files)} 个示例报表（合成数据，种子 {self.seed}）到 {self.directory}"


def write_example(
    directory: Path, seed: int = 20200331, scale: float = 1.0, progress: Progress | None = None
) -> ExampleSummary:
    """Write all extracts of the example province below ``directory``.

    ``scale`` multiplies inspections and hazards. The same seed, scale and program find their own work
    and leave it. Errors: AnlanError for a scale out of range, and for a folder that holds anything else.
    """
    if not 0.01 <= scale <= 1000:
        raise AnlanError(f"规模 {scale} 不在 0.01 至 1000 之间", "规模 1 约有 2 万条隐患，500 约有一千万条。")
    mark = {"seed": seed, "scale": float(scale), "version": _version()}
    known = _read_mark(directory)
    if known and known["is_complete"] and {key: known[key] for key in mark} == mark:
        flaws = [Flaw(**flaw) for flaw in known["flaws"]]
        return ExampleSummary(directory, seed, scale, known["files"], is_new=False, flaws=flaws)
    _refuse_others(directory, known, mark)
    directory.mkdir(parents=True, exist_ok=True)
    _write_mark(directory, {**mark, "is_complete": False, "files": [], "flaws": []})
    received: list[tuple[str, str, str]] = []
    flaws = []
    for extract in _extracts(open_province(seed, scale)):
        if isinstance(extract, TextExtract):
            write_text_extract(extract, directory / extract.file)
        else:
            write_extract(extract, directory / extract.file)
        received.append((extract.received_at.isoformat(sep=" "), extract.file, extract.sender))
        flaws += extract.flaws
        if progress is not None:
            progress(len(received), max(_FILES_EXPECTED, len(received)), extract.file)
    received.sort()
    _write_manifest(directory, received)
    files = [file for _, file, _ in received]
    flaws_as_data = [asdict(flaw) for flaw in flaws]
    _write_mark(directory, {**mark, "is_complete": True, "files": files, "flaws": flaws_as_data})
    return ExampleSummary(directory, seed, scale, files, is_new=True, flaws=flaws)


def _extracts(province: Province) -> Iterator[Extract | TextExtract]:
    yield from accident_extracts(province)
    yield from fire_extracts(province)
    yield from forest_fire_extracts(province)
    yield from enforcement_extracts(province)
    yield from disaster_extracts(province)
    yield from force_extracts(province)
    yield from equipment_extracts(province)
    yield from drill_extracts(province)
    yield from score_extracts(province)


def _version() -> str:
    """A digest of everything the bytes depend on: this package, the fields, the divisions."""
    digest = hashlib.sha256()
    sources = [
        *sorted(Path(__file__).parent.rglob("*.py")),
        ROOT / "jurisdictions" / "zhejiang" / "divisions.csv",
    ]
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _read_mark(directory: Path) -> dict[str, Any] | None:
    path = directory / MARK
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _write_mark(directory: Path, content: dict[str, Any]) -> None:
    path = directory / MARK
    partial = path.with_name(f"{MARK}.partial")
    partial.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    partial.replace(path)


def _refuse_others(directory: Path, known: dict[str, Any] | None, mark: dict[str, Any]) -> None:
    """Nothing that this run would not write itself may lie in the folder."""
    if not directory.exists():
        return
    if not directory.is_dir():
        raise AnlanError(f"{directory} 是文件，不是文件夹", "另给一个文件夹。")
    if known is not None:
        # A run of the same kind that was interrupted is taken up again.
        if {key: known[key] for key in mark} == mark:
            return
        raise AnlanError(
            f"{directory} 里已有另一套示例报表（种子 {known['seed']}，规模 {known['scale']:g}）",
            "清空该文件夹，或另给一个文件夹；已载入过的工作目录也要换。",
        )
    others = [path for path in sorted(directory.iterdir()) if not path.name.startswith(".")]
    if others:
        raise AnlanError(
            f"{directory} 里有不是示例的文件：{'、'.join(path.name for path in others[:3])}",
            "示例只写进空文件夹，以免与真实报表混在一起；另给一个文件夹。",
        )


def _write_manifest(directory: Path, received: list[tuple[str, str, str]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["文件", "收到时间", "报送单位", "合成数据"])
    writer.writerows([file, time, sender, "是"] for time, file, sender in received)
    path = directory / MANIFEST
    partial = path.with_name(f".{MANIFEST}.partial")
    partial.write_text(buffer.getvalue(), encoding="utf-8")
    partial.replace(path)
