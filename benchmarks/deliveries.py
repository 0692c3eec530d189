"""Deliveries to webhooks: their cost, their time, an endpoint that is down, and endpoints that hang.

    JANUS_NODE=folder/with/node_modules python benchmarks/deliveries.py

The database is dynalite (npm install dynalite@4.0.0), which bills as AWS does; the receiver is on 127.0.0.1.

- Cost: changes of images are told in one batch, as the stream brings them, to 0, 1 and 10 endpoints of their
  owner, and delivered; a change with its event in one transaction is counted beside it.
- Time: texts of an image are edited through the API of the offline system, from the answer to the receiver.
- Down: 10,000 events come within an hour in which the endpoint refuses connections. Time is simulated: it stands
  still while anything is due.
- Hanging: 100 endpoints of ten owners get events for 18 s. Each answers after 0.2 s; in a second run, ten of them
  never answer. Twenty invocations run at once, as on AWS, each with a memory of its own.

The peer is one attempt without a log, made by the request itself, as Immich and Lychee do; Svix and Stripe are
known by what they promise.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import requests

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.delivery_queue import BATCH
from benchmarks.delivery_world import SLOTS, Receiver, enter, records, world
from benchmarks.report import Measure, conclude, progress
from benchmarks.soak import resident

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.delivery_world import World

NOON = 1_795_953_600.0
HOUR = 3600.0
STREAM_BATCH = 100  # records of an invocation that follows the stream
COUNTED = 50  # events whose cost is counted: ten endpoints get 510, and an owner may have 600 attempts a minute
EDITS = 40  # whose time is measured
EVENTS, IMAGES = 10_000, 500  # of the endpoint that is down
OWNERS, ENDPOINTS = 10, 10  # of an owner
ANSWER_SECONDS = 0.2  # of an endpoint that answers, as one far away
ROUND_SECONDS, PAUSE_SECONDS = 18.0, 0.33  # of a run with endpoints that hang; between two events
PROMISES = """
promised        attempts                                                       an endpoint that fails
Janus           10 in 3 days, at least once, with one id; replay for 30 days   is disabled after 3 days
Svix            for 28 hours, at least once, with one id                       is disabled after 5 days
Stripe          for 3 days                                                     -
GitHub          1; a delivery may be asked for again for 3 days                -
Immich, Lychee  1, without a log                                               -
"""


def cost(endpoints: int) -> list[Measure]:
    """Count what an event costs that so many endpoints ask for, from the stream to the last note."""
    from chalicelib.extensions.integrations import outbox, webhooks  # noqa: PLC0415  after the settings

    owner, name = f"cost-{endpoints}", f"{endpoints} endpoint" + "s" * (endpoints != 1)
    with world() as made, Receiver() as receiver:
        for _ in range(endpoints):
            webhooks.make(owner, receiver.url(), ["*"], None)
        outbox.tell_changes(records(owner, 0, 1, COUNTED, NOON))  # now it is known who listens
        made.drain()
        made.meter.clear()
        made.queue.requests = 0
        began = time.process_time()
        outbox.tell_changes(records(owner, 1, COUNTED, COUNTED, NOON))
        made.drain()
        spent = time.process_time() - began
        wanted = endpoints * (COUNTED + 1)
        if len(receiver.receipts) != wanted:
            raise SystemExit(f"{len(receiver.receipts)} events were received instead of {wanted}")
        writes, reads = made.meter.writes / COUNTED, (made.meter.units - made.meter.writes) / COUNTED
        asked, queued = len(made.meter.requests) / COUNTED, made.queue.requests / COUNTED
    return [
        Measure(f"WRU per event, {name}", writes, "<=", 2.15 * endpoints),
        Measure(f"RRU per event, {name}", reads, "<=", 1.1 * endpoints),
        Measure(f"requests of DynamoDB per event, {name}", asked, "<=", 3.2 * endpoints),
        Measure(f"requests of SQS per event, {name}", queued, "<=", 0.4 * endpoints),
        Measure(f"CPU per event, receiver included, {name}", spent / COUNTED * 1000, unit="ms"),
    ]


@contextmanager
def transactions(made: World) -> Iterator[None]:
    """Write the items of transactions one by one, and count them twice, as DynamoDB bills: dynalite has none."""
    from pynamodb.transactions import TransactWrite  # noqa: PLC0415

    def commit(self: Any) -> None:
        before = made.meter.writes
        for put in self._put_items:
            self._connection.client.put_item(**put)
        for deletion in self._delete_items:
            self._connection.client.delete_item(**deletion)
        made.meter.writes += made.meter.writes - before

    with patch.object(TransactWrite, "_commit", commit):
        yield


def cost_with_a_change() -> Measure:
    """Count the cost of an event that is written in one transaction with its cause, until it is delivered."""
    from chalicelib.db import keys  # noqa: PLC0415  after the settings
    from chalicelib.extensions.integrations import event, event_types, outbox, webhooks  # noqa: PLC0415

    owner = "cost-with-a-change"
    with world(NOON) as made, Receiver() as receiver, transactions(made):
        webhooks.make(owner, receiver.url(), ["*"], None)
        webhooks.listening(owner)
        made.meter.clear()
        for number in range(COUNTED):
            data = event_types.TYPES["image.shared"].example
            outbox.tell_with(outbox.Write(), [event.make("image.shared", owner, keys.now(), data, str(number))])
        made.pass_time(NOON + 2 * HOUR, lambda: False)  # until the entries of the list are released, too
        return Measure("WRU per event told with its change, 1 endpoint", made.meter.writes / COUNTED, "<=", 7.2)


def latencies() -> list[Measure]:
    """Measure the time from an edit's answer to the receiver, through the whole offline system."""
    from chalicelib.offline import provisioning  # noqa: PLC0415
    from tests.system import PROJECT, System, wait_until  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as state, Receiver() as receiver:
        system = System(PROJECT, Path(state), "--no-autoreload", RATE_LIMITS="off", ACCOUNT_SECONDS="1").ready()
        try:
            http = requests.Session()
            http.headers["Authorization"] = f"Bearer {system.token()}"
            asked = {"url": receiver.url(), "types": ["image.updated"]}
            http.post(f"{system.api}/v1/webhooks", json=asked, timeout=10).raise_for_status()
            key = f"uploads/{provisioning.DEMO.name}/edited.jpg"
            photograph = next(iter(sorted((PROJECT / "samples").glob("*.jpg"))))
            system.client("s3").put_object(Bucket=provisioning.BUCKET, Key=key, Body=photograph.read_bytes())
            wait_until(lambda: system.records().get(key) == "ready")
            (image,) = http.get(f"{system.api}/v1/images", timeout=10).json()["images"]
            answered = []
            for number in range(EDITS):
                progress(number + 1, EDITS, "edits")
                path = f"{system.api}/v1/images/{image['image_id']}"
                http.patch(path, json={"title": f"Title {number}"}, timeout=10).raise_for_status()
                answered.append(time.perf_counter())
                wait_until(lambda: len(receiver.receipts) == len(answered))
        finally:
            system.stop()
        seconds = [max(0.0, got.time - at) for at, got in zip(answered, receiver.receipts, strict=True)]
        with Receiver() as other:
            peer = [attempt(other, b"{}") for _ in range(EDITS)]
    return [
        Measure("from record to delivery, median", statistics.median(seconds) * 1000, "<=", 1500, "ms"),
        Measure("from record to delivery, 95th percentile", _percentile(seconds) * 1000, "<=", 2500, "ms"),
        Measure("the same, one attempt in the request, median", statistics.median(peer) * 1000, unit="ms"),
    ]


