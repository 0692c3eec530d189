"""Pages of lists: the same cards however they are found, full pages, names of files and of formats."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from chalicelib.catalogue.index import cards
from chalicelib.config import settings
from chalicelib.db import document_codec, images, keys
from chalicelib.db.models import READY, Image
from tests import delivery, samples
from tests.chalicelib.catalogue.collection import Library

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import User

    Follow = Callable[[], None]

LONG = sorted(f"a tag as long as an owner may write, number {number:02}" for number in range(6))
"""288 bytes packed: more than a card holds; without the last one, it holds them."""


class Client:
    """A user's requests."""

    def __init__(self, user: User, api: str) -> None:
        self.user, self.api = user, api

    def body(self, path: str) -> Any:
        """Return the answer to a GET."""
        answer = self.user.http.get(f"{self.api}{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def listed(self, path: str) -> dict[str, Any]:
        """Return the cards of a list by id."""
        return {image["image_id"]: image for image in self.body(path)["images"]}


@pytest.fixture
def client(user: User, api: str) -> Client:
    """Return a user's client."""
    return Client(user, api)


def put(
    owner: str, name: str, document: dict[str, Any] | None = None, *, number: int = 1, kind: str = "JPEG"
) -> str:
    """Write the record of an image; return its id."""
    key = f"uploads/{owner}/{name}"
    image_id = keys.image_id(settings().images_bucket, key)
    document = document or {"metadata": {}}
    image = Image(
        image_id, owner=owner, key=key, state=READY, sequencer=keys.order(f"{number:010X}"), size=5,
        uploaded=f"2026-01-02T03:04:{number % 60:02}.000Z", format=kind, width=1, height=1,
        document=document_codec.pack(document), facts=cards.pack_facts(cards.facts(document, None)),
    )  # fmt: skip
    assert images.put_newer(image)
    return image_id


@pytest.mark.medium
def test_a_card_is_the_same_however_it_is_found(app: Any, client: Client, stream: Follow) -> None:
    """By upload and by every list of the index, with texts and tags as their owner wrote them."""
    for tags in (["Fog", "sea"], [], LONG):
        sent = client.user.http.post(
            f"{client.api}/v1/images?filename=telling{len(tags)}.jpg",
            data=samples.telling(),
            headers={"Content-Type": "image/jpeg"},
        )
        delivery.deliver(app)
        edit = {"title": "Gate", "alt": "A gate " * 60, "tags": tags, "visibility": "public"}
        client.user.http.patch(f"{client.api}/v1/images/{sent.json()['image_id']}", json=edit)
    stream()
    by_upload = client.listed("/v1/images")
    assert [image["tags"] for image in by_upload.values()] == [LONG, [], ["Fog", "sea"]]
    assert all(len(image["alt"]) == 250 for image in by_upload.values())
    first = next(iter(by_upload))
    record = client.body(f"/v1/images/{first}")
    camera, place = record["metadata"]["camera"], record["metadata"]["place"]
    for query in (
        "sort=taken",
        "sort=-taken",
        "sort=uploaded",
        "format=jpg",
        f"make={quote(camera['make'])}",
        f"text={record['metadata']['description']['keywords'][0]}",
        "text=gate",
        f"near={place['gps_latitude']},{place['gps_longitude']}",
        f"color=%23{record['dominant'][1:]}",
        f"color={record['analysis']['palette'][0]['css_name']}",
        f"color=%23{record['dominant'][1:]}&sort=taken",
    ):
        assert client.listed(f"/v1/images?{query}") == by_upload, query
    (group,) = client.body("/v1/duplicates")["groups"]
    assert {image["image_id"]: image for image in group} == by_upload
    alike = client.listed(f"/v1/images/{first}/similar")
    assert len(alike) == 2
    for image_id, image in alike.items():
        assert {**image, **by_upload[image_id]} == image
    assert client.listed("/v1/images?tag=fog") == {
        image_id: image for image_id, image in by_upload.items() if "Fog" in image["tags"]
    }


@pytest.mark.medium
def test_long_tags_go_with_their_image(client: Client, stream: Follow) -> None:
    """Their item is written, and removed when they become fewer, and when the image does."""
    image_id = put(client.user.owner, "a.jpg")
    image = f"{client.api}/v1/images/{image_id}"
    for tags in (LONG, LONG[:-1], ["sea"], LONG, []):
        client.user.http.patch(image, json={"tags": tags})
        stream()
        assert client.listed("/v1/images?sort=taken")[image_id]["tags"] == tags
    client.user.http.patch(image, json={"tags": LONG})
    stream()
    client.user.http.delete(image)
    stream()
    assert client.listed("/v1/images?sort=taken") == {}


@pytest.mark.medium
def test_long_tags_count_towards_the_budget(client: Client, stream: Follow) -> None:
    """Each image's are read beside its card, for half a unit: a page ends by its budget, and others follow."""
    made = {put(client.user.owner, f"{number}.jpg", number=number) for number in range(20)}
    for image_id in made:
        client.user.http.patch(f"{client.api}/v1/images/{image_id}", json={"tags": LONG})
    stream()
    first = client.body("/v1/images?sort=-taken")
    assert first["ended"] == "budget"
    assert 10 <= len(first["images"]) <= 14
    rest = client.body(first["links"]["next"])
    assert rest["ended"] == "end"
    found = [image["image_id"] for image in [*first["images"], *rest["images"]]]
    assert sorted(found) == sorted(made)
    assert all(image["tags"] == LONG for image in [*first["images"], *rest["images"]])


def palette(colour: str) -> dict[str, Any]:
    """Return a document of an image of one colour."""
    return {"metadata": {}, "analysis": {"dominant": colour, "palette": [{"hex": colour, "share": 1.0}]}}


@pytest.mark.medium
def test_a_page_of_a_colour_is_full(client: Client, stream: Follow) -> None:
    """Of fifty images of all colours, the first page has all that are near green, and says that it is the last."""
    chosen = random.Random(3)
    colours = [f"#{chosen.getrandbits(24):06x}" for _ in range(45)]
    green = {put(client.user.owner, f"green{n}.jpg", palette(f"#1{n}8a1{n}"), number=n) for n in range(5)}
    for number, colour in enumerate(colours, 10):
        put(client.user.owner, f"{number}.jpg", palette(colour), number=number)
    stream()
    page = client.body("/v1/images?color=green&within=25")
    assert green <= {image["image_id"] for image in page["images"]}
    assert page["ended"] == "end"
    assert "cursor" not in page
    few = client.body("/v1/images?color=green&within=25&limit=2")
    assert (len(few["images"]), few["ended"]) == (2, "limit")
    rest = client.body(few["links"]["next"])
    assert {image["image_id"] for image in [*few["images"], *rest["images"]]} <= {
        image["image_id"] for image in page["images"]
    }
    assert client.body(few["links"]["next"])["images"][0] not in few["images"]


@pytest.mark.medium
def test_the_next_page_has_a_filter_that_is_zero(client: Client, stream: Follow) -> None:
    """Images of the very colour alone, page by page."""
    same = {put(client.user.owner, f"{n}.jpg", palette("#108a10"), number=n) for n in range(2)}
    put(client.user.owner, "near.jpg", palette("#118a10"), number=3)
    stream()
    first = client.body("/v1/images?color=%23108a10&within=0&limit=1")
    rest = client.body(first["links"]["next"])
    assert {one["image_id"] for one in [*first["images"], *rest["images"]]} == same
    assert "within=0.0&" in first["links"]["next"]


@pytest.mark.medium
def test_a_page_says_that_its_budget_ended_it(client: Client, stream: Follow) -> None:
    """Of many images, one has the rating that is asked for: pages follow until it is there."""
    library, chosen = Library(client.user.owner), random.Random(1)
    for number in range(25):
        library.add(chosen, f"{number}.jpg")
    rated = put(client.user.owner, "rated.jpg", {"metadata": {"description": {"rating": 2.0}}})
    stream()
    found, path, ended = [], "/v1/images?rating=2&limit=1", []
    while path:
        page = client.body(path)
        found += [image["image_id"] for image in page["images"]]
        ended.append(page["ended"])
        path = page["links"].get("next", "")
    assert found == [rated]
    assert ended[-1] == "end"
    assert {*ended} <= {"budget", "limit", "end"}


NAMES = [
    "harbour.jpg",
    "IMG_1234.JPG",
    "Sunset 2024.heic",
    "red fox.final.tiff",
    "550e8400-e29b-41d4-a716-446655440000.png",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_found_by_its_name(client: Client, stream: Follow, name: str) -> None:
    """With its extension, in any case; of a name that has only numbers, by the whole of it."""
    image_id = put(client.user.owner, name)
    put(client.user.owner, "other.jpg", number=2)
    stream()
    for text in (name, name.upper(), name.lower()):
        assert [*client.listed(f"/v1/images?text={quote(text)}")] == [image_id]


FORMATS = {
    "JPEG": ["jpg", "jpeg", "JPG", "jpe", "jfif", ".jpg", "Jpeg"],
    "HEIF": ["heic", "HEIF", "hif"],
    "TIFF": ["tif"],
    "JP2": ["jp2", "JPEG 2000", "j2k"],
    "JXL": ["jxl", "jpeg xl"],
    "3FR": ["3fr"],
}


@pytest.mark.medium
def test_formats_go_by_their_common_names(client: Client, stream: Follow) -> None:
    """Regardless of case; an unknown one is refused with the list of those that are known."""
    held = {kind: put(client.user.owner, f"{kind}.bin", kind=kind) for kind in FORMATS}
    stream()
    for kind, called in FORMATS.items():
        for name in called:
            assert [*client.listed(f"/v1/images?format={quote(name)}")] == [held[kind]], name
    answer = client.user.http.get(f"{client.api}/v1/images?format=psd")
    assert answer.status_code == 400
    assert "'psd'" in answer.json()["detail"]
    for known in ("JPEG (jpg, jpeg, jpe)", "HEIF (heic, heif, hif)", "X3F (x3f)"):
        assert known in answer.json()["detail"]
