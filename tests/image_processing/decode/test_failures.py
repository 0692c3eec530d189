"""A kind of file that a codec does not know is no damage; damage is no such kind."""

import io
import struct
from typing import Any

import pytest
from PIL import Image

from image_processing import examine
from image_processing.errors import Corrupt, NotDecodable, Truncated
from image_processing.source import BytesSource
from tests.image_processing import builders
from tests.image_processing.builders import LONG, SHORT


def lossless(*segments, precision=16, marker=0xC3):
    """Write a grey JPEG of two pixels by its frame: lossless (ITU-T T.81, annex H), arithmetic, hierarchical."""
    frame = builders.segment(marker, struct.pack(">BHHB3B", precision, 1, 2, 1, 1, 0x11, 0))
    scan = builders.segment(0xDA, bytes([1, 1, 0, 1, 0, 0])) + b"\x7f\x7f"
    return b"\xff\xd8" + b"".join(segments) + frame + scan + b"\xff\xd9"


def tiff(tags):
    own = {256: (LONG, 2), 257: (LONG, 1), 258: (SHORT, 8), 259: (SHORT, 1), 262: (SHORT, 1), 277: (SHORT, 1)}
    return builders.tiff_image([b"\0\xff"], own | {278: (LONG, 1)} | tags)


def bmp(compression=0, bits=24, masks=b""):
    head = struct.pack("<IiiHHIIiiII", 40, 1, 1, 1, bits, compression, 4, 0, 0, 0, 0)
    start = 14 + len(head) + len(masks)
    return b"BM" + struct.pack("<IHHI", start + 4, 0, 0, start) + head + masks + bytes(4)


UNKNOWN = {
    "lossless JPEG of 16 bits": lossless(),
    "JPEG of 12 bits": lossless(precision=12, marker=0xC1),
    "hierarchical JPEG": lossless(precision=8, marker=0xC5),
    "a kind that is not known, with rubbish between its segments": lossless(
        builders.segment(0xFE, b"note"), b"rubbish"
    ),
    "LERC in a TIFF": tiff({259: (SHORT, 34887)}),
    "JPEG XL in a TIFF": tiff({259: (SHORT, 50002)}),
    "raw sensor data in a TIFF": tiff({262: (SHORT, 32803)}),
    "samples of 5, 6 and 5 bits": tiff({258: (SHORT, (5, 6, 5)), 262: (SHORT, 2), 277: (SHORT, 3)}),
    "a TIFF of a kind that is not known, with a tag whose value is nowhere": tiff(
        {259: (SHORT, 34887), 270: (builders.ASCII, b"x" * 9)}
    ),
    "Exif alone, in a TIFF": builders.tiff([(271, builders.ASCII, b"Make\0")]),
    "masks of a BMP": bmp(3, 16, struct.pack("<III", 0xFF00, 0xF0, 0xF)),
    "Huffman in a BMP": bmp(9),
}


@pytest.mark.parametrize("name", UNKNOWN)
@pytest.mark.parametrize("profile", [examine.STANDARD, examine.FULL])
def test_a_kind_that_no_codec_knows_is_not_damage(name, profile):
    """The file is sound, and its metadata are there."""
    with pytest.raises(NotDecodable) as caught:
        examine.examine(BytesSource(UNKNOWN[name]), profile)

    assert caught.value.metadata.get("width") or caught.value.metadata.get("make") == "Make"


def saved(image_format, **options):
    out = io.BytesIO()
    Image.effect_noise((64, 64), 80).convert("RGB").save(out, image_format, **options)
    return out.getvalue()


BROKEN: dict[str, tuple[bytes, Any]] = {
    "a JPEG cut short": (saved("JPEG")[:900], Truncated),
    "a TIFF whose compressed strip is rubbish": (tiff({259: (SHORT, 5)}), Corrupt),
    "a GIF without an image": (saved("GIF")[:790], (Truncated, Corrupt)),
    "a WebP cut short": (saved("WEBP")[:200], (Truncated, Corrupt)),
    "an AVIF cut short": (saved("AVIF")[:-90], (Truncated, Corrupt)),
    "a BMP cut short": (saved("BMP")[:5000], Truncated),
}


@pytest.mark.parametrize("name", BROKEN)
def test_damage_is_not_taken_for_a_kind_that_is_not_known(name):
    """A file of a kind that every codec knows, and that is not whole, is refused."""
    data, error = BROKEN[name]

    with pytest.raises(error):
        examine.examine(BytesSource(data))
