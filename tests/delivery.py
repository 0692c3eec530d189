"""Give what waits in a queue or a stream to its function as the event source mapping would, drain by drain."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.offline import streams

if TYPE_CHECKING:
    from collections.abc import Callable

CONTEXT = SimpleNamespace(aws_request_id="test", get_remaining_time_in_millis=lambda: 60_000)


def message(body: str, identifier: str = "1", receive_count: int = 1, queue: str | None = None) -> dict[str, Any]:
    """Return a message of a queue (the uploads queue) as Lambda is given it."""
    return {
        "messageId": identifier,
        "receiptHandle": "handle",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(receive_count), "SentTimestamp": "1795953600000"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue or settings().uploads_queue}",
        "awsRegion": "us-east-1",
    }


def give(app: Any, *messages: dict[str, Any], function: str = "extract_metadata") -> list[str]:
    """Call a function with messages; return the identifiers of those that failed."""
    answer = app.handler_map[function]({"Records": list(messages)}, CONTEXT)
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def receive(queue: str | None = None) -> list[dict[str, Any]]:
    """Take all messages from a queue (the uploads queue)."""
    queue = queue or settings().uploads_queue
    sqs, url = aws.client("sqs"), aws.queue_url(queue)
    taken: list[dict[str, Any]] = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get("Messages"):
        done = [{"Id": str(n), "ReceiptHandle": item["ReceiptHandle"]} for n, item in enumerate(found)]
        assert not sqs.delete_message_batch(QueueUrl=url, Entries=done).get("Failed")
        taken += [message(item["Body"], item["MessageId"], queue=queue) for item in found]
    return taken


def deliver(app: Any) -> None:
    """Process all that waits in the uploads queue; nothing of it may fail."""
    waiting = receive()
    assert give(app, *waiting) == [] if waiting else True


def run_jobs(app: Any) -> None:
    """Do all jobs that wait, slice by slice, to their ends; nothing of them may fail."""
    while waiting := receive(settings().jobs_queue):
        for item in waiting:
            assert give(app, item, function="run_job") == []


def following(app: Any) -> Callable[[], None]:
    """Return what lets the catalogue follow all changes of records since now."""

    def call(event: dict[str, Any]) -> Any:
        return app.handler_map["follow_images"](json.loads(json.dumps(event)), CONTEXT)

    follower = streams.Follower(settings().images_table, 100, call, "LATEST")
    follower.step()

    def follow() -> None:
        while follower.step():
            pass

    return follow
