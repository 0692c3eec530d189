"""Whether a caller may upload more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib import quotas
from chalicelib.api.problems import Problem
from chalicelib.db import accounts
from chalicelib.db.models import QUOTA_EXCEEDED
from chalicelib.quotas import Amount

if TYPE_CHECKING:
    from chalicelib.api.endpoint import Call

REMEMBERED_SECONDS = 5.0


def check(call: Call, images: int, size: int) -> None:
    """Let a caller upload some images of `size` bytes together; raise Problem (403) where a quota forbids it.

    What is on its way is not counted yet, and the counts are read every few seconds: ingest checks again.
    """
    owner = call.caller.owner
    reason = quotas.exceeded(owner, accounts.standing(owner), Amount(images, size), REMEMBERED_SECONDS)
    if reason is not None:
        raise Problem(QUOTA_EXCEEDED, f"{reason} Delete some, or ask an admin for more.")
