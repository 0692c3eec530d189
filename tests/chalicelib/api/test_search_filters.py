"""The search query: parameters of a request in, the filters out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.api import search_filters
from chalicelib.api.http.problems import Problem
from chalicelib.api.schemas import search_query
from chalicelib.catalogue.search.filters import Box, Circle, Colour, Dates, Question, Span


def asked(**parameters: str) -> Question:
    return search_filters.question(msgspec.convert(parameters, search_query.Search, strict=False))


@pytest.mark.parametrize(
    ("parameters", "question"),
    [
        ({}, Question()),
        ({"sort": "taken"}, Question()),
        ({"uploaded_from": "2024"}, Question(uploaded=Dates("2024", None))),
        ({"uploaded_to": "2024-05"}, Question(uploaded=Dates(None, "2024-05"))),
        ({"taken_from": "2024", "taken_to": "2025-01-31T12"}, Question(taken=Dates("2024", "2025-01-31T12"))),
        ({"make": "Canon"}, Question(make="Canon")),
        ({"model": "EOS 5D"}, Question(model="EOS 5D")),
        ({"lens": "EF 50mm"}, Question(lens="EF 50mm")),
        ({"model": ""}, Question(model="")),
        ({"format": "jpeg"}, Question(format="JPEG")),
        ({"format": ".Heic"}, Question(format="HEIF")),
        ({"state": "failed"}, Question(state="failed")),
        ({"orientation": "square"}, Question(orientation="square")),
        ({"provenance": "ai_assisted"}, Question(provenance="ai_assisted")),
        ({"size": "1000..5000"}, Question(size=Span(1000.0, 5000.0))),
        ({"megapixels": "..12"}, Question(megapixels=Span(None, 12.0))),
        ({"iso": "400"}, Question(iso=Span(400.0, 400.0))),
        ({"f_number": "2.8.."}, Question(f_number=Span(2.8, None))),
        ({"focal_length": "24..70.5"}, Question(focal_length=Span(24.0, 70.5))),
        ({"rating": "-1..0"}, Question(rating=Span(-1.0, 0.0))),
        ({"rating": "0..0"}, Question(rating=Span(0.0, 0.0))),
        ({"color": "#336699"}, Question(colour=Colour("#336699", 10.0, "ciede2000"))),
        ({"color": "#33669A"}, Question(colour=Colour("#33669a", 10.0, "ciede2000"))),
        ({"color": "Navy", "within": "0"}, Question(colour=Colour("#000080", 0.0, "ciede2000"))),
        ({"color": "Navy"}, Question(colour=Colour("#000080", 10.0, "ciede2000", "navy"))),
        ({"color": "aqua", "share": "0.2"}, Question(colour=Colour("#00ffff", 10.0, "ciede2000", "cyan", 0.2))),
        ({"color": "lightgray"}, Question(colour=Colour("#d3d3d3", 10.0, "ciede2000", "lightgrey"))),
        ({"color": "navy", "metric": "oklab"}, Question(colour=Colour("#000080", 0.1, "oklab", "navy"))),
        ({"color": "eggplant"}, Question(colour=Colour("#380835", 10.0, "ciede2000"))),  # no name of CSS
        ({"color": "navy", "metric": "oklab", "within": "0.3"}, Question(colour=Colour("#000080", 0.3, "oklab"))),
        ({"within": "5", "metric": "oklab", "radius": "5"}, Question()),
        ({"near": "48.86,-2.29"}, Question(near=Circle(48.86, -2.29, 10.0))),
        ({"near": "-90,180", "radius": "0.5"}, Question(near=Circle(-90.0, 180.0, 0.5))),
        ({"bbox": "2.2,48.8,2.5,48.9"}, Question(box=Box(2.2, 48.8, 2.5, 48.9))),
        ({"bbox": "170,-10,-170,-10"}, Question(box=Box(170.0, -10.0, -170.0, -10.0))),
        ({"bbox": "-180,-90,180,90"}, Question(box=Box(-180.0, -90.0, 180.0, 90.0))),
        ({"tag": " Golden  GATE "}, Question(tag="golden gate")),
        ({"text": "Sunset"}, Question(words=("sunset",))),
        ({"text": "the old golden gate at"}, Question(words=("old", "golden", "gate"))),
        ({"text": "one two three four"}, Question(words=("one", "two", "three", "four"))),
        ({"text": "Harbour.JPG"}, Question(words=("harbour",))),
        ({"text": " the red-fox 2.heic"}, Question(words=("red", "fox"))),
        ({"text": " IMG_1234.jpg "}, Question(name="IMG_1234.jpg")),
        ({"text": "version 1.2"}, Question(words=("version",))),
    ],
)
def test_parameters_ask_a_question(parameters: dict[str, str], question: Question) -> None:
    """Each its own filter; what goes with a filter that is not there asks nothing."""
    assert asked(**parameters) == question


@pytest.mark.parametrize(
    ("sent", "uploaded", "taken"),
    [
        ("2026-05-31", "2026-05-31", "2026-05-31"),
        ("2026-05-31T12", "2026-05-31T12", "2026-05-31T12"),
        ("2026-05-31 12:30", "2026-05-31T12:30", "2026-05-31T12:30"),
        ("2026-05-31T12:30:15.123Z", "2026-05-31T12:30:15.123", "2026-05-31T12:30:15"),
        ("2026-05-31T12:30:15.123456Z", "2026-05-31T12:30:15.123", "2026-05-31T12:30:15"),
        ("2026-05-31T12:30:15.123456+02:00", "2026-05-31T10:30:15.123", "2026-05-31T12:30:15"),
        ("2026-05-31T12:30:15+02:00", "2026-05-31T10:30:15", "2026-05-31T12:30:15"),
        ("2026-05-31T12:30:15-05:30", "2026-05-31T18:00:15", "2026-05-31T12:30:15"),
        ("2026-05-31T01:30+02:00", "2026-05-30T23:30", "2026-05-31T01:30"),
        ("2026-05-31T01:30 02:00", "2026-05-30T23:30", "2026-05-31T01:30"),  # a + in a query is a space
        ("2026-02-31T01:30+02:00", "2026-02-31T01:30", "2026-02-31T01:30"),  # of no calendar
        ("0001-01-01T01:30+02:00", "0001-01-01T01:30", "0001-01-01T01:30"),  # UTC has no year 0
    ],
)
def test_times_are_cut_to_what_records_have(sent: str, uploaded: str, taken: str) -> None:
    """Uploads in UTC, to milliseconds; dates taken on the clock of their place, to seconds."""
    for name in ("from", "to"):
        first, last = (uploaded, None) if name == "from" else (None, uploaded)
        assert asked(**{f"uploaded_{name}": sent}) == Question(uploaded=Dates(first, last))
        first, last = (taken, None) if name == "from" else (None, taken)
        assert asked(**{f"taken_{name}": sent}) == Question(taken=Dates(first, last))


@pytest.mark.parametrize(
    ("parameters", "detail"),
    [
        ({"color": "nosuchcolor"}, "color: 'nosuchcolor'"),
        ({"format": "psd"}, "format: 'psd' is not a known format. The known ones are JPEG (jpg, jpeg, jpe), PNG "),
        ({"format": "harbour.jpg"}, "format: 'harbour.jpg'"),
        ({"color": "#12345"}, "color: '#12345'"),
        ({"near": "90.1,0"}, "near:"),
        ({"near": "-90.1,0"}, "near:"),
        ({"near": "0,180.1"}, "near:"),
        ({"near": "0,-180.1"}, "near:"),
        ({"bbox": "-180.1,0,0,0"}, "bbox:"),
        ({"bbox": "0,-90.1,0,0"}, "bbox:"),
        ({"bbox": "0,0,180.1,0"}, "bbox:"),
        ({"bbox": "0,0,0,90.1"}, "bbox:"),
        ({"bbox": "0,10.1,20,10"}, "bbox: south must not exceed north"),
        ({"tag": "\u200b"}, "tag:"),
        ({"text": "a"}, "text: must contain a word"),
        ({"text": "one two three four five"}, "text: up to 4"),
    ],
)
def test_parameters_that_ask_nothing_are_refused(parameters: dict[str, str], detail: str) -> None:
    """400, with the parameter's name first."""
    with pytest.raises(Problem) as refused:
        asked(**parameters)
    problem: Any = refused.value
    assert problem.code == "invalid_request"
    assert problem.detail.startswith(detail)


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        (
            "taken_from",
            ["2024", "2024-05", "2024-05-31 12", "2024-05-31T12:30:15"],
            ["24", "2024-5", "2024-05-31-12"],
        ),
        ("iso", ["100", "100..", "..100", "-1.5..2"], ["", "..", "a", "1...2", "1..2..3", "1e3", "1.0000000"]),
        ("within", ["0", "100"], ["-0.1", "100.1"]),
        ("radius", ["0.1", "20037.6"], ["0", "20037.7"]),
        ("near", ["1,2", "1, 2"], ["1", "1,2,3", "1 2", "north,2"]),
        ("bbox", ["1,2,3,4"], ["1,2,3", "1,2,3,4,5"]),
        ("make", ["", "a" * 100], ["a" * 101]),
        ("format", ["a", "a" * 20], ["", "a" * 21]),
        ("tag", ["a", "a" * 64], ["", "a" * 65]),
        ("text", ["a", "a" * 200], ["", "a" * 201]),
        ("state", ["ready", "failed"], ["expected", "Ready"]),
        ("metric", ["ciede2000", "oklab"], ["cie76"]),
    ],
)
def test_values_have_bounds(name: str, right: list[str], wrong: list[str]) -> None:
    """At the bound, and just beyond it."""
    for value in right:
        msgspec.convert({name: value}, search_query.Search, strict=False)
    for value in wrong:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({name: value}, search_query.Search, strict=False)
