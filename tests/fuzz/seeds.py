"""Where fuzzing starts: small files of every container, and blocks of every payload."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pillow_heif
from PIL import Image, ImageCms

from tests import samples

if TYPE_CHECKING:
    from pathlib import Path

MAX_SEED = 1 << 16  # bytes; of a larger file the head

_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image/jpeg">'
    b'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">T</rdf:li></rdf:Alt></dc:title>'
    b"<dc:subject><rdf:Bag><rdf:li>a</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
)
_IPTC = b"\x1c\x01\x5a\0\x03\x1b%G\x1c\x02\x05\0\x05title\x1c\x02\x19\0\x03key"
_JUMB = (
    b"\0\0\0\x31jumb\0\0\0\x1ejumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\x03c2pa\0\0\0\0\x0bcbor\xa1\x61a\1"
)
_CERTIFICATE = b"\x30\x16\x30\x14\x02\x01\x01\x30\0\x30\0\x30\0\x30\x0b\x31\x09\x30\x07\x06\x03\x55\x04\x03\x0c\0"
_GRAPH = (
    b'{"1": {"class_type": "KSampler", "inputs": {"positive": ["2", 0]}}, "2": {"class_type": "T", "inputs": {}}}'
)


def made() -> list[bytes]:
    """Make the seeds that need no corpus."""
    pillow_heif.register_heif_opener()
    exif = Image.open(io.BytesIO(samples.photo())).info["exif"]
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = samples.picture((24, 16))
    blocks = {"exif": exif, "icc_profile": profile, "xmp": _XMP}
    files = [_saved(picture, form, **blocks) for form in ("JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF")]
    files += [_saved(picture, image_format) for image_format in ("GIF", "BMP", "JPEG2000")]
    files += [
        _saved(picture, form, save_all=True, append_images=[picture]) for form in ("GIF", "PNG", "WEBP", "TIFF")
    ]
    files.append(b"\xff\x0a\xfa\x1f\x41\x91\x88\x06\x10")  # the head of a bare JPEG XL codestream
    photoshop = b"8BIM\x04\x04\0\0" + len(_IPTC).to_bytes(4, "big") + _IPTC
    payloads = [exif, _XMP, _IPTC, profile, photoshop, _JUMB, _JUMB, b"\xa1\x61a\x82\1\2", _CERTIFICATE, _GRAPH]
    return files + [bytes([0x80 - 0x80 % 10 + index]) + body for index, body in enumerate(payloads)]


def found(folder: Path) -> list[bytes]:
    """Read the heads of all files below a folder."""
    seeds = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                seeds.append(file.read(MAX_SEED))
    return seeds


def _saved(image: Image.Image, image_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, image_format, **options)
    return out.getvalue()
