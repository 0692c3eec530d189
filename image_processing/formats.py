"""Identify a format by its content, never by its name, and list the accepted ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from image_processing.errors import FormatNotAccepted, NotAnImage

if TYPE_CHECKING:
    from image_processing.source import Source

MAX_BYTES = 200_000_000  # a larger file is not taken
MAX_PIXELS = 120_000_000  # a larger image is not decoded
MAX_SIDE = 100_000  # pixels
SNIFF_LENGTH = 4096  # enough for any signature, and for SVG after a comment


class Format(NamedTuple):
    """A kind of image file."""

    name: str
    mime_type: str
    extensions: tuple[str, ...]


_RAW = (
    ("DNG", "image/x-adobe-dng", "dng"),
    ("CR2", "image/x-canon-cr2", "cr2"),
    ("CR3", "image/x-canon-cr3", "cr3"),
    ("CRW", "image/x-canon-crw", "crw"),
    ("NEF", "image/x-nikon-nef", "nef"),
    ("ARW", "image/x-sony-arw", "arw"),
    ("PEF", "image/x-pentax-pef", "pef"),
    ("SRW", "image/x-samsung-srw", "srw"),
    ("ORF", "image/x-olympus-orf", "orf"),
    ("RW2", "image/x-panasonic-rw2", "rw2"),
    ("RAF", "image/x-fuji-raf", "raf"),
    ("IIQ", "image/x-phaseone-iiq", "iiq"),
    ("3FR", "image/x-hasselblad-3fr", "3fr"),
    ("MRW", "image/x-minolta-mrw", "mrw"),
    ("X3F", "image/x-sigma-x3f", "x3f"),
)
RAW_FORMATS = frozenset(name for name, _, _ in _RAW)

FORMATS: dict[str, Format] = {
    item.name: item
    for item in (
        Format("JPEG", "image/jpeg", ("jpg", "jpeg", "jpe")),
        Format("PNG", "image/png", ("png", "apng")),
        Format("WEBP", "image/webp", ("webp",)),
        Format("GIF", "image/gif", ("gif",)),
        Format("TIFF", "image/tiff", ("tif", "tiff")),
        Format("BMP", "image/bmp", ("bmp", "dib")),
        Format("HEIF", "image/heif", ("heic", "heif", "hif")),
        Format("AVIF", "image/avif", ("avif",)),
        Format("JP2", "image/jp2", ("jp2", "j2k", "jpx", "j2c")),
        Format("JXL", "image/jxl", ("jxl",)),
        *(Format(name, mime, (extension,)) for name, mime, extension in _RAW),
    )
}

_BY_NAME: dict[str, str] = {
    **{extension: item.name for item in FORMATS.values() for extension in (item.name.lower(), *item.extensions)},
    "jfif": "JPEG",
    "jpeg2000": "JP2",
    "jpegxl": "JXL",
}
"""Formats by their names and extensions, in lower case."""

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JP2"),
    (b"\0\0\0\x0cjP\x1a\x1a\r\n\x87\n", "JP2"),
    (b"\xff\x4f\xff\x51\0", "JP2"),
    (b"\xff\x0a", "JXL"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JXL"),
    (b"FUJIFILMCCD-RAW", "RAF"),
    (b"IIU\0", "RW2"),
    (b"IIRO", "ORF"),
    (b"IIRS", "ORF"),
    (b"MMOR", "ORF"),
    (b"\0MRM", "MRW"),
    (b"FOVb", "X3F"),
)

# Recognised by name, with its article, so that the refusal can say what was sent.
_REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF"),
    (b"8BPS", "a Photoshop (PSD)"),
    (b"\0\0\1\0", "an icon (ICO)"),
    (b"\0\0\2\0", "a cursor (CUR)"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (b"\x8aMNG\r\n\x1a\n", "an MNG animation"),
    (b"\x8bJNG\r\n\x1a\n", "a JNG"),
    (b"v/1\x01", "an OpenEXR"),
    (b"#?RADIANCE", "a Radiance HDR"),
    (b"qoif", "a QOI"),
    (b"DDS ", "a DirectDraw surface (DDS)"),
    (b"gimp xcf", "a GIMP (XCF)"),
    (b"PK\3\4", "a ZIP or office document"),
    (b"\x1f\x8b", "a gzip"),
    (b"FLV\1", "a Flash video"),
    (b"\xc5\xd0\xd3\xc6", "an EPS"),
    (b"%!PS", "a PostScript"),
    (b"\xd7\xcd\xc6\x9a", "a Windows metafile (WMF)"),
    (b"BPG\xfb", "a BPG"),
    (b"ID3", "an MP3 audio"),
    (b"OggS", "an Ogg"),
)

_BRANDS: dict[bytes, str] = {
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    **dict.fromkeys(
        (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1", b"mif2"),
        "HEIF",
    ),
    b"crx ": "CR3",
    **dict.fromkeys((b"jp2 ", b"jpx ", b"jpm "), "JP2"),
}
ACCEPTED = "JPEG, PNG, WebP, GIF, TIFF, BMP, HEIF, AVIF, JPEG 2000, JPEG XL or camera RAW"


def named(text: str) -> Format | None:
    """Return the format that a name or an extension is used for, such as `jpg`, `.HEIC` or `JPEG 2000`."""
    name = _BY_NAME.get("".join(text.lower().split()).lstrip("."))
    return None if name is None else FORMATS[name]


def sniff(source: Source) -> Format:
    """Tell the format of a file from its first bytes.

    TIFF-based RAW files are told apart from TIFF by the metadata reader, not here.

    Raises:
        NotAnImage: the bytes are of no known kind.
        FormatNotAccepted: the kind is known and not taken.

    """
    head = source.read(0, SNIFF_LENGTH)
    name = _name(head)
    if name is not None:
        return FORMATS[name]
    refused = _refused(head)
    if refused is not None:
        raise FormatNotAccepted(f"This is {refused} file. Please send {ACCEPTED}.")
    if not head:
        raise NotAnImage("The file is empty. Please send it again.")
    raise NotAnImage(f"This file is not an image of a known kind. Please send {ACCEPTED}.")


def _name(head: bytes) -> str | None:
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return "CR2" if name == "TIFF" and head[8:10] == b"CR" else name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return _brand(head)
    if head[:2] in (b"II", b"MM") and head[6:14] == b"HEAPCCDR":
        return "CRW"
    # "BM" alone is too little: the header's own length must be one that exists or could
    if head[:2] == b"BM" and len(head) >= 26 and 12 <= int.from_bytes(head[14:18], "little") <= 1024:
        return "BMP"
    return None


def _brand(head: bytes) -> str | None:
    """Tell a format by ISO base media file type (ISO/IEC 14496-12, 4.3): major brand, then compatible ones."""
    size = min(max(int.from_bytes(head[:4], "big"), 16), 512)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))]
    names = [_BRANDS[brand] for brand in brands if brand in _BRANDS]
    if brands[0] in (b"mif1", b"msf1", b"mif2"):  # structural brands: the codec's brand tells more
        return "AVIF" if "AVIF" in names else "HEIF"
    return names[0] if names else None


def _refused(head: bytes) -> str | None:
    for signature, name in _REFUSED:
        if head.startswith(signature):
            return name
    if head[4:8] == b"ftyp":
        return "a video (MP4 or QuickTime)"
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "a QuickTime video"
    if head[:4] == b"RIFF":
        return {b"AVI ": "an AVI video", b"WAVE": "a WAV audio"}.get(head[8:12], "a RIFF")
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")) and b"<svg" in text:
        return "an SVG"
    if text.startswith((b"<!doctype html", b"<html")):
        return "a web page (HTML)"
    return None
