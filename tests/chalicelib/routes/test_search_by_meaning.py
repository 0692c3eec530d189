"""A search by meaning over HTTP: `about` finds the caller's images by score, on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from chalicelib import storage
from chalicelib.api import search_by_meaning
from chalicelib.config import settings
from chalicelib.db import annotation_codec, images, spending
from chalicelib.db.annotation_codec import Decisions, Findings
from image_processing import recognition
from tests import delivery, embeddings
from tests.chalicelib.extensions.machine_learning.test_recognize import plain
from tests.chalicelib.routes.test_catalogue import Place, place
from tests.chalicelib.routes.test_explained_search import read

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from tests.conftest import User
    from tests.embeddings import Server

__all__ = ["place", "read"]

RED, PURPLE, BLUE = "#ff0000", "#ff00ff", "#0000ff"


@pytest.fixture
def server(aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Switch search by meaning on, without any model here; forget the texts of other tests."""
    monkeypatch.setattr(recognition, "available", frozenset)
    monkeypatch.setattr(recognition, "MODELS", {})
    monkeypatch.setattr(search_by_meaning._texts, "_kept", {})
    with embeddings.serve(monkeypatch) as running:
        yield running


def put(place: Place, colour: str, name: str) -> str:
    """Upload a picture of one colour, and have its vector made."""
    image_id = place.upload(plain(colour), name)
    recognize(place)
    return image_id


def recognize(place: Place) -> None:
    """Follow changes, and do what they ask for, until nothing is left."""
    place.follow()
    while messages := delivery.receive(settings().recognition_queue):
        for one in messages:
            assert delivery.give(place.app, one, function="recognize") == []
        place.follow()


def scores(place: Place, query: str) -> list[tuple[str, float]]:
    """Return the images that a query finds, with their scores."""
    answer = place.get(f"/v1/images?{query}")
    assert answer.status_code == 200, answer.text
    return [(one["image_id"], one["score"]) for one in answer.json()["images"]]


@pytest.mark.medium
def test_images_come_by_score_without_those_below_the_cutoff(server: Server, place: Place) -> None:
    """Purple is as near to red as the square root of a half; a score that equals the cut-off is found."""
    red, purple = put(place, RED, "a.png"), put(place, PURPLE, "b.png")
    put(place, BLUE, "c.png")
    answer = place.get("/v1/images?about=red")
    assert [(one["image_id"], one["score"]) for one in answer.json()["images"]] == [
        (red, 1.0),
        (purple, pytest.approx(0.7071, abs=0.01)),
    ]
    assert (answer.json()["ended"], answer.json()["links"]) == ("end", {})
    assert answer.json()["images"][0]["name"] == "a.png"
    exact = answer.json()["images"][1]["score"]
    server.change(embeddings_cutoff=exact)
    assert [name for name, _ in scores(place, "about=red")] == [red, purple]
    server.change(embeddings_cutoff=exact + 0.0001)
    assert [name for name, _ in scores(place, "about=red")] == [red]
    assert scores(place, "about=nothing+known") == []
    assert "score" not in place.get("/v1/images").json()["images"][0]


@pytest.mark.medium
def test_other_filters_hold_as_well(server: Server, place: Place) -> None:
    """Those of cards, and those of records alone: tag, words, people."""
    red, purple = put(place, RED, "quay.png"), put(place, PURPLE, "harbour.png")
    place.http.patch(f"{place.api}/v1/images/{red}", json={"tags": ["Pier"], "title": "Boats at dawn"})
    recognize(place)
    both, only = [red, purple], [red]
    for query, right in {
        "format=png": both,
        "format=jpeg": [],
        "tag=pier": only,
        "tag=pie": [],
        "text=boa": only,
        "text=boats+dawn": only,
        "text=boat+dawn": [],
        "text=harbour": [purple],
        "people=0": [],
        "state=failed": [],
        "color=%23ff0000&within=5": only,
    }.items():
        assert [name for name, _ in scores(place, f"about=red&{query}")] == right, query
    image = images.get(red, consistent=True)
    assert image is not None
    findings = annotation_codec.findings_of(image.annotations, image.sha256)
    assert findings is not None
    looked = Findings(findings.content, {**findings.models, "face": "finder/1"})
    assert images.annotate(image, {"annotations": annotation_codec.pack_findings(looked)})
    assert [name for name, _ in scores(place, "about=red&people=0")] == only


