"""Images: tickets and uploads, records, lists, files, deletion."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib import presigned, storage, texts
from chalicelib.api import bulk_actions, check_quota, edit_image, file_links, find_image, idempotency
from chalicelib.api.endpoint import Answer, endpoint
from chalicelib.api.http import entity_tags, media
from chalicelib.api.http.media import JSON
from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import image_record
from chalicelib.api.schemas import image_requests, image_responses, system_responses
from chalicelib.api.security.access import Access
from chalicelib.api.security.caller import READ_SCOPE
from chalicelib.catalogue.index import cards
from chalicelib.config import settings
from chalicelib.db import document_codec, images, keys
from chalicelib.db.models import EXPECTED
from image_processing import formats

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.db.models import Image

routes = Blueprint(__name__)

MAX_BODY_BYTES = 4_500_000  # of an image: Lambda takes 6 MB, and API Gateway sends binary bodies as Base64
MAX_TICKETS_BYTES = 512 << 10  # of JSON that asks for tickets
MAX_EDIT_BYTES = 128 << 10


@endpoint(
    routes,
    "POST",
    "/v1/images",
    Access.WRITE,
    answers={
        201: image_responses.Tickets,
        202: Answer(image_responses.Record, headers=("Location", "Retry-After")),
    },
    problems=["body_not_binary", "quota_exceeded"],
    content_types={JSON: MAX_TICKETS_BYTES, **dict.fromkeys(media.ACCEPTED_IMAGES, MAX_BODY_BYTES)},
)
def post_images(
    call: Call, query: image_requests.SentImage, body: image_requests.TicketRequest | None
) -> Response:
    """Return upload tickets for the files named in a JSON body, or accept a small image as the body itself."""
    if body is not None:
        check_quota.check(call, len(body.images), len(body.images))  # a file has a byte, at the least
        types = [
            _content_type(*file) for file in enumerate(body.images)
        ]  # all are checked before any ticket is written
        given = enumerate(zip(body.images, types, strict=True))
        tickets: image_responses.Tickets = {"images": [_ticket(call, number, *file) for number, file in given]}
        return call.answer(tickets, status=201)
    return _take(call, query)


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}",
    Access.READ,
    answers={200: image_responses.Record},
    problems=["image_not_found"],
    tagged=True,
)
def get_image(call: Call, image_id: str) -> Response:
    """Return an image's record."""
    return call.tagged(image_record.record(call, find_image.own(call, image_id)))


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}/tags",
    Access.READ,
    answers={200: image_responses.Tags},
    problems=find_image.PROCESSED,
    tagged=True,
)
def get_tags(call: Call, image_id: str) -> Response:
    """Return all raw tags, by the group and tag names of their standards."""
    image = find_image.processed(call, image_id)
    return call.tagged({"image_id": image.image_id, "tags": document_codec.unpack(image.document).get("tags", {})})


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
    """Move an image to the trash for 30 days; its derived files and share links are deleted."""
    matched = call.header("if-match") is not None
    bulk_actions.to_trash(edit_image.seal(call, image_id) if matched else find_image.own(call, image_id))
    return call.done()


