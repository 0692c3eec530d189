"""Recognize what is in a picture: lines of text, faces as boxes, codes, and how unsafe it is to show.

Each kind has one annotator, a module of its own, which is loaded at the first picture that needs it. Importing this
package loads neither a model nor NumPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

    from image_processing.recognition.types import Annotation

MODELS = {
    "text": "pp-ocr-small/6+1",
    "face": "blazeface-short-range/0.10.14+1",
    "code": "zxing-cpp/3.1.1+1",
    "unsafe": "open-nsfw/1.0.0+1",
}
"""The model and version by kind: the version of the model, then after `+` that of its annotator here.

Another version gives other annotations, so that images of an older one are worth recognizing anew.
"""


def available() -> frozenset[str]:
    """Return the kinds that can be recognized here: those whose runtime and model are installed; loads neither."""
    return frozenset()


def recognize(pixels: np.ndarray, kinds: Iterable[str]) -> list[Annotation]:
    """Return the annotations of a picture, kind by kind in the order given.

    `pixels` is the upright picture, [height, width, 3] of uint8 in sRGB, at most 1,280 px long. Raises ValueError for
    other pixels and for a kind that is not `available`.
    """
    del pixels
    if missing := sorted(set(kinds) - available()):
        raise ValueError(f"{', '.join(missing)} cannot be recognized here; install requirements-recognition.lock")
    return []
