"""Run-length encoded BMP, each picture written as its codes and as the indices that they stand for."""

import io
import struct

import pytest
from PIL import Image

from image_processing import metadata
from image_processing.decode import pixels
from image_processing.errors import Truncated
from image_processing.source import BytesSource

COLOURS = [(0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
GREYS = [(0, 0, 0), (255, 255, 255)]
END = b"\0\1"


def bmp(width, height, body, bits=8, colours=COLOURS):
    palette = b"".join(bytes((blue, green, red, 0)) for red, green, blue in colours)
    start = 54 + len(palette)
    head = struct.pack(
        "<IiiHHIIiiII", 40, width, height, 1, bits, {8: 1, 4: 2}[bits], len(body), 0, 0, len(colours), 0
    )
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + head + palette + body


def shown(data):
    """Return the picture as rows of colours, the upper one first."""
    image = pixels.decode(BytesSource(data), metadata.read(BytesSource(data)))
    return [[image.getpixel((x, y)) for x in range(image.width)] for y in range(image.height)]


def drawn(*rows, colours=COLOURS):
    return [[colours[int(index)] for index in row] for row in rows]


@pytest.mark.parametrize(
    ("bits", "body", "rows"),
    [
        (8, b"\4\1\0\0\4\2" + END, ["2222", "1111"]),
        (8, b"\0\3\1\2\3\0\1\4\0\0\4\2" + END, ["2222", "1234"]),  # an odd count is padded
        (8, b"\4\1\0\0\0\0\4\2" + END, ["2222", "0000", "1111"]),  # a line without any
        (8, b"\2\1\0\0\4\2" + END, ["2222", "1100"]),  # a line that ends early
        (8, b"\4\1" + END, ["0000", "1111"]),  # a picture that ends early
        (8, b"\1\1\0\2\2\1\1\3" + END, ["0003", "1000"]),  # a move
        (8, b"\6\1\0\0\4\2" + END, ["2222", "1111"]),  # a run beyond its line
        (8, b"\4\1\0\0\4\2", ["2222", "1111"]),  # no mark at the end
        (4, b"\4\x12\0\0\3\x30\1\x40" + END, ["3034", "1212"]),
        (4, b"\0\4\x12\x34\0\0\4\x11" + END, ["1111", "1234"]),
        (4, b"\0\3\x12\x30\1\x40\0\0\4\x11" + END, ["1111", "1234"]),  # an odd count
        (4, b"\4\x11" + END, ["0000", "1111"]),
    ],
)
def test_runs_are_what_they_stand_for(bits, body, rows):
    """BITMAPINFOHEADER, BI_RLE8 and BI_RLE4: runs, literal pixels, ends of lines, moves; all else is colour 0."""
    assert shown(bmp(4, len(rows), body, bits)) == drawn(*rows)


@pytest.mark.parametrize("bits", [8, 4])
def test_black_and_white_is_a_palette_too(bits):
    """Pillow takes two such colours for one bit a pixel, and fails."""
    body = b"\4\1\0\0\4\0" + END if bits == 8 else b"\4\x11\0\0\4\0" + END

    assert shown(bmp(4, 2, body, bits, GREYS)) == drawn("0000", "1111", colours=GREYS)


def test_a_picture_of_many_runs():
    """Each row as four runs of fifty pixels comes back as it was drawn."""
    indices = [[(x + y // 30) % 5 for x in range(4)] for y in range(100)]
    body = b"".join(b"".join(bytes((50, index)) for index in row) + b"\0\0" for row in reversed(indices))

    assert shown(bmp(200, 100, body + END)) == [[COLOURS[row[x // 50]] for x in range(200)] for row in indices]


@pytest.mark.parametrize("body", [b"", b"\4", b"\4\1", b"\4\1\0", b"\4\1\0\0\0\4\1\1", b"\4\1\0\0\0\2\1"])
def test_runs_that_end_without_saying_so_are_truncated(body):
    """A file that is cut has no mark of its end, and no more pixels than it holds."""
    with pytest.raises(Truncated):
        shown(bmp(4, 2, body))


def test_a_bmp_without_runs_is_left_to_pillow():
    """Plain pixels are as ever."""
    out = io.BytesIO()
    Image.new("RGB", (3, 2), (9, 8, 7)).save(out, "BMP")

    assert shown(out.getvalue()) == [[(9, 8, 7)] * 3] * 2
