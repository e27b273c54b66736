"""Which release is current: a small file with its id, replaced by one rename.

A pointer file rather than a link, since links need rights that Windows shares do not give.
"""

from __future__ import annotations

import os
from pathlib import Path

from anlan.errors import AnlanError
from anlan.project import Home

POINTER = "current"


def current_release(home: Home) -> Path:
    """The folder of the current release.

    Errors: AnlanError when no release exists, or when the pointer names one that is gone.
    """
    pointer = home.releases / POINTER
    try:
        release_id = pointer.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise AnlanError(f"{home.releases} 中还没有发布版本", "先运行 make demo 或 anlan refresh。") from None
    folder = home.releases / release_id
    if not folder.is_dir():
        raise AnlanError(f"当前版本 {release_id} 的文件夹不存在：{folder}", "重新运行 anlan refresh。")
    return folder


def make_current(home: Home, release_id: str) -> None:
    """Make a complete release current, by one atomic rename of the pointer."""
    home.releases.mkdir(parents=True, exist_ok=True)
    aside = home.releases / f".{POINTER}.{os.getpid()}"
    with aside.open("w", encoding="utf-8") as handle:
        handle.write(release_id + "\n")
        handle.flush()
        os.fsync(handle.fileno())
    aside.replace(home.releases / POINTER)
    sync_folder(home.releases)


def sync_folder(folder: Path) -> None:
    """Make renames within a folder durable, where the system can open folders."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
