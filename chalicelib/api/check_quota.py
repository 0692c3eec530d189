"""Whether a caller may upload more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.api.http.problems import Problem
from chalicelib.catalogue.index import usage
from chalicelib.db import accounts
from chalicelib.db.models import QUOTA_EXCEEDED
from chalicelib.processing import quota

if TYPE_CHECKING:
    from chalicelib.api.call import Call


def check(call: Call, images: int, size: int) -> None:
    """Let a caller upload some images of `size` bytes together; raise Problem (403) where a quota forbids it.

    Uploads on their way are not counted yet, and the counters are cached for a few seconds: ingest checks again.
    Before a refusal, account and usage are read anew: an admin may have raised the quota since they were cached.
    """
    owner = call.caller.owner
    asked = usage.Amount(images, size)
    if quota.exceeded(owner, accounts.standing(owner), asked, remembered=True) is None:
        return
    accounts.forget(owner)
    reason = quota.exceeded(owner, accounts.standing(owner), asked)
    if reason is not None:
        raise Problem(QUOTA_EXCEEDED, f"{reason} Delete some images, or ask an admin for a higher quota.")
