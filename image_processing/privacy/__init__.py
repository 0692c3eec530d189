"""Copy JPEG, PNG and WebP files block by block: only blocks that show the picture, each at its own length.

Blocks are kept by an allow-list, never left out by a list of private ones. Pixels are not decoded;
a PNG's are inflated to find their end. `derive.strip_private` names the limits of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from image_processing.privacy import jpeg, png, webp

if TYPE_CHECKING:
    from collections.abc import Callable

COPIES: dict[str, Callable[[bytes, bytes], bytes]] = {"JPEG": jpeg.copy, "PNG": png.copy, "WEBP": webp.copy}
"""Format -> the function that copies a file of it and puts an Exif block in."""
