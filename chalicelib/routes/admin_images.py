"""For admins: images of all owners, failures, and the dead-letter queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from chalice import Blueprint, Response

from chalicelib import jobs, queues
from chalicelib.api import find_image, image_list, paging, search_filters
from chalicelib.api.endpoint import IMPERSONAL, Answer, endpoint
from chalicelib.api.http.problems import CODES, Problem
from chalicelib.api.presenters import admin_record, analytics
from chalicelib.api.schemas import (
    admin_requests,
    admin_responses,
    catalogue_responses,
    image_requests,
    image_responses,
)
from chalicelib.api.security.access import Access
from chalicelib.catalogue.index import cards
from chalicelib.catalogue.search import flagged
from chalicelib.config import settings
from chalicelib.db import accounts, admin_lists, images
from chalicelib.db.models import EXPECTED
from chalicelib.logs import logger
from chalicelib.processing import reconcile, s3_events

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.db.models import Image

routes = Blueprint(__name__)

_OF_ALL = "tag, text and people search the images of one owner. Name it as owner, or leave them out."
_OF_FLAGGED = "tag, text and people do not search the list of flagged images. Leave them out, or flagged."


class Redriven(NamedTuple):
    """A dead-letter queue, and the queue that its messages came from."""

    dead_letters: str
    queue: str


@endpoint(
    routes,
    "GET",
    "/v1/admin/images",
    Access.ADMIN,
    answers={200: admin_responses.OwnedPage},
    problems=["invalid_cursor"],
    audited="images.list",
)
def list_all_images(call: Call, query: admin_requests.ImageListing) -> Response:
    """List the images of all owners, or of one, that match all filters; those of all owners come newest first.

    Over all owners, and with `flagged`, filters are applied to the newest images in turn: a page may be short or
    empty and still have a cursor. `tag`, `text` and `people` are refused there (400): they search the images of
    one owner.
    """
    if query.owner is not None and not query.flagged:
        page = image_list.answer(call, query, query.owner)
        shown = [admin_record.card_summary(call, card) for card in page.cards]
        return call.answer({"images": shown, "ended": page.ended, **page.paged})
    asked = search_filters.question(query)
    if asked.needs_lists:
        raise Problem("invalid_request", _OF_FLAGGED if query.flagged else _OF_ALL)
    after = paging.start(call, query)
    if query.flagged:
        newest, show = flagged.page(query.limit, after, query.owner), admin_record.flagged
    else:
        newest, show = admin_lists.newest(query.limit, after), admin_record.summary
    found = [show(call, image) for image in newest.items if asked.matches(cards.card(image))]
    ended = "end" if newest.after is None else "limit" if len(found) == query.limit else "budget"
    return call.answer({"images": found, "ended": ended, **paging.following(call, query, newest.after)})


@endpoint(
    routes,
    "GET",
    "/v1/admin/analytics/uploads",
    Access.ADMIN,
    answers={200: Answer(catalogue_responses.Analytics, media=("application/json", "text/csv"))},
    tagged=True,
    audited=IMPERSONAL,
)
def get_all_uploads(call: Call, query: image_requests.Series) -> Response:
    """Count the images and bytes of all owners by month of upload, format, state, provenance and color."""
    return analytics.series(call, None, query)


@endpoint(
    routes,
    "GET",
    "/v1/admin/analytics/cameras",
    Access.ADMIN,
    answers={200: Answer(catalogue_responses.Cameras)},
    tagged=True,
    audited=IMPERSONAL,
)
def get_all_cameras(call: Call, query: image_requests.FacetLimit) -> Response:
    """Count the images of all owners by camera, the most frequent first."""
    return call.tagged(analytics.all_cameras(query.limit))


@endpoint(
    routes,
    "GET",
    "/v1/admin/unsettled",
    Access.ADMIN,
    answers={200: admin_responses.UnsettledPage},
    problems=["invalid_cursor"],
    audited="unsettled.list",
)
def list_unsettled(call: Call, query: admin_requests.UnsettledListing) -> Response:
    """List failed images with their reasons, or expected ones, the most recently changed first."""
    page = admin_lists.unsettled(query.state, query.limit, paging.start(call, query))
    body: admin_responses.UnsettledPage = {
        "images": [admin_record.unsettled(call, image) for image in page.items],
        **paging.following(call, query, page.after),
    }
    return call.answer(body)


@endpoint(
    routes,
    "GET",
    "/v1/admin/images/{image_id}",
    Access.ADMIN,
    answers={200: admin_responses.OwnedRecord},
    problems=["image_not_found"],
    tagged=True,
    audited="image.read",
)
def get_any_image(call: Call, image_id: str) -> Response:
    """Return the record of an image of any owner."""
    return call.tagged(admin_record.record(call, find_image.of_anybody(image_id)))


@endpoint(
    routes,
    "POST",
    "/v1/admin/images/reprocess",
    Access.ADMIN,
    answers={202: image_responses.BulkResult},
    audited="images.reprocess",
)
def reprocess(call: Call, body: admin_requests.Reprocessing) -> Response:
    """Process the current objects of up to 100 images again; each image has its own result."""
    known = {image.image_id: image for image in images.get_many(set(body.images))}
    refusals = {image_id: _refusal(known.get(image_id)) for image_id in body.images}
    wanted = [known[image_id] for image_id, refusal in refusals.items() if refusal is None]
    queues.send(settings().uploads_queue, [_again(image) for image in wanted])
    answers: image_responses.BulkResult = {
        "images": [
            {"image_id": image_id, "status": 202}
            if refusal is None
            else {
                "image_id": image_id,
                "status": CODES[refusal.code][0],
                "code": refusal.code,
                "detail": refusal.detail,
            }
            for image_id, refusal in refusals.items()
        ]
    }
    return call.answer(answers, status=202)


@endpoint(
    routes,
    "POST",
    "/v1/admin/backfill",
    Access.ADMIN,
    answers={202: admin_responses.Queued},
    audited="images.backfill",
)
def backfill(call: Call, body: admin_requests.Backfill) -> Response:
    """Process the objects of the bucket that have no current record, or one without facts for the catalogue."""
    jobs.send("backfill", **msgspec.to_builtins(body))
    queued: admin_responses.Queued = {"job": "backfill"}
    return call.answer(queued, status=202)


@endpoint(
    routes,
    "GET",
    "/v1/admin/dead-letters",
    Access.ADMIN,
    answers={200: admin_responses.DeadLetters},
    audited=IMPERSONAL,
)
def list_dead_letters(call: Call) -> Response:
    """Return the approximate number of messages in each dead-letter queue."""
    body: admin_responses.DeadLetters = {
        "queues": {
            name: admin_record.depth(queues.depth(queue.dead_letters)) for name, queue in _redriven().items()
        }
    }
    return call.answer(body)


@endpoint(
    routes,
    "GET",
    "/v1/admin/dead-letters/{queue}",
    Access.ADMIN,
    answers={200: admin_responses.Messages},
    problems=["queue_not_found"],
    audited="dead_letters.read",
)
def look_at_dead_letters(call: Call, queue: str, query: admin_requests.Peek) -> Response:
    """Return some messages of a dead-letter queue without removing them."""
    found = queues.peek(_queue(queue).dead_letters, query.limit)
    body: admin_responses.Messages = {"messages": [admin_record.message(message) for message in found]}
    return call.answer(body)


@endpoint(
    routes,
    "POST",
    "/v1/admin/dead-letters/{queue}/redrive",
    Access.ADMIN,
    answers={200: admin_responses.Redriven},
    problems=["queue_not_found"],
    audited="dead_letters.redrive",
)
def redrive(call: Call, queue: str, query: admin_requests.Redrive) -> Response:
    """Move up to 100 messages of a dead-letter queue back to their queue, to be processed again.

    Uploads of inactive accounts stay in the dead-letter queue: they would be refused.
    """
    wanted = _queue(queue)
    done = queues.move(wanted.dead_letters, wanted.queue, query.limit, _may_go_on)
    if done.passed_over:
        logger.warning("redrive_passed_over_inactive_accounts", extra={"messages": done.passed_over})
    body: admin_responses.Redriven = {
        "moved": done.moved,
        "passed_over": done.passed_over,
        "left": queues.depth(wanted.dead_letters).waiting,
    }
    return call.answer(body)


def _may_go_on(body: str) -> bool:
    """Tell whether a message is about no upload of an account that is not active."""
    try:
        told = list(s3_events.parse(body))
    except s3_events.MalformedMessageError:  # a job's, or one for the logs to tell of again
        return True
    return all(accounts.is_active(event.owner) for event in told if event.created)


def _refusal(image: Image | None) -> Problem | None:
    """Return why an image cannot be processed again, or None."""
    if image is None or not images.is_present(image):
        return Problem("image_not_found", "There is no image with this id, or it was removed.")
    if image.state == EXPECTED:
        return Problem(
            "image_not_ready", "The upload has not arrived, or is being processed. Try again in a moment."
        )
    return None


def _again(image: Image) -> str:
    """Return the message that has an image processed again."""
    return s3_events.compose(image.key, *reconcile.again(image))


def _queue(name: str) -> Redriven:
    known = _redriven()
    if name not in known:
        raise Problem("queue_not_found", f"The queues are: {', '.join(known)}.")
    return known[name]


def _redriven() -> dict[str, Redriven]:
    return {
        "uploads": Redriven(settings().uploads_dead_letter_queue, settings().uploads_queue),
        "jobs": Redriven(settings().jobs_dead_letter_queue, settings().jobs_queue),
        "deliveries": Redriven(settings().deliveries_dead_letter_queue, settings().deliveries_queue),
        "recognition": Redriven(settings().recognition_dead_letter_queue, settings().recognition_queue),
    }
