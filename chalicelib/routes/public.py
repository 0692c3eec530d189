"""Public images, and the images of share links, without authentication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib.api import publication, schemas, shapes
from chalicelib.api.access import Access
from chalicelib.api.endpoint import endpoint
from chalicelib.api.problems import Problem
from chalicelib.routes import leading

if TYPE_CHECKING:
    from chalicelib.api.http.call import Call

routes = Blueprint(__name__)

FILE_PROBLEMS = ("image_not_ready", "file_not_available")
FILE = {200: shapes.Address, 302: leading.REDIRECT}


@endpoint(
    routes,
    "GET",
    "/v1/public/images/{image_id}",
    Access.PUBLIC,
    answers={200: shapes.PublishedImage},
    problems=["image_not_found"],
    tagged=True,
)
def get_public_image(call: Call, image_id: str) -> Response:
    """Return the public record of an image."""
    return call.tagged(publication.record(call, publication.public(image_id)))


@endpoint(
    routes,
    "GET",
    "/v1/public/images/{image_id}/thumbnail",
    Access.PUBLIC,
    answers=FILE,
    problems=["image_not_found", "thumbnail_not_found"],
)
def get_public_thumbnail(call: Call, image_id: str, query: schemas.SizedThumbnail) -> Response:
    """Lead to a thumbnail of a public image."""
    return leading.lead_to_thumbnail(call, publication.public(image_id).image, query)


@endpoint(
    routes,
    "GET",
    "/v1/public/images/{image_id}/file",
    Access.PUBLIC,
    answers=FILE,
    problems=["image_not_found", *FILE_PROBLEMS],
)
def get_public_file(call: Call, image_id: str, query: schemas.Redirected) -> Response:
    """Lead to the published file of a public image: its picture, and nothing private with it."""
    return leading.lead_to_published(call, publication.public(image_id).image, query)


@endpoint(
    routes,
    "GET",
    "/v1/shared/{token}",
    Access.PUBLIC,
    answers={200: shapes.PublishedImage},
    problems=["share_not_found"],
    tagged=True,
)
def get_shared(call: Call, token: str) -> Response:
    """Return the public record of the image of a share link."""
    return call.tagged(publication.record(call, publication.shared(token)))


@endpoint(
    routes,
    "GET",
    "/v1/shared/{token}/thumbnail",
    Access.PUBLIC,
    answers=FILE,
    problems=["share_not_found", "thumbnail_not_found"],
)
def get_shared_thumbnail(call: Call, token: str, query: schemas.SizedThumbnail) -> Response:
    """Lead to a thumbnail of a shared image."""
    return leading.lead_to_thumbnail(call, publication.shared(token).image, query)


@endpoint(
    routes,
    "GET",
    "/v1/shared/{token}/file",
    Access.PUBLIC,
    answers=FILE,
    problems=["share_not_found", *FILE_PROBLEMS],
)
def get_shared_file(call: Call, token: str, query: schemas.Redirected) -> Response:
    """Lead to the published file of a shared image, where the link is for that, too."""
    shown = publication.shared(token)
    if not shown.with_file:
        raise Problem("file_not_available", "This link is for the record and the thumbnails.")
    return leading.lead_to_published(call, shown.image, query)
