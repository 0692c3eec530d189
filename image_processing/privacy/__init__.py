"""Copy JPEG, PNG and WebP files block by block: what shows the picture, each block at its own length, and no more.

Blocks are kept by a list of what is known, never left out by a list of what is private. Pixels are not decoded;
a PNG's are inflated to find their end. What this cannot see is named at `derive.strip_private`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from image_processing.privacy import jpeg, png, webp

if TYPE_CHECKING:
    from collections.abc import Callable

COPIES: dict[str, Callable[[bytes, bytes], bytes]] = {"JPEG": jpeg.copy, "PNG": png.copy, "WEBP": webp.copy}
"""Format -> what copies a file of it and puts an Exif block in."""
