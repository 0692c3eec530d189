"""The event sources of `chalice local`: queues pumped into their functions, streams, and schedules.

They do as Lambda's event source mappings do, with the functions that `app.py` declares. Source: AWS Lambda
Developer Guide, "Using Lambda with Amazon SQS" and "Reporting batch item failures".
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

from chalice.app import DynamoDBEventConfig, ScheduledEventConfig, SQSEventConfig
from chalice.local import LambdaContext

from chalicelib import queues
from chalicelib.offline import provisioning, streams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalice import Chalice

    Function = Callable[[dict[str, Any], LambdaContext], Any]

WORKERS = 2
WAIT_SECONDS = 1  # of one long poll; a heartbeat is due between two
TIMEOUT_SECONDS = 60
SCHEDULE_SECONDS = 300.0  # instead of the schedule's hour, which is too long for development
MEMORY_MEGABYTES = 1024
_RETRY_SECONDS = 1.0

logger = logging.getLogger("janus.offline")


class InvalidReportError(Exception):
    """A function returned something else than a report of batch item failures."""


class Source(NamedTuple):
    """An SQS queue and the function that it triggers."""

    queue: str
    batch_size: int
    name: str
    function: Function


def start(app: Chalice) -> None:
    """Start the event sources of an app, in threads that end with the process."""
    for source in app.event_sources:
        function = app.handler_map[source.name]
        if isinstance(source, SQSEventConfig):
            queue = Source(source.queue or "", source.batch_size, source.name, function)
            threading.Thread(target=Pump(queue).run, daemon=True).start()
        elif isinstance(source, DynamoDBEventConfig):
            call = streams.tried_again(_caller(source.name, function), _give_up_changes)
            follower = streams.Follower(source.stream_arn, source.batch_size, call)
            threading.Thread(target=follower.run, daemon=True).start()
        elif isinstance(source, ScheduledEventConfig):
            threading.Thread(target=_run_schedule, args=(source.name, function), daemon=True).start()


class Pump:
    """One poller, which hands batches to at most `WORKERS` invocations at once.

    A message stays invisible for as long as its function runs, because the poller extends its visibility; when the
    process is killed or reloaded, it comes back after the queue's short visibility timeout. Failed messages come
    back then too, until the queue's redrive policy moves it to the dead-letter queue.
    """

    def __init__(self, source: Source, visibility_seconds: int = provisioning.VISIBILITY_SECONDS) -> None:
        import boto3  # noqa: PLC0415  heavy

        self._source, self._visibility = source, visibility_seconds
        self._sqs: Any = boto3.client("sqs")
        self._url: str = self._sqs.get_queue_url(QueueName=source.queue)["QueueUrl"]
        self._arn = f"arn:aws:sqs:{provisioning.REGION}:{provisioning.ACCOUNT}:{source.queue}"
        self._free = threading.Semaphore(WORKERS)
        self._running: dict[int, Sequence[dict[str, Any]]] = {}
        self._stop = threading.Event()

    def run(self) -> None:
        """Poll until told to stop; an unreachable queue is waited for."""
        heartbeat = time.monotonic()
        while not self._stop.is_set():
            try:
                if time.monotonic() - heartbeat >= WAIT_SECONDS:
                    heartbeat = time.monotonic()
                    self._extend()
                if self._free.acquire(timeout=WAIT_SECONDS):
                    self._poll()
            except Exception:
                time.sleep(_RETRY_SECONDS)  # and then no word of it where all of it has ended
                logger.exception("queue_not_reached", extra={"queue": self._source.queue})

    def stop(self) -> None:
        """Let `run` return after its current poll; running functions continue."""
        self._stop.set()

    def _poll(self) -> None:
        messages: list[dict[str, Any]] = []
        try:
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=self._source.batch_size,
                WaitTimeSeconds=WAIT_SECONDS,
                VisibilityTimeout=self._visibility,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            messages = answer.get("Messages", [])
        finally:
            if not messages:
                self._free.release()
        if messages:
            self._running[id(messages)] = messages
            threading.Thread(target=self._work, args=(messages,), daemon=True).start()

    def _work(self, messages: list[dict[str, Any]]) -> None:
        try:
            failed = invoke(self._source, [self._record(message) for message in messages])
        finally:
            del self._running[id(messages)]
            self._free.release()
        done = [message for message in messages if message["MessageId"] not in failed]
        if done:
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(done)
            ]
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)

    def _extend(self) -> None:
        for messages in list(self._running.values()):
            entries = [
                {
                    "Id": str(number),
                    "ReceiptHandle": message["ReceiptHandle"],
                    "VisibilityTimeout": self._visibility,
                }
                for number, message in enumerate(messages)
            ]
            self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def _record(self, message: dict[str, Any]) -> dict[str, Any]:
        attributes = {
            name: {
                **{key[0].lower() + key[1:]: part for key, part in value.items()},
                "stringListValues": [],
                "binaryListValues": [],
            }
            for name, value in message.get("MessageAttributes", {}).items()
        }
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
            "messageAttributes": attributes,
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._arn,
            "awsRegion": provisioning.REGION,
        }


def invoke(source: Source, records: list[dict[str, Any]]) -> set[str]:
    """Call a function with one batch; return the ids of the messages that must come again.

    All of them when it raises, and when it returns no valid report.
    """
    everything = {record["messageId"] for record in records}
    try:
        report = json.loads(json.dumps(source.function({"Records": records}, _context(source.name))))
        return failures(report, everything)
    except Exception:
        logger.exception("batch_failed", extra={"function": source.name, "messages": len(records)})
        return everything


def failures(report: Any, messages: set[str]) -> set[str]:
    """Return the message ids that a function's report names; raise InvalidReportError where it is not valid.

    An empty report, or one without failures, is success.
    """
    if not report:
        return set()
    if not isinstance(report, dict):
        raise InvalidReportError("the report is no object")
    named = report.get("batchItemFailures") or []
    if not isinstance(named, list):
        raise InvalidReportError("batchItemFailures is no list")
    identifiers: set[Any] = {item.get("itemIdentifier") if isinstance(item, dict) else None for item in named}
    if not identifiers <= messages:
        raise InvalidReportError(f"the report names what is not in the batch: {identifiers - messages}")
    return identifiers


def _caller(name: str, function: Function) -> Callable[[dict[str, Any]], Any]:
    return lambda event: function(json.loads(json.dumps(event)), _context(name))


def _give_up_changes(message: str) -> None:
    queues.send(provisioning.CHANGES_DEAD_LETTER_QUEUE, [message])


def _run_schedule(name: str, function: Function) -> None:
    while True:
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": provisioning.ACCOUNT,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "region": provisioning.REGION,
            "resources": [f"arn:aws:events:{provisioning.REGION}:{provisioning.ACCOUNT}:rule/{name}"],
            "detail": {},
        }
        try:
            function(event, _context(name))
        except Exception:
            logger.exception("scheduled_function_failed", extra={"function": name})
        time.sleep(SCHEDULE_SECONDS)


def _context(name: str) -> LambdaContext:
    context = LambdaContext(name, MEMORY_MEGABYTES, TIMEOUT_SECONDS * 1000)
    context.invoked_function_arn = f"arn:aws:lambda:{provisioning.REGION}:{provisioning.ACCOUNT}:function:{name}"
    return context
