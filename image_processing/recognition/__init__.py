"""Recognize what is in a picture: lines of text, faces as boxes, codes, and how unsafe it is to show.

Each kind has one annotator, a module of its own, which is loaded at the first picture that needs it. Importing
this package loads neither a model nor NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from image_processing.recognition.models import MODELS, available

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from image_processing.recognition.types import Annotation

__all__ = ["MAX_SIDE", "MODELS", "available", "recognize"]

MAX_SIDE: Final = 1280  # pixels

_ANNOTATORS: Final = {"text": "text", "face": "faces", "code": "codes", "unsafe": "unsafe"}  # modules here


def recognize(pixels: NDArray[np.uint8], kinds: Iterable[str]) -> list[Annotation]:
    """Return the annotations of a picture, kind by kind in the order given.

    `pixels` is the upright picture, [height, width, 3] of uint8 in sRGB, at most MAX_SIDE on each side. Raises
    ValueError for other pixels, and for a kind that is not `available`.
    """
    kinds = list(kinds)
    if missing := sorted(set(kinds) - available()):
        raise ValueError(f"{', '.join(missing)} cannot be recognized here; install requirements-recognition.lock")
    if pixels.dtype != "uint8" or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise ValueError(f"pixels are [height, width, 3] of uint8, not {list(pixels.shape)} of {pixels.dtype}")
    if max(pixels.shape) > MAX_SIDE:
        raise ValueError(f"at most {MAX_SIDE} pixels a side can be recognized, not {max(pixels.shape)}")
    from PIL import Image  # noqa: PLC0415  what reads MODELS alone needs no pixels

    image = Image.fromarray(pixels)
    found: list[Annotation] = []
    for kind in kinds:
        annotator = import_module(f"{__name__}.{_ANNOTATORS[kind]}")
        found += annotator.annotate(image, *MODELS[kind].split("/"))
    return found
