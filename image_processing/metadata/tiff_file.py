"""Read TIFF and BigTIFF files, and the camera RAW formats that are built on TIFF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_processing.metadata import exif, tiff_structure

if TYPE_CHECKING:
    from image_processing.metadata.findings import Findings
    from image_processing.source import Source

_MODELS = {0: "gray", 1: "gray", 2: "rgb", 3: "palette", 5: "cmyk", 6: "rgb", 8: "lab", 9: "lab", 10: "lab"}
_ONE_OF_SEVERAL, _OLD_REDUCED = 2, 2  # NewSubfileType: a page of many; SubfileType: a reduced image
_CFA, _LINEAR_RAW = 32803, 34892
MAGIC = {42: False, 43: True, 85: False, 0x4F52: False, 0x5352: False}  # RW2 and ORF have their own
_COMPRESSIONS = {
    1: "none",
    2: "CCITT RLE",
    3: "CCITT Group 3",
    4: "CCITT Group 4",
    5: "LZW",
    6: "JPEG (old style)",
    7: "JPEG",
    8: "deflate",
    32773: "PackBits",
    32946: "deflate",
    34661: "JBIG",
    34712: "JPEG 2000",
    34887: "LERC",
    34892: "lossy JPEG",
    34925: "LZMA",
    50000: "Zstandard",
    50001: "WebP",
    50002: "JPEG XL",
}
_RAW_MAKERS = (
    ("NIKON", "NEF"),
    ("SONY", "ARW"),
    ("PENTAX", "PEF"),
    ("RICOH", "PEF"),
    ("SAMSUNG", "SRW"),
    ("HASSELBLAD", "3FR"),
)


def read(source: Source, findings: Findings) -> None:
    """Read every directory: the first image tells size and colour, the others count as pages or previews."""
    structure = tiff_structure.header(source, magic=MAGIC)
    if structure is None:
        findings.warn("header", "The TIFF header is damaged.")
        return
    tree = exif.Tree(structure, findings)
    images = tree.images(pages=True)
    if images:
        _facts(images, source, findings)
        findings.fact("page_count", max(sum(map(_is_page, tree.pages)), 1), "TIFF:IFD")
    tree.read_payloads()


def _facts(images: list[dict[str, Any]], source: Source, findings: Findings) -> None:
    """Record format, size, colour, pages and preview from the directories."""
    kind = _raw_kind(images, source)
    if kind:
        findings.override("format", kind, "TIFF:Make")
    main = _main(images) if kind or findings.known("format") != "TIFF" else images[0]
    _image(main, findings)
    if kind:
        _declared_size(main, findings)
    _preview(images, source, findings)


def _is_page(image: dict[str, Any]) -> bool:
    """Tell whether an image is a page, not reduced, a mask or a depth map (TIFF 6.0, section 8; DNG 1.7)."""
    sized = _number(image.get("ImageWidth")) and _number(image.get("ImageLength"))
    other = _number(image.get("NewSubfileType")) & ~_ONE_OF_SEVERAL or image.get("SubfileType") == _OLD_REDUCED
    return bool(sized and not other)


def _number(value: Any) -> int:
    value = value[0] if isinstance(value, tuple) else value
    return int(value) if isinstance(value, int | float) else 0


def _raw_kind(images: list[dict[str, Any]], source: Source) -> str | None:
    first = images[0]
    if "DNGVersion" in first:
        return "DNG"
    if source.read(8, 4) == b"IIII":
        return "IIQ"
    if "DNGPrivateData" in first and str(first.get("Make", "")).startswith("SONY"):
        return "ARW"
    raw = any(_number(image.get("PhotometricInterpretation")) in (_CFA, _LINEAR_RAW) for image in images)
    make = str(first.get("Make", "")).upper()
    return next((kind for maker, kind in _RAW_MAKERS if raw and make.startswith(maker)), None)


def _main(images: list[dict[str, Any]]) -> dict[str, Any]:
    """Choose the largest image of a RAW file."""
    return max(images, key=lambda image: _number(image.get("ImageWidth")) * _number(image.get("ImageLength")))


def _declared_size(main: dict[str, Any], findings: Findings) -> None:
    """Take Exif's size where the RAW image lies outside the directories (Phase One)."""
    tags = findings.group("Exif")
    width, height = _number(tags.get("PixelXDimension")), _number(tags.get("PixelYDimension"))
    if width * height > _number(main.get("ImageWidth")) * _number(main.get("ImageLength")):
        findings.override("stored_width", width, "Exif:PixelXDimension")
        findings.override("stored_height", height, "Exif:PixelYDimension")


def _image(tags: dict[str, Any], findings: Findings) -> None:
    origin = "TIFF:"
    findings.fact("stored_width", _number(tags.get("ImageWidth")) or None, origin + "ImageWidth")
    findings.fact("stored_height", _number(tags.get("ImageLength")) or None, origin + "ImageLength")
    findings.fact("bit_depth", _number(tags.get("BitsPerSample", 1)) or None, origin + "BitsPerSample")
    photometric = tags.get("PhotometricInterpretation")
    model = _MODELS.get(_number(photometric)) if photometric is not None else None
    findings.fact("color_model", model, origin + "PhotometricInterpretation")
    extra = tags.get("ExtraSamples")
    extras = extra if isinstance(extra, tuple | bytes) else (extra,)
    findings.fact("has_alpha", any(item in (1, 2) for item in extras), origin + "ExtraSamples")
    findings.fact("compression", _COMPRESSIONS.get(_number(tags.get("Compression"))), origin + "Compression")


def _preview(images: list[dict[str, Any]], source: Source, findings: Findings) -> None:
    """Find the largest embedded JPEG: by its own tags, or an image of one JPEG strip."""
    best = (0, 0)
    for tags in images:
        offset = _number(tags.get("JPEGInterchangeFormat"))
        length = _number(tags.get("JPEGInterchangeFormatLength"))
        if not length and _number(tags.get("Compression")) in (6, 7):
            offset, length = _number(tags.get("StripOffsets")), _number(tags.get("StripByteCounts"))
        if length > best[1] and source.read(offset, 3) == b"\xff\xd8\xff":
            best = (offset, length)
    if best[1] and findings.known("format") != "TIFF":
        findings.fact("preview_offset", best[0], "TIFF:JPEGInterchangeFormat")
        findings.fact("preview_length", best[1], "TIFF:JPEGInterchangeFormatLength")
