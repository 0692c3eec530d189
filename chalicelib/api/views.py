"""How records look to a caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from chalicelib.api.schemas import PICTURES
from chalicelib.db import images, keys
from chalicelib.db.models import EXPECTED, READY

if TYPE_CHECKING:
    from chalicelib.api import shapes
    from chalicelib.api.endpoint import Call
    from chalicelib.db.models import Image


def summary(call: Call, image: Image) -> shapes.Summary:
    """Return an image as a list shows it."""
    shown = {
        "image_id": image.image_id,
        "state": image.state,
        "name": image.key.rpartition("/")[2],
        "key": image.key,
        "uploaded": image.uploaded,
        "size": _whole(image.size),
        "format": image.format,
        "width": _whole(image.width),
        "height": _whole(image.height),
        "code": image.code,
    }
    return cast("shapes.Summary", {**_present(shown), "links": _links(call, image)})


def record(call: Call, image: Image) -> shapes.Record:
    """Return the whole record of an image."""
    document = images.unpack(image)
    thumbnails = document.get("thumbnails", {})
    shown = {
        "owner": image.owner,
        "revision": image.sequencer.rstrip("0") if image.sequencer else None,
        "changed": image.changed,
        "expires": keys.timestamp(image.expires) if image.state == EXPECTED else None,
        "reason": image.reason,
        "sha256": image.sha256,
        "mime_type": image.mime_type,
        "metadata": document.get("metadata"),
        "analysis": document.get("analysis"),
        "origins": document.get("origins"),
        "warnings": [{"code": code, "detail": detail} for code, detail in document.get("warnings", ())] or None,
        "thumbnails": {
            name: {
                "width": item["width"],
                "height": item["height"],
                "href": call.link(f"/v1/images/{image.image_id}/thumbnail?size={name}"),
            }
            for name, item in thumbnails.items()
        },
    }
    whole: dict[str, Any] = {**summary(call, image)}
    links = whole.pop("links")
    if "analysis" in document:
        links["theme"] = f"{links['self']}/theme"
        shown["pictures"] = {name: {"href": f"{links['self']}/pictures/{name}"} for name in PICTURES}
    if "masks" in document:
        links["masks"] = f"{links['self']}/masks"
    return cast("shapes.Record", {**whole, **_present(shown), "links": links})


def _links(call: Call, image: Image) -> dict[str, str]:
    own = call.link(f"/v1/images/{image.image_id}")
    links = {"self": own}
    if image.state != EXPECTED:
        links["original"] = f"{own}/original"
        links["tags"] = f"{own}/tags"
    if image.state == READY:
        links["thumbnail"] = f"{own}/thumbnail"
    return links


def _present(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if value is not None}


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
