"""Every filter: literal images at, just below and just above each bound, and the answer that is right."""

from __future__ import annotations

import time
from typing import Any

import pytest

from chalicelib.catalogue.index.record_change import Indexed
from chalicelib.catalogue.index.terms import Word
from chalicelib.catalogue.search.filters import Box, Circle, Colour, Dates, Question, Span
from tests.chalicelib.catalogue.literals import IMAGE, image


def matches(filters: dict[str, Any], changes: dict[str, Any]) -> bool:
    return Question(**filters).matches(image(**changes))


NAMES = [
    ("make", "Canon", {"make": "Canon"}, True),
    ("make", "cANON", {"make": "Canon"}, True),
    ("make", "Canon", {"make": "CANON"}, True),
    ("make", "Canon", {"make": "Canon Inc."}, False),
    ("make", "Canon", {"make": "Cano"}, False),
    ("make", "Canon", {"make": None, "model": "Canon", "lens": "Canon"}, False),
    ("model", "EOS 5D", {"model": "EOS 5D"}, True),
    ("model", "eos 5d", {"model": "EOS 5D"}, True),
    ("model", "EOS 5D", {"model": "EOS 5DS"}, False),
    ("model", "EOS 5D", {"model": None, "make": "EOS 5D", "lens": "EOS 5D"}, False),
    ("lens", "EF 50mm f/1.8", {"lens": "EF 50mm f/1.8"}, True),
    ("lens", "ef 50MM F/1.8", {"lens": "EF 50mm f/1.8"}, True),
    ("lens", "EF 50mm f/1.8", {"lens": "EF 50mm f/1.4"}, False),
    ("lens", "EF 50mm f/1.8", {"lens": None, "make": "EF 50mm f/1.8", "model": "EF 50mm f/1.8"}, False),
    ("format", "JPEG", {"format": "JPEG"}, True),
    ("format", "jpeg", {"format": "JPEG"}, True),
    ("format", "JPEG", {"format": "PNG"}, False),
    ("format", "JPEG", {"format": None}, False),
    ("state", "ready", {"state": "ready"}, True),
    ("state", "ready", {"state": "failed"}, False),
    ("state", "failed", {"state": "failed"}, True),
    ("state", "failed", {"state": "ready"}, False),
    ("provenance", "edited", {"provenance": "edited"}, True),
    ("provenance", "edited", {"provenance": "captured"}, False),
    ("provenance", "ai_generated", {"provenance": "ai_assisted"}, False),
    ("provenance", "edited", {"provenance": None}, False),
    ("orientation", "landscape", {"width": 3001, "height": 3000}, True),
    ("orientation", "landscape", {"width": 3000, "height": 3000}, False),
    ("orientation", "landscape", {"width": 2999, "height": 3000}, False),
    ("orientation", "portrait", {"width": 2999, "height": 3000}, True),
    ("orientation", "portrait", {"width": 3000, "height": 3000}, False),
    ("orientation", "portrait", {"width": 3001, "height": 3000}, False),
    ("orientation", "square", {"width": 3000, "height": 3000}, True),
    ("orientation", "square", {"width": 2999, "height": 3000}, False),
    ("orientation", "square", {"width": 3001, "height": 3000}, False),
    ("orientation", "landscape", {"width": 3000, "height": None}, False),
    ("orientation", "portrait", {"width": None, "height": 3000}, False),
    ("orientation", "square", {"width": None, "height": None}, False),
    ("orientation", "square", {"width": 0, "height": 0}, False),
]


@pytest.mark.parametrize(("name", "asked", "changes", "right"), NAMES)
def test_a_name_is_compared_whole_and_without_regard_to_case(
    name: str, asked: str, changes: dict[str, Any], *, right: bool
) -> None:
    """An image that lacks it does not match."""
    assert matches({name: asked}, changes) is right


