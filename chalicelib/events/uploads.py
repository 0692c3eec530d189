"""Uploads: S3 tells SQS, and SQS triggers `extract_metadata`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib import ingest
from chalicelib.config import settings
from chalicelib.events import notifications
from chalicelib.logs import logger, request_id

if TYPE_CHECKING:
    from chalice.app import SQSEvent

events = Blueprint(__name__)
BATCH_SIZE = 4  # images share the function's time, and none should pay for another


@events.on_sqs_message(queue=settings().uploads_queue, batch_size=BATCH_SIZE, name="extract_metadata")
def extract_metadata(event: SQSEvent) -> dict[str, Any]:
    """Process every record of every message; name the messages that must come again (ReportBatchItemFailures)."""
    request_id.set(getattr(event.context, "aws_request_id", None))
    failures = [message["messageId"] for message in event.to_dict()["Records"] if not _process(message)]
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failures]}


def _process(message: dict[str, Any]) -> bool:
    """Process one message; tell whether it is done with."""
    attempt = int(message["attributes"]["ApproximateReceiveCount"])
    last_attempt = attempt >= settings().max_receive_count
    try:
        for event in notifications.parse(message["body"]):
            ingest.process(event, last_attempt=last_attempt)
    except Exception:
        # Whatever it was, this message must come again, and the others of its batch must not suffer.
        logger.exception(
            "message failed",
            extra={"message_id": message["messageId"], "attempt": attempt, "last": last_attempt},
        )
        return False
    return True
