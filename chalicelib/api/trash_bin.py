"""Restore images from an owner's trash, and empty it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from chalicelib import jobs
from chalicelib.api.http.problems import Problem
from chalicelib.catalogue.index import usage
from chalicelib.db import keys
from chalicelib.processing import quota, trash

if TYPE_CHECKING:
    from chalicelib.processing.trash import Entry


def restore(owner: str, image_id: str, version: str | None) -> Entry:
    """Put an image back under its key, the newest version unless told which; return what was restored.

    Raises Problem where it is not there (404), its key is taken (409), or the owner's quota is spent (403).
    """
    known = keys.is_owner(owner) and keys.is_image_id(image_id)
    entry = trash.find(owner, image_id, version) if known else None
    if entry is None:
        raise absent()
    refusal = quota.refusal(owner, usage.Amount(1, entry.size))
    if refusal is not None:
        raise Problem(refusal.code, f"{refusal.reason} The file stays in the trash.")
    try:
        restored = trash.restore(entry)
    except trash.TakenError:
        raise Problem(
            "key_taken", "A newer file uses the key of this one. Delete that file first, or upload this one again."
        ) from None
    if not restored:
        raise absent()
    return entry


def empty(owner: str) -> bool:
    """Delete all that is in an owner's trash now, for good; return False where a job goes on with the rest."""
    left = trash.empty({"owner": owner, "until": time.time()})
    if left is not None:
        jobs.send("empty_trash", **left)
    return left is None


def absent() -> Problem:
    """Return the problem that the trash lacks an image."""
    return Problem("image_not_found", "The trash has no image with this id, or not this version of it.")
