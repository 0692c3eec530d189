"""Find the image that a route is about, for the one who may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.api.http.problems import Problem
from chalicelib.db import document_codec, images, keys
from chalicelib.db.models import EXPECTED

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.db.models import Image

RETRY = {"Retry-After": "1"}
PROCESSED = ("image_not_found", "image_not_ready")  # codes that `processed` may raise


def own(call: Call, image_id: str, *, consistent: bool = False) -> Image:
    """Return the caller's image; absent images and those of others look the same (Problem, 404)."""
    image = images.get_present(image_id, consistent=consistent) if keys.is_image_id(image_id) else None
    if image is None or image.owner != call.caller.owner:
        raise Problem("image_not_found", "You have no image with this id. A new upload may need a moment.")
    return image


def of_anybody(image_id: str, *, consistent: bool = False) -> Image:
    """Return an image of any owner, for an admin; raise Problem (404) where there is none."""
    image = images.get_present(image_id, consistent=consistent) if keys.is_image_id(image_id) else None
    if image is None:
        raise Problem("image_not_found", "There is no image with this id.")
    return image


def processed(call: Call, image_id: str) -> Image:
    """Return the caller's image once it is ready or failed; before, raise Problem (409)."""
    return require_processed(own(call, image_id))


def require_processed(image: Image) -> Image:
    """Return an image that is ready or failed; raise Problem (409) for one that is expected."""
    if image.state == EXPECTED:
        raise Problem(
            "image_not_ready",
            "The upload has not arrived, or is being processed. Try again in a moment.",
            headers=RETRY,
        )
    return image


def analysis(image: Image) -> dict[str, Any]:
    """Return the analysis of an image; where there is none, raise Problem (404)."""
    found = document_codec.unpack(image.document).get("analysis")
    if not isinstance(found, dict):
        raise Problem(
            "analysis_not_available",
            "This image was not analysed: its pixels could not be decoded, or its profile leaves that out.",
        )
    return found
