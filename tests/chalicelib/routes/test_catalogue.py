"""The catalogue over HTTP: lists with filters, what is alike, what there is, what has changed."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import piexif
import pytest
from PIL import Image

from chalicelib.db.index_table import Transaction
from tests import delivery, samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import User

    Follow = Callable[[], None]


class Place:
    """A user's images over HTTP."""

    def __init__(self, app: Any, api: str, user: User, follow: Follow) -> None:
        self.app, self.api, self.http, self.owner, self.follow = app, api, user.http, user.owner, follow

    def upload(self, data: bytes, name: str = "photo.jpg") -> str:
        """Send an image, and let it be processed."""
        sent = self.http.post(
            f"{self.api}/v1/images?filename={name}",
            data=data,
            headers={"Content-Type": "application/octet-stream"},
        )
        delivery.deliver(self.app)
        return str(sent.json()["image_id"])

    def get(self, path: str, **headers: str) -> Any:
        """Ask, and return the answer."""
        return self.http.get(f"{self.api}{path}", headers=headers)

    def ids(self, query: str) -> list[str]:
        """Return the ids of all pages that a query has."""
        found, path = [], f"/v1/images?{query}"
        while path:
            body = self.get(path).json()
            found += [image["image_id"] for image in body["images"]]
            path = body["links"].get("next")
        return found


@pytest.fixture
def place(app: Any, api: str, user: User, stream: Follow) -> Place:
    """Return a user's place."""
    return Place(app, api, user, stream)


def test_images_are_found_by_what_their_files_say(place: Place) -> None:
    """Each filter alone finds the one image that holds to it, and not the other."""
    telling, plain = place.upload(samples.telling(), "telling.jpg"), place.upload(samples.png(), "plain.png")
    place.follow()
    record = place.get(f"/v1/images/{telling}").json()
    found, camera, exposure = record["metadata"], record["metadata"]["camera"], record["metadata"]["exposure"]
    latitude, longitude = found["place"]["gps_latitude"], found["place"]["gps_longitude"]
    queries = [
        f"make={camera['make'].lower()}",
        f"model={camera['model']}",
        f"f_number=..{exposure['f_number']}",
        f"taken_from={found['time']['date_taken'][:7]}&taken_to={found['time']['date_taken'][:7]}",
        f"near={latitude},{longitude}&radius=1",
        f"bbox={longitude - 0.1},{latitude - 0.1},{longitude + 0.1},{latitude + 0.1}",
        "format=JPEG",
        f"tag={found['description']['keywords'][0]}",
        f"text={found['description']['keywords'][0][:4]}",
        "text=telling",
        f"color=%23{record['dominant'][1:]}&within=0",
    ]
    for query in queries:
        assert place.ids(query) == [telling], query
    assert place.ids("format=png") == [plain]
    assert set(place.ids("state=ready")) == {telling, plain}
    assert place.ids("sort=uploaded") == [telling, plain]
    assert place.ids("sort=-uploaded&limit=1") == [plain, telling]


@pytest.mark.medium
def test_the_timeline_has_the_day_that_the_camera_showed(place: Place) -> None:
    """Across the date line, too: what was taken ten hours before, on its other side, is a day later."""
    hawaii = place.upload(taken("2024:06:30 23:00:00", "-10:00"), "hawaii.jpg")  # 09:00 UTC on 1 July
    line_islands = place.upload(taken("2024:07:01 13:00:00", "+14:00"), "line.jpg")  # 23:00 UTC on 30 June
    unknown = place.upload(taken("2024:07:01 06:00:00", ""), "unknown.jpg")
    place.follow()
    assert place.ids("sort=taken") == [hawaii, unknown, line_islands]
    assert place.ids("taken_to=2024-06") == [hawaii]
    months = {month["value"]: month["images"] for month in place.get("/v1/facets").json()["taken"]}
    assert months == {"2024-06": 1, "2024-07": 2}
    listed = place.get("/v1/images?sort=taken").json()["images"]
    assert [(image["taken"], image.get("taken_offset")) for image in listed] == [
        ("2024-06-30T23:00:00", "-10:00"),
        ("2024-07-01T06:00:00", None),
        ("2024-07-01T13:00:00", "+14:00"),
    ]


