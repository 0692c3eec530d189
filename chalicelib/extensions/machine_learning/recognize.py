"""Let models and services look at one image, and write their findings beside its record.

The record's present object is read, whichever message asked. Findings are written under the condition that record
and annotations are as they were read: a newer object wins, a deleted image stays deleted, and the owner's
decisions are never touched.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from chalicelib import storage
from chalicelib.catalogue.index import image_annotations
from chalicelib.config import settings
from chalicelib.db import accounts, annotation_codec, images
from chalicelib.db.models import ACTIVE, FAILED, READY
from chalicelib.extensions.machine_learning import embeddings, pending, rekognition, vectors
from chalicelib.extensions.machine_learning.results import (
    BUDGET,
    UNAVAILABLE,
    UNREADABLE,
    UPLOAD,
    Seen,
    as_found,
    skipped,
)
from chalicelib.logs import logger
from image_processing import examine, recognition
from image_processing.errors import ImageError
from image_processing.source import FileSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.db.models import Image

ATTEMPTS = 5  # to write, while others write the same item
TEXT = "text"  # read by a service only where no model here reads it

examine.prepare()  # its process imports while the first object is on its way


class BusyError(Exception):
    """Others kept writing the record."""


class UnansweredError(Exception):
    """A service did not answer; findings of others are written, and another attempt asks it again."""


def recognize(image_id: str, deadline: float, *, attempt: int = 1) -> None:
    """Run the models that have not looked at an image as it is now; clear annotations that no longer hold.

    Nothing is run where stage or owner have switched recognition off, nor for an upload whose profile leaves its
    pixels alone. An image that cannot be decoded has no findings, but is looked at once only. `deadline` is a time
    of `time.monotonic`. Raises OutOfTimeError, storage.ObjectChangedError, BusyError, and the errors of AWS: the
    message should then come again. So it should after the first `attempt` at which a service did not answer
    (UnansweredError): all other findings are written by then.
    """
    image = images.get(image_id, consistent=True)
    if image is None or image.state != READY:
        return
    kinds, runs = _left(image) if permitted(image.owner) else (frozenset(), ())
    if attempt > 1 and settings().embeddings and image.sha256 and vectors.RUN not in runs:
        forget_vector(image_id, image.sha256)  # which an attempt that was killed may have left
    seen = _look(image, kinds, runs, deadline) if kinds or runs else None
    if seen is None and not pending.is_stale(image):
        return
    written = _write(image, seen or Seen())
    if seen and vectors.RUN in runs and not written:  # put, or put with its answer lost
        forget_vector(image_id, str(image.sha256))
    if seen and not permitted(image.owner):  # switched off meanwhile: its job may have passed this image by
        forget(image_id)
        return
    told = {"image_id": image_id, "kinds": sorted(kinds), "found": len(seen.found if seen else ())}
    paid = {"skipped": dict(seen.skipped), "cost": seen.cost} if seen and runs else {}
    logger.info("image_recognized", extra={**told, **paid, "written": written})
    if seen and UNAVAILABLE in seen.skipped.values() and attempt == 1 < settings().max_receive_count:
        raise UnansweredError(f"{image_id} was not looked at by a service")


def _left(image: Image) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the kinds that models here, and the runs that a service, have not looked for in an image yet."""
    here = recognition.available()
    runs = (run for run in pending.unasked(image) if run != TEXT or TEXT not in here)
    return pending.missing(image) & here, tuple(runs)


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
        if image is None or image.state not in (READY, FAILED) or image.annotations is image.decisions is None:
            return
        if images.annotate(image, {"annotations": None, "decisions": None}):
            return
    raise BusyError(f"{image_id} is written by too many")


def forget_vector(image_id: str, content: str) -> None:
    """Delete the vector of an image's content, unless the record notes it, or a run is to make it again.

    Raises the errors of DynamoDB and S3 Vectors. Cost: 1 RRU per 4 KB.
    """
    image = images.get(image_id, consistent=True)
    findings = annotation_codec.findings_in(image.annotations) if image else None
    if findings and findings.content == content and vectors.is_noted(findings):
        return
    present = image is not None and image.state == READY and image.sha256 == content
    if image and present and vectors.RUN in pending.unasked(image) and permitted(image.owner):
        return
    vectors.delete(image_id, content)
    logger.info("vector_deleted", extra={"image_id": image_id})


def _look(image: Image, kinds: frozenset[str], runs: tuple[str, ...], deadline: float) -> Seen | None:
    """Return the findings of some kinds and runs; None where the object is another one, or not to be looked at."""
    stored = storage.open_object(image.key)
    if stored is None or stored.etag != image.etag:
        logger.info("object_replaced", extra={"image_id": image.image_id})
        return None
    if stored.profile == examine.METADATA:
        return None
    reason, unpaid = (UPLOAD, runs) if stored.recognition == storage.LOCAL else (BUDGET, _unaffordable(runs))
    unsent, runs = skipped(unpaid, reason), tuple(run for run in runs if run not in unpaid)
    if not kinds and not runs:
        return unsent
    import numpy as np  # noqa: PLC0415  no other function has it in its process

    models = {kind: recognition.MODELS[kind] for kind in kinds}
    try:
        with tempfile.TemporaryFile() as file:
            stored.save(file)
            picture = examine.samples(FileSource(file), deadline=deadline)
    except ImageError as refusal:
        logger.info("image_not_recognized", extra={"image_id": image.image_id, "code": refusal.code})
        return unsent + skipped((*kinds, *runs), UNREADABLE) + Seen(models)  # with models: nobody looks again
    pixels = np.frombuffer(picture.data, np.uint8).reshape(picture.height, picture.width, 3)
    found = Seen(models, as_found(recognition.recognize(pixels, sorted(kinds))) if kinds else ())
    if runs and permitted(image.owner):  # asked once more, since pixels that were sent cannot be taken back
        if asked := [run for run in runs if run != vectors.RUN]:
            unsent += rekognition.ask(pixels, asked, deadline)
        if vectors.RUN in runs:
            unsent += embeddings.remember(image, pixels, deadline)
    return found + unsent


def _unaffordable(runs: tuple[str, ...]) -> tuple[str, ...]:
    """Return the runs of services that the month's budgets have no room for. Cost: 1 RRU for each service."""
    asked = tuple(run for run in runs if run != vectors.RUN)
    unpaid = () if not asked or rekognition.affordable() else asked
    if vectors.RUN in runs and not embeddings.affordable():
        unpaid += (vectors.RUN,)
    return unpaid


def _write(image: Image, seen: Seen) -> bool:
    """Write findings beside those of other runs; tell whether the record still takes them."""
    content, name = image.sha256, image.image_id
    for _ in range(ATTEMPTS):
        if images.annotate(image, _values(image, seen)):
            return True
        standing = images.get(name, consistent=True)
        if standing is None or pending.is_closed(standing) or standing.sha256 != content:
            return False  # its owner deleted image or annotations, or a newer event asks for the rest
        image = standing
    raise BusyError(f"{name} is written by too many")


def _values(image: Image, seen: Seen) -> Mapping[str, Any]:
    """Return the attributes of an item with new findings; those of another content are removed."""
    findings = seen.after(pending.standing(image))
    decided, _ = image_annotations.decided(image)
    told = findings.models or findings.skipped
    return {
        "annotations": annotation_codec.pack_findings(findings) if told else None,
        "decisions": image.decisions if decided else None,
    }
