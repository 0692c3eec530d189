"""The table of images: one item an image, written only by what is newer than the item that stands.

Events come at least once and in any order. Every write carries the order of the event it tells of, and is refused
when the item already tells of a later one; so any history, however shuffled, ends in the state of the newest.
"""

from __future__ import annotations

import json
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from pynamodb.exceptions import PutError

from chalicelib.config import settings
from chalicelib.db import days, keys
from chalicelib.db.models import EXPECTED, FAILED, READY, REMOVED, Image

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_TEXT_BYTES = 1 << 20  # of a document; an answer of Lambda has 6 MB
MAX_PACKED_BYTES = 128 << 10  # of a document, compressed; an item of DynamoDB has 400 KB


class Page(NamedTuple):
    """One page of a list: its images, and where the next begins (None at the end)."""

    images: list[Image]
    after: str | None


def get(image_id: str, *, consistent: bool = False) -> Image | None:
    """Return an image's item, whatever its state, or None. Cost: 0.5 RRU per 4 KB, 1 when consistent."""
    try:
        return Image.get(image_id, consistent_read=consistent)
    except Image.DoesNotExist:
        return None


def get_present(image_id: str) -> Image | None:
    """Return an image that a caller may see: neither removed nor an expired ticket."""
    image = get(image_id)
    if image is None or image.state == REMOVED or (image.expires is not None and image.expires <= keys.now()):
        return None
    return image


def get_many(image_ids: Iterable[str]) -> Iterator[Image]:
    """Yield the items that exist among some ids, in no order."""
    yield from Image.batch_get(list(image_ids), consistent_read=True)


def expect(image_id: str, owner: str, key: str) -> Image:
    """Write the ticket of an upload that may come; it expires by itself."""
    image = Image(
        image_id,
        owner=owner,
        key=key,
        state=EXPECTED,
        expires=keys.now() + timedelta(seconds=settings().ticket_seconds + 3600),
    )
    put_newer(image)
    return image


def bury(image_id: str, owner: str, key: str, order: str) -> bool:
    """Leave a tombstone, so that a late event cannot resurrect the image; False when a newer event was faster."""
    return put_newer(
        Image(
            image_id,
            owner=owner,
            key=key,
            state=REMOVED,
            sequencer=order,
            expires=keys.now() + timedelta(days=settings().tombstone_days),
        )
    )


def put_newer(image: Image, *, strictly: bool = False) -> bool:
    """Write an item unless the one that stands tells of a later event; return whether it was written.

    Strictly, one that tells of the same event stands, too. An item without a sequencer (a ticket) is older than
    every event. Cost: 1 WRU per KB, and one for each index.
    """
    image.changed = keys.timestamp(keys.now())
    if image.state in (READY, FAILED):
        image.listed = keys.listed(image.uploaded, image.image_id)
        image.day = keys.day(image.uploaded, image.image_id)
        days.note(image.day)
    if image.state in (EXPECTED, FAILED):
        image.unsettled = keys.unsettled(image.state, image.image_id)
    condition = Image.sequencer.does_not_exist()
    if image.sequencer is None:
        condition &= Image.image_id.does_not_exist()
    else:
        condition |= Image.sequencer < image.sequencer if strictly else Image.sequencer <= image.sequencer
    try:
        image.save(condition=condition)
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def newest(owner: str, limit: int, after: str | None = None) -> Page:
    """Return a page of an owner's images, newest upload first.

    `after` is the `after` of the page before. Cost: 0.5 RRU per 4 KB of summaries, 2.5 for a page of 50.
    """
    start = None
    if after is not None:
        start = {
            "owner": {"S": owner},
            "listed": {"S": after},
            "image_id": {"S": after.rpartition("#")[2]},
        }
    found = Image.by_owner.query(owner, scan_index_forward=False, limit=limit, last_evaluated_key=start)
    images = list(found)
    more = found.last_evaluated_key
    return Page(images, more["listed"]["S"] if more else None)


def pack(document: dict[str, Any]) -> bytes | None:
    """Return the compressed form in which an item carries its document, or None where that is too large."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    if len(text) > MAX_TEXT_BYTES:
        return None
    packed = zlib.compress(text, 9)
    return packed if len(packed) <= MAX_PACKED_BYTES else None


def unpack(image: Image) -> dict[str, Any]:
    """Return an item's document; empty where it has none."""
    if image.document is None:
        return {}
    document: dict[str, Any] = json.loads(zlib.decompressobj().decompress(image.document, MAX_TEXT_BYTES))
    return document
