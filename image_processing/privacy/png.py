"""Copy a PNG or APNG: its pixels, and chunks of colours, sizes and animation (W3C PNG, third edition)."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from image_processing.colour import icc_profile
from image_processing.errors import Corrupt, TooManyPixels, Truncated
from image_processing.privacy.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_PROFILE = 4 << 20
_SIZES = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"cICP": 4, b"mDCV": 24, b"cLLI": 8, b"acTL": 8}
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # colour type -> samples of a pixel
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_MAX_INFLATED = 2 << 30  # bytes of all frames
_INFLATE_STEP = 1 << 20  # bytes that come out at a time
_INFLATE_PIECE = 1 << 16  # bytes that go in at a time: zlib copies what it leaves, each time


class _Stream:
    """The zlib stream of one PNG frame, which comes in pieces, followed to its end."""

    def __init__(self, size: int) -> None:
        self._inflater = zlib.decompressobj()
        self._left = size  # bytes of pixels that are still to come

    @property
    def ended(self) -> bool:
        """Tell whether all of it has been seen."""
        return self._inflater.eof

    @property
    def whole(self) -> bool:
        """Tell whether all pixels have been seen."""
        return self._left == 0

    def cut(self, piece: bytes) -> bytes:
        """Return the part of the next piece that belongs to the stream."""
        if self.ended:
            return b""
        for at in range(0, len(piece), _INFLATE_PIECE):
            self._inflate(piece[at : at + _INFLATE_PIECE])
            if self.ended:
                return piece[: min(at + _INFLATE_PIECE, len(piece)) - len(self._inflater.unused_data)]
        return piece

    def _inflate(self, rest: bytes) -> None:
        full = True
        while not self.ended and (rest or full):
            try:
                pixels = self._inflater.decompress(rest, _INFLATE_STEP)
            except zlib.error:
                raise Corrupt("The PNG's pixels are damaged. Please export the image again.") from None
            rest, full = self._inflater.unconsumed_tail, len(pixels) == _INFLATE_STEP
            self._left -= len(pixels)
            if self._left < 0:
                raise Corrupt("The PNG holds more data than its pixels. Please export the image again.")


class _Header(NamedTuple):
    """The content of a PNG's IHDR (W3C PNG, 11.2.1)."""

    width: int
    height: int
    depth: int
    color: int
    compression: int
    filters: int
    interlace: int

    def frame(self, width: int, height: int) -> int:
        """Return the bytes of a frame's filtered rows, of all its passes (W3C PNG, 8 and 9)."""
        passes = _ADAM7 if self.interlace else ((0, 0, 1, 1),)
        sizes = ((-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in passes)
        bits = self.depth * _CHANNELS[self.color]
        return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 and rows > 0)


def copy(data: bytes, exif: bytes) -> bytes:
    """Keep pixels and chunks of colours, sizes and animation, once each (W3C PNG, third edition)."""
    chunks = Walk().through(_chunks(data))
    kind, body = next(chunks, (b"", b""))
    if kind != b"IHDR" or len(body) != 13 or body[9] not in _CHANNELS:
        raise Corrupt("The PNG's header is damaged. Please export the image again.")
    header = _Header(*struct.unpack(">IIBBBBB", body))
    inflated = header.frame(header.width, header.height)
    pixels, frame = _Stream(inflated), None
    out, seen, sequence = bytearray(data[:8] + _chunk(kind, body)), {kind: 0}, 0
    for kind, body in chunks:
        if inflated > _MAX_INFLATED:
            raise TooManyPixels("The PNG's frames are too many or too large. Please send a smaller image.")
        kept = b""
        if kind == b"IDAT":
            if kind not in seen and exif:
                out += _chunk(b"eXIf", exif)
            kept = pixels.cut(body)
        elif kind in (b"fcTL", b"fdAT"):
            if body[:4] != struct.pack(">I", sequence) or (kind == b"fcTL" and len(body) != 26):
                raise Corrupt("The PNG's frames are damaged or out of order. Please export the image again.")
            sequence += 1
            kept = body
            if kind == b"fdAT":
                kept = body[:4] + (frame.cut(body[4:]) if frame else b"")
            elif b"IDAT" in seen:
                size = header.frame(*struct.unpack(">II", body[4:12]))
                frame, inflated = _Stream(size), inflated + size
        elif kind not in seen:
            kept = _body(kind, body, header, seen.get(b"PLTE", 0) // 3)
        if kept:
            out += _chunk(kind, kept)
            seen[kind] = len(kept)
    if not (pixels.ended or pixels.whole):
        raise Truncated("The PNG ends before its image does. Please send the whole file again.")
    return bytes(out + _chunk(b"IEND", b""))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and body of each chunk before IEND."""
    at = 8
    while at + 12 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind == b"IEND":
            return
        if at + 12 + length > len(data):
            break
        yield kind, data[at + 8 : at + 8 + length]
        at += 12 + length
    raise Truncated("The PNG ends before its image does. Please send the whole file again.")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _body(kind: bytes, body: bytes, header: _Header, colors: int) -> bytes:
    """Return the kept part of a chunk that comes once, perhaps empty. A palette has some colours."""
    indexed, gray = header.color == 3, header.color in (0, 4)
    if kind == b"iCCP":
        return _profile(body)
    if kind == b"PLTE":
        return body[: min(len(body) // 3, 1 << header.depth) * 3] if indexed else b""
    if kind == b"tRNS" and indexed:
        return body[:colors]
    sizes = {
        b"tRNS": {0: 2, 2: 6}.get(header.color),
        b"bKGD": 1 if indexed else 2 if gray else 6,
        b"sBIT": 3 if indexed else _CHANNELS[header.color],
    }
    return body if len(body) == sizes.get(kind, _SIZES.get(kind)) else b""


def _profile(body: bytes) -> bytes:
    """Write the profile anew: its name and the data after its stream could hold anything."""
    try:
        data = zlib.decompressobj().decompress(body[body.index(b"\0") + 2 :], _MAX_PROFILE)
    except (ValueError, zlib.error):
        return b""
    profile = icc_profile.clean(data)
    return b"icc\0\0" + zlib.compress(profile) if profile else b""
