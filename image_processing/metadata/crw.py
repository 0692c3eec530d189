"""Read Canon's CRW: a heap of records (Camera Image File Format 1.0)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from image_processing.metadata import text

if TYPE_CHECKING:
    from image_processing.metadata.findings import Findings
    from image_processing.source import Source

MAX_RECORDS = 1000
MAX_HEAPS = 32
MAX_VALUE = 4096  # bytes
MAKE_MODEL, OWNER, FIRMWARE, IMAGE_SPEC, SERIAL = 0x080A, 0x0810, 0x080B, 0x1810, 0x180B
_HEAP, _INLINE, _KIND = (0x2800, 0x3000), 0x4000, 0x3FFF
_TURNS = {0: 1, 90: 6, 180: 3, 270: 8}


class _Record(NamedTuple):
    """A record of a heap: where its value is, or the value itself if the directory holds it."""

    tag: int
    offset: int
    length: int  # bytes
    inline: bytes | None


def read(source: Source, findings: Findings) -> None:
    """Read the records of every heap: the size, the camera, its owner and serial number."""
    head = source.read(0, 14)
    order = "<" if head[:2] == b"II" else ">"
    start = struct.unpack_from(order + "I", head, 2)[0]
    heaps, seen = [(start, source.size - start)], 0
    while heaps and seen < MAX_HEAPS:
        seen += 1
        start, size = heaps.pop()
        for tag, offset, length, inline in _records(source, start, size, order):
            if tag & 0x3800 in _HEAP and inline is None:
                heaps.append((offset, length))
            else:
                value = source.read(offset, min(length, MAX_VALUE)) if inline is None else inline
                _record(tag, value, order, findings)


def _records(source: Source, start: int, size: int, order: str) -> list[_Record]:
    """List the records of a heap."""
    pointer = source.read(start + size - 4, 4)
    if len(pointer) < 4:
        return []
    directory = start + struct.unpack(order + "I", pointer)[0]
    count = source.read(directory, 2)
    if len(count) < 2:
        return []
    wanted = min(struct.unpack(order + "H", count)[0], MAX_RECORDS) * 10
    block = source.read(directory + 2, wanted)
    records = []
    for at in range(0, len(block) - 9, 10):
        kind, length, offset = struct.unpack_from(order + "HII", block, at)
        inline = block[at + 2 : at + 10] if kind & _INLINE else None
        records.append(_Record(kind & _KIND, start + offset, length, inline))
    return records


def _record(tag: int, value: bytes, order: str, findings: Findings) -> None:
    if tag == IMAGE_SPEC and len(value) >= 16:
        width, height, _, rotation = struct.unpack_from(order + "IIfi", value)
        findings.fact("stored_width", width, "CRW:ImageSpec")
        findings.fact("stored_height", height, "CRW:ImageSpec")
        findings.fact("orientation", _TURNS.get(rotation % 360), "CRW:ImageSpec")
    elif tag == MAKE_MODEL:
        make, _, model = value.partition(b"\0")
        findings.put("Exif", "Make", text.decode(make))
        findings.put("Exif", "Model", text.decode(text.until_nul(model)))
    elif tag in (OWNER, FIRMWARE):
        name = "OwnerName" if tag == OWNER else "FirmwareVersion"
        findings.put("MakerNotes", name, text.decode(text.until_nul(value)))
    elif tag == SERIAL and len(value) >= 4:
        findings.put("MakerNotes", "SerialNumber", str(struct.unpack_from(order + "I", value)[0]))
