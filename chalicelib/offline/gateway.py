"""The API server of `chalice local`, with the manners of API Gateway.

Chalice's own stalls on kept connections, drops them on unexpected requests, and answers unknown routes in a
form of its own. This one refuses as the deployment's gateway does, and answers every request. werkzeug's server
and waitress were tried in its place: both need these checks of lengths, chunks and request lines on top, and
werkzeug's closes each connection.
"""

from __future__ import annotations

import gzip
import http.client
import logging
import re
import socket
import time
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from chalice import local

from chalicelib.api.http import problems
from chalicelib.offline import process_lifetime

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice import Chalice
    from chalice.config import Config

MIN_COMPRESSED_BYTES = 1024  # `minimum_compression_size` of the deployment (.chalice/config.json)
MAX_BODY_BYTES = 10 * 1024 * 1024  # API Gateway's limit for a payload
_IDLE_SECONDS = 60
_DRAIN_SECONDS = 5.0
_DRAIN_BYTES = 256 * 1024 * 1024

logger = logging.getLogger("janus.offline")


class Refused(Exception):
    """The gateway answers this request itself."""

    def __init__(self, code: str, **headers: str) -> None:
        super().__init__(code)
        self.code, self.headers = code, headers


def install(ready: Callable[[str, int], None]) -> None:
    """Have `chalice local` use this server, and call `ready` with its address and port once it listens."""

    class LocalDevServer(local.LocalDevServer):
        def __init__(self, app_object: Chalice, config: Config, host: str, port: int) -> None:
            try:
                super().__init__(app_object, config, host, port, Handler, Server)
            except OSError as error:
                process_lifetime.fail(
                    f"The API cannot listen on {host}, port {port}: {error.strerror}. "
                    f"Stop what uses it, or choose another port: make run PORT={port + 1}"
                )
            self.port = self.server.server_port
            ready(f"http://{'127.0.0.1' if host in ('', '0.0.0.0') else host}:{self.port}", self.port)  # noqa: S104

        def serve_forever(self) -> None:
            with suppress(KeyboardInterrupt):
                self.server.serve_forever()

    local.LocalDevServer = LocalDevServer  # type: ignore[misc,assignment]


class Server(local.ThreadedHTTPServer):
    """Chalice's server, for more than five callers at once."""

    request_queue_size = 128


class Events(local.LambdaEventConverter):
    """Chalice's events, where a media type is binary in any case and with any parameters (RFC 9110, 8.3.1)."""

    def _is_binary(self, headers: dict[str, Any]) -> bool:
        return headers.get("content-type", "").partition(";")[0].strip().lower() in self._binary_types


class Gateway(local.LocalGateway):
    """Chalice's gateway, with the parts of the event that AWS's has and it lacks."""

    def __init__(self, app_object: Chalice, config: Config, source_ip: str) -> None:
        super().__init__(app_object, config)
        self._source_ip = source_ip
        self._routes = local.RouteMatcher(list(app_object.routes))
        self.event_converter = Events(self._routes, app_object.api.binary_types)

    def handle_request(self, method: str, path: str, headers: Any, body: bytes | None) -> dict[str, Any]:
        """Return the function's answer; raise Refused where no function is asked."""
        try:
            route = self._routes.match_route(path).route
        except ValueError:
            raise Refused("route_not_found") from None
        known = set(self._app_object.routes[route])
        if method not in known and method != "OPTIONS":
            allowed = ", ".join(sorted({*known, "OPTIONS"}))
            raise Refused("method_not_allowed", Allow=allowed)
        answer: dict[str, Any] = super().handle_request(method, path, headers, body)
        return answer

    def _generate_lambda_event(self, method: str, path: str, headers: Any, body: bytes | None) -> Any:
        event = super()._generate_lambda_event(method, path, headers, body)
        event["requestContext"]["requestId"] = headers["x-amzn-requestid"]
        event["requestContext"]["identity"]["sourceIp"] = self._source_ip
        if isinstance(event["body"], bytes):  # a type that is not declared binary reaches Lambda as text
            event["body"] = event["body"].decode(errors="replace")
        return event


