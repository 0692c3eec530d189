"""What an owner may have in the bucket, and why an upload may not stay there."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.db import accounts, usage
from chalicelib.db.models import ACTIVE
from chalicelib.db.usage import NOTHING, Amount

QUOTA_EXCEEDED, ACCOUNT_NOT_ACTIVE = "quota_exceeded", "account_not_active"
REFUSALS = frozenset({QUOTA_EXCEEDED, ACCOUNT_NOT_ACTIVE})
"""Codes of records whose object was removed because it may not be there, whatever it is."""

# More than all functions together, ten at a time, take in while one relies on its memory: as long as there is room
# for this, no sum needs to be read
_MARGIN = Amount(images=1000, bytes=10 * 1000**3)
_MARGIN_SECONDS = 10.0


class Refusal(NamedTuple):
    """Why an upload may not stay: a code of `REFUSALS`, and a sentence for people."""

    code: str
    reason: str


def exceeded(owner: str, account: accounts.Standing, asked: Amount = NOTHING, seconds: float = 0.0) -> str | None:
    """Say in a sentence which quota is exceeded when `asked` is added to what an owner has; None where none is.

    What the owner has may be remembered for `seconds`. Cost: that of usage.total.
    """
    used = usage.total(owner, seconds)
    if used.images + asked.images > account.quota_images:
        return f"Of {account.quota_images:,} images that the account may have, {used.images:,} are there."
    if used.bytes + asked.bytes > account.quota_bytes:
        return f"Of {account.quota_bytes:,} bytes that the account may have, {used.bytes:,} are there."
    return None


def refusal(owner: str) -> Refusal | None:
    """Say why an owner's newest upload, which is counted already, may not stay; None where it may.

    An owner without an account has the quotas of a new one, and none is made.
    """
    account = accounts.standing(owner, make=False)
    if account.state != ACTIVE:
        return Refusal(ACCOUNT_NOT_ACTIVE, "The account is not active: the file was removed.")
    reason = exceeded(owner, account, _MARGIN, _MARGIN_SECONDS) and exceeded(owner, account)
    return Refusal(QUOTA_EXCEEDED, f"{reason} The file was removed.") if reason else None
