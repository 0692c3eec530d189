"""Compare the bucket with the records, for the sweep and the backfill."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.config import settings
from chalicelib.db import accounts, document_codec, images, keys
from chalicelib.db.models import READY, REMOVED
from chalicelib.processing import s3_events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chalicelib.db.models import Image
    from chalicelib.storage import ObjectSummary

EVERY_SECONDS = 3600  # the sweep's schedule: within this, a file whose event was lost is found
BATCH = 100  # BatchGetItem's limit


class Compared(NamedTuple):
    """The messages that have objects processed, and of how many others the records tell, or none can.

    `inactive` counts the objects that are passed over, since their owners' accounts are not active: an upload of
    theirs would be refused.
    """

    messages: list[str]
    known: int
    odd: int
    inactive: int


def never(_image: Image) -> bool:
    """Have no record made again that knows its object."""
    return False


def always(_image: Image) -> bool:
    """Have every record made again."""
    return True


def outdated(image: Image) -> bool:
    """Tell whether a record was made by a version that gave it no facts, or its position no time zone or names.

    A document that cannot be unpacked is outdated, too: only its file can make it again.
    """
    if image.facts is None:
        return image.state == READY or image.document is not None  # else no version could read it
    try:
        found = document_codec.unpack(image.document).get("metadata", {})
    except document_codec.DocumentError:
        return True
    from image_processing import place_names  # noqa: PLC0415  the API, which loads this module, never asks

    place = found.get("place", {})
    if "gps_latitude" not in place or "gps_longitude" not in place:
        return False
    if "time_zone" not in found.get("time", {}):
        return True
    named = "gps_country" in place or "gps_city" in place
    return not named and place_names.find(place["gps_latitude"], place["gps_longitude"]) is not None


def compare(
    objects: Iterable[ObjectSummary], again: Callable[[Image], bool] = never, profile: str | None = None
) -> Compared:
    """Compare up to 100 objects with their records.

    Objects without a record are queued, and those with the record of an older object, or one for which `again` is
    true. A key that names no upload, such as that of a folder, is odd. Cost: 1 RRU per 4 KB of the records.
    """
    objects = list(objects)
    uploads = {keys.image_id(settings().images_bucket, item.key): item for item in objects if is_upload(item.key)}
    known = {image.image_id: image for image in images.get_many(uploads)} if uploads else {}
    is_active = cache(accounts.is_active)
    messages, inactive = [], 0
    for image_id, item in uploads.items():
        event = _event(item, known.get(image_id), again)
        if event is None:
            continue
        if is_active(str(keys.owner_of(item.key))):
            messages.append(s3_events.compose(item.key, *event, profile))
        else:
            inactive += 1
    known_number = len(uploads) - len(messages) - inactive
    return Compared(messages, known_number, len(objects) - len(uploads), inactive)


def is_upload(key: str) -> bool:
    """Tell whether an object's key is that of an image of any owner."""
    return keys.owner_of(key) is not None and len(key.encode()) <= keys.MAX_KEY_BYTES


def again(image: Image) -> tuple[str, datetime]:
    """Return order and time of an event to read an image again: directly after its record's, as of its upload.

    So it is newer than the record, and older than later events.
    """
    assert image.sequencer is not None  # only tickets have none
    assert image.uploaded is not None
    return keys.order_after(image.sequencer), datetime.fromisoformat(image.uploaded)


def _event(item: ObjectSummary, image: Image | None, anew: Callable[[Image], bool]) -> tuple[str, datetime] | None:
    """Return order and time of the event that must have been lost, or None where the record knows the object.

    It must be newer than the record, and older than any event still to come. Should the object be gone by then,
    nothing happens: processing looks at the bucket, not at the message.
    """
    at = keys.order_at(item.last_modified)
    if image is None or image.sequencer is None:
        return at, item.last_modified
    if image.state == REMOVED or image.etag not in (item.etag, None):
        return max(at, keys.order_after(image.sequencer)), item.last_modified
    return again(image) if anew(image) else None
