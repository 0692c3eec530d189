"""The API server of `chalice local` answers every request, in the form that all errors have."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import requests
from chalice import Chalice, Response
from chalice.app import RestAPIEventHandler
from chalice.config import Config

from chalicelib.offline import gateway
from tests import servers

if TYPE_CHECKING:
    from collections.abc import Iterator


class Answer(NamedTuple):
    """The answer over a socket."""

    status: int
    headers: dict[str, str]
    body: bytes


def tiny_app() -> Chalice:
    """Return an app with a view of each kind."""
    app = Chalice("tiny")
    app.api.binary_types = ["image/jpeg"]

    @app.route("/things/{name}", methods=["GET"], cors=True)
    def get(name: str) -> Any:
        context = app.current_request.context
        return {"name": name, "request_id": context["requestId"], "from": context["identity"]["sourceIp"]}

    @app.route("/things", methods=["POST"], cors=True, content_types=["image/jpeg", "text/plain"])
    def post() -> Any:
        body: Any = app.current_request.raw_body
        return {"length": len(body), "sha256": hashlib.sha256(body).hexdigest()}

    @app.route("/both", methods=["GET", "HEAD"])
    def both() -> Any:
        return {"length": "of GET's body"}

    @app.route("/unserializable")
    def unserializable() -> Any:
        return {"it": object()}

    @app.route("/cookies")
    def cookies() -> Any:
        return Response(body="", headers={"Set-Cookie": ["one", "two"]})

    @app.route("/texts/{length}")
    def text(length: str) -> Any:
        return Response(body="x" * int(length), headers={"Content-Type": "text/plain"})

    @app.route("/nothing", methods=["DELETE"])
    def nothing() -> Any:
        return Response(body="", status_code=204)

    return app


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Serve the tiny app; return its port."""
    handler = functools.partial(gateway.Handler, app_object=tiny_app(), config=Config())
    server = gateway.Server(("127.0.0.1", 0), handler)
    server.block_on_close = False
    stop = servers.start(server)
    yield server.server_port
    stop()


def send(port: int, data: bytes, *, then: bytes = b"") -> Answer:
    """Send bytes over a connection of their own; return the answer, whose end the server must mark."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(data)
        if then:
            connection.sendall(then)
        received = b""
        while b"\r\n\r\n" not in received and (more := connection.recv(65536)):
            received += more
        head, _, body = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        while len(body) < int(headers.get("content-length", 0)) and (more := connection.recv(65536)):
            body += more
    return Answer(int(first.split()[1]), headers, body)


def code(answer: Answer) -> str:
    """Return the code of an answer that must be problem details, for scripts of any origin to read."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    problem = json.loads(answer.body)
    assert problem["status"] == answer.status
    assert problem["request_id"] == answer.headers["x-amzn-requestid"]
    return problem["code"]


def test_view_answers(port: int) -> None:
    """A request reaches its view, and the id in its context is the one in the answer's headers."""
    answer = requests.get(f"http://127.0.0.1:{port}/things/one", timeout=10)
    identifier = answer.headers["x-amzn-RequestId"]
    assert answer.json() == {"name": "one", "request_id": identifier, "from": "127.0.0.1"}


