"""Placeholders: equal to what the reference implementations give, and CSS that a browser takes."""

from __future__ import annotations

import base64
import re

import blurhash
import numpy as np
import pytest
import thumbhash
from PIL import Image

from image_processing import analysis
from image_processing.analysis import placeholder
from image_processing.analysis.sample import take
from tests.image_processing.analysis import pictures

IMAGES = {
    "landscape": pictures.scene((90, 60)),
    "portrait": pictures.scene((40, 97), turn=1.0),
    "noise": pictures.noise(1, (31, 32)),
    "plain": pictures.plain((12, 200, 90)),
    "line": pictures.noise(2, (100, 1)),
    "pixel": pictures.plain((255, 255, 255), (1, 1)),
}


@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)
def test_thumbhash_is_the_references(image):
    """Byte by byte."""
    flat = np.asarray(image.convert("RGBA")).reshape(-1).tolist()

    ours, theirs = list(placeholder.thumbhash(image)), thumbhash.rgba_to_thumb_hash(*image.size, flat)
    if image.getcolors(1):  # what follows the head is, in the reference, noise scaled by zero
        ours, theirs = ours[:5], theirs[:5]
    assert ours == theirs


def test_thumbhash_knows_transparency():
    """Its flag is set, the average opacity follows, and the reference can read the average colour from it."""
    image = pictures.vignette()
    data = placeholder.thumbhash(image)
    mean = np.asarray(image)[..., 3].mean() / 255

    assert data[2] & 0x80
    assert data[5] & 15 == round(15 * mean)
    assert placeholder.thumbhash(Image.new("RGBA", (4, 4), (9, 9, 9, 0)))[5] & 15 == 0


@pytest.mark.parametrize("components", [(4, 3), (3, 4), (1, 1), (9, 9), (1, 5)])
@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)
def test_blurhash_is_the_references(image, components):
    """Character by character."""
    image = image.resize((min(image.width, 24), min(image.height, 24)))
    if components == (1, 1):  # the package fails there; the hash is the mean alone
        assert len(placeholder.blurhash(image, 1, 1)) == 6
        return
    assert placeholder.blurhash(image, *components) == blurhash.encode(np.asarray(image).tolist(), *components)


def test_the_gradient_runs_where_colours_change():
    """Four stripes from left to right, or from top to bottom."""
    across = placeholder.gradient(take(pictures.halves((255, 0, 0), (0, 0, 255))))
    down = placeholder.gradient(
        take(pictures.halves((255, 0, 0), (0, 0, 255)).transpose(Image.Transpose.ROTATE_270))
    )

    assert across == "linear-gradient(to right, #ff0000, #ff0000, #0000ff, #0000ff)"
    assert down == "linear-gradient(to bottom, #ff0000, #ff0000, #0000ff, #0000ff)"


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (500, 1), (1, 500)])
def test_every_shape_has_placeholders(size):
    """A pixel and a line, opaque or not, too."""
    for mode, colour in (("RGB", (1, 2, 3)), ("RGBA", (1, 2, 3, 0))):
        found = analysis.analyse(Image.new(mode, size, colour))["placeholder"]

        assert 5 <= len(base64.b64decode(found["thumbhash"])) <= 25
        assert len(found["blurhash"]) == 28
        assert re.fullmatch(
            r"linear-gradient\(to (right|bottom)(, #[0-9a-f]{6}([0-9a-f]{2})?){4}\)", found["css_gradient"]
        )
        assert found["css_colour"] == ("#010203" if mode == "RGB" else "transparent")
