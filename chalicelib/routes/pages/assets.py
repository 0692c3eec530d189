"""Static files of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib.api.http.problems import Problem
from chalicelib.api.security import rate_limit
from chalicelib.web import assets
from chalicelib.web.page import page

if TYPE_CHECKING:
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)

KEPT = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=60"  # of a file that is newer than its address, while a deployment changes


@page(routes, "GET", "/static/{version}/{name}", stateless=True, rate=rate_limit.UNLIMITED)
def get_asset(call: PageCall, version: str, name: str) -> Response:
    """Give a file; under another version's address, the present one."""
    if name not in assets.names():
        raise Problem("asset_not_found", "The pages have no such file. Open the page again.")
    kept = KEPT if version == assets.version() else BRIEFLY
    return call.tagged_text(assets.read(name), assets.content_type(name), headers={"Cache-Control": kept})