RANGES: dict[str, tuple[float, float, list[tuple[dict[str, Any], int]]]] = {
    # name: least, most, and images that are below (-1), within (0), above (1); None: not known
    "size": (
        1000,
        5000,
        [({"size": 999}, -1), ({"size": 1000}, 0), ({"size": 5000}, 0), ({"size": 5001}, 1)],
    ),
    "megapixels": (
        5,
        12,
        [
            ({"width": 4_999_999, "height": 1}, -1),
            ({"width": 2500, "height": 2000}, 0),
            ({"width": 4000, "height": 3000}, 0),
            ({"width": 12_000_001, "height": 1}, 1),
        ],
    ),
    "iso": (100, 400, [({"iso": 99}, -1), ({"iso": 100}, 0), ({"iso": 400}, 0), ({"iso": 401}, 1)]),
    "f_number": (
        1.8,
        8,
        [({"f_number": 1.79}, -1), ({"f_number": 1.8}, 0), ({"f_number": 8.0}, 0), ({"f_number": 8.01}, 1)],
    ),
    "focal_length": (
        24,
        70,
        [
            ({"focal_length": 23.9}, -1),
            ({"focal_length": 24.0}, 0),
            ({"focal_length": 70.0}, 0),
            ({"focal_length": 70.1}, 1),
        ],
    ),
    "rating": (0, 4, [({"rating": -1}, -1), ({"rating": 0}, 0), ({"rating": 4}, 0), ({"rating": 5}, 1)]),
}
UNKNOWN: dict[str, dict[str, Any]] = {
    "size": {"size": None},
    "megapixels": {"width": None, "height": 3000},
    "iso": {"iso": None},
    "f_number": {"f_number": None},
    "focal_length": {"focal_length": None},
    "rating": {"rating": None},
}


@pytest.mark.parametrize("name", RANGES)
def test_a_range_includes_both_its_ends(name: str) -> None:
    """Open to one side, it includes all on that side; an image whose number is not known is in none."""
    least, most, images = RANGES[name]
    for changes, side in images:
        assert matches({name: Span(least, most)}, changes) is (side == 0), changes
        assert matches({name: Span(least, None)}, changes) is (side >= 0), changes
        assert matches({name: Span(None, most)}, changes) is (side <= 0), changes
    for span in (Span(least, most), Span(least, None), Span(None, most)):
        assert matches({name: span}, UNKNOWN[name]) is False


@pytest.mark.parametrize(("width", "height"), [(None, 3000), (4000, None), (0, 3000), (4000, 0)])
def test_an_image_of_which_one_side_is_known_has_no_megapixels(width: int | None, height: int | None) -> None:
    """Nor has one that has no pixels."""
    assert matches({"megapixels": Span(None, 1000)}, {"width": width, "height": height}) is False


DATES = [
    # first, last, date, is it within
    ("2014", None, "2013-12-31T23:59:59", False),
    ("2014", None, "2014-01-01T00:00:00", True),
    ("2014-10", None, "2014-09-30T23:59:59", False),
    ("2014-10", None, "2014-10-01T00:00:00", True),
    ("2014-10-31", None, "2014-10-30T23:59:59", False),
    ("2014-10-31", None, "2014-10-31T00:00:00", True),
    ("2014-10-31T13", None, "2014-10-31T12:59:59", False),
    ("2014-10-31T13", None, "2014-10-31T13:00:00", True),
    ("2014-10-31T13:32:37", None, "2014-10-31T13:32:36", False),
    ("2014-10-31T13:32:37", None, "2014-10-31T13:32:37", True),
    ("2014-10-31T13:32:37", None, "2014-10-31T13:32:38", True),
    (None, "2014", "2014-12-31T23:59:59", True),
    (None, "2014", "2015-01-01T00:00:00", False),
    (None, "2014-10", "2014-10-31T23:59:59", True),
    (None, "2014-10", "2014-11-01T00:00:00", False),
    (None, "2014-10-31", "2014-10-31T23:59:59", True),
    (None, "2014-10-31", "2014-11-01T00:00:00", False),
    (None, "2014-10-31T13", "2014-10-31T13:59:59", True),
    (None, "2014-10-31T13", "2014-10-31T14:00:00", False),
    (None, "2014-10-31T13:32:37", "2014-10-31T13:32:37", True),
    (None, "2014-10-31T13:32:37", "2014-10-31T13:32:38", False),
    ("2014", "2014", "2014-06-01T00:00:00", True),
    ("2014-05", "2014-06", "2014-04-30T23:59:59", False),
    ("2014-05", "2014-06", "2014-06-30T23:59:59", True),
    ("2014-05", "2014-06", "2014-07-01T00:00:00", False),
    ("2015", "2014", "2014-06-01T00:00:00", False),
]


