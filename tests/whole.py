"""Check an offline system's state: records have their objects, files have their records, counts are right.

The tables and the bucket are read as any client of AWS reads them, and records are unpacked without the code that
packs them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING, Any

from chalicelib.db import document_codec
from chalicelib.offline import provisioning
from tests.system import PROJECT, System, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

DICTIONARY = document_codec.DICTIONARY.read_bytes()
QUEUES = (provisioning.UPLOADS_QUEUE, provisioning.JOBS_QUEUE)
DEAD_LETTER_QUEUES = (provisioning.UPLOADS_DEAD_LETTER_QUEUE, provisioning.JOBS_DEAD_LETTER_QUEUE)
ATTEMPTS = 3  # a busy system may not say within five seconds that it runs
NOT_REACHED = 2  # exit code of a program that does not find the system
REMOVED_AT_ONCE = {"quota_exceeded", "account_not_active"}


def wait_quiet(system: System, seconds: float = 120) -> None:
    """Wait until the sweep of the start has run, and no message waits or is with a function."""
    sqs = system.client("sqs")
    wait_until(lambda: '"swept"' in system.output, seconds)
    for _ in range(2):  # a function sends its messages before its own is deleted, but the sweep's come at any time
        wait_until(lambda: not any(depth(sqs, queue) for queue in QUEUES), seconds)


def depth(sqs: Any, queue: str) -> int:
    """Return how many messages a queue holds, waiting or with a function."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def records_without_object(system: System) -> list[str]:
    """Return the keys of records that tell of an object which is not in the bucket."""
    there = {*_keys(system, "uploads/")}
    records = [record for record in _records(system) if record["state"]["S"] in ("ready", "failed")]
    refused = [record for record in records if record.get("code", {}).get("S") in REMOVED_AT_ONCE]
    return sorted({record["key"]["S"] for record in records if record not in refused} - there)


def orphans(system: System) -> list[str]:
    """Return the keys of objects that no record tells of."""
    named: set[str] = set()
    for record in _records(system):
        if record["state"]["S"] not in ("ready", "failed"):
            continue
        named |= {record["key"]["S"], record.get("published", {}).get("S", "")}
        if "document" in record:
            packed = record["document"]["B"]
            document = json.loads(zlib.decompressobj(zdict=DICTIONARY).decompress(packed))
            named |= {thumbnail["key"] for thumbnail in document.get("thumbnails", {}).values()}
            named |= {document["masks"]["key"]} if "masks" in document else set()
    return sorted({*_keys(system, "uploads/"), *_keys(system, "derived/")} - named)


def wrong_counts(system: System) -> list[str]:
    """Return the numbers that `recount` finds wrong, as it prints them."""
    command = [sys.executable, "-m", "chalicelib.commands.recount", "--check"]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "JANUS_WEBHOOKS_"))
    }
    environment |= {"JANUS_STAGE": "dev", "JANUS_STATE": str(system.state)}
    for _ in range(ATTEMPTS):
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return []
        if done.returncode != NOT_REACHED:
            break
    return done.stdout.splitlines() or [done.stderr[-500:]]


def dead_letters(system: System) -> int:
    """Return how many messages were given up."""
    return sum(depth(system.client("sqs"), queue) for queue in DEAD_LETTER_QUEUES)


def _records(system: System) -> Iterator[dict[str, Any]]:
    pages = system.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName="janus-dev-images", ConsistentRead=True):
        yield from page["Items"]


def _keys(system: System, prefix: str) -> Iterator[str]:
    pages = system.client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=provisioning.BUCKET, Prefix=prefix):
        yield from (item["Key"] for item in page.get("Contents", ()))
