"""Copy a WebP: its picture or animation, and its profile (RFC 9649)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from image_processing.colour import icc_profile
from image_processing.errors import Corrupt, Truncated
from image_processing.privacy.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_KINDS = frozenset((b"VP8X", b"ICCP", b"ANIM", b"ALPH", b"VP8 ", b"VP8L"))
_ICC, _ALPHA, _EXIF, _ANIMATED = 0x20, 0x10, 0x08, 0x02


def copy(data: bytes, exif: bytes) -> bytes:
    """Keep pixels, profile and animation (RFC 9649); flags and length are set anew."""
    first: dict[bytes, bytes] = {}
    frames = bytearray()
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    walk = Walk()
    for kind, body in walk.through(_chunks(data, 12, end)):
        if kind == b"ANMF" and len(body) >= 16:
            picture = _picture(walk.through(_chunks(body, 16, len(body))))
            frames += _chunk(kind, body[:15] + bytes([body[15] & 3]) + picture) if picture else b""
        elif kind in _KINDS:
            first.setdefault(kind, body)
    head, profile = first.get(b"VP8X", b""), icc_profile.clean(first.get(b"ICCP", b""))
    animated = len(head) >= 10 and head[0] & _ANIMATED
    picture = bytes(frames) if animated else _picture(first.items())
    if not picture:
        raise Corrupt("The WebP holds no picture. Please export the image again.")
    out = b"WEBP"
    if len(head) >= 10:  # without it a file has no place for a profile or Exif
        flags = head[0] & (_ALPHA | _ANIMATED) | (_ICC if profile else 0) | (_EXIF if exif else 0)
        out += _chunk(b"VP8X", bytes([flags, 0, 0, 0]) + head[4:10])
        out += _chunk(b"ICCP", profile) if profile else b""
    if animated:
        out += _chunk(b"ANIM", first.get(b"ANIM", b"")[:6].ljust(6, b"\0"))
    out += picture
    if len(head) >= 10 and exif:
        out += _chunk(b"EXIF", exif)
    return b"RIFF" + struct.pack("<I", len(out)) + out


def _chunks(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    while at + 8 <= end:
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > len(data):
            raise Truncated("The WebP ends before its image does. Please send the whole file again.")
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + (length & 1)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) & 1)


def _picture(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Keep the first picture, lossy or lossless, and the alpha that comes before a lossy one."""
    alpha = b""
    for kind, body in chunks:
        if kind == b"ALPH":
            alpha = _chunk(kind, body)
        elif kind == b"VP8 ":
            return alpha + _chunk(kind, body)
        elif kind == b"VP8L":
            return _chunk(kind, body)
    return b""
