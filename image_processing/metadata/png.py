"""Read PNG and APNG (W3C PNG, third edition): its chunks, the text in them, Exif, XMP, ICC and raw profiles."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from image_processing.metadata import exif, icc, text
from image_processing.metadata.png_text import Texts, inflate

if TYPE_CHECKING:
    from collections.abc import Callable

    from image_processing.metadata.findings import Findings
    from image_processing.source import Source

MAX_CHUNKS = 100_000
MAX_CHUNK = 8 << 20  # bytes of a chunk that is read
TAIL = 1 << 13  # where chunks after the pixels are looked for

_TEXTS = frozenset((b"tEXt", b"zTXt", b"iTXt", b"eXIf"))  # worth reading even when cut short
_MODELS = {0: "gray", 2: "rgb", 3: "palette", 4: "gray", 6: "rgb"}
_WANTED = frozenset(
    (b"IHDR", b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"zxIf", b"iCCP", b"pHYs", b"tIME", b"acTL", b"tRNS", b"cICP")
    + (b"sRGB", b"gAMA", b"cHRM", b"mDCV", b"cLLI", b"caBX", b"sBIT", b"PLTE")
)


def read(source: Source, findings: Findings) -> None:
    """Read every chunk but the pixels, those after the pixels too."""
    texts = Texts(findings)
    at, tried = 8, False
    for index in range(MAX_CHUNKS):
        head = source.read(at, 8)
        if len(head) < 8:
            findings.warn("truncated", "The file ends before its last chunk.")
            break
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if index == 0 and kind != b"IHDR":
            findings.warn("chunk_order", "The file does not begin with its header chunk.")
        if length > 0x7FFFFFFF or kind == b"IEND":
            break
        if kind in _WANTED and length <= MAX_CHUNK:
            body = source.read(at + 8, length)
            if len(body) < length:
                findings.warn("truncated", "The file ends within a chunk.")
            if len(body) == length or kind in _TEXTS:
                _chunk(kind, body, texts, findings)
        if kind == b"IDAT" and not tried and length < 1 << 16:
            tried = True
            at = _behind_pixels(source, at, length) or at + 12 + length
        else:
            at += 12 + length
    findings.fact("frame_count", 1, "PNG:IHDR")
    findings.fact("animated", False, "PNG:IHDR")
    findings.fact("has_alpha", False, "PNG:IHDR")
    texts.end()


def _behind_pixels(source: Source, at: int, length: int) -> int | None:
    """Find the last pixel chunk of a long file, so that thousands before it need not be visited.

    Encoders write pixel chunks of one length, so where the last ones lie can be told; where not, the tail is
    searched.
    """
    start = source.size - TAIL
    if start < at + (1 << 16):
        return None
    last = (source.size - at - 12) // (12 + length)
    for index in range(last, max(last - 3, 0), -1):
        expected = at + index * (12 + length)
        head = source.read(expected, 8)
        if head[4:] == b"IDAT" and int.from_bytes(head[:4], "big") <= length:
            return expected
    tail = source.read(start, TAIL)
    found = tail.rfind(b"IDAT")
    while found >= 4:
        length = int.from_bytes(tail[found - 4 : found], "big")
        end = found + 4 + length
        if end + 4 <= len(tail) and zlib.crc32(tail[found:end]) == int.from_bytes(tail[end : end + 4], "big"):
            return start + end + 4
        found = tail.rfind(b"IDAT", 0, found)
    return None


def _chunk(kind: bytes, body: bytes, texts: Texts, findings: Findings) -> None:
    if kind in _READERS:
        _READERS[kind](body, findings)
    elif kind in texts.chunks:
        texts.chunks[kind](body)
    elif kind == b"tRNS":
        findings.override("has_alpha", True, "PNG:tRNS")
    elif kind == b"caBX":
        findings.keep_jumbf(body)


def _ihdr(body: bytes, findings: Findings) -> None:
    if len(body) < 13:
        return
    origin = "PNG:IHDR"
    findings.fact("stored_width", int.from_bytes(body[:4], "big"), origin)
    findings.fact("stored_height", int.from_bytes(body[4:8], "big"), origin)
    findings.fact("bit_depth", body[8], origin)
    findings.fact("color_model", _MODELS.get(body[9]), origin)
    findings.fact("interlaced", body[12] == 1, origin)
    findings.fact("compression", "deflate", origin)
    if body[9] in (4, 6):
        findings.fact("has_alpha", True, origin)


def _actl(body: bytes, findings: Findings) -> None:
    if len(body) >= 8:
        frames = int.from_bytes(body[:4], "big")
        findings.fact("frame_count", frames, "PNG:acTL")
        findings.fact("animated", True, "PNG:acTL")
        findings.fact("loop_count", int.from_bytes(body[4:8], "big"), "PNG:acTL")


def _phys(body: bytes, findings: Findings) -> None:
    if len(body) >= 9:
        findings.put("PNG-pHYs", "PixelsPerUnitX", int.from_bytes(body[:4], "big"))
        findings.put("PNG-pHYs", "PixelsPerUnitY", int.from_bytes(body[4:8], "big"))
        findings.put("PNG-pHYs", "PixelUnits", body[8])


def _time(body: bytes, findings: Findings) -> None:
    if len(body) >= 7:
        year, (month, day, hour, minute, second) = int.from_bytes(body[:2], "big"), body[2:7]
        stamp = f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}Z"
        findings.put("PNG", "ModifyDate", stamp)


def _cicp(body: bytes, findings: Findings) -> None:
    if len(body) >= 4:
        names = ("ColourPrimaries", "TransferCharacteristics", "MatrixCoefficients", "FullRange")
        for name, value in zip(names, body, strict=False):
            findings.put("CICP", name, value)


def _srgb(body: bytes, findings: Findings) -> None:
    findings.put("PNG", "SRGBRendering", body[0] if body else None)


def _gama(body: bytes, findings: Findings) -> None:
    if len(body) >= 4 and any(body):
        findings.put("PNG", "Gamma", 100_000 / int.from_bytes(body[:4], "big"))


def _iccp(body: bytes, findings: Findings) -> None:
    name, _, rest = body.partition(b"\0")
    findings.put("PNG", "ProfileName", text.decode(name))
    profile = inflate(rest[1:], findings)
    if profile:
        icc.read(profile, findings)


def _zxif(body: bytes, findings: Findings) -> None:
    data = inflate(body[5:], findings) if body[:1] == b"\0" else body
    if data:
        exif.read(data, findings)


_READERS: dict[bytes, Callable[[bytes, Findings], None]] = {
    b"IHDR": _ihdr,
    b"acTL": _actl,
    b"pHYs": _phys,
    b"tIME": _time,
    b"cICP": _cicp,
    b"sRGB": _srgb,
    b"gAMA": _gama,
    b"iCCP": _iccp,
    b"eXIf": exif.read,
    b"zxIf": _zxif,
}
