"""The sweep: compare the bucket with the records, and queue what no event told of.

One run goes as far as its time allows and leaves a marker in the bucket; the next goes on from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Rate

from chalicelib import aws, queues, storage
from chalicelib.config import settings
from chalicelib.db import images, keys
from chalicelib.db.models import REMOVED
from chalicelib.events import notifications
from chalicelib.logs import logger, request_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalice.app import CloudWatchEvent

    from chalicelib.db.models import Image
    from chalicelib.storage import Listed

events = Blueprint(__name__)
MARKER = "system/sweep"  # the key behind which the next run begins
RESERVE_MILLISECONDS = 20_000
BATCH = 100  # BatchGetItem's limit


@events.schedule(Rate(1, unit=Rate.HOURS), name="sweep")
def sweep(event: CloudWatchEvent) -> dict[str, int]:
    """Queue the uploads that have no record, or a record of an older object; return what was seen and queued."""
    context: Any = event.context
    request_id.set(context.aws_request_id)
    after = (storage.read_small(MARKER) or b"").decode()
    seen = queued = 0
    for batch in aws.batches(storage.list_objects(keys.UPLOADS, after), BATCH):
        seen += len(batch)
        queued += queues.send(settings().uploads_queue, _untold(batch))
        if context.get_remaining_time_in_millis() < RESERVE_MILLISECONDS:
            storage.put(MARKER, batch[-1].key.encode(), "text/plain")
            break
    else:
        storage.delete([MARKER])
    logger.info("swept", extra={"seen": seen, "queued": queued})
    return {"seen": seen, "queued": queued}


def _untold(batch: Iterable[Listed]) -> list[str]:
    """Return the messages for those objects of a batch that their records do not know."""
    bucket, now = settings().images_bucket, keys.now()
    objects = {
        keys.image_id(bucket, item.key): item
        for item in batch
        if keys.owner_of(item.key) and (now - item.last_modified).total_seconds() >= settings().sweep_grace_seconds
    }
    known = {image.image_id: image for image in images.get_many(objects)} if objects else {}
    messages = []
    for image_id, item in objects.items():
        order = _order(item, known.get(image_id))
        if order is not None:
            messages.append(notifications.compose(item.key, order, item.last_modified))
    return messages


def _order(item: Listed, image: Image | None) -> str | None:
    """Return the order of the event that must have been lost, or None where the record knows the object.

    It must be newer than the record, and older than any event still to come. Should the object be gone by then,
    nothing happens: processing looks at the bucket, not at the message.
    """
    at = keys.order_at(item.last_modified)
    if image is None or image.sequencer is None:
        return at
    if image.state != REMOVED and (image.etag == item.etag or image.etag is None):
        return None
    return max(at, keys.order_after(image.sequencer))
