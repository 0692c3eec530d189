"""The headers of every answer: permission to read, cache and embed it.

Pages of other origins call without credentials (the token travels in a header), so that all they need is to be
named; an origin that is not named gets no word of it. Sources: the Fetch standard, "CORS protocol"; RFC 9111;
RFC 6797; Content Security Policy Level 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.config import ANY_ORIGIN, settings

if TYPE_CHECKING:
    from collections.abc import Iterable

ALLOWED = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "X-API-Key")
"""Headers of requests that a page's script may send."""

EXPOSED = (
    "ETag", "Idempotency-Replayed", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After",
    "X-Request-Id",
)  # fmt: skip
"""Headers of answers that a page's script may read."""

PREFLIGHT_SECONDS = 3600

SAFE = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Authorization, Origin, X-API-Key",
    "X-Content-Type-Options": "nosniff",
}
"""No cache gives one caller's answer to another; no browser runs it, frames it, or takes it for something else."""

HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}
UNQUOTED = {"Content-Security-Policy": "default-src; frame-ancestors"}
"""The same policy (an empty list is 'none'): in API Gateway's own templates, quotes would end the value."""


def common(origin: str | None, *, https: bool) -> dict[str, str]:
    """Return the default headers of an answer to a request from an origin (None: from no page)."""
    allowed = settings().allowed_origins
    cors = {}
    if ANY_ORIGIN in allowed:
        cors = _readable(ANY_ORIGIN)
    elif origin in allowed:
        cors = _readable(origin)
    return {**SAFE, **(HTTPS_ONLY if https else {}), **cors}


def gateway() -> dict[str, str]:
    """Return the headers of the gateway's own refusals: constant texts that all may read."""
    return {**SAFE, **UNQUOTED, **HTTPS_ONLY, **_readable(ANY_ORIGIN)}


def preflight(methods: Iterable[str]) -> dict[str, str]:
    """Return the further headers of a preflight's answer, which describe permitted requests."""
    return {
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": ", ".join(ALLOWED),
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
    }


def _readable(origin: str | None) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": str(origin),
        "Access-Control-Expose-Headers": ", ".join(EXPOSED),
    }
