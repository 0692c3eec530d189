"""AVIF whose alpha has no size of its own, as early encoders wrote it, is shown with its alpha."""

import io
import struct

import pytest
from PIL import Image, UnidentifiedImageError

from image_processing import metadata
from image_processing.decode import avif_alpha, pixels
from image_processing.source import BytesSource


def saved(mode="RGBA"):
    """Write a picture that is opaque on its left and not on its right."""
    image = Image.new(mode, (64, 48), (200, 40, 90, 255) if mode == "RGBA" else (200, 40, 90))
    if mode == "RGBA":
        image.paste((200, 40, 90, 0), (32, 0, 64, 48))
    out = io.BytesIO()
    image.save(out, "AVIF", quality=100)
    return out.getvalue()


def without_alpha_size(data):
    """Let the alpha, the second item, have its second property twice in place of its first, `ispe`."""
    at = data.index(b"ipma") + 8
    assert struct.unpack_from(">I", data, at) == (2,)
    second = at + 4 + 3 + data[at + 6]
    assert struct.unpack_from(">H", data, second) == (2,)
    changed = bytearray(data)
    changed[second + 3] = data[second + 4]
    return bytes(changed)


def decoded(data):
    return pixels.decode(BytesSource(data), metadata.read(BytesSource(data)))


def test_alpha_without_a_size_is_as_large_as_its_picture():
    """Pillow alone refuses the file; the pixels are those of the file that has the size."""
    data = without_alpha_size(saved())
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(data))

    image = decoded(data)

    assert image.tobytes() == decoded(saved()).tobytes()
    assert (image.getpixel((5, 5))[3], image.getpixel((60, 40))[3]) == (255, 0)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_file_that_lacks_nothing_is_left_alone(mode):
    """The bytes that the codec gets are those of the file."""
    source = BytesSource(saved(mode))

    assert avif_alpha.with_sizes(source) is source


def test_broken_boxes_do_no_harm():
    """Cut at any byte of its boxes, the file yields something that can be read."""
    data = without_alpha_size(saved())
    for end in range(len(data)):
        assert avif_alpha.with_sizes(BytesSource(data[:end])).size >= end
