"""A queue and a clock that may leap, for `deliveries`.

The queue stands for SQS, since time in it may leap, and counts requests as SQS bills them.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from datetime import UTC, datetime
from typing import Any, NamedTuple

BATCH = 10  # messages of an invocation


class Clock:
    """The time: that of this machine, or one that stands still until it is put forward."""

    def __init__(self, at: float | None = None) -> None:
        self.at = at

    def time(self) -> float:
        """Return the seconds since 1970."""
        return time.time() if self.at is None else self.at

    def now(self) -> datetime:
        """Return the time as `keys.now` does."""
        return datetime.fromtimestamp(self.time(), UTC)


class Message(NamedTuple):
    """A message that waits."""

    due: float
    number: int
    body: str


class Queue:
    """SQS as far as deliveries use it."""

    def __init__(self, clock: Clock) -> None:
        self.requests = 0  # as SQS bills them: also receiving and deleting, of ten at once
        self.sent = 0  # messages
        self._clock = clock
        self._waiting: list[Message] = []
        self._numbers = itertools.count()
        self._lock = threading.Condition()

    def get_queue_url(self, QueueName: str) -> dict[str, str]:  # noqa: N803  boto3's names
        """Return a name for the queue."""
        return {"QueueUrl": QueueName}

    def send_message(self, QueueUrl: str, MessageBody: str, DelaySeconds: int = 0) -> None:  # noqa: ARG002, N803
        """Take a message."""
        self._take_in([(MessageBody, DelaySeconds)])

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: ARG002, N803
        """Take up to ten messages."""
        self._take_in([(entry["MessageBody"], 0) for entry in Entries])
        return {}

    def receive(self, wait_seconds: float = 0.0) -> list[str]:
        """Return up to ten messages that are due, and forget them; wait for the first one."""
        with self._lock:
            if wait_seconds:
                due = self._waiting[0].due - self._clock.time() if self._waiting else wait_seconds
                self._lock.wait(min(wait_seconds, due)) if due > 0 else None
            now, taken = self._clock.time(), list[str]()
            while self._waiting and self._waiting[0].due <= now and len(taken) < BATCH:
                taken.append(heapq.heappop(self._waiting).body)
            self.requests += 2 if taken else 0
        return taken

    def next_due(self) -> float | None:
        """Return when the first message is due; None where none waits."""
        with self._lock:
            return self._waiting[0].due if self._waiting else None

    def _take_in(self, bodies: list[tuple[str, int]]) -> None:
        with self._lock:
            self.requests += 1
            for body, delay in bodies:
                self.sent += 1
                heapq.heappush(self._waiting, Message(self._clock.time() + delay, next(self._numbers), body))
            self._lock.notify()
