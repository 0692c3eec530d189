"""Thumbnails and placeholders in lists: ready to be shown, of each image that has them, and of no other."""

from __future__ import annotations

import base64
import io
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import requests
from PIL import Image

from chalicelib import presigned, storage
from chalicelib.commands import reindex
from chalicelib.db import images
from tests import delivery, samples
from tests.chalicelib.routes.test_catalogue import Place, place

if TYPE_CHECKING:
    from tests.conftest import User

__all__ = ["place"]


def upload(place: Place, data: bytes, profile: str = "standard") -> str:
    """Send an image of a profile, and let it be processed."""
    sent = place.http.post(
        f"{place.api}/v1/images?filename=photo.jpg&profile={profile}",
        data=data,
        headers={"Content-Type": "application/octet-stream"},
    )
    delivery.deliver(place.app)
    return str(sent.json()["image_id"])


def lists(place: Place, image_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return the cards of every kind of list in which the image may be."""
    found = {path: place.get(path).json()["images"] for path in ("/v1/images", "/v1/images?sort=taken")}
    found["/v1/images?format=JPEG"] = place.get("/v1/images?format=JPEG").json()["images"]
    found["similar"] = place.get(f"/v1/images/{image_id}/similar").json()["images"]
    found["duplicates"] = [card for group in place.get("/v1/duplicates").json()["groups"] for card in group]
    return found


@pytest.mark.medium
def test_every_list_shows_the_thumbnails_that_there_are(place: Place) -> None:
    """The address of each brings a WebP of the size that the card tells, without a token and to be kept."""
    one, other = (upload(place, samples.jpeg((1601, 900))) for _ in range(2))
    place.follow()
    wanted = {"large": (1280, 720), "medium": (640, 360), "small": (256, 144)}
    shown = lists(place, one)
    assert {name: {card["image_id"] for card in found} for name, found in shown.items()} == {
        **{name: {one, other} for name in shown},
        "similar": {other},
    }
    for cards in shown.values():
        for card in cards:
            sizes = {name: (item["width"], item["height"]) for name, item in card["thumbnails"].items()}
            assert sizes == wanted
            for name, item in card["thumbnails"].items():
                answer = requests.get(item["url"], timeout=10)
                assert answer.headers["Content-Type"] == "image/webp"
                assert answer.headers["Cache-Control"] == "private, max-age=86400, immutable"
                assert Image.open(io.BytesIO(answer.content)).size == sizes[name]


@pytest.mark.parametrize(
    "size", [(1, 1), (300, 1), (255, 256), (641, 1279), (1281, 700), (1280, 53), (3001, 1202)]
)
def test_the_sizes_in_a_card_are_those_of_the_files(place: Place, size: tuple[int, int]) -> None:
    """Of images below, at and beyond each bound, reduced while decoding or not."""
    upload(place, samples.jpeg(size))
    (card,) = place.get("/v1/images").json()["images"]
    assert set(card["thumbnails"]) == {"small", "medium", "large"}
    for item in card["thumbnails"].values():
        picture = Image.open(io.BytesIO(requests.get(item["url"], timeout=10).content))
        assert picture.size == (item["width"], item["height"])


@pytest.mark.medium
def test_an_image_without_thumbnails_shows_none(place: Place) -> None:
    """Neither one that failed, nor one whose pixels were not looked at, nor one that is in the trash by now."""
    upload(place, b"no image")
    upload(place, samples.jpeg(), "metadata")
    deleted = upload(place, samples.jpeg(seed=1))
    place.http.delete(f"{place.api}/v1/images/{deleted}")
    place.follow()
    for path in ("/v1/images", "/v1/images?sort=taken"):
        found = place.get(path).json()["images"]
        assert {card["state"]: card["thumbnails"] for card in found} == {"failed": {}, "ready": {}}
        assert not [card for card in found if "placeholder" in card]


@pytest.mark.medium
def test_a_new_file_under_the_key_has_thumbnails_of_its_own(place: Place) -> None:
    """At other addresses, as soon as the lists tell of it."""
    image_id = upload(place, samples.jpeg((300, 200)))
    before = place.get("/v1/images").json()["images"][0]
    image = images.get(image_id, consistent=True)
    assert image is not None
    storage.put(image.key, samples.jpeg((200, 300), seed=5), "image/jpeg")
    delivery.deliver(place.app)
    place.follow()
    for path in ("/v1/images", "/v1/images?sort=taken"):
        after = place.get(path).json()["images"][0]["thumbnails"]["small"]
        assert (after["width"], after["height"]) == (171, 256)
        assert requests.get(after["url"], timeout=10).ok
    assert requests.get(before["thumbnails"]["small"]["url"], timeout=10).status_code == 404


def test_a_card_has_the_placeholders_of_the_analysis(place: Place) -> None:
    """The ThumbHash of the record, and a gradient that needs nothing else; the record has both, too."""
    image_id = upload(place, samples.jpeg((300, 200)))
    place.follow()
    record = place.get(f"/v1/images/{image_id}").json()
    for shown in (
        record,
        *(place.get(path).json()["images"][0] for path in ("/v1/images", "/v1/images?sort=taken")),
    ):
        assert shown["placeholder"]["thumbhash"] == record["analysis"]["placeholder"]["thumbhash"]
        assert shown["placeholder"]["css"].startswith("linear-gradient(to ")
        assert shown["placeholder"]["css"].count("#") == 4
    assert 5 <= len(base64.b64decode(record["placeholder"]["thumbhash"])) <= 25


def test_an_owners_addresses_are_those_of_the_hour(place: Place) -> None:
    """In lists, and where a route leads to a thumbnail; both stay the same for an hour and work for another."""
    image_id = upload(place, samples.jpeg((300, 200)))
    url = place.get("/v1/images").json()["images"][0]["thumbnails"]["small"]["url"]
    said = parse_qs(urlsplit(url).query)
    assert said["X-Amz-Expires"] == ["7200"]
    assert said["X-Amz-Date"][0].endswith("0000Z")
    led = place.get(f"/v1/images/{image_id}/thumbnail?size=small&redirect=false").json()
    assert led["url"] in (url, place.get("/v1/images").json()["images"][0]["thumbnails"]["small"]["url"])
    assert led["expires"].endswith(":00:00.000Z")


def test_a_record_has_the_same_etag_in_every_window(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit may name the state that was read an hour ago; a list is another by then."""
    image_id = upload(place, samples.jpeg((300, 200)))
    path, answers = f"/v1/images/{image_id}", []
    for windows in (0, 1):
        clock = SimpleNamespace(time=lambda ahead=windows * 3600: time.time() + ahead, gmtime=time.gmtime)
        monkeypatch.setattr(presigned, "time", SimpleNamespace(**vars(clock), strftime=time.strftime))
        answers.append((place.get(path).headers["ETag"], place.get("/v1/images").headers["ETag"]))
    assert answers[0][0] == answers[1][0]
    assert answers[0][1] != answers[1][1]


@pytest.mark.medium
def test_what_others_see_has_addresses_of_minutes(place: Place) -> None:
    """Of five, and they work for five more: of a public image, and of a share link."""
    image_id = upload(place, samples.jpeg((300, 200)))
    place.http.patch(f"{place.api}/v1/images/{image_id}", json={"visibility": "public"})
    token = place.http.post(f"{place.api}/v1/images/{image_id}/shares").json()["token"]
    for path in (f"/v1/public/images/{image_id}", f"/v1/shared/{token}"):
        record = requests.get(place.api + path, timeout=10).json()
        assert record["placeholder"]["css"].startswith("linear-gradient(")
        for item in record["thumbnails"].values():
            said = parse_qs(urlsplit(item["url"]).query)
            assert said["X-Amz-Expires"] == ["600"]
            assert int(said["X-Amz-Date"][0][11:13]) % 5 == 0
            assert said["X-Amz-Date"][0].endswith("00Z")
            picture = Image.open(io.BytesIO(requests.get(item["url"], timeout=10).content))
            assert picture.size == (item["width"], item["height"])
            led = requests.get(f"{place.api}{item['href']}&redirect=false", timeout=10).json()
            assert parse_qs(urlsplit(led["url"]).query)["X-Amz-Expires"] == ["600"]


def test_an_admin_is_given_no_address_of_anybodys_pictures(place: Place, admin: User) -> None:
    """Lists over all owners show facts, not pictures, as the record for admins does."""
    upload(place, samples.jpeg())
    found = admin.http.get(f"{place.api}/v1/admin/images?owner={place.owner}").json()["images"]
    assert [("thumbnails" in card, "placeholder" in card) for card in found] == [(False, True)]


@pytest.mark.medium
def test_reindexing_completes_the_cards_of_an_older_version(place: Place) -> None:
    """Whose facts ended before thumbnails: from the record, without reading the file again."""
    image_id = upload(place, samples.jpeg((300, 200)))
    place.follow()
    whole = {path: place.get(path).json()["images"] for path in ("/v1/images", "/v1/images?sort=taken")}
    image = images.get(image_id, consistent=True)
    assert image is not None
    image.facts = msgspec.msgpack.encode(msgspec.msgpack.decode(image.facts)[:18])
    image.save()
    place.follow()
    for path in whole:
        (card,) = place.get(path).json()["images"]
        assert (card["thumbnails"], "placeholder" in card) == ({}, False)
    assert reindex.reindex(place.owner).records == 1
    place.follow()
    for path, cards in whole.items():
        (card,) = place.get(path).json()["images"]
        assert {name: item["width"] for name, item in card["thumbnails"].items()} == {
            name: item["width"] for name, item in cards[0]["thumbnails"].items()
        }
        assert card["placeholder"] == cards[0]["placeholder"]
