"""The offline AWS's way with connections."""

from __future__ import annotations

import http.client
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from chalicelib import aws as clients
from chalicelib.config import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=any/20260109/us-east-1/s3/aws4_request"}


@pytest.fixture
def connection(aws: str) -> Iterator[http.client.HTTPConnection]:
    """Return a connection to the offline AWS."""
    made = http.client.HTTPConnection(urlsplit(aws).netloc, timeout=10)
    yield made
    made.close()


@pytest.mark.parametrize("size", [0, 10, 1_000_000])
def test_a_connection_is_kept(connection: http.client.HTTPConnection, key: str, size: int) -> None:
    """One request after the other, with a body and without, uses the same one."""
    path = f"/{settings().images_bucket}/{key}"
    connection.connect()
    used = connection.sock
    for method, body, status in (
        ("PUT", b"x" * size, 200),
        ("HEAD", None, 200),
        ("GET", None, 200),
        ("DELETE", None, 204),
    ):
        connection.request(method, path, body=body, headers=SIGNED)
        answer = connection.getresponse()
        assert answer.status == status
        assert answer.read() == (b"x" * size if method == "GET" else b"")
        assert connection.sock is used


def test_a_long_body_is_taken_too(connection: http.client.HTTPConnection, key: str) -> None:
    """Its connection ends with the answer, which says so."""
    path = f"/{settings().images_bucket}/{key}"
    connection.request("PUT", path, body=b"x" * 3_000_000, headers=SIGNED)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Connection"]) == (200, "close")
    answer.read()
    connection.request("HEAD", path, headers=SIGNED)
    assert connection.getresponse().headers["Content-Length"] == "3000000"


def test_half_a_body_is_no_object(aws: str, key: str) -> None:
    """Where the caller goes away in the middle, nothing is stored."""
    lines = f"PUT /{settings().images_bucket}/{key} HTTP/1.1", f"Authorization: {SIGNED['Authorization']}"
    head = "\r\n".join([*lines, "Content-Length: 9", "", "half"])
    place = urlsplit(aws)
    with socket.create_connection((place.hostname, place.port), timeout=10) as caller:
        caller.sendall(head.encode())
        caller.shutdown(socket.SHUT_WR)
        assert caller.recv(100) == b""
    with pytest.raises(ClientError, match="404"):
        clients.client("s3").head_object(Bucket=settings().images_bucket, Key=key)
