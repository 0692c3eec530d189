"""Read Exif (CIPA DC-008) and the payloads that TIFF tags carry: XMP, IPTC, Photoshop resources, ICC."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from image_processing.metadata import exif_tags, icc, iptc, makernotes, photoshop, text, tiff, xmp
from image_processing.source import BytesSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from image_processing.metadata.findings import Findings
    from image_processing.metadata.tiff import Tiff
    from image_processing.source import Source

MAX_DIRECTORIES = 64
MAX_SUB_IFDS = 16

EXIF_IFD, GPS_IFD, INTEROPERABILITY_IFD, SUB_IFDS = 0x8769, 0x8825, 0xA005, 0x014A
MAKER_NOTE = 0x927C
_CHILDREN = {EXIF_IFD: "Exif", GPS_IFD: "GPS", INTEROPERABILITY_IFD: "Exif", SUB_IFDS: "SubIFD"}
_NAMES = {"GPS": exif_tags.GPS}
_PAYLOADS: dict[int, Callable[[bytes, Findings], None]] = {
    0x02BC: xmp.read,
    0x83BB: iptc.read,
    0x8649: photoshop.read,
    0x8773: icc.read,
}
_UTF16_TAGS = frozenset((0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F))  # Windows: XPTitle ... XPSubject
USER_COMMENT, GPS_PROCESSING_METHOD, GPS_AREA_INFORMATION = 0x9286, 0x1B, 0x1C
COPYRIGHT = 0x8298


def read(data: bytes, findings: Findings) -> None:
    """Read an Exif block, with or without its "Exif" signature.

    Of two blocks the first wins; a later one only fills in tags the first lacks.
    """
    read_source(BytesSource(data), findings)


def read_source(source: Source, findings: Findings) -> None:
    """Read an Exif block by ranges: previews and maker notes in it, often most of it, are not fetched."""
    head = source.read(0, 68)
    start = 6 if head[:4].lower() == b"exif" else 0
    found = tiff.header(source, start)
    if found is None:
        at = next((at for mark in (b"II*\0", b"MM\0*") if (at := head.find(mark)) >= 0), -1)
        found = tiff.header(source, at) if at >= 0 else tiff.header(source, start, tiff.ANY_MAGIC)
    if found is None:
        findings.warn("exif_header", "The Exif block has no TIFF header.")
        return
    findings.exif_blocks += 1
    if findings.exif_blocks > 1:
        findings.warn("exif_twice", "There is more than one Exif block; the first is taken.")
    walk(found, findings)


def walk(
    structure: Tiff, findings: Findings, *, pages: bool = False, group: str = "Exif"
) -> list[dict[str, Any]]:
    """Read every directory of a TIFF structure.

    The tags of IFD0, Exif and Interoperability go to the group "Exif", those of the others to "GPS", "SubIFD" and
    "Thumbnail" (IFD1). With `pages` further directories are pages: returned, not put.

    Returns:
        The tags of each image directory by name: IFD0, then those that follow it and SubIFDs as found.

    """
    images: list[dict[str, Any]] = []
    queue = deque([(structure.first, group, True)])
    seen: set[int] = set()
    payloads: dict[int, bytes] = {}
    maker_note: tiff.Entry | None = None
    while queue and len(seen) < MAX_DIRECTORIES:
        offset, group, image = queue.popleft()
        if offset in seen or offset == 0:
            continue
        seen.add(offset)
        directory = tiff.directory(structure, offset)
        if not directory.whole:
            findings.warn("directory", f"A directory of tags ({group}) is cut short.")
        tags: dict[str, Any] = {}
        for entry in directory.entries:
            tag = entry.tag
            if tag in _CHILDREN and group != "GPS":
                for child in _pointers(structure, entry):
                    queue.append((child, _CHILDREN[tag], tag == SUB_IFDS))
            elif tag in _PAYLOADS and group != "GPS":
                if tag not in payloads:
                    data = tiff.raw_value(structure, entry, tiff.MAX_PAYLOAD)
                    if data is not None:
                        payloads[tag] = data
            elif tag == MAKER_NOTE and group == "Exif":
                maker_note = maker_note or entry
            else:
                _keep(structure, entry, group, tags, findings)
        if image:
            images.append(tags)
            following = ("Page" if pages else "Thumbnail", True)
            if directory.following and group != "SubIFD":
                queue.append((directory.following, *following))
        if group != "Page":
            for name, value in tags.items():
                findings.put(group, name, value)
    for tag, data in payloads.items():
        _PAYLOADS[tag](data, findings)
    if maker_note is not None:
        makernotes.read(structure, maker_note, findings)
    return images


def _pointers(structure: Tiff, entry: tiff.Entry) -> tuple[int, ...]:
    data = tiff.raw_value(structure, entry)
    if data is None or entry.kind in (tiff.ASCII, tiff.UNDEFINED):
        return ()
    value = tiff.value(structure, entry, data)
    values = value if isinstance(value, tuple) else (value,)
    return tuple(item for item in values[:MAX_SUB_IFDS] if isinstance(item, int))


def _keep(
    structure: Tiff, entry: tiff.Entry, group: str, tags: dict[str, Any], findings: Findings
) -> None:
    tag = entry.tag
    name = _NAMES.get(group, exif_tags.EXIF).get(tag) or f"0x{tag:04X}"
    if name in tags:
        return
    data = tiff.raw_value(structure, entry)
    if data is None:
        if entry.size <= tiff.MAX_VALUE:
            findings.warn("value", f"The value of {name} lies outside the file.")
        return
    if tag == USER_COMMENT or (group == "GPS" and tag in (GPS_PROCESSING_METHOD, GPS_AREA_INFORMATION)):
        tags[name] = comment(data, structure.order)
    elif tag in _UTF16_TAGS and entry.kind != tiff.ASCII:
        tags[name] = text.utf16(data)
    elif tag == COPYRIGHT and entry.kind == tiff.ASCII:
        tags[name] = _copyright(data)
    else:
        tags[name] = tiff.value(structure, entry, data)


def _copyright(data: bytes) -> str:
    """Join photographer's and editor's copyright, which a NUL parts (Exif 3.0, Copyright)."""
    parts = [text.decode(part) for part in data.split(b"\0")[:2]]
    return "\n".join(part for part in parts if part)


def comment(data: bytes, order: str) -> str:
    """Decode a text behind an eight-byte character code (Exif 3.0, UserComment)."""
    code, body = data[:8], data[8:]
    if code[:7] == b"UNICODE":
        default = "utf-16-le" if order == "<" else "utf-16-be"
        if len(body) > 1 and (body[0] == 0) != (body[1] == 0):  # writers mix up the byte order: Latin text tells
            default = "utf-16-be" if body[0] == 0 else "utf-16-le"
        return text.utf16(body, default)
    if code[:3] == b"JIS":
        return text.decode(text.until_nul(body), "iso2022_jp")
    if code[:5] == b"ASCII" or code == bytes(8):
        return text.decode(text.until_nul(body))
    if any(code) and text.printable(code.rstrip(b"\0"), 1):  # no code at all: the text begins at once
        return text.decode(text.until_nul(data))
    return text.decode(text.until_nul(body))
