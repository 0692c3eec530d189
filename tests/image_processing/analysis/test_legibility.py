"""What is said of text on an image holds for every pixel below it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from image_processing import analysis
from image_processing.analysis import legibility
from image_processing.colour import contrast, spaces
from tests.image_processing.analysis import pictures


def behind_scrim(pixel, scrim, opacity):
    """Compose as CSS Compositing does, in sRGB, to eight bits."""
    ground = 0 if scrim == "#000000" else 255
    return spaces.to_hex(tuple((value * (1 - opacity) + ground * opacity) / 255 for value in pixel))


@pytest.mark.parametrize("seed", range(6))
def test_the_opacity_promised_is_enough_and_the_least(seed):
    """Held pixel by pixel against WCAG's formula, in scalar form; a hundredth less falls short."""
    random = np.random.default_rng(seed)
    low, high = sorted(random.integers(0, 256, 2).tolist())
    pixels = random.integers(low, high + 1, (300, 3)).astype(np.uint8)
    place = legibility.measure(pixels, [0, 0, 1, 1])

    for name, ratio, unread in [("aa", 4.5, 0), ("aaa", 7, 0), ("aa_99", 4.5, 3), ("aaa_99", 7, 3)]:
        opacity = place["opacity"][name]
        for step, enough in ((opacity, True), (round(opacity - 0.01, 2), False)):
            if step < 0:
                continue
            seen = [behind_scrim(pixel, place["scrim"], step) for pixel in pixels.tolist()]
            failing = sum(contrast.ratio(colour, place["text"]) < ratio - 1e-9 for colour in seen)
            assert (failing <= unread) is enough, (name, step, failing)


def test_contrast_without_a_scrim_is_the_worst_pixels():
    """And at 99 % what remains when one in a hundred is left out."""
    pixels = np.full((200, 3), 20, np.uint8)
    pixels[0] = 200
    place = legibility.measure(pixels, [0, 0, 1, 1])

    assert place["text"] == "#ffffff"
    assert place["contrast"] == pytest.approx(contrast.ratio("#c8c8c8", "#ffffff"), abs=0.01)
    assert place["contrast_99"] == pytest.approx(contrast.ratio("#141414", "#ffffff"), abs=0.01)


def test_dark_text_on_light_needs_no_scrim():
    """Nor does light text on dark."""
    for grey, text in ((250, "#000000"), (10, "#ffffff")):
        place = analysis.analyse(pictures.plain((grey, grey, grey)))["legibility"]["places"][0]
        assert place["text"] == text
        assert set(place["opacity"].values()) == {0.0}


def test_places_keep_clear_of_what_happens():
    """Noise below leaves the best place above; places do not overlap and lie inside."""
    image = pictures.plain((40, 60, 90), (240, 160))
    image.paste(pictures.noise(2, (240, 80)), (0, 80))
    places = analysis.analyse(image)["legibility"]["places"]

    assert places[0]["box"][1] + places[0]["box"][3] <= 0.5
    assert [place["opacity"]["aa_99"] for place in places] == sorted(p["opacity"]["aa_99"] for p in places)
    for index, place in enumerate(places):
        left, top, width, height = place["box"]
        assert 0 <= left <= left + width <= 1.001
        assert 0 <= top <= top + height <= 1.001
        for other in places[:index]:
            x, y, across, down = other["box"]
            overlap = min(left + width, x + across) - max(left, x), min(top + height, y + down) - max(top, y)
            assert min(overlap) <= 0.002


def test_what_shines_through_is_held_before_white_and_black():
    """Text on half transparent pixels must be read on any page."""
    places = analysis.analyse(pictures.plain((128, 128, 128, 0), mode="RGBA"))["legibility"]["places"]

    assert all(place["contrast"] == 1 for place in places)
    assert all(0.4 < place["opacity"]["aa"] < 1 for place in places)
    assert all(math.isfinite(value) for place in places for value in dict[str, Any](place["opacity"]).values())
