"""An image's page: the picture in the ratios that pages use most, cropped so that heads stay whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chalicelib.api.schemas.crop_requests import PORTRAIT, SQUARE, TALL, WIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.api.schemas.crop_responses import Crop, CropHeads

RATIOS = SQUARE, PORTRAIT, WIDE, TALL


class Shown(NamedTuple):
    """A crop of the picture: its CSS, and the styles of its frame and of the picture in it."""

    ratio: str
    css: str  # to be copied
    frame: str
    picture: str
    heads: str  # words; empty where there are none


class Section(NamedTuple):
    """All crops, and a sentence about the faces that they keep."""

    crops: list[Shown]
    words: str


def section(crops: Sequence[Crop], people: int | None) -> Section | None:
    """Return crops as a page shows them; None where there are none."""
    return Section([_shown(one) for one in crops], _words(people)) if crops else None


def _shown(one: Crop) -> Shown:
    width, _, height = one["ratio"].partition(":")
    position = f"object-position: {one['object_position']}"
    frame = f"--ratio:{float(width) / float(height):.5f}"
    return Shown(one["ratio"], f"object-fit: cover; {position}", frame, position, _heads(one["heads"]))


def _heads(found: CropHeads) -> str:
    number = sum((found["kept"], found["cut"], found["outside"]))
    if number == 0:
        return ""
    if found["kept"] == number:
        return {1: "Head whole", 2: "Both heads whole"}.get(number, f"All {number} heads whole")
    if number == 1:
        return "Head cut" if found["cut"] else "Head outside"
    return f"{found['kept']} of {number} heads whole"


def _words(people: int | None) -> str:
    if people is None:
        return "No model has looked for faces in this picture, so each crop is centred."
    if people == 0:
        return "No faces were found, so each crop is centred."
    return "Each crop keeps heads whole; where not all fit, the largest and surest."
