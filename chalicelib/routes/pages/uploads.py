"""Uploading by a form alone: the browser sends the file straight to S3, which leads back here."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from chalice import Blueprint, Response

from chalicelib import storage
from chalicelib.api import check_quota
from chalicelib.api.http.media import UNKNOWN_IMAGE
from chalicelib.api.http.problems import Problem
from chalicelib.api.schemas import page_requests
from chalicelib.config import settings
from chalicelib.db import images, keys
from chalicelib.processing import reconcile
from chalicelib.web import waiting
from chalicelib.web.page import page
from image_processing import formats

if TYPE_CHECKING:
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)

ARRIVED = "/upload/arrived"


@page(routes, "GET", "/upload")
def get_upload(call: PageCall) -> Response:
    """Show the form that sends a file to S3; with scripts, files and folders can be dropped on it."""
    owner = call.caller.owner
    try:
        check_quota.check(call, 1, 1)
    except Problem as problem:
        return call.render("upload.html", status=403, full=problem.detail, ticket=None, largest=formats.MAX_BYTES)
    prefix = f"{keys.UPLOADS}{owner}/{uuid.uuid4()}/"
    arrived = f"{call.origin}{call.link(ARRIVED)}"
    ticket = storage.form(prefix, UNKNOWN_IMAGE, formats.MAX_BYTES, arrived)
    return call.render(
        "upload.html", full="", ticket=ticket, largest=formats.MAX_BYTES, lasts=settings().ticket_seconds
    )


@page(routes, "GET", ARRIVED)
def get_arrived(call: PageCall) -> Response:
    """Lead to the page of an image that has just arrived; until it has a record, wait for it."""
    key = call.query(page_requests.Arrival).key
    if keys.owner_of(key) != call.caller.owner:
        raise Problem("image_not_found", "This upload is not one of yours.")
    image_id = keys.image_id(settings().images_bucket, key)
    if images.get_present(image_id) is None:
        return call.render(
            "arrived.html",
            name=keys.file_name(key),
            image_id=image_id,
            swept=reconcile.EVERY_SECONDS,
            again=waiting.again(call),
            fresh=call.link(f"{ARRIVED}?{urlencode({'key': key})}"),
        )
    return call.go(f"/images/{image_id}")
