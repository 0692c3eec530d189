"""SQS: send, count, look at, move. A queue is named as the settings name it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from chalicelib import aws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

BATCH = 10  # SQS's limit of messages in one call
LOOK_SECONDS = 20  # how long a message is hidden while it is looked at; it is given back at once
MOVE_SECONDS = 60
WAIT_SECONDS = 1  # a long poll asks all of SQS's servers, a short one only some
PATIENCE_SECONDS = 15  # of one move; API Gateway waits for 29


class Moved(NamedTuple):
    """How many messages were moved, and how many were looked at and left where they are."""

    moved: int
    passed_over: int


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
        while len(found) < limit and (batch := _receive(name, limit - len(found), LOOK_SECONDS)):
            found += batch
    finally:
        hide(name, ((message["ReceiptHandle"], 0) for message in found))
    return found


def move(source: str, target: str, limit: int, wanted: Callable[[str], bool] = lambda _body: True) -> Moved:
    """Move up to `limit` messages whose bodies are `wanted`; the others stay.

    A message is sent first and deleted then: ended in between, it is there twice, which does no harm here, and
    never lost.
    """
    moved, kept = 0, list[dict[str, Any]]()
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        while moved < limit and time.monotonic() < deadline:
            batch = _receive(source, limit - moved, MOVE_SECONDS)
            if not batch:
                break
            chosen = [message for message in batch if wanted(message["Body"])]
            kept += [message for message in batch if message not in chosen]
            _move(source, target, chosen)
            moved += len(chosen)
    finally:
        hide(source, ((message["ReceiptHandle"], 0) for message in kept))
    return Moved(moved, len(kept))


def hide(name: str, waits: Iterable[tuple[str, int]]) -> None:
    """Hide received messages, each named by its receipt handle, from now on for a number of seconds."""
    for batch in aws.batches(waits, BATCH):
        entries = [
            {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": seconds}
            for number, (handle, seconds) in enumerate(batch)
        ]
        aws.client("sqs").change_message_visibility_batch(QueueUrl=aws.queue_url(name), Entries=entries)


def _move(source: str, target: str, batch: Sequence[dict[str, Any]]) -> None:
    if not batch:
        return
    entries = []
    for number, message in enumerate(batch):
        attributes = {"MessageAttributes": given} if (given := message.get("MessageAttributes")) else {}
        entries.append({"Id": str(number), "MessageBody": message["Body"], **attributes})
    _send(target, entries)
    answer = aws.client("sqs").delete_message_batch(QueueUrl=aws.queue_url(source), Entries=_handles(batch))
    _complain(answer, "DeleteMessage")


def _receive(name: str, limit: int, hidden_seconds: int) -> list[dict[str, Any]]:
    """Return up to `limit` and up to ten of a queue's messages, hidden from others for a while."""
    answer = aws.client("sqs").receive_message(
        QueueUrl=aws.queue_url(name),
        MaxNumberOfMessages=min(limit, BATCH),
        VisibilityTimeout=hidden_seconds,
        WaitTimeSeconds=WAIT_SECONDS,
        AttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
        MessageAttributeNames=["All"],
    )
    batch: list[dict[str, Any]] = answer.get("Messages", [])
    return batch


def _send(name: str, entries: list[dict[str, Any]]) -> None:
    _complain(aws.client("sqs").send_message_batch(QueueUrl=aws.queue_url(name), Entries=entries), "SendMessage")


def _handles(messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]} for number, message in enumerate(messages)
    ]


def _complain(answer: dict[str, Any], operation: str) -> None:
    if failed := answer.get("Failed"):
        raise ClientError({"Error": failed[0]}, f"{operation} of {len(failed)} messages")
