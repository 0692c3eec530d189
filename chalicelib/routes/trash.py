"""The trash: list it, restore from it, empty it; admins restore for other users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from chalice import Blueprint, Response

from chalicelib.api import find_image, paging, trash_bin
from chalicelib.api.endpoint import Answer, endpoint
from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import image_record
from chalicelib.api.schemas import image_requests, image_responses
from chalicelib.api.security.access import Access
from chalicelib.db import keys
from chalicelib.db.models import PRIVATE
from chalicelib.processing import trash

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.processing.trash import Entry

routes = Blueprint(__name__)

RESTORED = {202: Answer(image_responses.Restored, headers=("Location", "Retry-After"))}
REFUSED = ("image_not_found", "key_taken", "quota_exceeded", "account_not_active")


@endpoint(
    routes, "GET", "/v1/trash", Access.READ, answers={200: image_responses.TrashPage}, problems=["invalid_cursor"]
)
def list_trash(call: Call, query: image_requests.Listing) -> Response:
    """List deleted and refused files. Each stays in the trash for 30 days and counts towards no quota."""
    return _list(call, query, call.caller.owner, "/v1/trash")


@endpoint(routes, "POST", "/v1/trash/{image_id}/restore", Access.WRITE, answers=RESTORED, problems=REFUSED)
def restore_image(call: Call, image_id: str, query: image_requests.TrashedVersion) -> Response:
    """Restore an image under its key, with title, description, text alternative, tags and visibility.

    The image is processed as a new upload of today. Its share links are not restored.
    """
    return _restore(call, call.caller.owner, image_id, query)


@endpoint(
    routes,
    "DELETE",
    "/v1/trash/{image_id}",
    Access.WRITE,
    answers={204: None},
    problems=["image_not_found"],
)
def delete_from_trash(call: Call, image_id: str) -> Response:
    """Permanently delete all versions of an image that are in the trash."""
    if not (keys.is_image_id(image_id) and trash.delete(call.caller.owner, image_id)):
        raise trash_bin.absent()
    return call.done()


@endpoint(routes, "DELETE", "/v1/trash", Access.WRITE, answers={204: None, 202: image_responses.Emptying})
def empty_trash(call: Call) -> Response:
    """Permanently delete the current contents of the trash; large amounts are deleted by a job (202)."""
    if trash_bin.empty(call.caller.owner):
        return call.done()
    emptying: image_responses.Emptying = {"job": "empty_trash"}
    return call.answer(emptying, status=202)


@endpoint(
    routes,
    "GET",
    "/v1/admin/users/{owner}/trash",
    Access.ADMIN,
    answers={200: image_responses.TrashPage},
    problems=["invalid_cursor", "user_not_found"],
    audited="trash.read",
)
def list_any_trash(call: Call, owner: str, query: image_requests.Listing) -> Response:
    """List the deleted and refused files of an account."""
    if not keys.is_owner(owner):
        raise Problem("user_not_found", "This is not a valid owner id.")
    return _list(call, query, owner, f"/v1/admin/users/{quote(owner)}/trash")


@endpoint(
    routes,
    "POST",
    "/v1/admin/users/{owner}/trash/{image_id}/restore",
    Access.ADMIN,
    answers=RESTORED,
    problems=REFUSED,
    audited="trash.restore",
)
def restore_any_image(call: Call, owner: str, image_id: str, query: image_requests.TrashedVersion) -> Response:
    """Restore an image of an account; the account must be active and within its quotas."""
    return _restore(call, owner, image_id, query)


def _list(call: Call, query: image_requests.Listing, owner: str, base: str) -> Response:
    after = paging.start(call, query)
    found = trash.page(owner, query.limit, after)
    body: image_responses.TrashPage = {
        "images": [_shown(call, entry, base) for entry in found.items],
        **paging.following(call, query, found.after),
    }
    return call.answer(body)


def _restore(call: Call, owner: str, image_id: str, query: image_requests.TrashedVersion) -> Response:
    entry = trash_bin.restore(owner, image_id, query.version)
    own = call.link(f"/v1/images/{image_id}")
    body: image_responses.Restored = {"image_id": image_id, "key": entry.facts.key, "links": {"self": own}}
    return call.answer(body, status=202, headers={"Location": own, **find_image.RETRY})


def _shown(call: Call, entry: Entry, base: str) -> image_responses.Trashed:
    facts = entry.facts
    shown: dict[str, Any] = {
        "image_id": entry.image_id,
        "version": entry.version,
        "name": facts.key.rpartition("/")[2],
        "key": facts.key,
        "size": entry.size,
        "trashed": keys.timestamp(entry.trashed),
        "expires": keys.timestamp(entry.expires),
        "code": facts.code,
        "title": facts.title,
        "description": facts.description,
        "alt": facts.alt,
        "tags": facts.tags,
        "visibility": facts.visibility or PRIVATE,
    }
    restore = call.link(f"{base}/{entry.image_id}/restore?version={quote(entry.version)}")
    return cast("image_responses.Trashed", {**image_record.present(shown), "links": {"restore": restore}})
