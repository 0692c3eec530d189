"""Look back: read everything an image file says about itself, by ranges, bounded, without decoding a pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from image_processing.errors import Corrupt, Truncated
from image_processing.formats import FORMATS, RAW_FORMATS, sniff
from image_processing.metadata import (
    bmff,
    bmp,
    documentation,
    gif,
    jpeg,
    jpeg2000,
    jxl,
    png,
    raw_files,
    riff,
    tiff_file,
)
from image_processing.metadata.budget import Exhausted, Metered
from image_processing.metadata.findings import Findings
from image_processing.metadata.merge import merge
from image_processing.metadata.record import FIELDS, ImageMetadata, schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from image_processing.source import Source

__all__ = ["FIELDS", "ImageMetadata", "documentation", "read", "schema"]

_CONTAINERS: dict[str, Callable[[Source, Findings], None]] = {
    "JPEG": jpeg.read,
    "PNG": png.read,
    "WEBP": riff.read,
    "GIF": gif.read,
    "TIFF": tiff_file.read,
    "BMP": bmp.read,
    "HEIF": bmff.read,
    "AVIF": bmff.read,
    "JP2": jpeg2000.read,
    "JXL": jxl.read,
    **dict.fromkeys(RAW_FORMATS, tiff_file.read),
    **raw_files.CONTAINERS,
}


def read(source: Source) -> ImageMetadata:
    """Read the metadata of an image.

    A broken file yields its readable metadata, with warnings; so does one of so many parts that reading them all
    would take too long ("too_complex").

    Raises:
        NotAnImage: the bytes are of no known kind.
        FormatNotAccepted: the kind is known and not taken.
        Truncated: the file ends before anything after its signature could be read.
        Corrupt: nothing after the signature could be read.

    """
    kind = sniff(source)
    findings = Findings()
    findings.fact("format", kind.name, "signature")
    try:
        _CONTAINERS[kind.name](Metered(source, findings.budget), findings)
    except Exhausted:
        findings.warn("too_complex", "The file has more parts than are read; what was found so far is kept.")
    kind = FORMATS[findings.known("format")]
    findings.fact("mime_type", kind.mime_type, "signature")
    findings.fact("size", source.size, "file")
    values, origins = merge(findings)
    metadata = ImageMetadata(values, origins, tuple(findings.warnings), findings.tags)
    if "stored_width" not in values and not findings.tags:
        if any(warning.code in ("truncated", "no_scan") for warning in findings.warnings):
            raise Truncated(f"This {kind.name} file ends too early. Please send it again.", metadata)
        raise Corrupt(f"This {kind.name} file is damaged. Please send another copy.", metadata)
    return metadata
