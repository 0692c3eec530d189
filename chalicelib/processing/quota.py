"""An owner's usage and quotas, and the reason for refusing an upload.

The usage is known from the counters of the catalogue, which lag by about a second: the uploads of that second may
exceed a quota.
"""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.cache import Memory
from chalicelib.catalogue.index import usage
from chalicelib.catalogue.index.usage import Amount
from chalicelib.db import accounts
from chalicelib.db.models import ACCOUNT_NOT_ACTIVE, ACTIVE, QUOTA_EXCEEDED


class Refusal(NamedTuple):
    """Why an upload may not stay: a code of `models.REFUSALS`, and a sentence for people."""

    code: str
    reason: str


# More than all functions together, ten at a time, take in while one relies on its cache: as long as there is room
# for this, the usage need not be read
_MARGIN = Amount(images=1000, bytes=10 * 1000**3)
REMEMBERED_SECONDS = 5.0

_used: Memory[str, Amount] = Memory()


def used(owner: str, *, remembered: bool = False) -> Amount:
    """Return the usage of an owner's images; with `remembered`, possibly of some seconds ago. Cost: 1 RRU."""
    known = _used.get(owner) if remembered else None
    if known is not None:
        return known
    return _used.keep(owner, usage.used(owner), REMEMBERED_SECONDS)


def exceeded(owner: str, account: accounts.Standing, asked: Amount, *, remembered: bool = False) -> str | None:
    """Return a sentence that names the quota which `asked` would exceed, or None.

    A request for no more of something exceeds nothing, even beyond its quota.
    """
    there = used(owner, remembered=remembered)
    if asked.images > 0 and there.images + asked.images > account.quota_images:
        return f"The account has {there.images:,} of {account.quota_images:,} images allowed."
    if asked.bytes > 0 and there.bytes + asked.bytes > account.quota_bytes:
        return f"The account has {there.bytes:,} of {account.quota_bytes:,} bytes allowed."
    return None


def refusal(owner: str, asked: Amount) -> Refusal | None:
    """Return the refusal of an upload, or None if it may stay.

    An owner without an account has the quotas of a new one, and none is made. A refusal moves the file, so the
    account is read anew for it: an admin may have changed it since this process cached it.
    """
    if _refusal(owner, asked) is None:
        return None
    accounts.forget(owner)
    return _refusal(owner, asked)


def _refusal(owner: str, asked: Amount) -> Refusal | None:
    account = accounts.standing(owner, make=False)
    if account.state != ACTIVE:
        return Refusal(ACCOUNT_NOT_ACTIVE, "The account is not active.")
    margin = Amount(asked.images + _MARGIN.images, asked.bytes + _MARGIN.bytes)
    reason = exceeded(owner, account, margin, remembered=True) and exceeded(owner, account, asked)
    return Refusal(QUOTA_EXCEEDED, reason) if reason else None
