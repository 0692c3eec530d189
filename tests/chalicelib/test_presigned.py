"""Presigned addresses: those of botocore, the same for a window, and good for one more."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import botocore.auth
import pytest
import requests
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from chalicelib import aws, presigned, storage
from chalicelib.config import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEYS = (
    "derived/0123456789abcdef0123456789abcdef/00112233445566778899aabbccddeeff0011223344556677/small.webp",
    "uploads/me/a b+c%20ü🦊&?#~.jpg",
    "a",
)
TOKEN = "IQoJb3JpZ2luX2VjE/+A==" * 30
AT = 1_764_410_400 + 3 * 3600 + 1234  # within an hour


@pytest.fixture
def signed_as(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Return what sets credentials, bucket, region and endpoint of this process."""

    def use(token: str | None, region: str, endpoint: str | None) -> None:
        found = ReadOnlyCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)
        monkeypatch.setattr(aws, "credentials", lambda: found)
        for name, value in (("region", region), ("endpoint_url", endpoint), ("images_bucket", "janus-images")):
            monkeypatch.setitem(settings().__dict__, name, value)
        presigned._signer.cache_clear()

    yield use
    presigned._signer.cache_clear()


def botocores(monkeypatch: pytest.MonkeyPatch, url: str, seconds: int, begin: int) -> str:
    """Return the address that botocore presigns at a time."""
    moment = datetime.fromtimestamp(begin, UTC)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment)
    request = AWSRequest(method="GET", url=url)
    S3SigV4QueryAuth(aws.credentials(), "s3", settings().region, expires=seconds).add_auth(request)
    found: str = request.url
    return found


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("token", [None, TOKEN], ids=["lasting", "temporary"])
@pytest.mark.parametrize(
    ("region", "endpoint", "base"),
    [
        ("eu-central-1", None, "https://janus-images.s3.eu-central-1.amazonaws.com"),
        ("us-east-1", "http://127.0.0.1:5000/", "http://127.0.0.1:5000/janus-images"),
        ("us-east-1", "http://Localhost:80", "http://Localhost:80/janus-images"),
        ("us-east-1", "http://[::1]:8080", "http://[::1]:8080/janus-images"),
    ],
)
@pytest.mark.parametrize(("window", "begin"), [(3600, AT - 1234), (300, AT - 34)])
def test_an_address_is_the_one_that_botocore_signs_at_the_start_of_the_window(  # noqa: PLR0913, PLR0917
    monkeypatch: pytest.MonkeyPatch, signed_as: Callable[..., None], key: str, token: str | None, region: str,
    endpoint: str | None, base: str, window: int, begin: int,
) -> None:  # fmt: skip
    """Byte by byte: with a session token and without, on AWS and at an emulator."""
    signed_as(token, region, endpoint)
    path = {
        KEYS[0]: KEYS[0],
        KEYS[1]: "uploads/me/a%20b%2Bc%2520%C3%BC%F0%9F%A6%8A%26%3F%23~.jpg",
        KEYS[2]: "a",
    }[key]
    assert presigned.address(key, window, AT) == botocores(monkeypatch, f"{base}/{path}", 2 * window, begin)


def test_an_address_stays_for_a_window_and_works_for_one_more(signed_as: Callable[..., None]) -> None:
    """From the first second to the last; the next window has another, and another day another key."""
    signed_as(None, "us-east-1", None)
    hour = 1_764_410_400
    first = presigned.address("a", 3600, hour)
    assert {presigned.address("a", 3600, hour + second) for second in (0, 1, 1800, 3599, 3599.9)} == {first}
    assert presigned.address("a", 3600, hour - 1) != first != presigned.address("a", 3600, hour + 3600)
    said = parse_qs(urlsplit(first).query)
    assert (said["X-Amz-Date"], said["X-Amz-Expires"]) == (["20251129T100000Z"], ["7200"])
    assert presigned.expires(3600, hour) == presigned.expires(3600, hour + 3599) == hour + 7200
    assert presigned.expires(300, hour + 299) == hour + 600
    assert parse_qs(urlsplit(presigned.address("a", 300, hour + 301)).query)["X-Amz-Date"] == ["20251129T100500Z"]


def test_windows_of_owners_and_of_others() -> None:
    """An hour, and five minutes."""
    assert (presigned.OWNER, presigned.OTHERS) == (3600, 300)


def test_an_address_brings_the_file_and_lets_browsers_keep_it(aws: str) -> None:
    """With the type that it was stored with; and one that is changed brings nothing."""
    key = KEYS[0]
    storage.put(key, b"bytes", "image/webp")
    url = presigned.address(key, presigned.OTHERS)
    answer = requests.get(url, timeout=10)
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"bytes", "image/webp")
    assert answer.headers["Cache-Control"] == "private, max-age=86400, immutable"
    assert requests.get(url.replace("small", "large"), timeout=10).status_code == 403


def test_an_upload_is_not_cached(aws: str) -> None:
    """Another file may come under its key."""
    storage.put("uploads/presigned/a.jpg", b"bytes", "image/jpeg")
    answer = requests.get(presigned.address("uploads/presigned/a.jpg", presigned.OWNER), timeout=10)
    assert answer.status_code == 200
    assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_a_page_of_addresses_takes_less_than_ten_milliseconds(signed_as: Callable[..., None]) -> None:
    """150 of them, with the token of Lambda; the best of ten, since the machine may be busy."""
    signed_as(TOKEN, "us-east-1", None)
    names = [f"derived/{number:032x}/{number:048x}/small.webp" for number in range(150)]
    times = []
    for _ in range(10):
        presigned._signer.cache_clear()
        begin = time.process_time()
        assert len({presigned.address(name, presigned.OWNER) for name in names}) == 150
        times.append(time.process_time() - begin)
    assert min(times) < 0.010
