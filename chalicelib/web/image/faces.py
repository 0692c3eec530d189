"""What a share link with blurred faces would blur, to be shown on an image's page before it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from image_processing import blurred_parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.db.annotation_codec import Box

_SIZES = ("medium", "large", "small")  # of thumbnails, the best for it first


class Area(NamedTuple):
    """A part of a thumbnail, in its pixels."""

    x: int
    y: int
    width: int
    height: int


class Preview(NamedTuple):
    """A thumbnail, and its parts that would be blurred."""

    url: str
    width: int
    height: int
    areas: tuple[Area, ...]

    @property
    def words(self) -> str:
        """The number of faces."""
        number = len(self.areas)
        return "1 face" if number == 1 else f"{number or 'No'} faces"


def preview(thumbnails: Mapping[str, Any], boxes: Sequence[Box] | None) -> Preview | None:
    """Return the preview of blurred faces; None where there is no picture, or nobody has looked for faces."""
    shown = next((thumbnails[size] for size in _SIZES if size in thumbnails), None)
    if shown is None or boxes is None:
        return None
    size = shown["width"], shown["height"]
    regions = [blurred_parts.region((box.left, box.top, box.width, box.height), size) for box in boxes]
    areas = tuple(Area(left, top, right - left, bottom - top) for left, top, right, bottom in regions)
    return Preview(shown["url"], *size, areas)
