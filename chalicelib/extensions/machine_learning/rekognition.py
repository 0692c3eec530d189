"""Ask Amazon Rekognition about a picture: labels, unsafe content, text; within the stage's budget of a month.

A service that does not answer never costs the findings of local models: each run that gave none is noted with its
reason. Source: Amazon Rekognition API Reference, DetectLabels, DetectModerationLabels, DetectText.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from chalicelib import aws
from chalicelib.catalogue.index.image_annotations import LABEL, MODERATION, UNSAFE
from chalicelib.config import settings
from chalicelib.extensions.machine_learning import paid
from chalicelib.extensions.machine_learning.results import TOO_SMALL, UNAVAILABLE, Seen, as_found, skipped
from image_processing.recognition.types import Annotation, Box

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

SERVICE: Final = "rekognition"
PRICE: Final = 1000
"""Micro-dollars for one image and API of its group 2: the first million a month in us-east-1.

Source: https://aws.amazon.com/rekognition/pricing/, November 2026. A region that costs more needs another number.
"""
MIN_SIDE: Final = 80  # pixels: Amazon Rekognition Developer Guide, "Guidelines and quotas"
MAX_LABELS: Final = 50
MAX_BOXES: Final = 20  # of one label, those of the highest scores
LEAST: Final = 50  # percent, of a label
LEAST_UNSAFE: Final = 5  # percent: a stage's threshold may be low
MILD: Final = frozenset(
    {"Alcohol", "Drugs", "Drugs & Tobacco", "Gambling", "Rude Gestures", "Swimwear or Underwear", "Tobacco"}
)
"""Categories of moderation that hide nothing; a category that is not known here does."""


def affordable() -> bool:
    """Tell whether the budget of the month has room for one more run. Cost: 1 RRU."""
    return paid.affordable(SERVICE, PRICE, settings().rekognition_budget)


def ask(pixels: NDArray[np.uint8], runs: Iterable[str], deadline: float) -> Seen:
    """Return the findings of some runs in a picture, which is sent as JPEG without metadata.

    `pixels` is the upright picture, [height, width, 3] of uint8 in sRGB. No run begins after `deadline`, a time of
    `time.monotonic`, nor after one that was not answered; one takes 13 seconds at most. Raises the errors of
    DynamoDB, and none of Rekognition.
    """
    if min(pixels.shape[:2]) < MIN_SIDE:
        return skipped(runs, TOO_SMALL)
    from image_processing.recognition import jpeg  # noqa: PLC0415  no other function has Pillow in its process

    picture, seen = jpeg.encode(pixels), Seen()
    for run in runs:
        late = UNAVAILABLE in seen.skipped.values() or time.monotonic() >= deadline
        seen += skipped([run], UNAVAILABLE) if late else _paid(run, picture)
    return seen


def _paid(run: str, picture: bytes) -> Seen:
    """Return the findings of a run, if the budget has room for its price; an unanswered one may have cost it."""
    try:
        return paid.request(SERVICE, PRICE, settings().rekognition_budget, partial(_run, run, picture), run=run)
    except paid.NoAnswerError as error:
        return Seen(skipped={run: error.reason}, cost=error.cost)


def _run(run: str, picture: bytes) -> Seen:
    client, image = aws.client("rekognition"), {"Bytes": picture}
    if run == LABEL:
        answer = client.detect_labels(Image=image, MaxLabels=MAX_LABELS, MinConfidence=LEAST)
        version, found = answer["LabelModelVersion"], list(_labels(answer))
    elif run == MODERATION:
        answer = client.detect_moderation_labels(Image=image, MinConfidence=LEAST_UNSAFE)
        version, found = answer["ModerationModelVersion"], list(_unsafe(answer))
    else:
        answer = client.detect_text(Image=image)
        version, found = answer["TextModelVersion"], list(_lines(answer))
    return Seen({run: f"{SERVICE}/{version}"}, as_found(found, run), {}, PRICE)


def _labels(answer: Mapping[str, Any]) -> Iterator[Annotation]:
    """Yield each label with a box for each thing that has one, or once without any."""
    for label in answer["Labels"]:
        things = sorted(label.get("Instances", ()), key=lambda one: -one["Confidence"])[:MAX_BOXES]
        for one in things or [label]:
            yield _annotation("label", label["Name"], one["Confidence"], one.get("BoundingBox"))


def _unsafe(answer: Mapping[str, Any]) -> Iterator[Annotation]:
    """Yield the top category of the highest score, unless all are mild; a label below it counts for it."""
    labels = answer["ModerationLabels"]
    above = {one["Name"]: one.get("ParentName") for one in labels}
    scores: dict[str, float] = {}
    for one in labels:
        top, seen = one["Name"], {one["Name"]}
        while (parent := above.get(top)) and parent not in seen:
            top = parent
            seen.add(parent)
        scores[top] = max(one["Confidence"], scores.get(top, 0.0))
    hidden = {top: score for top, score in scores.items() if top not in MILD}
    if hidden:
        top = max(hidden, key=lambda name: hidden[name])
        yield _annotation(UNSAFE, "", hidden[top], None, {"category": top})


def _lines(answer: Mapping[str, Any]) -> Iterator[Annotation]:
    for one in answer["TextDetections"]:
        if one["Type"] == "LINE":
            yield _annotation("text", one["DetectedText"], one["Confidence"], one["Geometry"]["BoundingBox"])


def _annotation(
    kind: Any, value: str, percent: float, box: Mapping[str, float] | None, details: dict[str, Any] | None = None
) -> Annotation:
    """Return an annotation; a box that reaches beyond the picture is cut."""
    place = None
    if box is not None:
        left, top = max(box["Left"], 0.0), max(box["Top"], 0.0)
        right, bottom = min(box["Left"] + box["Width"], 1.0), min(box["Top"] + box["Height"], 1.0)
        place = Box(left, top, right - left, bottom - top)
    return Annotation(kind, value, percent / 100, place, SERVICE, "", details=details or {})
