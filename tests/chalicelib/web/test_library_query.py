"""The library's query: what is answered, what is refused at its field, and what chips say."""

from __future__ import annotations

from typing import Any

import pytest
from chalice.app import MultiDict

from chalicelib.web import library_query


class Call:
    """The one thing that links need of a call."""

    @staticmethod
    def link(path: str) -> str:
        """Return a path under a stage."""
        return f"/api{path}"


CALL: Any = Call()


def read(**given: str) -> library_query.Asked:
    """Return the query of these parameters."""
    return library_query.read(MultiDict({name: [value] for name, value in given.items()}))


def test_no_query_asks_for_the_newest_first() -> None:
    """By date taken, without a filter or a fault."""
    asked = library_query.read(None)
    assert (asked.order, asked.values, asked.filters, asked.faults) == ("-taken", {}, {}, {})


def test_empty_fields_of_a_form_and_other_parameters_are_left_alone() -> None:
    """A form sends all of its fields, and other sites add parameters to links."""
    asked = read(taken_from="", taken_to=" ", tag="sea ", utm_source="mail")
    assert asked.values == {"tag": "sea"}
    assert asked.query.tag == "sea"
    assert asked.query.taken_from is None


@pytest.mark.parametrize(
    ("name", "value", "begin"),
    [
        ("taken_from", "May", "Expected a year, month, day or time, such as “2024-05”."),
        ("near", "Paris", "Expected latitude and longitude in degrees"),
        ("near", "95,0", "Latitude must be from -90 to 90"),
        ("color", "tartan", "'tartan' is neither “#rrggbb” nor"),
        ("format", "pcx9", "'pcx9' is not a known format."),
        ("state", "broken", "Expected “ready” or “failed”"),
        ("radius", "far", "Expected a number above 0"),
        ("sort", "size", "Expected “-uploaded”"),
        ("text", "a b c d e f g h", "Must contain a word of 2 or more characters."),
    ],
)
def test_a_value_that_does_not_fit_is_told_at_its_field(name: str, value: str, begin: str) -> None:
    """The rest of the query is answered, and no chip stands for the value."""
    asked = read(**{name: value, "tag": "sea"})
    assert list(asked.faults) == [name]
    assert asked.faults[name].startswith(begin)
    assert asked.query.tag == "sea"
    assert getattr(asked.query, name) in (None, 10.0)
    assert asked.values[name] == value
    assert asked.filters == {"tag": "sea"}


def test_faults_of_several_fields_are_told_together() -> None:
    """Those of their form, and those of their meaning."""
    assert set(read(taken_from="May", color="tartan", near="95,0").faults) == {"taken_from", "color", "near"}


@pytest.mark.parametrize("name", ["tag", "text", "make", "model", "lens"])
def test_null_is_a_word(name: str) -> None:
    """Somebody may have tagged an image so."""
    asked = read(**{name: "null"})
    assert getattr(asked.query, name) == "null"
    assert not asked.faults


@pytest.mark.parametrize(
    ("given", "order"),
    [
        ({"near": "48.8,2.3"}, None),
        ({"bbox": "2,48,3,49"}, None),
        ({"near": "48.8,2.3", "tag": "sea"}, "-taken"),
        ({"color": "navy"}, None),
        ({"color": "navy", "taken_from": "2024"}, "-taken"),
        ({"color": "navy", "model": "X100"}, "-taken"),
        ({"color": "navy", "sort": "taken"}, "taken"),
        ({"color": "navy", "country": "PT"}, "-taken"),
        ({"color": "navy", "city": "Lisbon"}, "-taken"),
        ({"near": "48.8,2.3", "country": "FR"}, None),
        ({"sort": "-uploaded"}, "-uploaded"),
        ({"text": "harbour"}, "-taken"),
        ({"near": "48.8,2.3", "people": "1"}, "-taken"),
        ({"color": "navy", "people": "1"}, "-taken"),
    ],
)
def test_the_order_is_that_of_time_unless_places_or_colours_drive(
    given: dict[str, str], order: str | None
) -> None:
    """None is the order of the nearest first."""
    assert read(**given).order == order


@pytest.mark.parametrize(
    ("given", "words", "without"),
    [
        ({"text": "old harbour"}, "“old harbour”", "/api/library"),
        ({"taken_from": "2023-10", "taken_to": "2023-10"}, "October 2023", "/api/library"),
        ({"taken_from": "2023-10-14"}, "From 14 October 2023", "/api/library"),
        ({"taken_to": "2023"}, "Until 2023", "/api/library"),
        ({"taken_from": "2021", "taken_to": "2023-02"}, "2021 to February 2023", "/api/library"),
        ({"uploaded_from": "2023"}, "Added from 2023", "/api/library"),
        ({"make": "NIKON CORPORATION", "model": "NIKON D40"}, "NIKON D40", "/api/library"),
        ({"model": "X100"}, "X100", "/api/library"),
        ({"make": "Apple", "model": "iPhone 7"}, "Apple iPhone 7", "/api/library"),
        ({"near": "48.8,2.3", "radius": "5"}, "Within 5 km of 48.8,2.3", "/api/library"),
        ({"bbox": "2,48,3,49"}, "Place", "/api/library"),
        ({"people": "0"}, "Nobody", "/api/library"),
        ({"people": "1"}, "One person", "/api/library"),
        ({"people": "2+"}, "Several people", "/api/library"),
        ({"country": "pt"}, "Portugal", "/api/library"),
        ({"country": "ZZ"}, "ZZ", "/api/library"),
        ({"city": "Lisbon"}, "Lisbon", "/api/library"),
        ({"provenance": "ai_generated"}, "Made by a machine", "/api/library"),
        ({"tag": "sea"}, "#sea", "/api/library"),
        ({"state": "failed"}, "Failed", "/api/library"),
        ({"orientation": "square"}, "Square", "/api/library"),
        ({"iso": "100..400"}, "ISO 100 to 400", "/api/library"),
        ({"focal_length": "..35"}, "up to 35 mm", "/api/library"),
        ({"rating": "4.."}, "Rating from 4", "/api/library"),
        ({"f_number": "2.8"}, "f/ 2.8", "/api/library"),
    ],
)
def test_a_chip_says_a_filter_in_words(given: dict[str, str], words: str, without: str) -> None:
    """And leads to the library without it."""
    ((chip),) = library_query.chips(CALL, read(**given))
    assert (chip.words, chip.without, chip.colour) == (words, without, "")


def test_a_chip_of_a_colour_shows_it_and_keeps_the_other_filters() -> None:
    """Its width goes with it; the order stays."""
    asked = read(color="Navy", within="20", tag="a&b", sort="taken")
    chips = {chip.words: chip for chip in library_query.chips(CALL, asked)}
    assert chips["Navy"].colour == "navy"
    assert chips["Navy"].without == "/api/library?tag=a%26b&sort=taken"
    assert chips["#a&b"].without == "/api/library?color=Navy&within=20&sort=taken"
