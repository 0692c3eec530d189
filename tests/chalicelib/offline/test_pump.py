"""Queues pumped into functions, as Lambda's event source mappings do it."""

from __future__ import annotations

import json
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.offline import provisioning, pump
from tests.system import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Box

VISIBILITY_SECONDS = 1


class Queue:
    """A queue with a dead-letter queue, both new."""

    def __init__(self, box: Box) -> None:
        self.sqs, self.name = box.client("sqs"), f"queue-{uuid.uuid4().hex}"
        self._dead = self.sqs.create_queue(QueueName=f"{self.name}-dead")["QueueUrl"]
        self.arn = f"arn:aws:sqs:{provisioning.REGION}:{provisioning.ACCOUNT}:{self.name}"
        redrive = json.dumps({"deadLetterTargetArn": f"{self.arn}-dead", "maxReceiveCount": 3})
        self.url = self.sqs.create_queue(QueueName=self.name, Attributes={"RedrivePolicy": redrive})["QueueUrl"]

    def send(self, *bodies: str) -> None:
        """Send messages, ten at a time."""
        for start in range(0, len(bodies), 10):
            entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies[start : start + 10])]
            self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)

    def is_empty(self) -> bool:
        """Tell whether no message is left, visible or not: asked twice, one may turn visible between counts."""
        return self._is_empty_now() and self._is_empty_now()

    def _is_empty_now(self) -> bool:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return all(found[name] == "0" for name in names)

    def dead(self) -> list[str]:
        """Return the bodies of the dead letters."""
        answer = self.sqs.receive_message(QueueUrl=self._dead, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in answer.get("Messages", [])]


@pytest.fixture
def queue(box: Box) -> Queue:
    """Return a new queue."""
    return Queue(box)


@pytest.fixture
def pumped(box: Box, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[pump.Function], None]]:
    """Return a way to have the queue pumped into a function until the test ends."""
    for name, value in provisioning._access(box.endpoint).items():
        monkeypatch.setenv(name, value)
    running: list[tuple[pump.Pump, threading.Thread]] = []

    def begin(function: pump.Function) -> None:
        source = pump.Source(queue.name, 10, "function", function)
        mapping = pump.Pump(source, VISIBILITY_SECONDS)
        thread = threading.Thread(target=mapping.run)
        thread.start()
        running.append((mapping, thread))

    yield begin
    for mapping, thread in running:
        mapping.stop()
        thread.join()


def named(records: list[dict[str, Any]], *bodies: str) -> dict[str, Any]:
    """Report the records with these bodies as failed."""
    return {
        "batchItemFailures": [
            {"itemIdentifier": record["messageId"]} for record in records if record["body"] in bodies
        ]
    }


def test_event_is_that_of_lambda(queue: Queue, pumped: Callable[[pump.Function], None]) -> None:
    """A function gets the same event and context as on AWS."""
    seen: list[Any] = []
    queue.sqs.send_message(
        QueueUrl=queue.url,
        MessageBody="hello",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "test"}},
    )
    pumped(lambda event, context: seen.append((event, context)))
    wait_until(queue.is_empty)
    ((event, context),) = seen
    (record,) = event["Records"]
    assert record["body"] == "hello"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == queue.arn
    assert record["awsRegion"] == provisioning.REGION
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["SentTimestamp"].isdecimal()
    assert record["messageAttributes"]["kind"]["stringValue"] == "test"
    assert record["messageAttributes"]["kind"]["dataType"] == "String"
    assert set(record) == {
        "messageId",
        "receiptHandle",
        "body",
        "attributes",
        "messageAttributes",
        "md5OfBody",
        "eventSource",
        "eventSourceARN",
        "awsRegion",
    }
    assert 0 < context.get_remaining_time_in_millis() <= pump.TIMEOUT_SECONDS * 1000
    assert uuid.UUID(context.aws_request_id)