@pytest.mark.parametrize(
    "path",
    [b"/", b"/nope", b"/things/a/b", b"/%ff%00", b"/" + b"a" * 9000, b"http://[::1", b"*", b"/\xe9"],
)
@pytest.mark.parametrize(
    "authorization", [b"", b"Authorization: Bearer \xe9\r\n"], ids=["anonymous", "strange token"]
)
def test_unknown_route(port: int, path: bytes, authorization: bytes) -> None:
    """A path that no route has is refused as API Gateway refuses it."""
    answer = send(port, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n" + authorization + b"\r\n")
    assert code(answer) == "route_not_found"


@pytest.mark.parametrize("method", [b"PUT", b"DELETE", b"TRACE", b"BREW"])
def test_unknown_method(port: int, method: bytes) -> None:
    """A method that a route does not have is refused; one that HTTP does not have as well."""
    answer = send(port, method + b" /things/one HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.status == 405
    assert code(answer) == "method_not_allowed"


def test_allowed_methods_are_named(port: int) -> None:
    """A 405 names the methods of the route (RFC 9110, section 15.5.6)."""
    answer = requests.put(f"http://127.0.0.1:{port}/things/one", timeout=10)
    assert answer.headers["Allow"] == "GET, OPTIONS"


def test_head_is_answered_without_a_body_where_it_is_declared(port: int) -> None:
    """The view answers it as GET, and the gateway leaves the body out; API Gateway knows no HEAD by itself."""
    address = f"http://127.0.0.1:{port}"
    with requests.Session() as http:
        head = http.head(f"{address}/both", timeout=10)
        assert (head.status_code, head.headers["Content-Length"], head.content) == (200, "26", b"")
        assert http.get(f"{address}/both", timeout=10).headers["Content-Length"] == "26"
        assert http.head(f"{address}/things/one", timeout=10).status_code == 405
        assert http.head(f"{address}/nope", timeout=10).status_code == 404


def test_preflight(port: int) -> None:
    """A browser's preflight gets the methods of the route, and that of no route is refused readably."""
    address = f"http://127.0.0.1:{port}"
    wanted = {"Origin": "http://example.org", "Access-Control-Request-Method": "GET"}
    answer = requests.options(f"{address}/things/one", headers=wanted, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    refused = requests.options(f"{address}/nope", headers=wanted, timeout=10)
    assert refused.json()["code"] == "route_not_found"
    assert refused.headers["Access-Control-Allow-Origin"] == "*"


def test_largest_body(port: int) -> None:
    """Ten megabytes get through."""
    headers = {"Content-Type": "image/jpeg"}
    answer = requests.post(
        f"http://127.0.0.1:{port}/things", data=b"x" * gateway.MAX_BODY_BYTES, headers=headers, timeout=30
    )
    assert answer.json()["length"] == gateway.MAX_BODY_BYTES


@pytest.mark.parametrize(
    "content_type", ["image/jpeg", "image/jpeg; charset=binary", "image/jpeg;q=1", "image/jpeg ; x", "image/JPEG"]
)
def test_bytes_of_an_image_are_not_touched(port: int, content_type: str) -> None:
    """A binary body arrives as it was sent, however its media type is written."""
    data = bytes(range(256))
    answer = requests.post(
        f"http://127.0.0.1:{port}/things", data=data, headers={"Content-Type": content_type}, timeout=10
    )
    assert answer.json().get("sha256") == hashlib.sha256(data).hexdigest()


def test_queries_are_not_logged(port: int, caplog: pytest.LogCaptureFixture) -> None:
    """Of a refused request the log has method and path; its query may hold a secret."""
    with caplog.at_level(logging.INFO, "janus.offline"):
        requests.get(f"http://127.0.0.1:{port}/nope?access_token=SECRET", timeout=10)
        send(port, b"GET /nope#SECRET HTTP/1.1\r\nHost: x\r\n\r\n")
        send(port, b"BREW /nope?SECRET HTTP/1.1\r\nHost: x\r\n\r\n")
    assert [vars(record)["request"] for record in caplog.records] == ["GET /nope", "GET /nope", "BREW /nope"]


def test_body_too_large_is_refused_by_its_length(port: int) -> None:
    """A length above ten megabytes is refused before a byte of the body is read."""
    length = gateway.MAX_BODY_BYTES + 1
    answer = send(port, b"POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % length)
    assert answer.status == 413
    assert code(answer) == "body_too_large"
    assert answer.headers["connection"] == "close"


def test_caller_that_sends_on_still_reads_the_refusal(port: int) -> None:
    """The answer to a body that is too large is not lost in a reset connection."""
    data = b"x" * (gateway.MAX_BODY_BYTES + 1)
    answer = requests.post(f"http://127.0.0.1:{port}/things", data=data, timeout=30)
    assert answer.json()["code"] == "body_too_large"


def test_caller_that_asks_first_is_answered_first(port: int) -> None:
    """`Expect: 100-continue` is answered at once: go on, or too large."""
    head = (
        b"POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
        b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    )
    assert code(send(port, head % (gateway.MAX_BODY_BYTES + 1))) == "body_too_large"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(head % 2)
        assert connection.recv(1024).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"hi")
        assert b'{"length":2,' in connection.recv(65536)


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: many",
        b"Content-Length: -5",
        b"Content-Length: 1e3",
        b"Content-Length: 0x10",
        b"Content-Length: +5",
        b"Content-Length: \xb2",
        b"Content-Length: " + b"9" * 5000,
        b"Content-Length: 1\r\nContent-Length: 2",
        b"Content-Length: 1\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: gzip",
    ],
)
def test_garbage_for_a_length(port: int, lines: bytes) -> None:
    """A length that is none, or two that differ, is refused."""
    answer = send(
        port, b"POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n" + lines + b"\r\n\r\nbody"
    )
    assert answer.status == 400
    assert code(answer) == "invalid_request"


def test_body_in_chunks(port: int) -> None:
    """A body of unknown length arrives whole, and the connection can be used again."""
    with requests.Session() as http:
        for _ in range(2):
            answer = http.post(
                f"http://127.0.0.1:{port}/things",
                data=iter([b"one", b"two" * 1000]),
                headers={"Content-Type": "text/plain"},
                timeout=10,
            )
            assert answer.json()["length"] == 3003


def test_trailers_after_chunks(port: int) -> None:
    """Trailers are passed over, chunk extensions too, and the connection is closed after the answer."""
    head = b"POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = send(port, head, then=b"3;x=y\r\nabc\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n")
    assert json.loads(answer.body)["length"] == 3
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        (b"zz\r\n", "invalid_request"),
        (b"-1\r\n", "invalid_request"),
        (b"3\r\nabcdef\r\n0\r\n\r\n", "invalid_request"),
        (b"f" * 15 + b"\r\n", "body_too_large"),
        (b"A00001\r\n", "body_too_large"),
        (b"\r\n\r\n", "invalid_request"),
        (b"0x3\r\nabc\r\n0\r\n\r\n", "invalid_request"),
        (b"1_0\r\n", "invalid_request"),
    ],
)
def test_garbage_for_chunks(port: int, chunks: bytes, expected: str) -> None:
    """Chunks that are none, or too large together, are refused."""
    head = b"POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert code(send(port, head, then=chunks)) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /things/one\x00 HTTP/1.1 extra words\r\n\r\n",
        b"GET /things/one HTTP/9.9\r\n\r\n",
        b"GET /things/one HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"GET /things/one HTTP/1.1\r\nX: " + b"y" * 70000 + b"\r\n\r\n",
        b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=["TLS", "words", "version", "many headers", "long header", "long path"],
)
def test_what_is_no_request(port: int, data: bytes) -> None:
    """A malformed HTTP request is refused in the same form."""
    assert code(send(port, data)) == "invalid_request"