def taken(date: str, offset: str) -> bytes:
    """Return a JPEG that tells when it was taken."""
    told = {piexif.ExifIFD.DateTimeOriginal: date.encode()}
    if offset:
        told[piexif.ExifIFD.OffsetTimeOriginal] = offset.encode()
    return samples.jpeg(exif=piexif.dump({"Exif": told}))


@pytest.mark.medium
def test_a_tag_is_found_once_it_is_written_and_no_more_when_it_goes(place: Place) -> None:
    """Edits reach the catalogue."""
    image_id = place.upload(samples.jpeg())
    image = f"{place.api}/v1/images/{image_id}"
    place.http.patch(image, json={"tags": ["Golden Gate"], "title": "Fog"})
    place.follow()
    assert place.ids("tag=golden gate") == place.ids("text=gate fog") == [image_id]
    place.http.patch(image, json={"tags": None})
    place.follow()
    assert place.ids("tag=golden gate") == []
    place.http.delete(image)
    place.follow()
    assert place.ids("text=fog") == []


@pytest.mark.medium
def test_times_are_filters_as_answers_print_them(place: Place) -> None:
    """With milliseconds and Z, in another offset, with an offset where clocks are local; each to its precision."""
    image = place.upload(samples.telling(), "telling.jpg")
    place.follow()
    record = place.get(f"/v1/images/{image}").json()
    uploaded, taken = record["uploaded"], record["metadata"]["time"]["date_taken"]
    moment = datetime.fromisoformat(uploaded)
    elsewhere = moment.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat(timespec="milliseconds")
    before = (moment - timedelta(milliseconds=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    after = (moment + timedelta(milliseconds=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for query in (
        f"uploaded_from={uploaded}&uploaded_to={uploaded}",
        f"uploaded_from={quote(elsewhere)}&uploaded_to={quote(elsewhere)}",
        f"uploaded_from={elsewhere}&uploaded_to={elsewhere}",  # the plus is a space
        f"uploaded_to={after}",
        f"uploaded_from={before}",
        f"taken_from={taken}&taken_to={taken}",
        f"taken_from={taken}.250%2B02:00&taken_to={taken}.250%2B02:00",
        f"taken_from={taken[:4]}&uploaded_from={uploaded[:4]}-02-31T10:00:00%2B02:00",
        f"taken_to={taken}Z&taken_from={taken[:16].replace('T', ' ')}",
    ):
        assert place.ids(query) == [image], query
    assert place.ids(f"uploaded_from={after}") == []
    assert place.ids(f"uploaded_to={before}") == []


@pytest.mark.medium
@pytest.mark.parametrize("near", ["41.89, 12.485", " 41.89 ,12.485 ", "+41.89,+12.485"])
def test_spaces_beside_a_comma_do_not_matter(place: Place, near: str) -> None:
    """Nor does a plus, which a query turns into a space."""
    image = place.upload(samples.telling(), "here.jpg")
    place.follow()
    assert place.ids(f"near={near}") == [image]
    assert place.ids(f"near={quote(near)}") == [image]
    assert place.ids("bbox=12, 41, 13, 42") == [image]
    assert place.ids("near=0, 0") == []


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("uploaded_from=2026-01-01T10:00:00%2B25:00", "uploaded_from"),
        ("taken_to=2024-13", "taken_to"),
        ("taken_to=2024-05-32", "taken_to"),
        ("taken_to=2024-05-01T24:00", "taken_to"),
        ("state=broken", "`ready` or `failed`"),
        ("iso=many", "iso"),
        ("near=91,0", "latitude must be from -90 to 90"),
        ("bbox=0,10,1,5", "south"),
        ("color=octarine", "octarine"),
        ("taken_from=yesterday", "taken_from"),
        ("text=!", "text"),
        ("text=one two three four five", "words"),
        ("tag=%E2%80%8B", "tag"),
        ("tag=sea&sort=uploaded", "date taken"),
        ("near=1,1&sort=taken", "not allowed with near or bbox"),
        ("radius=0", "radius"),
        ("unknown=1", "unknown"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(place: Place, query: str, told: str) -> None:
    """With a word that says which, and why."""
    answer = place.get(f"/v1/images?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_request"
    assert told in answer.json()["detail"]


@pytest.mark.medium
def test_a_cursor_is_for_its_own_query(place: Place) -> None:
    """Neither other filters, nor another order, nor another user can go on with it."""
    for seed in range(3):
        place.upload(samples.jpeg(seed=seed))
    place.follow()
    first = place.get("/v1/images?format=JPEG&limit=2").json()
    cursor = first["cursor"]
    for query in ("format=PNG", "format=JPEG&sort=taken", ""):
        assert place.get(f"/v1/images?{query}&cursor={cursor}").json()["code"] == "invalid_cursor"
    second = place.get(first["links"]["next"]).json()
    assert [image["image_id"] for image in place.get(second["links"]["prev"]).json()["images"]] == [
        image["image_id"] for image in first["images"]
    ]


@pytest.mark.medium
def test_animations_that_share_their_first_frame_are_no_duplicates(place: Place) -> None:
    """They resemble each other; the same pixels have two with the same frames, whatever their comments say."""
    frames = [Image.new("RGB", (64, 48), color) for color in ("#336699", "#996633", "#339966")]

    def animation(*others: Image.Image, comment: bytes = b"") -> bytes:
        out = io.BytesIO()
        frames[0].save(out, "GIF", save_all=True, append_images=others, comment=comment)
        return out.getvalue()

    one = place.upload(animation(frames[1]), "one.gif")
    same = place.upload(animation(frames[1], comment=b"again"), "same.gif")
    other = place.upload(animation(frames[2]), "other.gif")
    place.upload(animation(frames[1], frames[2]), "longer.gif")
    place.follow()
    (group,) = place.get("/v1/duplicates").json()["groups"]
    assert {image["image_id"] for image in group} == {one, same}
    similar = {image["image_id"]: image for image in place.get(f"/v1/images/{one}/similar").json()["images"]}
    assert (similar[same]["same_pixels"], similar[same]["same_bytes"]) == (True, False)
    assert (similar[other]["same_pixels"], similar[other]["distance"]) == (False, 0)


@pytest.mark.medium
def test_copies_are_alike_and_the_same_pixels_are_duplicates(place: Place) -> None:
    """A recompressed copy is near, a second upload is the same, another picture is neither."""
    original = samples.photo()
    first, second = place.upload(original), place.upload(original, "again.jpg")
    place.upload(samples.jpeg((64, 64), seed=9))
    place.follow()
    similar = place.get(f"/v1/images/{first}/similar").json()["images"]
    assert [(image["image_id"], image["distance"], image["same_bytes"]) for image in similar] == [
        (second, 0, True)
    ]
    groups = place.get("/v1/duplicates").json()["groups"]
    assert [sorted(image["image_id"] for image in group) for group in groups] == [sorted([first, second])]
    place.http.delete(f"{place.api}/v1/images/{second}")
    place.follow()
    assert place.get("/v1/duplicates").json()["groups"] == []
    assert place.get(f"/v1/images/{first}/similar").json()["images"] == []


@pytest.mark.medium
def test_facets_and_series_count_what_there_is(place: Place) -> None:
    """Every facet has its values with numbers; the series as JSON and as CSV say the same."""
    place.upload(samples.telling())
    place.upload(samples.png(), "plain.png")
    place.upload(b"no image at all", "broken.jpg")
    place.follow()
    facets = place.get("/v1/facets").json()
    assert {entry["value"]: entry["images"] for entry in facets["formats"]} == {"JPEG": 1, "PNG": 1}
    assert {entry["value"]: entry["images"] for entry in facets["states"]} == {"ready": 2, "failed": 1}
    assert facets["cameras"][0]["images"] == 1
    assert facets["tags"]
    assert facets["places"][0]["west"] < facets["places"][0]["east"]
    series = place.get("/v1/analytics/uploads").json()
    assert series["images"] == series["months"][0]["images"] == 3
    rows = list(csv.DictReader(io.StringIO(place.get("/v1/analytics/uploads?format=csv").text)))
    assert [(row["images"], row["format:PNG"]) for row in rows] == [("3", "1")]
    assert place.get("/v1/analytics/uploads?from=2031-01").json()["months"] == []


@pytest.mark.parametrize(
    ("query", "months"),
    [
        ("", ["2026-01", "2026-02", "2026-03"]),
        ("?from=2026-02", ["2026-02", "2026-03"]),
        ("?to=2026-02", ["2026-01", "2026-02"]),
        ("?from=2026-02&to=2026-02", ["2026-02"]),
        ("?from=2026-04", []),
        ("?to=2025-12", []),
    ],
)
def test_a_series_has_its_first_and_its_last_month(place: Place, query: str, months: list[str]) -> None:
    """Both included; numbers and sums are those of these months."""
    counted = Transaction()
    for number, month in enumerate(("2026-01", "2026-02", "2026-03"), 1):
        counted.add(
            (f"{place.owner}#count", f"month#{month}"), {"images": number, "bytes": 10, "format:JPEG": number}
        )
    assert counted.commit()
    series = place.get(f"/v1/analytics/uploads{query}").json()
    assert [month["month"] for month in series["months"]] == months
    assert [month["images"] for month in series["months"]] == [int(month[-2:]) for month in months]
    assert (series["images"], series["bytes"]) == (sum(int(month[-2:]) for month in months), 10 * len(months))
    for month in series["months"]:
        assert month["values"]["format"] == {"JPEG": month["images"]}


@pytest.mark.medium
def test_a_page_follows_changes(place: Place) -> None:
    """Uploads, edits and removals are told once, behind the cursor; while nothing happens there is a 304."""
    start = place.get("/v1/changes")
    assert start.json()["changes"] == []
    same = place.get("/v1/changes", **{"If-None-Match": start.headers["ETag"]})
    assert same.status_code == 304
    image_id = place.upload(samples.jpeg())
    place.follow()
    told = place.get(start.json()["links"]["next"]).json()
    assert [(change["image_id"], change["change"], change["state"]) for change in told["changes"]] == [
        (image_id, "created", "ready")
    ]
    place.http.delete(f"{place.api}/v1/images/{image_id}")
    place.follow()
    later = place.get(told["links"]["next"]).json()
    assert [(change["image_id"], change["change"]) for change in later["changes"]] == [(image_id, "removed")]
    assert place.get("/v1/changes?since=abc").json()["code"] == "invalid_cursor"


@pytest.mark.medium
def test_an_admin_asks_over_all_owners(place: Place, admin: User) -> None:
    """Filters work over all owners, newest first, and over one owner's images as for the owner."""
    telling = place.upload(samples.telling())
    place.follow()
    make = place.get(f"/v1/images/{telling}").json()["metadata"]["camera"]["make"]
    everywhere = admin.http.get(f"{place.api}/v1/admin/images?make={make}&limit=100").json()["images"]
    assert telling in {image["image_id"] for image in everywhere}
    own = admin.http.get(f"{place.api}/v1/admin/images?owner={place.owner}&text=photo").json()["images"]
    assert [image["owner"] for image in own] in ([], [place.owner])
    refused = admin.http.get(f"{place.api}/v1/admin/images?tag=sea").json()
    assert refused["code"] == "invalid_request"
    series = admin.http.get(f"{place.api}/v1/admin/analytics/uploads").json()
    assert series["images"] >= 1
    cameras = admin.http.get(f"{place.api}/v1/admin/analytics/cameras?limit=1000").json()["cameras"]
    numbers = [camera["images"] for camera in cameras]
    assert make in {camera.get("make") for camera in cameras}
    assert numbers == sorted(numbers, reverse=True)
