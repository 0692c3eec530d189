"""The answer of an accessibility audit. The annotations are types, as in `image_responses`."""

from typing import Literal, NotRequired, TypedDict

from chalicelib.api.schemas.annotation_responses import Box
from chalicelib.api.schemas.image_responses import ImageId, Links


class AccessibilityFinding(TypedDict):
    """Something that keeps people from the picture."""

    code: Literal["alt_missing", "text_not_in_alt", "text_contrast", "text_small", "colors_alike"]
    criterion: NotRequired[Literal["1.1.1", "1.4.1", "1.4.3"]]  # success criterion of WCAG 2.2
    suspected: bool  # true: likely, and not measured
    detail: str
    annotation_id: NotRequired[str]  # of the text
    text: NotRequired[str]
    box: NotRequired[Box]
    size: NotRequired[float]  # CSS pixels of the text's font, where the picture is `width` wide
    contrast: NotRequired[float]
    required: NotRequired[float]
    text_colour: NotRequired[str]  # `#rrggbb`, as is the next
    background: NotRequired[str]
    texts: NotRequired[list[str]]
    colors: NotRequired[list[str]]  # two `#rrggbb`
    deficiencies: NotRequired[list[Literal["protan", "deutan", "tritan"]]]


class Accessibility(TypedDict):
    """What an audit of an image found."""

    image_id: ImageId
    width: int  # CSS pixels that the picture is taken to be shown at
    alt: NotRequired[str]
    alt_draft: NotRequired[str]  # a sentence of what is known, to be corrected; nobody else sees it
    text_looked_for: bool  # false: no model has looked for text, so that nothing is said of it
    findings: list[AccessibilityFinding]
    links: Links
