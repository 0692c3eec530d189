"""Colours to sRGB by the image's own profile (ICC.1:2022), or plainly where none works."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from PIL import ImageCms

if TYPE_CHECKING:
    from PIL import Image

_MAX_PROFILE = 4 << 20
_DARKEST_WHITE, _BRIGHTEST_WHITE = 0.5, 1.5  # of red, green and blue together, which make 1 in a sound profile
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def converted(image: Image.Image, profile: Any) -> Image.Image:
    """Return an image of mode L, RGB, RGBA, CMYK or LAB in sRGB, as RGB or RGBA, by its profile or plainly.

    `info` of what comes back holds but `colour_managed`: what became of the profile (see `pixels.decode`).
    """
    mode = "RGBA" if image.mode in ("RGBA", "LA", "PA") else "RGB"
    try:
        small, managed = _managed(image, profile, mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        small, managed = None, "unusable"  # a broken profile is no reason to refuse the pixels
    small = small or image.convert(mode)
    small.info = {"colour_managed": managed}
    return small


def _managed(image: Image.Image, profile: Any, mode: str) -> tuple[Image.Image | None, str]:
    """Return the image in sRGB, or None if it is unchanged; and the outcome of the profile."""
    if image.mode == "LAB":
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    if not profile:
        return None, "assumed"
    if not isinstance(profile, bytes) or not 128 < len(profile) <= _MAX_PROFILE:
        return None, "unusable"
    transform = _transform(profile, "RGB" if mode == "RGBA" else image.mode)
    if transform is None:
        return None, "srgb"
    if mode == "RGB":
        return ImageCms.applyTransform(image, transform), "converted"
    found = ImageCms.applyTransform(image.convert("RGB"), transform)
    if found is not None:
        found.putalpha(image.getchannel("A"))
    return found, "converted"


@lru_cache(maxsize=4)  # cameras have few profiles, and a transform takes longer to build than to apply
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the transform of pixels of a mode to sRGB, None where the profile is sRGB's own.

    Raises:
        ValueError: the profile is for other channels, or makes no white of them.
        ImageCms.PyCMSError, OSError: it is broken.

    """
    origin = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = {"L": "GRAY", "CMYK": "CMYK", "LAB": "Lab"}.get(mode, "RGB").ljust(4)
    if origin.profile.xcolor_space != space:
        raise ValueError(f"a profile for {origin.profile.xcolor_space}, not {space}")
    primaries = origin.profile.red_colorant, origin.profile.green_colorant, origin.profile.blue_colorant
    lightness = sum(primary[0][1] for primary in primaries if primary is not None)  # Y of XYZ
    if all(primaries) and not _DARKEST_WHITE < lightness < _BRIGHTEST_WHITE:
        raise ValueError("a profile whose primaries make no white")  # the transform would give noise
    if "sRGB" in (origin.profile.profile_description or ""):
        return None
    return ImageCms.buildTransform(
        origin,
        _SRGB,
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
