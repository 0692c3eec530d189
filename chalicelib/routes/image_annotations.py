"""Annotations of the caller's images, decisions about them, and the audit and the crops that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib.api import edit_annotations, find_image
from chalicelib.api.endpoint import endpoint
from chalicelib.api.http.media import JSON
from chalicelib.api.presenters import image_annotations
from chalicelib.api.schemas import (
    accessibility_responses,
    annotation_requests,
    annotation_responses,
    crop_requests,
    crop_responses,
)
from chalicelib.api.security.access import Access
from chalicelib.api.security.caller import READ_SCOPE

if TYPE_CHECKING:
    from chalicelib.api.call import Call

routes = Blueprint(__name__)

MAX_EDIT_BYTES = 512 << 10  # a hundred values of 400 characters, each escaped in twelve


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}/annotations",
    Access.READ,
    answers={200: annotation_responses.Annotations},
    problems=find_image.PROCESSED,
    tagged=True,
)
def get_annotations(call: Call, image_id: str, query: annotation_requests.ShownAnnotations) -> Response:
    """Return what models found in an image, and what its owner decided about it."""
    image = find_image.processed(call, image_id)
    return call.tagged(image_annotations.shown(call, image, removed=query.removed))


@endpoint(
    routes,
    "PATCH",
    "/v1/images/{image_id}/annotations",
    Access.WRITE,
    answers={200: annotation_responses.Annotations, 204: None},
    problems=[*find_image.PROCESSED, "image_not_read", "annotation_not_found", "too_many_annotations"],
    content_types={JSON: MAX_EDIT_BYTES},
)
def patch_annotations(call: Call, image_id: str, body: annotation_requests.AnnotationsEdit) -> Response:
    """Confirm, correct or remove annotations, or add some; a later model never undoes that.

    The answer has them all, or is 204 for an API key without the scope `read`.
    """
    image = edit_annotations.apply(call, image_id, body)
    if READ_SCOPE not in call.caller.scopes:
        return call.done()
    return call.answer(image_annotations.shown(call, image))


@endpoint(
    routes,
    "DELETE",
    "/v1/images/{image_id}/annotations",
    Access.WRITE,
    answers={204: None},
    problems=[*find_image.PROCESSED, "image_not_read"],
)
def delete_annotations(call: Call, image_id: str) -> Response:
    """Delete all annotations of an image, with the decisions about them; no model looks at this content again."""
    edit_annotations.delete(call, image_id)
    return call.done()


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}/accessibility",
    Access.READ,
    answers={200: accessibility_responses.Accessibility},
    problems=find_image.PROCESSED,
    tagged=True,
)
def get_accessibility(call: Call, image_id: str, query: annotation_requests.ShownWidth) -> Response:
    """Audit an image for people who see it badly or not at all: its text alternative, its texts, its colours."""
    from chalicelib.api.presenters import accessibility  # noqa: PLC0415  no other route needs it

    return call.tagged(accessibility.audit(call, find_image.processed(call, image_id), query.width))


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}/crops",
    Access.READ,
    answers={200: crop_responses.Crops},
    problems=[*find_image.PROCESSED, "size_not_available"],
    tagged=True,
)
def get_crops(call: Call, image_id: str, query: crop_requests.CropRatios) -> Response:
    """Return the crop of each ratio that keeps the largest and surest heads whole, with the CSS that shows it."""
    from chalicelib.api.presenters import crops  # noqa: PLC0415  only this route and the image's page need it

    return call.tagged(crops.shown(call, find_image.processed(call, image_id), query.ratio.split(",")))
