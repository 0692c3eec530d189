"""The table of images: one item an image, replaced only by the result of a newer event.

Events come at least once and in any order. Every write carries the order of its event, and is refused when the
item already has a later one; so any history, however shuffled, ends in the state of the newest event.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.db import conditional, index_table, keys, upload_days
from chalicelib.db.models import EXPECTED, FAILED, READY, REMOVED, Image
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pynamodb.expressions.condition import Condition

KEPT = frozenset({
    "since", "title", "description", "alt", "tags", "visibility", "edits", "sealed",
    "annotations", "decisions", "judgement",
})  # fmt: skip
"""Attributes that outlive a new object under the same key, and reprocessing: the owner's texts, and `since`;
annotations and judgement, too, which mean nothing under another content than they name."""

BURIED = frozenset({"judgement"})
"""Attributes that a tombstone keeps: an owner must not end a judgement by deleting the image."""

_TOGETHER = 5  # items that one request reads under a budget: their sizes are known only afterwards

SEALED_SECONDS = 60  # twice the function's time: a deletion that has not happened by then was killed


def get(image_id: str, *, consistent: bool = False) -> Image | None:
    """Return an image's item in any state, or None. Cost: 0.5 RRU per 4 KB, 1 when consistent."""
    try:
        return Image.get(image_id, consistent_read=consistent)
    except Image.DoesNotExist:
        return None


def get_present(image_id: str, *, consistent: bool = False) -> Image | None:
    """Return an image that a caller may see: neither removed nor expired."""
    image = get(image_id, consistent=consistent)
    return image if image is not None and is_present(image) else None


def is_present(image: Image) -> bool:
    """Tell whether an item is more than a tombstone and has not expired: DynamoDB removes it within days."""
    return image.state != REMOVED and (image.expires is None or image.expires > keys.now())


def get_many(image_ids: Iterable[str]) -> Iterator[Image]:
    """Yield the items that exist among some ids, in no order."""
    yield from Image.batch_get(list(image_ids), consistent_read=True)


def look_up(image_ids: Iterable[str], budget: float) -> tuple[dict[str, Image], float]:
    """Return the items that exist among some ids, by these, and the cost in RRU: 0.5 per 4 KB of each.

    They are read in the order of the ids until `budget` RRU are spent; the last `_TOGETHER` may exceed it. Items
    that cannot be read are logged and left out.
    """
    found: dict[str, Image] = {}
    units = 0.0
    for some in aws.batches(image_ids, _TOGETHER):
        if units >= budget:
            break
        names = [{"image_id": {"S": name}} for name in some]
        items, spent = index_table.read_batch(settings().images_table, names)
        units += spent
        for item in items:
            try:
                image = Image.from_raw_data(item)
            except Exception:  # an attribute of another type, say: nothing here but the item can be wrong
                logger.exception("record_unreadable", extra={"image_id": item["image_id"]["S"]})
            else:
                found[image.image_id] = image
    return found, units


def ticket_life() -> timedelta:
    """Return how long the record of a ticket lasts: the upload may begin at its end, and take a while."""
    return timedelta(seconds=settings().ticket_seconds + 3600)


def expect(image_id: str, owner: str, key: str, facts: bytes | None = None) -> Image:
    """Write the ticket of an expected upload, with its known attributes; return the item that is stored then.

    A ticket expires by itself. Where a request comes again, it is the item of the first, and a ticket lasts as
    long as a new one.
    """
    image = Image(
        image_id,
        owner=owner,
        key=key,
        state=EXPECTED,
        facts=facts,
        since=keys.timestamp(keys.now()),
        expires=keys.now() + ticket_life(),
    )
    if put_newer(image):
        return image
    standing = get(image_id, consistent=True) or image
    if standing.state == EXPECTED:
        conditional.update(standing, {"expires": image.expires}, Image.state == EXPECTED)
    return standing


def revive(ticket: Image, tombstone: Image | None) -> bool:
    """Write a ticket that expects an object back, in the place of a tombstone, or of nothing, as it was read.

    Events of before may lead to a record, too, since the object is back: the newest of them wins. Returns False
    when something else stands there by now. Cost: 1 WRU per KB, and one for the index.
    """
    now = keys.now()
    ticket.state = EXPECTED
    ticket.since = ticket.changed = keys.timestamp(now)
    ticket.unsettled = keys.unsettled(EXPECTED, ticket.image_id)
    ticket.expires = now + timedelta(days=settings().tombstone_days)
    unchanged = _same(tombstone, "sequencer", "changed") if tombstone else ~Image.image_id.exists()
    return conditional.put(ticket, unchanged)


def bury(image_id: str, owner: str, key: str, order: str) -> bool:
    """Leave a tombstone, so that a late event cannot resurrect the image; False when a newer event was faster.

    Cost: 1 WRU per KB of the item before, and one for each index.
    """
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
    """Write an item unless the stored one is of a later event; return whether it was written.

    With `strictly`, a stored item of the same event stays, too. An item without a sequencer (a ticket) is older
    than every event. A record takes over the `KEPT` attributes of the item before it, a tombstone the `BURIED`
    ones, and `image` has them then. Cost: 1 WRU per KB, and one for each index.
    """
    image.changed = keys.timestamp(keys.now())
    recorded = image.state in (READY, FAILED)
    if recorded:
        image.listed = keys.listed(image.uploaded, image.image_id)
        image.day = keys.day(image.uploaded, image.image_id)
        upload_days.note(image.day)
    if image.state in (EXPECTED, FAILED):
        image.unsettled = keys.unsettled(image.state, image.image_id)
    condition = Image.sequencer.does_not_exist()
    if image.sequencer is None:
        condition &= Image.image_id.does_not_exist()
    else:
        condition |= Image.sequencer < image.sequencer if strictly else Image.sequencer <= image.sequencer
    if image.state == EXPECTED:
        return conditional.put(image, condition)
    replaced = Image.get_attributes().keys() - (KEPT if recorded else BURIED) - {"image_id"}
    values = {name: getattr(image, name) for name in sorted(replaced)}
    return conditional.update(image, values, condition, initial={"since": image.changed} if recorded else None)


