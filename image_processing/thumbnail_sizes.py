"""The sizes of thumbnails: one rule for those that are made, and for those that a list tells of without a look."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

SIDES: Mapping[str, int] = {"small": 256, "medium": 640, "large": 1280}
"""Name -> longest side in pixels."""

LARGEST = "large"


class Size(NamedTuple):
    """Pixels across and down."""

    width: int
    height: int


def fitted(size: tuple[int, int], side: int) -> Size:
    """Return the size of an image of `size` in a square of `side` pixels; nothing is enlarged."""
    width, height = size
    longest = max(size)
    if longest <= side:
        return Size(width, height)
    ratio = side / longest
    return Size(max(1, round(width * ratio)), max(1, round(height * ratio)))


def series(size: tuple[int, int], sides: Mapping[str, int] = SIDES) -> dict[str, Size]:
    """Return the size of every thumbnail, by name, the largest first; each is made from the one before.

    The result is the same for the size of an image and for that of its largest thumbnail.
    """
    found: dict[str, Size] = {}
    for name, side in sorted(sides.items(), key=lambda item: -item[1]):
        size = found[name] = fitted(size, side)
    return found


@lru_cache(maxsize=1024)
def of_largest(width: int, height: int) -> Mapping[str, Size]:
    """Return the size of every thumbnail by that of the largest. Kept: the images of a page have few sizes."""
    return MappingProxyType(series((width, height)))
