"""Liveness and readiness of the system."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Response

from chalicelib import aws
from chalicelib.api.endpoint import endpoint
from chalicelib.api.http import problems
from chalicelib.api.schemas import system_responses
from chalicelib.api.security import rate_limit
from chalicelib.api.security.access import Access
from chalicelib.config import settings
from chalicelib.logs import logger
from image_processing.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.api.call import Call

routes = Blueprint(__name__)


@endpoint(
    routes, "GET", "/v1/status", Access.PUBLIC, answers={200: system_responses.Alive}, rate=rate_limit.UNLIMITED
)
def alive(call: Call) -> Response:
    """Answer that the function runs, without I/O."""
    return call.answer({"status": "alive", "stage": settings().stage, "version": VERSION})


@endpoint(
    routes, "GET", "/v1/status/ready", Access.PUBLIC, answers={200: system_responses.Ready}, problems=["not_ready"]
)
def ready(call: Call) -> Response:
    """Check the connection to bucket, queues and tables; answer 503 when one is unreachable."""
    checks: dict[str, Callable[[], Any]] = {
        "bucket": lambda: aws.client("s3").head_bucket(Bucket=settings().images_bucket),
        "uploads_queue": lambda: _queue(settings().uploads_queue),
        "dead_letter_queue": lambda: _queue(settings().uploads_dead_letter_queue),
        "jobs_queue": lambda: _queue(settings().jobs_queue),
        "deliveries_queue": lambda: _queue(settings().deliveries_queue),
        "images_table": lambda: _table(settings().images_table),
        "facets_table": lambda: _table(settings().facets_table),
        "accounts_table": lambda: _table(settings().accounts_table),
        "transient_table": lambda: _table(settings().transient_table),
    }
    with ThreadPoolExecutor(len(checks)) as pool:
        parts = dict(zip(checks, pool.map(_check, checks, checks.values()), strict=True))
    missing = [name for name, part in parts.items() if not part["reached"]]
    if missing:
        return problems.response(
            "not_ready",
            f"Not reached: {', '.join(missing)}. The log says why.",
            headers={"Retry-After": "5"},
            parts=parts,
        )
    return call.answer({"status": "ready", "parts": parts})


def _queue(name: str) -> Any:
    return aws.client("sqs").get_queue_attributes(QueueUrl=aws.queue_url(name), AttributeNames=["QueueArn"])


def _table(name: str) -> Any:
    return aws.client("dynamodb").describe_table(TableName=name)


def _check(name: str, reach: Callable[[], Any]) -> dict[str, Any]:
    start = time.perf_counter()
    try:
        reach()
        reached = True
    except Exception:  # the answer reports any failure
        logger.exception("part_not_reached", extra={"part": name})
        reached = False
    return {"reached": reached, "milliseconds": round((time.perf_counter() - start) * 1000, 1)}
