"""Media types of requests and images, and the other names that browsers and tools have for them."""

from __future__ import annotations

from image_processing import formats

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"  # what the body of every PATCH is (RFC 7396)
UNKNOWN_IMAGE = "application/octet-stream"
IMAGES = sorted({known.mime_type for known in formats.FORMATS.values()} | {"image/heic"}) + [UNKNOWN_IMAGE]
"""What an image is kept as; what it is, its bytes tell."""

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
"""What browsers and tools send besides, and as what such an image is kept."""

ACCEPTED_IMAGES = [*IMAGES, *ALIASES]
"""What an image may be sent as."""

BY_EXTENSION = {end: known.mime_type for known in formats.FORMATS.values() for end in known.extensions}


def bare(header: str) -> str:
    """Return a media type without its parameters, in small letters (RFC 9110, section 8.3.1)."""
    return header.partition(";")[0].strip().lower()


def kept(media_type: str) -> str:
    """Return what an image that is sent as a media type is kept as."""
    return ALIASES.get(media_type, media_type)
