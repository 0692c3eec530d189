"""Public images, and the images of share links, without authentication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib.api import designs, embedding, file_links
from chalicelib.api.endpoint import endpoint
from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import public_image
from chalicelib.api.schemas import image_requests, image_responses
from chalicelib.api.security import rate_limit
from chalicelib.api.security.access import Access

if TYPE_CHECKING:
    from chalicelib.api.call import Call

routes = Blueprint(__name__)

FILE_PROBLEMS = ("image_not_ready", "file_not_available")
SHARED_PROBLEMS = ("share_not_found", *FILE_PROBLEMS)  # where faces are blurred, of everything
FILE = {200: image_responses.Address, 302: file_links.REDIRECT}


@endpoint(
    routes,
    "GET",
    "/v1/public/images/{image_id}",
    Access.PUBLIC,
    answers={200: image_responses.PublishedImage},
    problems=["image_not_found"],
    tagged=True,
    rate=rate_limit.SHARED,
)
def get_public_image(call: Call, image_id: str) -> Response:
    """Return the public record of an image."""
    return call.tagged(public_image.record(call, public_image.public(image_id)))


@endpoint(
    routes,
    "GET",
    "/v1/public/images/{image_id}/thumbnail",
    Access.PUBLIC,
    answers=FILE,
    problems=["image_not_found", "thumbnail_not_found"],
    rate=rate_limit.SHARED,
)
def get_public_thumbnail(call: Call, image_id: str, query: image_requests.SizedThumbnail) -> Response:
    """Redirect to a thumbnail of a public image."""
    return file_links.lead_to_thumbnail(call, public_image.public(image_id).image, query)


@endpoint(
    routes,
    "GET",
    "/v1/public/images/{image_id}/file",
    Access.PUBLIC,
    answers=FILE,
    problems=["image_not_found", *FILE_PROBLEMS],
    rate=rate_limit.SHARED,
)
def get_public_file(call: Call, image_id: str, query: image_requests.Redirected) -> Response:
    """Redirect to the published copy of a public image, which has no private metadata."""
    return file_links.lead_to_published(call, public_image.public(image_id).image, query)


@endpoint(
    routes,
    "GET",
    "/v1/public/images/{image_id}/theme",
    Access.PUBLIC,
    answers=designs.THEME,
    problems=["image_not_found", *designs.THEME_PROBLEMS],
    tagged=True,
    rate=rate_limit.SHARED,
)
def get_public_theme(call: Call, image_id: str, query: image_requests.ThemeQuery) -> Response:
    """Return the theme of a public image, as its owner gets it."""
    return designs.theme(call, public_image.public(image_id).image, query)


@endpoint(
    routes,
    "GET",
    "/v1/public/images/{image_id}/pictures/{name}",
    Access.PUBLIC,
    answers=designs.PICTURE,
    problems=["image_not_found", *designs.PICTURE_PROBLEMS],
    tagged=True,
    rate=rate_limit.SHARED,
)
def get_public_picture(call: Call, image_id: str, name: str, query: image_requests.PictureQuery) -> Response:
    """Return a picture of the analysis of a public image, as SVG."""
    return designs.picture(call, public_image.public(image_id).image, name, query)


@endpoint(
    routes,
    "GET",
    "/oembed",
    Access.PUBLIC,
    answers={200: image_responses.Embedded},
    problems=["image_not_found", *SHARED_PROBLEMS, "thumbnail_not_found", "format_not_offered"],
    rate=rate_limit.SHARED,
)
def get_embedding(call: Call, query: image_requests.Embedding) -> Response:
    """Describe the page of a public or shared image to sites that embed it (oEmbed 1.0); as JSON only."""
    if query.format != "json":
        raise Problem("format_not_offered", "Ask for `format=json`; there is no other.")
    return call.answer(embedding.describe(call, query))


@endpoint(
    routes,
    "GET",
    "/v1/shared/{token}",
    Access.PUBLIC,
    answers={200: image_responses.PublishedImage},
    problems=[*SHARED_PROBLEMS],
    tagged=True,
    rate=rate_limit.SHARED,
)
def get_shared(call: Call, token: str) -> Response:
    """Return the public record of a shared image."""
    return call.tagged(public_image.record(call, public_image.shared(token)))


@endpoint(
    routes,
    "GET",
    "/v1/shared/{token}/thumbnail",
    Access.PUBLIC,
    answers=FILE,
    problems=[*SHARED_PROBLEMS, "thumbnail_not_found"],
    rate=rate_limit.SHARED,
)
def get_shared_thumbnail(call: Call, token: str, query: image_requests.SizedThumbnail) -> Response:
    """Redirect to a thumbnail of a shared image."""
    shown = public_image.shared(token)
    return file_links.lead_to_thumbnail(call, shown.image, query, copies=shown.blurred)


@endpoint(
    routes,
    "GET",
    "/v1/shared/{token}/file",
    Access.PUBLIC,
    answers=FILE,
    problems=[*SHARED_PROBLEMS],
    rate=rate_limit.SHARED,
)
def get_shared_file(call: Call, token: str, query: image_requests.Redirected) -> Response:
    """Redirect to the published copy of a shared image, if the link has the scope `original`."""
    shown = public_image.shared(token)
    if not shown.with_file:
        raise Problem("file_not_available", "This link gives access to the record and the thumbnails only.")
    return file_links.lead_to_published(call, shown.image, query, copies=shown.blurred)


@endpoint(
    routes,
    "GET",
    "/v1/shared/{token}/theme",
    Access.PUBLIC,
    answers=designs.THEME,
    problems=[*SHARED_PROBLEMS, *designs.THEME_PROBLEMS],
    tagged=True,
    rate=rate_limit.SHARED,
)
def get_shared_theme(call: Call, token: str, query: image_requests.ThemeQuery) -> Response:
    """Return the theme of the image of a share link, as its owner gets it."""
    return designs.theme(call, public_image.shared(token).image, query)


@endpoint(
    routes,
    "GET",
    "/v1/shared/{token}/pictures/{name}",
    Access.PUBLIC,
    answers=designs.PICTURE,
    problems=[*SHARED_PROBLEMS, *designs.PICTURE_PROBLEMS],
    tagged=True,
    rate=rate_limit.SHARED,
)
def get_shared_picture(call: Call, token: str, name: str, query: image_requests.PictureQuery) -> Response:
    """Return a picture of the analysis of the image of a share link, as SVG."""
    shown = public_image.shared(token)
    if shown.blurred:
        raise Problem("analysis_not_available", "This link has blurred faces, and no pictures of the analysis.")
    return designs.picture(call, shown.image, name, query)
