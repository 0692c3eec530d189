"""A search by meaning over HTTP: `about` finds the caller's images by score, on one page, and fails plainly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from chalicelib import aws, storage
from chalicelib.api import search_by_meaning
from chalicelib.config import settings
from chalicelib.db import accounts, annotation_codec, images, spending
from chalicelib.db.annotation_codec import Decisions, Findings
from image_processing import recognition
from tests import delivery, embeddings
from tests.chalicelib.extensions.machine_learning.test_recognize import plain
from tests.chalicelib.routes.test_catalogue import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import User
    from tests.embeddings import Server

RED, PURPLE, BLUE = "#ff0000", "#ff00ff", "#0000ff"


@pytest.fixture
def server(aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Switch search by meaning on, without any model here; forget the texts of other tests."""
    monkeypatch.setattr(recognition, "available", frozenset)
    monkeypatch.setattr(recognition, "MODELS", {})
    monkeypatch.setattr(search_by_meaning._texts, "_kept", {})
    with embeddings.serve(monkeypatch) as running:
        yield running


@pytest.fixture
def place(app: Any, api: str, user: User, stream: Callable[[], None]) -> Place:
    """Return a user's images."""
    return Place(app, api, user, stream)


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


def refused(place: Place, query: str) -> tuple[int, str, str]:
    """Return status, code and detail of the answer to a query."""
    answer = place.get(f"/v1/images?{query}")
    return answer.status_code, answer.json()["code"], answer.json()["detail"]


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
    assert refused(place, "about=red&sort=taken")[:2] == (400, "invalid_request")
    cursor = place.get("/v1/images?limit=1").json()["cursor"]
    assert refused(place, f"about=red&cursor={cursor}")[:2] == (400, "invalid_cursor")
    monkeypatch.setattr(search_by_meaning, "UNITS", 0.1)
    monkeypatch.setattr(search_by_meaning, "_READ", 1)
    answer = place.get("/v1/images?about=red").json()
    assert ([one["image_id"] for one in answer["images"]], answer["ended"]) == ([red], "budget")


def test_a_query_of_several_pages_is_read_to_its_end(server: Server, place: Place) -> None:
    """The index may answer in parts: up to a hundred vectors in all are asked for."""
    made = [put(place, f"#ff00{n:02x}", f"{n}.png") for n in (0, 90, 180)]
    server.page = 1
    assert [name for name, _ in scores(place, "about=red")] == made
    asked = [one.body for one in server.asked if one.action == "QueryVectors"]
    assert [one.get("nextToken") for one in asked] == [None, "1", "2"]
    assert {one["topK"] for one in asked} == {100}
    assert asked[0]["filter"] == {"$and": [{"owner": {"$eq": place.owner}}, {"model": {"$eq": embeddings.MODEL}}]}


def test_nobody_finds_images_of_others(server: Server, place: Place, other_user: User, app: Any, api: str) -> None:
    """Not even where the index is wrong about their owner."""
    put(place, RED, "a.png")
    other = Place(app, api, other_user, place.follow)
    assert scores(other, "about=red") == []
    for vector in server.vectors.values():
        vector["metadata"]["owner"] = other.owner
    assert scores(other, "about=red") == []
    assert "QueryVectors" in server.actions


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


def test_a_damaged_vector_is_passed_over(server: Server, place: Place) -> None:
    """A key of no image, and one of an image that is unknown."""
    red = put(place, RED, "a.png")
    (vector,) = server.vectors.values()
    for key in ("", "x", f"{red}.", f"{'a' * 26}.{'0' * 32}"):
        server.vectors[key] = {**vector, "key": key}
    assert scores(place, "about=red") == [(red, 1.0)]


def test_a_stage_without_it_says_so(place: Place) -> None:
    """Whatever the text."""
    status, code, detail = refused(place, "about=red")
    assert (status, code) == (404, "meaning_not_available")
    assert "operator" in detail


