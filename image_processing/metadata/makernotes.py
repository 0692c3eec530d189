"""Read lens, serial number, owner and firmware from the maker notes of the common makers.

Maker notes are no standard; their layout is known from the cameras' own files. Only what the standard tags may
lack is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from image_processing.metadata import convert, text, tiff_structure
from image_processing.source import BytesSource

if TYPE_CHECKING:
    from image_processing.metadata.findings import Findings
    from image_processing.metadata.tiff_structure import Entry, Tiff

MAX_NOTE = 1 << 20  # bytes of a note that is copied
_OLYMPUS_EQUIPMENT = 0x2010


class _Maker(NamedTuple):
    """How a maker's note begins, where its directory lies, and the names of its tags."""

    signature: bytes
    directory: int  # from the note's start; 0: a TIFF header at `header`
    own_offsets: bool  # whether offsets count from the note, not from the Exif block
    order: str  # "" is the Exif block's
    tags: dict[int, str]
    header: int = 0


_CANON = {0x0007: "FirmwareVersion", 0x0009: "OwnerName", 0x000C: "SerialNumber", 0x0095: "LensModel"}
_NIKON = {0x001D: "SerialNumber", 0x0084: "Lens", 0x0002: "ISOSetting"}
_OLYMPUS = {0x0101: "SerialNumber", 0x0203: "LensModel", 0x0202: "LensSerialNumber"}
_PANASONIC = {0x0025: "InternalSerialNumber", 0x0051: "LensModel", 0x0052: "LensSerialNumber"}
_FUJIFILM = {0x0010: "InternalSerialNumber"}
_PENTAX = {0x0229: "SerialNumber"}
_SAMSUNG = {0xA002: "SerialNumber", 0xA003: "LensType"}

_MAKERS = (
    _Maker(b"Nikon\0\2", 0, True, "", _NIKON, header=10),
    _Maker(b"OLYMPUS\0II", 12, True, "<", _OLYMPUS),
    _Maker(b"OLYMPUS\0MM", 12, True, ">", _OLYMPUS),
    _Maker(b"OM SYSTEM\0\0\0II", 16, True, "<", _OLYMPUS),
    _Maker(b"OLYMP\0", 8, False, "", _OLYMPUS),
    _Maker(b"Panasonic\0\0\0", 12, False, "", _PANASONIC),
    _Maker(b"FUJIFILM\x0c\0\0\0", 12, True, "<", _FUJIFILM),
    _Maker(b"AOC\0II", 6, False, "<", _PENTAX),
    _Maker(b"AOC\0MM", 6, False, ">", _PENTAX),
    _Maker(b"PENTAX \0MM", 10, True, ">", _PENTAX),
    _Maker(b"PENTAX \0II", 10, True, "<", _PENTAX),
)
_BARE = {"CANON": _CANON, "SAMSUNG": _SAMSUNG}  # notes that are a directory from their first byte


def read(structure: Tiff, entry: Entry, findings: Findings) -> None:
    """Read a maker note; one of a maker not known, or a damaged one, is left alone."""
    start = structure.base + entry.offset
    head = structure.source.read(start, 16)
    for maker in _MAKERS:
        if head.startswith(maker.signature):
            _read(structure, entry, maker, findings)
            return
    make = str(findings.group("Exif").get("Make", "")).upper()
    for name, tags in _BARE.items():
        if make.startswith(name):
            _directory(structure, entry.offset, tags, findings)


def _read(structure: Tiff, entry: Entry, maker: _Maker, findings: Findings) -> None:
    start = structure.base + entry.offset
    if maker.header:
        found = tiff_structure.header(structure.source, start + maker.header)
        if found:
            _directory(found, found.first, maker.tags, findings)
        return
    order = maker.order or structure.order
    if maker.own_offsets:
        note = BytesSource(structure.source.read(start, min(entry.size, MAX_NOTE)))
        inner = tiff_structure.Tiff(note, 0, order, big=False, first=maker.directory)
        _directory(inner, maker.directory, maker.tags, findings)
    else:
        _directory(structure._replace(order=order), entry.offset + maker.directory, maker.tags, findings)


def _directory(structure: Tiff, offset: int, tags: dict[int, str], findings: Findings, depth: int = 0) -> None:
    directory = tiff_structure.directory(structure, offset, {*tags, _OLYMPUS_EQUIPMENT})
    findings.budget.spend(decoded=directory.size)
    for entry in directory.entries:
        data = tiff_structure.raw_value(structure, entry)
        if data is None:
            continue
        findings.budget.spend(decoded=len(data))
        value = tiff_structure.value(structure, entry, data)
        if entry.tag in tags:
            findings.put("MakerNotes", tags[entry.tag], _readable(tags[entry.tag], value))
            if tags[entry.tag] == "Lens":
                findings.put("MakerNotes", "LensModel", convert.lens(value))
        elif tags is _OLYMPUS and not depth:
            where = value if isinstance(value, int) else entry.offset
            _directory(structure, where, tags, findings, depth + 1)


def _readable(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        value = text.decode(text.until_nul(value)) if text.printable(text.until_nul(value)) else None
    if name.endswith(("SerialNumber", "LensModel")) and value is not None:
        value = str(value).strip("\0 -")
        return value if value.strip("0") else None
    return value
