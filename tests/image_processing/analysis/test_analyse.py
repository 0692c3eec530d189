"""The analysis as a whole: complete, plain, small, the same every time, for whatever image."""

from __future__ import annotations

import json
import math
import zlib

import numpy as np
import pytest
from PIL import Image

from image_processing import analysis, metadata
from image_processing.analysis import types
from image_processing.decode import pixels
from image_processing.errors import ImageError
from image_processing.source import FileSource
from tests.image_processing.analysis import pictures
from tests.real_files import PHOTOGRAPHS
from tests.shared import needs_photographs

DEGENERATE = {
    "black": pictures.plain((0, 0, 0)),
    "white": pictures.plain((255, 255, 255)),
    "one neon": pictures.plain((0, 255, 0)),
    "one pixel": pictures.plain((10, 20, 30), (1, 1)),
    "a row": pictures.noise(1, (300, 1)),
    "a column": pictures.noise(1, (1, 300)),
    "two pixels": pictures.noise(1, (2, 1)),
    "a long line": pictures.noise(1, (5000, 2)),
    "invisible": pictures.plain((9, 99, 199, 0), mode="RGBA"),
    "hardly visible": pictures.plain((9, 99, 199, 1), mode="RGBA"),
    "greys": pictures.noise(1).convert("L").convert("RGB"),
    "noise": pictures.noise(1),
    "fading": pictures.vignette(),
    "scene": pictures.scene((400, 300)),
}
IMAGES = pytest.mark.parametrize("image", DEGENERATE.values(), ids=DEGENERATE)


def walk(value):
    """Yield every value in nested data."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)
    else:
        yield value


@pytest.mark.parametrize("full", [False, True])
@IMAGES
def test_every_image_has_a_whole_analysis(image, full):
    """Every key of the shape, plain values, finite numbers, whatever the image."""
    found = analysis.analyse(image, full=full, layers=True)

    assert set(found) == set(types.Analysis.__annotations__)
    for part, expected in (("luminosity", types.Luminosity), ("structure", types.Structure), ("maps", types.Maps)):
        assert set(found[part]) == set(expected.__annotations__)
    for value in walk(found):
        assert value is None or type(value) in (str, int, float, bool)
        assert not isinstance(value, float) or math.isfinite(value)
    assert json.loads(json.dumps(found)) == found
    assert found["profile"] == ("full" if full else "standard")


@IMAGES
def test_the_same_pixels_give_the_same_analysis(image):
    """Twice in a row, and from a copy."""
    assert analysis.analyse(image) == analysis.analyse(image.copy())


@IMAGES
def test_the_image_is_left_as_it_was(image):
    """The thumbnails are made from the same one."""
    before = image.tobytes()
    analysis.analyse(image)

    assert image.tobytes() == before


@pytest.mark.medium
def test_an_analysis_is_small():
    """A record's item is billed by the kilobyte."""
    for image in (pictures.scene((1280, 900)), pictures.noise(3, (400, 400))):
        for layers, most in ((False, 3500), (True, 6000)):
            found = analysis.analyse(image, layers=layers)
            assert len(zlib.compress(json.dumps(found, separators=(",", ":")).encode())) < most


@pytest.mark.medium
def test_shares_do_not_depend_on_size():
    """A larger copy of the same picture is nearly the same picture."""
    small, large = (analysis.analyse(pictures.scene(size)) for size in ((240, 160), (1920, 1280)))

    assert large["sampled"] == {"width": 256, "height": 171}
    assert small["luminosity"]["mean"] == pytest.approx(large["luminosity"]["mean"], abs=0.01)
    assert small["luminosity"]["key"] == large["luminosity"]["key"]


def test_the_full_profile_counts_every_pixel():
    """Single bright pixels that a sample averages away, and fine detail, are in the full measures."""
    pattern = np.full((600, 800, 3), 60, np.uint8)
    pattern[::7, ::5] = 255
    image = Image.fromarray(pattern)
    standard, full = analysis.analyse(image), analysis.analyse(image, full=True)
    exact = pattern[..., 0] == 255

    assert standard["measured"] == standard["sampled"] == full["sampled"] == {"width": 256, "height": 192}
    assert full["measured"] == {"width": 800, "height": 600}
    assert full["luminosity"]["clipping"]["highlights"] == pytest.approx(exact.mean(), abs=0.0001)
    assert standard["luminosity"]["clipping"]["highlights"] < exact.mean() / 2
    assert full["structure"]["sharpness"] > 2 * standard["structure"]["sharpness"]


def test_strips_add_up(monkeypatch):
    """Counting strip by strip is counting the whole."""
    image = pictures.scene((300, 240))
    whole = analysis.analyse(image, full=True)
    monkeypatch.setattr(analysis, "_STRIP", 300 * 37)
    parts = analysis.analyse(image, full=True)

    assert parts["luminosity"] == whole["luminosity"]
    assert parts["histogram"]["whole"]["red"] == whole["histogram"]["whole"]["red"]
    assert parts["structure"]["sharpness"] == pytest.approx(whole["structure"]["sharpness"], abs=0.01)


@needs_photographs
def test_real_photographs_are_analysed():
    """From file to analysis, without a crash."""
    photographs = sorted(PHOTOGRAPHS.glob("*.jpg"))[:2]
    assert photographs
    for path in photographs:
        with FileSource(path) as source:
            try:
                image = pixels.decode(source, metadata.read(source), 256)
            except ImageError:
                continue
            assert len(analysis.analyse(image)["palette"]) == 8
