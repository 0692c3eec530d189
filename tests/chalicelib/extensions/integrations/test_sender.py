"""One attempt: the request as it goes out, and every way in which an endpoint may answer, stall or attack."""

from __future__ import annotations

import datetime as dt
import gzip
import socket
import ssl
import time
from contextlib import ExitStack
from email.utils import format_datetime
from http.client import BadStatusLine, IncompleteRead, LineTooLong, RemoteDisconnected
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.config import settings
from chalicelib.extensions.integrations import sender
from chalicelib.extensions.integrations.address_guard import RefusedError
from tests.chalicelib.extensions.integrations import receivers
from tests.chalicelib.extensions.integrations.receivers import Authority, after_request, receiving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOPBACK = "127.0.0.1"


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Admit this machine, where the receivers are."""
    monkeypatch.setitem(vars(settings()), "webhooks_allow_loopback", True)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """Return an authority that the system trusts, alone."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    sender._context.cache_clear()
    yield made
    sender._context.cache_clear()


def test_the_request_is_the_url_the_headers_and_the_body_and_no_more() -> None:
    """Every byte of it."""
    with receiving() as receiver:
        sent = sender.send(
            f"http://127.0.0.1:{receiver.port}/hook?a=%0d%0aX-Evil:%20b",
            {"webhook-id": "msg_1", "Content-Type": "application/json"},
            b'{"a": 1}',
        )
    assert receiver.requests == [
        b"POST /hook?a=%0d%0aX-Evil:%20b HTTP/1.1\r\n"
        b"Accept-Encoding: identity\r\n"
        b"Content-Length: 8\r\n"
        b"webhook-id: msg_1\r\n"
        b"Content-Type: application/json\r\n"
        b"Host: " + f"127.0.0.1:{receiver.port}".encode() + b"\r\n"
        b"User-Agent: Janus-Webhooks\r\n"
        b"Connection: close\r\n"
        b"\r\n"
        b'{"a": 1}'
    ]
    assert sent._replace(seconds=0) == (200, None, 0, None, "ok")
    assert 0 < sent.seconds < 5


@pytest.mark.parametrize(
    ("status", "delivered"),
    [(199, False), (200, True), (202, True), (299, True), (300, False), (302, False), (404, False), (410, False)]
    + [(429, False), (500, False), (503, False)],
)
def test_any_status_of_the_two_hundreds_is_a_delivery(status: int, *, delivered: bool) -> None:
    """Each is told."""
    with receiving(b"HTTP/1.1 %d Word\r\nContent-Length: 0\r\n\r\n" % status) as receiver:
        sent = send(receiver)
    assert (sent.status, sent.error, sent.delivered) == (status, None, delivered)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    """Neither to the metadata of EC2 nor to another port of this machine."""
    with receiving() as other:
        location = b"http://127.0.0.1:%d/latest/meta-data/" % other.port
        with receiving(b"HTTP/1.1 %d Moved\r\nLocation: %s\r\n\r\n" % (status, location)) as receiver:
            sent = send(receiver)
            assert sent.status == status
            assert len(receiver.requests) == 1
    assert other.connections == 0


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would connect to addresses that nobody has checked."""
    with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert send(receiver).delivered
        assert len(receiver.requests) == 1
    assert proxy.connections == 0


# Addresses


def test_a_name_that_is_rebound_is_called_at_the_checked_address() -> None:
    """The second answer of its name server leads elsewhere, as the system's own would; nobody asks for it."""
    asked = []

    def rebinding(host: str, *_: Any, **__: Any) -> Any:
        asked.append(host)
        return answers("127.0.0.2" if len(asked) == 1 else LOOPBACK)

    with receiving(address="127.0.0.2") as checked, socket.create_server((LOOPBACK, checked.port)) as other:
        sent = sender.send(f"http://localhost:{checked.port}/", {}, b"{}", resolver=rebinding)
        assert sent.delivered
        assert asked == ["localhost"]
        assert checked.connections == 1
        other.settimeout(0.05)
        with pytest.raises(TimeoutError):
            other.accept()


def test_a_name_that_is_rebound_between_attempts_is_refused() -> None:
    """Each attempt judges the addresses anew: the first goes out to a public one, the second nowhere."""
    found = iter(["192.0.1.1", "169.254.169.254"])
    connected = []

    def connect(address: tuple[str, int], *_: Any) -> Any:
        connected.append(address)
        raise ConnectionRefusedError

    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(socket, "create_connection", connect)
        errors = [
            sender.send("https://hook.example.org/", {}, b"", resolver=lambda *_, **__: answers(next(found))).error
            for _ in range(2)
        ]
    assert errors == ["connection_failed", "address_not_public"]
    assert connected == [("192.0.1.1", 443)]