@pytest.mark.medium
def test_a_page_is_the_only_one(server: Server, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its limit bounds it; neither order nor cursor goes with it."""
    red = put(place, RED, "a.png")
    put(place, PURPLE, "b.png")
    answer = place.get("/v1/images?about=red&limit=1").json()
    assert ([one["image_id"] for one in answer["images"]], answer["ended"], answer["links"]) == (
        [red],
        "limit",
        {},
    )
    answer = place.get("/v1/images?about=red&sort=taken")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    cursor = place.get("/v1/images?limit=1").json()["cursor"]
    answer = place.get(f"/v1/images?about=red&cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
    monkeypatch.setattr(search_by_meaning, "UNITS", 0.1)
    monkeypatch.setattr(search_by_meaning, "_READ", 1)
    answer = place.get("/v1/images?about=red").json()
    assert ([one["image_id"] for one in answer["images"]], answer["ended"]) == ([red], "budget")


@pytest.mark.medium
def test_a_query_of_several_pages_is_read_to_its_end(server: Server, place: Place) -> None:
    """The index may answer in parts: up to a hundred vectors in all are asked for."""
    made = [put(place, f"#ff00{n:02x}", f"{n}.png") for n in (0, 90, 180)]
    server.page = 1
    assert [name for name, _ in scores(place, "about=red")] == made
    asked = [one.body for one in server.asked if one.action == "QueryVectors"]
    assert [one.get("nextToken") for one in asked] == [None, "1", "2"]
    assert {one["topK"] for one in asked} == {100}
    assert asked[0]["filter"] == {"$and": [{"owner": {"$eq": place.owner}}, {"model": {"$eq": embeddings.MODEL}}]}


@pytest.mark.medium
def test_nobody_finds_images_of_others(server: Server, place: Place, other_user: User, app: Any, api: str) -> None:
    """Not even where the index is wrong about their owner."""
    put(place, RED, "a.png")
    other = Place(app, api, other_user, place.follow)
    assert scores(other, "about=red") == []
    for vector in server.vectors.values():
        vector["metadata"]["owner"] = other.owner
    assert scores(other, "about=red") == []
    assert "QueryVectors" in server.actions


@pytest.mark.medium
def test_a_vector_alone_shows_no_image(server: Server, place: Place) -> None:
    """In the trash, after another object, without its note: a vector that is still in the index finds nothing."""
    stays, trashed, replaced = (put(place, RED, f"{n}.png") for n in range(3))
    kept = dict(server.vectors)
    assert {name for name, _ in scores(place, "about=red")} == {stays, trashed, replaced}
    assert place.http.delete(f"{place.api}/v1/images/{trashed}").status_code in (202, 204)
    delivery.deliver(place.app)
    assert {name for name, _ in scores(place, "about=red")} == {stays, replaced}
    place.http.delete(f"{place.api}/v1/images/{stays}/annotations")
    assert {name for name, _ in scores(place, "about=red")} == {replaced}
    image = images.get(replaced, consistent=True)
    assert image is not None
    storage.put(image.key, plain(PURPLE), "image/png")
    delivery.deliver(place.app)
    assert scores(place, "about=red") == []
    recognize(place)
    server.vectors |= kept
    assert scores(place, "about=red") == [(replaced, pytest.approx(0.7071, abs=0.01))]


@pytest.mark.medium
def test_a_damaged_vector_is_passed_over(server: Server, place: Place) -> None:
    """A key of no image, and one of an image that is unknown."""
    red = put(place, RED, "a.png")
    (vector,) = server.vectors.values()
    for key in ("", "x", f"{red}.", f"{'a' * 26}.{'0' * 32}"):
        server.vectors[key] = {**vector, "key": key}
    assert scores(place, "about=red") == [(red, 1.0)]


@pytest.mark.parametrize(
    "text", ["é" * 200, '"}{"', "\x00red", "💥 <script>", "red'; DROP", "\\", "null", "𐏿" * 200]
)
def test_hostile_texts_are_texts(server: Server, place: Place, text: str) -> None:
    """They reach the model as they are, but for their blanks and in Normalization Form C."""
    assert scores(place, f"about={quote(text)}") == []
    assert [one.body["inputText"] for one in server.asked if one.action == "InvokeModel"] == [text]


def test_a_text_is_asked_once_and_paid_by_its_length(server: Server, place: Place) -> None:
    """A byte counts as a token of 0.8 micro-dollars, 256 at most; blanks do not make it another text."""
    place.get("/v1/images?about=red++blue")
    place.get("/v1/images?about=%20red%20blue")
    assert server.actions == ["InvokeModel", "QueryVectors", "QueryVectors"]
    assert spending.spent("embeddings") == 7  # 8 bytes
    place.get(f"/v1/images?about={quote('é' * 200)}")
    assert spending.spent("embeddings") == 7 + 205


@pytest.mark.medium
def test_it_explains_itself(server: Server, place: Place, read: Counter[str]) -> None:
    """The first reason is the meaning, with its score; the cost counts the records, as DynamoDB counted them."""
    put(place, RED, "quay.png")
    read.clear()
    body = place.get("/v1/images?about=red&format=png&explain=true").json()
    assert body["images"][0]["matches"] == [
        {"filter": "about", "asked": "red", "field": "image", "score": 1.0},
        {"filter": "format", "field": "format", "value": "PNG"},
    ]
    assert body["cost"] == {"search": 1.5, "explanation": 0.0}
    assert (read["query"], read["batch_get_item"]) == (0, 1)
    body = place.get("/v1/images?about=red&text=quay&explain=true").json()
    assert body["cost"] == {"search": 1.5, "explanation": 1.5}
    assert (read["query"], read["batch_get_item"]) == (0, 3)


@pytest.mark.medium
def test_an_image_that_was_stopped_is_not_found(server: Server, place: Place) -> None:
    """An owner who deleted all annotations has no vector made again."""
    red = put(place, RED, "a.png")
    image = images.get(red, consistent=True)
    assert image is not None
    stopped = annotation_codec.pack_decisions(Decisions(image.sha256, stopped=True))
    assert images.edit(image, {"annotations": None, "decisions": stopped})
    images.touch(red)
    recognize(place)
    assert (scores(place, "about=red"), server.vectors) == ([], {})
