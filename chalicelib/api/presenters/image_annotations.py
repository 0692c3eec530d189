"""How annotations look to the owner of an image, and in its record. Nobody else sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from chalicelib.catalogue.index import image_annotations
from chalicelib.config import settings
from chalicelib.db import accounts
from chalicelib.db.annotation_codec import REMOVED

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.api.schemas import annotation_responses, image_responses
    from chalicelib.catalogue.index.image_annotations import Annotation, Annotations
    from chalicelib.db.judgements import Judgement
    from chalicelib.db.models import Image


def shown(call: Call, image: Image, *, removed: bool = False) -> annotation_responses.Annotations:
    """Return the annotations of an image; the removed ones, too, where they are asked for."""
    found = image_annotations.of(image)
    own = call.link(f"/v1/images/{image.image_id}")
    body: dict[str, Any] = {
        "image_id": image.image_id,
        "enabled": settings().recognition and accounts.standing(image.owner, make=False).recognition,
        "deleted": found.stopped,
        "models": found.models,
        "counts": found.counts,
        "annotations": one_by_one(found, removed=removed),
        "links": {"self": f"{own}/annotations", "image": own},
    }
    if found.people is not None:
        body["people"] = found.people
    if found.cut:
        body["left_out"] = found.cut
    if found.undecided:
        body["undecided"] = found.undecided.annotation_id
    body |= _hidden(found) | _of_services(found)
    return cast("annotation_responses.Annotations", body)


def one_by_one(found: Annotations, *, removed: bool = False) -> list[annotation_responses.Annotation]:
    """Return annotations one by one; the removed ones, too, where they are asked for."""
    return [annotation(one) for one in (found.all if removed else found.shown)]


def summary(found: Annotations) -> image_responses.AnnotationSummary | None:
    """Return the numbers of an image's annotations for its record; None where nobody has looked at it."""
    hidden = _hidden(found)
    if not (found.models or found.all or hidden or found.skipped):
        return None
    body: image_responses.AnnotationSummary = {"counts": found.counts}
    if found.people is not None:
        body["people"] = found.people
    return cast("image_responses.AnnotationSummary", {**body, **hidden, **_of_services(found)})


def judgement(made: Judgement) -> image_responses.Judgement:
    """Return an admin's judgement as the image's owner sees it; which admin it was, only admins see."""
    told = {"verdict": made.verdict, "time": made.time or None, "note": made.note}
    return cast("image_responses.Judgement", {name: value for name, value in told.items() if value is not None})


def _hidden(found: Annotations) -> dict[str, Any]:
    """Return whether others do not see the image, and an admin's judgement, where there is one."""
    told: dict[str, Any] = {"withheld": True} if found.withheld else {}
    return {**told, "judgement": judgement(found.judgement)} if found.judgement else told


def _of_services(found: Annotations) -> dict[str, Any]:
    """Return the runs that services skipped, and their cost, where there are any."""
    told = {"skipped": dict(found.skipped), "cost_micro_usd": found.cost}
    return {name: value for name, value in told.items() if value}


def annotation(one: Annotation) -> annotation_responses.Annotation:
    """Return one annotation."""
    told = {
        "annotation_id": one.annotation_id,
        "kind": one.kind,
        "value": one.value,
        "source": "model" if one.decision in (None, REMOVED) else "person",
        "score": one.score,
        "model": one.model,
        "decision": one.decision,
        "box": one.box and {name: getattr(one.box, name) for name in one.box.__struct_fields__},
        "language": one.language,
        "details": dict(one.details) or None,
    }
    return cast(
        "annotation_responses.Annotation", {key: value for key, value in told.items() if value is not None}
    )
