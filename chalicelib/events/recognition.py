"""Recognition: a queue of images that models look at, in a function of its own, with models in its layer."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.config import settings
from chalicelib.events import failures
from chalicelib.logs import logger, request_id

if TYPE_CHECKING:
    from chalice.app import SQSEvent

events = Blueprint(__name__)
RESERVE_SECONDS = 15  # of the function's time, for the models and to write the results: decoding ends before


@events.on_sqs_message(queue=settings().recognition_queue, batch_size=1, name="recognize")
def recognize(event: SQSEvent) -> dict[str, Any]:
    """Let models look at the image of each message; return the messages to retry."""
    context: Any = event.context
    request_id.set(getattr(context, "aws_request_id", None))
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
    failed = [message for message in event.to_dict()["Records"] if not _recognize(message, deadline)]
    return failures.report(settings().recognition_queue, failed)


def _recognize(message: dict[str, Any], deadline: float) -> bool:
    """Let models look at one message's image, or delete a vector; tell whether the message is done with."""
    from chalicelib.extensions.machine_learning import recognize as models  # noqa: PLC0415  no other function's

    try:
        attempt = int(message["attributes"]["ApproximateReceiveCount"])
        told = json.loads(message["body"])
        if "content" in told:
            models.forget_vector(told["image_id"], told["content"])
        else:
            models.recognize(told["image_id"], deadline, attempt=attempt)
    except Exception:  # the queue brings the message again, and the dead-letter queue keeps it in the end
        logger.exception("recognition_failed", extra={"message_id": message["messageId"]})
        return False
    return True
