"""Jobs: work that takes longer than a request, done slice by slice by `run_job`.

A message is `{"job": name, ...}`, and its other values are the job's arguments. A job does a bounded slice of its
work and returns the arguments of the next one (after a `delay` in seconds, if there is one), or None when
all is done. SQS brings a message at least once, and again after a failure: a slice done twice must do no harm.
Lambda's loop detection is off for `run_job`, which feeds its own queue; `MAX_SLICES` bounds a job instead.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib import jobs
from chalicelib.config import settings
from chalicelib.db import keys
from chalicelib.events import failures
from chalicelib.logs import logger, request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice.app import SQSEvent

    Job = Callable[[dict[str, Any]], dict[str, Any] | None]

events = Blueprint(__name__)
MAX_SLICES = 10_000  # of one job: half a million images of an account, or fifty million objects of a backfill


def _of(module: str, name: str) -> Job:
    """Return a job whose module is loaded when it is done: functions that only queue it start without."""

    def job(arguments: dict[str, Any]) -> dict[str, Any] | None:
        left: dict[str, Any] | None = getattr(import_module(f"chalicelib.{module}"), name)(arguments)
        return left

    return job


JOBS: dict[str, Job] = {
    "apply_recognition": _of("extensions.machine_learning.recognition_switch", "apply_recognition"),
    "backfill": _of("processing.backfill", "backfill"),
    "blur_faces": _of("processing.blur_faces", "blur_faces"),
    "delete_account": _of("processing.delete_account", "delete_account"),
    "empty_trash": _of("processing.trash", "empty"),
    "publish": _of("processing.publish", "publish"),
    "replay_deliveries": _of("extensions.integrations.replay", "replay_deliveries"),
    "recount": _of("catalogue.repair.recount_owner", "recount"),
}
"""Every job by its name."""
TOLD = frozenset({"empty_trash", "replay_deliveries"})
"""Jobs that an owner asked for, and is told the end of."""


@events.on_sqs_message(queue=settings().jobs_queue, batch_size=1, name="run_job")
def run_job(event: SQSEvent) -> dict[str, Any]:
    """Do one slice of each message's job, and queue the next one; return the messages to retry."""
    request_id.set(getattr(event.context, "aws_request_id", None))
    failed = [message for message in event.to_dict()["Records"] if not _run(message)]
    return failures.report(settings().jobs_queue, failed)


def _tell(message: dict[str, Any], name: str, arguments: dict[str, Any], slices: int) -> None:
    """Tell the owner who asked for a job that it has ended; told again for the same message, it is one event."""
    owner = arguments.get("owner")
    if owner is None or name not in TOLD:
        return
    from chalicelib.extensions.integrations import event, outbox  # noqa: PLC0415  no other function needs it
    from chalicelib.extensions.integrations.event_types import JobData  # noqa: PLC0415

    sent = int(message["attributes"]["SentTimestamp"]) / 1000
    data = JobData(job=name, slices=slices)
    outbox.tell([event.make("job.finished", owner, keys.at(sent), data, message["messageId"])])


def _run(message: dict[str, Any]) -> bool:
    """Do a slice of one message's job; tell whether the message is done with."""
    told = {"message_id": message["messageId"], "body": message["body"][:1024]}
    try:
        arguments = json.loads(message["body"])
        name, slices = arguments.pop("job"), arguments.pop("slices", 0) + 1
        left = JOBS[name](arguments)
        if left is None:
            _tell(message, name, arguments, slices)
        elif slices < MAX_SLICES:
            jobs.send(name, slices=slices, **left)
        else:
            left.pop("delay", None)
            jobs.set_aside(name, **left)
            logger.error("job_set_aside", extra={**told, "slices": slices})
            return True
    except Exception:
        # After any error the queue brings the message again, and the dead-letter queue keeps it in the end.
        logger.exception("job_failed", extra=told)
        return False
    logger.info("job_done" if left is None else "job_continues", extra=told)
    return True
