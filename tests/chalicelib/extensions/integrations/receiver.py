"""A receiver of webhooks on 127.0.0.1, which answers as a test says and keeps every request."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

from tests import servers

if TYPE_CHECKING:
    from collections.abc import Mapping


class Request(NamedTuple):
    """A request as it came: its headers by lower-case name, its body."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Answers with each of `answers` in turn, then with 204."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: list[tuple[int, Mapping[str, str]]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            """Keep a request, and answer."""

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.requests.append(Request(self.path, headers, body))
                status, extra = receiver.answers.pop(0) if receiver.answers else (204, {})
                self.send_response(status)
                for name, value in extra.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                """Keep silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._stop = servers.start(self._server)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_port}/hooks?from=janus"

    def close(self) -> None:
        """End it."""
        self._stop()
