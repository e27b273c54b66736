"""Messages between the process that loads and the one that parses workbooks."""

from __future__ import annotations

import enum
import json
import struct
from typing import IO, Any

_HEAD = struct.Struct(">BIQ")


class Kind(enum.IntEnum):
    """OPEN and NEXT ask; CHUNK, SHEET, END and REFUSAL answer."""

    OPEN = 1
    NEXT = 2
    CHUNK = 3
    SHEET = 4
    END = 5
    REFUSAL = 6


def write_message(
    target: IO[bytes], kind: Kind, head: dict[str, Any], body: bytes | memoryview = b""
) -> None:
    """Send one message: what it is, a few facts, and bytes."""
    facts = json.dumps(head, ensure_ascii=False).encode("utf-8", "surrogatepass")
    target.write(_HEAD.pack(kind, len(facts), len(body)) + facts)
    target.write(body)
    target.flush()


def read_message(source: IO[bytes]) -> tuple[Kind, Any, bytes] | None:
    """The next message; None if the other side has ended, in the middle of one too."""
    head = source.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, facts_size, body_size = _HEAD.unpack(head)
    facts = source.read(facts_size)
    body = source.read(body_size)
    if len(facts) < facts_size or len(body) < body_size:
        return None
    return Kind(kind), json.loads(facts.decode("utf-8", "surrogatepass")), body
