"""One object's way from an event to a record.

What is wrong with the file is final: the record becomes `failed` with a code, and keeps what could be read. What
is wrong with the world raises, and the queue tries again. Whatever the order of events, the newest wins
(db.images).

What its owner may not have in the bucket is refused before it is read: the record says so, then the object goes to
the trash; a retry goes on where an attempt ended.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib import quotas, storage
from chalicelib.catalogue import cards
from chalicelib.config import settings
from chalicelib.db import images, keys
from chalicelib.db.models import FAILED, READY, REFUSALS, Image
from chalicelib.logs import logger
from chalicelib.processing import trash

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.storage import StoredObject

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


def process(event: ObjectEvent, *, last_attempt: bool = False, deadline: float | None = None) -> None:
    """Bring an image's record to the state that an event tells of.

    Raises what should be tried again, OutOfTimeError where an image's pixels are not done before `deadline` (of
    time.monotonic). On the last attempt the record says beforehand that processing was interrupted, so that even a
    killed process leaves an answer behind.
    """
    if event.created:
        _created(event, last_attempt=last_attempt, deadline=deadline)
    else:
        _removed(event, last_attempt=last_attempt, deadline=deadline)


def discard(image: Image) -> None:
    """Delete an image on its owner's behalf: its object goes to the trash, record and derived files go for good.

    Raises storage.ObjectChangedError when the object is not the one that the record tells of: a newer one has
    arrived.
    """
    etag = trash.keep(image)
    if etag is not None:
        storage.delete_version(image.key, etag)
    _bury(image)


def remove(image: Image) -> None:
    """Delete an image for good: the object, the record, the derived files; else as `discard`."""
    storage.delete_version(image.key, image.etag)
    _bury(image)


def _bury(image: Image) -> None:
    """Leave a tombstone in the place of an image whose object was deleted, and delete its derived files.

    The tombstone stands just behind the event that made the record, so that the upload of a new object under the
    same key, which comes later, counts, and every event before it does not. Should this not happen, the event of
    the object's removal does it.
    """
    order = keys.order_after(image.sequencer) if image.sequencer else keys.order_at(keys.now())
    if images.bury(image.image_id, image.owner, image.key, order):
        _clear(image.image_id, order)


def _removed(event: ObjectEvent, *, last_attempt: bool, deadline: float | None) -> None:
    """Bury the record of an object that is gone; where one stands, an older version was removed, or came back."""
    standing = images.get(event.image_id, consistent=True)
    found = storage.find(event.key)
    if found is not None:
        if standing is not None and _is_let_in(standing) and standing.etag == found.etag:
            _tell("removed_version_is_not_the_record's", event)
        else:
            came = event._replace(created=True, time=found.last_modified)
            _created(came, last_attempt=last_attempt, deadline=deadline)
        return
    if standing is not None and standing.code in REFUSALS:  # it tells of this removal already
        _tell("refused object is gone", event)
        return
    buried = images.bury(event.image_id, event.owner, event.key, event.order)
    if buried:
        _clear(event.image_id, event.order)
    _tell("image removed" if buried else "event is older than the record", event)


def _created(event: ObjectEvent, *, last_attempt: bool, deadline: float | None) -> None:
    standing = images.get(event.image_id, consistent=True)
    if standing is not None and _settles(standing, event):
        if standing.code in REFUSALS and standing.sequencer == event.order:
            _expel(standing)
        _clear(
            event.image_id, standing.sequencer or event.order
        )  # an attempt before this one may have ended before it did
        _tell("event is older than the record", event)
        return
    try:
        stored = storage.open_object(event.key)
        refusal = None if stored is None else _refusal(event, stored, standing)
    except Exception:
        if last_attempt:
            _leave_answer(event, standing, None)
        raise
    if stored is None:
        _tell("object is gone, its removal will be told", event)
        return
    if refusal is not None:
        _refuse(event, stored, refusal)
        return
    if last_attempt:
        _leave_answer(event, standing, stored)
    from chalicelib.extract import extract  # noqa: PLC0415  Pillow; the API function, which removes, never loads it

    image = _record(event, **extract(stored, event.image_id, event.order, event.profile, deadline))
    written = images.put_newer(image)
    if written:
        _clear(event.image_id, event.order, fresh=standing is None or standing.sequencer is None)
    elif image.sha256:
        storage.delete_prefix(keys.derived_folder(event.image_id, event.order, image.sha256))
    _tell(f"image {image.state}" if written else "a newer event was faster", event, code=image.code)


def _refusal(event: ObjectEvent, stored: StoredObject, standing: Image | None) -> quotas.Refusal | None:
    """Return why an object may not stay; None where it may.

    What was let in once stays, whatever has become of account and quota: an event may tell of it again. So does a
    replacement that is no larger than the object before it: to refuse it would give nothing back, and lose both.
    """
    before = quotas.NOTHING
    if standing is not None and _is_let_in(standing):
        # without an ETag, it was interrupted before its object could be opened: taken for the same
        if standing.etag in (stored.etag, None):
            return None
        before = quotas.Amount(1, int(standing.size or 0))
        if stored.size <= before.bytes:
            return None
    return quotas.refusal(event.owner, quotas.Amount(1 - before.images, stored.size - before.bytes))


def _refuse(event: ObjectEvent, stored: StoredObject, refusal: quotas.Refusal) -> None:
    """Leave a record that says why, for as long as a tombstone, and move the object to the trash."""
    expires = keys.now() + timedelta(days=settings().tombstone_days)
    trashed = stored.size <= trash.MAX_BYTES
    outcome = "The file is in the trash." if trashed else "The file was deleted: it is too large for the trash."
    image = _record(
        event,
        state=FAILED,
        code=refusal.code,
        reason=f"{refusal.reason} {outcome}",
        size=stored.size,
        etag=stored.etag,
        expires=expires,
        facts=cards.pack_facts(cards.Facts(name=stored.name, expires=int(expires.timestamp()))),
    )
    written = images.put_newer(image)
    if written:
        _expel(image)
        _clear(event.image_id, event.order)
    _tell("image refused" if written else "a newer event was faster", event, code=refusal.code)


def _expel(image: Image) -> None:
    """Move the object of a refused image to the trash."""
    with suppress(storage.ObjectChangedError):  # a newer one has arrived; its event decides on it
        etag = trash.keep(image)
        if etag is not None:
            storage.delete_version(image.key, etag)


def _clear(image_id: str, order: str, *, fresh: bool = False) -> None:
    """Delete what was derived for older events: by order, since files of a newer one may be there already.

    `fresh` says that nothing can lie under a readable prefix: the image has had no record yet.
    """
    prefixes = [keys.derived_prefix(image_id), *([] if fresh else [keys.readable_prefix(image_id)])]
    found = chain.from_iterable(storage.list_objects(prefix) for prefix in prefixes)
    storage.delete(item.key for item in found if keys.derived_order(item.key) < order)


def _settles(standing: Image, event: ObjectEvent) -> bool:
    if standing.sequencer == event.order:
        return standing.code != INTERRUPTED
    return standing.sequencer is not None and standing.sequencer > event.order


def _is_let_in(standing: Image) -> bool:
    """Tell whether a record is that of an object that was not refused."""
    return standing.state in (READY, FAILED) and standing.code not in REFUSALS


def _leave_answer(event: ObjectEvent, standing: Image | None, stored: StoredObject | None) -> None:
    """Say that processing was interrupted, for the case that this last attempt is.

    A record that knows more keeps it, and says so beside, unless the object is known to be another by now: then
    document and thumbnails tell of one that is gone, and what its owner wrote is all that stays.
    """
    knows = standing is not None and _is_let_in(standing) and standing.code != INTERRUPTED
    if standing is not None and knows and (stored is None or stored.etag == standing.etag):
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


def _tell(what: str, event: ObjectEvent, **more: Any) -> None:
    logger.info(what, extra={"image_id": event.image_id, "key": event.key, **more})