class Handler(local.ChaliceRequestHandler):
    """One connection."""

    disable_nagle_algorithm = True  # else a kept connection stalls 44 ms a request: delayed ACK
    wbufsize = -1
    timeout = _IDLE_SECONDS

    def __init__(self, request: Any, address: Any, server: Any, app_object: Chalice, config: Config) -> None:
        self._gateway = Gateway(app_object, config, address[0])
        self._request_id = ""
        super().__init__(request, address, server, app_object, config)

    def _generic_handle(self) -> None:
        self._request_id = str(uuid.uuid4())
        try:
            self._answer(self._invoke())
        except Refused as refused:
            self._refuse(refused.code, refused.headers)
        except (ConnectionError, TimeoutError):
            self.close_connection = True  # the caller has gone
        except Exception:
            logger.exception("answer_malformed", extra={"request_id": self._request_id})
            self._refuse("internal_error")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _generic_handle  # noqa: N815

    def __getattr__(self, name: str) -> Any:
        """Take every other method, too: the refusal names those that the path knows."""
        if name.startswith("do_"):
            return self._generic_handle
        raise AttributeError(name)

    def _invoke(self) -> dict[str, Any]:
        body = self._read_body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        headers["x-amzn-requestid"] = self._request_id
        answer: dict[str, Any] = self._gateway.handle_request(self.command, self.path, headers, body)
        return answer

    def _answer(self, answer: dict[str, Any]) -> None:
        body = self._handle_binary(answer)["body"] or b""
        headers = [
            (name, value)
            for group in (answer["headers"], answer["multiValueHeaders"])
            for name, values in group.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        data = body.encode() if isinstance(body, str) else body
        if (
            isinstance(body, str)
            and len(data) >= MIN_COMPRESSED_BYTES
            and "gzip" in self.headers.get("accept-encoding", "")
        ):
            data = gzip.compress(data, mtime=0)
            headers.append(("Content-Encoding", "gzip"))
        self._reply(answer["statusCode"], headers, data)

    def _refuse(self, code: str, extra: dict[str, str] | None = None) -> None:
        status, headers, body = problems.gateway(code, self._request_id)
        line = re.split("[?#]", self.requestline, maxsplit=1)[0]  # a query may hold a token
        seen = {"code": code, "request_id": self._request_id, "request": " ".join(line.split(" ")[:2])[:200]}
        logger.info("request_refused", extra=seen)
        self._reply(status, [*headers.items(), *(extra or {}).items()], body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: the app logs each request, and the gateway its refusals."""

    def _reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        names = {name.lower() for name, _ in headers}
        self.send_response(status)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, str(value))
        if "content-type" not in names:
            self.send_header("Content-Type", "application/json")
        self.send_header("x-amzn-RequestId", self._request_id)
        if self.close_connection:
            self.send_header("Connection", "close")
        without_body = status < 200 or status in (http.client.NO_CONTENT, http.client.NOT_MODIFIED)
        if not without_body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not without_body and self.command != "HEAD":
            self.wfile.write(body)

    def _read_body(self) -> bytes | None:
        """Return the body; raise Refused, and have the connection closed, where it is too large or malformed."""
        self._check_length()
        if "transfer-encoding" in self.headers:
            return self._read_chunks()
        length = int(self.headers.get("content-length", "0"))
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            raise ConnectionError("the body ended early")
        return body or None

    def _check_length(self) -> None:
        lengths = self.headers.get_all("content-length", ["0"])
        encoding = self.headers.get("transfer-encoding", "chunked").strip().lower()
        both = "transfer-encoding" in self.headers and "content-length" in self.headers
        if len(set(lengths)) > 1 or not _is_number(lengths[0]) or encoding != "chunked" or both:
            self._stop_reading()
            raise Refused("invalid_request")
        if int(lengths[0]) > MAX_BODY_BYTES:
            self._stop_reading()
            raise Refused("body_too_large")

    def _read_chunks(self) -> bytes | None:
        """Return a body in chunks (RFC 9112, section 7.1)."""
        body = bytearray()
        while True:
            size = re.match(rb"[0-9A-Fa-f]{1,16}(?=[ \t]*(;|\r?\n))", self.rfile.readline(1024))
            length = int(size[0], 16) if size else 0
            if size is None or len(body) + length > MAX_BODY_BYTES:
                self._stop_reading()
                raise Refused("body_too_large" if size else "invalid_request")
            body += self.rfile.read(length)
            if self.rfile.readline(1024).strip():  # more than was said, or trailers, which nobody reads
                self._stop_reading()
                if length:
                    raise Refused("invalid_request")
            if not length:
                return bytes(body) or None

    def _stop_reading(self) -> None:
        self.close_connection = True

    def handle_expect_100(self) -> bool:
        """Have the body sent only if it can be taken; the buffer must leave now, for the caller waits for it."""
        try:
            self._check_length()
        except Refused as refused:
            self._request_id = str(uuid.uuid4())
            self._refuse(refused.code)
            return False
        going_on: bool = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse a malformed HTTP request, in the same form as all other refusals."""
        del code, message, explain
        self._request_id = str(uuid.uuid4())
        self.close_connection = True
        self.requestline = getattr(self, "requestline", "")
        self.request_version = self.protocol_version  # of HTTP/0.9, the default, an answer has no headers
        self.command: str = getattr(self, "command", None) or ""
        self._refuse("invalid_request")

    def finish(self) -> None:
        """Close, but let the caller read the answer first: unread bytes would reset the connection under it."""
        with suppress(OSError):
            self.wfile.flush()
            self._drain()
        super().finish()

    def _drain(self) -> None:
        self.connection.settimeout(0.5)
        self.connection.shutdown(socket.SHUT_WR)
        deadline, left = time.monotonic() + _DRAIN_SECONDS, _DRAIN_BYTES
        while left > 0 and time.monotonic() < deadline:
            got = len(self.connection.recv(65536))
            if not got:
                break
            left -= got


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 19
