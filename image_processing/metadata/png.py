"""Read PNG and APNG (W3C PNG, third edition): its chunks, the text in them, Exif, XMP, ICC and raw profiles."""

from __future__ import annotations

import binascii
import contextlib
import zlib
from typing import TYPE_CHECKING

from image_processing.metadata import exif, icc, iptc, photoshop, text, xmp
from image_processing.metadata.findings import MAX_INFLATED as MAX_INFLATED_IN_ALL

if TYPE_CHECKING:
    from collections.abc import Callable

    from image_processing.metadata.findings import Findings
    from image_processing.source import Source

MAX_CHUNKS = 100_000
MAX_CHUNK = 8 << 20  # bytes of a chunk that is read
MAX_INFLATED = 4 << 20  # bytes a compressed text may grow to
MAX_TEXT = 1 << 20  # bytes of a text that is kept
TAIL = 1 << 13  # where chunks behind the pixels are looked for

_TEXTS = frozenset((b"tEXt", b"zTXt", b"iTXt", b"eXIf"))  # worth reading even when cut short
_NOT_HEXADECIMAL = bytes(byte for byte in range(256) if byte not in b"0123456789abcdefABCDEF")
_MODELS = {0: "gray", 2: "rgb", 3: "palette", 4: "gray", 6: "rgb"}
_KEYWORDS = {  # registered keywords, and some of wide use, whatever their case
    name.lower(): name
    for name in (
        *("Title", "Author", "Description", "Copyright", "Creation Time", "Software", "Disclaimer", "Warning"),
        *("Source", "Comment", "Collection", "Document", "Label", "Make", "Model", "URL"),
    )
} | {"creationtime": "Creation Time", "create-date": "Creation Time", "modify-date": "Modify Date"}
_WANTED = frozenset(
    (b"IHDR", b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"zxIf", b"iCCP", b"pHYs", b"tIME", b"acTL", b"tRNS", b"cICP")
    + (b"sRGB", b"gAMA", b"cHRM", b"mDCV", b"cLLI", b"caBX", b"sBIT", b"PLTE")
)


def read(source: Source, findings: Findings) -> None:
    """Read every chunk but the pixels, those behind the pixels too."""
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
                _chunk(kind, body, findings)
        if kind == b"IDAT" and not tried and length < 1 << 16:
            tried = True
            at = _behind_pixels(source, at, length) or at + 12 + length
        else:
            at += 12 + length
    findings.fact("frame_count", 1, "PNG:IHDR")
    findings.fact("animated", False, "PNG:IHDR")
    findings.fact("has_alpha", False, "PNG:IHDR")


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


def _chunk(kind: bytes, body: bytes, findings: Findings) -> None:
    if kind in _READERS:
        _READERS[kind](body, findings)
    elif kind == b"tRNS":
        findings.facts["has_alpha"] = (True, "PNG:tRNS")
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
    profile = _inflate(rest[1:], findings)
    if profile:
        icc.read(profile, findings)


def _zxif(body: bytes, findings: Findings) -> None:
    data = _inflate(body[5:], findings) if body[:1] == b"\0" else body
    if data:
        exif.read(data, findings)


def _text(body: bytes, findings: Findings) -> None:
    keyword, _, value = body.partition(b"\0")
    _put_text(keyword, value, "latin-1", findings)


def _ztxt(body: bytes, findings: Findings) -> None:
    keyword, _, rest = body.partition(b"\0")
    value = _inflate(rest[1:], findings)
    if value is not None:
        _put_text(keyword, value, "latin-1", findings)


def _itxt(body: bytes, findings: Findings) -> None:
    keyword, _, rest = body.partition(b"\0")
    parts = rest[2:].split(b"\0", 2)
    if len(rest) < 2 or len(parts) < 3:
        return
    value = _inflate(parts[2], findings) if rest[0] else parts[2]
    if value is not None:
        _put_text(keyword, value, "utf-8", findings)


def _put_text(keyword: bytes, value: bytes, charset: str, findings: Findings) -> None:
    name = text.decode(keyword, "latin-1")
    if name == "XML:com.adobe.xmp":
        xmp.read(value, findings)
    elif name.lower().startswith("raw profile type "):
        _raw_profile(name[17:].lower(), value, findings)
    elif name:
        findings.budget.spend(decoded=min(len(value), MAX_TEXT))
        findings.put("PNG", _KEYWORDS.get(name.lower(), name[:79]), text.decode(value[:MAX_TEXT], charset))


def _raw_profile(kind: str, value: bytes, findings: Findings) -> None:
    """Read a profile that ImageMagick wrote as hexadecimal text: a newline, its name, its length, its digits."""
    parts = value.split(None, 2)
    if len(parts) < 3:
        return
    digits = parts[2].translate(None, _NOT_HEXADECIMAL)
    data = binascii.unhexlify(digits[: len(digits) & ~1])
    if kind in ("app1", "exif", "xmp") and data.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
        xmp.read(data[29:], findings)
    elif kind in _PROFILES:
        _PROFILES[kind](data, findings)


def _iptc_profile(data: bytes, findings: Findings) -> None:
    if data.startswith(b"Photoshop 3.0\0"):
        data = data[14:]
    (photoshop.read if data[:4] == b"8BIM" else iptc.read)(data, findings)


def _inflate(data: bytes, findings: Findings) -> bytes | None:
    """Decompress, bounded; of damaged data what comes out before the damage."""
    limit = min(MAX_INFLATED, MAX_INFLATED_IN_ALL - findings.inflated)
    if limit <= 0:
        findings.warn("too_much", "There is more compressed text than is read.")
        return None
    try:
        out = zlib.decompressobj().decompress(data, limit)
    except zlib.error:
        findings.warn("compressed_text", "Compressed text is damaged.")
        out = _inflate_damaged(data, limit)
    findings.inflated += len(out)
    return out or None


def _inflate_damaged(data: bytes, limit: int) -> bytes:
    inflater, out = zlib.decompressobj(), bytearray()
    with contextlib.suppress(zlib.error):
        for at in range(0, len(data), 256):
            out += inflater.decompress(data[at : at + 256], max(limit - len(out), 1))
            if len(out) >= limit:
                break
    return bytes(out)


_PROFILES: dict[str, Callable[[bytes, Findings], None]] = {
    "exif": exif.read,
    "app1": exif.read,
    "iptc": _iptc_profile,
    "8bim": _iptc_profile,
    "icc": icc.read,
    "icm": icc.read,
    "xmp": xmp.read,
}
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
    b"tEXt": _text,
    b"zTXt": _ztxt,
    b"iTXt": _itxt,
}
