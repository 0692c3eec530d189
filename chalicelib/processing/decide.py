"""Decide about an event, from the stored record and the object under the key.

Nothing here reads or writes; `ingest.apply` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chalicelib.catalogue.index import usage
from chalicelib.db import keys
from chalicelib.db.models import FAILED, READY, REFUSALS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from chalicelib.db.models import Image
    from chalicelib.processing import quota
    from chalicelib.storage import ObjectSummary, StoredObject

INTERRUPTED = "interrupted"


class ObjectEvent(NamedTuple):
    """That an object was created or removed, at a place in the order of its key's events."""

    bucket: str
    key: str
    owner: str
    created: bool
    time: datetime
    order: str  # keys.order
    profile: str | None = None  # how far to look, where the event says so: one of config.PROFILES

    @property
    def image_id(self) -> str:
        """The image that the object is."""
        return keys.image_id(self.bucket, self.key)


class Skip(NamedTuple):
    """Leave the record as it is; the reason is a name for the log."""

    reason: str
    order: str | None = None  # derived files of older events are left over and go
    expel: bool = False  # the object that the record refused may still be there


class Gone(NamedTuple):
    """Bury the record: the object was removed."""


class Arrived(NamedTuple):
    """Take the removal of one version for the arrival of another, which lies in its place."""

    event: ObjectEvent


class Refuse(NamedTuple):
    """Record why the object may not stay, and move it to the trash."""

    refusal: quota.Refusal


class Process(NamedTuple):
    """Read the object and write its record."""


Decision = Skip | Gone | Arrived | Refuse | Process


def decide(
    standing: Image | None,
    event: ObjectEvent,
    stored: Callable[[], StoredObject | ObjectSummary | None],
    room: Callable[[usage.Amount], quota.Refusal | None],
) -> Decision:
    """Decide about an event.

    `standing` is the item that stands for the image. `stored` looks for the object, `room` says whether its owner
    may have so much more; each is asked only where the answer matters.
    """
    if standing is not None and event.created and settles(standing, event):
        expel = standing.code in REFUSALS and standing.sequencer == event.order
        return Skip("event_outdated", standing.sequencer, expel=expel)
    found = stored()
    if not event.created:
        if found is None:  # a record that says why the object was refused tells of its removal already
            refused = standing is not None and standing.code in REFUSALS
            return Skip("refused_object_gone") if refused else Gone()
        if standing is not None and is_let_in(standing) and standing.etag == found.etag:
            return Skip("older_version_removed")
        return Arrived(event._replace(created=True, time=found.last_modified))
    if found is None:
        return Skip("object_gone")  # its removal will be told
    asked = _added(standing, found)
    refusal = None if asked is None else room(asked)
    return Process() if refusal is None else Refuse(refusal)


def settles(standing: Image, event: ObjectEvent) -> bool:
    """Tell whether a record tells of an event already, or of a later one."""
    if standing.sequencer == event.order:
        return standing.code != INTERRUPTED
    return standing.sequencer is not None and standing.sequencer > event.order


def is_let_in(standing: Image) -> bool:
    """Tell whether a record is that of an object that was not refused."""
    return standing.state in (READY, FAILED) and standing.code not in REFUSALS


def keeps(standing: Image | None, stored: StoredObject | None) -> bool:
    """Tell whether a record knows more of the object that is there than an interrupted attempt does."""
    knows = standing is not None and is_let_in(standing) and standing.code != INTERRUPTED
    return knows and (stored is None or (standing is not None and stored.etag == standing.etag))


def _added(standing: Image | None, found: StoredObject | ObjectSummary) -> usage.Amount | None:
    """Return the amount that an object adds to its owner's usage; None if it stays despite account and quota.

    An object that was admitted once stays: an event may report it again. So does a replacement that is no larger
    than the object before it: to refuse it would give nothing back, and lose both.
    """
    if standing is None or not is_let_in(standing):
        return usage.Amount(1, found.size)
    if standing.etag in (found.etag, None):  # without an ETag, it was interrupted before the object was opened
        return None
    grown = found.size - int(standing.size or 0)
    return usage.Amount(0, grown) if grown > 0 else None
