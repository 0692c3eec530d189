"""The images before and after one, in the order of a list that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chalicelib.api import search_filters
from chalicelib.api.image_list import UPLOADED
from chalicelib.catalogue.search import planner, result_page
from chalicelib.catalogue.search.filters import Question
from chalicelib.catalogue.search.result_page import Position
from chalicelib.db import keys

if TYPE_CHECKING:
    from chalicelib.api.schemas import search_query
    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.search.planner import Plan

UNITS = 1.5  # RRU that the search in one direction may cost


class Neighbours(NamedTuple):
    """The ids of the images before and after one; None at an end of the list, or beyond the budget."""

    before: str | None
    after: str | None


NONE = Neighbours(None, None)


def of(card: Card, query: search_query.Filters, sort: str | None) -> Neighbours:
    """Return the neighbours of an image in the list that a sound query asks for, in an order.

    In lists by place or by colour, whose order a card does not tell, they are those by date taken. Cost: at most
    4 RRU, usually 1.
    """
    asked = search_filters.question(query)
    if sort in UPLOADED and not asked.needs_lists:
        position = keys.listed(card.uploaded, card.image_id)
        return _around(planner.by_upload(card.owner, asked), asked, position, descending=sort == UPLOADED[0])
    if sort is None and planner.by_place(asked):
        asked = Question()
    plan = planner.plan(card.owner, asked, ordered=True)
    return _around(plan, asked, card.position, descending=sort != "taken")


def _around(plan: Plan, asked: Question, position: str, *, descending: bool) -> Neighbours:
    if len(plan.parts) != 1:
        return NONE
    bounded = plan._replace(units=min(plan.units, UNITS))
    before, after = (
        result_page.page(
            bounded, asked, limit=1, descending=descending, start=Position(0, position), backwards=backwards
        ).cards
        for backwards in (True, False)
    )
    return Neighbours(before[0].image_id if before else None, after[0].image_id if after else None)
