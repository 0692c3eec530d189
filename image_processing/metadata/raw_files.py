"""Read the camera RAW formats that are not plain TIFF: RAF, MRW, CR3 and RW2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from image_processing.metadata import bmff, boxes, crw, exif, jpeg, tiff_file, tiff_structure, xmp
from image_processing.metadata.findings import Findings
from image_processing.source import BytesSource, window

if TYPE_CHECKING:
    from collections.abc import Callable

    from image_processing.source import Source

MAX_PREVIEW_HEAD = 1 << 20  # bytes of an embedded JPEG that are looked at
MAX_BLOCKS = 100
_JPEG_FROM_RAW = 0x2E
_BORDERS = frozenset((4, 5, 6, 7))  # top, left, bottom, right of the sensor
CANON_UUID = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")


def raf(source: Source, findings: Findings) -> None:
    """Read Fujifilm's RAF: the Exif of its JPEG, and the size of the RAW image from its directory."""
    head = source.read(0, 108)
    preview, length, directory = (int.from_bytes(head[at : at + 4], "big") for at in (84, 88, 92))
    if head[:1] and length:
        findings.fact("preview_offset", preview, "RAF:Header")
        findings.fact("preview_length", length, "RAF:Header")
        _embedded(source, preview, length, findings)
    at = directory + 4
    for _ in range(min(int.from_bytes(source.read(directory, 4), "big"), MAX_BLOCKS)):
        entry = source.read(at, 8)
        if len(entry) < 8:
            break
        if entry[:2] in (b"\x01\x11", b"\x01\x00"):  # cropped and full size: height, width
            findings.fact("stored_height", int.from_bytes(entry[4:6], "big"), "RAF:Directory")
            findings.fact("stored_width", int.from_bytes(entry[6:8], "big"), "RAF:Directory")
        at += 4 + int.from_bytes(entry[2:4], "big")


def _embedded(source: Source, offset: int, length: int, findings: Findings) -> None:
    """Take the tags of an embedded JPEG for the image's, but not its frame."""
    inner = Findings(budget=findings.budget)
    jpeg.read_segments(window(source, offset, min(length, MAX_PREVIEW_HEAD)), inner)
    for group, tags in inner.tags.items():
        findings.put_all(group, tags)


def rw2(source: Source, findings: Findings) -> None:
    """Read Panasonic's RW2: borders of the sensor tell the size, an embedded JPEG holds the rest of Exif."""
    structure = tiff_structure.header(source, magic=tiff_file.MAGIC)
    if structure is None:
        return
    numbers: dict[int, int] = {}
    directory = tiff_structure.directory(structure, structure.first, range(0x30))
    findings.budget.spend(decoded=directory.size)
    for entry in directory.entries:
        if entry.tag == _JPEG_FROM_RAW and findings.known("preview_offset") is not None:
            continue
        if entry.tag == _JPEG_FROM_RAW:
            findings.fact("preview_offset", entry.offset, "RW2:JpgFromRaw")
            findings.fact("preview_length", entry.size, "RW2:JpgFromRaw")
            _embedded(source, entry.offset, entry.size, findings)
        elif (data := tiff_structure.raw_value(structure, entry)) is not None:
            findings.budget.spend(decoded=len(data))
            value = tiff_structure.value(structure, entry, data)
            numbers[entry.tag] = value if isinstance(value, int) else 0
    if numbers.keys() >= _BORDERS:
        top, left, bottom, right = (numbers[tag] for tag in sorted(_BORDERS))
        findings.fact("stored_width", max(right - left, 0), "RW2:SensorBorders")
        findings.fact("stored_height", max(bottom - top, 0), "RW2:SensorBorders")
    exif.walk(structure, findings)


def mrw(source: Source, findings: Findings) -> None:
    """Read Minolta's MRW: PRD tells the size, TTW holds Exif."""
    end = min(8 + int.from_bytes(source.read(4, 4), "big"), source.size)
    at = 8
    for _ in range(MAX_BLOCKS):
        head = source.read(at, 8)
        if len(head) < 8 or at >= end:
            break
        length = int.from_bytes(head[4:], "big")
        if head[:4] == b"\0PRD":
            body = source.read(at + 8, 16)
            findings.fact("stored_height", int.from_bytes(body[12:14], "big"), "MRW:PRD")
            findings.fact("stored_width", int.from_bytes(body[14:16], "big"), "MRW:PRD")
        elif head[:4] == b"\0TTW":
            exif.read(source.read(at + 8, min(length, tiff_structure.MAX_PAYLOAD)), findings)
        at += 8 + length


def cr3(source: Source, findings: Findings) -> None:
    """Read Canon's CR3: Exif in the CMT boxes of a "uuid" inside "moov", XMP and the preview in others."""
    for box in boxes.walk(source, 0, source.size):
        if box.kind == b"moov":
            for inner in boxes.walk(source, box.start, box.end):
                if inner.kind == b"uuid" and source.read(inner.start, 16) == CANON_UUID:
                    _canon(source, inner, findings)
        elif box.kind == b"uuid" and source.read(box.start, 16) == bmff.XMP_UUID:
            xmp.read(source.read(box.start + 16, min(box.end - box.start - 16, xmp.MAX_BYTES)), findings)
        elif box.kind == b"uuid":
            for inner in boxes.walk(source, box.start + 24, box.end):
                if inner.kind == b"PRVW":
                    findings.fact("preview_offset", inner.start + 16, "CR3:PRVW")
                    findings.fact("preview_length", inner.end - inner.start - 16, "CR3:PRVW")
    for name, tag in (("stored_width", "ImageWidth"), ("stored_height", "ImageLength")):
        findings.fact(name, findings.group("Exif").get(tag), "CR3:CMT1")


def _canon(source: Source, outer: boxes.Box, findings: Findings) -> None:
    for box in boxes.walk(source, outer.start + 16, outer.end):
        if box.kind in (b"CMT1", b"CMT2", b"CMT4"):
            found = tiff_structure.header(
                BytesSource(source.read(box.start, min(box.end - box.start, tiff_structure.MAX_PAYLOAD)))
            )
            if found:
                exif.walk(found, findings, group="GPS" if box.kind == b"CMT4" else "Exif")


def nothing(_: Source, __: Findings) -> None:
    """Leave a format at its name: its inside is not read."""


CONTAINERS: dict[str, Callable[[Source, Findings], None]] = {
    "RAF": raf,
    "MRW": mrw,
    "CR3": cr3,
    "CRW": crw.read,
    "RW2": rw2,
    "X3F": nothing,
}
