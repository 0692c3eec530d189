"""Recognize what is in a picture, by models that run on this machine: each kind of annotation has its annotator.

Importing this loads neither a model nor a runtime: `MODELS` tells the versions, `available` what could run here.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from image_processing.recognition.types import Annotation


class _Annotator(NamedTuple):
    """Where an annotator is, and the module of the runtime that it needs."""

    module: str
    needs: str


_ANNOTATORS = {"code": _Annotator("image_processing.recognition.codes", "zxingcpp")}

MODELS = {"code": "zxing-cpp/3.1"}
"""The model and its version by kind of annotation: a change has images read again by that model alone."""


def available() -> frozenset[str]:
    """Return the kinds of annotations whose annotators can run here."""
    return frozenset(kind for kind, annotator in _ANNOTATORS.items() if find_spec(annotator.needs) is not None)


def recognize(pixels: Any, kinds: Iterable[str]) -> list[Annotation]:
    """Return the annotations of some kinds for an array of 8-bit sRGB: height, width, 3; at most 1,280 a side.

    Raises KeyError for an unknown kind, ImportError where its runtime is not installed.
    """
    found: list[Annotation] = []
    for kind in kinds:
        found += import_module(_ANNOTATORS[kind].module).annotate(pixels)
    return found
