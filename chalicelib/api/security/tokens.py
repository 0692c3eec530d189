"""Access tokens of the issuer (OpenID Connect; Cognito by default), verified in the function itself.

RS256 only, against the keys that the issuer publishes. Which tokens are for us is told in one of two ways:

- by client (AUTH_CLIENT_ID), as Cognito does it: `token_use` is `access`, `client_id` is the client;
- by audience (AUTH_AUDIENCE), as RFC 9068 has it: `aud` holds the audience; with AUTH_CLIENT_ID, too, `client_id`
  or `azp` is the client. A `token_use`, where there is one, is `access`.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.request import urlopen

from chalicelib.api.http.problems import CHALLENGE, Problem
from chalicelib.cache import Memory
from chalicelib.config import settings
from chalicelib.db import keys
from chalicelib.logs import logger

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

ADMIN_GROUP = "admin"
ALGORITHM = "RS256"
LEEWAY_SECONDS = 30  # clocks differ
MAX_TOKEN_LENGTH = 8192
REMEMBERED_SECONDS = 300  # for which a verified token is not verified again
KEYS_SECONDS = 3600  # for which the issuer's keys are not fetched again, unless a token names an unknown one
REFETCH_SECONDS = 10  # between two fetches, even if tokens name unknown keys
FETCH_TIMEOUT = 5
MAX_KEYS_BYTES = 1 << 20


class Identity(NamedTuple):
    """Whom a verified token names."""

    owner: str  # its `sub`: never given to anybody else, unlike a user name
    username: str
    admin: bool  # whether the issuer says so
    issued: int  # seconds since 1970


_identities: Memory[bytes, Identity] = Memory()


def unauthorized(detail: str, error: str | None = "invalid_token") -> Problem:
    """Return the problem (401) with its challenge (RFC 6750, section 3); no `error` where nothing was sent."""
    told = f', error="{error}", error_description="{detail}"' if error else ""
    return Problem("unauthorized", detail, headers={"WWW-Authenticate": f"{CHALLENGE}{told}"})


def verify(token: str) -> Identity:
    """Return whom an access token names; verified tokens are cached for a while, by their hash.

    Raises Problem (401) for a token that is broken, expired, of another issuer, client or audience, or no access
    token; Problem (503) when the issuer's keys are not reached.
    """
    if len(token) > MAX_TOKEN_LENGTH:
        raise unauthorized("The token is too long.")
    digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
    known = _identities.get(digest)
    if known is not None:
        return known
    claims = _claims(token)
    if not isinstance(claims["sub"], str) or not keys.is_owner(claims["sub"]):
        raise unauthorized("The token's `sub` cannot be used as an owner id.")
    groups = claims.get(settings().auth_groups_claim)
    identity = Identity(
        owner=claims["sub"],
        username=str(claims.get("username", claims["sub"])),
        admin=isinstance(groups, list) and ADMIN_GROUP in groups,
        issued=_begun(claims),
    )
    left = int(claims["exp"]) + LEEWAY_SECONDS - time.time()
    return _identities.keep(digest, identity, min(left, REMEMBERED_SECONDS))


def _begun(claims: dict[str, Any]) -> int:
    """Return when the token's session began, where the issuer tells; a refreshed token has that of its first."""
    at = claims.get("auth_time")
    return int(at if isinstance(at, int | float) else claims["iat"])


def _claims(token: str) -> dict[str, Any]:
    import jwt  # noqa: PLC0415  with cryptography, the costliest import of a request that may not need it

    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != ALGORITHM:
            raise unauthorized(f"The token must be signed with {ALGORITHM}.")
        key = issuer_keys().find(header.get("kid"))
        if key is None:
            raise unauthorized("The token's signing key is not a key of the issuer.")
        audience = settings().auth_audience
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=settings().auth_issuer,
            audience=audience,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "sub"], "verify_aud": audience is not None},
        )
    except jwt.ExpiredSignatureError:
        raise unauthorized("The token has expired; log in again.") from None
    except jwt.InvalidAudienceError:
        raise unauthorized("The token is for another audience.") from None
    except jwt.PyJWTError:
        raise unauthorized("The token is not valid: malformed, of another issuer, or wrongly signed.") from None
    if claims.get("token_use", "access" if audience else None) != "access":
        raise unauthorized("The token is not an access token.")
    client = settings().auth_client_id
    if client is not None and claims.get("client_id", claims.get("azp") if audience else None) != client:
        raise unauthorized("The token was issued to another client.")
    return claims


class IssuerKeys:
    """The issuer's signing keys by their ids, fetched when they are old or a token names an unknown one.

    However many tokens name unknown keys, and whether the issuer answers or not, two fetches are
    `REFETCH_SECONDS` apart. Keys that are known stay when fetching them again fails.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str, RSAPublicKey] = {}
        self._reached = self._tried = float("-inf")  # time.monotonic() of the last fetch that did, and of any
        self._lock = threading.Lock()

    def find(self, key_id: str | None) -> RSAPublicKey | None:
        """Return a key, or None where the issuer has none of that id (or none could ever be fetched: 503)."""
        with self._lock:
            now = time.monotonic()
            wanted = key_id not in self._keys or now - self._reached >= KEYS_SECONDS
            if wanted and now - self._tried >= REFETCH_SECONDS:
                self._tried = now
                self._fetch()
        if not self._keys:
            raise Problem(
                "not_ready",
                "The issuer's keys cannot be fetched. Try again in a moment.",
                headers={"Retry-After": "10"},
            )
        return self._keys.get(key_id or "")

    def _fetch(self) -> None:
        from jwt import PyJWKSet  # noqa: PLC0415  see _claims

        try:
            with urlopen(self._url, timeout=FETCH_TIMEOUT) as answer:  # noqa: S310  the deployment's own setting
                found = PyJWKSet.from_dict(json.loads(answer.read(MAX_KEYS_BYTES)))
        except Exception:  # of the network, of JSON, of keys: known ones go on, and no key verifies nothing
            logger.exception("issuer_keys_not_fetched", extra={"url": self._url})
            return
        self._reached = self._tried
        self._keys = {
            str(item.key_id): item.key
            for item in found.keys
            if item.key_id and item.key_type == "RSA" and item.public_key_use in (None, "sig")
        }


@cache
def issuer_keys() -> IssuerKeys:
    """Return the keys of the configured issuer."""
    return IssuerKeys(settings().auth_jwks_url)
