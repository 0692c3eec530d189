"""Every error of reading an image. All refuse it but NotDecodable, which a record has as a warning.

ImageError
├── NotAnImage          not_an_image         these bytes are no image
├── FormatNotAccepted   format_not_accepted  an image or a document, but not of a kind taken here
├── Truncated           truncated            the file ends before its image does, or lacks some of its pixels
├── Corrupt             corrupt              pixels or structure are damaged
├── NotDecodable        not_decodable        the file is sound, but no decoder here knows its pixels
├── TooManyPixels       too_many_pixels      decoding would take too much memory
├── TooComplex          too_complex          decoding took too much memory or time, or crashed the codec
└── TooLarge            too_large            the file has too many bytes
"""

from __future__ import annotations

from typing import Any, ClassVar


class ImageError(Exception):
    """An image is refused; the text gives people the reason and the remedy."""

    code: ClassVar[str] = "image_error"

    def __init__(self, message: str, metadata: Any = None) -> None:
        super().__init__(message)
        self.metadata = metadata  # `ImageMetadata`, as far as it could be read; its package imports this module


class NotAnImage(ImageError):
    """The bytes begin like no image that is known."""

    code = "not_an_image"


class FormatNotAccepted(ImageError):
    """The file is recognised, but its kind is not taken here."""

    code = "format_not_accepted"


class Truncated(ImageError):
    """The file ends before its image does, or lacks some of its pixels."""

    code = "truncated"


class Corrupt(ImageError):
    """The pixels or the structure of the file are damaged."""

    code = "corrupt"


class NotDecodable(ImageError):
    """The file is sound as far as can be told, but its pixels are of a kind that no decoder here knows."""

    code = "not_decodable"


class TooManyPixels(ImageError):
    """Decoding the image would take more memory than is allowed."""

    code = "too_many_pixels"


class TooComplex(ImageError):
    """Decoding the file took more memory or time than is allowed, or crashed the codec."""

    code = "too_complex"


class TooLarge(ImageError):
    """The file has more bytes than are allowed."""

    code = "too_large"


class OutOfTimeError(Exception):
    """Decoding takes longer than the caller can wait: nothing is wrong with the file. Try again with more time."""


BY_CODE: dict[str, type[ImageError]] = {kind.code: kind for kind in ImageError.__subclasses__()}
"""Every kind of refusal by its code."""
