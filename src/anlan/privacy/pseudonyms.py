"""Keyed pseudonyms: a person is the same text in every extract, and who it is only the key can tell."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from anlan.errors import AnlanError

KEY_BYTES = 32
PSEUDONYM_LENGTH = 32
KEY_FILE_VARIABLE = "ANLAN_KEY_FILE"


def default_key_file() -> Path:
    """Where the key lies: ANLAN_KEY_FILE, else the user's own configuration folder."""
    named = os.environ.get(KEY_FILE_VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("anlan") / "pseudonym.key"


class Pseudonyms:
    """HMAC-SHA-256 under one key of an office, in hex, cut to 32 characters (128 bits)."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(key)}")
        self._key = key

    @classmethod
    def load(cls, key_file: Path | None = None) -> Pseudonyms:
        """Read the key, making it at first use with access for its owner only.

        Errors: AnlanError when the file cannot be read or made, has another length, or others may read it.
        """
        path = key_file or default_key_file()
        try:
            if not path.exists():
                _make_key(path)
            key = path.read_bytes()
            mode = path.stat().st_mode
        except OSError as error:
            raise AnlanError(
                f"无法读取或建立密钥文件 {path}：{error.strerror}",
                f"检查该路径的权限，或用环境变量 {KEY_FILE_VARIABLE} 指定另一个位置。",
            ) from None
        if len(key) != KEY_BYTES:
            raise AnlanError(
                f"密钥文件 {path} 应为 {KEY_BYTES} 字节，实为 {len(key)} 字节",
                "从备份恢复原密钥；另换新密钥会使同一人在新旧数据中成为两个人。",
            )
        if os.name == "posix" and mode & 0o077:
            raise AnlanError(f"密钥文件 {path} 可被他人读取", f"执行 chmod 600 {path} 后重试。")
        return cls(key)

    def of(self, text: str) -> str:
        """The pseudonym of one text."""
        return hmac.digest(self._key, text.encode(), hashlib.sha256).hex()[:PSEUDONYM_LENGTH]


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(KEY_BYTES))
        # A link, unlike a rename, never replaces: of two first uses at once the first one's key stays.
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
