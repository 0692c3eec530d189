"""The part of a picture that is blurred for a box: one rule for drawing it and for showing it beforehand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from image_processing.examine import Part

ENLARGED: Final = 1.3
"""Width and height of the blurred part by those of its box: detectors leave hair, ears and chin outside."""

MIN_SIDE: Final = 4  # pixels, where the picture has them


def region(part: Part, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom, in whole pixels, of the part of an image of `size` that is blurred.

    It is rounded outwards, clipped to the image, and at least `MIN_SIDE` a side where the image is.
    """
    left, width = _span(part[0], part[2], size[0])
    top, height = _span(part[1], part[3], size[1])
    return left, top, left + width, top + height


def _span(start: float, length: float, pixels: int) -> tuple[int, int]:
    """Return start and length of one side in pixels."""
    middle, half = (start + length / 2) * pixels, max(length * ENLARGED * pixels, MIN_SIDE) / 2
    first = min(max(math.floor(middle - half), 0), max(pixels - MIN_SIDE, 0))
    last = max(min(math.ceil(middle + half), pixels), min(first + MIN_SIDE, pixels))
    return first, last - first
