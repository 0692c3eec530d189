"""Presigned addresses of objects, many at once: a page of a list has 150 of them.

An address says since when it works and for how long. Here it works from the start of a window of time, cut by the
clock, to the end of the next one. So it is the same text for a whole window, and browsers and image proxies keep
the file that they have; and whoever gets it, however late in the window, can use it for one window more.

It works no longer than the credentials that signed it. On Lambda these are temporary, valid for some hours, and
come with a session token, which is a part of every address: two function environments have different ones, and
give different addresses for one file. An address that was signed near the end of its credentials ends with them,
before its second window does; S3 then answers 403 (`ExpiredToken`), and a list that is read again has new ones.

Source: Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)".
Written out here because botocore derives the day's key anew and builds a request for each address.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from chalicelib import aws
from chalicelib.config import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.credentials import ReadOnlyCredentials

OWNER: Final = 3600
"""Seconds of a window of addresses that an owner gets for images of their own."""

OTHERS: Final = 300
"""Seconds of a window of addresses that others get: a share that is taken back shows its files for two of them."""

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_PORTS: Final = {"http": ":80", "https": ":443"}


def address(key: str, window: int, at: float | None = None) -> str:
    """Return an address to read an object by, the same for a whole window of so many seconds.

    `at` is the time, in seconds since 1970, now unless given. The object is served with its own type.
    """
    return signer(window, at)(key)


def signer(window: int, at: float | None = None) -> Callable[[str], str]:
    """Return the function from keys to addresses (`address`) of a window, to be used at once. Takes 5 µs a key."""
    now = int(time.time() if at is None else at)
    return _signer(aws.credentials(), now - now % window, 2 * window).sign


def expires(window: int, at: float | None = None) -> int:
    """Return until when the present addresses of a window work, in seconds since 1970."""
    now = int(time.time() if at is None else at)
    return now - now % window + 2 * window


class _Signer:
    """The parts that all addresses of one window have in common."""

    def __init__(self, credentials: ReadOnlyCredentials, begin: int, seconds: int) -> None:
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(begin))
        scope = f"{moment[:8]}/{settings().region}/s3/aws4_request"
        parameters = {
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"{credentials.access_key}/{scope}",
            "X-Amz-Date": moment,
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": "host",
        }
        if credentials.token:
            parameters["X-Amz-Security-Token"] = credentials.token
        encoded = [f"{name}={quote(value, safe='-_.~')}" for name, value in parameters.items()]
        bucket = urlsplit(aws.bucket_url())
        self._origin, self._folder = aws.derived_origin(), bucket.path
        self._query = f"?{'&'.join(encoded)}&X-Amz-Signature="
        host = bucket.netloc.lower().removesuffix(_PORTS[bucket.scheme])
        self._request = f"\n{'&'.join(sorted(encoded))}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
        self._head = f"{_ALGORITHM}\n{moment}\n{scope}\n"
        self._key = _signing_key(credentials.secret_key, moment[:8], settings().region)

    def sign(self, key: str) -> str:
        path = f"{self._folder}/{quote(key, safe='/~')}"
        digest = hashlib.sha256(f"GET\n{path}{self._request}".encode()).hexdigest()
        signature = hmac.digest(self._key, f"{self._head}{digest}".encode(), "sha256").hex()
        return f"{self._origin}{path}{self._query}{signature}"


@lru_cache(maxsize=4)  # two windows at a time, and those before them
def _signer(credentials: ReadOnlyCredentials, begin: int, seconds: int) -> _Signer:
    return _Signer(credentials, begin, seconds)


@lru_cache(maxsize=4)
def _signing_key(secret: str, day: str, region: str) -> bytes:
    """Derive the key of a day."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
