"""What an owner's images take up in the bucket, month by month of their upload.

The ledger says of each image what of it is counted. It is written together with the sums, in one transaction, and
only by an event that is not older than the one it tells of; so the sums are exact, whichever events come late,
twice or never to their end.
"""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.config import settings
from chalicelib.db import keys
from chalicelib.db.models import Ledger, Usage, connection

if TYPE_CHECKING:
    from pynamodb.expressions.update import Action

ATTEMPTS = 8
_KEPT = 1000  # owners whose total one process remembers


class BusyError(Exception):
    """Others kept writing the same counts; the event should come again."""


class Amount(NamedTuple):
    """How many images, and how many bytes they have together."""

    images: int
    bytes: int


NOTHING = Amount(0, 0)


def count(image_id: str, owner: str, order: str, size: int | None, month: str) -> bool:
    """Count an image that is in the bucket with `size` bytes; None, that it is not there any more.

    `order` is that of the event that says so, `month` that of the upload, such as `2026-11`. Return False where a
    later event has been counted; nothing changes then. Cost: 1 RRU, 4 WRU; 1 RRU where nothing changes. Raises
    BusyError.
    """
    ledger = Ledger(
        keys.ledger(image_id),
        keys.LEDGER,
        owner=owner,
        sequencer=order,
        month=month,
        bytes=size,
        expires=keys.now() + timedelta(days=settings().tombstone_days) if size is None else None,
    )
    for attempt in range(ATTEMPTS):
        standing = _read(image_id)
        if standing is not None and standing.sequencer > order:
            return False
        if standing is not None and (standing.sequencer, standing.bytes) == (order, size):
            return True
        if _write(ledger, standing, keys.usage(owner, keys.usage_shard(image_id))):
            return True
        time.sleep(0.01 * 2**attempt)
    raise BusyError(image_id)


def by_month(owner: str) -> dict[str, Amount]:
    """Return what an owner's images take up, by month of upload, the oldest first. Cost: 4 RRU and up."""
    found: defaultdict[str, Amount] = defaultdict(lambda: NOTHING)
    for shard in range(keys.USAGE_SHARDS):
        for part in Usage.query(keys.usage(owner, shard), consistent_read=True):
            so_far = found[part.item]
            found[part.item] = Amount(so_far.images + int(part.images), so_far.bytes + int(part.bytes))
    return {month: found[month] for month in sorted(found) if found[month] != NOTHING}


_known: dict[str, tuple[float, Amount]] = {}  # when it was read, by owner


def total(owner: str, seconds: float = 0.0) -> Amount:
    """Return what an owner's images take up; from memory where that is not older than `seconds`."""
    now = time.monotonic()
    kept = _known.get(owner)
    if kept is not None and now - kept[0] < seconds:
        return kept[1]
    months = by_month(owner).values()
    amount = Amount(sum(month.images for month in months), sum(month.bytes for month in months))
    if len(_known) >= _KEPT:
        _known.clear()
    _known[owner] = now, amount
    return amount


def _read(image_id: str) -> Ledger | None:
    try:
        return Ledger.get(keys.ledger(image_id), keys.LEDGER, consistent_read=True)
    except Ledger.DoesNotExist:
        return None


def _write(ledger: Ledger, standing: Ledger | None, holder: str) -> bool:
    """Write an image's ledger in place of the one that stands, and the sums; False where another was faster."""
    change: defaultdict[str, Amount] = defaultdict(lambda: NOTHING)
    condition = Ledger.holder.does_not_exist()
    if standing is not None:
        condition = (Ledger.sequencer == standing.sequencer) & Ledger.bytes.does_not_exist()
        if standing.bytes is not None:
            condition = (Ledger.sequencer == standing.sequencer) & (Ledger.bytes == standing.bytes)
            change[standing.month] = Amount(-1, -int(standing.bytes))
    if ledger.bytes is not None:
        so_far = change[ledger.month]
        change[ledger.month] = Amount(so_far.images + 1, so_far.bytes + int(ledger.bytes))
    try:
        with TransactWrite(connection=connection(settings().region)) as transaction:
            transaction.save(ledger, condition=condition)
            for month, amount in change.items():
                if amount != NOTHING:
                    actions: list[Action] = [Usage.images.add(amount.images), Usage.bytes.add(amount.bytes)]
                    transaction.update(Usage(holder, month), actions)
    except TransactWriteError as error:
        reasons = {reason.code for reason in error.cancellation_reasons if reason}
        if reasons and reasons <= {"ConditionalCheckFailed", "TransactionConflict"}:
            return False
        raise
    return True
