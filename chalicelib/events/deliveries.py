"""Deliveries of events to webhooks: a queue of attempts, and a schedule for those that wait for long.

Lambda's loop detection is off for `deliver_events`, which feeds its own queue: an event has ten attempts.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from itertools import groupby
from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Rate

from chalicelib import aws, queues
from chalicelib.config import settings
from chalicelib.events import failures
from chalicelib.logs import logger, request_id

if TYPE_CHECKING:
    from chalice.app import CloudWatchEvent, SQSEvent

events = Blueprint(__name__)
BATCH_SIZE = 10
GROUP_SECONDS = 25  # for the events of one webhook; the last attempt may take 15 more
RELEASE_SECONDS = 40  # of the function's 60


@events.on_sqs_message(queue=settings().deliveries_queue, batch_size=BATCH_SIZE, name="deliver_events")
def deliver_events(event: SQSEvent) -> dict[str, Any]:
    """Make the attempts of a batch, those of different webhooks at the same time; return the messages to retry."""
    request_id.set(getattr(event.context, "aws_request_id", None))
    messages = sorted(event.to_dict()["Records"], key=_webhook)
    groups = [list(group) for _, group in groupby(messages, key=_webhook)]
    for service in ("sqs", "secretsmanager"):
        aws.client(service)  # made here, so that threads do not each make one
    with ThreadPoolExecutor(max_workers=len(groups) or 1) as pool:
        contexts = [copy_context() for _ in groups]  # the request id is in it
        parts = pool.map(lambda context, group: context.run(_deliver, group), contexts, groups)
        failed = [message for part in parts for message in part]
    return failures.report(settings().deliveries_queue, failed)


@events.schedule(Rate(5, unit=Rate.MINUTES), name="release_deliveries")
def release_deliveries(event: CloudWatchEvent) -> None:
    """Ask for the attempts that are due now."""
    from chalicelib.extensions.integrations import outbox  # noqa: PLC0415  no other function needs it

    request_id.set(getattr(event.context, "aws_request_id", None))
    outbox.release(RELEASE_SECONDS)


def _webhook(message: dict[str, Any]) -> str:
    """Return the webhook that a message is about; of a malformed one, none: its attempt fails alone."""
    try:
        return str(json.loads(message["body"])["webhook_id"])
    except (ValueError, TypeError, KeyError):
        return ""


def _deliver(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make the attempts to one webhook one after another; return the messages to retry."""
    from chalicelib.extensions.integrations.deliver import deliver  # noqa: PLC0415  no other function needs it
    from chalicelib.extensions.integrations.deliveries import Due  # noqa: PLC0415

    failed = []
    deadline = time.monotonic() + GROUP_SECONDS
    for place, message in enumerate(messages):
        if time.monotonic() > deadline:  # a slow endpoint: its other events wait in the queue, not here
            queues.send(settings().deliveries_queue, [one["body"] for one in messages[place:]])
            break
        try:
            again = int(message["attributes"]["ApproximateReceiveCount"]) > 1
            deliver(Due(**json.loads(message["body"])), again=again)
        except Exception:  # the queue brings the message again, and the dead-letter queue keeps it in the end
            logger.exception("delivery_failed", extra={"message_id": message["messageId"]})
            failed.append(message)
    return failed
