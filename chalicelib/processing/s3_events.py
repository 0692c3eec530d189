"""S3 event notifications as SQS brings them: read those of S3, write those that S3 did not send.

Source: Amazon S3 User Guide, "Event message structure". A record of our own may have a `profile`, too: how far to
look at the object this time.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, unquote_plus

from chalicelib.config import PROFILES, settings
from chalicelib.db import keys
from chalicelib.logs import logger
from chalicelib.processing.decide import ObjectEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

TEST_EVENT = "s3:TestEvent"


class MalformedMessageError(Exception):
    """A message is no S3 notification; the dead-letter queue will keep it for someone to look at."""


def parse(body: str) -> Iterator[ObjectEvent]:
    """Yield the uploads and removals that one message tells of.

    S3's test event and objects outside `uploads/{owner}/` are passed over, and the log says so.
    Raises MalformedMessageError for any other message.
    """
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedMessageError("the message is not JSON") from None
    if isinstance(message, dict) and message.get("Event") == TEST_EVENT:
        logger.info("s3_test_event", extra={"bucket": str(message.get("Bucket"))})
        return
    records = message.get("Records") if isinstance(message, dict) else None
    if not isinstance(records, list):
        raise MalformedMessageError("the message has no list of Records")
    for record in records:
        event = _parse_record(record)
        if event is not None:
            yield event


def compose(key: str, order: str, time: datetime, profile: str | None = None) -> str:
    """Return the message that S3 would have sent for an object that was created.

    A profile of `config.PROFILES` goes before the object's own and the stage's.
    """
    record: dict[str, Any] = {
        "eventSource": "janus:sweep",
        "eventName": "ObjectCreated:Sweep",
        "eventTime": keys.timestamp(time),
        "s3": {
            "bucket": {"name": settings().images_bucket},
            "object": {"key": quote_plus(key, errors="surrogatepass"), "sequencer": order},
        },
    }
    if profile is not None:
        record["profile"] = profile
    return json.dumps({"Records": [record]})


def _parse_record(record: Any) -> ObjectEvent | None:
    try:
        name, bucket = record["eventName"], record["s3"]["bucket"]["name"]
        stored = record["s3"]["object"]
        key = unquote_plus(stored["key"], errors="strict")
        time = datetime.fromisoformat(record["eventTime"])
        if time.tzinfo is None:
            raise ValueError("eventTime has no offset")
        sequencer = stored.get("sequencer")
        order = keys.order(sequencer) if sequencer else keys.order_at(time)
        profile = record.get("profile")
        if profile is not None and profile not in PROFILES:
            raise ValueError(f"there is no profile {profile!r:.100}")
        created = name.removeprefix("s3:").startswith("ObjectCreated:")
        removed = name.removeprefix("s3:").startswith("ObjectRemoved:")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise MalformedMessageError(f"a record of the message is malformed: {error!r}") from None
    owner = keys.owner_of(key)
    if bucket != settings().images_bucket or owner is None or len(key.encode()) > keys.MAX_KEY_BYTES:
        _pass_over(bucket, key, owner)
        return None
    if not created and not removed:
        logger.info("event_ignored", extra={"event_name": name, "key": key})
        return None
    return ObjectEvent(bucket, key, owner, created, time, order, profile)


def _pass_over(bucket: str, key: str, owner: str | None) -> None:
    """Log why an object is not an upload, and the remedy if it was meant to be one."""
    told = {"bucket": bucket, "key": key[: keys.MAX_KEY_BYTES]}
    if bucket != settings().images_bucket:
        logger.warning("object_of_another_bucket", extra=told)
    elif owner is not None:
        logger.warning("upload_key_too_long", extra={**told, "hint": f"use up to {keys.MAX_KEY_BYTES} bytes"})
    elif key.startswith(keys.UPLOADS) and not key.endswith("/"):  # a folder, as S3's console makes them
        hint = f"put the file under {keys.UPLOADS}OWNER/, where OWNER is the `owner` of GET /v1/users/me"
        logger.warning("upload_without_owner", extra={**told, "hint": hint})
    else:
        logger.info("object_is_no_upload", extra=told)
