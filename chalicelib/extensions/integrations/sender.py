"""Send one request to a webhook's endpoint, and keep of the answer its status and its beginning.

On http.client, as urllib3 is: it takes half of urllib3's time to import, and its caller makes the socket. So the
socket connects to a checked address instead of a name, and has one deadline for everything that it sends and
receives (a time-out of urllib3 begins anew with each byte). http.client follows no redirect, decompresses
nothing, and reads no proxy from the environment.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from email.utils import mktime_tz, parsedate_tz
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.config import settings
from chalicelib.extensions.integrations import address_guard
from chalicelib.extensions.integrations.address_guard import DEADLINE_SECONDS, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.extensions.integrations.address_guard import Endpoint, Resolver

MAX_BEGINNING = 1024
"""Bytes of an answer's body that are kept."""
MAX_RETRY_AFTER = 24 * 3600
"""The longest wait, in seconds, that an endpoint may ask for."""
USER_AGENT = "Janus-Webhooks"
_MAX_RECEIVED = 32 * 1024  # bytes that are read at all: status line, headers, the beginning of the body
_MAX_ADDRESSES = 4  # of a name that are tried


class Answer(NamedTuple):
    """How an attempt went: its status, or the stable code of the error that left it without one.

    The codes are those of `address_guard.RefusedError`, and: `connection_failed` (refused, unreachable, too slow),
    `certificate_invalid`, `tls_failed`, `connection_lost`, `timed_out`, `answer_malformed` (not HTTP, or more than
    32 KB or 100 lines of headers).
    """

    status: int | None
    error: str | None
    seconds: float
    retry_after_seconds: int | None = None
    beginning: str = ""
    """Up to 1 KB of the body; `?` stands for what cannot be shown."""

    @property
    def delivered(self) -> bool:
        """Whether the endpoint took the event: any status from 200 to 299."""
        return self.status is not None and 200 <= self.status <= 299


def send(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    seconds: float = DEADLINE_SECONDS,
    resolver: Resolver = socket.getaddrinfo,
) -> Answer:
    """POST a body to a URL that `address_guard` admits; return within `seconds`.

    The certificate must be valid for the URL's host under the system's authorities. An endpoint that stops within
    its body has answered: the status counts.
    """
    began = time.monotonic()
    deadline = began + seconds
    try:
        endpoint = address_guard.check(url, offline=settings().webhooks_allow_loopback)
        addresses = address_guard.resolve(endpoint, deadline, resolver)
        with _connect(endpoint, addresses, deadline) as connected:
            response = _exchange(endpoint, headers, body, _Wire(connected, deadline))
            retry_after = _retry_after(response.headers.get("Retry-After", "").strip())
            beginning = _beginning(response)
    except (RefusedError, _ConnectionFailedError, HTTPException, OSError) as error:
        return Answer(None, _code(error), time.monotonic() - began)
    return Answer(response.status, None, time.monotonic() - began, retry_after, beginning)


class _ConnectionFailedError(Exception):
    """None of the addresses took a connection."""


class _Wire(io.RawIOBase):
    """A socket, as far as http.client uses one, under one deadline and one bound of received bytes."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._socket, self._deadline, self._receivable = connected, deadline, _MAX_RECEIVED

    def sendall(self, data: bytes) -> None:
        """Send all of the data; raise TimeoutError at the deadline."""
        view = memoryview(data)
        while view:
            self._socket.settimeout(_remaining(self._deadline))
            view = view[self._socket.send(view) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the received bytes as a file."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Tell `BufferedReader` that this can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Receive some bytes; raise TimeoutError at the deadline, HTTPException at the bound."""
        if self._receivable <= 0:
            raise HTTPException(f"the answer's headers exceed {_MAX_RECEIVED} bytes")
        self._socket.settimeout(_remaining(self._deadline))
        received = self._socket.recv_into(buffer, min(len(buffer), self._receivable))
        self._receivable -= received
        return received

    def close(self) -> None:
        """Leave the socket open: http.client closes before it reads, `send` when all is read."""


def _remaining(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("the deadline has passed")
    return seconds


def _connect(endpoint: Endpoint, addresses: tuple[str, ...], deadline: float) -> socket.socket:
    """Return a connection to the first address that takes one, with TLS where the scheme says so."""
    tried = addresses[:_MAX_ADDRESSES]
    for number, address in enumerate(tried):
        try:
            share = _remaining(deadline) / (len(tried) - number)
            connected = socket.create_connection((address, endpoint.port), share)
            break
        except OSError:
            continue
    else:
        raise _ConnectionFailedError
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else the body waits for the headers' ACK
    if endpoint.scheme == "http":
        return connected
    with connected:  # `wrap_socket` takes the socket out of it, so that it closes a failed one alone
        connected.settimeout(_remaining(deadline))
        return _context().wrap_socket(connected, server_hostname=endpoint.host)


@cache
def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _exchange(endpoint: Endpoint, headers: Mapping[str, str], body: bytes, wire: Any) -> HTTPResponse:
    """Send the request; return the answer as soon as its headers are there."""
    connection = HTTPConnection(endpoint.host, endpoint.port)
    connection.sock = wire
    own = {"Host": endpoint.authority, "User-Agent": USER_AGENT, "Connection": "close"}
    connection.request("POST", endpoint.path, body, {**headers, **own})
    return connection.getresponse()


def _beginning(response: HTTPResponse) -> str:
    """Return the first 1 KB of a body as text, or as much of it as comes."""
    found = b""
    try:
        while len(found) < MAX_BEGINNING and (part := response.read1(MAX_BEGINNING - len(found))):
            found += part
    except (HTTPException, OSError, ValueError):  # it was delivered: see `send`
        pass
    text = found.decode(errors="replace").replace("\r\n", "\n").replace("\ufffd", "?")
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "?" for letter in text)


def _retry_after(text: str) -> int | None:
    """Return the seconds that a header Retry-After asks for (RFC 9110, section 10.2.3), bounded; None for none."""
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), MAX_RETRY_AFTER)
    try:
        parts = parsedate_tz(text)
        moment = mktime_tz(parts) if parts else None
    except (ValueError, OverflowError):
        return None
    return None if moment is None else min(max(0, int(moment - time.time())), MAX_RETRY_AFTER)


def _code(error: Exception) -> str:
    """Return the stable code of a failure."""
    if isinstance(error, RefusedError):
        return error.code
    for kind, code in _CODES.items():
        if isinstance(error, kind):
            return code
    raise AssertionError


_CODES: dict[type[Exception], str] = {
    _ConnectionFailedError: "connection_failed",
    TimeoutError: "timed_out",
    ssl.SSLCertVerificationError: "certificate_invalid",
    ssl.SSLEOFError: "connection_lost",
    ssl.SSLZeroReturnError: "connection_lost",
    ssl.SSLError: "tls_failed",
    OSError: "connection_lost",  # RemoteDisconnected, which is a HTTPException besides, is one
    HTTPException: "answer_malformed",
}
"""The first kind that an error is of decides."""
