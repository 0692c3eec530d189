"""The event of an owner whose quota is nearly exhausted: the same one for a whole day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chalicelib.catalogue.index import usage
from chalicelib.db import accounts
from chalicelib.extensions.integrations import event
from chalicelib.extensions.integrations.event_types import QuotaData

if TYPE_CHECKING:
    from chalicelib.extensions.integrations.event import Event

KIND = "quota.near"
NEAR_PERCENT = 90


def near(owner: str, time: datetime) -> Event | None:
    """Return the event that an owner is near a quota, or None for one who is not. Cost: 1 RRU, mostly 1.5."""
    used = usage.used(owner)
    account = accounts.standing(owner, make=False)
    percent = max(_percent(used.images, account.quota_images), _percent(used.bytes, account.quota_bytes))
    if percent < NEAR_PERCENT:
        return None
    data = QuotaData(
        images=used.images,
        quota_images=account.quota_images,
        bytes=used.bytes,
        quota_bytes=account.quota_bytes,
        percent=percent,
    )
    day = datetime(time.year, time.month, time.day, tzinfo=UTC)
    return event.make(KIND, owner, time, data, day.date().isoformat(), since=day)


def _percent(used: int, quota: int) -> int:
    return 100 * used // quota if quota else 100
