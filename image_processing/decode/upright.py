"""Turn an image upright by its orientation."""

from __future__ import annotations

from typing import Any

from PIL import Image

_TURNS = {  # Exif 2.32, 4.6.4 A, Orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def turned(image: Image.Image, orientation: Any) -> Image.Image:
    """Return an image upright; as it is where the orientation is 1, or none that exists."""
    return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image
