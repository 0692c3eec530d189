"""Tell why a codec failed: the file is broken, or of a kind that the codec does not know.

A sound file is never called broken. So a failure says `not_decodable` where the codec names a thing it does not
know, or where the format has kinds that it does not know and the file is one of them; unless its structure is
damaged as far as the metadata's reader saw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import UnidentifiedImageError

from image_processing.errors import Corrupt, NotDecodable, TooComplex, Truncated

if TYPE_CHECKING:
    from image_processing.errors import ImageError
    from image_processing.metadata.record import ImageMetadata

_NO_MEMORY = "decoder error -9"  # Pillow's IMAGING_CODEC_MEMORY
_SHORT = ("truncated", "not enough", "end of file")
_UNKNOWN = (
    "unsupported",
    "not supported",
    "not implemented",
    "no codec",
    "cannot handle",
    "unknown ",
    "unrecognized mode",
)
# Formats whose standards know far more kinds of pixels than any codec: what is not identified there is sound.
_VARIED_FORMATS = frozenset({"TIFF", "HEIF", "AVIF", "JP2", "JXL", "BMP"})
_CODEC_ERRORS = (OSError, SyntaxError, ValueError, RuntimeError)  # others are slips, of a plugin or of ours
_DAMAGE = frozenset({"truncated", "no_scan", "header", "directory"})  # warnings of a structure that is not whole
_JPEG_ENCODINGS = frozenset({"baseline", "extended sequential", "progressive", "lossless"})


def reason(error: Exception, metadata: ImageMetadata) -> ImageError:
    """Return the refusal for an exception that a codec raised."""
    text = str(error).lower()
    if isinstance(error, MemoryError) or "memory" in text or text == _NO_MEMORY:
        return TooComplex("Decoding takes too much memory. Please send a smaller image.", metadata)
    if _is_unknown(error, text, metadata):
        return NotDecodable(
            "The pixels are stored in a way that is not decoded here. Please send JPEG, PNG or WebP to see them.",
            metadata,
        )
    if isinstance(error, EOFError) or any(word in text for word in _SHORT):
        return Truncated("The file ends before its image does. Please send the whole file again.", metadata)
    return Corrupt("The pixels are damaged. Please export the image again.", metadata)


def _is_unknown(error: Exception, text: str, metadata: ImageMetadata) -> bool:
    """Tell a kind of file that no decoder here knows from a broken one."""
    if any(warning.code in _DAMAGE for warning in metadata.warnings):
        return False
    name = metadata.get("format")
    if name == "JPEG":
        return _is_unknown_jpeg(metadata)
    if name not in _VARIED_FORMATS:
        return False
    named = isinstance(error, _CODEC_ERRORS) and any(word in text for word in _UNKNOWN)
    return named or isinstance(error, UnidentifiedImageError)


def _is_unknown_jpeg(metadata: ImageMetadata) -> bool:
    """Tell a JPEG that libjpeg or Pillow cannot read (ITU-T T.81, table B.1): by its frame alone."""
    known = metadata.get("bit_depth") == 8 and metadata.get("encoding") in _JPEG_ENCODINGS
    return metadata.get("encoding") is not None and not known
