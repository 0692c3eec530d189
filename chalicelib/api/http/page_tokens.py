"""Cursors of lists: opaque, signed, bound to the caller and the query they came from."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import Any

from chalicelib.api.http.problems import Problem
from chalicelib.config import settings

LIFETIME_SECONDS = 24 * 3600
MAC_BYTES = 16
MAX_LENGTH = 2048


def sign(after: str, **query: Any) -> str:
    """Return the position after which a query's next page begins."""
    # whole hours, so that the same page has the same cursor, and the same ETag, for a while
    expires = (int(time.time()) // 3600 + 1) * 3600 + LIFETIME_SECONDS
    payload = json.dumps([expires, after]).encode()
    return base64.urlsafe_b64encode(_mac(payload, query) + payload).decode().rstrip("=")


def verify(cursor: str, **query: Any) -> str:
    """Return the signed position; the query must be the one that it was signed for.

    Raises Problem (400, invalid_cursor) for a cursor that is broken, foreign, of another query, or expired.
    """
    try:
        if len(cursor) > MAX_LENGTH:
            raise ValueError("too long")
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        mac, payload = raw[:MAC_BYTES], raw[MAC_BYTES:]
        if not hmac.compare_digest(mac, _mac(payload, query)):
            raise ValueError("signature")
    except (binascii.Error, ValueError):
        raise Problem("invalid_cursor", "Send the cursor unchanged, with the same query as before.") from None
    expires, after = json.loads(payload)
    if expires < time.time():
        raise Problem("invalid_cursor", "The cursor has expired. Start the list again.")
    return str(after)


def _mac(payload: bytes, query: dict[str, Any]) -> bytes:
    bound = json.dumps(query, sort_keys=True).encode()
    digest = hmac.new(settings().cursor_secret, bound + b"\0" + payload, hashlib.sha256).digest()
    return digest[:MAC_BYTES]
