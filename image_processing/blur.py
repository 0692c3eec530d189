"""Blur parts of a picture for good: each becomes a few colours, from which nobody computes it back.

A part is reduced to the mean colours of at most `CELLS` by `CELLS` cells; only these means are drawn, one running
into the other. So at most 16 colours are left of a part, however large it is, and no pixel of it: a filter alone,
such as a Gaussian blur, keeps most of its detail and can be undone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterable

    from image_processing.examine import Part

ENLARGED: Final = 1.3
"""Width and height of the blurred part by those of its box: detectors leave hair, ears and chin outside."""

CELLS: Final = 4  # a side
MIN_CELL: Final = 4  # pixels a side, so that a mean is of 16 pixels at least, where the picture has them


def blur(image: Image.Image, parts: Iterable[Part]) -> Image.Image:
    """Return a copy of an RGB image with some parts blurred, each enlarged first (`region`)."""
    blurred = image.copy()
    for part in parts:
        area = region(part, image.size)
        left, top, right, bottom = area
        cells = tuple(max(1, min(CELLS, side // MIN_CELL)) for side in (right - left, bottom - top))
        means = blurred.crop(area).resize((cells[0], cells[1]), Image.Resampling.BOX)
        blurred.paste(means.resize((right - left, bottom - top), Image.Resampling.BILINEAR), area)
    return blurred


def region(part: Part, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom, in whole pixels, of the part of an image of `size` that is blurred.

    It is rounded outwards, clipped to the image, and at least `MIN_CELL` a side where the image is.
    """
    left, width = _span(part[0], part[2], size[0])
    top, height = _span(part[1], part[3], size[1])
    return left, top, left + width, top + height


def _span(start: float, length: float, pixels: int) -> tuple[int, int]:
    """Return start and length of one side in pixels."""
    middle, half = (start + length / 2) * pixels, max(length * ENLARGED * pixels, MIN_CELL) / 2
    first = min(max(math.floor(middle - half), 0), max(pixels - MIN_CELL, 0))
    last = max(min(math.ceil(middle + half), pixels), min(first + MIN_CELL, pixels))
    return first, last - first
