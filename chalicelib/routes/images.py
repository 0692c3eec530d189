"""Images: tickets and uploads, records, lists, files, deletion."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from chalice import Blueprint, Response

from chalicelib import ingest, storage
from chalicelib.api import cursors, lookup, schemas, shapes, views
from chalicelib.api.access import Access
from chalicelib.api.endpoint import JSON, Answer, Call, endpoint
from chalicelib.api.problems import TICKETS, Problem
from chalicelib.api.schemas import IMAGE_TYPES, UNKNOWN_TYPE
from chalicelib.config import settings
from chalicelib.db import images, keys
from chalicelib.db.models import READY
from image_processing import formats

routes = Blueprint(__name__)

TYPE_BY_EXTENSION = {end: known.mime_type for known in formats.FORMATS.values() for end in known.extensions}
REDIRECT = Answer(headers=("Location",))
MAX_BODY_BYTES = 4_500_000  # Lambda takes 6 MB, and API Gateway sends binary bodies as Base64


@endpoint(
    routes,
    "POST",
    "/v1/images",
    Access.WRITE,
    answers={201: shapes.Tickets, 202: Answer(shapes.Record, headers=("Location", "Retry-After"))},
    problems=["quota_exceeded"],
    content_types=[JSON, *IMAGE_TYPES],
)
def post_images(call: Call, query: schemas.SentImage, body: schemas.TicketRequest | None) -> Response:
    """Give upload tickets for the files that a JSON body names, or take a small image that is the body itself."""
    if body is not None:
        tickets: shapes.Tickets = {"images": [_ticket(call, item) for item in body.images]}
        return call.answer(tickets, status=201)
    return _take(call, query)


@endpoint(
    routes,
    "GET",
    "/v1/images",
    Access.READ,
    answers={200: shapes.ImagePage},
    problems=["invalid_cursor"],
    tagged=True,
)
def list_images(call: Call, query: schemas.Listing) -> Response:
    """List the caller's images, newest first."""
    owner = call.caller.owner
    bound = {"list": "images", "owner": owner}
    after = cursors.verify(query.cursor, **bound) if query.cursor else None
    page = images.newest(owner, query.limit, after)
    body: shapes.ImagePage = {"images": [views.summary(call, image) for image in page.images], "links": {}}
    if page.after is not None:
        body["cursor"] = cursors.sign(page.after, **bound)
        following = urlencode({"limit": query.limit, "cursor": body["cursor"]})
        body["links"]["next"] = call.link(f"/v1/images?{following}")
    return call.tagged(body)


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}",
    Access.READ,
    answers={200: shapes.Record},
    problems=["image_not_found"],
    tagged=True,
)
def get_image(call: Call, image_id: str) -> Response:
    """Return an image's record."""
    return call.tagged(views.record(call, lookup.own(call, image_id)))


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}/tags",
    Access.READ,
    answers={200: shapes.Tags},
    problems=lookup.PROCESSED,
    tagged=True,
)
def get_tags(call: Call, image_id: str) -> Response:
    """Return everything that was read raw, by its standard group and tag name."""
    image = lookup.processed(call, image_id)
    return call.tagged({"image_id": image.image_id, "tags": images.unpack(image).get("tags", {})})


@endpoint(
    routes,
    "DELETE",
    "/v1/images/{image_id}",
    Access.WRITE,
    answers={204: None},
    problems=["image_not_found"],
    matched=True,
)
def delete_image(call: Call, image_id: str) -> Response:
    """Delete an image: the object, what was derived from it, and the record."""
    image = lookup.own(call, image_id)
    if call.header("if-match") is not None:
        call.require_match(views.record(call, image))
    try:
        ingest.remove(image)
    except storage.ObjectChangedError:
        raise Problem(
            "precondition_failed", "A newer file has just arrived under its key; read the image again."
        ) from None
    return Response(body="", status_code=204)


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}/original",
    Access.READ,
    answers={200: shapes.Address, 302: REDIRECT},
    problems=lookup.PROCESSED,
)
def get_original(call: Call, image_id: str, query: schemas.Redirected) -> Response:
    """Lead to the file as it was uploaded."""
    image = lookup.processed(call, image_id)
    content_type = image.mime_type or UNKNOWN_TYPE
    shown = image.state == READY
    url = storage.link(image.key, content_type, filename=keys.safe_name(image.key), shown=shown)
    return _lead(call, url, redirect=query.redirect)


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}/thumbnail",
    Access.READ,
    answers={200: shapes.Address, 302: REDIRECT},
    problems=[*lookup.PROCESSED, "thumbnail_not_found"],
)
def get_thumbnail(call: Call, image_id: str, query: schemas.SizedThumbnail) -> Response:
    """Lead to a thumbnail: WebP, upright, in sRGB, without metadata."""
    image = lookup.processed(call, image_id)
    thumbnails = images.unpack(image).get("thumbnails", {})
    if query.size not in thumbnails:
        raise Problem(
            "thumbnail_not_found", f"This {image.format or 'file'} has no thumbnail; its record says why."
        )
    return _lead(call, storage.link(thumbnails[query.size]["key"], "image/webp"), redirect=query.redirect)


def _ticket(call: Call, expected: schemas.Expected) -> shapes.Ticket:
    content_type = _content_type(expected)
    key = keys.upload_key(call.caller.owner, expected.filename)
    image_id = keys.image_id(settings().images_bucket, key)
    given = storage.ticket(key, content_type, formats.MAX_BYTES, expected.profile)
    images.expect(image_id, call.caller.owner, key)
    return {
        "image_id": image_id,
        "key": key,
        "expires": keys.timestamp(keys.now() + timedelta(seconds=settings().ticket_seconds)),
        "upload": {"method": "POST", "url": given.url, "fields": given.fields},
        "links": {"self": call.link(f"/v1/images/{image_id}")},
    }


def _content_type(expected: schemas.Expected) -> str:
    if expected.content_type is None:
        return TYPE_BY_EXTENSION.get(expected.filename.rpartition(".")[2].lower(), UNKNOWN_TYPE)
    if expected.content_type not in IMAGE_TYPES:
        raise Problem(
            "unsupported_media_type",
            f"{expected.content_type!r} is not taken; send one of {', '.join(IMAGE_TYPES)}, or leave it out.",
        )
    return expected.content_type


def _take(call: Call, query: schemas.SentImage) -> Response:
    data = call.body
    if len(data) > MAX_BODY_BYTES:
        raise Problem("body_too_large", f"An image in the body has up to {MAX_BODY_BYTES:,} bytes. {TICKETS}")
    if not data:
        raise Problem("invalid_request", "The body is empty: send the bytes of an image.")
    key = keys.upload_key(call.caller.owner, query.filename)
    image_id = keys.image_id(settings().images_bucket, key)
    image = images.expect(image_id, call.caller.owner, key)
    storage.put(key, data, call.content_type, query.profile)
    shown = views.record(call, image)
    return call.answer(shown, status=202, headers={"Location": shown["links"]["self"], **lookup.RETRY})


def _lead(call: Call, url: str, *, redirect: bool) -> Response:
    if redirect:
        return Response(body="", status_code=302, headers={"Location": url})
    expires = keys.timestamp(keys.now() + timedelta(seconds=settings().link_seconds))
    return call.answer({"url": url, "expires": expires})
