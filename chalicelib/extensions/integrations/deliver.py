"""Deliver one event to one webhook: an attempt, its note in the log, and the next one if it fails.

A receiver gets an event at least once, always with the same `webhook-id`. An attempt is made before it is noted:
killed in between, it is made again. An endpoint that failed has one attempt at a time, and one that takes its time
has no further ones meanwhile: else the events of few endpoints that hang would occupy all functions.
"""

from __future__ import annotations

import random
import threading
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from pynamodb.exceptions import PynamoDBException

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.db import keys
from chalicelib.extensions.integrations import (
    attempt_limit,
    deliveries,
    eventbridge,
    outbox,
    sender,
    signing,
    webhooks,
)
from chalicelib.extensions.integrations.address_guard import DEADLINE_SECONDS
from chalicelib.extensions.integrations.deliveries import Attempt, Due
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.db.models import Delivery, Webhook

SCHEDULE = (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds between an attempt and the one before it. Source: Standard Webhooks 1.0, "Retry schedule"."""
JITTER = 0.2  # the share by which a wait may be longer
MAX_QUEUED_SECONDS = 900  # SQS's longest delay; later attempts wait in a list
GONE = 410
SLOW_SECONDS = 2.0  # of an attempt, after which no further one begins until it ends
HELD_SECONDS = DEADLINE_SECONDS + 2  # an attempt and its note
LATE_SECONDS = 300  # after which a delivery without attempt counts as forgotten


class Next(NamedTuple):
    """The state of a delivery after an attempt, and when the next one is due."""

    state: str
    due: datetime | None


def deliver(due: Due, *, again: bool = False) -> None:
    """Make the attempt that is due, unless it was made; `again` says that its message came before.

    Raises the errors of DynamoDB, SQS, Secrets Manager and EventBridge; the message should then come again. Cost
    of a delivery that succeeds: 1 RRU per 4 KB, 1 RRU for its webhook in some seconds, 1 WRU per KB; while its
    webhook is paused nothing more than a message.
    """
    of_webhook = due.webhook_id != eventbridge.DESTINATION
    item = webhooks.known(due.owner, due.webhook_id) if of_webhook else None
    waits = item is not None and item.enabled and webhooks.is_paused(item)
    if item is not None and waits and not again:  # again: the attempt before may have been killed after its note
        _ask(_after_pause(item), due)
        return
    found = deliveries.get(keys.deliveries(due.owner, due.webhook_id), due.event_id)
    if found is None or found.state != deliveries.PENDING:
        return
    if found.tries != due.tries:
        if found.tries > due.tries and (again or _is_late(found)):  # killed after the note, before the message
            _ask(_at(found), due._replace(tries=int(found.tries)))
        return
    if not of_webhook:
        _put(found, due)
    elif item is None or not item.enabled:
        _give_up(found, due)
    elif waits:
        _ask(_after_pause(item), due)
    elif wait := attempt_limit.wait_seconds(due.owner):
        _ask(_spread(keys.now() + timedelta(seconds=wait)), due)
    elif item.failing_since and not webhooks.hold(item, HELD_SECONDS):  # another attempt tells whether it works
        _ask(_spread(keys.now() + timedelta(seconds=HELD_SECONDS)), due)
    else:
        _attempt(found, due, item)


def _attempt(found: Delivery, due: Due, item: Webhook) -> None:
    body = deliveries.body_of(found)
    began = keys.now()
    signed = signing.headers(due.event_id, int(began.timestamp()), body, webhooks.signers(item))
    headers = {"Content-Type": "application/json", **signed}
    with _held_while_slow(item):
        answer = sender.send(item.url, headers, body)
    told = {"owner": due.owner, "webhook_id": due.webhook_id, "event_id": due.event_id, "status": answer.status}
    attempt = Attempt(
        keys.timestamp(began), answer.status, answer.error, round(answer.seconds * 1000), answer.beginning
    )
    following = _following(found, answer)
    if not deliveries.note(found, attempt, following.state, following.due):
        return
    if following.state == deliveries.DELIVERED:
        webhooks.note_success(item)
        logger.info("event_delivered", extra=told)
        return
    logger.info("event_not_delivered", extra={**told, "error": answer.error, "next": found.due})
    if answer.status == GONE:
        webhooks.note_end(item, webhooks.GONE)
    else:
        webhooks.note_failure(item, keys.now() + timedelta(seconds=answer.retry_after_seconds or 0))
        if webhooks.fails_for_days(item):
            webhooks.note_end(item, webhooks.FAILING)
            logger.warning("webhook_disabled", extra=told)
    if following.due is not None:
        _ask(following.due, due._replace(tries=due.tries + 1))
    else:
        deliveries.list_failed(due.owner, due.webhook_id, due.event_id, failed=True)


@contextmanager
def _held_while_slow(item: Webhook) -> Iterator[None]:
    """Let no further attempt of a webhook begin while this one takes its time."""

    def hold() -> None:
        try:
            webhooks.hold(item, HELD_SECONDS - SLOW_SECONDS)
        except PynamoDBException:  # the attempt goes on, and others beside it
            logger.exception("webhook_not_held", extra={"owner": item.owner, "webhook_id": item.webhook_id})

    timer = threading.Timer(SLOW_SECONDS, copy_context().run, [hold])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _following(found: Delivery, answer: sender.Answer) -> Next:
    """Return the state after an attempt, and when the next one is due."""
    if answer.delivered:
        return Next(deliveries.DELIVERED, None)
    made = int(found.tries) + 1
    if answer.status == GONE or made >= len(SCHEDULE):
        return Next(deliveries.FAILED, None)
    wait = max(SCHEDULE[made] * _jitter(), answer.retry_after_seconds or 0)
    return Next(deliveries.PENDING, keys.now() + timedelta(seconds=wait))


def _give_up(found: Delivery, due: Due) -> None:
    """End a delivery whose webhook is disabled, so that its owner may replay it; that of a deleted one expires."""
    if deliveries.give_up(found):
        deliveries.list_failed(due.owner, due.webhook_id, due.event_id, failed=True)


def _put(found: Delivery, due: Due) -> None:
    began = keys.now()
    eventbridge.put(deliveries.body_of(found), due.owner)
    spent = round((keys.now() - began).total_seconds() * 1000)
    deliveries.note(found, Attempt(keys.timestamp(began), 200, None, spent, ""), deliveries.DELIVERED, None)


def _ask(when: datetime, due: Due) -> None:
    """Ask for an attempt at a time: by a delayed message where SQS delays so long, else by the list."""
    wait = (when - keys.now()).total_seconds()
    if wait > MAX_QUEUED_SECONDS:
        deliveries.later(due, when).save()
        return
    aws.client("sqs").send_message(
        QueueUrl=aws.queue_url(settings().deliveries_queue),
        MessageBody=outbox.message(due),
        DelaySeconds=max(0, round(wait)),
    )


def _at(found: Delivery) -> datetime:
    return datetime.fromisoformat(found.due) if found.due else keys.now()


def _is_late(found: Delivery) -> bool:
    """Tell whether the next attempt should have been made long ago: its message was lost."""
    return _at(found) < keys.now() - timedelta(seconds=LATE_SECONDS)


def _after_pause(item: Webhook) -> datetime:
    return _spread(datetime.fromisoformat(item.paused_until or ""))


def _spread(when: datetime) -> datetime:
    """Return a time somewhat later, so that all that waited for it does not come at once."""
    wait = max(1.0, (when - keys.now()).total_seconds())
    return keys.now() + timedelta(seconds=wait * _jitter())


def _jitter() -> float:
    return random.uniform(1, 1 + JITTER)  # noqa: S311  it only spreads
