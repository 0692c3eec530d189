"""Read Photoshop image resources (Adobe Photoshop File Formats Specification, Image Resources Section)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from image_processing.metadata import icc, iptc, text, xmp

if TYPE_CHECKING:
    from image_processing.metadata.findings import Findings

MAX_RESOURCES = 500
_SIGNATURES = (b"8BIM", b"PHUT", b"DCSR", b"AgHg", b"MeSa")
IPTC, IPTC_DIGEST, XMP, ICC, RESOLUTION = 0x404, 0x425, 0x424, 0x40F, 0x3ED
COPYRIGHT_FLAG, URL, JPEG_QUALITY = 0x40A, 0x40B, 0x406


def read(data: bytes, findings: Findings) -> None:
    """Read the resources of a block and the payloads in them: IPTC, XMP, ICC."""
    if not findings.admit("Photoshop"):
        return
    at = 0
    for _ in range(MAX_RESOURCES):
        if data[at : at + 4] not in _SIGNATURES:  # some writers forget to pad to an even length, or pad twice
            at = next((near for near in (at - 1, at + 1) if data[near : near + 4] in _SIGNATURES), len(data))
        if at + 12 > len(data):
            break
        number = int.from_bytes(data[at + 4 : at + 6], "big")
        name = data[at + 6] + 1
        at += 6 + name + (name & 1)
        length = int.from_bytes(data[at : at + 4], "big")
        body = data[at + 4 : at + 4 + length]
        if len(body) < length:
            findings.warn("photoshop", "The Photoshop resources are cut short.")
        _resource(number, body, findings)
        at += 4 + length + (length & 1)


def _resource(number: int, body: bytes, findings: Findings) -> None:
    if number == IPTC:
        iptc.read(body, findings)
    elif number == IPTC_DIGEST:
        findings.iptc_digest = findings.iptc_digest or body
    elif number == XMP:
        xmp.read(body, findings)
    elif number == ICC:
        icc.read(body, findings)
    elif number == RESOLUTION and len(body) >= 14:
        # 16.16 fixed point, pixels an inch whatever unit is shown
        horizontal, unit, _, vertical = struct.unpack_from(">IHHI", body)
        findings.put("Photoshop", "XResolution", horizontal / 65536)
        findings.put("Photoshop", "YResolution", vertical / 65536)
        findings.put("Photoshop", "DisplayedUnitsX", unit)
    elif number == COPYRIGHT_FLAG and body:
        findings.put("Photoshop", "CopyrightFlag", body[0] != 0)
    elif number == URL:
        findings.budget.spend(decoded=len(body))
        findings.put("Photoshop", "URL", text.decode(body))
    elif number == JPEG_QUALITY and len(body) >= 2:
        findings.put("Photoshop", "PhotoshopQuality", int.from_bytes(body[:2], "big", signed=True) + 4)
