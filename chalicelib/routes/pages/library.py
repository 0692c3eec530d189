"""The library: a gallery of the caller's images, filters, and actions on those that are selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Response

from chalicelib import presigned, storage
from chalicelib.api import find_image, image_list
from chalicelib.api.http import media
from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import facet_counts, image_record
from chalicelib.api.schemas import image_requests, page_requests
from chalicelib.catalogue.index import cards
from chalicelib.db import images, keys
from chalicelib.db.models import READY, REMOVED
from chalicelib.web import gallery, library_query, rail
from chalicelib.web.library_query import Asked
from chalicelib.web.page import LIBRARY, page

if TYPE_CHECKING:
    from chalicelib.api.image_list import Answered
    from chalicelib.api.schemas.image_responses import Card
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)


@page(routes, "GET", LIBRARY)
def get_library(call: PageCall) -> Response:
    """Show a page of the library, under filters."""
    asked = library_query.read(call.request.query_params)
    try:
        asked, found = _answer(call, asked)
    except Problem as problem:
        if problem.code != "invalid_cursor":
            raise
        return call.go(library_query.address(call, asked.filters))  # of yesterday, or of other filters
    links = found.paged["links"]
    shown: list[Card] = [image_record.listed(call, card) for card in found.cards]
    by = _by(asked.order)
    return call.render(
        "library.html",
        status=400 if asked.faults else 200,
        asked=asked,
        chips=library_query.chips(call, asked),
        months=gallery.months(shown, by, begins="prev" not in links, ends="next" not in links),
        links=links,
        image_base=call.link("/images/"),
        notice=None,
        rail=rail.years(call, asked, facet_counts.months_taken(call.caller.owner)),
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


def _by(order: str | None) -> str | None:
    """Return the date that an order goes by, by which there are months."""
    return order.lstrip("-") if order else None
