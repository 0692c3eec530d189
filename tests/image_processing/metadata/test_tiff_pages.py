"""TIFF: which of its images are pages, and numbers of other types than the standard's."""

import struct

import pytest

from image_processing import metadata
from image_processing.decode import pixels
from image_processing.source import BytesSource
from tests.image_processing import builders as b

SIZED = [(0x100, b.SHORT, 64), (0x101, b.SHORT, 48)]


def chain(*directories, children=()):
    """Write a TIFF of directories that follow each other; the first has SubIFDs."""
    data, at = b"", 8
    offsets = []
    for child in children:
        offsets.append(at + len(data))
        data += b.directory(child, at + len(data))
    start = at + len(data)
    for number, entries in enumerate(directories):
        own = sorted([*entries, *([(0x14A, b.LONG, tuple(offsets))] if children and number == 0 else [])])
        place = at + len(data)
        length = len(b.directory(own, place))
        last = number == len(directories) - 1
        data += b.directory(own, place, following=0 if last else place + length)
    return b"II*\0" + struct.pack("<I", start) + data


def pages(*directories, children=()):
    return metadata.read(BytesSource(chain(*directories, children=children))).get("page_count")


@pytest.mark.parametrize(
    ("second", "count"),
    [
        (SIZED, 2),
        ([(0xFE, b.LONG, 0), *SIZED], 2),
        ([(0xFE, b.LONG, 2), *SIZED], 2),  # a page of many
        ([(0xFE, b.LONG, 1), *SIZED], 1),  # reduced
        ([(0xFE, b.LONG, 3), *SIZED], 1),  # a reduced page
        ([(0xFE, b.LONG, 4), *SIZED], 1),  # a mask
        ([(0xFE, b.LONG, 5), *SIZED], 1),  # the mask of a reduced image
        ([(0xFE, b.LONG, 6), *SIZED], 1),  # the mask of a page
        ([(0xFE, b.LONG, 8), *SIZED], 1),  # a depth map (DNG)
        ([(0xFE, b.LONG, 0x10004), *SIZED], 1),  # a semantic mask (DNG)
        ([(0xFE, b.SHORT, 4), *SIZED], 1),
        ([(0xFF, b.SHORT, 1), *SIZED], 2),  # the old SubfileType: full
        ([(0xFF, b.SHORT, 2), *SIZED], 1),  # reduced
        ([(0xFF, b.SHORT, 3), *SIZED], 2),  # a page of many
        ([(0x103, b.SHORT, 6), (0x201, b.LONG, 8), (0x202, b.LONG, 9)], 1),  # a thumbnail as Exif has them
    ],
)
def test_a_page_is_an_image_of_its_own(second, count):
    """Not a smaller copy, nor a mask of another."""
    assert pages(SIZED, second) == count


def test_images_below_a_page_are_no_pages():
    """SubIFDs hold other sizes of their page; a file always has one page."""
    assert pages(SIZED, SIZED, children=[SIZED, SIZED]) == 2
    assert pages([(0xFE, b.LONG, 1), *SIZED]) == 1


SBYTE = 6


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (1, 6),
        (b.SHORT, 6),
        (b.LONG, 6),
        (SBYTE, b"\6"),
        (b.UNDEFINED, b"\6"),
        (b.ASCII, "6"),
        (b.RATIONAL, (6, 1)),
        (b.SHORT, (6, 6)),
    ],
)
@pytest.mark.parametrize("size_kind", [b.SHORT, b.LONG])
def test_an_orientation_of_any_type_turns_record_and_pixels(kind, value, size_kind):
    """Writers store it as a byte, as text; Pillow alone would turn only by whole numbers."""
    samples = bytes([10, 20, 30, 40, 50, 60, 70, 80])  # four columns, two rows
    tags = {256: (size_kind, 4), 257: (size_kind, 2), 258: (3, 8), 259: (3, 1), 262: (3, 1), 277: (3, 1)}
    source = BytesSource(b.tiff_image([samples], {**tags, 278: (3, 2), 274: (kind, value)}))
    found = metadata.read(source)

    assert (found.get("orientation"), found.get("width"), found.get("height")) == (6, 2, 4)
    turned = pixels.decode(source, found).convert("L")
    assert [turned.getpixel(place) for place in ((0, 0), (1, 0), (0, 3), (1, 3))] == [50, 10, 80, 40]
