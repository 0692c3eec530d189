"""Annotations: what an annotator found in a picture, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["text", "face", "code", "unsafe", "label"]


@dataclass(frozen=True)
class Box:
    """A rectangle in fractions of the upright picture's width and height, 0 to 1, from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Annotation:
    """One thing that a model found."""

    kind: Kind
    value: str  # a line of text, the content of a code, the name of a label; empty for a face
    score: float  # 0 to 1
    box: Box | None
    model: str
    model_version: str
    language: str | None = None
    details: dict[str, Any] = field(default_factory=dict)  # plain JSON
