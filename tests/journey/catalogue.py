"""Steps: the library is searched, counted, followed and edited; images go to the trash and come back."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.journey.people import wait_for, wait_same

if TYPE_CHECKING:
    from tests.journey.people import Person
    from tests.journey.state import Journey

NEWEST_FIRST = ["notes.jpg", "twin.jpg", "crimson.png", "dunes.webp", "photo.jpg", "harbour.jpg"]
SEARCHES = {  # query: names, by date taken, the newest first
    "make=janus&model=Two Faces": ["twin.jpg", "photo.jpg"],
    "lens=Janus 35mm F2": ["harbour.jpg", "dunes.webp"],
    "format=webp": ["dunes.webp"],
    "orientation=portrait": ["twin.jpg", "photo.jpg"],
    "state=failed": ["notes.jpg"],
    "taken_to=2023": ["dunes.webp"],
    "taken_from=2026-02-01&taken_to=2026-02-28": ["twin.jpg"],
    "iso=..200": ["twin.jpg", "photo.jpg"],
    "megapixels=1..&sort=taken": ["dunes.webp", "harbour.jpg"],
    "near=53.55,9.97&radius=5": ["harbour.jpg"],
    "bbox=-50,-10,-40,0": ["dunes.webp"],
    "color=crimson": ["crimson.png"],
    "color=%23dc143c&within=1": ["crimson.png"],
    "tag=boats": ["harbour.jpg"],
    "text=harb": ["harbour.jpg"],
    "text=twin.jpg": ["twin.jpg"],
    "make=janus&orientation=landscape&iso=500..": [],
}


def search(journey: Journey) -> None:
    """Find images by every kind of filter, page by page."""
    person = journey.traveller
    wait_same(lambda: [image["name"] for image in person.pages("/v1/images")], NEWEST_FIRST)
    first = person.get("/v1/images?limit=4")
    assert ([image["name"] for image in first["images"]], first["ended"]) == (NEWEST_FIRST[:4], "limit"), first
    second = person.get(first["links"]["next"])
    assert [image["name"] for image in second["images"]] == NEWEST_FIRST[4:], second
    for query, names in SEARCHES.items():
        wait_same(lambda query=query: person.names(query), names)
    person.refused("GET", "/v1/images?iso=lots", 400, "invalid_request")
    person.refused("GET", "/v1/images?cursor=bm90IG9uZQ", 400, "invalid_cursor")
    assert journey.guest.pages("/v1/images") == []


def count(journey: Journey) -> None:
    """Count the values, find what is the same or similar, and draw the months."""
    person, files = journey.traveller, journey.files
    facets = person.get("/v1/facets")
    cameras = {(one["make"], one["model"]): one["images"] for one in facets["cameras"]}
    assert cameras == {("Janus", "Two Faces"): 2, ("Janus", "Two-Faced 1"): 2}, cameras
    assert _values(facets, "formats") == {"JPEG": 3, "WEBP": 1, "PNG": 1}, facets
    assert _values(facets, "states") == {"ready": 5, "failed": 1}, facets
    assert _values(facets, "tags") == {"harbour": 1, "boats": 1, "dusk": 1, "dunes": 1, "sand": 1}, facets
    assert _values(facets, "taken") == {"2023-06": 1, "2024-09": 1, "2026-01": 1, "2026-02": 1}, facets
    assert {(one["geohash"], one["images"]) for one in facets["places"]} == {
        ("u1x0", 1),
        ("7p93", 1),
        ("sr2y", 2),
    }, facets
    (group,) = person.get("/v1/duplicates")["groups"]
    assert {image["name"] for image in group} == {"photo.jpg", "twin.jpg"}, group
    similar = person.get(f"{journey.image('photo.jpg')}/similar")["images"]
    assert [image["name"] for image in similar] == ["twin.jpg"], similar
    size, year = sum(map(len, files.values())), datetime.now(UTC).year
    path = f"/v1/analytics/uploads?from={year - 1}-12&to={year}-12"
    series = person.get(path)
    assert (series["images"], series["bytes"]) == (6, size), series
    rows = [*csv.DictReader(person.call("GET", f"{path}&format=csv").text.splitlines())]
    assert sum(int(row["images"]) for row in rows) == 6, rows
    assert sum(int(row["format:JPEG"]) for row in rows) == 3, rows
    usage = person.get("/v1/users/me/usage")
    assert (usage["images"], usage["bytes"]) == (6, size), usage


def edit(journey: Journey) -> None:
    """Write texts under a condition, tag many at once, and follow the changes."""
    person, path = journey.traveller, journey.image("harbour.jpg")
    since = person.get("/v1/changes")["cursor"]
    first = person.call("GET", path).headers["ETag"]
    texts = {"title": "Harbour", "description": "Boats come home.", "tags": ["Sea", "dusk"]}
    edited = person.call("PATCH", path, json=texts, headers={"If-Match": first})
    assert {name: edited.json()[name] for name in texts} == texts, edited.text
    assert person.call("GET", path).headers["ETag"] == edited.headers["ETag"] != first
    person.refused("PATCH", path, 412, "precondition_failed", json={"title": "Late"}, headers={"If-Match": first})
    assert person.get(path)["title"] == "Harbour"
    both = [journey.ids["harbour.jpg"], journey.ids["dunes.webp"]]
    action = {"action": "tag", "tags": ["journey"], "images": [*both, "a" * 26]}
    results = person.call("POST", "/v1/images/actions", json=action).json()["images"]
    assert [one["status"] for one in results] == [200, 200, 404], results
    wait_same(lambda: person.names("tag=journey"), ["harbour.jpg", "dunes.webp"])
    wait_same(lambda: person.names("tag=sea"), ["harbour.jpg"])
    wait_same(lambda: _values(person.get("/v1/facets"), "tags").get("journey"), 2)
    told = {(image_id, "updated") for image_id in both}
    wait_same(lambda: {(one["image_id"], one["change"]) for one in _changes(person, since)}, told)
    person.call("PATCH", path, json={"tags": None, "description": None})
    wait_same(lambda: person.names("tag=sea"), [])


def trash(journey: Journey) -> None:
    """Delete an image under a condition, restore it with its texts, and delete another for good."""
    person, path = journey.traveller, journey.image("twin.jpg")
    person.call("PATCH", path, json={"title": "The other one"})
    person.refused("DELETE", path, 412, "precondition_failed", headers={"If-Match": '"0"'})
    person.call("DELETE", path, 204, headers={"If-Match": person.call("GET", path).headers["ETag"]})
    person.refused("GET", path, 404, "image_not_found")
    (gone,) = person.get("/v1/trash")["images"]
    assert (gone["name"], gone["title"]) == ("twin.jpg", "The other one"), gone
    wait_same(lambda: person.get("/v1/duplicates")["groups"], [])
    journey.guest.refused("POST", f"/v1/trash/{gone['image_id']}/restore", 404, "image_not_found")
    person.call("POST", gone["links"]["restore"], 202)
    restored = wait_for("the twin is back", lambda: person.get(path)["state"] == "ready" and person.get(path))
    assert restored["title"] == "The other one", restored
    wait_same(lambda: len(person.get("/v1/duplicates")["groups"]), 1)
    person.call("DELETE", journey.image("notes.jpg"), 204)
    person.call("DELETE", f"/v1/trash/{journey.ids['notes.jpg']}", 204)
    assert person.get("/v1/trash")["images"] == []
    left = {key for key in journey.target.objects() if person.owner in key and "notes.jpg" in key}
    assert left == set(), left


def _changes(person: Person, cursor: str) -> list[dict[str, str]]:
    """Return all changes since a cursor."""
    found: list[dict[str, str]] = []
    more = True
    while more:
        page = person.get(f"/v1/changes?since={cursor}")
        found += page["changes"]
        cursor, more = page["cursor"], page["more"]
    return found


def _values(facets: Any, name: str) -> dict[str, int]:
    return {one["value"]: one["images"] for one in facets[name]}
