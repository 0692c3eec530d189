"""Who calls: the one place that turns a request into a caller.

A person sends an access token of the issuer (`api.tokens`), a machine an API key (`db.api_keys`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.api.http.problems import Problem
from chalicelib.api.security import tokens
from chalicelib.api.security.caller import Caller
from chalicelib.db import accounts, api_keys
from chalicelib.db.models import ACTIVE, DISABLED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.db.accounts import Standing

ADMIN_ROLE = "admin"


def authenticate(headers: Mapping[str, str]) -> Caller:
    """Return the caller that a request's access token or API key names.

    Raises Problem: 401 (with WWW-Authenticate as RFC 6750 has it) for a token or key that is missing or not valid,
    or whose account is deleted; 403 for a disabled account; 400 when both are sent.
    """
    key = headers.get("x-api-key")
    if key is None:
        return _person(bearer(headers))
    if headers.get("authorization") is not None:
        raise Problem("invalid_request", "Send an access token or an API key, not both.")
    return _machine(key)


def costs_a_read(headers: Mapping[str, str]) -> bool:
    """Tell whether DynamoDB must be read to learn if a request's API key is valid: nothing here remembers it."""
    key = headers.get("x-api-key")
    return key is not None and not api_keys.is_remembered(key)


def bearer(headers: Mapping[str, str]) -> str:
    """Return the access token of a request (RFC 6750, section 2.1), empty without one."""
    scheme, _, token = (headers.get("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _person(token: str) -> Caller:
    if not token:
        raise tokens.unauthorized(
            "Send an access token, `Authorization: Bearer ...` (POST /v1/auth/login gives one), or an API key, "
            "`X-API-Key: ...`.",
            None,
        )
    identity = tokens.verify(token)
    account = _standing(identity.owner)
    if account.signed_out is not None and identity.issued <= account.signed_out:
        raise tokens.unauthorized("The token was issued before a logout from all sessions. Log in again.")
    admin = identity.admin if account.role is None else account.role == ADMIN_ROLE
    return Caller(identity.owner, identity.username, admin)


def _machine(text: str) -> Caller:
    key = api_keys.find(text)
    if key is None:
        raise tokens.unauthorized("The API key is unknown, expired or revoked.", None)
    _standing(key.owner)
    api_keys.note_use(key)
    return Caller(key.owner, key.owner, admin=False, scopes=key.scopes, key_id=key.key_id)


def _standing(owner: str) -> Standing:
    """Return how an account stands that may call; raise Problem for any other."""
    account = accounts.standing(owner)
    if account.state == DISABLED:
        raise Problem("account_disabled", "An admin has disabled this account.")
    if account.state != ACTIVE:
        raise tokens.unauthorized("The account is deleted.")
    return account
