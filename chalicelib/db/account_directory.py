"""The directory of accounts, for admins to list, search and change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.db import accounts, conditional, keys, sharded_query
from chalicelib.db.models import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.db.slices import Page

CHANGED_BY_ADMINS = ("state", "role", "quota_images", "quota_bytes")


def page(limit: int, after: str | None = None, *, search: str = "") -> Page[Profile]:
    """Return a page of the accounts whose names begin with a text, by name. Cost: 4 queries."""
    return sharded_query.page(
        Profile.directory_index,
        keys.directory_shards(),
        ("directory", "name", "holder", "item"),
        limit,
        after,
        condition=Profile.name.startswith(search.lower()) if search else None,
    )


def change(profile: Profile, changes: Mapping[str, Any]) -> bool:
    """Change an admin's settings of an account, None being the default; False if it has changed since it was read.

    `profile` holds the new state then. Other processes heed it within `settings().account_seconds`.
    """
    unchanged = Profile.holder.exists()
    for name in CHANGED_BY_ADMINS:
        attribute, standing = getattr(Profile, name), getattr(profile, name)
        unchanged &= attribute.does_not_exist() if standing is None else attribute == standing
    changed = {name: value for name, value in changes.items() if name in CHANGED_BY_ADMINS}
    if not conditional.update(profile, changed, unchanged):
        return False
    accounts.forget(profile.owner)
    return True
