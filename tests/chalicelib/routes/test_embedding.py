"""oEmbed: how other sites embed public and shared images. Source: oEmbed 1.0, section 2."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from chalicelib import storage
from chalicelib.api.embedding import author
from chalicelib.config import settings
from chalicelib.db import keys
from tests import delivery, samples
from tests.chalicelib.routes.test_catalogue import Place, place

__all__ = ["place"]


@pytest.fixture
def image_id(place: Place) -> str:
    """Return a public image, 240 pixels wide and 320 high."""
    found = place.upload(samples.telling())
    place.http.patch(f"{place.api}/v1/images/{found}", json={"title": "Harbour", "visibility": "public"})
    return found


def embed(place: Place, url: str, **query: Any) -> requests.Response:
    return requests.get(f"{place.api}/oembed", params={"url": url, **query}, timeout=10)


def test_an_image_is_described_as_a_photo(place: Place, image_id: str) -> None:
    """With every field that the specification requires of a photo, and its address leads to the file."""
    answer = embed(place, f"{place.api}/p/{image_id}", format="json")
    assert answer.headers["Content-Type"] == "application/json"
    thumbnail = f"{place.api}/v1/public/images/{image_id}/thumbnail?size="
    assert answer.json() == {
        "type": "photo",
        "version": "1.0",
        "url": f"{thumbnail}large",
        "width": 240,
        "height": 320,
        "thumbnail_url": f"{thumbnail}small",
        "thumbnail_width": 192,
        "thumbnail_height": 256,
        "title": "Harbour",
        "provider_name": "Janus",
        "provider_url": f"{place.api}/",
        "cache_age": 300,
    }
    assert requests.get(answer.json()["url"], timeout=10).headers["Content-Type"] == "image/webp"


@pytest.mark.parametrize(
    ("most", "size", "told"),
    [
        ({"maxwidth": 240}, "large", (240, 320)),
        ({"maxwidth": 239}, "small", (192, 256)),
        ({"maxheight": 256}, "small", (192, 256)),
        ({"maxheight": 255}, "small", (191, 255)),
        ({"maxwidth": 96, "maxheight": 1000}, "small", (96, 128)),
        ({"maxwidth": 1, "maxheight": 1}, "small", (1, 1)),
    ],
)
def test_the_picture_fits_the_room(
    place: Place, image_id: str, most: dict[str, int], size: str, told: tuple[int, int]
) -> None:
    """The largest that fits, else the smallest, told smaller in the same ratio."""
    found = embed(place, f"{place.api}/p/{image_id}", **most).json()
    assert found["url"].endswith(f"size={size}")
    assert (found["width"], found["height"]) == told


@pytest.mark.medium
def test_a_shared_image_is_described_until_its_link_ends(place: Place) -> None:
    """By the link's own token."""
    image_id = place.upload(samples.telling())
    made = place.http.post(f"{place.api}/v1/images/{image_id}/shares").json()
    page = f"{place.api}/s/{made['token']}"
    assert embed(place, page).json()["url"] == f"{place.api}/v1/shared/{made['token']}/thumbnail?size=large"
    assert embed(place, f"{page}/?utm_source=mail#top").status_code == 200
    place.http.delete(place.api + made["links"]["self"])
    gone = embed(place, page)
    assert (gone.status_code, gone.json()["code"]) == (404, "share_not_found")


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/p/{id}", "http://evil.example@{host}/p/{id}", "http://{host}.evil.example/p/{id}",
        "http://{host}@evil.example/p/{id}", "https://{host}/p/{id}", "//{host}/p/{id}", "/p/{id}", "p/{id}",
        "javascript:alert(1)", "file:///p/{id}", "http://[/p/{id}", "http://{host}/images/{id}",
        "http://{host}/v1/public/images/{id}", "http://{host}/p/{id}/file", "http://{host}/p/", "http://{host}/",
        "http://{host}/s/{id}", "http://{host}/p/../images/{id}",
    ],
)  # fmt: skip
def test_every_other_address_is_refused(place: Place, image_id: str, address: str) -> None:
    """404: of another site, however it is written, and of another page."""
    answer = embed(place, address.format(id=image_id, host=urlsplit(place.api).netloc))
    assert answer.status_code == 404
    assert answer.json()["code"] in ("image_not_found", "share_not_found")


@pytest.mark.medium
def test_an_image_without_pictures_is_refused(place: Place) -> None:
    """Its metadata alone were read: nothing of it can be shown elsewhere."""
    key = f"uploads/{place.owner}/plain.jpg"
    storage.put(key, samples.photo(), "image/jpeg", storage.Noted("metadata"))
    delivery.deliver(place.app)
    found = keys.image_id(settings().images_bucket, key)
    assert place.http.patch(f"{place.api}/v1/images/{found}", json={"visibility": "public"}).status_code == 200
    answer = embed(place, f"{place.api}/p/{found}")
    assert (answer.status_code, answer.json()["code"]) == (404, "thumbnail_not_found")


@pytest.mark.medium
def test_a_private_image_is_refused(place: Place) -> None:
    """As one that never was."""
    image_id = place.upload(samples.photo())
    assert embed(place, f"{place.api}/p/{image_id}").status_code == 404


@pytest.mark.parametrize("form", ["xml", "XML", "yaml", ""])
def test_other_formats_are_not_offered(place: Place, image_id: str, form: str) -> None:
    """501, as the specification says."""
    answer = embed(place, f"{place.api}/p/{image_id}", format=form)
    assert (answer.status_code, answer.json()["code"]) == (501, "format_not_offered")


@pytest.mark.parametrize("query", [{}, {"url": "x", "maxwidth": 0}, {"url": "x", "maxheight": "wide"}])
def test_a_question_that_makes_no_sense_is_refused(api: str, query: dict[str, Any]) -> None:
    """400, with the parameter."""
    answer = requests.get(f"{api}/oembed", params=query, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("creator", "told"),
    [(None, None), ("", None), ([], None), ("Ann", "Ann"), (["Ann", "Bob"], "Ann, Bob"), (["", "Bob"], "Bob")],
)
def test_the_author_is_who_the_file_names(creator: object, told: str | None) -> None:
    """One or several."""
    assert author(creator) == told