@pytest.mark.parametrize(("first", "last", "date", "right"), DATES)
def test_a_date_counts_as_far_as_it_is_given(
    first: str | None, last: str | None, date: str, *, right: bool
) -> None:
    """So it is of the date taken and of the upload, and one says nothing of the other."""
    asked, other = Dates(first, last), "1999-01-01T00:00:00"
    assert matches({"taken": asked}, {"taken": date, "uploaded": f"{other}.000Z"}) is right
    assert matches({"uploaded": asked}, {"uploaded": f"{date}.000Z", "taken": other}) is right


def test_an_image_without_a_date_taken_was_taken_in_no_year() -> None:
    """For any day of upload."""
    for asked in (Dates("2000", None), Dates(None, "2100"), Dates("2000", "2100"), Dates(None, None)):
        assert matches({"taken": asked}, {"taken": None}) is False


PLACES = [
    # one degree of a great circle is 111.195 km
    ({"near": Circle(0.0, 0.0, 111.2)}, 1.0, 0.0, True),
    ({"near": Circle(0.0, 0.0, 111.19)}, 1.0, 0.0, False),
    ({"near": Circle(0.0, 0.0, 111.2)}, 0.0, -1.0, True),
    ({"near": Circle(0.0, 0.0, 111.19)}, 0.0, -1.0, False),
    ({"near": Circle(60.0, 10.0, 55.6)}, 60.0, 11.0, True),  # half as long at 60 degrees north
    ({"near": Circle(60.0, 10.0, 55.5)}, 60.0, 11.0, False),
    ({"near": Circle(0.0, 179.5, 111.2)}, 0.0, -179.5, True),  # across the date line
    ({"near": Circle(0.0, 179.5, 111.19)}, 0.0, -179.5, False),
    ({"near": Circle(89.5, 0.0, 111.2)}, 89.5, 180.0, True),  # across the pole
    ({"near": Circle(89.5, 0.0, 111.19)}, 89.5, 180.0, False),
    ({"near": Circle(10.0, 20.0, 0.0)}, 10.0, 20.0, True),
    ({"near": Circle(10.0, 20.0, 1000.0)}, None, None, False),
    ({"near": Circle(10.0, 20.0, 1000.0)}, 10.0, None, False),
    ({"near": Circle(10.0, 20.0, 1000.0)}, None, 20.0, False),
    ({"box": Box(-10.0, -5.0, 20.0, 15.0)}, 15.0, 20.0, True),
    ({"box": Box(-10.0, -5.0, 20.0, 15.0)}, -5.0, -10.0, True),
    ({"box": Box(-10.0, -5.0, 20.0, 15.0)}, 15.01, 20.0, False),
    ({"box": Box(-10.0, -5.0, 20.0, 15.0)}, 15.0, 20.01, False),
    ({"box": Box(-10.0, -5.0, 20.0, 15.0)}, -5.01, -10.0, False),
    ({"box": Box(-10.0, -5.0, 20.0, 15.0)}, -5.0, -10.01, False),
    ({"box": Box(-10.0, -5.0, 20.0, 15.0)}, 15.0, None, False),
    ({"box": Box(-10.0, -5.0, 20.0, 15.0)}, None, 20.0, False),
    ({"box": Box(170.0, -5.0, -170.0, 15.0)}, 0.0, 170.0, True),  # across the date line
    ({"box": Box(170.0, -5.0, -170.0, 15.0)}, 0.0, 180.0, True),
    ({"box": Box(170.0, -5.0, -170.0, 15.0)}, 0.0, -180.0, True),
    ({"box": Box(170.0, -5.0, -170.0, 15.0)}, 0.0, -170.0, True),
    ({"box": Box(170.0, -5.0, -170.0, 15.0)}, 0.0, 169.99, False),
    ({"box": Box(170.0, -5.0, -170.0, 15.0)}, 0.0, -169.99, False),
    ({"box": Box(170.0, -5.0, -170.0, 15.0)}, 0.0, 0.0, False),
    ({"box": Box(170.0, -5.0, -170.0, 15.0)}, 15.01, 175.0, False),
    # both of them must hold
    ({"near": Circle(0.0, 0.0, 200.0), "box": Box(0.0, 0.0, 2.0, 2.0)}, 1.0, 1.0, True),
    ({"near": Circle(0.0, 0.0, 200.0), "box": Box(0.0, 0.0, 2.0, 2.0)}, -1.0, 1.0, False),
    ({"near": Circle(0.0, 0.0, 200.0), "box": Box(0.0, 0.0, 2.0, 2.0)}, 2.0, 2.0, False),
]


