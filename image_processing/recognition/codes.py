"""Codes in a picture (QR, EAN, Data Matrix and others), read by zxing-cpp."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from image_processing.recognition import types

MODEL, VERSION = "zxing-cpp", "3.1"
MAX_CODES = 50


def annotate(pixels: Any) -> list[types.Annotation]:
    """Return the codes in an array of 8-bit sRGB (height, width, 3), each with its format."""
    height, width = pixels.shape[:2]
    found = []
    for code in import_module("zxingcpp").read_barcodes(pixels)[:MAX_CODES]:
        if not code.valid:
            continue
        spot = code.position
        corners = (spot.top_left, spot.top_right, spot.bottom_right, spot.bottom_left)
        across = sorted(min(max(corner.x / width, 0.0), 1.0) for corner in corners)
        down = sorted(min(max(corner.y / height, 0.0), 1.0) for corner in corners)
        box = types.Box(across[0], down[0], across[-1] - across[0], down[-1] - down[0])
        details = {"format": code.format.name}
        found.append(types.Annotation("code", code.text, 1.0, box, MODEL, VERSION, None, details))
    return found
