"""Who calls: the one place that turns a request into a caller.

An access token of an OpenID Connect issuer (Cognito's by default) is verified here, in the function itself: RS256
only, against the issuer's published keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.api.access import READ_SCOPE, WRITE_SCOPE
from chalicelib.api.problems import Problem
from chalicelib.config import settings
from chalicelib.db import accounts, keys
from chalicelib.db.models import ACTIVE, DISABLED
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Mapping

    import jwt

ADMIN_GROUP = "admin"
ADMIN_ROLE = "admin"
ALGORITHM = "RS256"
LEEWAY_SECONDS = 30  # clocks differ
KEYS_SECONDS = 3600
MAX_TOKEN_LENGTH = 8192


@dataclass(frozen=True)
class Caller:
    """A verified caller."""

    owner: str  # the token's `sub`: never given to anybody else, unlike a user name
    username: str
    admin: bool
    scopes: frozenset[str] = frozenset({READ_SCOPE, WRITE_SCOPE})
    key_id: str | None = None  # of the API key that was sent in place of a token


def authenticate(headers: Mapping[str, str]) -> Caller:
    """Return the caller that a request's access token names.

    Raises Problem (401, with WWW-Authenticate as RFC 6750 has it) for a token that is missing, broken, expired, of
    another issuer or client, or not an access token.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise _unauthorized("Send an access token: `Authorization: Bearer ...`. POST /v1/auth/login gives one.")
    claims = _verified(token)
    owner = claims["sub"]
    if not keys.is_owner(owner):
        raise _unauthorized("The token's subject cannot name an owner.", "invalid_token")
    account = accounts.standing(owner)
    if account.state == DISABLED:
        raise Problem("account_disabled", "An admin has disabled this account.")
    if account.state != ACTIVE:
        raise _unauthorized("The account is deleted.", "invalid_token")
    groups = claims.get("cognito:groups")
    by_token = isinstance(groups, list) and ADMIN_GROUP in groups
    return Caller(
        owner=owner,
        username=str(claims.get("username", owner)),
        admin=by_token if account.role is None else account.role == ADMIN_ROLE,
    )


def _verified(token: str) -> dict[str, Any]:
    import jwt  # noqa: PLC0415  with cryptography, the costliest import of a request that may not need it

    if len(token) > MAX_TOKEN_LENGTH:
        raise _unauthorized("The token is too long.", "invalid_token")
    try:
        if jwt.get_unverified_header(token).get("alg") != ALGORITHM:
            raise _unauthorized(f"The token must be signed with {ALGORITHM}.", "invalid_token")
        key = _keys().get_signing_key_from_jwt(token)
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=settings().auth_issuer,
            leeway=LEEWAY_SECONDS,
            options={
                "require": ["exp", "iss", "sub"],
                "verify_aud": False,
            },  # Cognito's access tokens have none
        )
    except jwt.PyJWKClientConnectionError:
        logger.exception("the issuer's keys cannot be fetched", extra={"url": settings().auth_jwks_url})
        raise
    except jwt.ExpiredSignatureError:
        raise _unauthorized("The token has expired; log in again.", "invalid_token") from None
    except jwt.PyJWTError:
        raise _unauthorized("The token is not valid here.", "invalid_token") from None
    if claims.get("token_use") != "access":
        raise _unauthorized("The token is not an access token.", "invalid_token")
    if claims.get("client_id") != settings().auth_client_id:
        raise _unauthorized("The token was issued to another client.", "invalid_token")
    return claims


@cache
def _keys() -> jwt.PyJWKClient:
    import jwt  # noqa: PLC0415  see _verified

    return jwt.PyJWKClient(settings().auth_jwks_url, cache_keys=False, lifespan=KEYS_SECONDS, timeout=5)


def _unauthorized(detail: str, error: str | None = None) -> Problem:
    challenge = 'Bearer realm="janus"' + (f', error="{error}"' if error else "")
    return Problem("unauthorized", detail, headers={"WWW-Authenticate": challenge})
