"""The colour that tRNS names is transparent, and no other: each sample is written here as the file has it."""

import struct
import zlib

import pytest

from image_processing import examine, metadata
from image_processing.decode import pixels
from image_processing.source import BytesSource
from tests.image_processing.builders import chunk

GREY, RGB, PALETTE, GREY_ALPHA = 0, 2, 3, 4


def png(depth, colour, row, transparent=None, palette=b""):
    """Write a PNG of two equal rows."""
    width = len(row) * 8 // (depth * {RGB: 3, GREY_ALPHA: 2}.get(colour, 1))
    header = struct.pack(">IIBBBBB", width, 2, depth, colour, 0, 0, 0)
    data = zlib.compress((b"\0" + row) * 2)
    chunks = [(b"IHDR", header), (b"PLTE", palette), (b"tRNS", transparent), (b"IDAT", data)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks if one[1]) + chunk(b"IEND", b"")


def words(*samples):
    return struct.pack(f">{len(samples)}H", *samples)


NAMED = {
    "16 bits": (png(16, GREY, words(999, 1000, 1001, 65535), words(1000)), [255, 0, 255, 255]),
    "8 bits": (png(8, GREY, bytes((9, 10, 11, 255)), words(10)), [255, 0, 255, 255]),
    "4 bits": (png(4, GREY, b"\x9a\xbf", words(10)), [255, 0, 255, 255]),
    "2 bits": (png(2, GREY, b"\x1b", words(2)), [255, 255, 0, 255]),
    "1 bit": (png(1, GREY, b"\x50", words(1)), [255, 0, 255, 0, 255, 255, 255, 255]),
    "RGB of 16 bits": (
        png(16, RGB, words(1000, 2000, 3000, 1000, 2000, 3001, 1001, 2000, 3000), words(1000, 2000, 3000)),
        [0, 255, 255],
    ),
    "RGB of 8 bits": (png(8, RGB, bytes((1, 2, 3, 4, 5, 6)), words(1, 2, 3)), [0, 255]),
    "grey and alpha of 16 bits": (png(16, GREY_ALPHA, words(7, 0, 7, 65535)), [0, 255]),
}


@pytest.mark.parametrize("name", NAMED)
def test_the_named_colour_alone_is_transparent(name):
    """Neither its neighbours nor those that look the same in 8 bits are; the record says that there is alpha."""
    data, alphas = NAMED[name]
    found = metadata.read(BytesSource(data))

    image = pixels.decode(BytesSource(data), found)

    assert found.get("has_alpha") is True
    assert list(image.getchannel("A").crop((0, 1, image.width, 2)).tobytes()) == alphas


@pytest.mark.parametrize(("depth", "row"), [(8, b"\0\1\2\2"), (4, b"\x01\x22"), (2, b"\x1a")])
def test_colours_of_a_palette_have_an_alpha_each(depth, row):
    """Three colours, one of them half transparent."""
    data = png(depth, PALETTE, row, bytes((0, 128)), palette=bytes(range(9)))

    image = pixels.decode(BytesSource(data), metadata.read(BytesSource(data)))

    assert [image.getpixel((x, 0)) for x in range(3)] == [(0, 1, 2, 0), (3, 4, 5, 128), (6, 7, 8, 255)]


def test_the_analysis_sees_transparency_of_sixteen_bits():
    """Half of the pixels are of the colour that is transparent: white on nothing."""
    data = png(16, GREY, words(*[0, 65535] * 32), words(0))

    seen = examine.examine(BytesSource(data), examine.FULL).pixels

    assert (seen.analysis or {})["alpha"]["transparent"] == 0.5
