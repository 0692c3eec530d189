"""The table of what is short-lived: claims that one of many makes, and gives up or lets expire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynamodb.exceptions import PutError

from chalicelib.db import keys
from chalicelib.db.models import Replay, TransientItem

if TYPE_CHECKING:
    from datetime import datetime


def claim(item: TransientItem) -> bool:
    """Write an item unless one stands that has not expired; tell whether it was written. Cost: 1 WRU per KB."""
    free = TransientItem.id.does_not_exist() | (TransientItem.expires <= keys.now())
    try:
        item.save(condition=free)
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def once(identifier: str, until: datetime) -> bool:
    """Tell whether this is the first call with an identifier, of those until a time. Cost: 1 WRU."""
    return claim(TransientItem(identifier, expires=until))


def get_replay(identifier: str) -> Replay | None:
    """Return what is known of a first answer, or None. Cost: 1 RRU per 4 KB."""
    try:
        return Replay.get(identifier, consistent_read=True)
    except Replay.DoesNotExist:
        return None


def keep(replay: Replay) -> None:
    """Write a claim with its answer, in place of the claim. Cost: 1 WRU per KB."""
    replay.save()


def release(replay: Replay) -> None:
    """Give up a claim. Cost: 1 WRU."""
    replay.delete()
