"""Remove an image: its object, its record, and the files that were derived from it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from chalicelib import storage
from chalicelib.db import images, keys
from chalicelib.processing import trash

if TYPE_CHECKING:
    from chalicelib.db.models import Image


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


def clear(image_id: str, order: str, *, fresh: bool = False) -> None:
    """Delete the files that were derived for older events: by order, since files of a newer one may be there.

    `fresh` says that nothing can lie under a readable prefix: the image has had no record yet.
    """
    prefixes = [keys.derived_prefix(image_id), *([] if fresh else [keys.readable_prefix(image_id)])]
    found = chain.from_iterable(storage.list_objects(prefix) for prefix in prefixes)
    storage.delete(item.key for item in found if keys.derived_order(item.key) < order)


def _bury(image: Image) -> None:
    """Leave a tombstone in the place of an image whose object was deleted, and delete its derived files.

    The tombstone stands just after the event that made the record, so that the upload of a new object under the
    same key, which comes later, counts, and every event before it does not. Should this not happen, the event of
    the object's removal does it.
    """
    order = keys.order_after(image.sequencer) if image.sequencer else keys.order_at(keys.now())
    if images.bury(image.image_id, image.owner, image.key, order):
        clear(image.image_id, order)
