"""Copy JPEG, PNG and WebP files block by block: what shows the picture, each block at its own length, and no more.

Blocks are kept by a list of what is known, never left out by a list of what is private. Pixels are not decoded;
a PNG's are inflated to find their end. What this cannot see is named at `derive.strip_private`.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from image_processing import profiles
from image_processing.errors import Corrupt, TooManyPixels, Truncated
from image_processing.metadata.budget import Budget, Exhausted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_Block = TypeVar("_Block")

_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # neither stuffed nor a restart (ITU-T T.81, B.1.1.2)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TABLES = frozenset((0xC4, 0xCC, 0xDB))
_ICC_SEGMENT = 65519  # bytes of a profile that one segment holds
_MAX_PROFILE = 4 << 20
_MAX_BLOCKS = 1_000_000  # of a file, those within blocks and each 16 bytes of tables too

_PNG_SIZES = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"cICP": 4, b"mDCV": 24, b"cLLI": 8, b"acTL": 8}
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # colour type -> samples of a pixel
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_MAX_INFLATED = 2 << 30  # bytes of all frames
_INFLATE_STEP = 1 << 20  # bytes that come out at a time
_INFLATE_PIECE = 1 << 16  # bytes that go in at a time: zlib copies what it leaves, each time

_WEBP_KINDS = frozenset((b"VP8X", b"ICCP", b"ANIM", b"ALPH", b"VP8 ", b"VP8L"))
_WEBP_ICC, _WEBP_ALPHA, _WEBP_EXIF, _WEBP_ANIMATED = 0x20, 0x10, 0x08, 0x02


def _bounded(blocks: Iterator[_Block], budget: Budget) -> Iterator[_Block]:
    """Yield blocks while there are not so many that walking through them takes too long."""
    for block in blocks:
        _spend(budget)
        yield block


def _spend(budget: Budget, tables: int = 0) -> None:
    """Pay for a block, and for bytes of tables in it."""
    try:
        budget.spend(decoded=tables)
    except Exhausted:
        raise Corrupt("The file is in too many pieces. Please export the image again.") from None


def jpeg(data: bytes, exif: bytes) -> bytes:
    """Keep tables, frames and scans up to the end of the first image, and what tells size and colours (T.81)."""
    out, in_scan = bytearray(data[:2]), False
    profile: dict[int, bytes] = {}
    totals: list[int] = []
    profile_at = exif_at = 2
    budget = Budget(_MAX_BLOCKS)
    for code, body, before in _bounded(_jpeg_segments(data), budget):
        _spend(budget, tables=len(body) if code in _TABLES else 0)
        out += before if in_scan else b""
        in_scan = code == 0xDA
        if code == 0xE2 and body.startswith(b"ICC_PROFILE\0") and len(body) >= 14:
            profile_at = profile_at if totals else len(out)
            profile[body[12]] = body[14:]
            totals.append(body[13])
        elif (cut := _JPEG_CUTS.get(code)) and (kept := cut(body)):
            at_start = len(out) == 2 and not totals
            out += _segment(code, kept)
            exif_at = len(out) if code == 0xE0 and at_start else exif_at
    out[profile_at:profile_at] = _icc_segments(profile, totals)
    if exif:
        out[exif_at:exif_at] = _segment(0xE1, b"Exif\0\0" + exif)
    return bytes(out + b"\xff\xd9")


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield marker, body and what lies before of each segment, the last being the end of the image."""
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
    profile = profiles.clean(b"".join(parts[number] for number in range(1, count + 1)))
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


_JPEG_CUTS: dict[int, Callable[[bytes], bytes]] = {
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
        """Return what of the next piece belongs to the stream."""
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
    """What a PNG's IHDR says (W3C PNG, 11.2.1)."""

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
        bits = self.depth * _PNG_CHANNELS[self.color]
        return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 and rows > 0)