@pytest.mark.parametrize(
    ("url", "found", "code"),
    [
        ("http://example.org/", ["1.1.1.1"], "https_required"),
        ("https://example.org/\r\nX: y", ["1.1.1.1"], "path_invalid"),
        ("https://10.0.0.1/", ["1.1.1.1"], "address_not_public"),
        ("https://example.org/", ["1.1.1.1", "127.0.0.1"], "address_not_public"),
        ("https://example.org/", [], "name_not_resolved"),
        ("http://localhost:9/", ["10.0.0.1"], "address_not_public"),
    ],
)
def test_a_refused_endpoint_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, url: str, found: list[str], code: str
) -> None:
    """The answer has the refusal's code."""
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("connected"))
    sent = sender.send(url, {}, b"", resolver=lambda *_, **__: answers(*found))
    assert (sent.status, sent.error, sent.delivered) == (None, code, False)


def test_this_machine_is_refused_without_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on every stage of AWS."""
    monkeypatch.setitem(vars(settings()), "webhooks_allow_loopback", False)
    with receiving() as receiver:
        assert send(receiver).error == "https_required"
        assert sender.send(f"https://localhost:{receiver.port}/", {}, b"").error == "port_not_allowed"
        assert sender.send("https://localhost/", {}, b"").error == "address_not_public"
    assert receiver.connections == 0


def test_a_lookup_counts_towards_the_deadline() -> None:
    """It takes all of the time that there is, and no more."""

    def slow(*_: Any, **__: Any) -> Any:
        time.sleep(3)
        return answers(LOOPBACK)

    sent = sender.send("http://localhost:9/", {}, b"", seconds=0.2, resolver=slow)
    assert sent.error == "name_not_resolved"
    assert 0.2 <= sent.seconds < 2.5


def test_an_address_that_refuses_gives_way_to_the_next() -> None:
    """All of them have been checked."""
    with receiving() as receiver:
        found = answers("127.0.0.2", "127.0.0.3", "127.0.0.4", LOOPBACK)
        sent = sender.send(f"http://localhost:{receiver.port}/", {}, b"", resolver=lambda *_, **__: found)
    assert sent.delivered


def test_an_address_that_is_silent_leaves_time_for_the_next() -> None:
    """Each has its share of what is left."""
    with receiving() as receiver, ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.2", receiver.port))
        full.listen(0)
        for _ in range(3):  # more than its queue holds: Linux drops what comes then
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.2", receiver.port))
        found = answers("127.0.0.2", LOOPBACK)
        sent = sender.send(
            f"http://localhost:{receiver.port}/", {}, b"", seconds=1, resolver=lambda *_, **__: found
        )
    assert sent.delivered
    assert sent.seconds > 0.4


def test_four_addresses_are_tried() -> None:
    """A name with a thousand gives none of them enough time."""
    with receiving() as receiver:
        found = answers("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", LOOPBACK)
        sent = sender.send(f"http://localhost:{receiver.port}/", {}, b"", resolver=lambda *_, **__: found)
    assert sent.error == "connection_failed"
    assert receiver.connections == 0


def test_a_closed_port_is_a_failed_connection() -> None:
    """Nobody listens."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
    sent = sender.send(f"http://127.0.0.1:{port}/", {}, b"")
    assert (sent.status, sent.error) == (None, "connection_failed")


# TLS


def test_a_certificate_for_the_name_is_accepted(authority: Authority) -> None:
    """TLS asks for the name, and the header Host has it."""
    with receiving(certified=authority.certified("localhost")) as receiver:
        sent = send_tls(receiver)
    assert sent._replace(seconds=0) == (200, None, 0, None, "ok")
    assert receiver.names == ["localhost"]
    assert b"\r\nHost: localhost:%d\r\n" % receiver.port in receiver.requests[0]


def test_tls_offers_http_1_alone(authority: Authority) -> None:
    """A server that prefers HTTP/2 would otherwise be free to speak it (ALPN, RFC 7301)."""
    chosen: list[str | None] = []
    context = authority.certified("localhost")
    context.set_alpn_protocols(["h2", "http/1.1"])
    with receiving(lambda tls, _: chosen.append(tls.selected_alpn_protocol()), certified=context) as receiver:
        assert send_tls(receiver).error == "connection_lost"  # it closes without an answer
    assert chosen == ["http/1.1"]


