"""What an owner has in the bucket and may have there, and why an upload may not stay.

What is there is known from the counts of the catalogue, which lag about a second behind: so much more than a quota
may get in as arrives in that second.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from chalicelib.catalogue import counts
from chalicelib.db import accounts, facets
from chalicelib.db.models import ACCOUNT_NOT_ACTIVE, ACTIVE, QUOTA_EXCEEDED

_KEPT = 1000  # owners whose amount one process remembers


class Amount(NamedTuple):
    """How many images, and how many bytes they have together."""

    images: int
    bytes: int


class Refusal(NamedTuple):
    """Why an upload may not stay: a code of `models.REFUSALS`, and a sentence for people."""

    code: str
    reason: str


NOTHING = Amount(0, 0)
# More than all functions together, ten at a time, take in while one relies on its memory: as long as there is room
# for this, what is there need not be read
_MARGIN = Amount(images=1000, bytes=10 * 1000**3)
_MARGIN_SECONDS = 10.0

_known: dict[str, tuple[float, Amount]] = {}  # when it was read, by owner


def used(owner: str, seconds: float = 0.0) -> Amount:
    """Return what an owner's images take up; from memory where that is not older than `seconds`. Cost: 1 RRU."""
    now = time.monotonic()
    kept = _known.get(owner)
    if kept is not None and now - kept[0] < seconds:
        return kept[1]
    found = facets.get(counts.holder(owner), counts.TOTAL)
    amount = _amount(found.numbers()) if found else NOTHING
    if len(_known) >= _KEPT:
        _known.clear()
    _known[owner] = now, amount
    return amount


def used_by_month(owner: str) -> dict[str, Amount]:
    """Return what an owner's images take up, by month of upload, the oldest first. Cost: 0.5 RRU per 4 KB."""
    months = counts.of_owner(owner, "month")
    found = {month: _amount(months[month]) for month in sorted(months)}
    return {month: amount for month, amount in found.items() if amount != NOTHING}


def exceeded(owner: str, account: accounts.Standing, asked: Amount = NOTHING, seconds: float = 0.0) -> str | None:
    """Say in a sentence which quota is exceeded when `asked` is added to what an owner has; None where none is.

    What the owner has may be remembered for `seconds`.
    """
    there = used(owner, seconds)
    if there.images + asked.images > account.quota_images:
        return f"Of {account.quota_images:,} images that the account may have, {there.images:,} are there."
    if there.bytes + asked.bytes > account.quota_bytes:
        return f"Of {account.quota_bytes:,} bytes that the account may have, {there.bytes:,} are there."
    return None


def refusal(owner: str, asked: Amount) -> Refusal | None:
    """Say why what an upload adds may not stay; None where it may.

    An owner without an account has the quotas of a new one, and none is made.
    """
    account = accounts.standing(owner, make=False)
    if account.state != ACTIVE:
        return Refusal(ACCOUNT_NOT_ACTIVE, "The account is not active: the file was removed.")
    margin = Amount(asked.images + _MARGIN.images, asked.bytes + _MARGIN.bytes)
    reason = exceeded(owner, account, margin, _MARGIN_SECONDS) and exceeded(owner, account, asked)
    return Refusal(QUOTA_EXCEEDED, f"{reason} The file was removed.") if reason else None


def _amount(numbers: dict[str, int]) -> Amount:
    return Amount(numbers.get("images", 0) - numbers.get("refused", 0), numbers.get("bytes", 0))
