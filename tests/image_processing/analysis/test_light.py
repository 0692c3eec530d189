"""Light and histograms add up, and are told in the units they promise."""

from __future__ import annotations

from typing import Any

import pytest

from image_processing import analysis
from image_processing.colour import spaces
from tests.image_processing.analysis import pictures


def light_of(image):
    return analysis.analyse(image)["luminosity"]


def test_layers_hold_what_lies_in_their_tenth():
    """Black and white halves fill the first and the last layer, each in its half."""
    layers = light_of(pictures.halves((0, 0, 0), (255, 255, 255)))["layers"]

    assert layers[0] == {"share": 0.5, "mean": 0.0, "box": [0.0, 0.0, 0.5, 1.0]}
    assert layers[9] == {"share": 0.5, "mean": 1.0, "box": [0.5, 0.0, 0.5, 1.0]}
    assert all(layer == {"share": 0.0, "mean": None, "box": None} for layer in layers[1:9])


def test_layers_share_the_image():
    """Ten shares make one, each mean lies in its layer."""
    layers = light_of(pictures.scene())["layers"]

    assert sum(layer["share"] for layer in layers) == pytest.approx(1, abs=0.001)
    for index, layer in enumerate(layers):
        assert layer["mean"] is None or index / 10 <= layer["mean"] <= (index + 1) / 10 + 1e-4


@pytest.mark.parametrize(("grey", "key"), [(20, "low"), (119, "middle"), (230, "high")])
def test_key_and_percentiles_follow_lightness(grey, key):
    """One grey has one lightness, CIE L*, no contrast and no range."""
    found = light_of(pictures.plain((grey, grey, grey)))

    lightness = spaces.lab_of_hex(f"#{grey:02x}{grey:02x}{grey:02x}")[0]
    assert found["key"] == key
    assert set(found["percentiles"]) == {"1", "5", "25", "50", "75", "95", "99"}
    assert all(value == pytest.approx(lightness, abs=0.1) for value in found["percentiles"].values())
    assert found["mean"] == pytest.approx(spaces.decode(grey / 255), abs=0.0001)
    assert found["contrast"] == pytest.approx(0, abs=0.02)
    assert found["dynamic_range"] == 0


def test_clipping_counts_the_ends_of_the_scale():
    """All channels at 0 are a lost shadow; one channel at 255 is a lost highlight."""
    found = light_of(pictures.halves((0, 0, 0), (255, 100, 100)))["clipping"]

    assert found == {"shadows": 0.5, "highlights": 0.5}


def test_histograms_are_thousandths_and_hundredths_in_the_grid():
    """Whole and every cell of the grid add up, in the number of bins that is promised."""
    found = analysis.analyse(pictures.scene())["histogram"]

    assert len(found["grid"]) == 9
    for channels, whole, bins, hues in [
        (found["whole"], 1000, 32, 24),
        *((cell, 100, 8, 12) for cell in found["grid"]),
    ]:
        name: str
        counts: Any
        for name, counts in channels.items():
            assert len(counts) == (hues if name == "hue" else bins)
            assert sum(counts) <= whole + bins if name == "hue" else abs(sum(counts) - whole) <= bins / 2


def test_the_grid_tells_where():
    """Red on the left is in the left cells, and nowhere else."""
    grid = analysis.analyse(pictures.halves((250, 0, 0), (0, 0, 250), (90, 90)))["histogram"]["grid"]

    assert [cell["red"][7] for cell in grid] == [100, 50, 0] * 3
    assert [cell["hue"][0] for cell in grid] == [100, 50, 0] * 3  # OKLCH hue of red: 29 degrees


def test_greys_have_no_hue():
    """Their histogram of hues is empty."""
    assert not any(analysis.analyse(pictures.plain((90, 90, 90)))["histogram"]["whole"]["hue"])


def test_transparent_pixels_are_not_light():
    """White that nobody sees does not lighten the image."""
    image = pictures.plain((255, 255, 255, 0), (40, 40), "RGBA")
    image.paste((0, 0, 0, 255), (0, 0, 40, 10))

    assert light_of(image)["mean"] == 0
