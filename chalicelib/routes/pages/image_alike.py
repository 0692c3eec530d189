"""Images that are nearly the same as one: read only when somebody asks, since it costs more than its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Response

from chalicelib import presigned
from chalicelib.api import find_image
from chalicelib.api.presenters import thumbnails
from chalicelib.catalogue.index import cards
from chalicelib.catalogue.search import similar
from chalicelib.routes.pages.image import list_query
from chalicelib.web.page import page

if TYPE_CHECKING:
    from chalicelib.catalogue.search.similar import Likeness
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)

BITS, MOST = 8, 6  # of the perceptual hash that may differ; images that the row shows


@page(routes, "GET", "/images/{image_id}/alike")
def get_alike(call: PageCall, image_id: str) -> Response:
    """Show the images that resemble one; a script puts them on that image's page as one scrolls to them."""
    image = find_image.processed(call, image_id)
    card = cards.card(image)
    return call.render(
        "image_alike.html",
        name=image.title or card.name,
        back=f"/images/{image_id}{list_query(call)}",
        alike=[_shown(one) for one in similar.similar(card, BITS, MOST)],
    )


def _shown(one: Likeness) -> dict[str, Any]:
    return {
        "image_id": one.card.image_id,
        "name": one.card.title or one.card.name,
        "thumbnail": thumbnails.signed(one.card, presigned.OWNER).get("small"),
        "placeholder": thumbnails.placeholder(one.card),
        "same": one.same_bytes or one.same_pixels,
    }
