"""Queue jobs: work that takes longer than a request, which `events.jobs` does slice by slice."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.db import claims, keys
from chalicelib.db.models import TransientItem


def send(job: str, *, delay: int = 0, **arguments: Any) -> None:
    """Queue a job of `events.jobs.JOBS`, to be begun after a delay of up to 900 seconds."""
    _send(settings().jobs_queue, {"job": job, **arguments}, delay)


def set_aside(job: str, **arguments: Any) -> None:
    """Put the rest of a job into the dead-letter queue, where an alarm reports it; a redrive continues the job."""
    _send(settings().jobs_dead_letter_queue, {"job": job, **arguments})


def send_once(job: str, seconds: int, **arguments: Any) -> None:
    """Queue a job unless the very same was queued in the last seconds. Cost: 1 WRU.

    Raises the errors of SQS; the job may then be queued again at once.
    """
    named = json.dumps([job, arguments], sort_keys=True)
    claim = TransientItem(f"job#{named}", expires=keys.now() + timedelta(seconds=seconds))
    if not claims.claim(claim):
        return
    try:
        send(job, **arguments)
    except BaseException:
        claims.release(claim)
        raise


def _send(queue: str, message: dict[str, Any], delay: int = 0) -> None:
    body = json.dumps(message)
    aws.client("sqs").send_message(QueueUrl=aws.queue_url(queue), MessageBody=body, DelaySeconds=delay)
