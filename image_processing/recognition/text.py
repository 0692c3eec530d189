"""Read lines of text: PP-OCR's models for detection and recognition, with our own steps before and after.

Detection gives a map of how likely each pixel is text; each connected part is a line (Liao et al., "Real-Time
Scene Text Detection with Differentiable Binarization", 2020). Recognition gives, for each eighth pixel of a line,
how likely each character is (Graves et al., "Connectionist Temporal Classification", 2006).
"""

from __future__ import annotations

import math
import time
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from PIL import Image

from image_processing.recognition import components, rectangles
from image_processing.recognition.models import TEXT_DETECTION, TEXT_RECOGNITION
from image_processing.recognition.runtime import session
from image_processing.recognition.text_contrast import measure
from image_processing.recognition.types import Annotation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MAX_LINES: Final = 100
MAX_SECONDS: Final = 15.0  # of the processor, for reading lines; those that are left are not read
MIN_SCORE: Final = 0.6  # mean of the characters' scores
MIN_SCORE_ALONE: Final = 0.9  # of a single character: moons are read as O

_DETECTED: Final = 736, 1280  # least of the shorter side, most of the longer one, in pixels
_MAX_AREA: Final = 1 << 20  # pixels that are detected at once: memory grows with them
_TEXT: Final = 0.3  # least likelihood of a pixel that belongs to a line
_LINE: Final = 0.4  # least mean likelihood of a line
_UNCLIP: Final = (
    1.6  # the map shows the middle of a line: times area by perimeter, its distance to the line's edge
)
_MIN_SIDE: Final = 3  # pixels of the map
_LINE_HEIGHT: Final = 48  # pixels that recognition takes
_MAX_WIDTH: Final = 2400  # pixels of a line of that height; longer ones are squeezed
_SURE: Final = 0.9  # a line with a lower score may be upside down


class Read(NamedTuple):
    """A line as it was read."""

    text: str
    score: float


def annotate(image: Image.Image, model: str, version: str) -> Iterator[Annotation]:
    """Yield the lines of text of an upright RGB picture, from the top down; at most MAX_LINES."""
    lines = in_order(detect(image))
    end = time.thread_time() + MAX_SECONDS  # not the clock's: the same picture gives the same on a busy machine
    for line in lines:
        if time.thread_time() > end:
            return
        upright = rectangles.cut(image, line, Image.Resampling.BICUBIC)
        if upright.height >= 1.5 * upright.width:
            upright = upright.transpose(Image.Transpose.ROTATE_90)
        read = recognize(upright)
        if read.score < _SURE:
            read = max(read, recognize(upright.transpose(Image.Transpose.ROTATE_180)), key=lambda one: one.score)
        if is_text(read):
            colours = measure(rectangles.cut(image, line, Image.Resampling.NEAREST))  # none that are not there
            details = {**colours, "height": round(min(line.width, line.height) / image.height, 4)}
            box = line.box(image.width, image.height)
            yield Annotation("text", read.text, read.score, box, model, version, None, details)


def is_text(read: Read) -> bool:
    """Tell whether a reading is one of text: a letter or digit at least, and the surer the shorter it is."""
    least = MIN_SCORE_ALONE if len(read.text) == 1 else MIN_SCORE
    return read.score >= least and any(character.isalnum() for character in read.text)


def detect(image: Image.Image) -> list[rectangles.Rectangle]:
    """Return where lines of text are, as rectangles in pixels, at most MAX_LINES, the largest first."""
    width, height = _detected_size(image.width, image.height)
    values = _tensor(image.resize((width, height), Image.Resampling.BILINEAR))
    likely: NDArray[np.float32] = session(TEXT_DETECTION).run(values)[0, 0]
    mask = likely > _TEXT
    mask[1:] |= mask[:-1]  # as the model's authors dilate it, by two pixels
    mask[:, 1:] |= mask[:, :-1]
    found = []
    for points in components.outlines(mask, _MIN_SIDE * _MIN_SIDE, 10 * MAX_LINES):
        core = rectangles.smallest(points)
        if min(core.width, core.height) < _MIN_SIDE or rectangles.mean(likely, core) < _LINE:
            continue
        line = core.grown(_UNCLIP * core.width * core.height / (2 * (core.width + core.height)))
        found.append(line.scaled(image.width / width, image.height / height))
        if len(found) == MAX_LINES:
            break
    return found


def _detected_size(width: int, height: int) -> tuple[int, int]:
    """Return the size at which a picture is searched: multiples of 32."""
    least, most = _DETECTED
    scale = max(1.0, least / min(width, height))
    scale = min(scale, most / max(width, height), math.sqrt(_MAX_AREA / (width * height)))
    return max(round(width * scale / 32), 1) * 32, max(round(height * scale / 32), 1) * 32


def in_order(lines: list[rectangles.Rectangle]) -> list[rectangles.Rectangle]:
    """Return lines in reading order: rows from the top down, each from the left."""
    rows: list[list[rectangles.Rectangle]] = []
    for line in sorted(lines, key=lambda one: one.y):
        if rows and line.y - rows[-1][0].y < 0.5 * min(line.height, rows[-1][0].height):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda one: one.x)]


def recognize(line: Image.Image) -> Read:
    """Return the text of a line, and the mean score of its characters."""
    width = min(max(math.ceil(line.width * _LINE_HEIGHT / line.height), _LINE_HEIGHT), _MAX_WIDTH)
    values = _tensor(line.resize((width, _LINE_HEIGHT), Image.Resampling.BILINEAR))
    return decode(session(TEXT_RECOGNITION).run(values)[0], _characters())


def decode(scores: NDArray[np.float32], characters: tuple[str, ...]) -> Read:
    """Return the text that scores by step and character say: without blanks (number 0) and repetitions."""
    best = scores.argmax(axis=1)
    kept = best != 0
    kept[1:] &= best[1:] != best[:-1]
    if not kept.any():
        return Read("", 0.0)
    text = "".join(characters[number] for number in best[kept]).strip()
    return Read(text, round(float(scores.max(axis=1)[kept].mean()), 4))


@cache
def _characters() -> tuple[str, ...]:
    """Return the characters by the number that the model has for them: blank, its own list, space."""
    return ("", *session(TEXT_RECOGNITION).metadata("character").split("\n"), " ")


def _tensor(image: Image.Image) -> NDArray[np.float32]:
    """Return a picture as the models take it: [1, (blue, green, red), height, width], -1 to 1."""
    values = np.asarray(image, np.float32)[:, :, ::-1] / np.float32(127.5) - np.float32(1)
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])
