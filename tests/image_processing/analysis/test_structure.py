"""Edges, sharpness, lines, calm regions, alpha, maps."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from image_processing import analysis
from image_processing.analysis import structure
from tests.image_processing.analysis import pictures


def described(image):
    return analysis.analyse(image)["structure"]


def stripes(angle, size=160):
    """Return stripes that run at an angle, counted from level, anticlockwise."""
    y, x = np.mgrid[0:size, 0:size]
    across = x * np.sin(np.radians(angle)) + y * np.cos(np.radians(angle))
    return Image.fromarray(np.where(np.sin(across / 4) > 0, 230, 20).astype(np.uint8)).convert("RGB")


@pytest.mark.parametrize("angle", [0, 45, 90, 135])
def test_the_direction_of_lines_is_found(angle):
    """Level is 0, upright 90, rising to the right 45."""
    strongest = described(stripes(angle))["lines"][0]

    assert strongest["angle"] == angle
    assert strongest["strength"] > 0.4


def test_blur_lowers_sharpness_and_edges():
    """The same picture out of focus."""
    sharp, soft = (described(image) for image in (stripes(30), stripes(30).filter(ImageFilter.GaussianBlur(12))))

    assert soft["sharpness"] < sharp["sharpness"] / 10
    assert soft["edge_density"] < sharp["edge_density"]


def test_a_plain_image_has_no_structure():
    """No edges, no information, no colourfulness; all of it is calm."""
    assert described(pictures.plain((90, 90, 90))) == {
        "edge_density": 0.0,
        "sharpness": 0.0,
        "entropy": 0.0,
        "colourfulness": 0.0,
        "lines": [],
        "calm": [[0.0, 0.0, 1.0, 1.0]],
    }


def test_entropy_and_colourfulness_rise_with_what_there_is_to_see():
    """Noise holds nearly all that eight bits can; loud colours score over 82, "highly colourful"."""
    assert described(pictures.noise(3, (200, 200)))["entropy"] > 7
    assert described(pictures.noise(3, (200, 200)))["colourfulness"] > 82


def test_calm_lies_where_nothing_happens():
    """Noise in the left third leaves the right two thirds."""
    image = pictures.plain((90, 120, 160), (240, 240))
    image.paste(pictures.noise(5, (80, 240)), (0, 0))
    left, top, width, height = described(image)["calm"][0]

    assert left == pytest.approx(1 / 3, abs=0.05)
    assert (top, height) == (0, 1)
    assert width == pytest.approx(2 / 3, abs=0.05)


def test_the_largest_box_is_found():
    """As trying every box does."""
    random = np.random.default_rng(4)
    for _ in range(30):
        cells = random.random((5, 7)) < 0.7
        areas = [
            (bottom - top) * (right - left)
            for top in range(5)
            for bottom in range(top + 1, 6)
            for left in range(7)
            for right in range(left + 1, 8)
            if cells[top:bottom, left:right].all()
        ]
        left, top, width, height = structure.largest_box(cells)
        assert width * height == max(areas, default=0)
        assert cells[top : top + height, left : left + width].all()


def test_alpha_is_measured():
    """A disc that fades: much transparent, little translucent, a box around it."""
    found = analysis.analyse(pictures.vignette())["alpha"]

    assert found["present"]
    assert found["used"]
    assert found["transparent"] == pytest.approx(1 - np.pi * 0.16, abs=0.03)
    assert 0 < found["translucent"] < 0.3
    assert found["box"] == pytest.approx([0.1, 0.1, 0.8, 0.8], abs=0.04)


def test_an_opaque_channel_is_present_and_not_used():
    """As many a PNG has it."""
    found = analysis.analyse(pictures.plain((1, 2, 3, 255), mode="RGBA"))["alpha"]

    assert found == {
        "present": True,
        "used": False,
        "transparent": 0.0,
        "translucent": 0.0,
        "box": [0.0, 0.0, 1.0, 1.0],
    }


def test_maps_draw_the_image_coarsely():
    """A character a cell: colours by their place in the palette, layers, edges; dots where nothing is seen."""
    maps = analysis.analyse(pictures.halves((0, 0, 0), (255, 255, 255), (240, 120)))["maps"]

    assert (maps["columns"], maps["rows"]) == (24, 12)
    assert set(maps["luminosity"]) == {"0" * 12 + "9" * 12}
    assert {row[0] for row in maps["palette"]} | {row[-1] for row in maps["palette"]} == {"0", "1"}
    assert {row[5] for row in maps["edges"]} == {"0"}
    assert analysis.analyse(pictures.vignette())["maps"]["palette"][0][0] == "."
