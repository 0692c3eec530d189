"""An accessibility audit as the owner of an image sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from chalicelib.api.presenters import image_record
from chalicelib.catalogue.index import image_annotations
from chalicelib.db import document_codec
from chalicelib.extensions.machine_learning import accessibility, alt_draft

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.api.call import Call
    from chalicelib.api.schemas import accessibility_responses
    from chalicelib.catalogue.index.image_annotations import Annotations
    from chalicelib.db.models import Image
    from chalicelib.extensions.machine_learning.accessibility import Finding


def audit(call: Call, image: Image, width: int | None = None) -> accessibility_responses.Accessibility:
    """Return the audit of an image that is shown `width` CSS pixels wide."""
    document, found = document_codec.unpack(image.document), image_annotations.of(image)
    shown = accessibility.shown_width(image_record.whole(image.width), width)
    own = call.link(f"/v1/images/{image.image_id}")
    body: accessibility_responses.Accessibility = {
        "image_id": image.image_id,
        "width": shown,
        "text_looked_for": "text" in found.models,
        "findings": findings(image, document, found, shown),
        "links": {"self": f"{own}/accessibility", "image": own},
    }
    if image.alt:
        body["alt"] = image.alt
    if drafted := draft(document, found):
        body["alt_draft"] = drafted
    return body


def findings(
    image: Image, document: Mapping[str, Any], found: Annotations, width: int | None = None
) -> list[accessibility_responses.AccessibilityFinding]:
    """Return the findings of an audit, of an image whose document and annotations are read."""
    shown = accessibility.shown_width(image_record.whole(image.width), width)
    ratio = image.height / image.width if image.width and image.height else None
    analysis = document.get("analysis") or {}
    return [_finding(one) for one in accessibility.audit(image.alt, found, analysis, ratio, shown)]


def draft(document: Mapping[str, Any], found: Annotations) -> str | None:
    """Return a draft of the text alternative; None where nothing is known."""
    return alt_draft.draft(document.get("metadata") or {}, document.get("analysis") or {}, found)


def _finding(one: Finding) -> accessibility_responses.AccessibilityFinding:
    told = {"code": one.code, "suspected": one.suspected, "detail": one.detail, **one.facts}
    if one.criterion is not None:
        told["criterion"] = one.criterion
    return cast("accessibility_responses.AccessibilityFinding", told)
