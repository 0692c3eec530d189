"""Crops in words and CSS, for the page of their image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.web.image import crops

if TYPE_CHECKING:
    from chalicelib.api.schemas.crop_responses import Crop


def crop(ratio: str = "16:9", kept: int = 0, cut: int = 0, outside: int = 0) -> Crop:
    return {
        "ratio": ratio,
        "box": {"left": 0, "top": 0.06, "width": 1, "height": 0.75},
        "pixels": {"left": 0, "top": 180, "width": 4000, "height": 2250},
        "object_position": "50% 24%",
        "heads": {"kept": kept, "cut": cut, "outside": outside},
    }


def test_the_line_to_copy_and_the_styles() -> None:
    """The picture shows the position that the line tells."""
    found = crops.section([crop(), crop("4:5")], 1)
    assert found is not None
    (wide, high) = found.crops
    assert (wide.ratio, wide.css) == ("16:9", "object-fit: cover; object-position: 50% 24%")
    assert (wide.frame, wide.picture) == ("--ratio:1.77778", "object-position: 50% 24%")
    assert (high.ratio, high.frame) == ("4:5", "--ratio:0.80000")
    assert crops.section([], None) is None


@pytest.mark.parametrize(
    ("heads", "words"),
    [
        ((0, 0, 0), ""),
        ((1, 0, 0), "Head whole"),
        ((0, 1, 0), "Head cut"),
        ((0, 0, 1), "Head outside"),
        ((2, 0, 0), "Both heads whole"),
        ((3, 0, 0), "All 3 heads whole"),
        ((1, 1, 0), "1 of 2 heads whole"),
        ((0, 1, 2), "0 of 3 heads whole"),
    ],
)
def test_heads_in_words(heads: tuple[int, int, int], words: str) -> None:
    """One is told by its fate, more by their number."""
    found = crops.section([crop("1:1", *heads)], sum(heads))
    assert found is not None
    assert found.crops[0].heads == words


@pytest.mark.parametrize(
    ("people", "words"),
    [
        (None, "No model has looked for faces in this picture, so each crop is centred."),
        (0, "No faces were found, so each crop is centred."),
        (1, "Each crop keeps heads whole; where not all fit, the largest and surest."),
    ],
)
def test_what_a_reader_learns_of_faces(people: int | None, words: str) -> None:
    """Whether somebody looked, and whether there are any."""
    found = crops.section([crop()], people)
    assert found is not None
    assert found.words == words
