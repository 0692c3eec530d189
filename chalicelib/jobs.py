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
    body = json.dumps({"job": job, **arguments})
    url = aws.queue_url(settings().jobs_queue)
    aws.client("sqs").send_message(QueueUrl=url, MessageBody=body, DelaySeconds=delay)


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
