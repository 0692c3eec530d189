"""Share links, in the table of accounts: found by a hash of their token, gone with their account."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.db import keys
from chalicelib.db.models import Share

if TYPE_CHECKING:
    from chalicelib.db.models import Image

MAX_SHARES = 100  # of an image, about: two that are made at once may both be the last


def new(image: Image, token: str, scope: str, seconds: int, blur: str | None = None) -> Share:
    """Return a link to an image as it is in this life, not written yet: a tombstone of the image ends the link."""
    share_id = keys.share_id(token)
    return Share(
        keys.account(image.owner),
        keys.share(image.image_id, share_id),
        owner=image.owner,
        token=keys.share_token(share_id),
        share_id=share_id,
        image_id=image.image_id,
        since=image.since,
        scope=scope,
        blur=blur,
        created=keys.timestamp(keys.now()),
        expires=keys.now() + timedelta(seconds=seconds),
    )


def of(image: Image) -> list[Share]:
    """Return the links to an image that work, oldest first. Cost: 1 RRU per 4 KB, some 15 links."""
    found = Share.query(
        keys.account(image.owner), Share.item.startswith(keys.share(image.image_id, "")), consistent_read=True
    )
    return sorted((share for share in found if works(share, image)), key=lambda share: share.created)


def find(token: str) -> Share | None:
    """Return the link that a token opens, or None where it was never made, or is revoked.

    The index finds a link a moment after it was made; the item itself is read consistently, so that a revoked link
    is not found from then on. Cost: 1.5 RRU.
    """
    for found in Share.by_token.query(keys.share_token(keys.share_id(token)), limit=1):
        try:
            return Share.get(found.holder, found.item, consistent_read=True)
        except Share.DoesNotExist:
            break
    return None


def works(share: Share, image: Image) -> bool:
    """Tell whether a link has not expired, and is to this life of an image."""
    return share.expires > keys.now() and share.since == image.since and share.image_id == image.image_id


def get(image: Image, share_id: str) -> Share | None:
    """Return a link to an image by its id, or None. Cost: 1 RRU."""
    try:
        return Share.get(keys.account(image.owner), keys.share(image.image_id, share_id), consistent_read=True)
    except Share.DoesNotExist:
        return None
