"""Describe public and shared images to sites that embed them. Source: oEmbed 1.0, https://oembed.com."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from chalicelib import presigned
from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import public_image, thumbnails

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.api.presenters.public_image import Shown
    from chalicelib.api.schemas import image_requests, image_responses
    from chalicelib.api.schemas.image_responses import PublishedThumbnail

PROVIDER = "Janus"


def describe(call: Call, query: image_requests.Embedding) -> image_responses.Embedded:
    """Return the description of the image of a page; raise Problem (404) for every other address."""
    record = public_image.record(call, _shown(call, query.url))
    found = [record["thumbnails"][name] for name in thumbnails.LARGEST_FIRST if name in record["thumbnails"]]
    if not found:
        raise Problem("thumbnail_not_found", "This image has no picture to embed.")
    most = query.maxwidth or found[0]["width"], query.maxheight or found[0]["height"]
    fitting = [one for one in found if one["width"] <= most[0] and one["height"] <= most[1]]
    picture, thumbnail = [*fitting, found[-1]][0], found[-1]
    width, height = _within(picture, most)
    rights = record["metadata"].get("rights", {})
    described = {
        "type": "photo",
        "version": "1.0",
        "url": call.origin + picture["href"],
        "width": width,
        "height": height,
        "thumbnail_url": call.origin + thumbnail["href"],
        "thumbnail_width": thumbnail["width"],
        "thumbnail_height": thumbnail["height"],
        "title": record.get("title"),
        "author_name": author(rights.get("creator")),
        "provider_name": PROVIDER,
        "provider_url": call.origin + call.link("/"),
        "cache_age": presigned.OTHERS,
    }
    told = {name: value for name, value in described.items() if value is not None}
    return cast("image_responses.Embedded", told)


def author(creator: object) -> str | None:
    """Return the creators that a file names, as one text; None without one."""
    names = creator if isinstance(creator, list | tuple) else [creator]
    return ", ".join(str(name) for name in names if name) or None


def _shown(call: Call, address: str) -> Shown:
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    kind, _, name = parts.path.removeprefix(call.link("/")).rstrip("/").partition("/")
    ours = f"{parts.scheme}://{parts.netloc}".lower() == call.origin and parts.path.startswith(call.link("/"))
    if ours and kind == "p":
        return public_image.public(name)
    if ours and kind == "s":
        return public_image.shared(name)
    raise Problem(
        "image_not_found", "`url` leads to no public or shared image of this site, `/p/{id}` or `/s/{token}`."
    )


def _within(picture: PublishedThumbnail, most: tuple[int, int]) -> tuple[int, int]:
    """Return the size at which a picture is to be shown: its own, or smaller in the same ratio."""
    width, height = picture["width"], picture["height"]
    ratio = min(1.0, most[0] / width, most[1] / height)
    return max(1, int(width * ratio)), max(1, int(height * ratio))
