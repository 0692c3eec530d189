"""Find faces, as boxes alone: nobody is recognized."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from PIL import Image

from image_processing.recognition import blazeface
from image_processing.recognition.types import Annotation, Box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

MAX_FACES: Final = 32  # candidates that are looked at closely, too
MIN_SCORE: Final = 0.7  # below it most boxes were no faces, see docs/machine-learning.md

_SIDES: Final = (
    128,
    256,
    512,
)  # the longer side at which a picture is searched: a face is seen at 25 to 110 pixels
_CANDIDATE: Final = 0.5  # least score there
_ZOOMS: Final = (2.2, 3.0)  # times the candidate's size: how much of the picture is looked at closely
_SAME: Final = 0.3  # least intersection over union of two boxes of one face


def annotate(image: Image.Image, model: str, version: str) -> Iterator[Annotation]:
    """Yield the faces of an upright RGB picture, the surest first, at most MAX_FACES.

    Candidates are searched at three scales. Each is then seen at the two sizes that the model was trained for: the
    mean of both scores tells faces from things alike far better than the first.
    """
    size = np.array([image.width, image.height] * 2, np.float32)
    found = [_search(image, side) for side in _SIDES]
    candidates = merge(np.concatenate([one.boxes for one in found]), np.concatenate([one.scores for one in found]))
    seen = [_look_closely(image, box) for box in candidates.boxes[:MAX_FACES]]
    sure = [one for one in seen if one is not None and one.scores[0] >= MIN_SCORE]
    if not sure:
        return
    faces = merge(np.concatenate([one.boxes for one in sure]), np.concatenate([one.scores for one in sure]))
    for (left, top, right, bottom), score in zip(
        (faces.boxes / size).clip(0.0, 1.0).tolist(), faces.scores.tolist(), strict=True
    ):
        box = Box(left, top, right - left, bottom - top)
        yield Annotation("face", "", round(score, 4), box, model, version)


class Found(NamedTuple):
    """Boxes, [number, (left, top, right, bottom)] in pixels of the picture, and their scores."""

    boxes: Floats
    scores: Floats


def _search(image: Image.Image, side: int) -> Found:
    """Return the possible faces at one scale."""
    scale = side / max(image.size)
    width, height = max(round(image.width * scale), 1), max(round(image.height * scale), 1)
    small = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR), np.float32)
    rows, columns = (max(-(-size // blazeface.STRIDE) * blazeface.STRIDE, _SIDES[0]) for size in (height, width))
    pixels = np.full((rows, columns, 3), -1.0, np.float32)
    pixels[:height, :width] = _signed(small)
    boxes, scores = blazeface.find(pixels)
    kept = scores >= _CANDIDATE
    stretch = np.array([image.width / width, image.height / height] * 2, np.float32)
    return Found(boxes[kept] * stretch, scores[kept])


def _look_closely(image: Image.Image, box: Floats) -> Found | None:
    """Return a candidate's box as the closest look shows it, with the mean score; None if it shows none there."""
    x, y, size = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, max(float((box[2:] - box[:2]).max()), 1.0)
    boxes, scores = [], []
    for zoom in _ZOOMS:
        half = size * zoom / 2
        left, top, right, bottom = (round(float(edge)) for edge in (x - half, y - half, x + half, y + half))
        tile = image.crop((left, top, right, bottom)).resize((_SIDES[0], _SIDES[0]), Image.Resampling.BILINEAR)
        seen, answers = blazeface.find(_signed(np.asarray(tile, np.float32)))
        seen = seen * np.float32((right - left) / _SIDES[0]) + np.array([left, top, left, top], np.float32)
        answers = np.where(_overlap(box, seen) >= _SAME, answers, np.float32(0))
        best = int(answers.argmax())
        boxes.append(seen[best])
        scores.append(answers[best])
    if not min(scores):
        return None
    return Found(boxes[0][None], np.array([np.mean(scores)], np.float32))


def _signed(values: Floats) -> Floats:
    """Return 8-bit values as -1 to 1."""
    return values / np.float32(127.5) - np.float32(1.0)


def merge(boxes: Floats, scores: Floats) -> Found:
    """Return one box for those of a face: their mean, weighted by score, with the best score; best first."""
    merged, best_scores = [], []
    waiting = np.argsort(-scores, kind="stable")
    while len(waiting):
        best = waiting[0]
        same = _overlap(boxes[best], boxes[waiting]) >= _SAME
        same[0] = True
        group = waiting[same]
        merged.append(np.average(boxes[group], axis=0, weights=scores[group]))
        best_scores.append(scores[best])
        waiting = waiting[~same]
    return Found(np.array(merged, np.float32).reshape(-1, 4), np.array(best_scores, np.float32))


def _overlap(one: Floats, others: Floats) -> Floats:
    """Return the intersection over union of a box and others."""
    corner = np.minimum(one[2:], others[:, 2:]) - np.maximum(one[:2], others[:, :2])
    shared = corner.clip(0).prod(axis=1)
    areas = (others[:, 2:] - others[:, :2]).clip(0).prod(axis=1) + (one[2:] - one[:2]).clip(0).prod()
    overlap: Floats = shared / np.maximum(areas - shared, 1e-12)
    return overlap
