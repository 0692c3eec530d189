"""Share links on an image's page: made, shown once, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib.api import share_links
from chalicelib.api.schemas import image_requests
from chalicelib.catalogue.index import cards
from chalicelib.db import keys
from chalicelib.routes.pages.image import list_query
from chalicelib.web.page import page

if TYPE_CHECKING:
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)


@page(routes, "POST", "/images/{image_id}/shares")
def post_share(call: PageCall, image_id: str) -> Response:
    """Make a link and show its address, this once: its token is kept only as a hash."""
    image, share, token = share_links.make(call, image_id, call.form(image_requests.ShareRequest))
    return call.render(
        "share_made.html",
        status=201,
        headers={"Cache-Control": "no-store"},
        address=f"{call.origin}{call.link(f'/s/{token}')}",
        scope=share.scope,
        blur=share.blur,
        expires=keys.timestamp(share.expires),
        name=image.title or cards.card(image).name,
        back=f"/images/{image_id}{list_query(call)}#shares",
    )


@page(routes, "POST", "/images/{image_id}/shares/{share_id}/revoke")
def post_revoke(call: PageCall, image_id: str, share_id: str) -> Response:
    """Revoke a link: it opens nothing from then on."""
    share_links.revoke(call, image_id, share_id)
    return call.go(f"/images/{image_id}{list_query(call)}#shares")
