"""Read the notes of image generators in their images: prompt, model, software. Each reader knows one writer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from image_processing.metadata.generators import comfyui, infotext, labels, marks, settings
from image_processing.metadata.generators.marks import name_mark
from image_processing.metadata.generators.notes import Generation, Notes

if TYPE_CHECKING:
    from collections.abc import Callable

    from image_processing.metadata.generators.notes import Tags

__all__ = ["Generation", "find", "name_mark"]

_READERS: tuple[Callable[[Notes], Generation | None], ...] = (
    settings.read,
    infotext.read,
    comfyui.read,
    labels.read,
    marks.read,
)


def find(tags: Tags) -> Generation | None:
    """Find a generator's note in the raw tags, or None."""
    notes = Notes(tags)
    return next((found for reader in _READERS if (found := reader(notes))), None)
