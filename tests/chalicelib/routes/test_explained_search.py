"""A search that explains itself over HTTP: reasons, the read units of the page, and nothing of it unless asked."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from chalicelib.api.presenters import explained_page
from chalicelib.db import annotation_codec, images, index_table
from chalicelib.db.annotation_codec import Box, Findings, Found
from chalicelib.db.models import connection
from tests import samples
from tests.chalicelib.damage import damaged
from tests.chalicelib.routes.test_catalogue import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import User

FIELDS = ("asked", "value", "kind", "score", "distance", "unit")


@pytest.fixture
def place(app: Any, api: str, user: User, stream: Callable[[], None]) -> Place:
    """Return a user's images."""
    return Place(app, api, user, stream)


@pytest.fixture
def image_id(place: Place) -> str:
    """Return an image in Rome with a title, a tag, a line of text and one face, as the catalogue has it."""
    made = place.upload(samples.photo(), "quay.jpg")
    place.http.patch(f"{place.api}/v1/images/{made}", json={"title": "Chips by the sea", "tags": ["Pier"]})
    image = images.get(made, consistent=True)
    assert image is not None
    found = (
        Found("text", "Fish & Chips", 0.9, Box(0.1, 0.1, 0.5, 0.1)),
        Found("face", "", 0.8, Box(0, 0, 0.2, 0.2)),
    )
    findings = Findings(image.sha256, {"text": "reader/1", "face": "finder/1"}, found, 0)
    assert images.annotate(image, {"annotations": annotation_codec.pack_findings(findings)})
    place.follow()
    return made


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return the units that DynamoDB tells from now on, by operation: 2.5 for each query, 1.5 for each batch."""
    client, counted = connection("us-east-1").client, Counter[str]()

    def telling(operation: str, units: float, tell: Callable[[float], Any]) -> None:
        call = getattr(client, operation)

        def called(**request: Any) -> Any:
            answer = call(**request)
            if request["ReturnConsumedCapacity"] == "TOTAL":
                answer["ConsumedCapacity"] = tell(units)
            counted[operation] += 1
            return answer

        monkeypatch.setattr(client, operation, called)

    telling("query", 2.5, lambda units: {"CapacityUnits": units})
    telling("batch_get_item", 1.5, lambda units: [{"CapacityUnits": units}])
    return counted


def matches(place: Place, query: str, image_id: str) -> list[tuple[Any, ...]]:
    """Return the reasons of the one image that a query finds: filter and field, and what else there is."""
    body = place.get(f"/v1/images?{query}&explain=true").json()
    assert [image["image_id"] for image in body["images"]] == [image_id]
    return [
        (one["filter"], one["field"], *(one[name] for name in FIELDS if name in one))
        for one in body["images"][0]["matches"]
    ]


def test_each_image_says_what_matched_and_where(place: Place, image_id: str) -> None:
    """A word in a title and in a line of a picture, a tag, a face, a place, a date."""
    assert matches(place, "text=chip", image_id) == [
        ("text", "title", "chip", "chips"),
        ("text", "annotations", "chip", "chips", "text", 0.9),
    ]
    assert matches(place, "tag=pier", image_id) == [("tag", "tags", "Pier")]
    assert matches(place, "people=1", image_id) == [("people", "annotations", "face", 0.8)]
    where = "metadata.place.gps_latitude, gps_longitude"
    assert matches(place, "near=41.89,12.485&radius=5", image_id) == [
        ("near", where, "41.89,12.485", 0.0, "km"),
    ]
    assert matches(place, "taken_from=2026-01&make=janus", image_id) == [
        ("make", "metadata.camera.make", "Janus"),
        ("taken_from", "metadata.time.date_taken", "2026-01-09T12:30:15"),
    ]


@pytest.mark.medium
def test_a_colour_is_told_with_its_distance(place: Place, image_id: str) -> None:
    """The record's own dominant colour is 0 from itself."""
    dominant = place.get(f"/v1/images/{image_id}").json()["dominant"]
    (first, *_) = matches(place, f"color={quote(dominant)}&within=0", image_id)
    assert first == ("color", "analysis.palette", dominant, 0.0, "ciede2000")


@pytest.mark.medium
def test_a_face_is_named_as_the_annotations_name_it(place: Place, image_id: str) -> None:
    """So that a client leads from a reason to the box."""
    shown = place.get(f"/v1/images/{image_id}/annotations").json()["annotations"]
    (match,) = place.get("/v1/images?people=1&explain=true").json()["images"][0]["matches"]
    assert match["annotation_id"] == next(one["annotation_id"] for one in shown if one["kind"] == "face")


@pytest.mark.medium
@pytest.mark.parametrize(
    ("query", "counted"),
    [
        ("", (1, 0)),
        ("format=jpeg", (1, 0)),
        ("tag=pier", (1, 1)),
        ("text=chip", (2, 1)),  # a word's beginning is looked up first
        ("people=1", (1, 1)),
        ("text=nothing", (1, 0)),  # no list is read for it
    ],
)
def test_the_page_tells_the_units_that_dynamodb_counted(
    place: Place, image_id: str, read: Counter[str], query: str, counted: tuple[int, int]
) -> None:
    """Those of its queries, and apart from them those of the records that are read to explain it."""
    queries, records = counted
    cost = place.get(f"/v1/images?{query}{'&' if query else ''}explain=true").json()["cost"]
    assert cost == {"search": 2.5 * queries, "explanation": 1.5 * records}
    assert (read["query"], read["batch_get_item"]) == counted


