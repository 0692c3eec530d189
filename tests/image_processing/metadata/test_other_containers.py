"""WebP, GIF, BMP, JPEG 2000 and JPEG XL."""

import struct

import pytest

from image_processing import metadata
from image_processing.errors import Corrupt, Truncated
from image_processing.source import BytesSource
from tests.image_processing import builders as b

MAKE = b.tiff([(0x10F, b.ASCII, "Maker")])
RATED = b.rdf(attributes='xmp:Rating="4"')


def read(data):
    return metadata.read(BytesSource(data))


def size(found):
    return found.get("width"), found.get("height")


def test_webp_tells_its_size_in_each_of_its_three_headers():
    """Lossy, lossless and extended files have headers of their own."""
    lossless = (b"VP8L", b"\x2f" + struct.pack("<I", 39 | 29 << 14 | 1 << 28))
    for chunks, alpha in (
        ([b.VP8], False),
        ([lossless], True),
        ([b.vp8x(), b.VP8], False),
        ([b.vp8x(0x10), b.VP8], True),
    ):
        found = read(b.webp(*chunks))
        assert size(found) == (40, 30)
        assert found.get("has_alpha") is alpha
        assert (found.get("animated"), found.get("frame_count")) == (False, 1)


def test_webp_counts_the_frames_of_an_animation():
    """Each ANMF chunk is a frame."""
    found = read(b.webp(b.vp8x(0x02), (b"ANIM", b"\0\0\0\0\3\0"), (b"ANMF", bytes(16)), (b"ANMF", bytes(17))))
    assert (found.get("animated"), found.get("frame_count"), found.get("loop_count")) == (True, 2, 3)


@pytest.mark.parametrize("kind", [b"XMP ", b"XMP\0"])
def test_webp_carries_exif_xmp_and_icc(kind):
    """All three payloads are read, XMP under a misspelt name too."""
    found = read(b.webp(b.vp8x(0x2C), (b"ICCP", b.icc("sRGB")), b.VP8, (b"EXIF", MAKE), (kind, RATED)))
    assert (found.get("icc_profile"), found.get("make"), found.get("rating")) == ("sRGB", "Maker", 4)


def test_webp_adds_up_how_long_its_frames_are_shown():
    """Each tells milliseconds; one frame alone is no animation."""

    def frame(milliseconds):
        return b"ANMF", bytes(12) + milliseconds.to_bytes(3, "little") + b"\0" + bytes(20)

    loop = (b"ANIM", bytes(4) + b"\3\0")
    found = read(b.webp(b.vp8x(0x02), loop, frame(100), frame(70_000), frame(0)))
    assert (found.get("duration"), found.get("frame_count"), found.get("loop_count")) == (70.1, 3, 3)
    assert read(b.webp(b.vp8x(0x02), loop, frame(100))).get("duration") is None
    assert read(b.webp(b.vp8x(0x02), loop, frame(0), frame(0))).get("duration") is None


def test_gif_counts_frames_and_reads_comments_and_loops():
    """Frames are counted without decoding; a comment in several blocks is one text."""
    comment = b"\x21\xfe\x03Hel\x02lo\0"
    control = b"\x21\xf9\x04\x01\x0a\0\0\0"
    loop = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x05\0\0"
    found = read(b.gif(loop, comment, control, b.GIF_FRAME, control, b.GIF_FRAME))
    assert size(found) == (40, 30)
    assert (
        found.values.items()
        >= {
            "frame_count": 2,
            "animated": True,
            "comment": "Hello",
            "loop_count": 5,
            "duration": 0.2,
            "has_alpha": True,
        }.items()
    )


def test_gif_carries_xmp_before_its_magic_trailer():
    """XMP lies unblocked in an application extension."""
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    assert read(b.gif(b"\x21\xff\x0bXMP DataXMP" + RATED + trailer, b.GIF_FRAME)).get("rating") == 4


def test_a_gif_cut_short_keeps_what_came_before():
    """Frames seen are counted; a warning says that the end is missing."""
    found = read(b.gif(b.GIF_FRAME, b.GIF_FRAME)[:-4])
    assert found.get("frame_count") == 2
    assert "truncated" in [warning.code for warning in found.warnings]


