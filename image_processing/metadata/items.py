"""Read the item structure of HEIF and AVIF (ISO/IEC 14496-12, 8.11): items, places, properties, references."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from image_processing.metadata import boxes
from image_processing.metadata.boxes import Cursor
from image_processing.source import BytesSource, window

if TYPE_CHECKING:
    from image_processing.metadata.budget import Budget
    from image_processing.source import Source

MAX_ITEMS = 4096
MAX_EXTENTS = 256
MAX_IDENTITIES = 16  # items that stand for each other
MAX_PARTS = 100_000  # items, extents, references, properties and associations in all
MAX_BOX = 4 << 20  # bytes of a header box that is read
MAX_PAYLOAD = 16 << 20  # bytes of a metadata item that is read


class Item(NamedTuple):
    """An item of a "meta" box: its type, and the content type of a "mime" item."""

    kind: bytes
    content_type: bytes


class Extent(NamedTuple):
    """A piece of an item's data: offset and length in bytes; a length of 0 goes up to the end."""

    offset: int
    length: int


_EMPTY = Extent(0, 0)


class Location(NamedTuple):
    """The data of an item: in the file (method 0), in "idat" (1) or in another item (2), piece by piece."""

    method: int
    extents: list[Extent]


class Reference(NamedTuple):
    """A reference of a kind from an item to others."""

    kind: bytes
    source: int
    targets: list[int]


class Property(NamedTuple):
    """A property of items: the type of its box, and the body."""

    kind: bytes
    body: bytes


class Association(NamedTuple):
    """The number of a property of an item, and where in the file it is, in bytes."""

    item: int
    number: int
    offset: int
    size: int


@dataclass(slots=True)
class Meta:
    """The item structure of a "meta" box."""

    budget: Budget
    primary: int = 0
    items: dict[int, Item] = field(default_factory=dict)
    locations: dict[int, Location] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    properties: list[Property] = field(default_factory=list)
    associations: dict[int, dict[int, None]] = field(default_factory=dict)  # item -> properties, each once
    association_places: list[Association] = field(default_factory=list)
    primary_place: Extent = _EMPTY  # of the number of the primary item
    data_start: int = 0  # of "idat"
    parts: int = 0
    property_bytes: int = 0

    def admit(self, count: int = 1) -> bool:
        """Count parts, and tell whether they are still to be read."""
        self.parts += count
        return self.parts <= MAX_PARTS

    def of(self, item: int) -> list[Property]:
        """Give the properties of an item, in order."""
        numbers = self.associations.get(item, {})
        self.budget.spend(len(numbers))
        return [self.properties[at - 1] for at in numbers if at <= len(self.properties)]

    def targets(self, kind: bytes, item: int) -> list[int]:
        """Give the items that an item refers to, in order."""
        self.budget.spend(len(self.references))
        return [
            to for name, source, targets in self.references if (name, source) == (kind, item) for to in targets
        ]

    def identities(self) -> list[int]:
        """Give the primary item and, where it is the same picture as another ("iden"), those it stands for."""
        chain = [self.primary]
        while len(chain) < MAX_IDENTITIES and self.kind(chain[-1]) == b"iden":
            following = self.targets(b"dimg", chain[-1])[:1]
            if not following or following[0] in chain:
                break
            chain += following
        return chain

    def kind(self, item: int) -> bytes:
        """Give the type of an item; empty where there is none."""
        found = self.items.get(item)
        return found.kind if found else b""


def read_items(source: Source, outer: boxes.Box, budget: Budget) -> Meta:
    """Read the item structure of a "meta" box."""
    meta = Meta(budget)
    for box in boxes.walk(source, outer.start + 4, outer.end):
        if box.kind == b"idat":
            meta.data_start = box.start
            continue
        if box.kind == b"iprp":
            _item_properties(source, box, meta)
        elif box.kind in _PARSERS:
            _PARSERS[box.kind](Cursor(source.read(box.start, min(box.end - box.start, MAX_BOX))), meta)
        elif box.kind == b"pitm":
            _pitm(Cursor(source.read(box.start, 8)), meta, box.start)
    return meta


def _pitm(cursor: Cursor, meta: Meta, start: int) -> None:
    size = 4 if cursor.number(4) >> 24 else 2
    meta.primary_place = Extent(start + cursor.at, size)
    meta.primary = cursor.number(size)


def _iinf(cursor: Cursor, meta: Meta) -> None:
    version = cursor.number(4) >> 24
    count = cursor.number(4 if version else 2)
    for _ in range(min(count, MAX_ITEMS)):
        start, size, kind = cursor.at, cursor.number(4), cursor.take(4)
        if kind != b"infe" or size < 12 or cursor.over or not meta.admit():
            return
        entry = Cursor(cursor.data[start : start + size], 8)
        entry_version = entry.number(4) >> 24
        if entry_version >= 2:
            number = entry.number(4 if entry_version > 2 else 2)
            entry.number(2)  # protection
            item_kind = entry.take(4)
            entry.string()  # name
            meta.items.setdefault(number, Item(item_kind, entry.string() if item_kind == b"mime" else b""))
        cursor.at = start + size


