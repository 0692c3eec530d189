"""All owners that the catalogue knows, for programs to go through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.catalogue.index import change_feed
from chalicelib.db import account_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

_ACCOUNTS = 100


def everybody() -> Iterator[str]:
    """Yield each owner once whom the catalogue knows, or who has an account."""
    known = set()
    for owner in change_feed.owners():
        known.add(owner)
        yield owner
    after, more = None, True
    while more:
        page = account_directory.page(_ACCOUNTS, after)
        yield from (profile.owner for profile in page.items if profile.owner not in known)
        after, more = page.after, page.after is not None
