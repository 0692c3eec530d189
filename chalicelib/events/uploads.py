"""Uploads: S3 tells SQS, and SQS triggers `extract_metadata`."""

from __future__ import annotations

import math
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.config import settings
from chalicelib.events import failures
from chalicelib.logs import logger, request_id
from chalicelib.processing import s3_events
from image_processing.errors import OutOfTimeError

if TYPE_CHECKING:
    from chalice.app import SQSEvent

events = Blueprint(__name__)
BATCH_SIZE = 4  # images share the function's time, and none should pay for another
PATIENCE_SECONDS = 20.0  # that an image may take while others of its batch wait
RESERVE_SECONDS = 5  # of the function's time, to write the results


@events.on_sqs_message(queue=settings().uploads_queue, batch_size=BATCH_SIZE, name="extract_metadata")
def extract_metadata(event: SQSEvent) -> dict[str, Any]:
    """Process every record of every message; name the messages that must come again (ReportBatchItemFailures).

    An image that takes long waits until the others of its batch are done, and then has all the time that is left.
    A message for which none is left is not begun: it comes again.
    """
    context: Any = event.context
    request_id.set(getattr(context, "aws_request_id", None))
    end = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
    waiting = deque((message, PATIENCE_SECONDS) for message in event.to_dict()["Records"])
    failed = []
    while waiting:
        message, patience = waiting.popleft()
        now = time.monotonic()
        deadline = min(now + patience, end) if waiting else end
        try:
            done = now < end and _process(message, deadline)
        except OutOfTimeError:
            if waiting and deadline < end:
                waiting.append((message, math.inf))
                continue
            done = False
            logger.warning("message_out_of_time", extra={"message_id": message["messageId"]})
        if not done:
            failed.append(message)
    return failures.report(settings().uploads_queue, failed)


def _process(message: dict[str, Any], deadline: float) -> bool:
    """Process one message, the pixels of its images before a deadline; tell whether it is done with."""
    attempt = int(message["attributes"]["ApproximateReceiveCount"])
    last_attempt = attempt >= settings().max_receive_count
    from chalicelib.processing import ingest  # noqa: PLC0415  reads files; of all functions, this one alone loads it

    try:
        for event in s3_events.parse(message["body"]):
            ingest.process(event, last_attempt=last_attempt, deadline=deadline)
    except OutOfTimeError:
        raise
    except Exception:
        # After any error this message must come again, without effect on the others of its batch.
        logger.exception(
            "message_failed",
            extra={"message_id": message["messageId"], "attempt": attempt, "last": last_attempt},
        )
        return False
    return True
