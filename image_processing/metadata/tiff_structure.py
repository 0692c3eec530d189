"""Walk the image file directories of TIFF 6.0, BigTIFF and Exif, in a file or in a block, bounded throughout."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from image_processing.metadata import text

if TYPE_CHECKING:
    from collections.abc import Container

    from image_processing.source import Source

MAX_ENTRIES = 2048  # in one directory
MAX_VALUE = 1 << 16  # bytes of one value that is read
MAX_PAYLOAD = 16 << 20  # bytes of a payload inside a tag (XMP, ICC, IPTC)
MAX_NUMBERS = 4096  # numbers decoded of one value

ASCII, BYTE, UNDEFINED, UTF8 = 2, 1, 7, 129
SIZES = {
    **dict.fromkeys((1, 2, 6, 7, 129), 1),  # bytes and text; 129 is UTF-8 (Exif 3.0)
    **dict.fromkeys((3, 8), 2),
    **dict.fromkeys((4, 9, 11, 13), 4),
    **dict.fromkeys((5, 10, 12, 16, 17, 18), 8),  # rationals, doubles, BigTIFF's
}
_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_MAGIC = {42: False, 43: True}
WHOLE = {  # to unpack one whole number, which is what most entries hold
    order: {kind: struct.Struct(order + code).unpack_from for kind, code in _CODES.items() if code not in "fd"}
    for order in "<>"
}
_RATIONAL = {
    order: {5: struct.Struct(order + "II").unpack_from, 10: struct.Struct(order + "ii").unpack_from}
    for order in "<>"
}
ANY_MAGIC: dict[int, bool] = dict.fromkeys(range(1 << 16), False)


class Tiff(NamedTuple):
    """A TIFF structure inside a source: offsets count from `base`."""

    source: Source
    base: int
    order: str  # struct's byte order mark, "<" or ">"
    big: bool
    first: int  # where the first directory lies


Row = tuple[int, int, int, int, int]  # as an Entry, without the cost of one


class Entry(NamedTuple):
    """One directory entry; `size` bytes of value, `length` of its kind, lie at `offset`."""

    tag: int
    kind: int
    length: int
    offset: int
    size: int


class Directory(NamedTuple):
    """The entries of a directory as rows, where the next one lies (0: nowhere), whether it is whole, its bytes."""

    rows: list[Row]
    following: int
    whole: bool
    size: int

    @property
    def entries(self) -> list[Entry]:
        """The rows by name; a walk over all of a file takes the rows."""
        return [Entry(*row) for row in self.rows]


def header(source: Source, base: int = 0, magic: dict[int, bool] | None = None) -> Tiff | None:
    """Read a TIFF header (TIFF 6.0, section 2; BigTIFF), or None where there is none."""
    head = source.read(base, 16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return None
    number, first = struct.unpack_from(order + "HI", head, 2)
    big = (magic or _MAGIC).get(number)
    if big is None:
        return None
    if big:
        if len(head) < 16:
            return None
        first = struct.unpack_from(order + "Q", head, 8)[0]
    return Tiff(source, base, order, big, first)


def directory(tiff: Tiff, offset: int, only: Container[int] | None = None) -> Directory:
    """Read the entries of the directory at `offset`, or `only` those of some tags, without impossible ones."""
    size_of_count, size_of_entry, pointer = (8, 20, "Q") if tiff.big else (2, 12, "I")
    head = tiff.source.read(tiff.base + offset, size_of_count)
    if len(head) < size_of_count:
        return Directory([], 0, whole=False, size=0)
    count = struct.unpack(tiff.order + ("Q" if tiff.big else "H"), head)[0]
    wanted = min(count, MAX_ENTRIES) * size_of_entry
    start = offset + size_of_count
    block = tiff.source.read(tiff.base + start, wanted + (8 if tiff.big else 4))
    rows = _rows(tiff, block[: min(wanted, len(block) - len(block) % size_of_entry)], start, only)
    following = 0
    if count <= MAX_ENTRIES and len(block) == wanted + (8 if tiff.big else 4):
        following = struct.unpack_from(tiff.order + pointer, block, wanted)[0]
    return Directory(rows, following, len(block) >= wanted, len(block))


def _rows(tiff: Tiff, block: bytes, start: int, only: Container[int] | None) -> list[Row]:
    layout, step, inline = ("HHQQ", 20, 8) if tiff.big else ("HHII", 12, 4)
    parts = list(struct.iter_unpack(tiff.order + layout, block))
    if not parts or parts[0][1] not in SIZES:  # a first entry of no known type: no directory
        return []
    first = start + step - inline
    return [
        (tag, kind, count, pointer if size > inline else first + number * step, size)
        for number, (tag, kind, count, pointer) in enumerate(parts)
        if (only is None or tag in only) and kind in SIZES
        for size in (count * SIZES[kind],)
    ]


def raw_value(tiff: Tiff, entry: Entry, limit: int = MAX_VALUE) -> bytes | None:
    """Read the bytes of a value; None where they are not there, or more than `limit`."""
    start = tiff.base + entry.offset
    if entry.size > limit or start + entry.size > tiff.source.size:
        return None
    data = tiff.source.read(start, entry.size)
    return data if len(data) == entry.size else None


def value(tiff: Tiff, entry: Entry, data: bytes) -> Any:
    """Decode the bytes of a value as `decode` does."""
    return decode(tiff.order, entry.kind, entry.length, data)


def decode(order: str, kind: int, length: int, data: bytes) -> Any:
    """Decode the bytes of a value: text, a number, a tuple of numbers, or bytes (UNDEFINED and long BYTE).

    A rational with a zero denominator is None (TIFF 6.0 gives it no meaning).
    """
    if length == 1 and kind in WHOLE[order]:
        return WHOLE[order][kind](data)[0]
    if length == 1 and kind in _RATIONAL[order]:
        top, bottom = _RATIONAL[order][kind](data)
        return top / bottom if bottom else None
    if kind in (ASCII, UTF8):
        return text.decode(text.until_nul(data))
    if kind == UNDEFINED or (kind == BYTE and length != 1):
        return data
    if kind in (5, 10):
        return _rationals(order, "I" if kind == 5 else "i", data)
    code = _CODES[kind]
    count = min(length, MAX_NUMBERS)
    numbers = struct.unpack_from(f"{order}{count}{code}", data)
    if code in "fd":
        numbers = tuple(number if math.isfinite(number) else None for number in numbers)
    return numbers[0] if count == 1 else numbers or None


def _rationals(order: str, code: str, data: bytes) -> Any:
    count = min(len(data) // 8, MAX_NUMBERS)
    parts = struct.unpack_from(f"{order}{2 * count}{code}", data)
    if count == 1:
        return parts[0] / parts[1] if parts[1] else None
    return (
        tuple(top / bottom if bottom else None for top, bottom in zip(parts[::2], parts[1::2], strict=True))
        or None
    )
