"""One action for many images, with a result for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib.api import bulk_actions
from chalicelib.api.endpoint import endpoint
from chalicelib.api.http.media import JSON
from chalicelib.api.schemas import image_requests, image_responses
from chalicelib.api.security.access import Access

if TYPE_CHECKING:
    from chalicelib.api.call import Call

routes = Blueprint(__name__)

MAX_BODY_BYTES = 128 << 10


@endpoint(
    routes,
    "POST",
    "/v1/images/actions",
    Access.WRITE,
    answers={200: image_responses.BulkResult},
    content_types={JSON: MAX_BODY_BYTES},
)
def act_on_images(call: Call, body: image_requests.BulkAction) -> Response:
    """Delete, tag, untag or publish up to 100 images; each image has its own result.

    Missing images and images of other owners both get 404, `image_not_found`.
    """
    result: image_responses.BulkResult = {"images": bulk_actions.act(call, body)}
    return call.answer(result)
