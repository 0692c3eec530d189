"""A server on localhost that takes JSON and answers JSON, in the place of a service that moto lacks."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

from tests import servers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import Message


class Answer(NamedTuple):
    """Status, body and media type of an answer; an error's code, where a header carries it."""

    status: int
    body: dict[str, Any]
    media: str = "application/json"
    error: str | None = None


@contextmanager
def serve(answer: Callable[[str, Message, dict[str, Any]], Answer]) -> Iterator[str]:
    """Answer POST requests by path, headers and body on a free port; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told = answer(self.path, self.headers, body)
            data = json.dumps(told.body).encode()
            self.send_response(told.status)
            self.send_header("Content-Type", told.media)
            self.send_header("Content-Length", str(len(data)))
            if told.error is not None:
                self.send_header("x-amzn-ErrorType", told.error)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Tell nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stop = servers.start(server)
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        stop()
