"""Making a release: built aside, complete with its manifest, then current by one rename."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

import anlan
from anlan.errors import AnlanError
from anlan.gate.lake import accepted_file, read_ledger
from anlan.jurisdiction import load_jurisdiction
from anlan.project import ROOT, Home
from anlan.release.pointer import make_current, sync_folder
from anlan.release.reader import WAREHOUSE_FILE
from anlan.warehouse.build import Progress, build_warehouse, finish_warehouse
from anlan.warehouse.inputs import RunParameters, fingerprint, write_inputs

MANIFEST_FILE = "manifest.json"
_BUILDING = ".building-"


@dataclass(frozen=True)
class Publication:
    """What ``publish`` did: the release, and whether it had to be built."""

    release_id: str
    path: Path
    is_new: bool
    is_synthetic: bool
    tests_count: int


def publish(home: Home, as_of: datetime | None = None, progress: Progress | None = None) -> Publication:
    """Build the release of what the lake holds, and make it current.

    ``as_of``: only extracts received up to then (default: all). A release of the same extracts,
    snapshot, place and definitions is not built again. Errors: AnlanError when nothing is loaded, or
    when a model or check fails; the current release then stays as it is.
    """
    ledger = read_ledger(home.lake).filter(pl.col("status") == "accepted")
    if as_of is not None:
        ledger = ledger.filter(pl.col("received_at") <= as_of)
    if ledger.is_empty():
        raise AnlanError("还没有已入库的数据", f"把报表放入 {home.inbox}，再运行 anlan refresh。")
    snapshot: datetime = as_of or max(ledger["received_at"])
    digest = fingerprint(_contents(home, ledger), snapshot, home.definitions)
    release_id = f"{snapshot:%Y%m%d}-{digest[:10]}"
    target = home.releases / release_id
    is_new = not (target / MANIFEST_FILE).is_file()
    tests_count = _build(home, release_id, snapshot, ledger, digest, progress) if is_new else 0
    make_current(home, release_id)
    return Publication(
        release_id,
        target,
        is_new=is_new,
        is_synthetic=bool(ledger["is_synthetic"].any()),
        tests_count=tests_count,
    )


def list_releases(home: Home) -> list[dict[str, object]]:
    """The manifests of all complete releases, oldest first."""
    manifests = [json.loads(f.read_text(encoding="utf-8")) for f in home.releases.glob(f"*/{MANIFEST_FILE}")]
    return sorted(manifests, key=lambda m: str(m["created_at"]))


def _contents(home: Home, ledger: pl.DataFrame) -> list[str]:
    """What the lake holds of each extract: a program or contract of today may read it otherwise."""
    facts = ledger.select("extract_id", "source", "received_at", "period_start_on", "period_end_on").unique()
    return [
        " ".join(map(str, (*row, _sha256(accepted_file(home.lake, row[1], row[0])))))
        for row in facts.iter_rows()
    ]


def _build(
    home: Home,
    release_id: str,
    snapshot: datetime,
    ledger: pl.DataFrame,
    digest: str,
    progress: Progress | None,
) -> int:
    home.releases.mkdir(parents=True, exist_ok=True)
    for leftover in home.releases.glob(f"{_BUILDING}*"):
        shutil.rmtree(leftover)
    aside = home.releases / f"{_BUILDING}{release_id}"
    aside.mkdir()
    jurisdiction = load_jurisdiction(home.jurisdiction)
    is_synthetic = bool(ledger["is_synthetic"].any())
    write_inputs(aside / "inputs", jurisdiction, RunParameters(snapshot, is_synthetic, release_id))
    warehouse = aside / WAREHOUSE_FILE
    result = build_warehouse(warehouse, home.lake, aside / "inputs", home.state / "dbt", progress)
    marts = finish_warehouse(warehouse, aside / "marts")
    extracts = (
        ledger.select("extract_id", "file_name", "received_at").unique().sort("received_at", "file_name")
    )
    manifest = {
        "release_id": release_id,
        "created_at": datetime.now().isoformat("T", "seconds"),
        "as_of_at": snapshot.isoformat("T"),
        "jurisdiction": jurisdiction.info.id,
        "is_synthetic": is_synthetic,
        "fingerprint": digest,
        "code_version": anlan.__version__,
        "lock_file_sha256": _sha256(ROOT / "requirements" / "runtime.txt"),
        "marts": marts,
        "tests_count": result.tests_count,
        "extracts": [
            {"extract_id": i, "file_name": n, "received_at": r.isoformat("T")}
            for i, n, r in extracts.iter_rows()
        ],
        "files": {
            str(f.relative_to(aside).as_posix()): _sha256(f) for f in sorted(aside.rglob("*")) if f.is_file()
        },
    }
    _write_durably(aside / MANIFEST_FILE, json.dumps(manifest, ensure_ascii=False, indent=1))
    for file in aside.rglob("*"):
        if file.is_file():
            _sync_file(file)
    target = home.releases / release_id
    if target.exists():
        shutil.rmtree(target)
    aside.replace(target)
    sync_folder(home.releases)
    return result.tests_count


def _write_durably(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    _sync_file(file)


def _sync_file(file: Path) -> None:
    with file.open("rb+") as handle:
        os.fsync(handle.fileno())


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
