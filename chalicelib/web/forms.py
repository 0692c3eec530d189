"""Forms: reading them, and refusing those that another site sent (cross-site request forgery).

An unsafe request must come from a page of this origin, by `Sec-Fetch-Site` or `Origin`, and carry the token that
the page was given: an HMAC over a random cookie and the session. Source: OWASP Cheat Sheet Series, "Cross-Site
Request Forgery Prevention", signed double submit.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

from chalicelib.api.http.problems import Problem
from chalicelib.config import settings
from chalicelib.web import session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.web.session import Jar, Session

CONTENT_TYPE = "application/x-www-form-urlencoded"
TOKEN = "form_token"  # noqa: S105  the field's name
HEADER = "x-form-token"  # of requests that a page's script sends
MAX_BYTES = 160 << 10  # of the longest texts of an image in Japanese: a character has nine bytes in a form
MAX_FIELDS = 400  # a selection of images has a field for each
_FOREIGN = "Open the page again, and send the form from there."


def token(jar: Jar, signed_in: Session | None) -> str:
    """Return the token for the forms of a page; a visitor without one gets the cookie that it is bound to."""
    if not jar.get(session.FORM):
        jar.put(session.FORM, secrets.token_urlsafe(24))
    return _mac(jar, signed_in)


def check(headers: Mapping[str, str], jar: Jar, signed_in: Session | None, given: str) -> None:
    """Raise Problem (403) for an unsafe request that no page of this origin sent."""
    if not _is_own(headers):
        raise Problem("forged_request", f"It was sent by another site. {_FOREIGN}")
    if not jar.get(session.FORM) or not hmac.compare_digest(given.encode(), _mac(jar, signed_in).encode()):
        raise Problem("forged_request", f"Its page is from an earlier session. {_FOREIGN}")


class Sent(NamedTuple):
    """A form as it was sent: its fields, and its token, empty without one."""

    fields: dict[str, list[str]]
    token: str


def read(data: bytes) -> Sent:
    """Return a form (WHATWG URL Standard, section 5.1); raise Problem (400, 413) for a malformed one."""
    if len(data) > MAX_BYTES:
        raise Problem("body_too_large", f"A form may have {MAX_BYTES:,} bytes; this one has {len(data):,}.")
    try:
        text = data.decode("ascii")
        fields = parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Problem("invalid_request", "This is not a form as browsers send them.") from None
    return Sent(fields, fields.pop(TOKEN, [""])[-1])


def faults(problem: Problem) -> dict[str, str]:
    """Return the faults of a form by its fields; of several in one field, the first."""
    found = reversed(problem.extensions["errors"])
    return {fault["pointer"].removeprefix("#/").partition("/")[0]: fault["detail"] for fault in found}


def _mac(jar: Jar, signed_in: Session | None) -> str:
    bound = b"form\0" + jar.get(session.FORM).encode() + b"\0" + (signed_in.name if signed_in else b"")
    return hmac.new(settings().cursor_secret, bound, hashlib.sha256).hexdigest()


def _is_own(headers: Mapping[str, str]) -> bool:
    """Tell whether a browser says that a page of this origin sent the request, or says nothing of it."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == headers.get("host")
    except ValueError:  # not an origin
        return False
