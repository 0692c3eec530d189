"""Read Exif (CIPA DC-008) and the payloads that TIFF tags carry: XMP, IPTC, Photoshop resources, ICC."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from image_processing.metadata import (
    coded_text,
    exif_tags,
    icc,
    iptc,
    makernotes,
    photoshop,
    text,
    tiff_structure,
    xmp,
)
from image_processing.source import BytesSource, window

if TYPE_CHECKING:
    from collections.abc import Callable

    from image_processing.metadata.findings import Findings
    from image_processing.metadata.tiff_structure import Tiff
    from image_processing.source import Source

MAX_DIRECTORIES = 64
MAX_SUB_IFDS = 16
MAX_QUEUE = 1024  # directories waiting to be read
MAX_VALUES = 4 << 20  # bytes of values of one structure: entries of a hostile file may share theirs

TRIED = 4  # ways in which a coded text is read at most, beside the first

EXIF_IFD, GPS_IFD, INTEROPERABILITY_IFD, SUB_IFDS = 0x8769, 0x8825, 0xA005, 0x014A
MAKER_NOTE = 0x927C
_CHILDREN = {EXIF_IFD: "Exif", GPS_IFD: "GPS", INTEROPERABILITY_IFD: "Exif", SUB_IFDS: "SubIFD"}
_PAYLOADS: dict[int, Callable[[bytes, Findings], None]] = {
    0x02BC: xmp.read,
    0x83BB: iptc.read,
    0x8649: photoshop.read,
    0x8773: icc.read,
}
_STRUCTURAL = frozenset((*_CHILDREN, *_PAYLOADS, MAKER_NOTE))


def read(data: bytes, findings: Findings) -> None:
    """Read an Exif block, with or without its "Exif" signature.

    Of two blocks the first wins; a later one only fills in tags the first lacks.
    """
    read_source(BytesSource(data), findings)


def read_source(source: Source, findings: Findings) -> None:
    """Read an Exif block by ranges: previews and maker notes in it, often most of it, are not fetched."""
    head = source.read(0, 68)
    start = 6 if head[:4].lower() == b"exif" else 0
    found = tiff_structure.header(source, start)
    if found is None:
        at = next((at for mark in (b"II*\0", b"MM\0*") if (at := head.find(mark)) >= 0), -1)
        found = (
            tiff_structure.header(source, at)
            if at >= 0
            else tiff_structure.header(source, start, tiff_structure.ANY_MAGIC)
        )
    if found is None:
        findings.warn("exif_header", "The Exif block has no TIFF header.")
        return
    if not findings.admit("Exif"):
        return
    if findings.payloads["Exif"] > 1:
        findings.warn("exif_twice", "There is more than one Exif block; the first is taken.")
    walk(found, findings)


def read_item(source: Source, findings: Findings) -> None:
    """Read an Exif item of HEIF, AVIF or JPEG XL: the offset of its TIFF header comes first (23008-12, A.2.1).

    Some writers leave the offset out, or count wrongly; then the header is looked for.
    """
    start = 4 + int.from_bytes(source.read(0, 4), "big")
    if source.read(start, 2) not in (b"II", b"MM"):
        start = 0
    if source.size > start:
        read_source(window(source, start, source.size), findings)


def walk(structure: Tiff, findings: Findings, group: str = "Exif") -> None:
    """Read every directory of a TIFF structure, then the payloads in them."""
    tree = Tree(structure, findings)
    tree.images(group)
    tree.read_payloads()


class Tree:
    """The directories of a TIFF structure, and the other parts of their entries."""

    def __init__(self, structure: Tiff, findings: Findings) -> None:
        self.structure = structure
        self.findings = findings
        self.queue: deque[tuple[int, str, bool]] = deque()  # offset, group, whether it describes an image
        self.payloads: dict[int, bytes] = {}
        self.maker_note: tiff_structure.Entry | None = None
        self.left = MAX_VALUES
        self.pages: list[dict[str, Any]] = []  # IFD0 and those that follow it

    def images(self, group: str = "Exif", *, pages: bool = False) -> list[dict[str, Any]]:
        """Read every directory.

        The tags of IFD0, Exif and Interoperability go to the group "Exif" (or `group`), those of the others to
        "GPS", "SubIFD" and "Thumbnail" (IFD1). With `pages` further directories are pages: returned, not put.

        Returns:
            The tags of each image directory by name: IFD0, then those that follow it and SubIFDs as found.

        """
        images: list[dict[str, Any]] = []
        seen: set[int] = set()
        self.queue.append((self.structure.first, group, True))
        while self.queue and len(seen) < MAX_DIRECTORIES:
            offset, group, image = self.queue.popleft()
            if offset in seen or offset == 0:
                continue
            seen.add(offset)
            left = self.left
            tags, following = self.directory(offset, group)
            if image:
                images.append(tags)
                if group != "SubIFD":
                    self.pages.append(tags)
                    if following:
                        self.queue.append((following, "Page" if pages else "Thumbnail", True))
            if group != "Page":
                self.findings.put_all(group, dict(tags), left - self.left)
        return images

    def read_payloads(self) -> None:
        """Read the payloads and the maker note that the directories named: IPTC's own tag before Photoshop's."""
        for tag, data in sorted(self.payloads.items()):
            _PAYLOADS[tag](data, self.findings)
        if self.maker_note is not None:
            makernotes.read(self.structure, self.maker_note, self.findings)

    def directory(self, offset: int, group: str) -> tuple[dict[str, Any], int]:
        """Read one directory: its tags by name, and where the next one lies."""
        directory, left = tiff_structure.directory(self.structure, offset), self.left
        if not directory.whole:
            self.findings.warn("directory", f"A directory of tags ({group}) is cut short.")
        tags: dict[str, Any] = {}
        names = exif_tags.GPS if group == "GPS" else exif_tags.EXIF
        structural = _STRUCTURAL if group != "GPS" else ()
        read, base, order = self.structure.source.read, self.structure.base, self.structure.order
        whole = tiff_structure.WHOLE[order]
        for tag, kind, length, at, size in directory.rows:
            if tag in structural:
                self._structural(tiff_structure.Entry(tag, kind, length, at, size), group)
                continue
            name = names.get(tag) or f"0x{tag:04X}"
            if name in tags or size > tiff_structure.MAX_VALUE:
                continue
            self.left -= size
            data = read(base + at, size) if self.left >= 0 else b""
            if len(data) < size or self.left < 0:
                self.findings.warn("value", f"The value of {name} is not to be had.")
            elif tag in _SPECIAL:
                self.left -= TRIED * size
                tags[name] = _SPECIAL[tag](order, kind, data)
            elif length == 1 and kind in whole:  # most are: no call into Python for these
                (tags[name],) = whole[kind](data)
            else:
                tags[name] = tiff_structure.decode(order, kind, length, data)
        self.left = max(self.left, 0)
        self.findings.budget.spend(decoded=directory.size + left - self.left)
        return tags, directory.following

    def _structural(self, entry: tiff_structure.Entry, group: str) -> None:
        tag = entry.tag
        if tag in _CHILDREN:
            self.left -= entry.size if entry.size <= tiff_structure.MAX_VALUE else 0
            children = _pointers(self.structure, entry) if self.left >= 0 else ()
            if len(self.queue) < MAX_QUEUE:
                self.queue.extend((child, _CHILDREN[tag], tag == SUB_IFDS) for child in children)
        elif tag == MAKER_NOTE:
            if group == "Exif":
                self.maker_note = self.maker_note or entry
        elif tag not in self.payloads:
            data = tiff_structure.raw_value(self.structure, entry, tiff_structure.MAX_PAYLOAD)
            if data is not None:
                self.payloads[tag] = data


def _pointers(structure: Tiff, entry: tiff_structure.Entry) -> tuple[int, ...]:
    data = tiff_structure.raw_value(structure, entry)
    if data is None or entry.kind in (tiff_structure.ASCII, tiff_structure.UNDEFINED):
        return ()
    value = tiff_structure.value(structure, entry, data)
    values = value if isinstance(value, tuple) else (value,)
    return tuple(item for item in values[:MAX_SUB_IFDS] if isinstance(item, int))


def _comment(order: str, _: int, data: bytes) -> str:
    return coded_text.comment(data, order)


def _windows(_: str, kind: int, data: bytes) -> str:
    return coded_text.windows(data, eight_bit=kind in (tiff_structure.ASCII, tiff_structure.UTF8))


def _copyright(_: str, __: int, data: bytes) -> str:
    """Join photographer's and editor's copyright, which a NUL parts (Exif 3.0, Copyright)."""
    parts = [text.decode(part) for part in data.split(b"\0")[:2]]
    return "\n".join(part for part in parts if part)


_SPECIAL: dict[int, Callable[[str, int, bytes], Any]] = {  # of byte order, type and bytes
    0x9286: _comment,  # UserComment
    0x001B: _comment,  # GPSProcessingMethod
    0x001C: _comment,  # GPSAreaInformation
    **dict.fromkeys(range(0x9C9B, 0x9CA0), _windows),  # XPTitle ... XPSubject
    0x8298: _copyright,
}
