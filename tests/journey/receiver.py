"""A program that receives events by a webhook, on this machine, and verifies them with the official library."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from standardwebhooks import Webhook, WebhookVerificationError

from tests import servers

if TYPE_CHECKING:
    from collections.abc import Iterator


class Receiver(ThreadingHTTPServer):
    """Answers 401 to requests that are not signed with `secret`, 503 to the first that is, 204 to all others."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.secret = ""
        self.received: list[tuple[str, dict[str, Any]]] = []  # header `webhook-id` and event of each answer 204
        self.refused: list[str] = []  # why, of each answer 401
        self.put_off: list[str] = []  # `webhook-id` of the answer 503
        self.lock = threading.Lock()

    def __enter__(self) -> Self:
        self._stop = servers.start(self)
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}/events"

    def of(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield id and data of the received events of a type."""
        for event_id, event in list(self.received):
            if event["type"] == kind:
                yield event_id, event["data"]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        """Verify an event, and keep it."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            status = self._taken(body)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _taken(self, body: bytes) -> int:
        server, event_id = self.server, str(self.headers["webhook-id"])
        try:
            event = Webhook(server.secret).verify(body, dict(self.headers))
        except (WebhookVerificationError, ValueError) as error:
            server.refused.append(str(error))
            return 401
        if not server.put_off:
            server.put_off.append(event_id)
            return 503
        server.received.append((event_id, event))
        return 204

    def log_message(self, *_arguments: Any) -> None:
        """Write no line for a request."""
