"""A page of an owner's images that answers a question, with the links that lead on."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.api import paging
from chalicelib.api.http.problems import Problem
from chalicelib.api.schemas import search_query
from chalicelib.catalogue.index import geohash
from chalicelib.catalogue.search import planner, result_page
from chalicelib.catalogue.search.result_page import Position

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.api.schemas.image_responses import Paged
    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.search.filters import Circle, Question
    from chalicelib.catalogue.search.planner import Plan

UPLOADED = ("-uploaded", "uploaded")


class Answered(NamedTuple):
    """Cards in their order, and the cursor and links of their page."""

    cards: list[Card]
    paged: Paged


class _Start(NamedTuple):
    """Where a page begins (None: with the answer), and whether it goes back from there."""

    position: Position | None
    backwards: bool


def answer(call: Call, query: search_query.Filters, owner: str, sort: str | None = None) -> Answered:
    """Return the page that a query asks for, of an owner's images.

    By upload where nothing else is asked, else by date taken; by place or colour where these drive. Raises Problem
    (400) where question and order do not go together.
    """
    asked = search_query.question(query)
    if sort is None and not asked.asks:
        sort = UPLOADED[0]
    plan = _plan(owner, asked, sort)
    begin = _start(paging.start(call, query))
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
    before = None if page.before is None else _text(page.before, backwards=True)
    after = None if page.after is None else _text(page.after, backwards=False)
    return Answered(page.cards, paging.both_ways(call, query, before, after))


def _plan(owner: str, asked: Question, sort: str | None) -> Plan:
    if sort is not None and planner.by_place(asked):
        raise Problem(
            "invalid_request", "sort: not allowed with near or bbox, which return images by distance or position."
        )
    if sort in UPLOADED:
        if asked.tag is not None or asked.words:
            raise Problem(
                "invalid_request", "sort: with tag or text, images come by date taken. Use `taken` or `-taken`."
            )
        return planner.by_upload(owner, asked)
    return planner.plan(owner, asked, ordered=sort is not None)


def _distance(circle: Circle, card: Card) -> float:
    facts = card.facts
    assert facts.latitude is not None
    assert facts.longitude is not None
    return geohash.distance(circle.latitude, circle.longitude, facts.latitude, facts.longitude)


def _text(position: Position, *, backwards: bool) -> str:
    return json.dumps([backwards, *position], ensure_ascii=False, separators=(",", ":"))


def _start(text: str | None) -> _Start:
    if text is None:
        return _Start(None, backwards=False)
    told: list[Any] = json.loads(text)  # signed: as `_text` wrote it
    return _Start(Position(*told[1:]), backwards=bool(told[0]))
