"""The sweep: compare the bucket with the records, and queue objects whose event is missing.

One run continues as long as its time allows and leaves a marker in the bucket; the next continues there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Rate

from chalicelib import aws, queues, storage
from chalicelib.config import settings
from chalicelib.db import keys
from chalicelib.logs import logger, request_id
from chalicelib.processing import reconcile

if TYPE_CHECKING:
    from chalice.app import CloudWatchEvent

    from chalicelib.storage import ObjectSummary

events = Blueprint(__name__)
MARKER = f"{keys.SYSTEM}sweep"  # the key after which the next run begins
RESERVE_MILLISECONDS = 20_000
BATCH = reconcile.BATCH


@events.schedule(Rate(reconcile.EVERY_SECONDS // 3600, unit=Rate.HOURS), name="sweep")
def sweep(event: CloudWatchEvent) -> dict[str, int]:
    """Queue the uploads that have no record, or a record of an older object; return the numbers of objects.

    Those of inactive accounts are passed over, and counted.
    """
    context: Any = event.context
    request_id.set(context.aws_request_id)
    after = (storage.read_small(MARKER) or b"").decode()
    seen = queued = inactive = 0
    for batch in aws.batches(storage.list_objects(keys.UPLOADS, after), BATCH):
        seen += len(batch)
        found = reconcile.compare(filter(_settled, batch))
        queued += queues.send(settings().uploads_queue, found.messages)
        inactive += found.inactive
        if context.get_remaining_time_in_millis() < RESERVE_MILLISECONDS:
            storage.put(MARKER, batch[-1].key.encode(), "text/plain")
            break
    else:
        storage.delete([MARKER])
    done = {"seen": seen, "queued": queued, "inactive": inactive}
    logger.info("swept", extra=done)
    return done


def _settled(item: ObjectSummary) -> bool:
    """Tell whether an object is so old that its event would have come."""
    return (keys.now() - item.last_modified).total_seconds() >= settings().sweep_grace_seconds
