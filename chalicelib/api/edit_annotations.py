"""Decide about the annotations of the caller's images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from chalicelib.api import edit_image, file_links, find_image
from chalicelib.api.http.problems import Problem
from chalicelib.catalogue.index import image_annotations
from chalicelib.db import annotation_codec
from chalicelib.db.annotation_codec import Box, Decisions
from chalicelib.extensions.machine_learning.decisions import Addition, UnknownAnnotationError, Verdict, decide

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.api.schemas import annotation_requests
    from chalicelib.db.models import Image


def apply(call: Call, image_id: str, asked: annotation_requests.AnnotationsEdit) -> Image:
    """Write decisions about the annotations of the caller's image, and return the new image.

    Raises Problem: 400 for a decision or an addition that lacks a part, 404 for an unknown annotation, 409 for an
    image that was not read yet, or never, and for too many decisions.
    """
    verdicts = [_verdict(number, one) for number, one in enumerate(asked.decisions)]
    additions = [_addition(number, one) for number, one in enumerate(asked.additions)]

    def change(image: Image) -> dict[str, Any]:
        content = _content(image)
        findings = annotation_codec.findings_of(image.annotations, content)
        decisions, _ = image_annotations.decided(image)
        standing = image_annotations.merged(findings, decisions)
        try:
            after = decide(standing, decisions or Decisions(content), verdicts, additions)
            return {
                "annotations": image.annotations if findings else None,
                "decisions": annotation_codec.pack_decisions(after) if after.made or after.stopped else None,
            }
        except UnknownAnnotationError as error:
            raise Problem("annotation_not_found", f"The image has no annotation {error}.") from None
        except annotation_codec.TooManyDecisionsError:
            raise Problem(
                "too_many_annotations",
                f"An image may have up to {annotation_codec.MAX_DECISIONS} decisions and additions, "
                f"{annotation_codec.MAX_BYTES // 1000} KB compressed. Undo some first.",
            ) from None

    image = edit_image.edit(call, image_id, change)
    file_links.renew_outdated(image)
    return image


def delete(call: Call, image_id: str) -> None:
    """Delete findings and decisions of the caller's image; no model looks at this content again.

    Raises Problem: 404, and 409 for an image that was not read yet, or never.
    """

    def change(image: Image) -> dict[str, Any]:
        return {
            "annotations": None,
            "decisions": annotation_codec.pack_decisions(Decisions(_content(image), stopped=True)),
        }

    file_links.renew_outdated(edit_image.edit(call, image_id, change))


def _content(image: Image) -> str:
    """Return the content that annotations of an image are about. Raises Problem (409) where none was read."""
    if find_image.require_processed(image).sha256 is None:
        raise Problem(
            "image_not_read",
            "The image failed before its content was read: its record has the reason. It can have no annotations.",
        )
    return str(image.sha256)


def _verdict(number: int, one: annotation_requests.AnnotationDecision) -> Verdict:
    corrected = one.decision == "corrected"
    if corrected != (one.value is not UNSET):
        raise Problem(
            "invalid_request",
            f"decisions/{number}: `corrected` needs the right `value`."
            if corrected
            else f"decisions/{number}: `value` is for the decision `corrected` alone.",
        )
    return Verdict(one.annotation_id, one.decision, None if one.value is UNSET else one.value)


def _addition(number: int, one: annotation_requests.AddedAnnotation) -> Addition:
    value = "" if one.value is UNSET else one.value
    face = one.kind == image_annotations.FACE
    if face and (one.box is None or value):
        raise Problem("invalid_request", f"additions/{number}: a face needs a `box`, and has no `value`.")
    if not face and not value:
        raise Problem("invalid_request", f"additions/{number}: this kind needs a `value`.")
    if one.box is None:
        return Addition(one.kind, value, None, one.language)
    if one.box.left + one.box.width > 1 or one.box.top + one.box.height > 1:
        raise Problem("invalid_request", f"additions/{number}: the `box` must end within the picture, at 1.")
    return Addition(one.kind, value, Box(one.box.left, one.box.top, one.box.width, one.box.height), one.language)
