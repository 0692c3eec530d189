"""A verified caller, and the scopes that one may have."""

from __future__ import annotations

from typing import NamedTuple

READ_SCOPE, WRITE_SCOPE = "read", "write"


class Caller(NamedTuple):
    """A verified caller."""

    owner: str
    username: str
    admin: bool
    scopes: frozenset[str] = frozenset({READ_SCOPE, WRITE_SCOPE})
    key_id: str | None = None  # of the API key that was sent in place of a token
