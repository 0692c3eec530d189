"""The answer about crops. The annotations are types, as in `image_responses`."""

from typing import NotRequired, TypedDict

from chalicelib.api.schemas.annotation_responses import Box
from chalicelib.api.schemas.image_responses import ImageId, Links


class CropPixels(TypedDict):
    """A rectangle in whole pixels of the upright picture, from its upper left corner."""

    left: int
    top: int
    width: int
    height: int


class CropHeads(TypedDict):
    """The number of heads that a crop shows whole, in part, and not at all."""

    kept: int
    cut: int
    outside: int


class Crop(TypedDict):
    """The largest part of a picture that has a ratio, where it keeps the heads."""

    ratio: str  # as it was asked for
    box: Box
    pixels: CropPixels
    object_position: str  # of CSS: shows this part under `object-fit: cover`, in a frame of the ratio
    heads: CropHeads


class Crops(TypedDict):
    """Crops of an image, in the order in which their ratios were asked for, each once."""

    image_id: ImageId
    width: int  # pixels, as displayed
    height: int
    people: NotRequired[int]  # faces; absent where nobody has looked for any, so that each crop is centred
    crops: list[Crop]
    links: Links
