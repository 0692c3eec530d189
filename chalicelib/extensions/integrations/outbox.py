"""The outbox: an event becomes one stored delivery for each webhook that asks for it, then a message.

An owner without webhooks costs nothing once that is known, for `settings().account_seconds`. Killed at any point,
nothing is lost: the changes of images come again with the stream, and every other change is written in one
transaction with its deliveries and an entry in the list of later attempts, which finds a delivery without message.
"""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib import queues
from chalicelib.config import settings
from chalicelib.db import conditional, keys
from chalicelib.db.models import AccountItem, connection
from chalicelib.extensions.integrations import (
    deliveries,
    event,
    eventbridge,
    image_changes,
    quota_use,
    webhooks,
)
from chalicelib.extensions.integrations.deliveries import Due
from chalicelib.extensions.integrations.event_types import AccountData
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from chalicelib.db.models import Delivery
    from chalicelib.extensions.integrations.event import Event

RELEASED = 100  # attempts in one step of a release
WRITERS = 8  # deliveries that are written at once: an import is told to ten webhooks
SAFETY_SECONDS = 60  # after which a delivery whose message was never sent is found


class Write(NamedTuple):
    """An item that a transaction writes besides the deliveries: it is put, or deleted if it is still there."""

    put: AccountItem | None = None
    delete: AccountItem | None = None


def wants(owner: str, kind: str) -> bool:
    """Tell whether anybody is to be told of a type of event of an owner. Cost: see the module."""
    return settings().event_bus is not None or any(listener.wants(kind) for listener in webhooks.listening(owner))


def tell_changes(records: Iterable[Mapping[str, Any]]) -> int:
    """Tell of changes of images, as Lambda's DynamoDB event has them; return how many events there were.

    Done again with the same records, it tells nothing new. Raises the errors of DynamoDB and SQS; the same records
    should then come again.
    """
    events: list[Event] = []
    grown: set[str] = set()
    for record in records:
        owner = image_changes.owner_of(record)
        if owner is not None and (settings().event_bus or webhooks.listening(owner)):
            events += image_changes.events_of(record, partial(wants, owner))
            if image_changes.is_read(record) and wants(owner, quota_use.KIND):
                grown.add(owner)
    now = keys.now()
    events += [told for owner in sorted(grown) if (told := quota_use.near(owner, now))]
    if events:
        tell(events)
    return len(events)


def tell(events: Iterable[Event]) -> None:
    """Tell of events whose cause will come again if this fails. Cost: 1 WRU per KB, event and webhook."""
    prepared = [pair for told in events for pair in _deliveries(told)]
    with ThreadPoolExecutor(WRITERS) as pool:
        waiting = list(pool.map(lambda pair: deliveries.write(pair[0]), prepared))
    send(due for (_, due), waits in zip(prepared, waiting, strict=True) if waits)


def tell_with(write: Write, events: Iterable[Event]) -> bool:
    """Make a write and tell of it: both happen, or neither. False where the item to delete is gone already.

    Cost: that of the write; where anybody is to be told, twice that, and 4 WRU for each delivery. Raises
    PynamoDB's errors. Where SQS fails after the write, the list of later attempts finds the deliveries.
    """
    is_there = AccountItem.holder.exists()
    prepared = [pair for told in events for pair in _deliveries(told)]
    if not prepared:
        if write.put:
            write.put.save()
        return write.delete is None or conditional.delete(write.delete, is_there)
    safety = keys.now() + timedelta(seconds=SAFETY_SECONDS)
    try:
        with TransactWrite(connection=connection(settings().region)) as transaction:
            if write.put:
                transaction.save(write.put)
            if write.delete:
                transaction.delete(write.delete, is_there)
            for delivery, due in prepared:
                transaction.save(delivery)
                transaction.save(deliveries.later(due, safety))
    except TransactWriteError as error:
        if any(reason and reason.code == "ConditionalCheckFailed" for reason in error.cancellation_reasons):
            return False
        raise
    try:
        send([due for _, due in prepared])
    except (BotoCoreError, ClientError):
        logger.exception("deliveries_not_asked_for", extra={"deliveries": len(prepared)})
    return True


def tell_parting(owner: str, time: datetime) -> None:
    """Tell the webhooks that were taken out of an account of its end. Done again, it tells nothing new."""
    told = event.make("account.deleted", owner, time, AccountData(owner=owner))
    prepared = [_delivery(told, listener.webhook_id) for listener in webhooks.parted(owner)] + _to_the_bus(told)
    send([due for delivery, due in prepared if deliveries.write(delivery)])


def replay(owner: str, webhook_id: str, delivery: Delivery) -> bool:
    """Deliver an event again, with the same id; False where it is on its way.

    Killed at any point, it is delivered or can be replayed again. Cost: 3 WRU, and 1 more per KB.
    """
    if delivery.state == deliveries.PENDING:
        return False
    due = Due(owner, webhook_id, delivery.entry, 0)
    deliveries.later(due, keys.now() + timedelta(seconds=SAFETY_SECONDS)).save()
    deliveries.list_failed(owner, webhook_id, delivery.entry, failed=False)
    if not deliveries.replay(delivery):
        return False
    send([due])
    return True


def test(webhook_id: str, told: Event) -> None:
    """Deliver an event to one webhook, whatever it asks for. Cost: 2 WRU."""
    delivery, due = _delivery(told, webhook_id)
    deliveries.later(due, keys.now() + timedelta(seconds=SAFETY_SECONDS)).save()
    deliveries.write(delivery)
    send([due])


def send(due: Iterable[Due]) -> None:
    """Ask for attempts, now. Raises the errors of SQS."""
    queues.send(settings().deliveries_queue, (message(one) for one in due))


def message(due: Due) -> str:
    """Return the body of the message that asks for an attempt."""
    return json.dumps(due._asdict())


def _deliveries(told: Event) -> list[tuple[Delivery, Due]]:
    """Return the deliveries of an event, not written yet, to each webhook that asks for it and to the bus."""
    listeners = [one for one in webhooks.listening(told.owner) if one.wants(told.type)]
    return [_delivery(told, listener.webhook_id) for listener in listeners] + _to_the_bus(told)


def _to_the_bus(told: Event) -> list[tuple[Delivery, Due]]:
    return [_delivery(told, eventbridge.DESTINATION)] if settings().event_bus else []


def _delivery(told: Event, destination: str) -> tuple[Delivery, Due]:
    due = Due(told.owner, destination, told.event_id, 0)
    return deliveries.new(told.owner, destination, told), due


def release(seconds: float) -> int:
    """Ask for the later attempts that are due, for some seconds at most; return how many.

    A message is sent first and its entry deleted then: ended in between, it is sent twice, and the second finds
    the attempt made. Cost: 0.5 RRU a shard, and 1 WRU an attempt.
    """
    released = 0
    deadline = keys.now() + timedelta(seconds=seconds)
    shards = keys.due_shards()
    random.shuffle(shards)  # so that a long list does not always keep the others waiting
    for shard in shards:
        more = True
        while more and keys.now() < deadline:
            entries, due = deliveries.due_now(shard, RELEASED)
            send(due)
            deliveries.forget_due(entries)
            released += len(due)
            more = len(due) == RELEASED
    if released:
        logger.info("deliveries_released", extra={"deliveries": released})
    return released
