"""The days on which images came, by their shards: the list over all owners walks along them."""

from __future__ import annotations

from chalicelib.db import keys
from chalicelib.db.models import AccountItem

_KEPT = 10_000  # shards of days that one process remembers

_noted: set[str] = set()


def note(shard: str) -> None:
    """Note the shard of a day (`keys.day`) before anything is in it. Cost: 1 WRU, once in a process."""
    if shard in _noted:
        return
    AccountItem(keys.DAYS, shard).save()
    if len(_noted) >= _KEPT:
        _noted.clear()
    _noted.add(shard)


def before(after: str | None, limit: int) -> list[str]:
    """Return the newest shards that may hold images after `after`: a position in a list of images, or a day.

    `2026-01-09#07` sorts before the positions of that day, such as `2026-01-09T12:00:00.000Z#...`, and after the
    day `2026-01-09` itself. Cost: 0.5 RRU.
    """
    condition = None if after is None else AccountItem.item < after
    found = AccountItem.query(keys.DAYS, condition, scan_index_forward=False, limit=limit)
    return [item.item for item in found]
