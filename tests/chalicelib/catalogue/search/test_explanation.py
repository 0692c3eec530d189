"""Why an image is found: literal images and questions, and every match that is right, word for word."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.catalogue.index import terms
from chalicelib.catalogue.search import explanation
from chalicelib.catalogue.search.filters import Box, Circle, Colour, Dates, Question, Span
from chalicelib.db import annotation_codec, document_codec
from chalicelib.db.annotation_codec import Box as Frame
from chalicelib.db.annotation_codec import Findings, Found
from chalicelib.db.models import Image
from tests.chalicelib.catalogue.literals import IMAGE, image

METADATA = {
    "description": {"title": "Harbour at dawn", "caption": "Boats", "keywords": ["Harbour", "North Sea"]},
    "place": {"gps_city": "ignored", "gps_district": "Alfama", "gps_region": "Lisbon"},
}
FOUND = (
    Found("text", "Harbour Café", 0.9, Frame(0.1, 0.1, 0.5, 0.1)),
    Found("label", "boats", 0.75),
    Found("label", "harbourmaster", 0.3),  # below the threshold of its kind
    Found("face", "", 0.8, Frame(0.2, 0.4, 0.2, 0.2)),
    Found("face", "", 0.7, Frame(0.6, 0.4, 0.2, 0.2)),
)


THERE = {"country": "PT", "city": "Lisbon"}


def record(*found: Found, looked: bool = True, **changes: Any) -> Image:
    """Return a record with texts in every field that searches look in; its facts cannot be read."""
    models = {"text": "reader/1", "face": "finder/1", "label": "namer/1"}
    values: dict[str, Any] = {
        "owner": "me",
        "state": "ready",
        "key": "uploads/me/harbour-wall.jpg",
        "uploaded": "2024-05-31T12:30:15.250Z",
        "sha256": "0" * 64,
        "title": "The old harbour",
        "description": "Harbourside, seen from the sea",
        "tags": {"harbour", "Quay"},
        "document": document_codec.pack({"metadata": METADATA}),
        "facts": b"damaged",
        "annotations": annotation_codec.pack_findings(Findings("0" * 64, models, found, 0)) if looked else None,
    }
    return Image("a" * 26, **values | changes)


def told(question: Question, of: Image | None = None, **changes: Any) -> list[tuple[Any, ...]]:
    """Return the matches, each without the parts at its end that it lacks."""
    shown = []
    for one in explanation.of(question, image(**changes), of).matches:
        seen = one.annotation
        parts: list[Any] = [*one._replace(annotation=None)]
        parts[4:5] = [(seen.kind, seen.score)] if seen else [None]
        while parts[-1] is None:
            parts.pop()
        shown.append(tuple(parts))
    return shown


def test_a_word_s_beginning_is_told_with_every_word_and_its_field() -> None:
    """Texts of the owner, of the file, its name, and what models found; the last too weak ones are none."""
    assert told(Question(words=("harb",)), record(*FOUND)) == [
        ("text", "title", "harbour", "harb"),
        ("text", "metadata.description.title", "harbour", "harb"),
        ("text", "description", "harbourside", "harb"),
        ("text", "annotations", "harbour", "harb", ("text", 0.9)),
        ("text", "metadata.description.keywords", "harbour", "harb"),
        ("text", "tags", "harbour", "harb"),
        ("text", "name", "harbour", "harb"),
    ]


def test_several_words_are_whole() -> None:
    """Each is told for itself; `boat` begins `boats`, which counts for a single word alone."""
    assert told(Question(words=("boats", "lisbon")), record(*FOUND), **THERE) == [
        ("text", "metadata.description.caption", "boats", "boats"),
        ("text", "annotations", "boats", "boats", ("label", 0.75)),
        ("text", "metadata.place.gps_city", "lisbon", "lisbon"),
        ("text", "metadata.place.gps_region", "lisbon", "lisbon"),
    ]
    assert told(Question(words=("boat", "lisbon")), record(*FOUND), **THERE)[0][3] == "lisbon"
    assert told(Question(words=("port",)), record(), **THERE) == [
        ("text", "metadata.place.gps_country", "portugal", "port"),
    ]
    assert told(Question(words=("alfama", "the")), record(), **THERE) == [
        ("text", "metadata.place.gps_district", "alfama", "alfama"),
    ]  # no image is found by `the`


def test_a_tag_is_told_as_it_is_written() -> None:
    """The owner's, or a keyword of the file; never a part of one."""
    assert told(Question(tag="harbour"), record()) == [
        ("tag", "metadata.description.keywords", "Harbour"),
        ("tag", "tags", "harbour"),
    ]
    assert told(Question(tag="north sea"), record()) == [("tag", "metadata.description.keywords", "North Sea")]