@pytest.mark.parametrize("name", ["other.example", "*.localhost", "127.0.0.1"])
def test_a_certificate_for_another_name_is_refused(authority: Authority, name: str) -> None:
    """Nothing is sent to such a server."""
    with receiving(certified=authority.certified(name)) as receiver:
        sent = send_tls(receiver)
    assert (sent.status, sent.error) == (None, "certificate_invalid")
    assert receiver.requests == []


def test_a_certificate_that_has_expired_is_refused(authority: Authority) -> None:
    """Since yesterday."""
    with receiving(certified=authority.certified("localhost", valid_for=-receivers.DAY)) as receiver:
        assert send_tls(receiver).error == "certificate_invalid"
    assert receiver.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused(authority: Authority, tmp_path: Path) -> None:
    """A receiver cannot certify itself."""
    (tmp_path / "self").mkdir()
    with receiving(certified=Authority(tmp_path / "self").certified("localhost")) as receiver:
        assert send_tls(receiver).error == "certificate_invalid"
    assert receiver.requests == []


def test_a_server_without_tls_is_told_nothing(authority: Authority) -> None:
    """It gets a handshake, and no request."""
    with receiving(lambda connection, _: connection.sendall(receivers.ANSWERED)) as receiver:
        assert send_tls(receiver).error == "tls_failed"


def test_an_old_version_of_tls_is_refused(authority: Authority) -> None:
    """TLS 1.2 is the least (RFC 8996)."""
    context = authority.certified("localhost")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with receiving(certified=context) as receiver:
        assert send_tls(receiver).error == "tls_failed"


def test_a_silent_handshake_ends_at_the_deadline(authority: Authority) -> None:
    """The port is open, but nobody answers."""
    with receiving(lambda _, stopped: stopped.wait(5)) as receiver:
        sent = send_tls(receiver, seconds=0.3)
    assert sent.error == "timed_out"
    assert 0.3 <= sent.seconds < 1.5


# Time