@pytest.mark.parametrize(("filters", "latitude", "longitude", "right"), PLACES)
def test_a_place_is_within_its_bounds_or_not(
    filters: dict[str, Any], latitude: float | None, longitude: float | None, *, right: bool
) -> None:
    """Bounds included; an image of which half a place is known, or none, is nowhere."""
    assert matches(filters, {"latitude": latitude, "longitude": longitude}) is right


COLOURS = [
    # distances as coloraide has them: #336699 to #446699 is 3.29 in CIEDE2000, and 0.01736 in OKLab
    (Colour("#446699", 3.3, "ciede2000"), 0x336699, True),
    (Colour("#446699", 3.28, "ciede2000"), 0x336699, False),
    (Colour("#446699", 0.0174, "oklab"), 0x336699, True),
    (Colour("#446699", 0.0173, "oklab"), 0x336699, False),
    (Colour("#336699", 0.0, "ciede2000"), 0x336699, True),
    (Colour("#33669a", 0.0, "ciede2000"), 0x336699, False),
    (Colour("#336699", 0.0, "oklab"), 0x336699, True),
    (Colour("#000001", 0.0, "ciede2000"), 0x000001, True),
    (Colour("#000000", 0.0, "ciede2000"), 0x000000, True),
    (Colour("#ffffff", 99.9, "ciede2000"), 0x000000, False),  # they are 100 apart
    (Colour("#336699", 100.0, "ciede2000"), None, False),
    (Colour("#336699", 1.0, "oklab"), None, False),
]


@pytest.mark.parametrize(("asked", "colour", "right"), COLOURS)
def test_a_colour_is_near_by_the_distance_that_was_asked_for(
    asked: Colour, colour: int | None, *, right: bool
) -> None:
    """An image whose dominant colour is not known is near none."""
    assert matches({"colour": asked}, {"colour": colour}) is right


PALETTE = bytes.fromhex("336699 37  cc2020 10  386a98 0f  00ff00 0b")  # 55, 16, 15 and 11 per cent
SHARED = [
    (Colour("#cc2020", 0.0, "ciede2000"), True),  # of 16 per cent
    (Colour("#386a98", 0.0, "ciede2000"), False),  # of 15
    (Colour("#00ff00", 100.0, "ciede2000"), True),  # all of them are as near
    (Colour("#00ff00", 0.0, "oklab"), False),
    (Colour("#336699", 0.0, "ciede2000", share=0.55), True),
    (Colour("#336699", 0.0, "ciede2000", share=0.56), False),
    (Colour("#336699", 5.0, "ciede2000", share=0.7), True),  # the two blues together
    (Colour("#336699", 5.0, "ciede2000", share=0.71), False),
    (Colour("#386a98", 0.0, "ciede2000", share=0.15), True),  # smaller than a main one, as was asked for
    (Colour("#386a98", 0.0, "ciede2000", share=0.159), False),
    (Colour("#386a98", 0.0, "ciede2000", share=0.16), False),  # of which none is a main one
    (Colour("#00ff00", 0.0, "ciede2000", share=0.01), True),
    (Colour("#00ff00", 0.0, "ciede2000", share=0.12), False),
    (Colour("#ff00ff", 0.0, "ciede2000", share=0.01), False),
    (Colour("#000000", 0.0, "ciede2000", "steelblue"), True),  # the name decides, not the distance
    (Colour("#000000", 0.0, "ciede2000", "steelblue", share=0.7), True),
    (Colour("#000000", 0.0, "ciede2000", "steelblue", share=0.71), False),
    (Colour("#000000", 100.0, "ciede2000", "crimson"), True),
    (Colour("#000000", 100.0, "ciede2000", "lime"), False),
    (Colour("#000000", 100.0, "ciede2000", "black"), False),
]


