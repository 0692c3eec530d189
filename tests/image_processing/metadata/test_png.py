"""PNG: its header, text in every form, profiles, animation, and what is broken."""

import struct
import zlib

import pytest

from image_processing import metadata
from image_processing.errors import Truncated
from image_processing.source import BytesSource, RangeSource
from tests.image_processing import builders as b

MAKE = b.tiff([(0x10F, b.ASCII, "Maker")])


def read(data):
    return metadata.read(BytesSource(data))


def raw_profile(kind, data):
    text = f"\n{kind}\n{len(data):8}\n{data.hex()}\n".encode()
    return b.chunk(b"zTXt", b"Raw profile type " + kind.encode() + b"\0\0" + zlib.compress(text))


@pytest.mark.parametrize(
    ("colour", "model", "alpha"),
    [(0, "gray", False), (2, "rgb", False), (3, "palette", False), (4, "gray", True), (6, "rgb", True)],
)
def test_the_header_tells_colour_and_alpha(colour, model, alpha):
    """Each colour type has its model and says whether there is alpha."""
    found = read(b.png(colour=colour))
    assert (found.get("color_model"), found.get("has_alpha")) == (model, alpha)
    assert (found.get("width"), found.get("height"), found.get("frame_count"), found.get("animated")) == (
        40,
        30,
        1,
        False,
    )


def test_a_transparency_chunk_is_alpha():
    """Chunk tRNS makes a palette image transparent."""
    assert read(b.png(b.chunk(b"tRNS", b"\0"), colour=3)).get("has_alpha") is True


@pytest.mark.parametrize(
    "chunk",
    [
        b.chunk(b"tEXt", b"Title\0Caf\xe9"),
        b.chunk(b"tEXt", "Title\0Café".encode()),
        b.chunk(b"tEXt", b"title\0Caf\xe9"),
        b.chunk(b"zTXt", b"Title\0\0" + zlib.compress(b"Caf\xe9")),
        b.chunk(b"iTXt", b"Title\0\0\0fr\0Titre\0" + "Café".encode()),
        b.chunk(b"iTXt", b"Title\0\1\0fr\0Titre\0" + zlib.compress("Café".encode())),
    ],
)
def test_text_is_read_in_every_form(chunk):
    """Latin-1, UTF-8 where it should be Latin-1, compressed, international; whatever the keyword's case."""
    found = read(b.png(chunk))
    assert found.get("title") == "Café"
    assert found.origins["title"] == "PNG:Title"


def test_text_behind_the_pixels_is_read_too():
    """Chunks after the image data count."""
    assert read(b.png(after=[b.chunk(b"tEXt", b"Author\0Ann")])).get("artist") == "Ann"


def test_text_behind_many_pixel_chunks_is_found_with_few_requests():
    """A long file is jumped over, not walked through."""
    pixels = [b.chunk(b"IDAT", bytes(8192)) for _ in range(200)] + [b.chunk(b"IDAT", bytes(100))]
    data = b.png(after=[*pixels, b.chunk(b"tEXt", b"Author\0Ann")])
    source = RangeSource(len(data), lambda offset, length: data[offset : offset + length])
    assert metadata.read(source).get("artist") == "Ann"
    assert source.requests <= 5
    assert source.fetched < 0.05 * len(data)


@pytest.mark.parametrize(
    "chunk",
    [
        b.chunk(b"eXIf", MAKE),
        b.chunk(b"eXIf", b"Exif\0\0" + MAKE),
        raw_profile("exif", b"Exif\0\0" + MAKE),
        raw_profile("APP1", b"Exif\0\0" + MAKE),
    ],
)
def test_exif_is_read_from_its_chunk_and_from_a_raw_profile(chunk):
    """ImageMagick writes Exif as text; others write it with a signature it should not have."""
    assert read(b.png(chunk)).get("make") == "Maker"


def test_iptc_and_icc_and_xmp_profiles_are_read():
    """Raw profiles carry IPTC; iCCP and iTXt carry ICC and XMP."""
    iptc = raw_profile("iptc", b.photoshop((0x404, b.iim((2, 90, b"Oslo")))))
    profile = b.chunk(b"iCCP", b"name\0\0" + zlib.compress(b.icc("Adobe RGB (1998)")))
    xmp = b.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b.rdf(attributes='xmp:Rating="4"'))
    found = read(b.png(profile, xmp, iptc))
    assert (found.get("city"), found.get("icc_profile"), found.get("rating")) == ("Oslo", "Adobe RGB (1998)", 4)


def test_resolution_and_time_are_read():
    """Chunk pHYs counts a metre; tIME is the time of change."""
    found = read(
        b.png(
            b.chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1)),
            b.chunk(b"tIME", struct.pack(">H5B", 2020, 2, 3, 4, 5, 6)),
        )
    )
    assert found.get("dpi_x") == pytest.approx(300, abs=0.01)
    assert found.get("date_modified") == "2020-02-03T04:05:06"


def test_an_animation_tells_its_frames():
    """Chunk acTL makes it an APNG."""
    found = read(b.png(b.chunk(b"acTL", struct.pack(">II", 7, 0))))
    assert (found.get("animated"), found.get("frame_count"), found.get("loop_count")) == (True, 7, 0)


def test_hdr_is_told_from_cicp():
    """PQ is a transfer of high dynamic range."""
    found = read(b.png(b.chunk(b"cICP", bytes([9, 16, 0, 1]))))
    assert (found.get("cicp_primaries"), found.get("cicp_transfer"), found.get("hdr")) == (9, 16, True)


def test_compressed_text_cannot_fill_memory():
    """A bomb is cut off at a limit."""
    bomb = b.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"A" * (40 << 20)))
    assert len(read(b.png(bomb)).get("comment")) <= 10_000


def test_damaged_compressed_text_yields_what_came_before():
    """The beginning of a text survives damage to its end."""
    packed = zlib.compress(bytes(range(32, 127)) * 100, 0)
    found = read(b.png(b.chunk(b"zTXt", b"Comment\0\0" + packed[:5000] + b"\xff" * 50)))
    assert found.get("comment", "").startswith('!"#$')


def test_a_file_cut_within_its_pixels_keeps_its_header():
    """What came before the cut is told, with a warning."""
    found = read(b.png(b.chunk(b"tEXt", b"Title\0Kept"))[:-30])
    assert (found.get("width"), found.get("title")) == (40, "Kept")
    assert "truncated" in [warning.code for warning in found.warnings]


def test_a_file_of_nothing_but_a_signature_is_truncated():
    """There is nothing to tell of it."""
    with pytest.raises(Truncated):
        read(b"\x89PNG\r\n\x1a\n")
