"""Theme and pictures of images that others may see: as their owners get them, and nothing private with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
import requests

from chalicelib.api.endpoint import ROUTES
from chalicelib.config import RATE_LIMITS, settings
from tests import delivery, samples
from tests.chalicelib.routes.test_catalogue import Place, place

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["place"]


def shown(place: Place, kind: str, data: bytes = samples.telling()) -> tuple[str, str]:
    """Let others see an image, as a public one or by a share link; return its id and the path of its record."""
    image_id = place.upload(data)
    if kind == "public":
        place.http.patch(f"{place.api}/v1/images/{image_id}", json={"visibility": "public"})
        return image_id, f"/v1/public/images/{image_id}"
    token = place.http.post(f"{place.api}/v1/images/{image_id}/shares").json()["token"]
    return image_id, f"/v1/shared/{token}"


@pytest.mark.medium
@pytest.mark.parametrize("kind", ["public", "shared"])
def test_others_get_the_theme_and_the_pictures_of_the_owner(place: Place, kind: str) -> None:
    """Byte by byte, by the links of the record; with no private fact of the file in any of them."""
    image_id, path = shown(place, kind)
    record = requests.get(place.api + path, timeout=10).json()
    assert record["links"]["theme"] == f"{path}/theme"
    assert record["pictures"]
    queries = ["theme", "theme?format=css", "theme?format=contrast-page", "theme?format=figma&mode=dark"]
    queries += [item["href"].removeprefix(f"{path}/") for item in record["pictures"].values()]
    for query in queries:
        others = requests.get(f"{place.api}{path}/{query}", timeout=10)
        own = place.get(f"/v1/images/{image_id}/{query}")
        assert (others.status_code, own.status_code) == (200, 200), query
        assert others.content == own.content
        for name in ("Content-Type", "Content-Security-Policy", "Content-Disposition", "ETag"):
            assert others.headers.get(name) == own.headers.get(name)
        private = [*samples.SECRETS.values(), image_id, place.owner, "photo.jpg"]
        assert not [text for text in private if text in others.text]
        if query.startswith("pictures/"):
            assert ET.fromstring(others.text).get("role") == "img"
        known = {"If-None-Match": others.headers["ETag"]}
        assert requests.get(f"{place.api}{path}/{query}", headers=known, timeout=10).status_code == 304


@pytest.mark.medium
@pytest.mark.parametrize(
    ("kind", "end", "code"),
    [
        ("public", lambda place, image_id: place.http.patch(
            f"{place.api}/v1/images/{image_id}", json={"visibility": None}), "image_not_found"),
        ("shared", lambda place, image_id: [
            place.http.delete(f"{place.api}/v1/images/{image_id}/shares/{item['share_id']}")
            for item in place.get(f"/v1/images/{image_id}/shares").json()["shares"]], "share_not_found"),
    ],
    ids=["public", "shared"],
)  # fmt: skip
def test_they_end_with_the_permission(place: Place, kind: str, end: Callable[..., Any], code: str) -> None:
    """At once, and word by word as where there never was an image."""
    image_id, path = shown(place, kind)
    end(place, image_id)
    never = path[: path.rindex("/")] + "/" + ("a" * 26 if kind == "public" else "A" * 32)
    for query in ("theme", "pictures/palette", "pictures/portrait"):
        gone, none = (requests.get(f"{place.api}{base}/{query}", timeout=10) for base in (path, never))
        assert (gone.status_code, gone.json()["code"]) == (404, code)
        assert {**gone.json(), "request_id": 0} == {**none.json(), "request_id": 0}


def test_an_image_without_an_analysis_has_neither(place: Place) -> None:
    """The record has no links to them, and they have a code of their own."""
    sent = place.http.post(
        f"{place.api}/v1/images?filename=plain.jpg&profile=metadata",
        data=samples.jpeg(seed=2),
        headers={"Content-Type": "image/jpeg"},
    )
    plain = sent.json()["image_id"]
    delivery.deliver(place.app)
    place.http.patch(f"{place.api}/v1/images/{plain}", json={"visibility": "public"})
    path = f"{place.api}/v1/public/images/{plain}"
    record = requests.get(path, timeout=10).json()
    assert not {"pictures", "placeholder"} & set(record)
    assert "theme" not in record["links"]
    for query in ("theme", "pictures/palette"):
        answer = requests.get(f"{path}/{query}", timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (404, "analysis_not_available")


@pytest.mark.medium
def test_an_office_behind_one_address_sees_pages_of_thumbnails(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their limit is one of their own, for sixty pages of 50 a minute; others of that address keep theirs."""
    assert RATE_LIMITS["shared"] == (3000, 60)
    seen = {route.path for route in ROUTES if route.path.startswith(("/v1/public/", "/v1/shared/"))}
    assert len(seen) == 10
    assert {route.path for route in ROUTES if route.rate == "shared"} == {*seen, "/oembed"}
    _, path = shown(place, "public")
    monkeypatch.setitem(vars(settings()), "rate_limits", {"public": (1, 86_400), "shared": (200, 86_400)})
    answers = [
        requests.get(f"{place.api}{path}/thumbnail?size=small", allow_redirects=False, timeout=10).status_code
        for _ in range(50)
    ]
    assert answers == [302] * 50


def test_words_stand_beside_the_numbers_that_are_shown(place: Place) -> None:
    """In the record of the owner and in that for others, which has words for its own fields alone."""
    image_id, path = shown(place, "public", samples.enumerated())
    own = place.get(f"/v1/images/{image_id}").json()
    assert own["metadata"]["exposure"]["exposure_program"] == 3
    assert own["words"] == {
        "image": {"orientation": "Upright"},
        "exposure": {
            "exposure_program": "Aperture priority",
            "flash": "Did not fire, always off",
            "flash_mode": "Always off",
            "flash_red_eye": "No red-eye reduction",
            "flash_return": "No detection",
            "light_source": "Shade",
            "metering_mode": "Spot",
        },
    }
    others = requests.get(place.api + path, timeout=10).json()
    assert others["words"] == {"exposure": {"exposure_program": "Aperture priority", "metering_mode": "Spot"}}
