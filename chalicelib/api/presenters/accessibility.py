"""An accessibility audit as the owner of an image sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from chalicelib.api.presenters import image_record
from chalicelib.catalogue.index import image_annotations
from chalicelib.db import document_codec
from chalicelib.extensions.machine_learning import accessibility, alt_draft

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.api.schemas import accessibility_responses
    from chalicelib.db.models import Image
    from chalicelib.extensions.machine_learning.accessibility import Finding


def audit(call: Call, image: Image, width: int | None = None) -> accessibility_responses.Accessibility:
    """Return the audit of an image that is shown `width` CSS pixels wide."""
    document = document_codec.unpack(image.document)
    analysis, metadata = document.get("analysis") or {}, document.get("metadata") or {}
    found = image_annotations.of(image)
    shown = accessibility.shown_width(image_record.whole(image.width), width)
    ratio = image.height / image.width if image.width and image.height else None
    own = call.link(f"/v1/images/{image.image_id}")
    body: accessibility_responses.Accessibility = {
        "image_id": image.image_id,
        "width": shown,
        "text_looked_for": "text" in found.models,
        "findings": [_finding(one) for one in accessibility.audit(image.alt, found, analysis, ratio, shown)],
        "links": {"self": f"{own}/accessibility", "image": own},
    }
    if image.alt:
        body["alt"] = image.alt
    if drafted := alt_draft.draft(metadata, analysis, found):
        body["alt_draft"] = drafted
    return body


def _finding(one: Finding) -> accessibility_responses.AccessibilityFinding:
    told = {"code": one.code, "suspected": one.suspected, "detail": one.detail, **one.facts}
    if one.criterion is not None:
        told["criterion"] = one.criterion
    return cast("accessibility_responses.AccessibilityFinding", told)
