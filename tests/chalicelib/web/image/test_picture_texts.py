"""Text alternatives of the pictures of an analysis."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.web.image import picture_texts


def bins(dark: int, middle: int, light: int) -> dict[str, Any]:
    return {"histogram": {"whole": {"lightness": [dark, middle, light]}}}


@pytest.mark.parametrize(
    ("analysis", "first", "last"),
    [
        (
            bins(70, 20, 10),
            "Most of the picture is dark: 70 % dark, 20 % of",
            "and 10 % light. Nothing is clipped.",
        ),
        (
            bins(10, 20, 70),
            "Most of the picture is light: 10 % dark, 20 % of",
            "and 70 % light. Nothing is clipped.",
        ),
        (bins(40, 30, 30), "The picture has all of it: 40 % dark, 30 % of", "and 30 % light. Nothing is clipped."),
        (bins(0, 0, 0), "Nothing of the picture can be seen.", "."),
        (
            {**bins(50, 50, 0), "luminosity": {"clipping": {"shadows": 0.02, "highlights": 0.005}}},
            "Most of the picture is dark: 50 % dark, 50 % of middle lightness",
            "and 0 % light. Clipped: 2 % black and under 1 % white.",
        ),
    ],
)
def test_a_histogram_says_where_most_of_the_light_is(analysis: dict[str, Any], first: str, last: str) -> None:
    """In thirds, and what is lost at the ends."""
    words = picture_texts.histogram(analysis)
    assert (words[: len(first)], words[-len(last) :]) == (first, last)


def test_a_bin_across_two_thirds_counts_for_both() -> None:
    """Of four bins, the second belongs to the dark third with a third of it."""
    assert picture_texts.histogram({"histogram": {"whole": {"lightness": [1, 1, 0, 0]}}}).startswith(
        "Most of the picture is dark: 67 % dark, 33 % of middle lightness"
    )


def test_light_has_a_key_a_range_and_a_largest_layer() -> None:
    """The first of the layers is the darkest."""
    layers = [{"share": 0.2}, {"share": 0.5}, {"share": 0.3}]
    assert picture_texts.light({"luminosity": {"key": "low", "dynamic_range": 5.61, "layers": layers}}) == (
        "A low-key picture, mostly dark, over 5.6 stops. "
        "The largest of its 3 layers of light is number 2 from the dark end, with 50 %."
    )


def test_colours_have_names_shares_and_places() -> None:
    """The middle of each, in words."""
    palette = [
        {"name": "navy", "hex": "#000080", "share": 0.62, "x": 0.1, "y": 0.9},
        {"hex": "#ffffff", "share": 0.004, "x": 0.5, "y": 0.5},
    ]
    assert picture_texts.colours({"palette": palette}) == (
        "The picture in the colours of its palette: "
        "navy 62 %, at the lower left; #ffffff under 1 %, in the middle."
    )


def test_text_has_places_and_what_it_needs_there() -> None:
    """Black on a white veil, or white as it is."""
    places = [
        {"box": [0.5, 0.4, 0.5, 0.2], "text": "#000000", "opacity": {"aa": 0.36}},
        {"box": [0.0, 0.0, 1.0, 0.2], "text": "#ffffff", "opacity": {"aa": 0.0}},
    ]
    assert picture_texts.placement({"legibility": {"places": places}}) == (
        "Text can lie at the right, in black on a white veil of 36 %; at the top, in white as it is."
    )
    assert picture_texts.placement({"legibility": {"places": []}}) == "There is no calm place for text."


@pytest.mark.parametrize(
    ("density", "words"),
    [
        (0.4, "busy: 40 %"),
        (0.39, "neither busy nor calm: 39 %"),
        (0.15, "neither busy nor calm: 15 %"),
        (0.14, "calm: 14 %"),
    ],
)
def test_edges_say_how_busy_a_picture_is(density: float, words: str) -> None:
    """And where it is calm, each place once."""
    calm = [[0.7, 0.7, 0.3, 0.3], [0.72, 0.7, 0.28, 0.3], [0.0, 0.0, 0.2, 0.2]]
    assert picture_texts.edges({"structure": {"edge_density": density, "calm": calm}}) == (
        f"The picture is {words} of it are edges. It is calmest at the lower right and at the upper left."
    )


def test_only_pictures_whose_parts_are_there_are_shown() -> None:
    """With the profile `full`, that of the colours is one of shapes."""
    parts: dict[str, Any] = {"palette": [{"hex": "#000000", "share": 1.0}], "maps": {"columns": 1}}
    assert [one.name for one in picture_texts.pictures({})] == []
    assert [(one.name, one.title) for one in picture_texts.pictures(parts)] == [
        ("clusters", "Where the colours are")
    ]
    parts["layers"] = {"shapes": [{"name": "navy", "share": 0.5}, {"name": "white", "share": 0.25}]}
    (shapes,) = picture_texts.pictures(parts)
    assert (shapes.title, shapes.told) == (
        "Shapes",
        "Shapes of like pixels, the largest first: navy 50 % and white 25 %.",
    )
