"""One refresh at a time: the second is told who holds the lock."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from anlan.errors import AnlanError
from anlan.project import Home


@contextmanager
def refresh_lock(home: Home) -> Iterator[None]:
    """Hold the home's lock for the length of the block.

    A lock left by a process of this host that no longer runs is taken over. Errors: AnlanError
    naming process, host and time of the holder.
    """
    home.state.mkdir(parents=True, exist_ok=True)
    path = home.state / "lock"
    _acquire(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _acquire(path: Path) -> None:
    holder = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now().isoformat("T", "seconds"),
    }
    aside = path.with_name(f"lock.{holder['host']}.{holder['pid']}")
    aside.write_text(json.dumps(holder), encoding="utf-8")
    try:
        for _ in range(2):
            try:
                # A hard link is created whole or not at all, so that no reader sees half a lock.
                os.link(aside, path)
                return
            except FileExistsError:
                other = json.loads(path.read_text(encoding="utf-8"))
                if other["host"] == holder["host"] and not _runs(other["pid"]):
                    path.unlink(missing_ok=True)
                    continue
                raise AnlanError(
                    f"另一个刷新正在进行：主机 {other['host']}，进程 {other['pid']}，开始于 {other['since']}",
                    f"等它结束后再运行；若确认该进程已不在，删除 {path}。",
                ) from None
        raise AnlanError(f"无法取得刷新锁：{path}", "稍后重试。")
    finally:
        aside.unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