@endpoint(
    routes,
    "PATCH",
    "/v1/images/{image_id}",
    Access.WRITE,
    answers={200: Answer(image_responses.Record, headers=("ETag",)), 204: Answer(headers=("ETag",))},
    problems=["image_not_found"],
    content_types={JSON: MAX_EDIT_BYTES},
    matched=True,
)
def patch_image(call: Call, image_id: str, body: image_requests.Edit) -> Response:
    """Change title, description, text alternative, tags and visibility: omitted fields stay, null removes.

    Tags are trimmed and keep their case; duplicates are merged. The answer is the record, or 204 for an API key
    without the scope `read`.
    """
    image = edit_image.apply(call, image_id, body, call.header("if-match"))
    record = image_record.record(call, image)
    if READ_SCOPE not in call.caller.scopes:
        return Response(body="", status_code=204, headers={"ETag": entity_tags.of_json(record)})
    return call.tagged(record)


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}/original",
    Access.READ,
    answers={200: image_responses.Address, 302: file_links.REDIRECT},
    problems=find_image.PROCESSED,
)
def get_original(call: Call, image_id: str, query: image_requests.Redirected) -> Response:
    """Redirect to the file as it was uploaded."""
    return file_links.lead_to_original(call, find_image.processed(call, image_id), redirect=query.redirect)


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}/thumbnail",
    Access.READ,
    answers={200: image_responses.Address, 302: file_links.REDIRECT},
    problems=[*find_image.PROCESSED, "thumbnail_not_found"],
)
def get_thumbnail(call: Call, image_id: str, query: image_requests.SizedThumbnail) -> Response:
    """Redirect to a thumbnail: WebP, upright, in sRGB, without metadata."""
    return file_links.lead_to_thumbnail(call, find_image.processed(call, image_id), query, presigned.OWNER)


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}/masks",
    Access.READ,
    answers={200: image_responses.Address, 302: file_links.REDIRECT},
    problems=[*find_image.PROCESSED, "masks_not_available"],
)
def get_masks(call: Call, image_id: str, query: image_requests.Redirected) -> Response:
    """Redirect to the luminance layers: an indexed PNG, 1 to 10 for layers 0 to 9, as greys in steps of 25."""
    masks = document_codec.unpack(find_image.processed(call, image_id).document).get("masks")
    if masks is None:
        raise Problem(
            "masks_not_available", "Masks are made with the profile `full`. Upload the image with that profile."
        )
    return file_links.lead(call, storage.link(masks["key"], "image/png"), redirect=query.redirect)


def _ticket(
    call: Call, number: int, expected: image_requests.Expected, content_type: str
) -> image_responses.Ticket:
    name = texts.shown(expected.filename)
    image = _expect(call, name, idempotency.seed(call, number))
    if image.state != EXPECTED:  # an old Idempotency-Key has come again: the image uploaded with it stays
        image = _expect(call, name)
    noted = storage.Noted(expected.profile, name, expected.recognition)
    given = storage.ticket(image.key, content_type, formats.MAX_BYTES, noted)
    image_id = image.image_id
    return {
        "image_id": image_id,
        "key": image.key,
        "max_bytes": formats.MAX_BYTES,
        "expires": keys.timestamp(keys.now() + timedelta(seconds=settings().ticket_seconds)),
        "upload": {"method": "POST", "url": given.url, "fields": given.fields},
        "links": {"self": call.link(f"/v1/images/{image_id}")},
    }


def _expect(call: Call, name: str, seed: str | None = None) -> Image:
    """Write the ticket of a file of that name; the same seed gives the same key."""
    key = keys.upload_key(call.caller.owner, name, seed)
    facts = None if name == keys.file_name(key) else cards.pack_facts(cards.Facts(name=name))
    return images.expect(keys.image_id(settings().images_bucket, key), call.caller.owner, key, facts)


def _content_type(number: int, expected: image_requests.Expected) -> str:
    if expected.content_type is None:
        return media.BY_EXTENSION.get(expected.filename.rpartition(".")[2].lower(), media.UNKNOWN_IMAGE)
    content_type = media.bare(expected.content_type)
    if content_type not in media.ACCEPTED_IMAGES:
        known = ", ".join(media.IMAGES)
        refusal = f"{expected.content_type!r} is not accepted. Send one of {known}, or omit it."
        fault: system_responses.Fault = {"pointer": f"#/images/{number}/content_type", "detail": refusal}
        raise Problem("unsupported_media_type", refusal, errors=[fault])
    return media.kept(content_type)


def _take(call: Call, query: image_requests.SentImage) -> Response:
    data = call.binary_body
    if not data:
        raise Problem("invalid_request", "The body is empty: send the bytes of an image.")
    check_quota.check(call, 1, len(data))
    name = texts.shown(query.filename)
    image = _expect(call, name, idempotency.seed(call))
    noted = storage.Noted(query.profile, name, query.recognition)
    storage.put(image.key, data, media.kept(call.content_type), noted)
    shown = image_record.record(call, image)
    return call.answer(shown, status=202, headers={"Location": shown["links"]["self"], **find_image.RETRY})
