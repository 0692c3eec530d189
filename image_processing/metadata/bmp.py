"""Read BMP: the headers from OS/2 1.x to BITMAPV5HEADER, and an embedded ICC profile."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from image_processing.metadata import icc

if TYPE_CHECKING:
    from image_processing.metadata.findings import Findings
    from image_processing.source import Source

FILE_HEADER = 14
MAX_PROFILE = 4 << 20
_COMPRESSIONS = {0: "none", 1: "RLE8", 2: "RLE4", 3: "bit fields", 4: "JPEG", 5: "PNG", 6: "bit fields with alpha"}


def read(source: Source, findings: Findings) -> None:
    """Read the information header."""
    head = source.read(0, FILE_HEADER + 124)
    size = int.from_bytes(head[14:18], "little")
    origin = "BMP:Header"
    if size == 12:
        if len(head) < 26:
            return
        width, height, _, bits = struct.unpack_from("<4H", head, 18)
        compression = 0
    else:
        if len(head) < 34:
            return
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", head, 18)
    findings.fact("stored_width", abs(width), origin)
    findings.fact("stored_height", abs(height), origin)
    findings.fact("color_model", "palette" if bits <= 8 else "rgb", origin)
    findings.put("BMP", "BitsPerPixel", bits)
    findings.fact("bit_depth", {16: 5}.get(bits, min(bits, 8)), origin)
    findings.fact("compression", _COMPRESSIONS.get(compression), origin)
    if size >= 40 and len(head) >= 46:
        horizontal, vertical = struct.unpack_from("<ii", head, 38)
        findings.put("BMP", "PixelsPerMeterX", horizontal)
        findings.put("BMP", "PixelsPerMeterY", vertical)
    if size >= 56 and len(head) >= 70:
        findings.fact("has_alpha", any(head[66:70]) and bits in (16, 32), origin)
    findings.fact("has_alpha", False, origin)
    if size >= 124 and len(head) >= FILE_HEADER + 120 and head[70:74] == b"DEBM":  # 'MBED', little endian
        offset, length = struct.unpack_from("<II", head, FILE_HEADER + 112)
        icc.read(source.read(FILE_HEADER + offset, min(length, MAX_PROFILE)), findings)
