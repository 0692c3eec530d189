"""An image's theme in many formats, and pictures of its analysis.

Both are derived from the stored analysis when asked for; the pixels are not touched again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib.api import find_image
from chalicelib.api.endpoint import Answer, endpoint
from chalicelib.api.http.media import JSON
from chalicelib.api.http.problems import Problem
from chalicelib.api.schemas import image_requests
from chalicelib.api.security.access import Access

if TYPE_CHECKING:
    from chalicelib.api.call import Call

routes = Blueprint(__name__)

# Pages and pictures carry their own style and nothing else: opening one runs no script and fetches nothing
HARMLESS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}/theme",
    Access.READ,
    answers={200: Answer(media=(JSON, "application/design-tokens+json", "text/css", "text/html"))},
    problems=[*find_image.PROCESSED, "analysis_not_available"],
    tagged=True,
)
def get_theme(call: Call, image_id: str, query: image_requests.ThemeQuery) -> Response:
    """Return the theme derived from an image's palette; every pair of its colours passes WCAG 2.2."""
    from image_processing import theme  # noqa: PLC0415  only requests for themes pay for the import
    from image_processing.theme import exports  # noqa: PLC0415

    built = theme.build(find_image.analysis(call, image_id), query.contrast)
    form = exports.FORMATS[query.format]
    try:
        text = exports.write(built, query.format, query.mode)
    except exports.OneModeNeededError as error:
        raise Problem("invalid_request", f"In the query: {error}") from None
    named = {"Content-Disposition": f'inline; filename="{form.filename}"'}
    return call.tagged_text(text, form.content_type, headers={**HARMLESS, **named})


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}/pictures/{name}",
    Access.READ,
    answers={200: Answer(media=("image/svg+xml",))},
    problems=[*find_image.PROCESSED, "analysis_not_available", "picture_not_found"],
    tagged=True,
)
def get_picture(call: Call, image_id: str, name: str, query: image_requests.PictureQuery) -> Response:
    """Return a picture of an image's analysis as SVG."""
    from image_processing import pictures  # noqa: PLC0415  see get_theme

    analysis = find_image.analysis(call, image_id)
    if name not in image_requests.PICTURES:
        raise Problem("picture_not_found", f"The pictures are: {', '.join(image_requests.PICTURES)}.")
    try:
        text = pictures.draw(name, analysis, query.contrast)
    except KeyError as missing:
        raise Problem("analysis_not_available", f"The image's analysis lacks the part {missing}.") from None
    return call.tagged_text(text, pictures.CONTENT_TYPE, headers=HARMLESS)
