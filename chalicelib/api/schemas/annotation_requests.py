"""Requests about annotations as typed structs with bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.api.schemas.image_requests import Written

MAX_AT_ONCE = 50
Fraction = Annotated[float, Meta(ge=0, le=1)]
Size = Annotated[float, Meta(gt=0, le=1)]
Value = Annotated[str, Meta(min_length=1, max_length=400)]


class ShownAnnotations(Struct, forbid_unknown_fields=True):
    """Query of the annotations of an image: the removed ones, too, so that a removal can be undone."""

    removed: bool = False


class ShownWidth(Struct, forbid_unknown_fields=True):
    """Query of an audit: the CSS pixels that the picture is shown at; its own width, up to 1,200, by default."""

    width: Annotated[int, Meta(ge=1, le=10_000)] | None = None


class Rectangle(Struct, forbid_unknown_fields=True):
    """A rectangle in fractions of the upright picture's width and height; it ends within the picture."""

    left: Fraction
    top: Fraction
    width: Size
    height: Size


class AnnotationDecision(Written, forbid_unknown_fields=True):
    """A decision about an annotation; null undoes it. `corrected` alone takes, and needs, the right value."""

    annotation_id: Annotated[str, Meta(pattern="^[a-z2-7]{16}$", description="Id of an annotation of the image")]
    decision: Literal["confirmed", "corrected", "removed"] | None
    value: Value | UnsetType = UNSET


class AddedAnnotation(Written, forbid_unknown_fields=True):
    """An annotation of the owner's own. A face has a box and no value; all others have a value."""

    kind: Literal["text", "face", "code", "label"]
    value: Value | UnsetType = UNSET
    box: Rectangle | None = None
    language: (
        Annotated[
            str,
            Meta(
                pattern="^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$",
                description="Language of the value, as in BCP 47",
                examples=["en", "pt-BR"],
            ),
        ]
        | None
    ) = None


class AnnotationsEdit(Struct, forbid_unknown_fields=True):
    """Body of `PATCH /v1/images/{image_id}/annotations`: decisions, and annotations to add."""

    decisions: Annotated[list[AnnotationDecision], Meta(max_length=MAX_AT_ONCE)] = []
    additions: Annotated[list[AddedAnnotation], Meta(max_length=MAX_AT_ONCE)] = []
