"""Rotated rectangles: the smallest one, its corners, and the pixels within."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from image_processing.recognition.rectangles import Rectangle, cut, mean, smallest


@pytest.mark.parametrize("seed", range(20))
def test_no_rectangle_is_smaller(seed):
    """Beside those at every hundredth of a degree."""
    points = np.random.default_rng(seed).integers(0, 40, (12, 2))
    found = smallest(points)
    areas = []
    for angle in np.radians(np.arange(0, 90, 0.01)):
        along = points @ [math.cos(angle), math.sin(angle)]
        down = points @ [-math.sin(angle), math.cos(angle)]
        areas.append(np.ptp(along) * np.ptp(down))
    assert found.width * found.height <= min(areas) + 1e-6
    assert found.width * found.height >= min(areas) * 0.99


@pytest.mark.parametrize("degrees", [-40, -5, 0, 3, 44])
def test_the_points_lie_within_and_touch_each_side(degrees):
    """The rectangle has the place, size and turn of the one that the points were taken from."""
    turn = math.radians(degrees)
    corners = np.array([[-200, -30], [200, -30], [200, 30], [-200, 30]], float)
    turned = corners @ [[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]] + [400, 300]
    found = smallest(np.rint(turned).astype(int))
    assert (found.x, found.y) == pytest.approx((400, 300), abs=1)
    assert (found.width, found.height) == pytest.approx((400, 60), abs=2)
    assert math.degrees(found.angle) == pytest.approx(degrees, abs=0.3)
    assert found.corners() == pytest.approx(turned, abs=2)


@pytest.mark.parametrize(
    ("points", "size"), [([[5, 7]], (0, 0)), ([[1, 1], [5, 4]], (5, 0)), ([[2, 2], [2, 9], [2, 4]], (0, 7))]
)
def test_points_in_a_line_have_a_flat_rectangle(points, size):
    """One point, two of them, and several on one line."""
    found = smallest(np.array(points))
    assert sorted((found.width, found.height)) == pytest.approx(sorted(size), abs=1e-6)


def test_a_box_stays_within_the_picture():
    """In fractions, whatever part of the rectangle lies outside."""
    box = Rectangle(90, 10, 40, 30, 0.0).box(100, 50)
    assert (box.left, box.top, box.width, box.height) == pytest.approx((0.7, 0.0, 0.3, 0.5))


def test_growth_and_scale():
    """A line grows on each side; a picture twice as large has it twice as far and large."""
    grown = Rectangle(10, 20, 30, 4, 0.1).grown(2)
    assert grown == Rectangle(10, 20, 34, 8, 0.1)
    assert grown.scaled(2, 2) == Rectangle(20, 40, 68, 16, 0.1)


@pytest.mark.parametrize("degrees", [0, 0.05, 12, -30])
def test_the_cut_shows_the_rectangle_upright(degrees):
    """A picture that is red on the left of a turned rectangle, blue on its right, green around it."""
    turn = math.radians(degrees)
    across, down = np.meshgrid(np.arange(200) - 100, np.arange(160) - 80)
    along = across * math.cos(turn) + down * math.sin(turn)
    beside = -across * math.sin(turn) + down * math.cos(turn)
    inside = (np.abs(along) <= 50) & (np.abs(beside) <= 10)
    pixels = np.where(inside[..., None], np.where(along[..., None] < 0, [255, 0, 0], [0, 0, 255]), [0, 255, 0])
    image = Image.fromarray(pixels.astype(np.uint8))
    part = np.asarray(cut(image, Rectangle(100, 80, 96, 16, turn), Image.Resampling.NEAREST)).astype(int)
    assert part.shape[:2] == (16, 96)
    assert part[:, :45, 0].min() == 255
    assert part[:, 51:, 2].min() == 255
    assert part[:, :, 1].max() == 0


def test_a_cut_has_a_pixel_at_least():
    """However small the rectangle, and at the edges of the picture."""
    image = Image.new("RGB", (5, 5))
    for x, y in ((0, 0), (5, 5), (2, 4)):
        assert min(cut(image, Rectangle(x, y, 0.2, 0.1, 0.0), Image.Resampling.BICUBIC).size) >= 1
        assert min(cut(image, Rectangle(x, y, 9.0, 0.1, 0.5), Image.Resampling.BICUBIC).size) >= 1


def test_the_mean_is_that_of_the_rectangle():
    """Half of it on ones, half on zeros; what lies outside the map repeats its edge."""
    values = np.zeros((20, 40), np.float32)
    values[:, 20:] = 1
    assert mean(values, Rectangle(19.5, 10, 20, 6, 0.0)) == pytest.approx(0.5)
    assert mean(values, Rectangle(30, 10, 8, 6, 0.7)) == 1
    assert mean(values, Rectangle(60, 10, 8, 6, 0.0)) == 1
