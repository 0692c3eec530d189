"""What an annotator finds in a picture: annotations, each with its score and the model that gave it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["text", "face", "code", "unsafe", "label"]


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle, in fractions of the upright picture, 0 to 1, from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Annotation:
    """One finding: a line of text, a face, a code, a label, or how unsafe the whole picture is.

    `value` is the line of text, the content of the code, or the name of the label; empty for a face and for
    `unsafe`, whose score is all there is. `score` is the model's own confidence, 0 to 1, never a probability that
    was measured. `details` is plain JSON, by kind: see docs/machine-learning.md.
    """

    kind: Kind
    value: str
    score: float
    box: Box | None
    model: str
    model_version: str
    language: str | None = None  # BCP 47, where the model tells
    details: dict[str, Any] = field(default_factory=dict)