@pytest.mark.parametrize(("asked", "right"), SHARED)
def test_a_colour_is_looked_for_in_the_whole_palette(asked: Colour, *, right: bool) -> None:
    """One of the main colours must be near, unless a smaller share will do; all that are near count into it."""
    assert matches({"colour": asked}, {"palette": PALETTE}) is right


@pytest.mark.parametrize(
    ("asked", "city", "right"),
    [
        ("Zürich", "Zürich", True),
        ("zurich", "Zürich", True),
        ("ZÜRICH", "Zürich", True),
        ("Lodz", "Łódź", True),
        ("Nuku'alofa", "Nuku\u2018alofa", True),
        ("newyork city", "New York City", True),
        ("Zuerich", "Zürich", False),
        ("Zur", "Zürich", False),
        ("York", "New York City", False),
        ("!", None, False),
        ("Zürich", None, False),
    ],
)
def test_a_city_is_found_by_its_whole_name(asked: str, city: str | None, *, right: bool) -> None:
    """Regardless of case, accents, blanks and signs."""
    assert matches({"city": asked}, {"city": city}) is right


def test_a_country_is_found_by_its_code() -> None:
    """Regardless of case; at sea there is none."""
    assert matches({"country": "pt"}, {"country": "PT"}) is True
    assert matches({"country": "PT"}, {"country": "ES"}) is False
    assert matches({"country": "PT"}, {"country": None}) is False


GEARLESS = [
    ({"make": ""}, {"make": None}, True),
    ({"make": ""}, {}, False),
    ({"make": "Canon", "model": ""}, {"model": None}, True),
    ({"make": "Canon", "model": ""}, {}, False),
    ({"lens": ""}, {"lens": None}, True),
    ({"lens": ""}, {}, False),
]


@pytest.mark.parametrize(("filters", "changes", "right"), GEARLESS)
def test_an_empty_name_is_that_of_an_image_that_names_none(
    filters: dict[str, Any], changes: dict[str, Any], *, right: bool
) -> None:
    """So a camera of which only the make is known is told from the others of this make."""
    assert matches(filters, changes) is right
    assert Question(**filters).asks is True


def test_a_file_is_found_by_its_whole_name() -> None:
    """As it is shown, regardless of case."""
    assert matches({"name": "A.JPG"}, {}) is True
    assert matches({"name": "a"}, {}) is False
    assert matches({"name": "IMG_1.jpg"}, {"name": "img_1.JPG"}) is True
    assert matches({"name": "a.jpg"}, {"name": "img_1.JPG"}) is False


