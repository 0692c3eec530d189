"""Answers for designers: an image's theme in many formats, and pictures of its analysis.

Both are derived from the stored analysis when asked for; the pixels are not touched again. They show nothing but
the picture's own colours, light and shapes, so that whoever may see an image may have them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.api import find_image
from chalicelib.api.endpoint import Answer
from chalicelib.api.http.media import JSON
from chalicelib.api.http.problems import Problem
from chalicelib.api.schemas import image_requests

if TYPE_CHECKING:
    from chalice import Response

    from chalicelib.api.call import Call
    from chalicelib.db.models import Image

THEME = {200: Answer(media=(JSON, "application/design-tokens+json", "text/css", "text/html"))}
PICTURE = {200: Answer(media=("image/svg+xml",))}
THEME_PROBLEMS = ("analysis_not_available",)
PICTURE_PROBLEMS = ("analysis_not_available", "picture_not_found")

# Pages and pictures carry their own style and nothing else: opening one runs no script and fetches nothing
HARMLESS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
}


def theme(call: Call, image: Image, query: image_requests.ThemeQuery) -> Response:
    """Answer with the theme of an image; where it was not analysed, raise Problem (404)."""
    from image_processing import theme as themes  # noqa: PLC0415  only requests for themes pay for the import
    from image_processing.theme import exports  # noqa: PLC0415

    built = themes.build(find_image.analysis(image), query.contrast)
    form = exports.FORMATS[query.format]
    try:
        text = exports.write(built, query.format, query.mode)
    except exports.OneModeNeededError as error:
        raise Problem("invalid_request", f"In the query: {error}") from None
    named = {"Content-Disposition": f'inline; filename="{form.filename}"'}
    return call.tagged_text(text, form.content_type, headers={**HARMLESS, **named})


def picture(call: Call, image: Image, name: str, query: image_requests.PictureQuery) -> Response:
    """Answer with a picture of an image's analysis, as SVG; where there is none, raise Problem (404)."""
    from image_processing import pictures  # noqa: PLC0415  see theme

    analysis = find_image.analysis(image)
    if name not in image_requests.PICTURES:
        raise Problem("picture_not_found", f"The pictures are: {', '.join(image_requests.PICTURES)}.")
    try:
        text = pictures.draw(name, analysis, query.contrast)
    except KeyError as missing:
        raise Problem("analysis_not_available", f"The image's analysis lacks the part {missing}.") from None
    return call.tagged_text(text, pictures.CONTENT_TYPE, headers=HARMLESS)