def _iloc(cursor: Cursor, meta: Meta) -> None:
    version = cursor.number(4) >> 24
    sizes = cursor.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    count = cursor.number(4 if version >= 2 else 2)
    for _ in range(min(count, MAX_ITEMS)):
        number = cursor.number(4 if version >= 2 else 2)
        method = cursor.number(2) & 15 if version else 0
        cursor.number(2)  # data reference
        base = cursor.number(base_size)
        extents = []
        extent_count = min(cursor.number(2), MAX_EXTENTS)
        if extent_count > 1 and not offset_size + length_size:
            return  # pieces without a place
        for _ in range(extent_count):
            if cursor.over or not meta.admit():
                return
            if version:
                cursor.number(index_size)
            offset = cursor.number(offset_size)
            extents.append(Extent(base + offset, cursor.number(length_size)))
        if cursor.over or not meta.admit():
            return
        meta.locations.setdefault(number, Location(method, extents))


def _iref(cursor: Cursor, meta: Meta) -> None:
    width = 4 if cursor.number(4) >> 24 else 2
    while cursor.at + 8 <= len(cursor.data) and len(meta.references) < MAX_ITEMS:
        start, size, kind = cursor.at, cursor.number(4), cursor.take(4)
        source = cursor.number(width)
        count = cursor.number(2)
        targets_count = min(count, MAX_ITEMS, size // width)
        if size < 8 or not meta.admit(targets_count):
            return
        targets = [cursor.number(width) for _ in range(targets_count)]
        meta.references.append(Reference(kind, source, targets))
        cursor.at = start + size


def _item_properties(source: Source, outer: boxes.Box, meta: Meta) -> None:
    for box in boxes.walk(source, outer.start, outer.end):
        if not meta.admit():
            return
        if box.kind == b"ipco":
            for item in boxes.walk(source, box.start, box.end):
                if not meta.admit():
                    return
                body = source.read(item.start, min(item.end - item.start, MAX_BOX - meta.property_bytes))
                meta.property_bytes += len(body)
                meta.properties.append(Property(item.kind, body))
        elif box.kind == b"ipma":
            _ipma(Cursor(source.read(box.start, min(box.end - box.start, MAX_BOX))), meta, box.start)


def _ipma(cursor: Cursor, meta: Meta, start: int) -> None:
    version, flags = cursor.number(1), cursor.number(3)
    for _ in range(min(cursor.number(4), MAX_ITEMS)):
        item = cursor.number(4 if version else 2)
        count = cursor.number(1)
        if cursor.over or not meta.admit(1 + count):
            return
        size = 2 if flags & 1 else 1
        for _ in range(count):
            at = cursor.at
            number = cursor.number(size) & (0x7FFF if flags & 1 else 0x7F)
            if number:
                meta.associations.setdefault(item, {})[number] = None
                meta.association_places.append(Association(item, number, start + at, size))


_NOWHERE = Location(0, [])
_PARSERS = {b"iinf": _iinf, b"iloc": _iloc, b"iref": _iref}


def item_source(source: Source, meta: Meta, number: int) -> Source:
    """Give an item as a source: as a window where it lies in one piece of the file."""
    method, extents = meta.locations.get(number, _NOWHERE)
    if method == 0 and len(extents) == 1:
        offset, length = extents[0]
        return window(source, offset, length or source.size)
    return BytesSource(item_bytes(source, meta, number))


def item_bytes(source: Source, meta: Meta, number: int) -> bytes:
    """Read an item from the file (method 0) or from "idat" (method 1) (14496-12, 8.11.3)."""
    method, extents = meta.locations.get(number, _NOWHERE)
    if method > 1:
        return b""
    base = meta.data_start if method == 1 else 0
    pieces, total = [], 0
    for offset, length in extents:
        length = length or max(source.size - base - offset, 0)  # noqa: PLW2901 -- 0 means up to the end
        total += length
        if total > MAX_PAYLOAD:
            return b""
        pieces.append(source.read(base + offset, length))
    return b"".join(pieces)


CANVASES = {b"grid": 4, b"iovl": 10}
"""Derived images whose data tell the size of their canvas, and where in them (23008-12, 6.6.2)."""


def canvas(kind: bytes, head: bytes) -> tuple[int, int]:
    """Read width and height of a derived image from the start of its data."""
    cursor = Cursor(head, CANVASES[kind])
    size = 4 if len(head) > 1 and head[1] & 1 else 2
    width, height = cursor.number(size), cursor.number(size)
    return (0, 0) if cursor.over else (width, height)
