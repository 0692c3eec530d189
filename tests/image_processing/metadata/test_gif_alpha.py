"""A GIF has transparency where its frames show it, not where they merely declare a transparent colour."""

import random
import struct

import pytest
from PIL import GifImagePlugin, Image

from image_processing import examine, metadata
from image_processing.decode import pixels
from image_processing.metadata import gif_alpha
from image_processing.source import BytesSource

WIDTH, HEIGHT = 40, 30
CLEAR = 7  # the colour that controls declare transparent
KEEP, BACKGROUND, PREVIOUS = 1, 2, 3  # disposal methods
RANDOM = random.Random(7)


def control(index=CLEAR, disposal=0):
    flags = disposal << 2 | (index is not None)
    return b"\x21\xf9\x04" + struct.pack("<BHBB", flags, 10, index or 0, 0)


def frame(picture, place=(0, 0)):
    return b"".join(GifImagePlugin.getdata(picture, place))


def plain(colour=1, size=(WIDTH, HEIGHT)):
    return Image.new("P", size, colour)


def holed(at=(20, 15), size=(WIDTH, HEIGHT)):
    picture = plain(size=size)
    picture.putpixel(at, CLEAR)
    return picture


def noise(size, *, hole):
    """Make noise of few colours, which takes codes of every width; only its last pixel may have the clear one."""
    picture = Image.frombytes("P", size, bytes(RANDOM.choice((1, 2, 3, 200)) for _ in range(size[0] * size[1])))
    if hole:
        picture.putpixel((size[0] - 1, size[1] - 1), CLEAR)
    return picture


def gif(*blocks, size=(WIDTH, HEIGHT)):
    palette = bytes(value for index in range(256) for value in (index, 255 - index, 80))
    return b"GIF89a" + struct.pack("<HHBBB", *size, 0xF7, 0, 0) + palette + b"".join(blocks) + b";"


def has_alpha(*blocks, size=(WIDTH, HEIGHT)):
    return metadata.read(BytesSource(gif(*blocks, size=size))).get("has_alpha")


@pytest.mark.parametrize(
    ("blocks", "shown"),
    [
        ([frame(plain())], False),
        ([control(None), frame(plain())], False),
        ([control(), frame(plain())], False),  # declared, not used
        ([control(), frame(holed())], True),
        ([control(), frame(holed((0, 0)))], True),
        ([control(), frame(holed((39, 29)))], True),
        ([control(None), frame(holed())], False),  # used, not declared
        ([frame(plain(size=(39, 30)))], True),  # a column that no frame covers
        ([frame(plain(size=(39, 30)), (1, 0))], True),
        ([control(), frame(plain(size=(50, 40)))], False),  # a frame larger than the screen
        ([control(), b"\x21\xfe\x02Hi\0", frame(holed())], True),  # a comment stands between
        ([control(), frame(plain()), frame(holed())], False),  # a control is for one frame
        ([frame(plain()), control(disposal=KEEP), frame(holed())], False),  # leaves a pixel as it was
        ([control(None, PREVIOUS), frame(plain()), control(), frame(holed())], True),
        ([control(None, BACKGROUND), frame(plain()), control(), frame(holed())], True),
        ([control(None, BACKGROUND), frame(plain()), control(), frame(plain())], False),
        ([control(None, BACKGROUND), frame(plain()), frame(plain(size=(9, 9)))], True),
        ([frame(plain()), control(None, BACKGROUND), frame(plain(size=(9, 9))), frame(plain())], False),
        ([control(None, BACKGROUND), frame(plain())], False),  # nothing comes after it
    ],
)
def test_transparency_is_what_frames_leave_clear(blocks, shown):
    """A frame puts pixels on the screen; disposal to the background clears its area again."""
    assert has_alpha(*blocks) is shown


@pytest.mark.parametrize("hole", [True, False])
@pytest.mark.parametrize("size", [(1, 1), (64, 64), (300, 200)])
def test_codes_of_every_width_are_told_apart(size, hole):
    """The last pixel of thousands is found, and a code of a string is not taken for the colour of that number."""
    assert has_alpha(control(), frame(noise(size, hole=hole)), size=size) is hole


def test_a_long_frame_counts_as_declared_until_its_decode(monkeypatch):
    """Metadata alone believe it; who looks at the pixels knows better, and says so."""
    monkeypatch.setattr(gif_alpha, "MAX_DATA", 100)
    opaque, clear = (gif(control(), frame(noise((64, 64), hole=hole)), size=(64, 64)) for hole in (False, True))

    assert [metadata.read(BytesSource(data)).get("has_alpha") for data in (opaque, clear)] == [True, True]
    seen = [examine.examine(BytesSource(data)).metadata for data in (opaque, clear)]
    assert [found.get("has_alpha") for found in seen] == [False, True]
    assert [found.origins["has_alpha"] for found in seen] == ["pixels", "GIF:GraphicControl"]


def test_what_the_first_frame_does_not_cover_is_clear():
    """As in browsers: neither black nor the palette's first colour."""
    source = BytesSource(gif(frame(plain(200, (10, 30)), (5, 0))))
    image = pixels.decode(source, metadata.read(source))

    assert (image.mode, image.size) == ("RGBA", (40, 30))
    assert [image.getpixel(place) for place in ((4, 0), (15, 29))] == [(0, 0, 0, 0)] * 2
    assert [image.getpixel(place) for place in ((5, 0), (14, 29))] == [(200, 55, 80, 255)] * 2
