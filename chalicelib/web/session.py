"""Sessions in cookies: the tokens of the user pool, which no script can read, renewed before they expire.

Three cookies, HttpOnly and SameSite=Lax: the access token, the refresh token, and a random value that forms are
bound to (`forms`). Over HTTPS they are Secure and carry the prefix `__Host-`, so that no other host can set them
(RFC 6265bis, section 4.1.3.2). The API takes none of them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.api.http.problems import CODES, Problem
from chalicelib.api.security import rate_limit, sign_in
from chalicelib.cache import Memory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.api.schemas import account_responses

ACCESS, REFRESH, FORM = "janus-access", "janus-refresh", "janus-form"
PREFIX = "__Host-"
LIFETIME_SECONDS = 30 * 24 * 3600  # of a refresh token of the user pool
MARGIN_SECONDS = 60  # before an access token expires, within which a new one is asked for
MAX_COOKIES = 16 << 10  # characters of the header
REMEMBERED_SECONDS = 30  # for which requests that arrive together share one renewal

_answers: Memory[bytes, str] = Memory()  # of the user pool, by session: the new access token, or empty


class Session(NamedTuple):
    """The tokens of somebody who is signed in."""

    access: str
    refresh: str

    @property
    def headers(self) -> dict[str, str]:
        """The header by which the API knows the caller."""
        return {"authorization": f"Bearer {self.access}"}

    @property
    def name(self) -> bytes:
        """A digest that differs from session to session, and stays the same within one."""
        return hashlib.sha256(self.refresh.encode()).digest()


class Jar:
    """The cookies of a request, and those that its answer sets."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._secure = headers.get("x-forwarded-proto") == "https"
        self._prefix = PREFIX if self._secure else ""
        self._sent = _parsed(headers.get("cookie", ""))
        self.set: list[str] = []

    @property
    def ends(self) -> bool:
        """Whether the answer ends a session."""
        return any(one.startswith(f"{self._prefix}{REFRESH}=;") for one in self.set)

    def get(self, name: str) -> str:
        """Return a cookie's value, empty without one."""
        return self._sent.get(self._prefix + name, "")

    def put(self, name: str, value: str) -> None:
        """Set a cookie; an empty value removes it."""
        self._sent[self._prefix + name] = value
        secure = "; Secure" if self._secure else ""
        age = LIFETIME_SECONDS if value else 0
        cookie = f"{self._prefix}{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"
        self.set = [one for one in self.set if not one.startswith(f"{self._prefix}{name}=")] + [cookie]


def load(jar: Jar, address: str) -> Session | None:
    """Return the session of a request, with a new access token where the old one is about to expire.

    None without a session, and where the user pool ended it: then its cookies are removed. Each question to the
    user pool counts as an authentication of `address`, a subject of the rate limit; a refused token is not asked
    for again for a while. Raises Problem over that limit, and while the user pool refuses for another reason, for
    example because it throttles.
    """
    session = Session(jar.get(ACCESS), jar.get(REFRESH))
    if not session.refresh:
        return None
    if _expires(session.access) - MARGIN_SECONDS > time.time():
        return session
    access = _answers.get(session.name)
    if access is None:
        rate_limit.admit(rate_limit.AUTH, address)
        access = _answers.keep(session.name, _renewed(session), REMEMBERED_SECONDS)
    if not access:
        end(jar)
        return None
    jar.put(ACCESS, access)
    return Session(access, session.refresh)


def _renewed(session: Session) -> str:
    """Return a new access token, empty where the user pool ended the session; raise Problem where it is busy."""
    try:
        return sign_in.refresh(session.refresh)["access_token"]
    except Problem as problem:
        if CODES[problem.code][0] >= 429:
            raise
        return ""


def begin(jar: Jar, tokens: account_responses.Tokens) -> Session:
    """Begin a session: all cookies are new, so that no value from before the sign-in is of use to anybody."""
    session = Session(tokens["access_token"], tokens["refresh_token"])
    jar.put(ACCESS, session.access)
    jar.put(REFRESH, session.refresh)
    jar.put(FORM, secrets.token_urlsafe(24))
    return session


def end(jar: Jar) -> None:
    """Remove the cookies of a session."""
    for name in (ACCESS, REFRESH, FORM):
        jar.put(name, "")


def _expires(token: str) -> float:
    """Return when an access token expires; 0 if that is unknown.

    The token is not verified, and so decides nothing but whether to ask for a new one.
    """
    try:
        payload = token.split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"])
    except (IndexError, KeyError, TypeError, ValueError):
        return 0.0


def _parsed(header: str) -> dict[str, str]:
    """Return the cookies of a header (RFC 6265, section 5.4): of two with one name the first, which is narrower.

    Each is read for itself, so that no cookie that another application has set hides ours.
    """
    found: dict[str, str] = {}
    for pair in header.split(";") if len(header) <= MAX_COOKIES else ():
        name, equals, value = pair.strip().partition("=")
        if equals:
            found.setdefault(name, value)
    return found
