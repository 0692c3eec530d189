"""Where faults begin: every HTTP request that this process sends to AWS is counted, and one of them goes wrong.

`through` leads the clients of the application through the proxy. botocore repeats calls as ever; only its pauses
in between are a thousandth as long, and its time-outs half a second.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from botocore import endpoint as botocore_endpoint
from botocore.httpsession import URLLib3Session
from pynamodb.settings import default_settings_dict

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.db import models
from tests.faults import proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

KILL_BEFORE, KILL_AFTER = "kill before", "kill after"  # this process ends before, or after, it sends a request
AWAY, UNHEARD = "away", "unheard"  # from a request on, none is done; or all are, and no answer arrives

ONCE = (proxy.LOST, proxy.THROTTLED, proxy.UNAVAILABLE, proxy.LATE, proxy.SLOW)
"""Faults of one request, which botocore's repetition hides from the application: its answer must be as ever."""
LASTING = (AWAY, UNHEARD, KILL_BEFORE, KILL_AFTER)
"""Faults that end an invocation; its caller begins another."""
FAULTS = (*ONCE, *LASTING)
OF_READS = (proxy.LOST, proxy.THROTTLED, AWAY, KILL_BEFORE)
"""Faults of a request that changes nothing: it is all the same whether it is done before its answer is lost."""

_READS = ("Get", "Query", "BatchGet", "Describe", "Scan", "List")

_IN_PROXY = {AWAY: proxy.REFUSED, UNHEARD: proxy.LOST}
TIMEOUT_SECONDS = 0.5


class Killed(BaseException):
    """The process ends, as when Lambda ends it: no code of the application may catch this."""


class Gate:
    """Counts the requests of armed invocations, and lets the `nth` of them suffer a fault."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.reset()

    def reset(self, fault: str | None = None, nth: int = 0, where: bytes = b"") -> None:
        """Begin to count anew; `nth` counts from 1, and of the requests with `where` in their bodies only."""
        self.fault, self.nth, self.where, self.count = fault, nth, where, 0
        self.changing: list[bool] = []  # of each request, whether it can change anything
        self.armed = self.struck = self._ended = False

    @contextmanager
    def arm(self) -> Iterator[None]:
        """Count the requests of one invocation; a lasting fault ends with it."""
        self.armed, self._ended = True, False
        try:
            yield
        finally:
            self.armed, self._ended = False, False
            if self.struck and self.fault in LASTING:
                self.fault = None

    def send(self, session: Any, request: Any, real: Any) -> Any:
        """Send a request, or apply the fault to it."""
        with self.lock:
            if not self.armed:
                return real(session, request)
            if self._ended:
                raise Killed
            self.count += self.where in (request.body if isinstance(request.body, bytes) else b"")
            self.changing.append(_changes(request))
            strikes = self.fault is not None and (
                (self.count == self.nth and not self.struck) or (self.struck and self.fault in _IN_PROXY)
            )
            self.struck = self.struck or strikes
            kills = strikes and self.fault in (KILL_BEFORE, KILL_AFTER)
            self._ended = self._ended or kills
            fault = self.fault
        if kills:
            if fault == KILL_AFTER:
                real(session, request)
            raise Killed
        if strikes:
            assert fault is not None
            request.headers[proxy.FAULT] = _IN_PROXY.get(fault, fault)
        elif proxy.FAULT in request.headers:
            del request.headers[proxy.FAULT]
        return real(session, request)


@contextmanager
def through(upstream: str) -> Iterator[Gate]:
    """Lead the application's clients through a proxy before `upstream`, and yield the gate that they pass."""
    gate, real = Gate(), URLLib3Session.send
    quick = SimpleNamespace(**{**vars(time), "sleep": lambda seconds: time.sleep(seconds / 1000)})
    with (
        proxy.running(upstream, 1.5 * TIMEOUT_SECONDS) as server,
        patch.dict(os.environ, AWS_ENDPOINT_URL=server.address),
        patch.dict(default_settings_dict, read_timeout_seconds=TIMEOUT_SECONDS),
        patch.object(aws, "TIMEOUT_SECONDS", TIMEOUT_SECONDS),
        patch.object(URLLib3Session, "send", lambda session, request: gate.send(session, request, real)),
        patch.object(botocore_endpoint, "time", quick),
    ):
        _new_clients()
        try:
            yield gate
        finally:
            _new_clients()
    _new_clients()


def _changes(request: Any) -> bool:
    """Tell whether a request of AWS can change anything."""
    target = request.headers.get("X-Amz-Target")
    if target is None:
        return request.method not in ("GET", "HEAD")
    name = target.decode() if isinstance(target, bytes) else target
    return not name.rpartition(".")[2].startswith(_READS)


def _new_clients() -> None:
    for cached in (aws.client, aws.queue_url, models.connection, settings):
        cached.cache_clear()
