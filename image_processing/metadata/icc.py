"""Read the header and description of an ICC profile (ICC.1:2022)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from image_processing.metadata import text

if TYPE_CHECKING:
    from image_processing.metadata.budget import Budget
    from image_processing.metadata.findings import Findings

MAX_TAGS = 100
MAX_TEXT = 4096  # bytes
_TEXTS = {
    b"desc": "ProfileDescription",
    b"cprt": "ProfileCopyright",
    b"dmnd": "DeviceMfgDesc",
    b"dmdd": "DeviceModelDesc",
}


def read(data: bytes, findings: Findings) -> None:
    """Read a profile's size, version, class, colour space, and its texts."""
    if not findings.admit("ICC_Profile"):
        return
    if len(data) < 132 or data[36:40] != b"acsp":
        findings.warn("icc", "The colour profile is damaged.")
        return
    put = findings.put
    put("ICC_Profile", "ProfileVersion", f"{data[8]}.{data[9] >> 4}.{data[9] & 15}")
    put("ICC_Profile", "ProfileClass", text.decode(data[12:16]))
    put("ICC_Profile", "ColorSpaceData", text.decode(data[16:20]))
    put("ICC_Profile", "ProfileConnectionSpace", text.decode(data[20:24]))
    put("ICC_Profile", "RenderingIntent", int.from_bytes(data[64:68], "big"))
    put("ICC_Profile", "ProfileCreator", text.decode(data[80:84]))
    count = min(int.from_bytes(data[128:132], "big"), MAX_TAGS, (len(data) - 132) // 12)
    for signature, offset, size in struct.iter_unpack(">4sII", data[132 : 132 + 12 * count]):
        if signature in _TEXTS and _TEXTS[signature] not in findings.group("ICC_Profile"):
            value = _text(data[offset : offset + min(size, MAX_TEXT)], findings.budget)
            if value:
                put("ICC_Profile", _TEXTS[signature], value)
        elif signature == b"cicp" and data[offset : offset + 4] == b"cicp":
            put("ICC_Profile", "ColourPrimaries", data[offset + 8 : offset + 9] and data[offset + 8])
            put("ICC_Profile", "TransferCharacteristics", data[offset + 9 : offset + 10] and data[offset + 9])


def _text(data: bytes, budget: Budget) -> str | None:
    """Decode textDescriptionType (version 2), multiLocalizedUnicodeType (10.15) or textType (10.24)."""
    budget.spend(decoded=len(data))
    kind = data[:4]
    if kind == b"desc" and len(data) >= 12:
        length = int.from_bytes(data[8:12], "big")
        return text.decode(text.until_nul(data[12 : 12 + length])) or _unicode_of_desc(data, 12 + length)
    if kind == b"mluc" and len(data) >= 28:
        return _localized(data, budget)
    if kind == b"text":
        return text.decode(text.until_nul(data[8:]))
    return None


def _unicode_of_desc(data: bytes, at: int) -> str:
    length = int.from_bytes(data[at + 4 : at + 8], "big")
    return text.utf16(data[at + 8 : at + 8 + 2 * length], "utf-16-be")


def _localized(data: bytes, budget: Budget) -> str | None:
    """Take the English text if there is one, else the first."""
    count, size = struct.unpack_from(">II", data, 8)
    first = None
    for index in range(min(count, 64)):
        at = 16 + index * max(size, 12)
        if at + 12 > len(data):
            break
        language, length, offset = struct.unpack_from(">2s2xII", data, at)
        words = data[offset : offset + length]
        budget.spend(decoded=len(words))
        value = text.utf16(words, "utf-16-be")
        if language == b"en" and value:
            return value
        first = first or value
    return first
