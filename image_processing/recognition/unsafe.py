"""Score how unsafe a picture is to show: Yahoo's open-nsfw, which was trained on nudity alone."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from image_processing.recognition.models import UNSAFE
from image_processing.recognition.runtime import session
from image_processing.recognition.types import Annotation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_MEANS: Final = np.array([104, 117, 123], np.float32)  # of blue, green and red in the training
_WHOLE, _MIDDLE = 256, 224  # pixels: the model sees the middle of a square


def annotate(image: Image.Image, model: str, version: str) -> Iterator[Annotation]:
    """Yield the one score of an RGB picture: the model's probability that it shows nudity."""
    scores = session(UNSAFE).run(_tensor(image))[0]
    yield Annotation("unsafe", "", round(float(scores[1]), 4), None, model, version)


def _tensor(image: Image.Image) -> NDArray[np.float32]:
    """Return a picture as in the training, through a JPEG: [1, height, width, (blue, green, red)], less means."""
    file = io.BytesIO()
    image.resize((_WHOLE, _WHOLE), Image.Resampling.BILINEAR).save(file, "JPEG")
    edge = (_WHOLE - _MIDDLE) // 2
    with Image.open(file) as small:
        middle = np.asarray(small.crop((edge, edge, edge + _MIDDLE, edge + _MIDDLE)), np.float32)
    return np.ascontiguousarray(middle[None, :, :, ::-1] - _MEANS)
