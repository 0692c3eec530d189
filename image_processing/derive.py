"""What is made from an image: thumbnails."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping

THUMBNAIL_SIZES: Mapping[str, int] = {"small": 256, "medium": 640, "large": 1280}
"""Name -> longest side in pixels."""

_QUALITY = 80
_METHOD = 4  # of 0 (fast) to 6 (small)


class Thumbnail(NamedTuple):
    """A small upright image in WebP, with no metadata in it."""

    name: str
    width: int
    height: int
    data: bytes


def thumbnails(image: Image.Image, sizes: Mapping[str, int] = THUMBNAIL_SIZES) -> list[Thumbnail]:
    """Make a WebP of each size (name -> longest side in pixels) from what `pixels.decode` yields.

    Nothing is enlarged: an image smaller than a size comes at its own. The largest is first.
    """
    made: list[Thumbnail] = []
    for name, side in sorted(sizes.items(), key=lambda item: -item[1]):
        if max(image.size) > side:
            image = _resized(image, side)
        same = next((other for other in made if (other.width, other.height) == image.size), None)
        made.append(Thumbnail(name, *image.size, same.data if same else _webp(image)))
    return made


def _resized(image: Image.Image, side: int) -> Image.Image:
    ratio = side / max(image.size)
    size = max(1, round(image.width * ratio)), max(1, round(image.height * ratio))
    return image.resize(size, Image.Resampling.LANCZOS)


def _webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=_QUALITY, method=_METHOD, icc_profile=b"", exif=b"", xmp=b"")
    return out.getvalue()