@pytest.mark.medium
def test_tags_that_are_read_apart_count_as_search(place: Place, image_id: str, read: Counter[str]) -> None:
    """A card with many tags has them in an item of its own."""
    tags = [f"a rather long tag, number {number:02}" for number in range(20)]
    place.http.patch(f"{place.api}/v1/images/{image_id}", json={"tags": tags})
    place.follow()
    read.clear()
    body = place.get("/v1/images?format=jpeg&explain=true").json()
    assert len(body["images"][0]["tags"]) == 20
    assert body["cost"] == {"search": 4.0, "explanation": 0}
    assert (read["query"], read["batch_get_item"]) == (1, 1)


@pytest.mark.medium
def test_without_it_nothing_is_told_nor_read(place: Place, image_id: str, read: Counter[str]) -> None:
    """Neither reasons nor cost, and no record; links, cursors and ETags are the same as ever."""
    place.upload(samples.photo(1), "quay-2.jpg")
    place.follow()
    read.clear()
    plain = place.get("/v1/images?make=janus&limit=1")
    body = plain.json()
    assert read["batch_get_item"] == 0
    assert "cost" not in body
    assert "matches" not in body["images"][0]
    assert "explain" not in body["links"]["next"]
    assert place.get("/v1/images?make=janus&limit=1&explain=false").content == plain.content


@pytest.mark.medium
def test_a_page_that_explains_leads_to_one_that_does(place: Place, image_id: str) -> None:
    """And a cursor is good with and without: which images there are does not depend on it."""
    place.upload(samples.photo(1), "quay-2.jpg")
    place.follow()
    first = place.get("/v1/images?make=janus&limit=1&explain=true").json()
    assert "explain=true" in first["links"]["next"]
    second = place.get(first["links"]["next"]).json()
    assert (len(second["images"]), second["images"][0]["matches"][0]["filter"]) == (1, "make")
    plain = place.get(f"/v1/images?make=janus&limit=1&cursor={quote(first['cursor'])}").json()
    assert [image["image_id"] for image in plain["images"]] == [image["image_id"] for image in second["images"]]


@pytest.mark.medium
def test_an_image_that_a_list_holds_twice_for_a_moment_is_explained(place: Place, image_id: str) -> None:
    """Its entry moves with its date: the new one is written before the old one is deleted."""
    list_key = f"{place.owner}#word#chips"
    (item,) = index_table.read(list_key).items
    assert item.entry.startswith("2026-01-09")
    index_table.write({(list_key, f"2020{item.entry[4:]}"): item.card})
    answer = place.get("/v1/images?text=chip&explain=true")
    assert answer.status_code == 200
    for image in answer.json()["images"]:
        assert image["image_id"] == image_id
        assert [one["field"] for one in image["matches"]] == ["title", "annotations"]


@pytest.mark.medium
def test_records_beyond_the_budget_are_not_read(
    place: Place, image_id: str, read: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each image without its record says so, and tells only the filters that its card answers."""
    monkeypatch.setattr(images, "_TOGETHER", 1)
    monkeypatch.setattr(explained_page, "UNITS", 1.5)
    second = place.upload(samples.photo(1), "quay-2.jpg")
    place.http.patch(f"{place.api}/v1/images/{second}", json={"tags": ["Pier"]})
    place.follow()
    read.clear()
    body = place.get("/v1/images?tag=pier&make=janus&explain=true").json()
    assert [
        ([one["filter"] for one in image["matches"]], image.get("matches_left_out")) for image in body["images"]
    ] == [(["tag", "make"], None), (["make"], True)]
    assert body["cost"]["explanation"] == 1.5
    assert read["batch_get_item"] == 1


@pytest.mark.medium
@pytest.mark.parametrize(
    ("attribute", "value", "told"),
    [
        ("facts", {"B": b"damaged"}, (["text", "text"], None)),  # the list has them from its own entry
        ("size", {"S": "many"}, ([], True)),
    ],
)
def test_a_damaged_record_is_no_error(
    place: Place, image_id: str, attribute: str, value: dict[str, Any], told: tuple[list[str], bool | None]
) -> None:
    """The page lists its image as ever, from the index."""
    with damaged(image_id, attribute, value):
        answer = place.get("/v1/images?text=chip&explain=true")
    assert answer.status_code == 200
    (image,) = answer.json()["images"]
    assert ([one["filter"] for one in image["matches"]], image.get("matches_left_out")) == told


@pytest.mark.medium
def test_nobody_else_is_told(place: Place, image_id: str, other_user: User, admin: User) -> None:
    """Another user's search finds nothing, and an admin's list takes no such parameter."""
    body = other_user.http.get(f"{place.api}/v1/images?text=chip&explain=true").json()
    assert (body["images"], body["cost"]["explanation"]) == ([], 0)
    refused = admin.http.get(f"{place.api}/v1/admin/images?make=janus&explain=true")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")
