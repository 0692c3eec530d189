"""For admins: whether an image is safe to show. Found unsafe or judged, it is in the list of flagged images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib import presigned
from chalicelib.api import file_links, find_image, judge_image
from chalicelib.api.endpoint import Answer, endpoint
from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import admin_record
from chalicelib.api.schemas import admin_requests, admin_responses, image_requests, image_responses
from chalicelib.api.security.access import Access
from chalicelib.catalogue.index import image_annotations

if TYPE_CHECKING:
    from chalicelib.api.call import Call

routes = Blueprint(__name__)


@endpoint(
    routes,
    "PUT",
    "/v1/admin/images/{image_id}/judgement",
    Access.ADMIN,
    answers={200: Answer(admin_responses.OwnedRecord, headers=("ETag",))},
    problems=[*find_image.PROCESSED, "image_not_read"],
    matched=True,
    audited="judgement.write",
)
def put_judgement(call: Call, image_id: str, body: admin_requests.Judging) -> Response:
    """Judge the present content of an image: no model hides a safe one, and only the owner sees an unsafe one.

    It decides in place of models and owner until the file has other bytes, or it is withdrawn.
    """
    return call.tagged(admin_record.record(call, judge_image.judge(call, image_id, body.verdict, body.note)))


@endpoint(
    routes,
    "DELETE",
    "/v1/admin/images/{image_id}/judgement",
    Access.ADMIN,
    answers={204: None},
    problems=["image_not_found"],
    matched=True,
    audited="judgement.delete",
)
def delete_judgement(call: Call, image_id: str) -> Response:
    """Withdraw the judgement of an image, if there is one: models and owner decide again who sees it."""
    judge_image.withdraw(call, image_id)
    return call.done()


@endpoint(
    routes,
    "GET",
    "/v1/admin/images/{image_id}/thumbnail",
    Access.ADMIN,
    answers={200: image_responses.Address, 302: file_links.REDIRECT},
    problems=["image_not_found", "thumbnail_not_found"],
    audited="image.view",
)
def get_flagged_thumbnail(call: Call, image_id: str, query: image_requests.SizedThumbnail) -> Response:
    """Redirect to a thumbnail of a flagged image of any owner; other pictures are for their owners (403)."""
    image = find_image.of_anybody(image_id, consistent=True)
    if not image_annotations.of(image).flagged:
        raise Problem("forbidden", "Admins see the pictures of flagged images only: found unsafe, or judged.")
    return file_links.lead_to_thumbnail(call, image, query, presigned.OTHERS)
