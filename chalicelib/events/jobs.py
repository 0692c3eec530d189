"""Jobs: work that takes longer than a request, done slice by slice by `run_job`.

A message is `{"job": name, ...}`, and its other values are the job's arguments. A job does a bounded slice of its
work and returns the arguments of the next one (after a `delay` in seconds, if there is one), or None when
all is done. SQS brings a message at least once, and again after a failure: a slice done twice must do no harm.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib import jobs
from chalicelib.config import settings
from chalicelib.logs import logger, request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice.app import SQSEvent

    Job = Callable[[dict[str, Any]], dict[str, Any] | None]

events = Blueprint(__name__)


def _of(module: str, name: str) -> Job:
    """Return a job whose module is loaded when it is done: functions that only queue it start without."""

    def job(arguments: dict[str, Any]) -> dict[str, Any] | None:
        left: dict[str, Any] | None = getattr(import_module(f"chalicelib.{module}"), name)(arguments)
        return left

    return job


JOBS: dict[str, Job] = {
    "backfill": _of("processing.backfill", "backfill"),
    "delete_account": _of("processing.delete_account", "delete_account"),
    "empty_trash": _of("processing.trash", "empty"),
    "publish": _of("processing.publish", "publish"),
    "recount": _of("catalogue.repair.recount_owner", "recount"),
}
"""Every job by its name."""


@events.on_sqs_message(queue=settings().jobs_queue, batch_size=1, name="run_job")
def run_job(event: SQSEvent) -> dict[str, Any]:
    """Do one slice of each message's job, and queue the next one; return the messages to retry."""
    request_id.set(getattr(event.context, "aws_request_id", None))
    failures = [message["messageId"] for message in event.to_dict()["Records"] if not _run(message)]
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failures]}


def _run(message: dict[str, Any]) -> bool:
    """Do a slice of one message's job; tell whether the message is done with."""
    told = {"message_id": message["messageId"], "body": message["body"][:1024]}
    try:
        arguments = json.loads(message["body"])
        name = arguments.pop("job")
        left = JOBS[name](arguments)
        if left is not None:
            jobs.send(name, **left)
    except Exception:
        # After any error the queue brings the message again, and the dead-letter queue keeps it in the end.
        logger.exception("job_failed", extra=told)
        return False
    logger.info("job_done" if left is None else "job_continues", extra=told)
    return True
