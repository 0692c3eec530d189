"""The start page: what Janus is, shown on a sample image, with the form to sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib.web.page import LIBRARY, page
from chalicelib.web.sign_in_form import blank

if TYPE_CHECKING:
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)


@page(routes, "GET", "/", anybody=True)
def get_start(call: PageCall) -> Response:
    """Show the start page; somebody who is signed in is led to the library."""
    if call.session is not None:
        return call.go(LIBRARY)
    return call.render("start.html", **blank())