def drip_request(connection: socket.socket, stopped: Any) -> None:
    """Read the request slowly."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    while not stopped.wait(0.05):
        connection.recv(64)


@pytest.mark.parametrize(
    "behaviour",
    [
        lambda _, stopped: stopped.wait(5),
        after_request(b"", b"H", pause=0.05),
        after_request(b"HTTP/1.1 ", b"0", pause=0.05),
        after_request(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a", pause=0.05),
        after_request(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n", pause=0.05),
        after_request(b"", b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.05),
    ],
)
def test_slow_headers_end_at_the_deadline(behaviour: Any) -> None:
    """However regularly something arrives."""
    with receiving(behaviour) as receiver:
        sent = send(receiver, seconds=0.4)
    assert (sent.status, sent.error) == (None, "timed_out")
    assert 0.4 <= sent.seconds < 1.5


def test_a_slow_reader_ends_at_the_deadline() -> None:
    """The request does not fit into the buffers between."""
    with receiving(drip_request) as receiver:
        sent = sender.send(f"http://127.0.0.1:{receiver.port}/", {}, bytes(50_000_000), seconds=0.4)
    assert (sent.status, sent.error) == (None, "timed_out")
    assert 0.4 <= sent.seconds < 1.5


@pytest.mark.parametrize(
    ("first", "repeated"),
    [
        (b"HTTP/1.1 202 Accepted\r\n\r\nabc", b"d"),
        (b"HTTP/1.1 202 Accepted\r\nContent-Length: 100000\r\n\r\nabc", b"d"),
        (b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", b"1\r\nd\r\n"),
    ],
)
def test_a_slow_body_ends_at_the_deadline(first: bytes, repeated: bytes) -> None:
    """The status was there: it counts, with the part of the body that came."""
    with receiving(after_request(first, repeated, pause=0.05)) as receiver:
        sent = send(receiver, seconds=0.4)
    assert (sent.status, sent.error) == (202, None)
    assert sent.beginning.startswith("abcd")
    assert len(sent.beginning) < 20
    assert 0.4 <= sent.seconds < 1.5


def test_slow_tls_ends_at_the_deadline(authority: Authority) -> None:
    """Within an encrypted connection, too."""
    behaviour = after_request(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a", pause=0.05)
    with receiving(behaviour, authority.certified("localhost")) as receiver:
        sent = send_tls(receiver, seconds=0.5)
    assert sent.error == "timed_out"
    assert 0.5 <= sent.seconds < 1.5


@pytest.mark.medium
def test_a_flood_of_session_tickets_ends_at_the_deadline(authority: Authority) -> None:
    """TLS takes them by itself, within one call for the first byte of an answer."""
    context = authority.certified("localhost")
    context.num_tickets = 1_000_000
    with receiving(certified=context) as receiver:
        sent = send_tls(receiver, seconds=0.5)
    assert (sent.status, sent.error) == (None, "timed_out")
    assert 0.5 <= sent.seconds < 1.5


# Size


@pytest.mark.parametrize(
    ("first", "repeated"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"a" * 65536),
        (b"HTTP/1.1 200 ", b"a" * 65536),
        (b"HTTP/1.1 200 OK\r\n", b"a: b\r\n" * 1000),
        (b"HTTP/1.1 200 OK\r\n", (b"a: " + b"b" * 1000 + b"\r\n") * 30),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        (b"", b"a" * 65536),
    ],
)
def test_endless_headers_are_cut_off(first: bytes, repeated: bytes) -> None:
    """Long before the deadline."""
    with receiving(after_request(first, repeated)) as receiver:
        sent = send(receiver)
    assert (sent.status, sent.error) == (None, "answer_malformed")
    assert sent.seconds < 5


@pytest.mark.parametrize(
    ("lines", "status", "error"), [(30, 200, None), (32, 200, None), (33, None, "answer_malformed")]
)
def test_thirty_two_kilobytes_of_headers_are_read(lines: int, status: int | None, error: str | None) -> None:
    """Each line has 1,000 bytes."""
    headers = (b"a: " + b"b" * 995 + b"\r\n") * lines
    with receiving(b"HTTP/1.1 200 OK\r\n" + headers + b"Content-Length: 2\r\n\r\nok") as receiver:
        sent = send(receiver)
    assert (sent.status, sent.error) == (status, error)


@pytest.mark.parametrize(
    ("first", "repeated", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 65536, "a" * 1024),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", b"a" * 65536, "a" * 1024),
        (b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n", b"400\r\n" + b"a" * 1024 + b"\r\n", "a" * 1024),
        (b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", b"0" * 65536, "a"),
        (b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1;", b"x" * 65536, "a"),
    ],
)
def test_of_an_endless_body_one_kilobyte_is_read(first: bytes, repeated: bytes, expected: str) -> None:
    """The status counts."""
    with receiving(after_request(first, repeated)) as receiver:
        sent = send(receiver)
    assert (sent.status, sent.error, sent.beginning) == (int(first[9:12]), None, expected)
    assert sent.seconds < 5


def test_a_gzip_bomb_is_not_decompressed() -> None:
    """Its beginning is kept as it came."""
    bomb = gzip.compress(bytes(50_000_000), mtime=0)
    assert len(bomb) > 40_000
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with receiving(head + bomb) as receiver:
        sent = send(receiver)
    assert sent.status == 200
    assert len(sent.beginning.encode()) <= 1024
    assert "\x00" not in sent.beginning


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", ""),
        (b"a\r\nb\tc\n", "a\nb\tc\n"),
        ("Zürich, 東京 🙂".encode(), "Zürich, 東京 🙂"),
        (b"a\xffb", "a?b"),
        (b"a\x00\x1b[2J\x07b", "a??[2J?b"),
        ("a\u202eb\u200bc\u2028d".encode(), "a?b?c?d"),
        (b"a" * 1023 + "é".encode(), "a" * 1023 + "?"),
        (b"a" * 1024 + b"b", "a" * 1024),
        (b"a" * 1023, "a" * 1023),
    ],
)
def test_the_beginning_can_be_shown(body: bytes, text: str) -> None:
    """`?` stands for control characters, for those that turn text around, and for bytes that are no text."""
    with receiving(b"HTTP/1.1 400 No\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)) as receiver:
        sent = send(receiver)
    assert sent.beginning == text
    assert len(sent.beginning.encode()) <= 1024


# Broken answers


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"hello\r\n\r\n", "answer_malformed"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "answer_malformed"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "answer_malformed"),
        (b"HTTP/1.1 9999 OK\r\n\r\n", "answer_malformed"),
        (b"HTTP/3.0 200 OK\r\n\r\n", "answer_malformed"),
        (b"<html>", "answer_malformed"),
        (b"", "connection_lost"),
    ],
)
def test_an_answer_that_is_not_http_is_an_error(answer: bytes, code: str) -> None:
    """With a code, and without a status."""
    with receiving(answer) as receiver:
        sent = send(receiver)
    assert (sent.status, sent.error, sent.beginning) == (None, code, "")


def test_a_reset_is_a_lost_connection() -> None:
    """After the request."""

    def reset(connection: socket.socket, _: Any) -> None:
        receivers.read_request(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # close sends a reset

    with receiving(reset) as receiver:
        sent = send(receiver)
    assert (sent.status, sent.error) == (None, "connection_lost")


@pytest.mark.parametrize(
    ("answer", "beginning"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", "abc"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n", ""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "ab"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc", "abc"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nabc", "abc"),
        (b"HTTP/1.1 204 No Content\r\n\r\nabc", ""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "a"),
        (b"HTTP/1.0 200\r\n\r\na", "a"),
    ],
)
def test_a_broken_body_leaves_the_status(answer: bytes, beginning: str) -> None:
    """The endpoint has answered."""
    with receiving(answer) as receiver:
        sent = send(receiver)
    assert sent.delivered
    assert sent.beginning == beginning


# Retry-After


NOW = 1_700_000_000  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("1", 1),
        ("120", 120),
        ("86400", 86_400),
        ("86401", 86_400),
        ("9" * 5000, 86_400),
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30),
        ("Tuesday, 14-Nov-23 22:13:50 GMT", 30),
        ("Tue Nov 14 22:13:50 2023", 30),
        ("Tue, 14 Nov 2023 22:13:19 GMT", 0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("1e3", None),
        ("soon", None),
        ("٣", None),
        ("²", None),
        ("Tue, 14 Nov 99999 22:13:50 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(monkeypatch: pytest.MonkeyPatch, text: str, seconds: int | None) -> None:
    """RFC 9110, section 10.2.3; at most a day."""
    monkeypatch.setattr(time, "time", lambda: NOW)
    assert sender._retry_after(text) == seconds


@given(st.text(max_size=60))
def test_no_retry_after_breaks_the_sender(text: str) -> None:
    """Or makes it wait longer than a day."""
    assert 0 <= (sender._retry_after(text) or 0) <= 86_400


@pytest.mark.parametrize(("status", "value"), [(429, b"30"), (503, b" 30 "), (200, b"30")])
def test_the_answer_has_the_wait_that_the_endpoint_asks_for(status: int, value: bytes) -> None:
    """In seconds."""
    answer = b"HTTP/1.1 %d X\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n" % (status, value)
    with receiving(answer) as receiver:
        assert send(receiver).retry_after_seconds == 30


def test_a_date_is_counted_from_now() -> None:
    """By this machine's clock."""
    date = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1), usegmt=True)
    with receiving(b"HTTP/1.1 503 X\r\nRetry-After: %s\r\n\r\n" % date.encode()) as receiver:
        sent = send(receiver)
    assert 3590 <= (sent.retry_after_seconds or 0) <= 3600


