"""Which images models are to look at, and the messages that ask for it.

The stream of the table of images asks, so that processing an upload does nothing more. A message is the id of an
image; it may come again, late, or for nothing: `recognize` reads the record anew and does what is left to do. A
message with a `content` asks for the vector of that content to be deleted, unless the record still has it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib import queues
from chalicelib.catalogue.index import image_annotations, record_change
from chalicelib.config import settings
from chalicelib.db import annotation_codec
from chalicelib.db.annotation_codec import Findings
from chalicelib.db.models import READY
from chalicelib.extensions.machine_learning import vectors
from chalicelib.extensions.machine_learning.results import FINAL
from chalicelib.logs import logger
from image_processing import recognition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chalicelib.db.models import Image

_READ_ANEW = ("state", "sequencer", "sha256", "touched")
"""Attributes of which one changes whenever a record was read from an object, or is to be indexed again."""
_CARRIED = ("annotations", "decisions")


class Vector(NamedTuple):
    """The vector of an image's content: the fields of the message that asks for its deletion."""

    image_id: str
    content: str


def request_changed(records: Iterable[Mapping[str, Any]]) -> int:
    """Ask for the images of a DynamoDB event that models have not looked at as they are now; return how many.

    Raises the errors of SQS; the same records should then come again.
    """
    changes = [record["dynamodb"] for record in records]
    wanted = [image_id for change in changes if (image_id := _wanted(change))]
    left = [vector for change in changes for vector in _left(change)] if settings().embeddings else []
    if left:
        queues.send(settings().recognition_queue, (json.dumps(one._asdict()) for one in dict.fromkeys(left)))
    request(wanted)
    return len(wanted)


def request(image_ids: Iterable[str]) -> None:
    """Ask for models to look at some images. Raises the errors of SQS."""
    queues.send(
        settings().recognition_queue, (json.dumps({"image_id": name}) for name in dict.fromkeys(image_ids))
    )


def missing(image: Image) -> frozenset[str]:
    """Return the kinds for which the present models have not looked at an image's present content.

    All of them where its annotations cannot be read: they are then written anew.
    """
    known = _known(image)
    if known is None:
        return frozenset()
    return frozenset(kind for kind, model in recognition.MODELS.items() if known.models.get(kind) != model)


def unasked(image: Image) -> tuple[str, ...]:
    """Return the runs of services, of those that the stage has, that have not answered for an image's content.

    Those that can never answer for it are not among them. They are those of Rekognition, then the embedding.
    """
    known = _known(image)
    if known is None:
        return ()
    left = [run for run in settings().rekognition if run not in known.models]
    if settings().embeddings and not vectors.is_noted(known):
        left.append(vectors.RUN)
    return tuple(run for run in left if known.skipped.get(run) not in FINAL)


def is_wanted(image: Image) -> bool:
    """Tell whether models or services are left that have not looked at an image's present content."""
    return bool(missing(image) or unasked(image))


def is_stale(image: Image) -> bool:
    """Tell whether an item carries annotations or decisions of another content than its own, or damaged ones."""
    findings = annotation_codec.findings_of(image.annotations, image.sha256)
    decisions, _ = image_annotations.decided(image)
    return (image.annotations is not None and findings is None) or (
        image.decisions is not None and decisions is None
    )


def standing(image: Image) -> Findings:
    """Return what models have found in an image's present content."""
    return annotation_codec.findings_of(image.annotations, image.sha256) or Findings(image.sha256 or "")


def is_closed(image: Image) -> bool:
    """Tell whether nobody is to look at an image: it is not ready, or its owner deleted all annotations."""
    decisions, _ = image_annotations.decided(image)
    return image.state != READY or (decisions is not None and decisions.stopped)


def _known(image: Image) -> Findings | None:
    """Return the findings that stand; None where nobody is to look for any, empty ones where they are damaged."""
    return None if is_closed(image) else standing(image)


def _wanted(change: Mapping[str, Any]) -> str | None:
    """Return the image that models are to look at after a change; None where nothing is left to do for them."""
    old, new = change.get("OldImage") or {}, change.get("NewImage") or {}
    if new.get("state") != {"S": READY} or all(old.get(name) == new.get(name) for name in _READ_ANEW):
        return None
    if not settings().recognition and not any(name in new for name in _CARRIED):
        return None
    try:
        image = record_change.image_of(new)
        if image is None or not (is_stale(image) or (settings().recognition and is_wanted(image))):
            return None
    except Exception:  # an item that cannot be read must not block its shard
        logger.exception("recognition_not_requested", extra={"change": change.get("SequenceNumber")})
        return None
    return str(image.image_id)


def _left(change: Mapping[str, Any]) -> list[Vector]:
    """Return the vectors that a change has left behind: those whose note, content or findings it has taken away.

    A content counts whether its vector was noted or not: the run that makes it may be under way, or was killed.
    """
    try:
        old, new = (record_change.image_of(change.get(name)) for name in ("OldImage", "NewImage"))
        if old is None:
            return []
        contents = {_noted(old)} - {_noted(new)}
        if old.state == READY and _is_let_go(old, new):
            contents |= {old.sha256} - {_noted(new)}
    except Exception:  # an item that cannot be read must not block its shard
        logger.exception("vectors_not_followed", extra={"change": change.get("SequenceNumber")})
        return []
    return [Vector(old.image_id, content) for content in sorted(filter(None, contents))]


def _is_let_go(old: Image, new: Image | None) -> bool:
    """Tell whether a change ended a content, removed its findings, or forbade models to look at it."""
    if new is None or new.state != READY or new.sha256 != old.sha256:
        return True
    if new.annotations is None and old.annotations is not None:
        return True
    return new.decisions != old.decisions and is_closed(new)


def _noted(image: Image | None) -> str | None:
    """Return the content whose vector an item notes: it need not be its present one, which may be unreadable."""
    findings = annotation_codec.findings_in(image.annotations) if image else None
    return findings.content if findings and vectors.is_noted(findings) else None