def test_an_account_without_recognition_sends_no_text(server: Server, place: Place) -> None:
    """Nothing of it goes to the service, its words neither."""
    accounts.standing(place.owner)
    accounts.change(place.owner, recognition=False)
    accounts.forget(place.owner)
    assert refused(place, "about=red")[:2] == (404, "meaning_not_available")
    assert server.asked == []


@pytest.mark.parametrize("text", ["", "%20", "%E2%80%8B", "a" * 201])
def test_a_text_has_something_to_see_and_an_end(server: Server, place: Place, text: str) -> None:
    """A zero-width space is nothing; 200 characters are the most."""
    assert refused(place, f"about={text}")[:2] == (400, "invalid_request")
    assert server.asked == []


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


def test_a_spent_budget_says_until_when(server: Server, place: Place) -> None:
    """The next month; nothing is asked."""
    server.change(embeddings_budget=2)
    answer = place.get("/v1/images?about=red+blue")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert 0 < int(answer.headers["Retry-After"]) <= 31 * 86400 + 1
    assert "budget" in answer.json()["detail"]
    assert (server.asked, spending.spent("embeddings")) == ([], 0)


@pytest.mark.parametrize("action", ["InvokeModel", "QueryVectors"])
@pytest.mark.parametrize(
    "failure", [(500, "InternalServerException"), (429, "ThrottlingException"), (403, "AccessDeniedException")]
)
def test_a_service_that_fails_is_told_as_away(
    server: Server, place: Place, action: str, failure: tuple[int, str]
) -> None:
    """With the time to try again; lists without `about` work on."""
    server.failures[action] = [failure] * 3
    answer = place.get("/v1/images?about=red")
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "not_ready", "10")
    assert place.get("/v1/images?text=red").status_code == 200
    server.failures.clear()
    assert scores(place, "about=red") == []


def test_a_service_without_an_answer_is_not_waited_for(
    server: Server, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been charged, so it counts."""
    monkeypatch.setitem(aws.HURRIED, "bedrock-runtime", (1, 0.2, 1))
    aws.client.cache_clear()
    server.silent.add("InvokeModel")
    assert refused(place, "about=red")[:2] == (503, "not_ready")
    assert spending.spent("embeddings") == 3


def test_a_text_that_the_model_refuses_is_the_callers_fault(server: Server, place: Place) -> None:
    """Such as one of too many tokens."""
    server.failures["InvokeModel"] = [(400, "ValidationException")]
    assert refused(place, "about=red")[:2] == (400, "invalid_request")


@pytest.mark.parametrize("embedding", [[0.1] * 1023, [float("nan")] + [0.1] * 1023, ["x"] * 1024, None, 3])
def test_an_embedding_of_another_shape_is_none(server: Server, place: Place, embedding: Any) -> None:
    """The index is not asked with it."""
    server.embeddings = [embedding]
    assert refused(place, "about=red")[:2] == (503, "not_ready")
    assert server.actions == ["InvokeModel"]


def test_it_counts_towards_the_limit_of_requests_to_others(server: Server, place: Place) -> None:
    """That of costly routes; plain lists have theirs."""
    server.change(rate_limits={"read": (100, 60), "send": (2, 3600)})
    assert [place.get("/v1/images?about=red").status_code for _ in range(3)] == [200, 200, 429]
    assert int(place.get("/v1/images?about=red").headers["Retry-After"]) > 60
    assert place.get("/v1/images").status_code == 200


def test_it_explains_itself(server: Server, place: Place) -> None:
    """The first reason is the meaning, with its score; the cost counts the records."""
    put(place, RED, "a.png")
    body = place.get("/v1/images?about=red&format=png&explain=true").json()
    assert body["images"][0]["matches"] == [
        {"filter": "about", "asked": "red", "field": "image", "score": 1.0},
        {"filter": "format", "field": "format", "value": "PNG"},
    ]
    assert set(body["cost"]) == {"search", "explanation"}


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
