"""Make and revoke share links of the caller's images."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.api import file_links, find_image
from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import public_image
from chalicelib.catalogue.index import blurred_copies
from chalicelib.db import keys, shares
from chalicelib.extensions.integrations import event, outbox
from chalicelib.extensions.integrations.event_types import VERSION_DIGITS, Links, ShareData

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.api.schemas import image_requests
    from chalicelib.db.models import Image, Share
    from chalicelib.extensions.integrations.event import Event

TOKEN_BYTES = 24  # 192 bits: not to be guessed
_MADE, _REVOKED = 1, 2
"""The versions of a link: between these two, nothing of it changes."""


class Made(NamedTuple):
    """A new link to an image, and its token, which is kept only as a hash."""

    image: Image
    share: Share
    token: str


def make(call: Call, image_id: str, asked: image_requests.ShareRequest) -> Made:
    """Make a link to the caller's image.

    Raises Problem: 404, and 409 where it has too many links, or its faces, which are to be blurred, are not known.
    """
    image = find_image.own(call, image_id, consistent=True)
    if asked.blur and blurred_copies.boxes(image) is None:
        raise Problem(
            "faces_not_known",
            "No model has looked for faces in this image. Wait until it is recognized, or add their boxes to its "
            "annotations.",
        )
    if len(shares.of(image)) >= shares.MAX_SHARES:
        raise Problem(
            "too_many_shares", f"An image may have up to {shares.MAX_SHARES} share links. Revoke one first."
        )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    share = shares.new(image, token, asked.scope, asked.expires_in, asked.blur)
    outbox.tell_with(outbox.Write(put=share), [_event("image.shared", share, _MADE)])
    if share.blur:
        file_links.renew_blurred(image)
    elif share.scope == public_image.ORIGINAL:
        file_links.prepare(image)
    return Made(image, share, token)


def revoke(call: Call, image_id: str, share_id: str) -> None:
    """Revoke a link to the caller's image; raise Problem (404) where there is none, or no longer."""
    image = find_image.own(call, image_id)
    share = shares.get(image, share_id) if keys.is_image_id(share_id) else None
    if share is not None and share.blur:
        file_links.renew_blurred(image, without=share_id)  # first: a link that stays has its copies made by itself
    if share is None or not outbox.tell_with(
        outbox.Write(delete=share), [_event("share.revoked", share, _REVOKED)]
    ):
        raise Problem("share_not_found", "This image has no share link with this id.")


def _event(kind: str, share: Share, version: int) -> Event:
    """Return the event that a link was made, or revoked."""
    data = ShareData(
        version=f"{version:0{VERSION_DIGITS}}",
        image_id=share.image_id,
        share_id=share.share_id,
        scope=share.scope,
        expires=keys.timestamp(share.expires),
        links=Links(f"/v1/images/{share.image_id}"),
    )
    return event.make(kind, share.owner, keys.now(), data, share.image_id, share.share_id)