def test_all_filters_must_hold() -> None:
    """One that does not is enough."""
    met = {
        "uploaded": Dates("2024", None),
        "taken": Dates(None, "2014"),
        "make": "canon",
        "model": "eos 5d",
        "lens": "ef 50mm f/1.8",
        "name": "A.jpg",
        "format": "jpeg",
        "state": "ready",
        "orientation": "landscape",
        "provenance": "edited",
        "size": Span(1000, 1000),
        "megapixels": Span(12, 12),
        "iso": Span(200, 200),
        "f_number": Span(2.8, 2.8),
        "focal_length": Span(50, 50),
        "rating": Span(3, 3),
        "colour": Colour("#336699", 1.0, "ciede2000"),
        "near": Circle(10.0, 20.0, 1.0),
        "box": Box(19.0, 9.0, 21.0, 11.0),
        "country": "fr",
        "city": "besancon",
    }
    missed = {
        "uploaded": Dates("2025", None),
        "taken": Dates(None, "2013"),
        "make": "Nikon",
        "model": "D40",
        "lens": "none",
        "name": "b.jpg",
        "format": "PNG",
        "state": "failed",
        "orientation": "portrait",
        "provenance": "captured",
        "size": Span(1001, None),
        "megapixels": Span(13, None),
        "iso": Span(None, 199),
        "f_number": Span(2.9, None),
        "focal_length": Span(None, 49),
        "rating": Span(4, None),
        "colour": Colour("#ffffff", 1.0, "ciede2000"),
        "near": Circle(-10.0, 20.0, 1.0),
        "box": Box(21.0, 9.0, 22.0, 11.0),
        "country": "CH",
        "city": "Besan",
    }
    assert (
        {*met} == {*missed} == {*Question.__struct_fields__} - {"tag", "words", "people"}
    )  # cards tell nothing of them
    assert matches(met, {}) is True
    for name, asked in missed.items():
        assert matches({**met, name: asked}, {}) is False, name
        assert matches({name: asked}, {}) is False, name
    assert Question().matches(IMAGE) is True
    assert Question(tag="sea", words=("fog",)).matches(IMAGE) is True


@pytest.mark.parametrize(
    ("filters", "right"),
    [
        ({}, True),
        ({"make": "Nikon"}, True),  # which its card tells
        ({"tag": "old pier"}, True),
        ({"tag": "old"}, False),
        ({"tag": "boats"}, False),  # a word, no tag
        ({"people": "2+"}, True),
        ({"people": "1"}, False),
        ({"words": ("boats",)}, True),
        ({"words": ("boa",)}, True),
        ({"words": ("oats",)}, False),
        ({"words": ("boatss",)}, False),
        ({"words": ("dawn", "boats")}, True),
        ({"words": ("dawn", "boa")}, False),
        ({"words": ("dawn", "dusk")}, False),
        ({"tag": "old pier", "people": "2+", "words": ("dawn",)}, True),
        ({"tag": "old pier", "people": "0", "words": ("dawn",)}, False),
        ({"tag": "old pier", "people": "2+", "words": ("dusk",)}, False),
        ({"tag": "pier", "people": "2+", "words": ("dawn",)}, False),
    ],
)
def test_tag_words_and_people_are_in_the_record_alone(filters: dict[str, Any], *, right: bool) -> None:
    """A tag is whole, a single word may be the beginning of one, of several each is whole."""
    words = (Word("boats", False), Word("dawn", False), Word("old pier", True), Word("pier", False))
    assert Question(**filters).matches_apart(Indexed(IMAGE, words, "2+")) is right
    if filters.get("people"):
        assert Question(**filters).matches_apart(Indexed(IMAGE, words)) is False  # nobody has looked


def test_a_record_that_has_expired_matches_nothing() -> None:
    """From its second on: DynamoDB removes it within days, not at once."""
    now = int(time.time())
    assert Question().matches(image(expires=now + 60)) is True
    assert Question().matches(image(expires=now)) is False
    assert Question().matches(image(expires=now - 1)) is False
    assert Question(state="ready").matches(image(expires=1)) is False


@pytest.mark.parametrize(
    ("filters", "right"),
    [
        ({}, False),
        ({"make": "Canon"}, True),
        ({"rating": Span(0, 0)}, True),
        ({"words": ("sea",)}, True),
        ({"words": ()}, False),
        ({"tag": "sea"}, True),
        ({"taken": Dates(None, "2014")}, True),
    ],
)
def test_a_question_knows_whether_it_asks_anything(filters: dict[str, Any], *, right: bool) -> None:
    """Without a filter, images come in the order of their upload."""
    assert Question(**filters).asks is right


@pytest.mark.parametrize(
    ("share", "small"), [(0.0, False), (0.01, True), (0.159, True), (0.16, False), (1.0, False)]
)
def test_a_share_is_small_below_that_of_a_main_colour(share: float, small: bool) -> None:  # noqa: FBT001
    """A main colour has 16 %; without a share none is asked for."""
    assert Colour("#336699", 5.0, "ciede2000", share=share).small is small
