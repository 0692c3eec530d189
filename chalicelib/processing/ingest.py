"""One object's way from an event to a record: decide, then apply.

A fault of the file is final: the record becomes `failed` with a code, and keeps the metadata that could be read. A
fault of the surroundings raises, and the queue tries again. In any order of events, the newest wins (db.images).

An object that its owner may not have in the bucket is refused before it is read: the record says so, then the
object goes to the trash; a retry goes on where an attempt ended.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, assert_never

from chalicelib import storage
from chalicelib.catalogue.index import cards
from chalicelib.config import settings
from chalicelib.db import images, keys
from chalicelib.db.models import FAILED, Image
from chalicelib.logs import logger
from chalicelib.processing import quota, remove, trash
from chalicelib.processing.decide import (
    INTERRUPTED,
    Arrived,
    Gone,
    ObjectEvent,
    Process,
    Refuse,
    Skip,
    decide,
    keeps,
)
from chalicelib.processing.extract import extract

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.storage import StoredObject


def process(event: ObjectEvent, *, last_attempt: bool = False, deadline: float | None = None) -> None:
    """Bring an image's record to the state that an event tells of.

    Raises errors that should be tried again, OutOfTimeError where an image's pixels are not done before `deadline`
    (of time.monotonic). On the last attempt the record says beforehand that processing was interrupted, so that
    even a killed process leaves an answer behind.
    """
    standing = images.get(event.image_id, consistent=True)
    stored = cache(lambda: storage.open_object(event.key))
    look = stored if event.created else lambda: storage.find(event.key)
    try:
        decision = decide(standing, event, look, lambda asked: quota.refusal(event.owner, asked))
    except Exception:
        if last_attempt and event.created:
            _leave_answer(event, standing, None)
        raise
    if isinstance(decision, Arrived):
        process(decision.event, last_attempt=last_attempt, deadline=deadline)
        return
    if last_attempt and isinstance(decision, Process):
        _leave_answer(event, standing, stored())
    apply(decision, Subject(event, standing, stored, deadline))


class Subject(NamedTuple):
    """The subject of a decision: the event, the stored item, and the object, which is opened once."""

    event: ObjectEvent
    standing: Image | None
    stored: Callable[[], StoredObject | None]
    deadline: float | None = None


def apply(decision: Skip | Gone | Refuse | Process, subject: Subject) -> None:
    """Carry out a decision: the one place that writes records and cleans up after events."""
    event = subject.event
    match decision:
        case Skip():
            if decision.expel and subject.standing is not None:
                _expel(subject.standing)
            outcome = Outcome(decision.reason, older_than=decision.order)
        case Gone():
            buried = images.bury(event.image_id, event.owner, event.key, event.order)
            outcome = Outcome("image_removed", older_than=event.order) if buried else Outcome("event_outdated")
        case Refuse():
            outcome = _refuse(subject, decision.refusal)
        case Process():
            outcome = _process(subject)
        case _:
            assert_never(decision)
    if outcome.older_than is not None:  # an attempt before this one may have ended before it did so
        remove.clear(event.image_id, outcome.older_than, fresh=outcome.fresh)
    code = {"code": outcome.code} if outcome.code else {}
    logger.info(outcome.name, extra={"image_id": event.image_id, "key": event.key, **code})


class Outcome(NamedTuple):
    """The outcome of an event, by its name in the log, and which derived files are left over."""

    name: str
    code: str | None = None
    older_than: str | None = None  # files derived for events before this place in the order
    fresh: bool = False  # nothing can lie under a readable prefix: the image had no record yet


def _process(subject: Subject) -> Outcome:
    event, standing = subject.event, subject.standing
    stored = subject.stored()
    assert stored is not None
    image = _record(event, **extract(stored, event.image_id, event.order, event.profile, subject.deadline))
    if images.put_newer(image):
        fresh = standing is None or standing.sequencer is None
        return Outcome(f"image_{image.state}", image.code, event.order, fresh)
    if image.sha256:
        storage.delete_prefix(keys.derived_folder(event.image_id, event.order, image.sha256))
    return Outcome("event_outdated", image.code)


def _refuse(subject: Subject, refusal: quota.Refusal) -> Outcome:
    """Leave a record that says why, for as long as a tombstone, and move the object to the trash."""
    event, stored = subject.event, subject.stored()
    assert stored is not None
    expires = keys.now() + timedelta(days=settings().tombstone_days)
    trashed = stored.size <= trash.MAX_BYTES
    place = "The file is in the trash." if trashed else "The file was deleted: it is too large for the trash."
    image = _record(
        event,
        state=FAILED,
        code=refusal.code,
        reason=f"{refusal.reason} {place}",
        size=stored.size,
        etag=stored.etag,
        expires=expires,
        facts=cards.pack_facts(cards.Facts(name=stored.name, expires=int(expires.timestamp()))),
    )
    if not images.put_newer(image):
        return Outcome("event_outdated", refusal.code)
    _expel(image)
    return Outcome("image_refused", refusal.code, event.order)


def _expel(image: Image) -> None:
    """Move the object of a refused image to the trash."""
    with suppress(storage.ObjectChangedError):  # a newer one has arrived; its event decides on it
        etag = trash.keep(image)
        if etag is not None:
            storage.delete_version(image.key, etag)


def _leave_answer(event: ObjectEvent, standing: Image | None, stored: StoredObject | None) -> None:
    """Say that processing was interrupted, for the case that this last attempt is.

    A record that knows more keeps it, and says so beside, unless the object is known to be another by now: then
    document and thumbnails tell of one that is gone, and only the texts of its owner stay.
    """
    if standing is not None and keeps(standing, stored):
        images.mark_interrupted(standing)
    else:
        images.put_newer(_interrupted(event, stored), strictly=True)


def _interrupted(event: ObjectEvent, stored: StoredObject | None) -> Image:
    return _record(
        event,
        size=stored and stored.size,
        etag=stored and stored.etag,
        state=FAILED,
        code=INTERRUPTED,
        reason="Processing did not finish. The event is kept in the dead-letter queue and can be tried again.",
    )


def _record(event: ObjectEvent, **attributes: Any) -> Image:
    return Image(
        event.image_id,
        owner=event.owner,
        key=event.key,
        sequencer=event.order,
        uploaded=keys.timestamp(event.time),
        **attributes,
    )