def png(data: bytes, exif: bytes) -> bytes:
    """Keep pixels and what tells colours, sizes and animation, once each (W3C PNG, third edition)."""
    chunks = _bounded(_png_chunks(data), Budget(_MAX_BLOCKS))
    kind, body = next(chunks, (b"", b""))
    if kind != b"IHDR" or len(body) != 13 or body[9] not in _PNG_CHANNELS:
        raise Corrupt("The PNG's header is damaged. Please export the image again.")
    header = _Header(*struct.unpack(">IIBBBBB", body))
    inflated = header.frame(header.width, header.height)
    pixels, frame = _Stream(inflated), None
    out, seen, sequence = bytearray(data[:8] + _png_chunk(kind, body)), {kind: 0}, 0
    for kind, body in chunks:
        if inflated > _MAX_INFLATED:
            raise TooManyPixels("The PNG's frames are too many or too large. Please send a smaller image.")
        kept = b""
        if kind == b"IDAT":
            if kind not in seen and exif:
                out += _png_chunk(b"eXIf", exif)
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
            kept = _png_body(kind, body, header, seen.get(b"PLTE", 0) // 3)
        if kept:
            out += _png_chunk(kind, kept)
            seen[kind] = len(kept)
    if not (pixels.ended or pixels.whole):
        raise Truncated("The PNG ends before its image does. Please send the whole file again.")
    return bytes(out + _png_chunk(b"IEND", b""))


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
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


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png_body(kind: bytes, body: bytes, header: _Header, colors: int) -> bytes:
    """Return what is kept of a chunk that comes once; empty when nothing is. A palette has some colours."""
    indexed, gray = header.color == 3, header.color in (0, 4)
    if kind == b"iCCP":
        return _png_profile(body)
    if kind == b"PLTE":
        return body[: min(len(body) // 3, 1 << header.depth) * 3] if indexed else b""
    if kind == b"tRNS" and indexed:
        return body[:colors]
    sizes = {
        b"tRNS": {0: 2, 2: 6}.get(header.color),
        b"bKGD": 1 if indexed else 2 if gray else 6,
        b"sBIT": 3 if indexed else _PNG_CHANNELS[header.color],
    }
    return body if len(body) == sizes.get(kind, _PNG_SIZES.get(kind)) else b""


def _png_profile(body: bytes) -> bytes:
    """Write the profile anew: its name and what follows its stream could say anything."""
    try:
        data = zlib.decompressobj().decompress(body[body.index(b"\0") + 2 :], _MAX_PROFILE)
    except (ValueError, zlib.error):
        return b""
    profile = profiles.clean(data)
    return b"icc\0\0" + zlib.compress(profile) if profile else b""


def webp(data: bytes, exif: bytes) -> bytes:
    """Keep pixels, profile and animation (RFC 9649); flags and length are set anew."""
    first: dict[bytes, bytes] = {}
    frames = bytearray()
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    budget = Budget(_MAX_BLOCKS)
    for kind, body in _bounded(_webp_chunks(data, 12, end), budget):
        if kind == b"ANMF" and len(body) >= 16:
            picture = _webp_picture(_bounded(_webp_chunks(body, 16, len(body)), budget))
            frames += _webp_chunk(kind, body[:15] + bytes([body[15] & 3]) + picture) if picture else b""
        elif kind in _WEBP_KINDS:
            first.setdefault(kind, body)
    head, profile = first.get(b"VP8X", b""), profiles.clean(first.get(b"ICCP", b""))
    animated = len(head) >= 10 and head[0] & _WEBP_ANIMATED
    picture = bytes(frames) if animated else _webp_picture(first.items())
    if not picture:
        raise Corrupt("The WebP holds no picture. Please export the image again.")
    out = b"WEBP"
    if len(head) >= 10:  # without it a file has no place for a profile or Exif
        flags = (
            head[0] & (_WEBP_ALPHA | _WEBP_ANIMATED) | (_WEBP_ICC if profile else 0) | (_WEBP_EXIF if exif else 0)
        )
        out += _webp_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + head[4:10])
        out += _webp_chunk(b"ICCP", profile) if profile else b""
    if animated:
        out += _webp_chunk(b"ANIM", first.get(b"ANIM", b"")[:6].ljust(6, b"\0"))
    out += picture
    if len(head) >= 10 and exif:
        out += _webp_chunk(b"EXIF", exif)
    return b"RIFF" + struct.pack("<I", len(out)) + out


def _webp_chunks(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    while at + 8 <= end:
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > len(data):
            raise Truncated("The WebP ends before its image does. Please send the whole file again.")
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + (length & 1)


def _webp_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) & 1)


def _webp_picture(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Keep the first picture, lossy or lossless, and the alpha that comes before a lossy one."""
    alpha = b""
    for kind, body in chunks:
        if kind == b"ALPH":
            alpha = _webp_chunk(kind, body)
        elif kind == b"VP8 ":
            return alpha + _webp_chunk(kind, body)
        elif kind == b"VP8L":
            return _webp_chunk(kind, body)
    return b""
