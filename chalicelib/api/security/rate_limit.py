"""How many requests a caller may make: a sliding window, counted in DynamoDB, spent from memory.

Time is cut into windows by the clock, so that all processes agree on them. A request takes a slot in its window,
counted from 1, that no other has. The slot may be used once `previous * (part of the window to come) + slot` is
not above the limit, where `previous` counts the window before. So a window lets through no more than the limit, by
however many processes. Source of the estimate: J. Desgats, "How we built rate limiting capable of scaling to
millions of domains", Cloudflare, 2017.

A process reserves slots, first one, then twice as many each time, up to a sixteenth of the remaining ones, and
spends them from memory. A slot whose time has not come is kept: until then its caller is refused from memory, with
no read and no write. The window before is read only where that decides.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from pynamodb.exceptions import PynamoDBException

from chalicelib.api.http.problems import Problem
from chalicelib.api.security.access import Access
from chalicelib.config import settings
from chalicelib.db import rate_counters
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice.app import Request

READ, WRITE, ADMIN, PUBLIC = "read", "write", "admin", "public"
SHARED, AUTH, SEND, MEANING = "shared", "auth", "send", "meaning"
"""Classes of routes, as `config.RATE_LIMITS` has them."""

UNLIMITED = "unlimited"
"""The class of a route that does less than counting its requests would."""

BY_ACCESS = {
    Access.PUBLIC: PUBLIC,
    Access.READ: READ,
    Access.WRITE: WRITE,
    Access.ACCOUNT: WRITE,
    Access.ADMIN: ADMIN,
}
"""The class of a route that names none."""

_KEPT = 10_000  # windows that one process remembers
_SHARE = 16  # a process reserves up to this part of a window's remaining slots at once
_REST_SECONDS = 5.0  # for which nothing is counted after DynamoDB has failed
_ROUNDING = 0.001  # seconds: who waits as told must not come a rounding error too early


class Verdict(NamedTuple):
    """Whether a request goes through, how many more would now, and the seconds that this figure is good for."""

    granted: bool
    remaining: int
    seconds: int


class Window:
    """A process's knowledge of a subject's requests in one window, and the slots that it holds there."""

    __slots__ = ("last", "lock", "next", "number", "previous", "size")

    def __init__(self, number: int) -> None:
        self.number = number
        self.lock = threading.Lock()
        self.next, self.last = 1, 0  # the slots from `next` to `last` are ours
        self.size = 0  # of the last reservation
        self.previous: int | None = None  # how many the window before let through, once that was read


class Limiter:
    """The limits of one process; safe to use from many threads."""

    def __init__(
        self,
        reserve: Callable[[str, str, int, int, float], int] = rate_counters.reserve,
        taken: Callable[[str, str, int], int] = rate_counters.taken,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._reserve, self._taken, self._clock = reserve, taken, clock
        self._windows: dict[tuple[str, str], Window] = {}
        self._lock = threading.Lock()
        self._rests_until = -math.inf

    def take(self, rate: str, subject: str, limit: int, seconds: int) -> Verdict | None:
        """Let a request through, or not: `limit` of them in `seconds` seconds.

        None, and the request goes through, while DynamoDB cannot be asked: a limit is no reason to be away, too.
        """
        now = self._clock()
        if now < self._rests_until:
            return None
        number = int(now // seconds)
        window = self._window(rate, subject, number)
        with window.lock:
            try:
                part = now / seconds - number
                if window.next > window.last:
                    size = _size(window, part, limit)
                    window.last = self._reserve(rate, subject, number, size, (number + 2) * seconds)
                    window.next, window.size = window.last - size + 1, size
                wait = _wait(window, part, limit)
                if wait > 0 and window.previous is None:
                    window.previous = min(limit, self._taken(rate, subject, number - 1))
                    wait = _wait(window, part, limit)
            except PynamoDBException:
                logger.exception("rate_limits_not_counted", extra={"rate": rate, "pause_seconds": _REST_SECONDS})
                self._rests_until = now + _REST_SECONDS
                return None
            if wait > 0:
                return _refused(wait, seconds)
            window.next += 1
            usable = math.floor(limit - (window.previous or 0) * (1 - part))
            remaining = max(0, usable - window.next + 1)
        # The rate that both figures suggest is never above the limit's
        good_for = max((1 - part) * seconds, remaining * seconds / limit)
        return Verdict(granted=True, remaining=remaining, seconds=math.ceil(good_for))

    def refusal(self, rate: str, subject: str, limit: int, seconds: int) -> Verdict | None:
        """Return the refusal that a request would get now, where memory alone tells; it counts no request."""
        now = self._clock()
        number = int(now // seconds)
        window = self._windows.get((rate, subject))
        if window is None or window.number != number or now < self._rests_until:
            return None
        with window.lock:
            if window.next > window.last or window.previous is None:
                return None
            wait = _wait(window, now / seconds - number, limit)
        return _refused(wait, seconds) if wait > 0 else None

    def _window(self, rate: str, subject: str, number: int) -> Window:
        with self._lock:
            window = self._windows.get((rate, subject))
            if window is None or window.number != number:
                self._windows.pop((rate, subject), None)  # a new window goes to the end: it leaves last
                if len(self._windows) >= _KEPT:
                    del self._windows[next(iter(self._windows))]
                window = self._windows[rate, subject] = Window(number)
        return window


def _refused(wait: float, seconds: int) -> Verdict:
    """Return the verdict on a request whose slot becomes free after `wait` windows."""
    return Verdict(granted=False, remaining=0, seconds=math.ceil(wait * seconds + _ROUNDING))


def _size(window: Window, part: float, limit: int) -> int:
    """Return how many slots to reserve next."""
    left = limit - window.last - (window.previous or 0) * (1 - part)
    return max(1, min(window.size * 2, int(left / _SHARE)))


def _wait(window: Window, part: float, limit: int) -> float:
    """Return how long, in windows, the next slot has still to wait; 0 where its time has come.

    `part` of the window is over. An unknown window before counts as full.
    """
    previous = limit if window.previous is None else window.previous
    if previous * (1 - part) + window.next <= limit:
        return 0.0
    if window.next < limit:
        return 1 - (limit - window.next) / previous - part
    return 1 + 1 / limit - part  # until the first slot of the next window, whose window before is then full


limiter = Limiter()
"""That of this process."""


def admit(rate: str, subject: str) -> dict[str, str]:
    """Count one request of a class of routes; return the header fields that tell the caller of its limit.

    Fields: draft-ietf-httpapi-ratelimit-headers-11 (May 2026). Raises Problem (429) for a caller over the limit.
    """
    if rate not in settings().rate_limits:
        return {}
    limit, seconds = settings().rate_limits[rate]
    return _told(rate, limiter.take(rate, subject, limit, seconds))


def refuse(rate: str, subject: str) -> None:
    """Raise Problem (429) for a caller that this process knows to be over the limit: no I/O, no count."""
    if rate in settings().rate_limits:
        _told(rate, limiter.refusal(rate, subject, *settings().rate_limits[rate]))


def _told(rate: str, verdict: Verdict | None) -> dict[str, str]:
    """Return the header fields of a verdict (none where nothing was counted); raise Problem for a refusal."""
    if verdict is None:
        return {}
    limit, seconds = settings().rate_limits[rate]
    fields = {
        "RateLimit-Policy": f'"{rate}";q={limit};w={seconds}',
        "RateLimit": f'"{rate}";r={verdict.remaining};t={verdict.seconds}',
    }
    if not verdict.granted:
        raise Problem(
            "too_many_requests",
            f"Up to {limit} such requests are allowed in {seconds} seconds. Wait {verdict.seconds} seconds.",
            headers={**fields, "Retry-After": str(verdict.seconds)},
        )
    return fields


def source(request: Request) -> str:
    """Return the IP address that a request comes from."""
    return str(request.context.get("identity", {}).get("sourceIp"))


def address(request: Request) -> str:
    """Return the subject that a request's address is; of IPv6 the first 64 bits, for one host has all others."""
    ip = source(request)
    if ":" in ip:
        ip = str(ipaddress.ip_network((ip.partition("%")[0], 64), strict=False))
    return f"address:{ip}"
