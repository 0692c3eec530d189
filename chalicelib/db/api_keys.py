"""API keys: create, find by the secret that a request sends, list, revoke.

A key is `janus_<key_id>_<secret>`. The id is public and finds the item; of the secret, 256 random bits, only the
SHA-256 is kept: with so many bits, a slow hash would protect nothing more.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from pynamodb.exceptions import PynamoDBException

from chalicelib.cache import Memory
from chalicelib.config import settings
from chalicelib.db import conditional, keys
from chalicelib.db.models import ApiKey
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 50  # that an owner may have
NOTED_SECONDS = 3600  # between two notes of a key's use

PREFIX = "janus_"

_KEY = re.compile(PREFIX + r"([a-z2-7]{16})_([A-Za-z0-9_-]{43})")


class TooManyKeysError(Exception):
    """The owner has as many keys as an owner may have."""


class Made(NamedTuple):
    """A new key: its item, and the key itself, which is not stored."""

    item: ApiKey
    text: str


class Known(NamedTuple):
    """The attributes of a key that a request needs."""

    owner: str
    key_id: str
    scopes: frozenset[str]
    secret_sha256: str
    expires: datetime | None


_known: Memory[str, Known] = Memory()
_noted: Memory[str, bool] = Memory()


def make(owner: str, name: str, scopes: Iterable[str], seconds: int | None) -> Made:
    """Make a key that lives for some seconds, or for ever; return its item and, this once, the key itself.

    Raises TooManyKeysError. Counted once it is there, so that of many made at the same moment none is too many.
    """
    key_id = keys.new_id()
    secret = secrets.token_urlsafe(32)
    item = ApiKey(
        keys.account(owner),
        keys.api_key(key_id),
        owner=owner,
        token=keys.key_token(key_id),
        key_id=key_id,
        name=name,
        scopes=set(scopes),
        secret_sha256=_digest(secret),
        created=keys.timestamp(keys.now()),
        expires=None if seconds is None else keys.now() + timedelta(seconds=seconds),
    )
    item.save()
    if len(of(owner)) > MOST:
        item.delete()
        raise TooManyKeysError
    _remember(item)  # the index that finds it may lag
    return Made(item, f"{PREFIX}{key_id}_{secret}")


def of(owner: str) -> list[ApiKey]:
    """Return an owner's keys, oldest first, without the expired ones. Cost: 1 RRU per 4 KB."""
    found = ApiKey.query(keys.account(owner), ApiKey.item.startswith(keys.api_key("")), consistent_read=True)
    return sorted((item for item in found if _lives(item.expires)), key=lambda item: item.created)


def revoke(owner: str, key_id: str) -> bool:
    """Delete an owner's key; return whether there was one. Other processes heed it within `account_seconds`."""
    _known.forget(key_id)
    return conditional.delete(ApiKey(keys.account(owner), keys.api_key(key_id)), ApiKey.holder.exists())


def find(text: str) -> Known | None:
    """Return the key that a request sent, or None where it is malformed, unknown, wrong, expired or revoked.

    Cost: 0.5 RRU where this process does not remember it.
    """
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    key_id, secret = match.groups()
    known = _known.get(key_id)
    if known is None:
        item = next(iter(ApiKey.query(keys.key_token(key_id), index_name="by_token", limit=1)), None)
        known = None if item is None else _remember(item)
    if known is None or not hmac.compare_digest(known.secret_sha256, _digest(secret)) or not _lives(known.expires):
        return None
    return known


def is_remembered(text: str) -> bool:
    """Tell whether `find` answers for a request's key from memory, or from its form alone."""
    match = _KEY.fullmatch(text)
    return match is None or _known.get(match[1]) is not None


def note_use(key: Known) -> None:
    """Write that a key is in use, once an hour and process; should that fail, the request does not."""
    if _noted.get(key.key_id):
        return
    _noted.keep(key.key_id, value=True, seconds=NOTED_SECONDS)
    item = ApiKey(keys.account(key.owner), keys.api_key(key.key_id))
    try:
        conditional.update(item, {"last_used": keys.timestamp(keys.now())}, ApiKey.holder.exists())
    except PynamoDBException as error:
        logger.warning("key_use_not_recorded", extra={"key_id": key.key_id, "cause": str(error)})


def _remember(item: ApiKey) -> Known:
    known = Known(item.owner, item.key_id, frozenset(item.scopes), item.secret_sha256, item.expires)
    return _known.keep(item.key_id, known, settings().account_seconds)


def _lives(expires: datetime | None) -> bool:
    return expires is None or expires > keys.now()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
