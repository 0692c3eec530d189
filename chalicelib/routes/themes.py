"""Results for designers: an image's theme in many formats, and pictures of its analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib.api import designs, find_image
from chalicelib.api.endpoint import endpoint
from chalicelib.api.schemas import image_requests  # noqa: TC001  `endpoint` reads the annotations
from chalicelib.api.security.access import Access

if TYPE_CHECKING:
    from chalicelib.api.call import Call

routes = Blueprint(__name__)


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}/theme",
    Access.READ,
    answers=designs.THEME,
    problems=[*find_image.PROCESSED, *designs.THEME_PROBLEMS],
    tagged=True,
)
def get_theme(call: Call, image_id: str, query: image_requests.ThemeQuery) -> Response:
    """Return the theme derived from an image's palette; every pair of its colours passes WCAG 2.2."""
    return designs.theme(call, find_image.processed(call, image_id), query)


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}/pictures/{name}",
    Access.READ,
    answers=designs.PICTURE,
    problems=[*find_image.PROCESSED, *designs.PICTURE_PROBLEMS],
    tagged=True,
)
def get_picture(call: Call, image_id: str, name: str, query: image_requests.PictureQuery) -> Response:
    """Return a picture of an image's analysis as SVG."""
    return designs.picture(call, find_image.processed(call, image_id), name, query)
