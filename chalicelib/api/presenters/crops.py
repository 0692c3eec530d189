"""Crops of an image that keep the heads in it. Its owner alone sees them: their places tell where people are."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import image_record
from chalicelib.catalogue.index import image_annotations
from image_processing import crops

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.api.call import Call
    from chalicelib.api.schemas import crop_responses
    from chalicelib.catalogue.index.image_annotations import Annotation, Annotations
    from chalicelib.db.models import Image


def shown(call: Call, image: Image, ratios: Iterable[str]) -> crop_responses.Crops:
    """Return crops of an image; where its size is not known, raise Problem (404)."""
    size = _size(image)
    if size is None:
        raise Problem(
            "size_not_available", "The width and height of this image are not known: its file could not be read."
        )
    own, found = call.link(f"/v1/images/{image.image_id}"), image_annotations.of(image)
    body: crop_responses.Crops = {
        "image_id": image.image_id,
        "width": size[0],
        "height": size[1],
        "crops": of(image, found, ratios),
        "links": {"self": f"{own}/crops", "image": own},
    }
    if found.people is not None:
        body["people"] = found.people
    return body


def of(image: Image, found: Annotations, ratios: Iterable[str]) -> list[crop_responses.Crop]:
    """Return crops of an image whose annotations are read; none where its size is not known."""
    size = _size(image)
    if size is None:
        return []
    faces = [face for one in found.shown if (face := _face(one))]
    return [_crop(ratio, crops.crop(size, _number(ratio), faces)) for ratio in dict.fromkeys(ratios)]


def _size(image: Image) -> tuple[int, int] | None:
    width, height = image_record.whole(image.width), image_record.whole(image.height)
    return (width, height) if width and height else None


def _number(ratio: str) -> float:
    width, _, height = ratio.partition(":")
    return float(width) / float(height)


def _face(one: Annotation) -> crops.Face | None:
    """Return a face; one that its owner decided about is sure."""
    if one.kind != image_annotations.FACE or one.box is None:
        return None
    box = one.box.left, one.box.top, one.box.width, one.box.height
    return crops.Face(box, 1.0 if one.decision or one.score is None else one.score)


def _crop(ratio: str, made: crops.Crop) -> crop_responses.Crop:
    sides = ("left", "top", "width", "height")
    found = {
        "ratio": ratio,
        "box": dict(zip(sides, made.part, strict=True)),
        "pixels": dict(zip(sides, made.pixels, strict=True)),
        "object_position": made.object_position,
        "heads": {"kept": made.kept, "cut": made.cut, "outside": made.outside},
    }
    return cast("crop_responses.Crop", found)
