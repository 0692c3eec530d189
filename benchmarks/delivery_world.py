"""What deliveries run in, for `deliveries`: dynalite, a queue, the slots of Lambda, a receiver."""

from __future__ import annotations

import itertools
import json
import logging
import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

from benchmarks import catalog
from benchmarks.delivery_queue import Clock, Queue
from benchmarks.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SLOTS = 20
"""Invocations of `deliver_events` at once: MaximumConcurrency in .chalice/resources.yaml."""
RELEASE_SECONDS = 300  # between two runs of `release_deliveries`
_slot: ContextVar[int] = ContextVar("slot", default=-1)


def enter() -> None:
    """Make the environment that of a stage of its own, whose webhooks may lead to this machine."""
    os.environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"  # until there is a database: see `config`
    os.environ |= {"JANUS_WEBHOOKS_ALLOW_LOOPBACK": "true", "WEBHOOKS_KEY_SECRET": "benchmark"}
    catalog.enter("deliveries")


class Receipt(NamedTuple):
    """An event that was received, as it is answered."""

    path: str
    time: float  # of time.perf_counter
    event_id: str
    body: bytes


class Receiver(ThreadingHTTPServer):
    """Endpoints on a port: below /hang they hang until `released`, all others answer 204 after some seconds."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, *, listening: bool = True, answer_seconds: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        self.server_bind()
        self.receipts: list[Receipt] = []
        self.answer_seconds = answer_seconds
        self.released = threading.Event()
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        if listening:
            self.listen()

    def listen(self) -> None:
        """Accept connections from now on; until then they are refused."""
        self.server_activate()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, path: str = "hooks") -> str:
        """Return the address of an endpoint."""
        return f"http://127.0.0.1:{self.server_port}/{path}"

    def __exit__(self, *_arguments: object) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        """Keep an event, and answer; or hang."""
        server = self.server
        with server.lock:
            server.at_once += 1
            server.most_at_once = max(server.at_once, server.most_at_once)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/hang"):
            server.released.wait()
        else:
            time.sleep(server.answer_seconds)
            at, event_id = time.perf_counter(), self.headers.get("webhook-id", "")
            server.receipts.append(Receipt(self.path, at, event_id, body))
        with server.lock:
            server.at_once -= 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


class _OfItsSlot:
    """A memory for each slot: on Lambda no two invocations that run at once share one."""

    def __init__(self) -> None:
        from chalicelib.cache import Memory  # noqa: PLC0415  after the settings

        self._memories: dict[int, Memory[Any, Any]] = {slot: Memory() for slot in range(-1, SLOTS)}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._memories[_slot.get()], name)


class World:
    """All of it, and what has happened."""

    def __init__(self, meter: Meter, queue: Queue, clock: Clock, app: Any) -> None:
        self.meter, self.queue, self.clock = meter, queue, clock
        self.most_in_flight = self._in_flight = 0  # messages of invocations that run
        self._lock = threading.Lock()
        self._app = app
        self._numbers = itertools.count()

    def invoke(self, slot: int, bodies: list[str]) -> None:
        """Run `deliver_events` with messages in a slot."""
        from tests import delivery  # noqa: PLC0415  after the settings

        _slot.set(slot)
        self._fly(len(bodies))
        queue = "deliveries"
        messages = [delivery.message(body, str(next(self._numbers)), queue=queue) for body in bodies]
        failed = delivery.give(self._app, *messages, function="deliver_events")
        if failed:
            raise SystemExit(f"{len(failed)} messages of {bodies} failed: see the log above")
        self._fly(-len(bodies))

    def _fly(self, more: int) -> None:
        with self._lock:
            self._in_flight += more
            self.most_in_flight = max(self.most_in_flight, self._in_flight)

    def drain(self) -> None:
        """Deliver all that is due, ten messages after another."""
        while bodies := self.queue.receive():
            self.invoke(0, bodies)

    @contextmanager
    def slots(self) -> Iterator[None]:
        """Deliver in all slots meanwhile, as fast as this machine does."""
        ended = threading.Event()

        def work(slot: int) -> None:
            while not ended.is_set():
                if bodies := self.queue.receive(wait_seconds=0.5):
                    self.invoke(slot, bodies)

        with ThreadPoolExecutor(SLOTS) as pool:
            working = [pool.submit(work, slot) for slot in range(SLOTS)]
            try:
                yield
            finally:
                ended.set()
        for one in working:
            one.result()

    def pass_time(self, until: float, done: Callable[[], bool]) -> None:
        """Put the clock forward, and do at every moment what is due then, in all slots; end early when done."""
        from chalicelib.extensions.integrations import outbox  # noqa: PLC0415  after the settings

        assert self.clock.at is not None
        with ThreadPoolExecutor(SLOTS) as pool:
            while not done():
                while batches := [bodies for _ in range(SLOTS) if (bodies := self.queue.receive())]:
                    list(pool.map(self.invoke, range(len(batches)), batches))
                due, released = self.queue.next_due(), (self.clock.at // RELEASE_SECONDS + 1) * RELEASE_SECONDS
                moment = released if due is None else min(due, released)
                if moment > until:
                    self.clock.at = until
                    return
                self.clock.at = moment
                if moment == released:
                    outbox.release(RELEASE_SECONDS)  # as `release_deliveries` does


@contextmanager
def world(at: float | None = None) -> Iterator[World]:
    """Make a database and a queue, and let everything use them; `at` a time, the clock stands still."""
    with ExitStack() as stack:
        address = stack.enter_context(catalog.engine(stack.enter_context(tempfile.TemporaryDirectory())))
        os.environ["AWS_ENDPOINT_URL"] = address
        from app import app  # noqa: PLC0415  it reads the settings
        from chalicelib import aws, cache  # noqa: PLC0415
        from chalicelib.db import keys, models  # noqa: PLC0415
        from chalicelib.extensions.integrations import attempt_limit, vault, webhooks  # noqa: PLC0415
        from chalicelib.logs import logger  # noqa: PLC0415

        logger.setLevel(logging.WARNING)  # not a line for each delivery
        models.connection.cache_clear()  # of the database of the world before
        catalog.make_tables(address)
        clock = Clock(at)
        queue, made = Queue(clock), aws.client
        time_ = SimpleNamespace(time=clock.time, monotonic=time.monotonic if at is None else clock.time)
        for target, name, value in (
            (aws, "client", lambda service: queue if service == "sqs" else made(service)),
            (webhooks, "_known", _OfItsSlot()),
            (webhooks, "_listening", _OfItsSlot()),
            (attempt_limit, "_reserved", _OfItsSlot()),
            (keys, "now", clock.now),
            (attempt_limit, "time", time_),
            (cache, "time", time_),
        ):
            stack.enter_context(patch.object(target, name, value))
        for version in ("", "1"):  # what Secrets Manager answers, once an hour and process
            vault._keys.keep(version, vault._Key("1", bytes(32)), 10**10)  # noqa: SLF001
        yield World(Meter(models.connection("us-east-1").client), queue, clock, app)


def records(owner: str, first: int, number: int, images: int, at: float) -> list[dict[str, Any]]:
    """Return changes of images of an owner as the stream has them: texts are edited, each image in turn."""
    from tests.chalicelib.extensions.integrations.test_image_changes import READY, change  # noqa: PLC0415

    made = []
    for place in range(first, first + number):
        image = {**READY, "owner": {"S": owner}, "image_id": {"S": f"{place % images:026}"}}
        edits = place // images
        before = {**image, "title": {"S": f"Title {edits}"}, "edits": {"N": str(edits)}}
        after = {**image, "title": {"S": f"Title {edits + 1}"}, "edits": {"N": str(edits + 1)}}
        record = json.loads(json.dumps(change(before, after)))
        record["dynamodb"] |= {"SequenceNumber": str(10**20 + place), "ApproximateCreationDateTime": at}
        made.append(record)
    return made
