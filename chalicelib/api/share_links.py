"""Make and revoke share links of the caller's images."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.api import file_links, find_image
from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import public_image
from chalicelib.db import keys, shares

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.api.schemas import image_requests
    from chalicelib.db.models import Image, Share

TOKEN_BYTES = 24  # 192 bits: not to be guessed


class Made(NamedTuple):
    """A new link to an image, and its token, which is kept only as a hash."""

    image: Image
    share: Share
    token: str


def make(call: Call, image_id: str, asked: image_requests.ShareRequest) -> Made:
    """Make a link to the caller's image; raise Problem (404, and 409 where it has too many)."""
    image = find_image.own(call, image_id, consistent=True)
    if len(shares.of(image)) >= shares.MAX_SHARES:
        raise Problem(
            "too_many_shares", f"An image may have up to {shares.MAX_SHARES} share links. Revoke one first."
        )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    share = shares.make(image, token, asked.scope, asked.expires_in)
    if share.scope == public_image.ORIGINAL:
        file_links.prepare(image)
    return Made(image, share, token)


def revoke(call: Call, image_id: str, share_id: str) -> None:
    """Revoke a link to the caller's image; raise Problem (404) where there is none."""
    image = find_image.own(call, image_id)
    if not keys.is_image_id(share_id) or not shares.revoke(image, share_id):
        raise Problem("share_not_found", "This image has no share link with this id.")
