"""The table of short-lived items: claims that one of many callers makes, and gives up or lets expire."""

from __future__ import annotations

import secrets

from chalicelib.db import conditional, keys
from chalicelib.db.models import Replay, TransientItem


def claim(item: TransientItem) -> bool:
    """Write an item unless an unexpired one is stored; return whether it was written. Cost: 1 WRU per KB."""
    item.token = secrets.token_hex(8)
    free = TransientItem.id.does_not_exist() | (TransientItem.expires <= keys.now())
    return conditional.put(item, free)


def get_replay(identifier: str) -> Replay | None:
    """Return the stored first answer, or None. Cost: 1 RRU per 4 KB."""
    try:
        return Replay.get(identifier, consistent_read=True)
    except Replay.DoesNotExist:
        return None


def keep(replay: Replay) -> None:
    """Write an answer in place of its claim, unless that is another's by now. Cost: 1 WRU per KB."""
    conditional.put(replay, TransientItem.token == replay.token)


def release(item: TransientItem) -> None:
    """Give up a claim, unless it is another's by now. Cost: 1 WRU."""
    conditional.delete(item, TransientItem.token == item.token)
