"""Blur parts of a picture for good: each becomes a few colours, from which nobody computes it back.

A part is reduced to the mean colours of at most `CELLS` by `CELLS` cells; only these means are drawn, one running
into the other. So at most 16 colours are left of a part, however large it is, and no pixel of it: a filter alone,
such as a Gaussian blur, keeps most of its detail and can be undone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image

from image_processing.blurred_parts import region

if TYPE_CHECKING:
    from collections.abc import Iterable

    from image_processing.examine import Part

CELLS: Final = 4  # a side
MIN_CELL: Final = 4  # pixels a side, so that a mean is of 16 pixels at least (no part is smaller than one cell)


def blur(image: Image.Image, parts: Iterable[Part]) -> Image.Image:
    """Return a copy of an RGB image with some parts blurred, each enlarged first (`blurred_parts`)."""
    blurred = image.copy()
    for part in parts:
        area = region(part, image.size)
        left, top, right, bottom = area
        cells = tuple(max(1, min(CELLS, side // MIN_CELL)) for side in (right - left, bottom - top))
        means = blurred.crop(area).resize((cells[0], cells[1]), Image.Resampling.BOX)
        blurred.paste(means.resize((right - left, bottom - top), Image.Resampling.BILINEAR), area)
    return blurred
