"""An extract as it was received: the bytes of a file in the inbox, or of a member of an archive in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from io import BufferedReader, BytesIO
from pathlib import Path

from anlan.errors import AnlanError


@dataclass(frozen=True)
class Original:
    """Where the bytes of one extract come from.

    ``name``: its plain name, which layouts match; ``path``: the file of the inbox it lies in. ``member``:
    the member of an archive it is, whose ``content`` is held in memory, because what identifies a person
    is never written outside the inbox, not even to a temporary file. ``companions``: files beside it that
    carry part of its records; they belong to its identity, since its figures change with them.
    """

    path: Path
    name: str
    member: str | None = None
    content: bytes | None = None
    companions: tuple[Original, ...] = ()

    @classmethod
    def of_file(cls, path: Path) -> Original:
        """A file that is an extract of its own."""
        return cls(path, path.name)

    @property
    def shown(self) -> str:
        """The name as messages call it: of a member of an archive with the archive in front."""
        return self.name if self.member is None else f"{self.path.name}/{self.member}"

    def emptied(self) -> Original:
        """The same without the bytes of members of archives."""
        return replace(self, content=None, companions=tuple(c.emptied() for c in self.companions))

    def open(self) -> BufferedReader | BytesIO:
        """The bytes from their beginning. Errors: AnlanError for a file that cannot be opened."""
        if self.content is not None:
            return BytesIO(self.content)
        try:
            return self.path.open("rb")
        except OSError as error:
            raise AnlanError(
                f"{self.shown}：无法打开（{error.strerror}）", "检查文件权限，关闭正在使用它的程序后重试。"
            ) from None

    def digest(self) -> str:
        """The sha256 of the bytes, and of those of its companions, in hex: the identity of the extract."""
        if self.companions:
            parts = [replace(self, companions=()), *self.companions]
            return hashlib.sha256("".join(sorted(part.digest() for part in parts)).encode()).hexdigest()
        with self.open() as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
