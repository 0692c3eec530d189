"""What models found in a picture: facts on its page, and the boxes that can be shown in the picture."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.web.image.facts import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.api.schemas.annotation_responses import Annotation, Box

_LABELS = {"text": "Text", "code": "Code", "label": "Shows", "unsafe": "Unsafe to show"}
_SWITCHES = {"text": "Text", "face": "Faces", "code": "Codes", "label": "Labels"}


class Line(NamedTuple):
    """A line of the list; `boxes` are in percent of the picture, `left top width height` each."""

    kind: str
    label: str
    value: str
    note: str
    boxes: tuple[str, ...]


class Switch(NamedTuple):
    """A button that shows and hides the boxes of a kind."""

    kind: str
    words: str
    number: int


class Seen(NamedTuple):
    """All that was found; no switches where nothing has a box."""

    lines: list[Line]
    switches: list[Switch]


def seen(annotations: Sequence[Annotation]) -> Seen | None:
    """Return what was found, all faces as one line; None where there is nothing."""
    lines = [_line(one) for one in annotations if one["kind"] != "face"]
    if faces := [one for one in annotations if one["kind"] == "face"]:
        boxes = tuple(_percent(one["box"]) for one in faces if "box" in one)
        lines.append(Line("face", "Faces", str(len(faces)), "", boxes))
    boxed = Counter(one.kind for one in lines for _ in one.boxes)
    switches = [Switch(kind, words, boxed[kind]) for kind, words in _SWITCHES.items() if boxed[kind]]
    return Seen(lines, switches) if lines else None


def _line(one: Annotation) -> Line:
    note = f"score {one['score']:.2f}" if one["source"] == "model" and "score" in one else "by you"
    value = one["value"][:MAX_TEXT] or "nudity"
    boxes = (_percent(one["box"]),) if one["kind"] in _SWITCHES and "box" in one else ()
    return Line(one["kind"], _LABELS[one["kind"]], value, note, boxes)


def _percent(box: Box) -> str:
    sides = (box["left"], box["top"], box["width"], box["height"])
    return " ".join(f"{100 * side:.2f}".rstrip("0").rstrip(".") for side in sides)
