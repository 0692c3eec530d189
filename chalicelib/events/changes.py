"""The stream of the table of images: the catalogue follows every change of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.config import settings
from chalicelib.logs import logger, request_id

if TYPE_CHECKING:
    from chalice.app import DynamoDBEvent

events = Blueprint(__name__)
BATCH_SIZE = 500
WINDOW_SECONDS = 1


@events.on_dynamodb_record(
    stream_arn=settings().images_table,  # the template puts the stream's own in its place
    batch_size=BATCH_SIZE,
    starting_position="TRIM_HORIZON",
    maximum_batching_window_in_seconds=WINDOW_SECONDS,
    name="follow_images",
)
def follow_images(event: DynamoDBEvent) -> dict[str, Any]:
    """Write the index entries, counters and changes of changed records, tell the webhooks of them, ask models.

    The event names its shard because its source is given a tumbling window, whose state stays empty; without one,
    each change costs as much as a chunk. If it raises, the whole batch comes again. Source: AWS Lambda Developer
    Guide, "Stateful processing with DynamoDB".
    """
    from chalicelib.catalogue.index.stream_consumer import follow  # noqa: PLC0415  no other function needs it
    from chalicelib.extensions.integrations import outbox  # noqa: PLC0415
    from chalicelib.extensions.machine_learning import pending  # noqa: PLC0415

    request_id.set(getattr(event.context, "aws_request_id", None))
    told = event.to_dict()
    shard = told.get("shardId")
    followed = follow(shard, told.get("Records", ()))
    events = outbox.tell_changes(told.get("Records", ()))
    recognized = pending.request_changed(told.get("Records", ()))
    logger.info(
        "changes_followed",
        extra={"shard": shard, "changes": followed, "events": events, "to_recognize": recognized},
    )
    return {"state": {}}