def send(receiver: receivers.Receiver, seconds: float = 15) -> sender.Answer:
    return sender.send(f"http://127.0.0.1:{receiver.port}/hook", {}, b"{}", seconds=seconds)


def send_tls(receiver: receivers.Receiver, seconds: float = 15) -> sender.Answer:
    return sender.send(f"https://localhost:{receiver.port}/", {}, b"{}", seconds=seconds)


def answers(*addresses: str) -> list[tuple[Any, ...]]:
    """Return what `socket.getaddrinfo` would."""
    return [(0, 1, 6, "", (address, 443)) for address in addresses]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RefusedError("address_not_public", "..."), "address_not_public"),
        (sender._ConnectionFailedError(), "connection_failed"),
        (TimeoutError(), "timed_out"),
        (ssl.SSLCertVerificationError(), "certificate_invalid"),
        (ssl.SSLEOFError(), "connection_lost"),
        (ssl.SSLZeroReturnError(), "connection_lost"),
        (ssl.SSLError(), "tls_failed"),
        (ConnectionResetError(), "connection_lost"),
        (BrokenPipeError(), "connection_lost"),
        (RemoteDisconnected(""), "connection_lost"),
        (BadStatusLine("hello"), "answer_malformed"),
        (LineTooLong("header line"), "answer_malformed"),
        (IncompleteRead(b""), "answer_malformed"),
    ],
    ids=repr,
)
def test_every_error_has_its_code(error: Exception, code: str) -> None:
    """Of the kinds that an error is of, the most exact one."""
    assert sender._code(error) == code
