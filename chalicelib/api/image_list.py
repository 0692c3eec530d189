"""A page of an owner's images that answers a question, with the links that lead on."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.api import paging, search_filters
from chalicelib.api.http.problems import Problem
from chalicelib.catalogue.index import geohash
from chalicelib.catalogue.search import planner, result_page
from chalicelib.catalogue.search.result_page import Position

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.api.call import Call
    from chalicelib.api.schemas import search_query
    from chalicelib.api.schemas.image_responses import Paged
    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.search.filters import Circle, Question
    from chalicelib.catalogue.search.planner import Order, Plan
    from chalicelib.catalogue.search.result_page import Ended

UPLOADED = ("-uploaded", "uploaded")


class Answered(NamedTuple):
    """The question, cards in their order, the cursor and links of their page, why it ends, and its cost in RRU.

    A search by meaning has the score of each image, too, by its id.
    """

    asked: Question
    cards: list[Card]
    paged: Paged
    ended: Ended
    units: float
    scores: Mapping[str, float] = {}


class _Start(NamedTuple):
    """Where a page begins (None: with the answer), whether it goes back, and the order of the answer."""

    position: Position | None
    backwards: bool
    order: Order | None = None


def answer(call: Call, query: search_query.Filters, owner: str, sort: str | None = None) -> Answered:
    """Return the page that a query asks for, of an owner's images.

    By upload where nothing else is asked, else by date taken; by place or colour where these drive. Raises Problem
    (400) where question and order do not go together.
    """
    asked = search_filters.question(query)
    if sort is None and not asked.asks:
        sort = UPLOADED[0]
    begin = _start(paging.start(call, query))
    plan = _plan(owner, asked, sort, begin.order)
    page = result_page.page(
        plan,
        asked,
        limit=query.limit,
        descending=sort is None or sort.startswith("-"),
        start=begin.position,
        backwards=begin.backwards,
    )
    if asked.near is not None and planner.by_place(asked):
        page.cards.sort(key=partial(_distance, asked.near))
    before = None if page.before is None else _text(page.before, plan.order, backwards=True)
    after = None if page.after is None else _text(page.after, plan.order, backwards=False)
    links = paging.both_ways(call, query, before, after)
    return Answered(asked, page.cards, links, page.ended, plan.looked + page.units)


def _plan(owner: str, asked: Question, sort: str | None, order: Order | None) -> Plan:
    if sort is not None and planner.by_place(asked):
        raise Problem(
            "invalid_request", "sort: not allowed with near or bbox, which return images by distance or position."
        )
    if sort in UPLOADED:
        if asked.needs_lists:
            raise Problem(
                "invalid_request",
                "sort: with tag, text or people, images come by date taken. Use `taken` or `-taken`.",
            )
        return planner.by_upload(owner, asked)
    return planner.plan(owner, asked, ordered=sort is not None, order=order)


def _distance(circle: Circle, card: Card) -> float:
    facts = card.facts
    assert facts.latitude is not None
    assert facts.longitude is not None
    return geohash.distance(circle.latitude, circle.longitude, facts.latitude, facts.longitude)


def _text(position: Position, order: Order, *, backwards: bool) -> str:
    return json.dumps([backwards, *position, order], ensure_ascii=False, separators=(",", ":"))


def _start(text: str | None) -> _Start:
    if text is None:
        return _Start(None, backwards=False)
    told: list[Any] = json.loads(text)  # signed: as `_text` wrote it
    backwards, source, at, included, *order = told
    return _Start(Position(source, at, included), backwards, order[0] if order else "colour")  # of before: none
