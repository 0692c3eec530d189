"""Copy a JPEG: tables, frames and scans up to the end of the first image (ITU-T T.81)."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from image_processing.colour import icc_profile
from image_processing.errors import Corrupt, Truncated
from image_processing.privacy.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # neither stuffed nor a restart (ITU-T T.81, B.1.1.2)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TABLES = frozenset((0xC4, 0xCC, 0xDB))
_ICC_SEGMENT = 65519  # bytes of a profile that one segment holds


def copy(data: bytes, exif: bytes) -> bytes:
    """Keep tables, frames and scans up to the end of the first image, with size and colours (T.81)."""
    out, in_scan = bytearray(data[:2]), False
    profile: dict[int, bytes] = {}
    totals: list[int] = []
    profile_at = exif_at = 2
    walk = Walk()
    for code, body, before in walk.through(_segments(data)):
        walk.pay(tables=len(body) if code in _TABLES else 0)
        out += before if in_scan else b""
        in_scan = code == 0xDA
        if code == 0xE2 and body.startswith(b"ICC_PROFILE\0") and len(body) >= 14:
            profile_at = profile_at if totals else len(out)
            profile[body[12]] = body[14:]
            totals.append(body[13])
        elif (cut := _CUTS.get(code)) and (kept := cut(body)):
            at_start = len(out) == 2 and not totals
            out += _segment(code, kept)
            exif_at = len(out) if code == 0xE0 and at_start else exif_at
    out[profile_at:profile_at] = _icc_segments(profile, totals)
    if exif:
        out[exif_at:exif_at] = _segment(0xE1, b"Exif\0\0" + exif)
    return bytes(out + b"\xff\xd9")


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield marker, body and the data before each segment, the last being the end of the image."""
    at = 2
    while marker := _MARKER.search(data, at):
        code, start = data[marker.start() + 1], marker.start()
        before, at = data[at:start], start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
        if code == 0xD9:
            yield code, b"", before
            return
        if at > len(data) or at < start + 4 or code == 0xD8:
            raise Corrupt("The JPEG's segments are damaged. Please export the image again.")
        yield code, data[start + 4 : at], before
    raise Truncated("The JPEG ends before its image does. Please send the whole file again.")


def _segment(code: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, code, len(body) + 2) + body


def _icc_segments(parts: dict[int, bytes], totals: list[int]) -> bytes:
    """Write a profile anew, if each of its parts is there once (ICC.1:2022, B.4)."""
    count = len(totals)
    if set(totals) != {count} or set(parts) != set(range(1, count + 1)):
        return b""
    profile = icc_profile.clean(b"".join(parts[number] for number in range(1, count + 1)))
    pieces = [profile[at : at + _ICC_SEGMENT] for at in range(0, len(profile), _ICC_SEGMENT)]
    return b"".join(
        _segment(0xE2, b"ICC_PROFILE\0" + bytes([number, len(pieces)]) + piece)
        for number, piece in enumerate(pieces, 1)
    )


def _counted(body: bytes, at: int, size: int, more: int) -> bytes:
    """Cut a header to its count of components, which is at a place in it."""
    end = size + more * body[at] if at < len(body) else len(body) + 1
    if end > len(body):
        raise Corrupt("The JPEG's headers are damaged. Please export the image again.")
    return body[:end]


def _tables(body: bytes, size: Callable[[bytes, int], int]) -> bytes:
    """Cut a segment to the whole tables in it, each headed by its class (0, 1) and number (0 to 3)."""
    at = 0
    while at < len(body) and not body[at] & 0xEC and at + (length := size(body, at)) <= len(body):
        at += length
    return body[:at]


def _jfif(body: bytes) -> bytes:
    """Keep the header without its thumbnail (JFIF 1.02)."""
    return body[:12] + bytes(2) if body.startswith(b"JFIF\0") and len(body) >= 14 else b""


_CUTS: dict[int, Callable[[bytes], bytes]] = {
    **dict.fromkeys(_FRAMES, lambda body: _counted(body, 5, 6, 3)),
    0xDA: lambda body: _counted(body, 0, 4, 2),
    0xC4: lambda body: _tables(body, lambda data, at: 17 + sum(data[at + 1 : at + 17])),
    0xDB: lambda body: _tables(body, lambda data, at: 129 if data[at] >> 4 else 65),
    0xCC: lambda body: _tables(body, lambda _data, _at: 2),
    0xDC: lambda body: body[:2],  # a number of lines, which a frame of height 0 needs
    0xDD: lambda body: body[:2],
    0xE0: _jfif,
    0xEE: lambda body: body[:12] if body.startswith(b"Adobe") and len(body) >= 12 else b"",
}