def attempt(receiver: Receiver, body: bytes) -> float:
    """Do as a peer does: one attempt, no log. Return the seconds that it took; raise OSError where it failed."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", receiver.server_port, timeout=15)
    try:
        connection.request("POST", "/hooks", body)
        connection.getresponse().read()
    finally:
        connection.close()
    return time.perf_counter() - began


def outage() -> list[Measure]:
    """Tell of 10,000 events within an hour in which the endpoint is down, then of none until all are delivered."""
    from chalicelib.extensions.integrations import outbox, webhooks  # noqa: PLC0415  after the settings

    with world(NOON) as made, Receiver(listening=False) as receiver:
        webhooks.make("down", receiver.url(), ["*"], None)
        made.meter.clear()
        lost, memory = 0, list[float]()
        for first in range(0, EVENTS, STREAM_BATCH):
            progress(first + STREAM_BATCH, EVENTS, "events while the endpoint is down")
            outbox.tell_changes(records("down", first, STREAM_BATCH, IMAGES, made.clock.time()))
            made.pass_time(NOON + HOUR * (first + STREAM_BATCH) / EVENTS, lambda: False)
            made.meter.requests.clear()
            for _ in range(STREAM_BATCH):
                with suppress(OSError):
                    attempt(receiver, b"{}")
                    continue
                lost += 1
            memory.append(resident(os.getpid()))
        while_down = made.meter.units
        receiver.listen()
        made.pass_time(NOON + 120 * HOUR, lambda: len({got.event_id for got in receiver.receipts}) == EVENTS)
        took = (made.clock.time() - NOON - HOUR) / 60
        return [
            Measure("down for an hour: events told", EVENTS),
            Measure("events lost", EVENTS - len({got.event_id for got in receiver.receipts}), "==", 0),
            Measure("events lost by one attempt without a log", lost),
            Measure("events received / told", len(receiver.receipts) / EVENTS, "<=", 1.01),
            Measure("images whose order their versions do not give", _misordered(receiver), "==", 0),
            Measure("minutes until all were delivered", took, unit="min"),
            Measure("attempts that it has at once, most", receiver.most_at_once, "<=", SLOTS),
            Measure("messages in flight at once, most", made.most_in_flight, "<=", SLOTS * BATCH),
            Measure("memory that 9,000 waiting events add", memory[-1] - memory[9], "<=", 50, "MB"),
            Measure("messages per event", made.queue.sent / EVENTS),
            Measure("WRU per event", made.meter.writes / EVENTS),
            Measure("RRU per event", (made.meter.units - made.meter.writes) / EVENTS),
            Measure("units per event while it is down", while_down / EVENTS),
        ]


def _misordered(receiver: Receiver) -> int:
    """Return how many images have events whose versions do not give the order in which they were edited."""
    received: dict[str, dict[str, str]] = {}
    for got in receiver.receipts:
        data = json.loads(got.body)["data"]
        received.setdefault(data["image_id"], {})[data["version"]] = data["title"]
    edits = EVENTS // IMAGES
    titles = [f"Title {number + 1}" for number in range(edits)]
    return IMAGES - sum([told[version] for version in sorted(told)] == titles for told in received.values())


def hanging(run: int, hung: int) -> list[float]:
    """Tell of events for 18 s; return the seconds of each delivery to the endpoints that answer in every run."""
    from chalicelib.extensions.integrations import outbox, webhooks  # noqa: PLC0415  after the settings

    told: dict[str, float] = {}
    owners = [f"hanging-{run}-{number}" for number in range(OWNERS)]
    with world() as made, Receiver(answer_seconds=ANSWER_SECONDS) as receiver:
        for owner, number in itertools.product(owners, range(ENDPOINTS)):
            path = "hang" if number < hung else "first" if number == 0 else "hooks"
            webhooks.make(owner, receiver.url(path), ["*"], None)
        with made.slots():
            began = time.monotonic()
            for place in itertools.count():
                if time.monotonic() - began > ROUND_SECONDS:
                    break
                record = records(owners[place % OWNERS], place, 1, 1, time.time())
                record[0]["dynamodb"]["NewImage"]["title"] = {"S": str(place)}
                told[str(place)] = time.perf_counter()
                outbox.tell_changes(record)
                time.sleep(max(0.0, began + PAUSE_SECONDS * (place + 1) - time.monotonic()))
            receiver.released.set()
            while len(receiver.receipts) < len(told) * (ENDPOINTS - bool(hung)):
                time.sleep(0.05)
    return [
        got.time - told[json.loads(got.body)["data"]["title"]] for got in receiver.receipts if got.path == "/hooks"
    ]


def _percentile(seconds: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1]


def isolation() -> list[Measure]:
    """Compare the time of deliveries to 90 endpoints while ten others answer, and while they hang."""
    healthy, beside = list[float](), list[float]()
    for run in range(2):
        healthy += hanging(2 * run, 0)
        beside += hanging(2 * run + 1, 1)
        progress(run + 1, 2, "runs with endpoints that hang")
    return [
        Measure("100 endpoints: 95th percentile", _percentile(healthy) * 1000, unit="ms"),
        Measure("the same of 90 while 10 hang", _percentile(beside) * 1000, unit="ms"),
        Measure("their ratio", _percentile(beside) / _percentile(healthy), "<=", 1.2, "x"),
        Measure("the slowest of 90 while 10 hang", max(beside) * 1000, unit="ms"),
    ]


def main() -> None:
    """Measure, and print the results."""
    enter()
    measures = [measure for endpoints in (0, 1, 10) for measure in cost(endpoints)]
    measures.append(cost_with_a_change())
    measures += isolation()
    measures += outage()
    os.environ.pop("AWS_ENDPOINT_URL", None)
    measures += latencies()
    print(PROMISES)
    conclude("deliveries", measures)


if __name__ == "__main__":
    main()
