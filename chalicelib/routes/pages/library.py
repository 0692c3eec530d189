"""The library: a gallery of the caller's images, filters, and actions on those that are selected."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from chalice import Blueprint, Response

from chalicelib.api import image_list
from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import analytics, image_record
from chalicelib.api.schemas import image_requests, page_requests
from chalicelib.cache import Memory
from chalicelib.catalogue.index import cards
from chalicelib.db import images, keys
from chalicelib.db.models import REMOVED
from chalicelib.web import filter_panels, gallery, library_query, notices, rail
from chalicelib.web.library_query import Asked
from chalicelib.web.page import LIBRARY, page

if TYPE_CHECKING:
    from chalicelib.api.image_list import Answered
    from chalicelib.api.schemas.catalogue_responses import Valued
    from chalicelib.api.schemas.image_responses import Card
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)


IMAGES = "/images/"
MAX_FIGURES = 100
RAIL_SECONDS = 30  # for which the months of the rail are kept: reading them costs a quarter of a page

_months: Memory[str, list[Valued]] = Memory()


@page(routes, "GET", LIBRARY)
def get_library(call: PageCall) -> Response:
    """Show a page of the library, under filters."""
    asked = library_query.read(call.request.query_params)
    try:
        asked, found = _answer(call, asked)
    except Problem as problem:
        if problem.code != "invalid_cursor":
            raise
        return call.go(LIBRARY + library_query.carried(asked.filters))  # of yesterday, or of other filters
    links = found.paged["links"]
    shown: list[Card] = [image_record.summary(call, card) for card in found.cards]
    by = _by(asked.order)
    return call.render(
        "library.html",
        asked=asked,
        elsewhere=[words for name, words in asked.faults.items() if name not in filter_panels.FIELDS],
        chips=library_query.chips(call, asked),
        months=gallery.months(shown, by, begins="prev" not in links, ends="next" not in links),
        links=links,
        here=f"{LIBRARY}?{urlencode(asked.values)}",
        image_base=call.link(IMAGES),
        image_list=library_query.carried(asked.filters),
        notice=notices.read(call.request.query_params),
        panels=filter_panels.panels(call, asked),
        rail=rail.years(call, asked, _months_taken(call.caller.owner)),
    )


@page(routes, "GET", "/library/filters")
def get_filters(call: PageCall) -> Response:
    """Show the values of all filters with their counts; a script takes the panels from here when one is opened."""
    asked = library_query.read(call.request.query_params)
    facets = analytics.of_owner(call, image_requests.FacetLimit())
    return call.render(
        "library_filters.html",
        asked=asked,
        panels=filter_panels.panels(call, asked, facets),
        back=library_query.address(call, asked.filters),
    )


@page(routes, "GET", "/library/figures")
def get_figures(call: PageCall) -> Response:
    """Give the figures of some of the caller's images, in months: a script puts them into the gallery."""
    query = call.query(page_requests.Figures)
    wanted = list(dict.fromkeys(query.ids.split(",")))[:MAX_FIGURES]
    order = query.sort or None
    by = _by(order)
    known = images.get_many(name for name in wanted if keys.is_image_id(name))
    own = [cards.card(image) for image in known if image.owner == call.caller.owner and image.state != REMOVED]
    own.sort(key=lambda card: card.uploaded if by == "uploaded" else card.moment, reverse=order != by)
    shown: list[Card] = [image_record.summary(call, card) for card in own]
    return call.render(
        "library_figures.html",
        months=gallery.months(shown, by),
        image_base=call.link(IMAGES),
        image_list=library_query.carried({"sort": order} if order else {}),
    )


def _answer(call: PageCall, asked: Asked) -> tuple[Asked, Answered]:
    """Return the answer of a query; where its order does not go with its filters, without that order."""
    try:
        return asked, image_list.answer(call, asked.query, call.caller.owner, asked.order)
    except Problem as problem:
        faults = library_query.faults_of(problem)
        if "sort" not in faults or asked.query.sort is None:
            raise
        asked.query.sort = None
        asked = Asked(asked.query, asked.values, {**asked.faults, **faults})
        return asked, image_list.answer(call, asked.query, call.caller.owner, asked.order)


def _months_taken(owner: str) -> list[Valued]:
    """Return the months of the rail; they are counted seconds after an upload anyway, and kept for a while."""
    known = _months.get(owner)
    return _months.keep(owner, analytics.months_taken(owner), RAIL_SECONDS) if known is None else known


def _by(order: str | None) -> str | None:
    """Return the date that an order goes by, by which there are months."""
    return order.lstrip("-") if order else None
