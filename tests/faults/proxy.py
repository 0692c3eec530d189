"""A proxy before the offline AWS, which loses, delays or forges answers when a request asks it to.

It stands on a real socket, so that what botocore does about a fault, its hidden repetitions among it, is what it
does about AWS. The header `FAULT` of a request names the fault; `tests.faults.gate` sets it.

It keeps one promise of DynamoDB that moto does not: a transaction that comes again with its ClientRequestToken is
answered as the first time, and does nothing again (Amazon DynamoDB API Reference, "TransactWriteItems").
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

from tests import servers

if TYPE_CHECKING:
    from collections.abc import Iterator

FAULT = "X-Fault"
LOST = "lost"  # the call is done, its answer never arrives
LATE = "late"  # the call is done, its answer comes after the client's time-out
SLOW = "slow"
REFUSED = "refused"  # the connection is closed, and the call is not done
THROTTLED = "throttled"
UNAVAILABLE = "unavailable"

SLOW_SECONDS = 0.05
_HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "expect", "keep-alive", FAULT.lower()})
_THROTTLES = {
    "DynamoDB": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    "AmazonSQS": "com.amazonaws.sqs#RequestThrottled",
    "AWSCognitoIdentityProviderService": "TooManyRequestsException",
}


class Answer(NamedTuple):
    """A response as it goes to the client."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Proxy(ThreadingHTTPServer):
    """The proxy's server; `late_seconds` is longer than any client waits."""

    daemon_threads = True

    def __init__(self, upstream: str, late_seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream.removeprefix("http://")
        self.late_seconds = late_seconds
        self.transactions: dict[str, Answer] = {}
        self.local = threading.local()

    @property
    def address(self) -> str:
        """The URL of the proxy."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that have gone: they are meant to."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Proxy

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.headers.get(FAULT)
        if fault == REFUSED:
            self.close_connection = True
            return
        answer = self._forged(fault) or self._upstream(body)
        if fault == SLOW:
            time.sleep(SLOW_SECONDS)
        if fault == LATE:
            time.sleep(self.server.late_seconds)
        if fault in (LOST, LATE):
            self.close_connection = True
            return
        self._reply(answer)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815  the names that http.server calls

    def _forged(self, fault: str | None) -> Answer | None:
        """Return the answer of an overloaded service, in the service's own form; None for every other fault."""
        if fault not in (THROTTLED, UNAVAILABLE):
            return None
        service = self.headers.get("X-Amz-Target", "").partition("_")[0].partition(".")[0]
        if service in _THROTTLES:
            kind = _THROTTLES[service] if fault == THROTTLED else "ServiceUnavailable"
            body = json.dumps({"__type": kind, "message": "forged by the proxy"}).encode()
            return Answer(
                400 if fault == THROTTLED else 503, [("Content-Type", "application/x-amz-json-1.0")], body
            )
        code = "SlowDown" if fault == THROTTLED else "ServiceUnavailable"
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>forged</Message></Error>".encode()
        return Answer(503, [("Content-Type", "application/xml")], body)

    def _upstream(self, body: bytes) -> Answer:
        transaction = self.headers.get("X-Amz-Target", "").endswith(".TransactWriteItems")
        token = json.loads(body).get("ClientRequestToken") if transaction else None
        known = self.server.transactions.get(token) if token else None
        if known is not None:
            return known
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        connection = self._connection()
        connection.request(self.command, self.path, body, headers)
        response = connection.getresponse()
        kept = [(name, value) for name, value in response.getheaders() if name.lower() not in _HOP_BY_HOP]
        answer = Answer(response.status, kept, response.read())
        if response.will_close:
            connection.close()
        if token and answer.status == http.client.OK:
            self.server.transactions[token] = answer
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        """Return this thread's connection to the offline AWS: a client's connection has a thread of its own."""
        if not hasattr(self, "_to_upstream"):
            self._to_upstream = http.client.HTTPConnection(self.server.upstream, timeout=60)
        return self._to_upstream

    def finish(self) -> None:
        """Close both connections."""
        if hasattr(self, "_to_upstream"):
            self._to_upstream.close()
        super().finish()

    def _reply(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() != "content-length" or self.command == "HEAD":
                self.send_header(name, value)
        if self.command != "HEAD" and answer.status != http.client.NO_CONTENT:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else answer.body)


@contextmanager
def running(upstream: str, late_seconds: float) -> Iterator[Proxy]:
    """Run a proxy before the offline AWS at `upstream`."""
    proxy = Proxy(upstream, late_seconds)
    stop = servers.start(proxy)
    try:
        yield proxy
    finally:
        stop()
