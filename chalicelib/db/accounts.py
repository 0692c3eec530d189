"""Accounts: who may call, as what, and how much may be stored."""

from __future__ import annotations

import time
import zlib
from typing import NamedTuple

from pynamodb.exceptions import PutError

from chalicelib.config import settings
from chalicelib.db import keys
from chalicelib.db.models import ACTIVE, Profile

DIRECTORY_SHARDS = 4
_KEPT = 1000  # accounts that one process remembers


class Standing(NamedTuple):
    """What every request must know of an account."""

    state: str
    role: str | None  # where an admin has set one
    quota_images: int
    quota_bytes: int


_known: dict[str, tuple[float, Standing]] = {}  # until when, by owner


def standing(owner: str, *, make: bool = True) -> Standing:
    """Return how an account stands, from memory for `settings().account_seconds`; the first call makes it.

    Unless it is to `make` one, an owner without an account stands as with a new one. Cost: 0.5 RRU where it is not
    remembered.
    """
    now = time.monotonic()
    kept = _known.get(owner)
    if kept is not None and kept[0] > now:
        return kept[1]
    found = get(owner)
    if found is None:
        if not make:
            return Standing(ACTIVE, None, settings().quota_images, settings().quota_bytes)
        found = _create(owner)
    if len(_known) >= _KEPT:
        _known.clear()
    fresh = Standing(
        found.state,
        found.role,
        int(settings().quota_images if found.quota_images is None else found.quota_images),
        int(settings().quota_bytes if found.quota_bytes is None else found.quota_bytes),
    )
    _known[owner] = now + settings().account_seconds, fresh
    return fresh


def forget(owner: str) -> None:
    """Have this process read an account anew: it has just been changed."""
    _known.pop(owner, None)


def get(owner: str, *, consistent: bool = False) -> Profile | None:
    """Return an account's item, or None."""
    try:
        return Profile.get(keys.account(owner), keys.PROFILE, consistent_read=consistent)
    except Profile.DoesNotExist:
        return None


def _create(owner: str) -> Profile:
    """Make the account of an owner whose token the issuer has signed: there is nothing to apply for."""
    profile = Profile(
        keys.account(owner),
        keys.PROFILE,
        owner=owner,
        state=ACTIVE,
        created=keys.timestamp(keys.now()),
        directory=f"accounts#{zlib.crc32(owner.encode()) % DIRECTORY_SHARDS}",
        name=owner.lower(),
    )
    try:
        profile.save(condition=Profile.holder.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return get(owner, consistent=True) or profile
    return profile
