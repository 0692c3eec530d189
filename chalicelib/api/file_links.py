"""Lead to files: by a redirect to S3, or by the address as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalice import Response

from chalicelib import jobs, presigned, storage
from chalicelib.api import find_image
from chalicelib.api.endpoint import Answer
from chalicelib.api.http import media
from chalicelib.api.http.problems import Problem
from chalicelib.catalogue.index import blurred_copies, cards
from chalicelib.config import settings
from chalicelib.db import document_codec, keys
from chalicelib.db.models import PUBLIC, READY, REFUSALS

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.api.call import Call
    from chalicelib.api.schemas import image_requests, image_responses
    from chalicelib.catalogue.index.blurred_copies import Copies
    from chalicelib.db.models import Image

REDIRECT = Answer(headers=("Location",))
PREPARING_SECONDS = 60  # for which one job to publish a file is waited for, before another may be queued
PUBLISHED_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


def lead(call: Call, url: str, *, redirect: bool, expires: datetime | None = None) -> Response:
    """Answer with a signed address, or redirect to it; unless told otherwise, it is one of `storage.link`."""
    if redirect:
        return Response(body="", status_code=302, headers={"Location": url})
    until = expires or keys.now() + timedelta(seconds=settings().link_seconds)
    address: image_responses.Address = {"url": url, "expires": keys.timestamp(until)}
    return call.answer(address)


def lead_to_original(call: Call, image: Image, *, redirect: bool = True, save: bool = False) -> Response:
    """Redirect to an image's file as it was uploaded, to show or to `save` it; raise Problem (404) if refused."""
    if image.code in REFUSALS:
        raise Problem("image_not_found", "The file was refused and is in the trash. The record gives the reason.")
    content_type = image.mime_type or media.UNKNOWN_IMAGE
    shown = image.state == READY and not save
    url = storage.link(image.key, content_type, filename=cards.card(image).name, shown=shown)
    return lead(call, url, redirect=redirect)


def lead_to_thumbnail(
    call: Call,
    image: Image,
    query: image_requests.SizedThumbnail,
    window: int = presigned.OTHERS,
    copies: Copies | None = None,
) -> Response:
    """Lead to a thumbnail of an image, by the address of a window; where it has none, raise Problem (404).

    It is one of the blurred `copies` where a link shows these.
    """
    thumbnails = copies.thumbnails if copies else document_codec.unpack(image.document).get("thumbnails", {})
    if query.size not in thumbnails:
        raise Problem(
            "thumbnail_not_found", f"This {image.format or 'file'} has no thumbnail. The record gives the reason."
        )
    url = presigned.address(thumbnails[query.size]["key"], window)
    return lead(call, url, redirect=query.redirect, expires=keys.at(presigned.expires(window)))


def lead_to_published(
    call: Call,
    image: Image,
    query: image_requests.Redirected,
    filename: str | None = None,
    copies: Copies | None = None,
) -> Response:
    """Lead to the file of a ready image that others may have, to be saved where it is given a name.

    It is the one of the blurred `copies` where a link shows these. Raises Problem while it is being made (409),
    and where there can be none (404).
    """
    if copies:
        return _lead_to_copy(call, copies.key(blurred_copies.FILE), query, filename)
    if image.published is None:
        prepare(image)
        raise Problem(
            "image_not_ready", "The published copy is being made. Try again in a moment.", headers=find_image.RETRY
        )
    if not image.published:
        raise Problem(
            "file_not_available",
            f"This {image.format} cannot be cleaned of private metadata, and has no thumbnail.",
        )
    return _lead_to_copy(call, image.published, query, filename)


def blurred(image: Image) -> Copies:
    """Return the copies of a ready image with its present faces blurred.

    Raises Problem while they are being made, or nobody has looked for faces (409), and where none can be (404).
    """
    copies = blurred_copies.current(image)
    if copies is None:
        if blurred_copies.boxes(image) is not None:
            jobs.send_once("blur_faces", PREPARING_SECONDS, image_id=image.image_id, changed=image.changed)
        raise Problem(
            "image_not_ready",
            "The blurred copies are being made. Try again in a moment.",
            headers=find_image.RETRY,
        )
    if not copies.sizes:
        raise Problem(
            "file_not_available", f"No face of this {image.format} can be blurred: it cannot be decoded."
        )
    return copies


def prepare_public(image: Image) -> None:
    """Have the file of a public image made before somebody asks for it."""
    if image.visibility == PUBLIC:
        prepare(image)


def prepare(image: Image) -> None:
    """Have the file made that others may have of a ready image, unless it is there or is being made."""
    if image.state == READY and image.published is None:
        jobs.send_once("publish", PREPARING_SECONDS, image_id=image.image_id, order=image.sequencer)


def renew_blurred(image: Image, without: str | None = None) -> None:
    """Have the copies with blurred faces made, made anew or deleted, as an image's faces and links are now.

    `without` is the id of a link that is about to be revoked.
    """
    jobs.send("blur_faces", image_id=image.image_id, without=without)


def renew_outdated(image: Image) -> None:
    """Have the copies with blurred faces of an image made anew where its faces have others now."""
    if image.blurred is not None and blurred_copies.current(image) is None:
        renew_blurred(image)


def _lead_to_copy(call: Call, key: str, query: image_requests.Redirected, filename: str | None) -> Response:
    """Lead to a file that others may have, to be saved where it is given a name."""
    extension = key[key.rindex(".") :]
    named = filename and filename + extension
    url = storage.link(key, PUBLISHED_TYPES[extension], filename=named, shown=not named)
    return lead(call, url, redirect=query.redirect)
