"""Old workbooks (.xls) of a few cells: BIFF8 records in a compound file. Formats: [MS-XLS], [MS-CFB]."""

from __future__ import annotations

import struct

FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(streams: dict[str, bytes], is_small: bool = False) -> bytes:
    """A compound file; with ``is_small`` its streams lie in 64-byte sectors, as short ones do."""
    bodies: list[bytes] = []
    entries: list[tuple[str, int, int, int]] = []
    small, small_table = b"", []
    place = 1
    if is_small:
        for name, content in streams.items():
            count = -(-len(content) // 64)
            first = len(small) // 64
            entries.append((name, 2, first, len(content)))
            small_table += [*range(first + 1, first + count), END]
            small += content.ljust(count * 64, b"\0")
        blocks = {"root": small, "table": struct.pack(f"<{len(small_table)}I", *small_table)}
    else:
        blocks = {name: content.ljust(4096, b"\0") for name, content in streams.items()}
    chains: list[int] = []
    firsts = {}
    for name, content in blocks.items():
        count = -(-len(content) // 512)
        firsts[name] = place
        chains += [*range(place + 1, place + count), END]
        bodies.append(content.ljust(count * 512, b"\xff" if name == "table" else b"\0"))
        place += count
    if not is_small:
        entries = [(name, 2, firsts[name], len(blocks[name])) for name in blocks]
    entries.insert(0, ("Root Entry", 5, firsts.get("root", END), len(small)))
    directory = b""
    for number, (name, kind, first, size) in enumerate(entries):
        right = number + 1 if 0 < number < len(entries) - 1 else FREE
        child = 1 if number == 0 else FREE
        directory += name.encode("utf-16-le").ljust(64, b"\0")
        directory += struct.pack("<HBBIII", len(name) * 2 + 2, kind, 1, FREE, right, child)
        directory += bytes(36) + struct.pack("<IQ", first, size)
    count = -(-len(directory) // 512)
    chains += [*range(place + 1, place + count), END]
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack(
        "<HHHHH6xIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, place, 0, 4096, firsts.get("table", END)
    )
    header += struct.pack("<III", 1 if is_small else 0, END, 0) + struct.pack("<109I", 0, *[FREE] * 108)
    table = struct.pack("<128I", TABLE, *chains, *[FREE] * (127 - len(chains)))
    return header + table + b"".join(bodies) + directory.ljust(count * 512, b"\0")


def record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def text(value: str, length: str = "<H") -> bytes:
    return struct.pack(length, len(value)) + b"\x01" + value.encode("utf-16-le")


def begin(kind: int) -> bytes:
    return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def book(sheets: dict[str, bytes], formats: list[tuple[int, str | None]], extra: bytes = b"") -> bytes:
    """The stream of a workbook. ``formats``: number and code of the format of each cell style."""
    head = begin(0x0005) + extra
    for number, code in formats:
        if code is not None:
            head += record(0x041E, struct.pack("<H", number) + text(code))
    for number, _ in formats:
        head += record(0x00E0, struct.pack("<HH", 0, number) + bytes(16))
    places = sum(len(record(0x0085, bytes(6) + text(name, "<B"))) for name in sheets) + 4 + len(head)
    bodies = b""
    for name, cells in sheets.items():
        head += record(0x0085, struct.pack("<IH", places + len(bodies), 0) + text(name, "<B"))
        bodies += begin(0x0010) + cells + record(0x000A)
    return head + record(0x000A) + bodies


def place(row: int, column: int, style: int = 0) -> bytes:
    return struct.pack("<HHH", row, column, style)


def label(row: int, column: int, value: str) -> bytes:
    return record(0x0204, place(row, column) + text(value))


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    return record(0x0203, place(row, column, style) + struct.pack("<d", value))


def integer(row: int, column: int, value: int, style: int = 0) -> bytes:
    return record(0x027E, place(row, column, style) + struct.pack("<I", value << 2 | 2))


def integers(row: int, column: int, values: list[int], style: int = 0) -> bytes:
    cells = b"".join(struct.pack("<HI", style, value << 2 | 2) for value in values)
    return record(
        0x00BD, struct.pack("<HH", row, column) + cells + struct.pack("<H", column + len(values) - 1)
    )


def error(row: int, column: int, code: int) -> bytes:
    return record(0x0205, place(row, column) + bytes([code, 1]))


def formula(row: int, column: int, result: bytes, style: int = 0) -> bytes:
    """A formula (of the number 1) with its result in eight bytes."""
    return record(0x0006, place(row, column, style) + result + bytes(6) + struct.pack("<HBH", 3, 0x1E, 1))
