"""The answers about annotations. The annotations are types, as in `image_responses`."""

from typing import Any, Literal, NotRequired, TypedDict

from chalicelib.api.schemas.image_responses import ImageId, Judgement, Links, Skipped


class Box(TypedDict):
    """A rectangle in fractions of the upright picture's width and height, from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


class Annotation(TypedDict):
    """One thing in a picture, as a model found it and its owner decided."""

    annotation_id: str
    kind: Literal["text", "face", "code", "label", "unsafe"]
    value: str  # line of text, content of a code, name of a label; empty for a face
    source: Literal["model", "person"]  # who says that it is there; a decision makes it a person
    score: NotRequired[float]  # of the model, 0 to 1; absent where none finds it now
    model: NotRequired[str]  # and its version, `model/version`
    decision: NotRequired[Literal["confirmed", "corrected", "removed", "added"]]
    box: NotRequired[Box]  # absent for the whole picture
    language: NotRequired[str]
    details: NotRequired[dict[str, Any]]  # of the kind, such as the format of a code


class Annotations(TypedDict):
    """The annotations of an image's present content: by kind, then from top to bottom."""

    image_id: ImageId
    enabled: bool  # whether models may look at the account's images
    deleted: bool  # the owner deleted all: no model looks at this content again
    models: dict[str, str]  # `model/version` by kind or run; empty before the first has looked
    counts: dict[str, int]  # by kind
    people: NotRequired[int]  # faces; absent where nobody has looked for any
    withheld: NotRequired[bool]  # true: others do not see the image, because it is unsafe or not judged yet
    undecided: NotRequired[str]  # id of the annotation `unsafe`, for a decision before any model has looked
    judgement: NotRequired[Judgement]  # of an admin, which decides in place of models and owner
    left_out: NotRequired[int]  # findings of low score that were too many to be kept
    skipped: NotRequired[dict[str, Skipped]]  # runs without an answer: label, moderation, text, embedding
    cost_micro_usd: NotRequired[int]  # cost of services for this content, in millionths of a US dollar
    annotations: list[Annotation]
    links: Links
