"""Boxes of ISO base media files (ISO/IEC 14496-12, 4.2)."""

from __future__ import annotations

import struct


def box(kind: bytes, *bodies: bytes) -> bytes:
    """Write a box."""
    body = b"".join(bodies)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def full(kind: bytes, *bodies: bytes, version: int = 0, flags: int = 0) -> bytes:
    """Write a box with version and flags."""
    return box(kind, bytes([version]) + flags.to_bytes(3, "big"), *bodies)


def find(data: bytes, *path: bytes) -> bytes:
    """Give the content of the box at a path, each step of which skips version and flags where it has them.

    Raises:
        KeyError: there is no such box.

    """
    for kind in path:
        at = 4 if data[4:8] not in (b"ftyp", kind) and data[8:12] in (b"hdlr", b"pitm") else 0
        while data[at + 4 : at + 8] != kind:
            size = int.from_bytes(data[at : at + 4], "big")
            if not 8 <= size <= len(data) - at:
                raise KeyError(kind)
            at += size
        size = int.from_bytes(data[at : at + 4], "big")
        data = data[at + 8 : at + size if size else None]
    return data