def test_answer_that_is_none(port: int) -> None:
    """A view whose result JSON cannot carry is an error with a request id, and the server goes on."""
    for _ in range(2):
        answer = send(port, b"GET /unserializable HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer.status == 500
        assert code(answer) == "internal_error"


def test_header_with_many_values(port: int) -> None:
    """A header whose value is a list is sent several times."""
    answer = requests.get(f"http://127.0.0.1:{port}/cookies", timeout=10)
    assert answer.headers["Set-Cookie"] == "one, two"


@pytest.mark.parametrize(
    ("length", "accepted", "coding"),
    [
        (1023, "gzip, deflate, br", None),
        (1024, "gzip, deflate, br", "gzip"),
        (9000, "identity", None),
        (9000, "gzip", "gzip"),
    ],
)
def test_long_texts_are_compressed(port: int, length: int, accepted: str, coding: str | None) -> None:
    """From 1,024 bytes on, as the deployment's gateway does, for whoever can read it."""
    answer = requests.get(
        f"http://127.0.0.1:{port}/texts/{length}", headers={"Accept-Encoding": accepted}, timeout=10
    )
    assert answer.headers.get("Content-Encoding") == coding
    assert answer.text == "x" * length


def test_no_content_has_no_length(port: int) -> None:
    """204 has neither body nor Content-Length (RFC 9110, section 8.6), and the connection goes on."""
    with requests.Session() as http:
        answer = http.delete(f"http://127.0.0.1:{port}/nothing", timeout=10)
        assert answer.status_code == 204
        assert "Content-Length" not in answer.headers
        assert http.get(f"http://127.0.0.1:{port}/things/one", timeout=10).ok


def test_requests_at_the_same_time_keep_their_own(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is answered for itself: no view sees the request of another thread."""
    both, handle = threading.Barrier(2), RestAPIEventHandler.__call__

    def together(self: RestAPIEventHandler, event: Any, context: Any) -> Any:
        both.wait(30)
        return handle(self, event, context)

    def ask(limit: str) -> str:
        return str(requests.get(f"{api}/v1/status?{limit}=1", timeout=60).json()["detail"])

    monkeypatch.setattr(RestAPIEventHandler, "__call__", together)
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(ask, ("first", "second"))
    assert ("first" in first, "second" in second) == (True, True)
