"""The offline AWS itself: moto's application on one port, as a process of its own or within a test's."""

from __future__ import annotations

import argparse
import fcntl
import io
import json
import logging
import os
import posixpath
import secrets
import signal
import sys
import threading
import time
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.logs import JsonFormatter
from chalicelib.offline import moto_patches, provisioning
from chalicelib.offline.process_lifetime import on_end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from werkzeug.serving import BaseWSGIServer

HOST = "127.0.0.1"
IDENTITY_PATH = "/_janus/"
LOG = "requests.log"
STATE_IN_USE = "state in use"
PORT_IN_USE = "port in use"

_LOG_BYTES = 5_000_000
_LOG_LINE = 500
_KEPT_BYTES = 1 << 20
_LENGTH_DIGITS = 8  # 100 MB; DynamoDB takes 16
_PREDECESSOR_SECONDS = 5.0  # a predecessor whose parent has just ended needs a moment to write its state
_SERIAL = ("DynamoDB", "AWSCognitoIdentityProviderService.")

logger = logging.getLogger(__name__)


def make_server(port: int, application: Any) -> BaseWSGIServer:
    """Return a server bound to 127.0.0.1; port 0 is any free one. Raise OSError where it is taken."""
    from moto.moto_server.werkzeug_app import MotoRequestHandler  # noqa: PLC0415  moto is heavy
    from werkzeug.datastructures import Headers  # noqa: PLC0415
    from werkzeug.serving import ThreadedWSGIServer  # noqa: PLC0415
    from werkzeug.test import run_wsgi_app  # noqa: PLC0415

    class Handler(MotoRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else a kept connection stalls 40 ms a request: delayed ACK

        def run_wsgi(self) -> None:
            """Answer, and keep the connection: a third of each request was a new one. werkzeug closes them all.

            It still has the bodies that are long, or of no known length.
            """
            length = self.headers.get("Content-Length", "0")
            short = length.isdecimal() and len(length) <= _LENGTH_DIGITS and int(length) <= _KEPT_BYTES
            if not short or "Transfer-Encoding" in self.headers:
                super().run_wsgi()
                return
            body = self.rfile.read(int(length))
            if len(body) < int(length) or self.server.socket.fileno() < 0:  # the caller has gone, or the server
                self.close_connection = True
                return
            self._answer({**self.make_environ(), "wsgi.input": io.BytesIO(body)})

        def _answer(self, environ: dict[str, Any]) -> None:
            try:
                parts, status, headers = run_wsgi_app(application, environ, buffered=True)
            except Exception:
                logger.exception("request_failed", extra={"request": self.requestline[:_LOG_LINE]})
                parts, status, headers = [], "500 Internal Server Error", Headers()
            body, (code, _, reason) = b"".join(parts), status.partition(" ")
            without_body = self.command == "HEAD" or code in ("204", "304")
            if not without_body:
                headers["Content-Length"] = str(len(body))
            self.send_response(int(code), reason)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if not without_body:
                self.wfile.write(body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            logger.info("request", extra={"request": self.requestline[:_LOG_LINE], "status": code, "bytes": size})

    class Server(ThreadedWSGIServer):
        # werkzeug's own constructor ends the process, with advice of its own, when the port is taken.
        def server_bind(self) -> None:
            try:
                super().server_bind()
            except OSError as error:
                raise PortInUseError(port) from error

    return Server(HOST, port, application, handler=Handler)


class PortInUseError(Exception):
    """Another program listens on the port."""


class Serial:
    """moto's WSGI application, whose DynamoDB and Cognito answer one request at a time.

    moto itself checks a condition, or reads a counter, and writes in two steps.
    """

    def __init__(self, moto_application: Any, lock: AbstractContextManager[Any] | None = None) -> None:
        self._moto = moto_application
        self._lock = lock or threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        answer: Iterable[bytes]
        if not environ.get("HTTP_X_AMZ_TARGET", "").startswith(_SERIAL):
            answer = self._moto(environ, start_response)
            return answer
        _read_body(environ)
        with self._lock:
            answer = self._moto(environ, start_response)
        return answer


class Application:
    """A WSGI application with a secret address by which it is known."""

    def __init__(self, application: Any, nonce: str, proof: str) -> None:
        self._application = application
        self._identity, self._proof = IDENTITY_PATH + nonce, proof.encode()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if path == self._identity:
            start_response("200 OK", [("Content-Length", str(len(self._proof)))])
            return [self._proof]
        # moto's own reset would empty the box at the call of any web page
        if posixpath.normpath(f"/{path.lstrip('/')}").startswith("/moto-api"):
            start_response("404 Not Found", [("Content-Length", "0")])
            return []
        answer: Iterable[bytes] = self._application(environ, start_response)
        return answer


def _read_body(environ: dict[str, Any]) -> None:
    """Read the body before the lock is taken, so that a slow caller holds up nobody."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdecimal() and len(length) <= _LENGTH_DIGITS:
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))


def main() -> None:
    """Serve until the process `--parent` ends; say on the standard output, as JSON, how the start went."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    given = parser.parse_args()
    os.umask(0o077)
    log = RotatingFileHandler(given.folder / LOG, maxBytes=_LOG_BYTES, backupCount=1)
    log.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[log], level=logging.INFO)
    with (given.folder / "lock").open("a") as lock:
        if not _acquire(lock):
            _reply(error=STATE_IN_USE)
            sys.exit(1)
        try:
            _serve(given.folder, given.port, given.parent)
        except PortInUseError:
            _reply(error=PORT_IN_USE)
            sys.exit(1)
        except Exception:
            logger.exception("offline_aws_not_started")
            raise


def _serve(folder: Path, port: int, parent: int) -> None:
    moto_patches.improve()
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415

    from chalicelib.offline.durable import Durable  # noqa: PLC0415  it imports werkzeug
    from chalicelib.offline.signatures import Guard  # noqa: PLC0415  it imports botocore
    from chalicelib.offline.store import Store  # noqa: PLC0415  it imports moto

    store = Store(folder)
    secret = {"nonce": secrets.token_urlsafe(), "proof": secrets.token_urlsafe()}
    durable = Durable(DomainDispatcherApplication(create_backend_app), store)
    server = make_server(port, Application(Guard(Serial(durable, store.lock)), **secret))
    store.load(durable.repeat)
    known = {"pid": os.getpid(), "port": server.port, "parent": parent, **secret}
    (folder / "server.json").write_text(json.dumps(known))

    def stop(*_: object) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    on_end(parent, stop)
    threading.Thread(target=store.keep, daemon=True).start()
    _reply(**known, notices=store.notices)
    server.serve_forever()
    server.server_close()
    (folder / "server.json").unlink(missing_ok=True)
    store.lock.acquire()  # and never released: nothing changes after the last snapshot
    store.snapshot()
    os._exit(0)


def _acquire(lock: Any) -> bool:
    deadline = time.monotonic() + _PREDECESSOR_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


def _reply(**answer: object) -> None:
    print(json.dumps(answer), flush=True)  # noqa: T201
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the process that started this may be gone


@contextmanager
def in_process() -> Iterator[str]:
    """Run the offline AWS within this process, on a free port, with everything made; yield its address.

    For tests: the environment is that of `chalice local` while it lasts, and nothing is written to disk.
    """
    from moto.core.base_backend import BackendDict  # noqa: PLC0415  moto is heavy
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415

    from chalicelib.offline.signatures import Guard  # noqa: PLC0415  it imports botocore

    before = dict(os.environ)
    moto_patches.improve()
    server = make_server(0, Guard(Serial(DomainDispatcherApplication(create_backend_app))))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        endpoint = f"http://{HOST}:{server.port}"
        provisioning.provision(endpoint)
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        BackendDict.reset()
        os.environ.clear()
        os.environ.update(before)
