"""Media types of requests and images, and the other names that browsers and tools have for them."""

from __future__ import annotations

from image_processing import formats

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"  # the type of every PATCH body (RFC 7396)
UNKNOWN_IMAGE = "application/octet-stream"
IMAGES = sorted({known.mime_type for known in formats.FORMATS.values()} | {"image/heic"}) + [UNKNOWN_IMAGE]
"""Media types under which images are stored; their format is read from their bytes."""

ALIASES = {
    **dict.fromkeys(("image/jpg", "image/pjpeg"), "image/jpeg"),  # common, though never registered; old browsers
    **dict.fromkeys(("image/apng", "image/vnd.mozilla.apng", "image/x-png"), "image/png"),
    **dict.fromkeys(("image/tif", "image/x-tiff"), "image/tiff"),
    **dict.fromkeys(("image/x-bmp", "image/x-ms-bmp"), "image/bmp"),  # Python and libmagic, before RFC 7903
    **dict.fromkeys(("image/jpx", "image/jpeg2000"), "image/jp2"),
    "image/heic-sequence": "image/heic",
    "image/heif-sequence": "image/heif",
    "image/avif-sequence": "image/avif",
}
"""Other media types that browsers and tools send, and the types under which such images are stored."""

ACCEPTED_IMAGES = [*IMAGES, *ALIASES]
"""Media types that are accepted for images."""

BY_EXTENSION = {end: known.mime_type for known in formats.FORMATS.values() for end in known.extensions}


def bare(header: str) -> str:
    """Return a media type without its parameters, in small letters (RFC 9110, section 8.3.1)."""
    return header.partition(";")[0].strip().lower()


def kept(media_type: str) -> str:
    """Return the media type under which an image of a sent media type is stored."""
    return ALIASES.get(media_type, media_type)
