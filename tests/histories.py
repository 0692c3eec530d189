"""What happens to an object in the bucket, step by step, and what an observer then sees."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from chalicelib import aws, storage
from chalicelib.catalogue.index.usage import Amount
from chalicelib.config import settings
from chalicelib.db import accounts, images, keys
from chalicelib.db.models import Image, Profile
from tests import delivery, samples

if TYPE_CHECKING:
    from collections.abc import Callable

REFUSED = ("quota_exceeded", "account_not_active")
FIRST, SECOND = samples.jpeg((16, 12), seed=1), samples.png((16, 12), seed=2)  # many are processed, none looked at


def put(key: str, data: bytes) -> None:
    """Write an object."""
    aws.client("s3").put_object(Bucket=settings().images_bucket, Key=key, Body=data)


def remove(key: str) -> None:
    """Delete an object, as any client of S3 does."""
    aws.client("s3").delete_object(Bucket=settings().images_bucket, Key=key)


def read(key: str) -> Any:
    """Return the item of the image at a key."""
    return images.get(keys.image_id(settings().images_bucket, key), consistent=True)


def derived(key: str) -> set[str]:
    """Return the paths of what is derived from the image at a key."""
    prefix = keys.derived_prefix(keys.image_id(settings().images_bucket, key))
    return {item.key.removeprefix(prefix) for item in storage.list_objects(prefix)}


def act(key: str, step: str) -> dict[str, Any]:
    """Do one step of a history; return the message that S3 sent of it."""
    remove(key) if step == "remove" else put(key, FIRST if step == "first" else SECOND)
    (sent,) = delivery.receive()
    return sent


def removal(key: str, order: str) -> dict[str, Any]:
    """Return the message of a removal as a bucket with versions sends it, when one of them is deleted by its id.

    Source: Amazon S3 User Guide, "Event message structure": it has neither size nor ETag.
    """
    stored = {"key": quote_plus(key), "versionId": "096fKKXTRTtl3on89fVO.nfljtsv6qko", "sequencer": order}
    record = {
        "eventSource": "aws:s3",
        "eventName": "ObjectRemoved:Delete",
        "eventTime": keys.timestamp(keys.now()),
        "s3": {"bucket": {"name": settings().images_bucket}, "object": stored},
    }
    return delivery.message(json.dumps({"Records": [record]}))


def last_attempt(sent: dict[str, Any]) -> dict[str, Any]:
    """Return a message as its queue gives it for the last time."""
    count = str(settings().max_receive_count)
    return {**sent, "attributes": {**sent["attributes"], "ApproximateReceiveCount": count}}


def recount(owner: str) -> Amount:
    """Return what an owner has, counted plainly in the bucket."""
    sizes = [item.size for item in storage.list_objects(f"{keys.UPLOADS}{owner}/")]
    return Amount(len(sizes), sum(sizes))


def told(owner: str) -> Amount:
    """Return what an owner has in the bucket as the records tell it: all but what was refused."""
    there = [images.get(image.image_id, consistent=True) for image in Image.by_owner.query(owner)]
    taken = [image for image in there if image is not None and image.code not in REFUSED]
    return Amount(len(taken), sum(int(image.size or 0) for image in taken))


def change_account(owner: str, **attributes: Any) -> None:
    """Set attributes of an owner's account, as an admin does; it is made where there is none."""
    accounts.standing(owner)
    profile = Profile(keys.account(owner), keys.PROFILE)
    profile.update([getattr(Profile, name).set(value) for name, value in attributes.items()])
    accounts.forget(owner)


def failing_once(real: Callable[..., Any], nth: int, moment: str) -> Callable[..., Any]:
    """Return a function whose `nth` call fails, before or after it has done what it is asked."""
    calls = itertools.count(1)

    def call(*arguments: Any, **named: Any) -> Any:
        if next(calls) != nth:
            return real(*arguments, **named)
        if moment == "after":
            real(*arguments, **named)
        raise ConnectionError("the world is away")

    return call


def refuse_deletion(monkeypatch: Any, key: str) -> None:
    """Let S3 forbid that an object is deleted, in either way to ask for it."""
    send = BaseClient._make_api_call

    def call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "DeleteObject" and arguments["Key"] == key:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, operation)
        if operation != "DeleteObjects" or {"Key": key} not in arguments["Delete"]["Objects"]:
            return send(client, operation, arguments)
        rest = [item for item in arguments["Delete"]["Objects"] if item != {"Key": key}]
        answer = send(client, operation, {**arguments, "Delete": {"Objects": rest}}) if rest else {}
        return {**answer, "Errors": [{"Key": key, "Code": "AccessDenied"}]}

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
