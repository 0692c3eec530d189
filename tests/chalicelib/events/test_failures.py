"""A failed message comes again after seconds, then minutes, then it is a dead letter."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib import aws as clients
from chalicelib import queues
from chalicelib.config import settings
from chalicelib.events import failures
from tests import delivery
from tests.system import wait_until


@pytest.mark.parametrize(
    ("retry_seconds", "waits"),
    [(15, [15, 180, 0, 0]), (1, [1, 12, 0, 0]), (300, [300, 720, 0, 0])],
)
def test_the_wait_grows_and_ends_with_the_last_attempt(
    aws: str, monkeypatch: pytest.MonkeyPatch, retry_seconds: int, waits: list[int]
) -> None:
    """Three attempts; never longer than the queue's own visibility timeout."""
    monkeypatch.setattr(settings(), "retry_seconds", retry_seconds)
    told = [failures.wait_seconds(delivery.message("", receive_count=attempt)) for attempt in (1, 2, 3, 4)]
    assert told == waits


@pytest.mark.parametrize(("function", "queue"), [("extract_metadata", "uploads_queue"), ("run_job", "jobs_queue")])
def test_a_failed_message_is_back_after_its_wait(app: Any, function: str, queue: str) -> None:
    """The queue hides it for an hour, for functions that are killed; here it waits for one second."""
    name: str = getattr(settings(), queue)
    delivery.receive(name)
    sqs, url = clients.client("sqs"), clients.queue_url(name)
    sqs.send_message(QueueUrl=url, MessageBody="no such message")

    def take() -> list[dict[str, Any]]:
        asked = {"VisibilityTimeout": 3600, "WaitTimeSeconds": 0, "AttributeNames": ["All"]}
        found: list[dict[str, Any]] = sqs.receive_message(QueueUrl=url, **asked).get("Messages", [])
        return found

    (taken,) = take()
    begin = time.monotonic()
    message = {**delivery.message(taken["Body"], taken["MessageId"]), "receiptHandle": taken["ReceiptHandle"]}
    assert delivery.give(app, message, function=function) == [taken["MessageId"]]
    (back,) = wait_until(take)
    assert 0.9 < time.monotonic() - begin < 5
    sqs.delete_message(QueueUrl=url, ReceiptHandle=back["ReceiptHandle"])


def test_a_wait_that_sqs_refuses_leaves_the_report_as_it_is(
    app: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The message then comes again after the queue's own time."""

    def refuse(*_: Any) -> None:
        raise ClientError({"Error": {"Code": "ServiceUnavailable"}}, "ChangeMessageVisibilityBatch")

    monkeypatch.setattr(queues, "hide", refuse)
    assert delivery.give(app, delivery.message("no such message")) == ["1"]
    assert [record.message for record in caplog.records] == ["message_failed", "visibility_not_shortened"]
