"""Deliveries: one item for each event and webhook, from the outbox to the log that is kept for a month.

The item is written before anybody is asked to deliver it, under a key that follows from the event: an event that
is told twice is one delivery. All changes of it are conditional on its state and the attempts made.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import Struct

from chalicelib.db import conditional, index_table, keys
from chalicelib.db.models import CatalogueItem, Delivery
from chalicelib.db.slices import Page
from chalicelib.extensions.integrations import event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.db.slices import Slice
    from chalicelib.extensions.integrations.event import Event

PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"
KEPT_DAYS = 30
MAX_ATTEMPTS_KEPT = 20
DUE_KEPT_DAYS = 7  # of an entry in the list of later attempts, which its release deletes


class Attempt(Struct, array_like=True, frozen=True):
    """One attempt to deliver: when, how it ended, how long it took, the beginning of the answer."""

    time: str  # RFC 3339
    status: int | None  # of HTTP; None where there was no answer
    error: str | None  # code, where there was none
    milliseconds: int
    beginning: str  # of the answer


class Due(NamedTuple):
    """An attempt that is due: of which delivery, and how many were made before."""

    owner: str
    webhook_id: str
    event_id: str
    tries: int


_attempts = msgspec.msgpack.Decoder(list[Attempt]).decode
_pack = msgspec.msgpack.Encoder().encode


def new(owner: str, webhook_id: str, told: Event) -> Delivery:
    """Return the delivery of an event to a webhook, not written yet."""
    return Delivery(
        keys.deliveries(owner, webhook_id),
        told.event_id,
        event=zlib.compress(told.body),
        type=told.type,
        state=PENDING,
        tries=0,
        expires=keys.now() + timedelta(days=KEPT_DAYS),
    )


def write(delivery: Delivery) -> bool:
    """Write a new delivery; tell whether it still waits for its first attempt. Cost: 1 WRU per KB."""
    if conditional.put(delivery, Delivery.list_key.does_not_exist()):
        return True
    standing = get(delivery.list_key, delivery.entry)
    return standing is not None and standing.state == PENDING and not standing.tries


def get(list_key: str, event_id: str) -> Delivery | None:
    """Return a delivery of a list, or None. Cost: 1 RRU per 4 KB."""
    try:
        return Delivery.get(list_key, event_id, consistent_read=True)
    except Delivery.DoesNotExist:
        return None


def attempts_of(delivery: Delivery) -> list[Attempt]:
    """Return the last attempts, oldest first."""
    return _attempts(delivery.attempts) if delivery.attempts else []


def body_of(delivery: Delivery) -> bytes:
    """Return the JSON that the receiver gets."""
    return zlib.decompress(delivery.event)


def note(delivery: Delivery, attempt: Attempt, state: str, due: datetime | None) -> bool:
    """Add an attempt; False where another process was faster. Cost: 1 WRU per KB."""
    made = [*attempts_of(delivery), attempt][-MAX_ATTEMPTS_KEPT:]
    tries = int(delivery.tries)
    values = {
        "state": state,
        "tries": tries + 1,
        "attempts": _pack(made),
        "due": keys.timestamp(due) if due else None,
    }
    return conditional.update(delivery, values, (Delivery.state == PENDING) & (Delivery.tries == tries))


def give_up(delivery: Delivery) -> bool:
    """End a delivery without an attempt: its webhook is disabled. Cost: 1 WRU per KB."""
    return conditional.update(delivery, {"state": FAILED, "due": None}, Delivery.state == PENDING)


def replay(delivery: Delivery) -> bool:
    """Begin a new round of attempts; False where one is under way. Cost: 1 WRU per KB."""
    values = {
        "state": PENDING,
        "tries": 0,
        "due": None,
        "expires": keys.now() + timedelta(days=KEPT_DAYS),
    }
    return conditional.update(delivery, values, Delivery.state != PENDING)


def list_failed(owner: str, webhook_id: str, event_id: str, *, failed: bool) -> None:
    """Put a delivery on the list of those that failed in the end, or take it off. Cost: 1 WRU."""
    key = keys.undelivered(owner, webhook_id), event_id
    if failed:
        expires = keys.now() + timedelta(days=KEPT_DAYS)
        CatalogueItem(*key, expires=expires).save()
    else:
        index_table.write({}, [key])


def page(owner: str, webhook_id: str, limit: int, after: str | None, *, failed: bool) -> Page[Delivery]:
    """Return deliveries to a webhook, the newest first; with `failed`, those that failed in the end, oldest first.

    Cost: 0.5 RRU per 4 KB; of those that failed, 0.5 RRU each and per 4 KB.
    """
    if not failed:
        found = index_table.read(keys.deliveries(owner, webhook_id), limit=limit, descending=True, after=after)
        return _page(found.items, found)
    found = index_table.read(keys.undelivered(owner, webhook_id), limit=limit, after=after)
    holder = keys.deliveries(owner, webhook_id)
    there = index_table.fetch((holder, item.entry) for item in found.items).items
    return _page((there[key] for item in found.items if (key := (holder, item.entry)) in there), found)


def between(  # noqa: PLR0913  a period and a page
    owner: str, webhook_id: str, since: datetime, until: datetime, *, limit: int, after: str | None
) -> Page[Delivery]:
    """Return deliveries of events since a time and before another, the oldest first. Cost: 0.5 RRU per 4 KB."""
    low, high = event.earliest_id(since), event.earliest_id(until)
    found = index_table.read(keys.deliveries(owner, webhook_id), low, high, limit=limit, after=after)
    return _page(found.items, found)


def forget(owner: str, webhook_id: str, limit: int) -> bool:
    """Delete up to `limit` deliveries to a webhook; tell whether any are left. Cost: 1 WRU per KB."""
    for holder in (keys.undelivered(owner, webhook_id), keys.deliveries(owner, webhook_id)):
        found = index_table.read(holder, limit=limit, consistent=True)
        index_table.write({}, [(holder, item.entry) for item in found.items])
        if found.more:
            return True
    return False


def _page(items: Iterable[index_table.Item], found: Slice[index_table.Item]) -> Page[Delivery]:
    read = [Delivery.from_raw_data(item.attributes) for item in items]
    return Page(read, found.items[-1].entry if found.more else None)


def later(due: Due, time: datetime) -> CatalogueItem:
    """Return the entry of a later attempt in the list of those, not written yet."""
    milliseconds = int(time.timestamp() * 1000)
    entry = f"{milliseconds:013}#{due.webhook_id}#{due.event_id}#{due.tries}#{due.owner}"
    expires = time + timedelta(days=DUE_KEPT_DAYS)
    return CatalogueItem(keys.due_deliveries(due.webhook_id), entry, expires=expires)


def due_now(shard: str, limit: int) -> tuple[list[index_table.Key], list[Due]]:
    """Return attempts of a shard that are due, with their keys. Cost: 0.5 RRU per 4 KB."""
    until = f"{int(keys.now().timestamp() * 1000):013}#{index_table.MOST}"
    found = index_table.read(shard, high=until, limit=limit).items
    return [(shard, item.entry) for item in found], [_due(item.entry) for item in found]


def forget_due(entries: Iterable[index_table.Key]) -> None:
    """Delete entries of the list of later attempts. Cost: 1 WRU each."""
    index_table.write({}, entries)


def _due(entry: str) -> Due:
    _, webhook_id, event_id, tries, owner = entry.split("#", 4)
    return Due(owner, webhook_id, event_id, int(tries))
