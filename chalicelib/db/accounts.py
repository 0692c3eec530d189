"""Accounts: permission to call, roles, and quotas."""

from __future__ import annotations

from typing import Any, NamedTuple

from chalicelib.cache import Memory
from chalicelib.config import settings
from chalicelib.db import conditional, keys
from chalicelib.db.models import ACTIVE, AccountItem, Profile


class Standing(NamedTuple):
    """The attributes of an account that every request needs."""

    state: str
    role: str | None  # where an admin has set one
    quota_images: int
    quota_bytes: int
    signed_out: int | None  # seconds since 1970: tokens issued until then are worth nothing
    recognition: bool = True  # whether models may look at its images


_known: Memory[str, Standing] = Memory()


def standing(owner: str, *, make: bool = True) -> Standing:
    """Return how an account stands, from memory for `settings().account_seconds`; the first call makes it.

    Unless it is to `make` one, an owner without an account stands as with a new one. Cost: 0.5 RRU where it is not
    remembered.
    """
    known = _known.get(owner)
    if known is not None:
        return known
    found = get(owner)
    if found is None:
        if not make:
            return Standing(ACTIVE, None, settings().quota_images, settings().quota_bytes, None)
        found = _create(owner, owner)
    fresh = Standing(
        found.state,
        found.role,
        int(settings().quota_images if found.quota_images is None else found.quota_images),
        int(settings().quota_bytes if found.quota_bytes is None else found.quota_bytes),
        None if found.signed_out is None else int(found.signed_out),
        found.recognition is not False,
    )
    return _known.keep(owner, fresh, settings().account_seconds)


def is_active(owner: str) -> bool:
    """Tell whether an owner may have uploads processed; one without an account may."""
    return standing(owner, make=False).state == ACTIVE


def forget(owner: str) -> None:
    """Have this process read an account anew: it has just been changed."""
    _known.forget(owner)


def get(owner: str, *, consistent: bool = False) -> Profile | None:
    """Return an account's item, or None."""
    try:
        return Profile.get(keys.account(owner), keys.PROFILE, consistent_read=consistent)
    except Profile.DoesNotExist:
        return None


def introduce(owner: str, name: str) -> None:
    """Store a user's login name, unless it is known; the first call makes the account.

    Cost: 0.5 RRU, and 1 WRU per KB and index the first time.
    """
    profile = get(owner) or _create(owner, name)
    if profile.state == ACTIVE and profile.name == owner.lower() != name.lower():
        change(owner, name=name.lower())


def change(owner: str, **attributes: Any) -> Profile | None:
    """Set attributes of an account, remove those that are None; return its item, or None where there is none.

    Cost: 1 WRU per KB, and one for its index.
    """
    profile = Profile(keys.account(owner), keys.PROFILE)
    if not conditional.update(profile, attributes, Profile.holder.exists()):
        return None
    forget(owner)
    return profile


def delete_items(holder: str) -> bool:
    """Delete up to 100 items of a holder, a profile not among them; return whether there may be more."""
    found = AccountItem.query(holder, limit=100, consistent_read=True)
    with AccountItem.batch_write() as batch:
        for item in found:
            if item.item != keys.PROFILE:
                batch.delete(item)
    return found.last_evaluated_key is not None


def _create(owner: str, name: str) -> Profile:
    """Make the account of an owner whose token the issuer has signed: there is nothing to apply for."""
    profile = Profile(
        keys.account(owner),
        keys.PROFILE,
        owner=owner,
        state=ACTIVE,
        created=keys.timestamp(keys.now()),
        directory=keys.directory(owner),
        name=name.lower(),
    )
    if conditional.put(profile, Profile.holder.does_not_exist()):
        return profile
    return get(owner, consistent=True) or profile