def test_people_are_told_by_their_faces() -> None:
    """With the score of each; none where models looked and found none."""
    assert told(Question(people="2+"), record(*FOUND)) == [
        ("people", "annotations", None, None, ("face", 0.8)),
        ("people", "annotations", None, None, ("face", 0.7)),
    ]
    assert told(Question(people="0"), record()) == [("people", "annotations", 0)]


def test_a_record_that_is_gone_tells_no_words() -> None:
    """What the card tells is told."""
    assert told(Question(tag="harbour", format="jpeg"), None) == [("format", "format", "JPEG")]


@pytest.mark.parametrize("state", ["removed", "expected"])
def test_an_image_without_its_record_says_that_matches_are_left_out(state: str) -> None:
    """Removed since its card was listed, or not read; filters that its card answers need no record."""
    for lost in (None, Image("a" * 26, owner="me", key="uploads/me/a.jpg", state=state)):
        assert explanation.of(Question(words=("harb",)), IMAGE, lost) == ([], True)
        found = explanation.of(Question(tag="harbour", format="jpeg"), IMAGE, lost)
        assert ([one.filter for one in found.matches], found.left_out) == (["format"], True)
        assert not explanation.of(Question(format="jpeg"), IMAGE, lost).left_out


@pytest.mark.parametrize("faces", [99, 100, 101])
def test_an_image_tells_a_hundred_matches_of_its_record(faces: int) -> None:
    """And that there are more; those of its card are told besides."""
    crowd = [Found("face", "", 0.9, Frame(place / 200, 0.1, 0.004, 0.1)) for place in range(faces)]
    found = explanation.of(Question(people="2+", format="jpeg"), IMAGE, record(*crowd))
    assert [one.filter for one in found.matches] == ["people"] * min(faces, 100) + ["format"]
    assert found.left_out is (faces == 101)


def test_tags_come_in_alphabetical_order() -> None:
    """A set has another order in each process, and an ETag must not."""
    tags = {f"harbour {letter}" for letter in "kgbwqazmxtcv"}
    found = told(Question(words=("harb",)), record(title="", description="", document=None, tags=tags))
    assert [value for _, field, value, _ in found if field == "tags" and value != "harbour"] == [
        f"harbour {letter}" for letter in "abcgkmqtvwxz"
    ]


def test_texts_are_read_once_and_no_further_than_the_index_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """4,096 characters of captions and annotations together, whatever the number of words asked for."""
    read, words_of = list[str](), terms.words_of

    def noted(text: str) -> list[str]:
        read.append(text)
        return words_of(text)

    monkeypatch.setattr(terms, "words_of", noted)
    long = [Found("text", f"{place:03} " + "quay sea " * 200, 0.9, Frame(0, 0, 1, 1)) for place in range(10)]
    asked = tuple(f"word{number}" for number in range(28)) + ("sea", "quay")
    found = told(Question(words=asked), record(*long, title="", description="", document=None, tags=set()))
    assert [match[1:4] for match in found] == [
        *[("annotations", word, word) for word in ("sea",) * 3 + ("quay",) * 3],
    ]
    assert sum(map(len, read)) < 4200


BLACK, WHITE = "#000000", "#ffffff"
PALETTE = b"\x00\x00\x00\x40" + b"\xff\xff\xff\x1e" + b"\x01\x01\x01\x06"  # 64 %, 30 % and 6 %


@pytest.mark.parametrize(
    ("colour", "right"),
    [
        (Colour(BLACK, 0, "ciede2000"), [(BLACK, 0.0, "ciede2000", 0.64)]),
        (
            Colour(WHITE, 100, "ciede2000"),  # of the darkest and the lightest grey, the greatest there is
            [(BLACK, 100.0, "ciede2000", 0.64), (WHITE, 0.0, "ciede2000", 0.3)],
        ),
        (Colour(WHITE, 1.1, "oklab"), [(BLACK, 1.0, "oklab", 0.64), (WHITE, 0.0, "oklab", 0.3)]),
        (Colour(WHITE, 10, "ciede2000", "white"), [(WHITE, 0.0, "ciede2000", 0.3)]),
        (Colour("#010101", 0, "ciede2000", None, 0.05), [("#010101", 0.0, "ciede2000", 0.06)]),
        (Colour("#010101", 0, "ciede2000"), []),  # no main colour
    ],
)
def test_colours_are_told_with_distance_and_share(colour: Colour, right: list[Any]) -> None:
    """The main ones that are near enough; of a least share, all of the palette."""
    assert told(Question(colour=colour), palette=PALETTE) == [
        ("color", "analysis.palette", value, None, None, *rest) for value, *rest in right
    ]


