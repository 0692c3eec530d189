"""IPTC's vocabulary of digital source types: the verdict of each about an image, in any spelling.

Definitions: https://cv.iptc.org/newscodes/digitalsourcetype/ (September 2024, with the retired terms).
"""

from __future__ import annotations

import re

CAPTURED, EDITED, AI_ASSISTED, AI_GENERATED, UNKNOWN = (
    *("captured", "edited", "ai_assisted", "ai_generated"),
    "unknown",
)

VERDICTS = {
    "digitalCapture": CAPTURED,  # by a camera, from real life
    "computationalCapture": CAPTURED,  # several frames merged without generative AI
    "negativeFilm": CAPTURED,
    "positiveFilm": CAPTURED,
    "print": CAPTURED,
    "humanEdits": EDITED,  # by people, with tools that are not generative
    "minorHumanEdits": EDITED,  # retired
    "algorithmicallyEnhanced": EDITED,  # by an algorithm, the main content unchanged
    "composite": EDITED,  # of elements that may or may not be generated
    "compositeCapture": EDITED,  # of captured elements only
    "compositeSynthetic": AI_ASSISTED,  # at least one element is generated
    "compositeWithTrainedAlgorithmicMedia": AI_ASSISTED,  # inpainting and outpainting
    "trainedAlgorithmicMedia": AI_GENERATED,
    "algorithmicMedia": UNKNOWN,  # by an algorithm without training data: a fractal
    "dataDrivenMedia": UNKNOWN,  # data drawn by people's programs: a chart
    "digitalCreation": UNKNOWN,  # by people, with tools that are not generative
    "digitalArt": UNKNOWN,  # retired for digitalCreation
    "softwareImage": UNKNOWN,  # retired: made by software
    "screenCapture": UNKNOWN,  # of a screen, whatever it showed
    "virtualRecording": UNKNOWN,  # of elements that are generated, captured, or both
}
_NAMES = {known.lower(): known for known in VERDICTS}
_ADDRESS = re.compile(r"^.*[/#:]", re.DOTALL)


def name(value: str | None) -> str | None:
    """Give the bare term of an address, a code ("digsrctype:print") or a word, as the vocabulary spells it."""
    if not value:
        return None
    bare = _ADDRESS.sub("", value.strip().rstrip("/"))
    known = bare.lower().removesuffix("digitalsource")  # as schema.org names its own terms
    return _NAMES.get(known, bare) or None


def verdict(value: str | None) -> str:
    """Judge an image by its source type."""
    return VERDICTS.get(name(value) or "", UNKNOWN)
