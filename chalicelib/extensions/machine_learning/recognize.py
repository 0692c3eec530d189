"""Let models look at one image, and write what they found beside its record.

The record's present object is read, whichever message asked. Findings are written under the condition that record
and annotations are as they were read: a newer object wins, a deleted image stays deleted, and the owner's
decisions are never touched.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from chalicelib import storage
from chalicelib.config import settings
from chalicelib.db import accounts, annotation_codec, images
from chalicelib.db.annotation_codec import AnnotationsError, Box, Findings, Found
from chalicelib.db.models import ACTIVE, READY
from chalicelib.extensions.machine_learning import pending
from chalicelib.logs import logger
from image_processing import examine, recognition
from image_processing.errors import ImageError
from image_processing.source import FileSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.db.models import Image
    from image_processing.recognition.types import Annotation

ATTEMPTS = 5  # to write, while others write the same item


class BusyError(Exception):
    """Others kept writing the record."""


def recognize(image_id: str, deadline: float) -> None:
    """Run the models that have not looked at an image as it is now; clear annotations that no longer hold.

    Nothing is run where stage or owner have switched recognition off, nor for an upload whose profile leaves its
    pixels alone. An image that cannot be decoded has no findings, but is looked at once only. `deadline` is a time
    of `time.monotonic`. Raises OutOfTimeError, storage.ObjectChangedError, BusyError, and the errors of AWS: the
    message should then come again.
    """
    image = images.get(image_id, consistent=True)
    if image is None or image.state != READY:
        return
    kinds = pending.missing(image) & recognition.available() if permitted(image.owner) else frozenset()
    found = _look(image, kinds, deadline) if kinds else None
    if found is None:
        kinds = frozenset()
        if not pending.is_stale(image):
            return
    written = _write(image, kinds, found or [])
    if kinds and not permitted(image.owner):  # switched off meanwhile: its job may have passed this image by
        forget(image_id)
        return
    told = {"image_id": image_id, "kinds": sorted(kinds), "found": len(found or ()), "written": written}
    logger.info("image_recognized", extra=told)


def permitted(owner: str) -> bool:
    """Tell whether models may look at an owner's images, by the stage and by the account. Cost: 1 RRU."""
    if not settings().recognition:
        return False
    account = accounts.get(owner, consistent=True)
    return account is None or (account.state == ACTIVE and account.recognition is not False)


def forget(image_id: str) -> None:
    """Remove findings and decisions of an image. Cost: 1 RRU per 4 KB, 1 WRU per KB where there are any."""
    for _ in range(ATTEMPTS):
        image = images.get(image_id, consistent=True)
        if image is None or image.state != READY or image.annotations is image.decisions is None:
            return
        if images.annotate(image, {"annotations": None, "decisions": None}):
            return
    raise BusyError(f"{image_id} is written by too many")


def _look(image: Image, kinds: frozenset[str], deadline: float) -> list[Annotation] | None:
    """Return the findings of some kinds; None where there is nothing to look at: another object, or none."""
    stored = storage.open_object(image.key)
    if stored is None or stored.etag != image.etag:
        logger.info("object_replaced", extra={"image_id": image.image_id})
        return None
    if stored.profile == examine.METADATA:
        return None
    import numpy as np  # noqa: PLC0415  no other function has it in its process

    try:
        with tempfile.TemporaryFile() as file:
            stored.save(file)
            picture = examine.samples(FileSource(file), deadline=deadline)
    except ImageError as refusal:
        logger.info("image_not_recognized", extra={"image_id": image.image_id, "code": refusal.code})
        return []
    pixels = np.frombuffer(picture.data, np.uint8).reshape(picture.height, picture.width, 3)
    return recognition.recognize(pixels, sorted(kinds))


def _write(image: Image, kinds: frozenset[str], found: list[Annotation]) -> bool:
    """Write findings beside those of other kinds; tell whether the record is still about the same content."""
    content, name = image.sha256, image.image_id
    for _ in range(ATTEMPTS):
        if images.annotate(image, _values(image, kinds, found)):
            return True
        standing = images.get(name, consistent=True)
        if standing is None or standing.state != READY or standing.sha256 != content:
            return False  # a newer event asks for the rest
        image = standing
    raise BusyError(f"{name} is written by too many")


def _values(image: Image, kinds: frozenset[str], found: list[Annotation]) -> Mapping[str, Any]:
    """Return the attributes of an item with new findings of some kinds; those of another content are removed."""
    try:
        before = pending.standing(image)
        decided = annotation_codec.decisions_of(image.decisions, image.sha256)
    except AnnotationsError:
        before, decided = Findings(image.sha256 or ""), None
    models = {**before.models, **{kind: recognition.MODELS[kind] for kind in kinds}}
    kept = tuple(one for one in before.found if one.kind not in kinds)
    cut = before.cut if kept else 0
    findings = replace(before, models=models, found=(*kept, *map(_stored, found)), cut=cut)
    return {
        "annotations": annotation_codec.pack_findings(findings) if models else None,
        "decisions": image.decisions if decided else None,
    }


def _stored(one: Annotation) -> Found:
    box = (
        None
        if one.box is None
        else Box(*(_fraction(side) for side in (one.box.left, one.box.top, one.box.width, one.box.height)))
    )
    return Found(one.kind, one.value, _fraction(one.score), box, one.language, dict(one.details))


def _fraction(number: float) -> float:
    """Return a number within 0 to 1, to five digits: a model's may lie beyond, and has many more."""
    return round(min(max(float(number), 0.0), 1.0), 5)
