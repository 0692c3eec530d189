"""An endpoint on this machine, and the attempts that lead to it."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.config import settings
from tests import delivery, servers
from tests.chalicelib.extensions.integrations.conftest import receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["receiver"]


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], str]]:
    """Return what serves an endpoint with a body in its answer; it returns its address."""
    stops: list[Callable[[], None]] = []

    def serve(body: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(500)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        stops.append(servers.start(server))
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    for stop in stops:
        stop()


@pytest.fixture
def attempt(app: Any) -> Callable[[], None]:
    """Return what makes the attempts that wait for their turn."""

    def make() -> None:
        for item in delivery.receive(settings().deliveries_queue):
            assert delivery.give(app, item, function="deliver_events") == []

    return make
