"""Read JPEG (ITU-T T.81, JFIF, Exif 3.0 section 4.7): its segments up to the scan, and its trailer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from image_processing.metadata import exif, icc, jpeg_quality, mpf, photoshop, text, trailers, xmp
from image_processing.source import BytesSource, window

if TYPE_CHECKING:
    from image_processing.metadata.findings import Findings
    from image_processing.source import Source

MAX_SEGMENTS = 5000
MAX_GATHERED = 16 << 20  # bytes of payloads kept

SOI, EOI, SOS, DQT, DHT, COM = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xFE
APP0, APP1, APP2, APP11, APP13, APP14 = 0xE0, 0xE1, 0xE2, 0xEB, 0xED, 0xEE
_WANTED = frozenset((DQT, COM, APP0, APP1, APP2, APP11, APP13, APP14))
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARKER = re.compile(rb"\xff[\x02-\xcf\xd9-\xfe]")  # of a segment, or the end; the others have no length
_FILL = re.compile(rb"(?:\xff+[\x00\x01\xd0-\xd8]?)*+")  # bytes that may stand before a marker, and those others
_LINES = re.compile(rb"\xff\xdc\x00\x04(..)", re.DOTALL)
_LINES_SIZE = 6
_SCAN = 1 << 16  # bytes searched at a time

_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_PACKET = re.compile(rb"<\?xpacket|<x:x[am]pmeta|<rdf:RDF")
_PHOTOSHOP = (b"Photoshop 3.0\0", b"Adobe_Photoshop2.5:")
_ICC = b"ICC_PROFILE\0"
_MPF = b"MPF\0"
_ENCODINGS = {0xC0: "baseline", 0xC1: "extended sequential", 0xC2: "progressive", 0xC3: "lossless"}


@dataclass(slots=True)
class _Gathered:
    """Payloads that may be spread over several segments."""

    exif: list[list[Source]] = field(default_factory=list)  # blocks, those over 64 KB in parts
    xmp: list[bytes] = field(default_factory=list)
    extended_xmp: dict[str, dict[int, bytes]] = field(default_factory=dict)  # by GUID, then by offset
    photoshop: list[bytes] = field(default_factory=list)
    icc: dict[int, bytes] = field(default_factory=dict)
    jumbf: dict[bytes, dict[int, bytes]] = field(default_factory=dict)
    tables: list[bytes] = field(default_factory=list)
    size: int = 0


def read(source: Source, findings: Findings) -> None:
    """Read the segments of a JPEG up to its first scan, the payloads in them, and the end of the file."""
    scan = read_segments(source, findings)
    if scan:
        if findings.known("stored_height") == 0:
            _number_of_lines(source, scan, findings)
        trailers.read(source, scan, findings)


def read_segments(source: Source, findings: Findings) -> int:
    """Read the segments of a JPEG up to its first scan, then the payloads in them; tell where the scan begins."""
    gathered = _Gathered()
    at = 2
    for _ in range(MAX_SEGMENTS):
        at, marker, length = _next(source, at, findings)
        if marker in (0, EOI, SOS):
            break
        if at + length > source.size:
            findings.warn("truncated", "The file ends within a segment.")
        if marker == APP1 and _exif(source, at + 2, length - 2, gathered):
            pass
        elif (marker in _FRAMES or marker in _WANTED) and gathered.size < MAX_GATHERED:
            body = source.read(at + 2, length - 2)
            gathered.size += len(body)
            _segment(marker, at + 2, body, gathered, findings)
        at += length
    else:
        findings.warn("segments", "There are too many segments.")
    if marker != SOS:
        findings.warn("no_scan", "The file holds no pixels.")
    _payloads(gathered, findings)
    return at if marker == SOS else 0


def _number_of_lines(source: Source, start: int, findings: Findings) -> None:
    """Find the height that stands after the first scan where the frame header lacks it (T.81, B.2.5, DNL)."""
    at = max(start, source.size - _SCAN) if source.ranged else start
    while len(block := source.read(at, _SCAN + _LINES_SIZE)) >= _LINES_SIZE:
        found = _LINES.search(block)
        if found:
            findings.override("stored_height", int.from_bytes(found[1], "big"), "JPEG:DNL")
            break
        at += _SCAN


def _next(source: Source, at: int, findings: Findings) -> tuple[int, int, int]:
    """Find the next marker: where its length lies, the marker, the length. Marker 0: there is none."""
    head = source.read(at, 4)
    if not _MARKER.match(head):
        at = _skip(source, at, findings)
        head = source.read(at, 4)
    marker = head[1] if len(head) > 1 else 0
    if marker in (EOI, SOS):
        return at + 2, marker, 0
    length = int.from_bytes(head[2:4], "big")
    return (at + 2, marker, length) if len(head) == 4 and length >= 2 else (at, 0, 0)


def _skip(source: Source, at: int, findings: Findings) -> int:
    """Skip fill bytes, markers without a length, and stray bytes; give where the next segment or the end lies."""
    while len(block := source.read(at, _SCAN)) > 1:
        found = _MARKER.search(block)
        end = found.start() if found else len(block) - block.endswith(b"\xff")
        if not _FILL.fullmatch(block, 0, end):
            findings.warn("stray_bytes", "There are stray bytes between segments.")
        at += end
        if found:
            break
    return at


def _segment(marker: int, offset: int, body: bytes, gathered: _Gathered, findings: Findings) -> None:
    if marker in _FRAMES:
        _frame(marker, body, findings)
    elif marker == DQT:
        gathered.tables.append(body)
    elif marker == COM:
        findings.budget.spend(decoded=len(body))
        findings.put("File", "Comment", text.decode(body.rstrip(b"\0")))
    elif marker == APP0:
        _app0(body, findings)
    elif marker == APP1:
        _app1(body, gathered)
    elif marker == APP2:
        _app2(offset, body, gathered, findings)
    elif marker == APP11:
        _app11(body, gathered)
    elif marker == APP13:
        gathered.photoshop += [body[len(start) :] for start in _PHOTOSHOP if body.startswith(start)]
    elif marker == APP14 and body[:5] == b"Adobe" and len(body) >= 12:
        findings.put("Adobe", "ColorTransform", body[11])


def _app2(offset: int, body: bytes, gathered: _Gathered, findings: Findings) -> None:
    if body.startswith(_ICC):
        gathered.icc.setdefault(body[12] if len(body) > 12 else 0, body[14:])
    elif body.startswith(_MPF):
        mpf.read(BytesSource(body[4:]), findings)
        findings.put("MPF", "Offset", offset + 4)
    elif body.startswith(b"urn:iso:std:iso:ts:21496:-1\0"):
        findings.fact("gain_map", True, "JPEG:ISO 21496-1")


def _app11(body: bytes, gathered: _Gathered) -> None:
    """Note a packet of a JUMBF box: CI, box instance, packet sequence, then the box (ISO/IEC 19566-5, Annex D)."""
    if body[:2] == b"JP" and len(body) > 16:
        packets = gathered.jumbf.setdefault(body[2:4], {})
        packets.setdefault(int.from_bytes(body[4:8], "big"), body[8:])


def _frame(marker: int, body: bytes, findings: Findings) -> None:
    """Read a frame header (T.81, B.2.2)."""
    if len(body) < 6 or findings.known("stored_width") is not None:
        return
    origin = "JPEG:SOF"
    components = body[5]
    findings.fact("bit_depth", body[0], origin)
    findings.fact("stored_height", int.from_bytes(body[1:3], "big"), origin)
    findings.fact("stored_width", int.from_bytes(body[3:5], "big"), origin)
    findings.fact("color_model", {1: "gray", 2: "gray", 3: "rgb", 4: "cmyk"}.get(components), origin)
    findings.fact("progressive", marker in (0xC2, 0xC6, 0xCA, 0xCE), origin)
    findings.fact("encoding", _ENCODINGS.get(marker, "other"), origin)
    factors = [body[at] for at in range(7, min(6 + 3 * components, len(body)), 3)]
    if components == 3 and len(factors) == 3:
        findings.fact("chroma_subsampling", _subsampling(factors), origin)


def _subsampling(factors: list[int]) -> str | None:
    """Name the ratio of luma to chroma sampling factors."""
    luma, blue = factors[0], factors[1]
    if not blue >> 4 or not blue & 15:
        return None
    ratio = ((luma >> 4) // (blue >> 4), (luma & 15) // (blue & 15))
    names = {(1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0", (1, 2): "4:4:0", (4, 1): "4:1:1", (4, 2): "4:1:0"}
    return names.get(ratio)


def _app0(body: bytes, findings: Findings) -> None:
    if body[:5] == b"JFIF\0" and len(body) >= 12:
        findings.put("JFIF", "JFIFVersion", f"{body[5]}.{body[6]:02d}")
        findings.put("JFIF", "ResolutionUnit", body[7])
        findings.put("JFIF", "XResolution", int.from_bytes(body[8:10], "big"))
        findings.put("JFIF", "YResolution", int.from_bytes(body[10:12], "big"))


def _exif(source: Source, offset: int, size: int, gathered: _Gathered) -> bool:
    """Note an Exif segment without reading it; tell whether it is one."""
    head = source.read(offset, min(size, 12))
    at = head.lower().find(b"exif\0")  # up to four stray bytes before it are known from the wild
    if not 0 <= at <= 4:
        return False
    part = window(source, offset + at + 6, size - at - 6)
    gathered.size += part.size
    if gathered.size > MAX_GATHERED:
        pass
    elif gathered.exif and part.read(0, 2) not in (b"II", b"MM"):  # a block over 64 KB, continued
        gathered.exif[-1].append(part)
    else:
        gathered.exif.append([part])
    return True


def _app1(body: bytes, gathered: _Gathered) -> None:
    """Note a packet of XMP, or a part of an extension: its GUID, the full length, its offset, its bytes."""
    if body.startswith(_EXTENDED_XMP):
        at = len(_EXTENDED_XMP)
        parts = gathered.extended_xmp.setdefault(body[at : at + 32].decode("latin-1").upper(), {})
        parts.setdefault(int.from_bytes(body[at + 36 : at + 40], "big"), body[at + 32 :])
    elif body.startswith(_XMP):
        gathered.xmp.append(body[len(_XMP) :])
    elif found := _PACKET.search(body, 0, 256):  # a damaged signature, or none
        gathered.xmp.append(body[found.start() :])


def _extended_xmp(gathered: _Gathered, findings: Findings) -> None:
    """Read the extension that the main packet names (XMP part 3, 1.1.3.1); others are of an earlier state."""
    found = gathered.extended_xmp
    guid = str(findings.group("XMP-xmpNote").get("HasExtendedXMP", "")).upper()
    if len(found) == 1 and not gathered.xmp:  # the packet that would name it is lost
        (guid,) = found
    if guid not in found:
        if guid or found:
            findings.warn("xmp_extension", "The XMP names no extension that is there; others are left out.")
        return
    parts = found[guid]
    whole = bytearray()
    for offset, part in sorted(parts.items()):
        if offset > len(whole):
            break
        whole += part[8 + len(whole) - offset :]
    if max(parts) > len(whole) or len(whole) != int.from_bytes(next(iter(parts.values()))[:4], "big"):
        findings.warn(
            "xmp_extension", "The XMP's extension lacks a part or has a wrong length; what is there is read."
        )
    if whole:
        xmp.read(bytes(whole), findings)


def _payloads(gathered: _Gathered, findings: Findings) -> None:
    """Read the payloads: what Exif may hold, too, first from the JPEG's own segments, as the first wins."""
    for packet in gathered.xmp:
        xmp.read(packet, findings)
    _extended_xmp(gathered, findings)
    if gathered.icc:
        icc.read(b"".join(part for _, part in sorted(gathered.icc.items())), findings)
    if gathered.photoshop:
        photoshop.read(b"".join(gathered.photoshop), findings)
    for blocks in gathered.exif:
        whole = (
            blocks[0] if len(blocks) == 1 else BytesSource(b"".join(part.read(0, part.size) for part in blocks))
        )
        exif.read_source(whole, findings)
    for packets in gathered.jumbf.values():
        parts = [part for _, part in sorted(packets.items())]
        # every packet repeats the box's length and type
        findings.keep_jumbf(parts[0] + b"".join(part[8:] for part in parts[1:]))
    if gathered.tables:
        findings.fact("jpeg_quality", jpeg_quality.estimate(b"".join(gathered.tables)), "JPEG:DQT")
