"""The thumbnail that a camera puts into a HEIF file: the picture of one that is too large to decode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from image_processing.metadata import boxes, items
from image_processing.metadata.budget import Budget
from image_processing.source import BytesSource

if TYPE_CHECKING:
    from image_processing.source import Source

_CODED = frozenset((b"hvc1", b"hev1"))


def largest(source: Source) -> tuple[Source, int] | None:
    """Return a copy of the file whose primary item is its largest thumbnail, and the number of that."""
    for box in boxes.walk(source, 0, source.size):
        if box.kind == b"meta":
            return _promoted(source, box, items.read_items(source, box, Budget()))
    return None


def _promoted(source: Source, outer: boxes.Box, meta: items.Meta) -> tuple[Source, int] | None:
    found = [
        (_pixels(meta, item), item)
        for kind, item, targets in meta.references
        if kind == b"thmb" and meta.primary in targets and item in meta.items and meta.items[item].kind in _CODED
    ]
    inner = {box.kind: box for box in boxes.walk(source, outer.start + 4, outer.end)}
    if not found or not {b"pitm", b"iref"} <= inner.keys():
        return None
    item = max(found)[1]
    data = bytearray(source.read(0, source.size))
    start, end = (
        inner[b"pitm"].start + 4,
        inner[b"pitm"].end,
    )  # after version and flags (ISO/IEC 14496-12, 8.11.4)
    data[start:end] = item.to_bytes(end - start, "big")
    # The codec takes nothing for the primary item that is the thumbnail of another
    start, end = inner[b"iref"].start, inner[b"iref"].end
    reference = b"thmb" + item.to_bytes(4 if data[start] else 2, "big")
    data[start:end] = data[start:end].replace(reference, b"free" + reference[4:], 1)
    return BytesSource(bytes(data)), item


def _pixels(meta: items.Meta, item: int) -> int:
    sizes = (body[4:12] for kind, body in meta.of(item) if kind == b"ispe")
    return max((int.from_bytes(size[:4], "big") * int.from_bytes(size[4:], "big") for size in sizes), default=0)
