"""Read QR, EAN, DataMatrix and other codes with zxing-cpp."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import zxingcpp

from image_processing.recognition.types import Annotation, Box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

MAX_CODES: Final = 20

# Those whose check digits or error correction tell a code from mere stripes.
_FORMATS: Final = zxingcpp.BarcodeFormats(
    [
        zxingcpp.QRCode,
        zxingcpp.MicroQRCode,
        zxingcpp.RMQRCode,
        zxingcpp.DataMatrix,
        zxingcpp.Aztec,
        zxingcpp.PDF417,
        zxingcpp.EAN13,
        zxingcpp.EAN8,
        zxingcpp.UPCA,
        zxingcpp.UPCE,
        zxingcpp.Code128,
        zxingcpp.Code93,
    ]
)


def annotate(image: Image.Image, model: str, version: str) -> Iterator[Annotation]:
    """Yield the codes of an RGB picture, from the top down, at most MAX_CODES; they check themselves: score 1."""
    grey = np.asarray(image.convert("L"))
    found = zxingcpp.read_barcodes(grey, formats=_FORMATS, text_mode=zxingcpp.TextMode.Plain)
    for code in sorted(found, key=lambda one: (one.position.top_left.y, one.position.top_left.x))[:MAX_CODES]:
        details = {"format": code.format.name, "binary": code.content_type == zxingcpp.ContentType.Binary}
        box = _box(code.position, image.width, image.height)
        yield Annotation("code", code.text, 1.0, box, model, version, None, details)


def _box(position: zxingcpp.Position, width: int, height: int) -> Box:
    """Return the upright box around the corners of a code."""
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    across = [min(max(corner.x / width, 0.0), 1.0) for corner in corners]
    down = [min(max(corner.y / height, 0.0), 1.0) for corner in corners]
    return Box(min(across), min(down), max(across) - min(across), max(down) - min(down))
