"""Messages that failed: report them, and let them come again after seconds, then minutes.

A queue's visibility timeout is six times the function's, for a function that is killed; a message that merely
failed need not wait that long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import queues
from chalicelib.config import settings
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Sequence

GROWTH = 12  # 15 seconds after the first attempt, 3 minutes after the second
MAX_SECONDS = 720  # the queues' visibility timeout


def report(queue: str, failed: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return Lambda's report of the messages of a batch that failed, and shorten the time until each comes again.

    Where SQS does not take the shorter time, they come again after the queue's visibility timeout.
    """
    if failed:
        try:
            queues.hide(queue, [(message["receiptHandle"], wait_seconds(message)) for message in failed])
        except (BotoCoreError, ClientError):
            logger.exception("visibility_not_shortened", extra={"queue": queue, "messages": len(failed)})
    return {"batchItemFailures": [{"itemIdentifier": message["messageId"]} for message in failed]}


def wait_seconds(message: dict[str, Any]) -> int:
    """Return how long a failed message waits for its next attempt; none after the last one."""
    attempt = int(message["attributes"]["ApproximateReceiveCount"])
    if attempt >= settings().max_receive_count:
        return 0
    wait: int = settings().retry_seconds * GROWTH ** (attempt - 1)
    return min(wait, MAX_SECONDS)
