"""Steps: strangers see what is shared or public, and no more, until it is revoked."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests
from PIL import Image

from tests.journey.people import TIMEOUT, Person, wait_for

if TYPE_CHECKING:
    from tests.journey.state import Journey

PRIVATE = {"owner", "key", "name", "image_id", "tags", "taken", "uploaded", "sha256"}


def share(journey: Journey) -> None:
    """Share the picture itself; a stranger sees it without its place, until the link is revoked."""
    person, stranger, path = journey.traveller, journey.stranger, journey.image("harbour.jpg")
    wanted = {"scope": "original", "expires_in": 3600}
    made = person.call("POST", f"{path}/shares", 201, json=wanted).json()
    assert [one["share_id"] for one in person.get(f"{path}/shares")["shares"]] == [made["share_id"]]
    link = f"/v1/shared/{made['token']}"
    wait_for("the link is found", lambda: _status(stranger, link) == 200)
    _check_public(journey, link)
    page = stranger.call("GET", f"/s/{made['token']}")
    assert "Harbour" in page.text, page.text[:500]
    assert '<meta name="robots" content="noindex">' in page.text, page.text[:500]
    assert page.headers["Cache-Control"] == "private, max-age=60", page.headers
    assert "Set-Cookie" not in page.headers, page.headers
    narrow = person.call("POST", f"{path}/shares", 201, json={}).json()
    journey.link = narrow["token"]
    thumbnails = f"/v1/shared/{journey.link}"
    wait_for("the second link is found", lambda: _status(stranger, thumbnails) == 200)
    stranger.refused("GET", f"{thumbnails}/file", 404, "file_not_available")
    person.call("DELETE", f"{path}/shares/{made['share_id']}", 204)
    for route in ("", "/file", "/thumbnail", "/theme"):
        stranger.refused("GET", link + route, 404, "share_not_found")
    assert stranger.call("GET", f"/s/{made['token']}", 404).headers["Content-Type"].startswith("text/html")
    stranger.call("GET", thumbnails)  # the other link goes on until the account is deleted


def publish(journey: Journey) -> None:
    """Make an image public, embed it, and make it private again."""
    person, stranger, image_id = journey.traveller, journey.stranger, journey.ids["harbour.jpg"]
    path = f"/v1/public/images/{image_id}"
    stranger.refused("GET", path, 404, "image_not_found")
    person.call("PATCH", journey.image("harbour.jpg"), json={"visibility": "public"})
    _check_public(journey, path)
    page = stranger.call("GET", f"/p/{image_id}")
    assert 'property="og:image"' in page.text, page.text[:500]
    scheme, _, host = journey.target.origin.partition("://")
    site = f"{scheme}://{journey.target.headers.get('Host', host)}{journey.target.prefix}"
    address = quote(f"{site}/p/{image_id}", safe="")
    embedded = stranger.get(f"/oembed?url={address}&maxwidth=700")
    assert (embedded["type"], embedded["title"]) == ("photo", "Harbour"), embedded
    assert (embedded["width"], embedded["height"]) == (640, 426), embedded
    person.call("PATCH", journey.image("harbour.jpg"), json={"visibility": "private"})
    for route in ("", "/file", "/thumbnail", "/theme"):
        stranger.refused("GET", path + route, 404, "image_not_found")
    stranger.call("GET", f"/p/{image_id}", 404)


def _check_public(journey: Journey, path: str) -> None:
    """Check that a stranger gets the picture and its theme there, and nothing private."""
    stranger = journey.stranger
    seen = stranger.get(path)
    assert (seen["title"], seen["width"], seen["height"]) == ("Harbour", 1600, 1066), seen
    assert seen["metadata"]["camera"]["model"] == "Two-Faced 1", seen
    assert PRIVATE.isdisjoint(seen), seen.keys() & PRIVATE
    assert {"place", "time", "description", "file"}.isdisjoint(seen["metadata"]), seen["metadata"].keys()
    assert journey.traveller.owner not in stranger.call("GET", path).text
    wait_for("the published copy is there", lambda: _status(stranger, f"{path}/file") == 302)
    copy = Image.open(io.BytesIO(stranger.follow(f"{path}/file").content))
    assert (copy.format, copy.size) == ("JPEG", (1600, 1066)), copy
    assert 0x8825 not in copy.getexif(), copy.getexif()  # GPS
    small = Image.open(io.BytesIO(stranger.follow(f"{path}/thumbnail?size=small").content))
    assert (small.format, small.size) == ("WEBP", (256, 170)), small
    signed = requests.get(seen["thumbnails"]["large"]["url"], timeout=TIMEOUT)
    assert Image.open(io.BytesIO(signed.content)).size == (1280, 853)
    assert "light-dark(" in stranger.call("GET", f"{path}/theme?format=css").text
    assert stranger.call("GET", f"{path}/pictures/palette").headers["Content-Type"] == "image/svg+xml"


def _status(person: Person, path: str) -> Any:
    address = person.target.address(path)
    return person.http.get(address, timeout=TIMEOUT, allow_redirects=False).status_code
