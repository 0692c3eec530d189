"""One action for many images, each answered for itself."""

from __future__ import annotations

import contextvars
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from chalicelib import storage
from chalicelib.api import edit_image, file_links, find_image
from chalicelib.api.http import problems
from chalicelib.api.http.problems import Problem
from chalicelib.api.schemas import image_requests, image_responses
from chalicelib.db import images
from chalicelib.logs import logger
from chalicelib.processing import remove

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.api.schemas import image_responses
    from chalicelib.db.models import Image

WORKERS = 8  # images at once: 100 deletions take some seconds, of the function's 29


def act(call: Call, body: image_requests.BulkAction) -> list[image_responses.ItemResult]:
    """Act on up to 100 images; each is done or refused for itself, and says so."""
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting = [
            pool.submit(contextvars.copy_context().run, _result, call, body, image_id)
            for image_id in dict.fromkeys(body.images)
        ]
        return [item.result() for item in waiting]


def to_trash(image: Image) -> None:
    """Move an image to the trash; raise Problem (412) where a newer file has just arrived under its key."""
    try:
        remove.discard(image)
    except storage.ObjectChangedError:
        if image.sealed is not None:
            images.unseal(image)
        raise Problem(
            "precondition_failed", "A newer file has arrived under this key. Read the image again."
        ) from None


def _result(call: Call, body: image_requests.BulkAction, image_id: str) -> image_responses.ItemResult:
    """Act on one image; a failure is its own result."""
    try:
        return {"image_id": image_id, "status": _act(call, body, image_id)}
    except Problem as problem:
        code, detail = problem.code, problem.detail
    except Exception as error:
        if (busy := problems.over_capacity(error)) is not None:
            code, detail = busy.code, busy.detail
        else:
            logger.exception("bulk_item_failed", extra={"image_id": image_id})
            code, detail = "internal_error", "The error has been logged; please try this image again."
    return {"image_id": image_id, "status": problems.CODES[code][0], "code": code, "detail": detail}


def _act(call: Call, body: image_requests.BulkAction, image_id: str) -> int:
    """Act on one image; return the status that a request for it alone would have got."""
    edit = partial(edit_image.edit, call, image_id)
    match body:
        case image_requests.Deletion():
            to_trash(find_image.own(call, image_id))
            return 204
        case image_requests.Tagging():
            edit(lambda image: {"tags": edit_image.tagged(image, body.tags)})
        case image_requests.Untagging():
            edit(lambda image: {"tags": edit_image.untagged(image, body.tags)})
        case image_requests.Showing():
            file_links.prepare_public(
                edit(lambda _: {"visibility": edit_image.stored_visibility(body.visibility)})
            )
    return 200
