"""The gradient of a ThumbHash, beside the picture that the published algorithm decodes from it."""

from __future__ import annotations

import re

import numpy as np
import pytest
import thumbhash as reference
from PIL import Image

from image_processing import thumbhash
from image_processing.analysis import placeholder
from tests.image_processing.analysis import pictures

IMAGES = {
    "landscape": pictures.scene((90, 60)),
    "portrait": pictures.scene((40, 97), turn=1.0),
    "square": pictures.scene((80, 80), turn=2.0),
    "noise": pictures.noise(1, (31, 32)),
    "plain": pictures.plain((12, 200, 90)),
    "line": pictures.noise(2, (100, 1)),
    "halves": pictures.halves((255, 0, 0), (0, 0, 255)),
    "halves, one above the other": pictures.halves((255, 0, 0), (0, 0, 255)).transpose(Image.Transpose.ROTATE_270),
    "transparent": pictures.vignette(),
}


def decoded(data, width, height):
    """Decode a ThumbHash pixel by pixel, as `thumbHashToRGBA` of thumbhash.js, but for its clipping."""
    head, tail = int.from_bytes(data[:3], "little"), int.from_bytes(data[3:5], "little")
    has_alpha, landscape = head >> 23, tail >> 15
    across = max(3, (5 if has_alpha else 7) if landscape else tail & 7)
    down = max(3, tail & 7 if landscape else (5 if has_alpha else 7))
    channels = [
        (across, down, (head & 63) / 63, (head >> 18 & 31) / 31),
        (3, 3, (head >> 6 & 63) / 31.5 - 1, (tail >> 3 & 63) / 63 * 1.25),
        (3, 3, (head >> 12 & 63) / 31.5 - 1, (tail >> 9 & 63) / 63 * 1.25),
    ]
    if has_alpha:
        channels.append((5, 5, (data[5] & 15) / 15, (data[5] >> 4) / 15))
    nibbles = iter([nibble for byte in data[6 if has_alpha else 5 :] for nibble in (byte & 15, byte >> 4)])
    x, y = np.arange(width) + 0.5, np.arange(height)[:, None] + 0.5
    planes = []
    for columns, rows, mean, scale in channels:
        plane = np.full((height, width), mean)
        for v in range(rows):
            u = 0 if v else 1
            while u * rows < columns * (rows - v):
                level = (next(nibbles) / 7.5 - 1) * scale
                plane += 2 * level * np.cos(np.pi / width * x * u) * np.cos(np.pi / height * y * v)
                u += 1
        planes.append(plane)
    light, yellow, rosy, *alpha = planes
    blue = light - 2 / 3 * yellow
    red = (3 * light - blue + rosy) / 2
    return np.stack([red, red - rosy, blue, *(alpha or [np.ones_like(red)])], -1) * 255


def stripes(image, axis):
    """Return the mean colours, with opacity, of four stripes across an axis."""
    return np.array([part.mean((0, 1)) for part in np.array_split(image, 4, axis)]).clip(0, 255)


@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)
def test_the_decoder_here_agrees_with_the_package_at_its_first_pixel(image, capsys):
    """Which is the only one that the package decodes: it never begins its tables of cosines anew."""
    data = placeholder.thumbhash(image)
    width, height, flat = reference.thumb_hash_to_rgba(list(data))
    capsys.readouterr()  # it prints
    assert np.rint(decoded(data, width, height)[0, 0].clip(0, 255)).tolist() == flat[:4]


@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)
def test_the_gradient_has_the_means_of_the_decoded_picture(image):
    """Four stripes of it, along the side where they differ most."""
    data = placeholder.thumbhash(image)
    picture = decoded(data, 64, 64)
    shape = r"linear-gradient\(to (right|bottom)((?:,#(?:[0-9a-f]{6}|[0-9a-f]{8})){4})\)"
    found = re.fullmatch(shape, thumbhash.gradient(data))
    assert found is not None
    colours = [list(bytes.fromhex(text.ljust(8, "f"))) for text in found[2].replace("#", "").split(",")[1:]]
    axis = ("bottom", "right").index(found[1])
    assert np.abs(np.array(colours) - stripes(picture, axis)).max() < 1
    if image.getcolors(1) is None:
        changes = [float(np.abs(np.diff(stripes(picture, way)[:, :3], axis=0)).sum()) for way in (0, 1)]
        assert changes[axis] >= changes[1 - axis] - 1


def test_two_halves_are_two_colours():
    """By literal values: red on the left, blue on the right, as far as three waves of colour can say so."""
    assert thumbhash.gradient(placeholder.thumbhash(IMAGES["halves"])).startswith("linear-gradient(to right,#")
    below = thumbhash.gradient(placeholder.thumbhash(IMAGES["halves, one above the other"]))
    assert below.startswith("linear-gradient(to bottom,#")
    first, *_, last = re.findall("#(..)(..)(..)", below)
    assert (int(first[0], 16) > 200, int(first[2], 16) < 80) == (True, True)
    assert (int(last[2], 16) > 200, int(last[0], 16) < 80) == (True, True)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (100, 1), (1, 100)])
@pytest.mark.parametrize(("mode", "colour"), [("RGB", (1, 2, 3)), ("RGBA", (1, 2, 3, 0))])
def test_every_shape_has_a_gradient(size, mode, colour):
    """A pixel, a line, and nothing that could be seen."""
    assert thumbhash.gradient(placeholder.thumbhash(Image.new(mode, size, colour))).count("#") == 4


def test_bytes_that_end_too_early_are_told():
    """No gradient is made up."""
    with pytest.raises(IndexError):
        thumbhash.gradient(placeholder.thumbhash(IMAGES["landscape"])[:6])