@pytest.mark.parametrize("height", [30, -30])
def test_bmp_tells_size_and_resolution(height):
    """A negative height means top down, not less than nothing."""
    found = read(b.bmp(height=height))
    assert size(found) == (40, 30)
    assert found.get("dpi_x") == pytest.approx(96.012, abs=0.001)


def test_bmp_of_os2_has_a_header_of_its_own():
    """The oldest header counts in 16 bits."""
    assert size(read(b"BM" + struct.pack("<IHHIIHHHH", 26, 0, 0, 26, 12, 40, 30, 1, 8))) == (40, 30)


def test_jpeg_2000_tells_size_and_payloads():
    """Boxes carry Exif, XMP and the resolution."""
    res = b.box(b"res ", b.box(b"resc", struct.pack(">HHHHbb", 11811, 1, 11811, 1, 0, 0)))
    data = b.jp2(res) + b.box(b"uuid", b"JpgTiffExif->JP2", MAKE)
    data += b.box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac"), RATED)
    found = read(data)
    assert size(found) == (40, 30)
    assert (found.get("make"), found.get("rating")) == ("Maker", 4)
    assert found.get("dpi_x") == pytest.approx(300, abs=0.01)


def test_a_bare_codestream_of_jpeg_2000_tells_its_size():
    """The SIZ marker counts from an origin."""
    siz = b"\xff\x51" + struct.pack(">HH8IH", 47, 0, 45, 35, 5, 5, 40, 30, 0, 0, 3) + bytes([7, 1, 1] * 3)
    assert size(read(b"\xff\x4f" + siz)) == (40, 30)


def bits(*fields):
    """Pack (value, width) pairs, the least significant bit first."""
    number = at = 0
    for value, width in fields:
        number |= value << at
        at += width
    return number.to_bytes(at // 8 + 4, "little")


def test_jpeg_xl_tells_its_size_bare_and_boxed():
    """The size header counts in eights when it is small, or in a choice of widths."""
    small = bits((1, 1), (2, 5), (0, 3), (4, 5), (1, 1))
    assert size(read(b"\xff\x0a" + small)) == (40, 24)
    large = bits((0, 1), (0, 2), (29, 9), (0, 3), (0, 2), (39, 9), (1, 1))
    signature = b"\0\0\0\x0cJXL \r\n\x87\n"
    data = (
        signature + b.box(b"jxlc", b"\xff\x0a" + large) + b.box(b"Exif", b"\0\0\0\0", MAKE) + b.box(b"xml ", RATED)
    )
    found = read(data)
    assert size(found) == (40, 30)
    assert (found.get("make"), found.get("rating")) == ("Maker", 4)


def test_jpeg_xl_orientation_is_the_codestreams():
    """Exif's orientation is not applied on top of it."""
    turned = bits((0, 1), (0, 2), (29, 9), (0, 3), (0, 2), (39, 9), (0, 1), (1, 1), (5, 3), (0, 3), (0, 1), (0, 2))
    signature = b"\0\0\0\x0cJXL \r\n\x87\n"
    exif = b.box(b"Exif", b"\0\0\0\0", b.tiff([(0x112, b.SHORT, 3)]))
    found = read(signature + b.box(b"jxlc", b"\xff\x0a" + turned) + exif)
    assert (found.get("orientation"), *size(found)) == (6, 30, 40)


@pytest.mark.parametrize(
    "data",
    [
        b.webp(),
        b"BM" + bytes(12) + b"\x28\0\0\0" + bytes(12),
        b"\xff\x0a",
        b"\0\0\0\x0cjP  \r\n\x87\n",
        b.box(b"ftyp", b"heic\0\0\0\0heic"),
    ],
)
def test_a_file_that_tells_nothing_is_refused(data):
    """A signature alone is no image; the refusal carries the format."""
    with pytest.raises((Truncated, Corrupt)) as refusal:
        read(data)
    assert refusal.value.metadata.get("format")
