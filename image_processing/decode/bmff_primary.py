"""The coded picture of a HEIF or AVIF file as the codec is to see it: primary, and as it is stored.

libheif applies a clean aperture to the picture with the codec's padding and fails at an invalid one; libavif
applies none, and knows no identity ("iden"). So the codecs get the stored picture, and `pixels.decode` applies the
transforms that the record tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from image_processing.metadata import boxes, items, transforms
from image_processing.metadata.budget import Budget
from image_processing.source import BytesSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from image_processing.source import Source

_ALPHA_OF = b"auxl"


def stored(source: Source) -> Source:
    """Return a copy of a file without transforms of its primary picture; the file itself where there are none."""
    for box in boxes.walk(source, 0, source.size):
        if box.kind == b"meta":
            patches = list(_patches(items.read_items(source, box, Budget())))
            if not patches:
                break
            data = bytearray(source.read(0, source.size))
            for offset, patch in patches:
                data[offset : offset + len(patch)] = patch
            return BytesSource(bytes(data))
    return source


def _patches(meta: items.Meta) -> Iterator[tuple[int, bytes]]:
    """Give the bytes that differ, each with its offset: number of the primary item, associations of transforms."""
    chain = meta.identities()
    if len(chain) > 1:
        offset, size = meta.primary_place
        yield offset, chain[-1].to_bytes(size, "big")
    pictures = {*chain, *(source for kind, source, to in meta.references if kind == _ALPHA_OF and chain[-1] in to)}
    for item, number, offset, size in meta.association_places:
        if (
            item in pictures
            and number <= len(meta.properties)
            and meta.properties[number - 1].kind in transforms.KINDS
        ):
            yield offset, bytes(size)