def test_only_what_failed_comes_again(queue: Queue, pumped: Callable[[pump.Function], None]) -> None:
    """Of a batch, the messages that the function names come again, with their count, and the others do not."""
    seen: list[tuple[str, str]] = []

    def function(event: Any, _: Any) -> Any:
        records = event["Records"]
        seen.extend((record["body"], record["attributes"]["ApproximateReceiveCount"]) for record in records)
        first = [record for record in records if record["attributes"]["ApproximateReceiveCount"] == "1"]
        return named(first, "weak")

    queue.send("strong", "weak", "sturdy")
    pumped(function)
    wait_until(queue.is_empty)
    assert sorted(seen) == [("strong", "1"), ("sturdy", "1"), ("weak", "1"), ("weak", "2")]


@pytest.mark.parametrize(
    "kind",
    [
        "raises",
        pytest.param("reports nonsense", marks=pytest.mark.slow),
        pytest.param("returns what is no JSON", marks=pytest.mark.slow),
    ],
)
def test_what_never_succeeds_becomes_a_dead_letter(
    queue: Queue, pumped: Callable[[pump.Function], None], kind: str
) -> None:
    """A function that fails as a whole meets its batch three times, then the dead-letter queue has it."""
    counts: list[str] = []

    def function(event: Any, _: Any) -> Any:
        counts.extend(record["attributes"]["ApproximateReceiveCount"] for record in event["Records"])
        if kind == "raises":
            raise RuntimeError("it cannot be")
        return {"batchItemFailures": [{"itemIdentifier": "unknown"}]} if kind == "reports nonsense" else object()

    queue.send("hopeless")
    pumped(function)
    wait_until(lambda: queue.dead() == ["hopeless"])
    assert counts == ["1", "2", "3"]
    assert queue.is_empty()


@pytest.mark.slow
def test_slow_function_has_its_messages_alone(queue: Queue, pumped: Callable[[pump.Function], None]) -> None:
    """A message does not come again while its function runs, though that takes longer than its visibility."""
    seen: list[str] = []

    def function(event: Any, _: Any) -> None:
        seen.extend(record["body"] for record in event["Records"])
        time.sleep(2.5 * VISIBILITY_SECONDS)

    queue.send("slow")
    pumped(function)
    wait_until(queue.is_empty)
    assert seen == ["slow"]


@pytest.mark.slow
def test_two_batches_at_once_and_ten_messages_in_each(
    queue: Queue, pumped: Callable[[pump.Function], None]
) -> None:
    """However many messages wait, two invocations run at once, and each has ten messages at most."""
    lock, running, most, sizes = threading.Lock(), 0, 0, []

    def function(event: Any, _: Any) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            sizes.append(len(event["Records"]))
        time.sleep(0.5)
        with lock:
            running -= 1

    queue.send(*map(str, range(60)))
    pumped(function)
    wait_until(queue.is_empty)
    assert most == 2
    assert max(sizes) == 10
    assert sum(sizes) == 60


def test_a_message_arrives_at_once(queue: Queue, pumped: Callable[[pump.Function], None]) -> None:
    """Nobody waits for a poll: a message that is sent is with its function well before the next one."""
    arrived = threading.Event()
    pumped(lambda *_: arrived.set())
    time.sleep(0.3)
    queue.send("quick")
    assert arrived.wait(0.5)


@pytest.mark.parametrize("report", [None, {}, [], "", {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_reports_of_success(report: Any) -> None:
    """An empty report, or one that names nothing, is success, as Lambda has it."""
    assert pump.failures(report, {"a"}) == set()


def test_report_of_failures() -> None:
    """Messages that a report names have failed."""
    report = {"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "a"}]}
    assert pump.failures(report, {"a", "b"}) == {"a"}


@pytest.mark.parametrize(
    "report",
    [
        "yes",
        ["a"],
        7,
        {"batchItemFailures": "a"},
        {"batchItemFailures": ["a"]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"identifier": "a"}]},
        {"batchItemFailures": [{"itemIdentifier": "c"}]},
        {"batchItemFailures": [{"itemIdentifier": ["a"]}]},
    ],
)
def test_invalid_reports_fail_the_batch(report: Any) -> None:
    """An invalid report, or one with foreign messages, fails the whole batch."""

    def function(*_: Any) -> Any:
        return report

    source = pump.Source("queue", 10, "function", function)
    assert pump.invoke(source, [{"messageId": "a"}, {"messageId": "b"}]) == {"a", "b"}
