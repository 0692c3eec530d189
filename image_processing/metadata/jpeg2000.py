"""Read JPEG 2000 (ISO/IEC 15444-1): the boxes of JP2 and JPX, or a bare codestream."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from image_processing.metadata import boxes, exif, icc, iptc, xmp

if TYPE_CHECKING:
    from image_processing.metadata.boxes import Box
    from image_processing.metadata.findings import Findings
    from image_processing.source import Source

MAX_PAYLOAD = 16 << 20
_UUIDS = {
    b"JpgTiffExif->JP2": exif.read,
    bytes.fromhex("0537cdab9d0c4431a72afa561f2a113e"): exif.read,
    bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38"): iptc.read,
    bytes.fromhex("09a14e97c0b442e0bebf36df6f0ce36f"): iptc.read,
    bytes.fromhex("be7acfcb97a942e89c71999491e3afac"): xmp.read,
}


def read(source: Source, findings: Findings) -> None:
    """Read the boxes of the file, or the header of a bare codestream."""
    findings.fact("compression", "JPEG 2000", "JP2")
    if source.read(0, 2) == b"\xff\x4f":
        _size(source.read(2, 64), findings)
        return
    for box in boxes.walk(source, 0, source.size):
        if not box.whole:
            findings.warn("truncated", "The file ends within a box.")
        if box.kind == b"jp2h":
            for inner in boxes.walk(source, box.start, box.end):
                _header(source, inner, findings)
        elif box.kind == b"uuid":
            reader = _UUIDS.get(source.read(box.start, 16))
            if reader:
                reader(source.read(box.start + 16, min(box.end - box.start - 16, MAX_PAYLOAD)), findings)
        elif box.kind == b"xml " and b"xmpmeta" in (
            body := source.read(box.start, min(box.end - box.start, MAX_PAYLOAD))
        ):
            xmp.read(body, findings)
        elif box.kind == b"jp2c":
            _size(source.read(box.start + 2, 64), findings)
        elif box.kind == b"jumb":
            start = box.start - 8
            findings.keep_jumbf(source.read(start, min(box.end - start, MAX_PAYLOAD)))


def _header(source: Source, box: Box, findings: Findings) -> None:
    body = source.read(box.start, min(box.end - box.start, MAX_PAYLOAD))
    if box.kind == b"ihdr" and len(body) >= 14:
        height, width, components, bits = struct.unpack_from(">IIHB", body)
        findings.fact("stored_width", width, "JP2:ihdr")
        findings.fact("stored_height", height, "JP2:ihdr")
        if bits != 255:
            findings.fact("bit_depth", (bits & 0x7F) + 1, "JP2:ihdr")
        findings.fact("color_model", "gray" if components < 3 else "rgb", "JP2:ihdr")
    elif box.kind == b"colr" and len(body) > 3:
        if body[0] in (2, 3):
            icc.read(body[3:], findings)
        elif body[0] == 1:
            findings.put("JP2", "EnumeratedColorSpace", int.from_bytes(body[3:7], "big"))
    elif box.kind == b"cdef":
        count = int.from_bytes(body[:2], "big")
        kinds = [body[at + 2 : at + 4] for at in range(2, min(2 + 6 * count, len(body)), 6)]
        findings.fact("has_alpha", any(kind in (b"\0\1", b"\0\2") for kind in kinds), "JP2:cdef")
    elif box.kind == b"res ":
        for inner in boxes.walk(source, box.start, box.end):
            _resolution(inner.kind, source.read(inner.start, 10), findings)


def _resolution(kind: bytes, body: bytes, findings: Findings) -> None:
    """Read grid points a metre as two rationals with exponents (15444-1, I.5.3.7)."""
    if kind not in (b"resc", b"resd") or len(body) < 10:
        return
    top_v, bottom_v, top_h, bottom_h, power_v, power_h = struct.unpack(">HHHHbb", body)
    if top_h and bottom_h and top_v and bottom_v:
        findings.put("JP2-" + kind.decode(), "ResolutionX", top_h / bottom_h * 10.0**power_h)
        findings.put("JP2-" + kind.decode(), "ResolutionY", top_v / bottom_v * 10.0**power_v)


def _size(body: bytes, findings: Findings) -> None:
    """Read the SIZ marker (15444-1, A.5.1)."""
    if len(body) < 40 or body[:2] != b"\xff\x51":
        return
    right, bottom, left, top = struct.unpack_from(">4I", body, 6)
    findings.fact("stored_width", max(right - left, 0), "JP2:SIZ")
    findings.fact("stored_height", max(bottom - top, 0), "JP2:SIZ")
    components = int.from_bytes(body[38:40], "big")
    if len(body) > 40:
        findings.fact("bit_depth", (body[40] & 0x7F) + 1, "JP2:SIZ")
    findings.fact("color_model", "gray" if components < 3 else "rgb", "JP2:SIZ")