def edit(image: Image, changes: Mapping[str, Any]) -> bool:
    """Write an owner's changes if the item is unchanged since it was read; return whether they were written.

    `changes` are values by attribute, None removing it; `image` then equals the stored item. Cost: 1 WRU per KB of
    the whole item, and one for each index.
    """
    return _write(image, {**changes, "edits": int(image.edits or 0) + 1})


def judge(image: Image, judgement: str | None) -> bool:
    """Write an admin's judgement, or remove it, under the condition of `edit` and at its cost; tell whether."""
    return _write(image, {"judgement": judgement})


def _write(image: Image, values: Mapping[str, Any]) -> bool:
    now = keys.timestamp(keys.now())
    unsealed = Image.sealed.does_not_exist() | (Image.sealed <= now)
    return conditional.update(image, {**values, "changed": now}, _unchanged(image) & unsealed)


def seal(image: Image) -> bool:
    """Refuse edits of an image for `SEALED_SECONDS`, while it is as it was read; tell whether it is sealed.

    A deletion that holds for one state of the image alone seals it first: no edit gets lost between the comparison
    and the deletion. `unseal`, a tombstone or time end it. Cost: 1 WRU per KB of the whole item.
    """
    until = keys.timestamp(keys.now() + timedelta(seconds=SEALED_SECONDS))
    return conditional.update(image, {"sealed": until}, _unchanged(image))


def unseal(image: Image) -> None:
    """Let edits of an image in again: it is not deleted. Cost: 1 WRU per KB of the whole item."""
    conditional.update(image, {"sealed": None}, Image.sealed == image.sealed)


def publish(image: Image, key: str) -> bool:
    """Write where the published file of a ready image is, unless that has changed or has one; tell whether."""
    waiting = _same(image, "sequencer", "etag") & (Image.state == READY) & Image.published.does_not_exist()
    return conditional.update(image, {"published": key}, waiting)


def blur(image: Image, copies: str | None) -> bool:
    """Write where the copies with blurred faces of a ready image are, or None for none; tell whether.

    It is not written if the image was changed since it was read, even if it is as it was then: files that another
    attempt made, and deleted, would be named. Cost: 1 WRU per KB of the whole item.
    """
    standing = _same(image, "sequencer", "etag", "changed", "annotations", "decisions", "blurred")
    written = {"blurred": copies, "changed": keys.timestamp(keys.now())}  # the next copies are named after it
    return conditional.update(image, written, standing & (Image.state == READY))


def annotate(image: Image, values: Mapping[str, Any]) -> bool:
    """Write annotations of an image, if its state, content and annotations are as they were read; tell whether.

    Cost: 1 WRU per KB of the whole item.
    """
    written = {**values, "changed": keys.timestamp(keys.now())}  # an edit of the state before begins anew
    return conditional.update(image, written, _same(image, "state", "sha256", "annotations", "decisions"))


def mark_interrupted(image: Image) -> bool:
    """Note on a record that a later attempt to read its object did not finish, and list it among the failed.

    The next record takes the note's place. Returns False where another record stands by now. Cost: 1 WRU per KB of
    the whole item, and one for the index.
    """
    now = keys.timestamp(keys.now())
    noted = {"interrupted": now, "changed": now, "unsettled": keys.unsettled(FAILED, image.image_id)}
    standing = _same(image, "sequencer") & Image.state.is_in(READY, FAILED)
    return conditional.update(image, noted, standing)


def touch(image_id: str) -> bool:
    """Let the stream bring a record once more, as it is; tell whether there is one. Cost: 1 WRU per KB."""
    touched = keys.timestamp(keys.now())
    return conditional.update(Image(image_id), {"touched": touched}, Image.state.is_in(READY, FAILED))


def complete(image: Image, facts: bytes) -> bool:
    """Write more facts of the same record, which the stream then brings once more; tell whether it stands still.

    Cost: 1 WRU per KB of the whole item, and one for each index.
    """
    values = {"facts": facts, "touched": keys.timestamp(keys.now())}
    return conditional.update(image, values, _same(image, "sequencer") & Image.state.is_in(READY, FAILED))


def _unchanged(image: Image) -> Condition:
    """Return the condition that neither an image's record nor its owner's texts have changed since it was read."""
    return _same(image, "changed", "edits", "sequencer")


def _same(image: Image, *names: str) -> Condition:
    """Return the condition that some attributes are unchanged since the item was read."""
    condition = Image.image_id.exists()
    for name in names:
        attribute, value = Image.get_attributes()[name], getattr(image, name)
        condition &= attribute.does_not_exist() if value is None else attribute == value
    return condition
