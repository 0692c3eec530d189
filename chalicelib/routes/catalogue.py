"""The catalogue: lists and filters, similar images, facets, and changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from chalice import Blueprint, Response

from chalicelib.api import find_image, image_list, paging
from chalicelib.api.endpoint import Answer, endpoint
from chalicelib.api.http import page_tokens
from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import analytics, image_record
from chalicelib.api.schemas import catalogue_responses, image_requests, image_responses, search_query
from chalicelib.api.security.access import Access
from chalicelib.catalogue.index import cards, change_feed
from chalicelib.catalogue.search import similar

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.api.image_list import Answered
    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.index.change_feed import Batch
    from chalicelib.catalogue.search.similar import Likeness

routes = Blueprint(__name__)


@endpoint(
    routes,
    "GET",
    "/v1/images",
    Access.READ,
    answers={200: image_responses.ImagePage},
    problems=[
        "invalid_cursor",
        "meaning_not_available",
        "recognition_disabled",
        "meaning_temporarily_unavailable",
    ],
    tagged=True,
)
def list_images(call: Call, query: search_query.ImageSearch) -> Response:
    """List the caller's images, newest first, or those that match all filters.

    Without filters the order is by upload; with filters by date taken; with `near` or `bbox` by place; with
    `color` alone by the nearest colour cells, or by date taken if that list is shorter. `sort` sets another order.
    A page is full unless its read budget is spent first; `ended` says so, and `links.next` continues. `explain`
    tells which filters each image holds to, and where, and the read units of the page. With `about` images come by
    score, on one page of at most 100, without those below the stage's cut-off.
    """
    if query.about is None:
        page = image_list.answer(call, query, call.caller.owner, query.sort)
    else:
        from chalicelib.api import search_by_meaning  # noqa: PLC0415  only for those who ask

        page = search_by_meaning.answer(call, query)
    shown = {
        "images": [_found(call, card, page) for card in page.cards],
        "ended": page.ended,
        **page.paged,
    }
    body = cast("image_responses.ImagePage", shown)
    if query.explain:
        from chalicelib.api.presenters import explained_page  # noqa: PLC0415  only for those who ask

        explained_page.explain(body, page, query.about)
    return call.tagged(body)


@endpoint(
    routes,
    "GET",
    "/v1/images/{image_id}/similar",
    Access.READ,
    answers={200: catalogue_responses.AlikeImages},
    problems=find_image.PROCESSED,
    tagged=True,
)
def list_similar(call: Call, image_id: str, query: image_requests.Alike) -> Response:
    """List the caller's images with the same bytes, the same or similar pixels, the nearest first.

    Finds all images whose perceptual hashes differ in up to 3 of 64 bits. Of those that differ in more bits, up to
    `distance`, it finds those that share a band of the hash: about a third at 8 bits.
    """
    image = find_image.processed(call, image_id)
    found = similar.similar(cards.card(image), query.distance, query.limit)
    body: catalogue_responses.AlikeImages = {
        "images": [_likeness(call, one) for one in found],
        "links": {"image": call.link(f"/v1/images/{image_id}")},
    }
    return call.tagged(body)


@endpoint(
    routes,
    "GET",
    "/v1/duplicates",
    Access.READ,
    answers={200: catalogue_responses.DuplicatePage},
    problems=["invalid_cursor"],
    tagged=True,
)
def list_duplicates(call: Call, query: image_requests.Listing) -> Response:
    """List the caller's duplicates, in groups of images with the same pixels.

    Files that differ only in metadata form one group; animations and documents must agree in all frames and pages.
    `limit` bounds the images of a page; no group is split.
    """
    page = similar.duplicates(call.caller.owner, query.limit, paging.start(call, query))
    body: catalogue_responses.DuplicatePage = {
        "groups": [[image_record.summary(call, card) for card in group] for group in page.items],
        **paging.following(call, query, page.after),
    }
    return call.tagged(body)


@endpoint(routes, "GET", "/v1/facets", Access.READ, answers={200: catalogue_responses.Facets}, tagged=True)
def get_facets(call: Call, query: image_requests.FacetLimit) -> Response:
    """Count the caller's images by camera, lens, format, color, tag, month and place, as values for filters."""
    return call.tagged(analytics.of_owner(call, query))


@endpoint(
    routes,
    "GET",
    "/v1/analytics/uploads",
    Access.READ,
    answers={200: Answer(catalogue_responses.Analytics, media=("application/json", "text/csv"))},
    tagged=True,
)
def get_uploads(call: Call, query: image_requests.Series) -> Response:
    """Count the caller's images and bytes by month of upload, each by format, state, provenance and color."""
    return analytics.series(call, call.caller.owner, query)


@endpoint(
    routes,
    "GET",
    "/v1/changes",
    Access.READ,
    answers={200: catalogue_responses.Changes},
    problems=["invalid_cursor", "changes_not_kept"],
    tagged=True,
)
def list_changes(call: Call, query: image_requests.Since) -> Response:
    """List the caller's images that were created, updated or removed since a cursor.

    Without a cursor, the answer holds only the cursor to start from. Changes are delivered at least once. While
    nothing changes, If-None-Match gets a 304 at almost no cost.
    """
    owner = call.caller.owner
    bound = {"list": call.request.path, "caller": owner}
    batches: list[Batch] = []
    more = False
    if query.since is None:
        number = change_feed.head(owner)
    else:
        number = int(page_tokens.verify(query.since, **bound))
        try:
            batches, more, _ = change_feed.since(owner, number)
        except change_feed.LostError:
            raise Problem(
                "changes_not_kept",
                "Changes this old are deleted. Ask for changes without a cursor, keep the cursor of that answer, "
                "then read the lists again.",
            ) from None
        number = batches[-1].number if batches else number
    cursor = page_tokens.sign(str(number), **bound)
    body: catalogue_responses.Changes = {
        "changes": [image_record.change(change) for batch in batches for change in batch.changes],
        "cursor": cursor,
        "more": more,
        "links": {"next": call.link(f"/v1/changes?since={cursor}")},
    }
    return call.tagged(body)


def _found(call: Call, card: Card, page: Answered) -> image_responses.FoundCard:
    shown = image_record.summary(call, card)
    score = page.scores.get(card.image_id)
    return cast("image_responses.FoundCard", shown if score is None else {**shown, "score": score})


def _likeness(call: Call, one: Likeness) -> catalogue_responses.AlikeSummary:
    shown = {"distance": one.distance, "same_pixels": one.same_pixels, "same_bytes": one.same_bytes}
    return cast(
        "catalogue_responses.AlikeSummary", {**image_record.summary(call, one.card), **image_record.present(shown)}
    )
