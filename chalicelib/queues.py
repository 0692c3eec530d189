"""SQS: send, count, look at, move. A queue is named as the settings name it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from chalicelib import aws

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BATCH = 10  # SQS's limit of messages in one call
LOOK_SECONDS = 20  # how long a message is hidden while it is looked at; it is given back at once
MOVE_SECONDS = 60
WAIT_SECONDS = 1  # a long poll asks all of SQS's servers, a short one only some
PATIENCE_SECONDS = 15  # of one move; API Gateway waits for 29


class Depth(NamedTuple):
    """About how many messages a queue holds: waiting, and with somebody."""

    waiting: int
    in_flight: int


def send(name: str, bodies: Iterable[str]) -> int:
    """Send messages; return how many. Raises ClientError when SQS refuses one."""
    sent = 0
    for batch in aws.batches(bodies, BATCH):
        _send(name, [{"Id": str(number), "MessageBody": body} for number, body in enumerate(batch)])
        sent += len(batch)
    return sent


def depth(name: str) -> Depth:
    """Return about how many messages a queue holds."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = aws.client("sqs").get_queue_attributes(QueueUrl=aws.queue_url(name), AttributeNames=names)
    return Depth(*(int(found["Attributes"][name]) for name in names))


def peek(name: str, limit: int) -> list[dict[str, Any]]:
    """Return some of a queue's messages as SQS describes them, and give them back; killed meanwhile, SQS does."""
    found: list[dict[str, Any]] = []
    try:
        for batch in _received(name, limit, LOOK_SECONDS):
            found += batch
    finally:
        for batch in aws.batches(found, BATCH):
            entries = [{**entry, "VisibilityTimeout": 0} for entry in _handles(batch)]
            aws.client("sqs").change_message_visibility_batch(QueueUrl=aws.queue_url(name), Entries=entries)
    return found


def move(source: str, target: str, limit: int) -> int:
    """Move up to `limit` messages; return how many.

    A message is sent first and deleted then: ended in between, it is there twice, which does no harm here, and
    never lost.
    """
    moved = 0
    deadline = time.monotonic() + PATIENCE_SECONDS
    for batch in _received(source, limit, MOVE_SECONDS):
        entries = []
        for number, message in enumerate(batch):
            attributes = {"MessageAttributes": given} if (given := message.get("MessageAttributes")) else {}
            entries.append({"Id": str(number), "MessageBody": message["Body"], **attributes})
        _send(target, entries)
        answer = aws.client("sqs").delete_message_batch(QueueUrl=aws.queue_url(source), Entries=_handles(batch))
        _complain(answer, "DeleteMessage")
        moved += len(batch)
        if time.monotonic() > deadline:
            break
    return moved


def _received(name: str, limit: int, hidden_seconds: int) -> Iterator[list[dict[str, Any]]]:
    """Yield a queue's messages in batches, hidden from others, until there are `limit` or none is left."""
    left = limit
    while left > 0:
        answer = aws.client("sqs").receive_message(
            QueueUrl=aws.queue_url(name),
            MaxNumberOfMessages=min(left, BATCH),
            VisibilityTimeout=hidden_seconds,
            WaitTimeSeconds=WAIT_SECONDS,
            AttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
            MessageAttributeNames=["All"],
        )
        batch: list[dict[str, Any]] = answer.get("Messages", [])
        if not batch:
            return
        yield batch
        left -= len(batch)


def _send(name: str, entries: list[dict[str, Any]]) -> None:
    _complain(aws.client("sqs").send_message_batch(QueueUrl=aws.queue_url(name), Entries=entries), "SendMessage")


def _handles(messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]} for number, message in enumerate(messages)
    ]


def _complain(answer: dict[str, Any], operation: str) -> None:
    if failed := answer.get("Failed"):
        raise ClientError({"Error": failed[0]}, f"{operation} of {len(failed)} messages")