def test_a_place_is_told_with_its_distance() -> None:
    """In kilometres: a degree of latitude is 111.195."""
    field = "metadata.place.gps_latitude, gps_longitude"
    assert told(Question(near=Circle(11.0, 20.0, 200.0))) == [
        ("near", field, "10.0,20.0", None, None, 111.195, "km")
    ]
    assert told(Question(box=Box(19, 9, 21, 11))) == [("bbox", field, "10.0,20.0")]


@pytest.mark.parametrize(
    ("question", "right"),
    [
        (Question(taken=Dates("2014", None)), [("taken_from", "metadata.time.date_taken", "2014-10-31T13:32:37")]),
        (Question(taken=Dates(None, "2014")), [("taken_to", "metadata.time.date_taken", "2014-10-31T13:32:37")]),
        (
            Question(uploaded=Dates("2024", "2024-06")),
            [(f"uploaded_{side}", "uploaded", "2024-05-31T12:30:15.250Z") for side in ("from", "to")],
        ),
        (Question(make="canon"), [("make", "metadata.camera.make", "Canon")]),
        (Question(model="eos 5d"), [("model", "metadata.camera.model", "EOS 5D")]),
        (Question(lens="EF 50mm f/1.8"), [("lens", "metadata.camera.lens_model", "EF 50mm f/1.8")]),
        (Question(state="ready"), [("state", "state", "ready")]),
        (Question(orientation="landscape"), [("orientation", "width, height", "landscape")]),
        (Question(provenance="edited"), [("provenance", "metadata.provenance.provenance", "edited")]),
        (Question(size=Span(1000, None)), [("size", "size", 1000)]),
        (Question(megapixels=Span(12, 12)), [("megapixels", "width, height", 12.0)]),
        (Question(iso=Span(None, 400)), [("iso", "metadata.exposure.iso", 200)]),
        (Question(f_number=Span(2, 3)), [("f_number", "metadata.exposure.f_number", 2.8)]),
        (Question(focal_length=Span(50, 50)), [("focal_length", "metadata.exposure.focal_length", 50.0)]),
        (Question(rating=Span(3, None)), [("rating", "metadata.description.rating", 3)]),
        (Question(country="fr"), [("country", "metadata.place.gps_country_code", "FR")]),
        (Question(city="besancon"), [("city", "metadata.place.gps_city", "Besançon")]),
        (Question(name="A.JPG"), [("text", "name", "a.jpg", "A.JPG")]),
        (Question(), []),
    ],
)
def test_every_other_filter_is_told_with_the_value_of_its_field(question: Question, right: list[Any]) -> None:
    """As the card has it, not as it was asked for."""
    assert told(question) == right


def test_a_name_that_a_file_lacks_has_no_value() -> None:
    """An empty name asks for such files."""
    assert told(Question(make=""), make=None) == [("make", "metadata.camera.make")]


def test_every_filter_of_a_question_is_explained() -> None:
    """A filter that is added later must be, too: each of them alone gives a match."""
    asked: dict[str, Any] = {
        "uploaded": Dates("2024", None), "taken": Dates("2014", None), "make": "Canon", "model": "EOS 5D",
        "lens": "EF 50mm f/1.8", "name": "a.jpg", "format": "JPEG", "state": "ready", "orientation": "landscape",
        "provenance": "edited", "size": Span(1, None), "megapixels": Span(1, None), "iso": Span(1, None),
        "f_number": Span(1, None), "focal_length": Span(1, None), "rating": Span(1, None),
        "colour": Colour("#336699", 10, "ciede2000"), "near": Circle(10, 20, 1), "box": Box(19, 9, 21, 11),
        "country": "FR", "city": "Besançon", "tag": "quay", "words": ("quay",), "people": "2+",
    }  # fmt: skip
    assert asked.keys() == {*Question.__struct_fields__}
    for name, value in asked.items():
        assert explanation.of(Question(**{name: value}), IMAGE, record(*FOUND)).matches, name
