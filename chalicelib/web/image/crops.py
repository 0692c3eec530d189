"""An image's page: the picture in the ratios that pages use most, cropped so that heads stay whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.api.schemas.crop_responses import Crop, CropHeads

RATIOS = ("1:1", "4:5", "16:9", "9:16")


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
    number = sum((found["kept"], found["cut"], found["left_out"]))
    if number == 0:
        return ""
    if found["kept"] == number:
        return {1: "Head whole", 2: "Both heads whole"}.get(number, f"All {number} heads whole")
    if number == 1:
        return "Head cut" if found["cut"] else "Head left out"
    return f"{found['kept']} of {number} heads whole"


def _words(people: int | None) -> str:
    if people is None:
        return "Nobody has looked for faces in it, so each is the middle."
    if people == 0:
        return "No faces were found, so each is the middle."
    return "Each keeps as many heads whole as fit."
