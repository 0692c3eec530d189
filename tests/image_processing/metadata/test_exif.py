"""Exif and TIFF: values of every type, both byte orders, text, maker notes, and what hostile files do."""

import struct
import time

import pytest

from image_processing import metadata
from image_processing.source import BytesSource
from tests.image_processing import builders as b


def read(*directories, order="<", **named):
    return metadata.read(BytesSource(b.jpeg(b.exif_segment(b.tiff(*directories, order=order, **named)))))


CAMERA = [
    (0x829A, b.RATIONAL, (1, 250)),
    (0x829D, b.RATIONAL, (28, 10)),
    (0x8827, b.SHORT, 400),
    (0x9204, b.SRATIONAL, (-2, 3)),
    (0x9209, b.SHORT, 0x19),
    (0x920A, b.RATIONAL, (50, 1)),
    (0xA405, b.SHORT, 75),
    (0xA434, b.ASCII, "50mm f/1.8"),
    (0xA431, b.ASCII, "12345"),
]


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_exposure_is_read_in_both_byte_orders(order):
    """Rationals, shorts and text mean the same in either order."""
    entries = [(t, k, [v] if isinstance(v, tuple) else v) for t, k, v in CAMERA]
    found = read([(0x10F, b.ASCII, "Maker")], entries, order=order)
    assert (
        found.values.items()
        >= {
            "make": "Maker",
            "exposure_time": 0.004,
            "f_number": 2.8,
            "iso": 400,
            "exposure_bias": pytest.approx(-2 / 3),
            "flash": 0x19,
            "flash_fired": True,
            "flash_mode": 3,
            "focal_length": 50,
            "focal_length_35mm": 75,
            "lens_model": "50mm f/1.8",
            "body_serial": "12345",
        }.items()
    )
    assert found.origins["exposure_time"] == "Exif:ExposureTime"


def test_zeros_that_mean_nothing_are_no_values():
    """A focal length or exposure of zero, or of zero over zero, was not measured."""
    found = read((), [(0x829A, b.RATIONAL, [(0, 0)]), (0x920A, b.RATIONAL, [(0, 1)]), (0x8827, b.SHORT, 0)])
    assert not {"exposure_time", "focal_length", "iso"} & found.values.keys()


def test_an_iso_of_65535_defers_to_the_fuller_tag():
    """The short tag cannot hold more."""
    found = read((), [(0x8827, b.SHORT, 65535), (0x8832, b.LONG, 102_400)])
    assert (found.get("iso"), found.origins["iso"]) == (102_400, "Exif:RecommendedExposureIndex")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Zürich".encode(), "Zürich"),
        ("Zürich".encode("cp1252"), "Zürich"),
        (b"cut\0here", "cut"),
        (b" blank \x01\x02 ", "blank"),
    ],
)
def test_text_is_utf_8_or_latin_and_clean(raw, text):
    """UTF-8 first, Windows-1252 else; up to the NUL; no control characters."""
    assert read([(0x10F, b.ASCII, raw + b"\0")]).get("make") == text


@pytest.mark.parametrize(
    "body",
    [
        b"ASCII\0\0\0Hello",
        b"UNICODE\0" + "Hello".encode("utf-16-le"),
        b"UNICODE\0" + "Hello".encode("utf-16-be"),
        b"UNICODE\0\xfe\xff" + "Hello".encode("utf-16-be"),
        b"JIS\0\0\0\0\0Hello",
        bytes(8) + b"Hello",
        b"ASCII\0\0\0Hello" + bytes(20),
    ],
)
def test_a_user_comment_is_read_whatever_its_code(body):
    """The character code decides, and the text itself where writers mix up the byte order."""
    assert read((), [(0x9286, b.UNDEFINED, body)]).get("user_comment") == "Hello"


def test_windows_tags_are_utf_16():
    """XPTitle and XPKeywords serve where nothing else does."""
    found = read([(0x9C9B, 1, "Größe".encode("utf-16-le") + b"\0\0"), (0x9C9E, 1, "a; b".encode("utf-16-le"))])
    assert (found.get("title"), found.get("keywords")) == ("Größe", ["a", "b"])


def test_both_copyrights_are_kept():
    """Photographer's and editor's are parted by a NUL."""
    assert read([(0x8298, b.ASCII, b"Ann\0Bob\0")]).get("copyright") == "Ann\nBob"


def test_the_second_directory_is_the_thumbnail():
    """Its tags do not mix with the image's."""
    found = read([(0x10F, b.ASCII, "Maker")], ifd1=[(0x10F, b.ASCII, "Other"), (0x103, b.SHORT, 6)])
    assert found.get("make") == "Maker"
    assert found.raw["Thumbnail"]["Compression"] == 6


def test_a_broken_magic_number_does_not_hide_the_tags():
    """The byte order and offset suffice."""
    block = b.tiff([(0x10F, b.ASCII, "Maker")])
    found = metadata.read(BytesSource(b.jpeg(b.exif_segment(block[:2] + b"\x55\0" + block[4:]))))
    assert found.get("make") == "Maker"


def test_values_outside_the_block_are_left_out():
    """An offset beyond the end costs its tag, not the others."""
    block = bytearray(b.tiff([(0x10F, b.ASCII, "A long maker"), (0x110, b.ASCII, "A long model")]))
    struct.pack_into("<I", block, 10 + 8, 0x7FFFFFFF)
    found = metadata.read(BytesSource(b.jpeg(b.exif_segment(bytes(block)))))
    assert (found.get("make"), found.get("model")) == (None, "A long model")
    assert "value" in [warning.code for warning in found.warnings]


def test_directories_that_point_at_each_other_end():
    """A loop is followed once."""
    first = b.directory([(0x8769, b.LONG, 8), (0x8825, b.LONG, 8), (0x10F, b.ASCII, "Maker")], 8, following=8)
    found = metadata.read(BytesSource(b.jpeg(b.exif_segment(b"II*\0\x08\0\0\0" + first))))
    assert found.get("make") == "Maker"


def test_entries_that_share_one_large_value_cannot_fill_memory():
    """Thousands of entries of 60 KB each, all the same bytes, are cut off at a limit."""
    count = 1500
    entries = b"".join(struct.pack("<HHII", tag + 1, 2, 60_000, 20_000) for tag in range(count))
    data = (b"II*\0\x08\0\0\0" + struct.pack("<H", count) + entries + bytes(4)).ljust(
        20_000, b"\0"
    ) + b"A" * 60_000
    started = time.perf_counter()
    found = metadata.read(BytesSource(data))
    assert time.perf_counter() - started < 2
    assert sum(len(value) for value in found.tags["Exif"].values() if isinstance(value, str)) <= 4 << 20


def test_tiff_tells_its_first_image_and_counts_its_pages():
    """Reduced images do not count as pages."""
    image = [(0x100, b.SHORT, 40), (0x101, b.SHORT, 30), (0x102, b.SHORT, (16, 16, 16, 16)), (0x103, b.SHORT, 5)]
    image += [(0x106, b.SHORT, 2), (0x152, b.SHORT, 2)]
    found = metadata.read(BytesSource(b.tiff(image, ifd1=[(0xFE, b.LONG, 1), (0x100, b.SHORT, 4)])))
    assert (
        found.values.items()
        >= {
            "format": "TIFF",
            "width": 40,
            "height": 30,
            "bit_depth": 16,
            "color_model": "rgb",
            "has_alpha": True,
            "compression": "LZW",
            "page_count": 1,
        }.items()
    )


def test_bigtiff_is_read():
    """Counts and offsets are 64 bits wide."""
    entries = struct.pack("<HHQHxxxxxx", 0x100, 3, 1, 40) + struct.pack("<HHQHxxxxxx", 0x101, 3, 1, 30)
    data = b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2) + entries + bytes(8)
    found = metadata.read(BytesSource(data))
    assert (found.get("width"), found.get("height")) == (40, 30)


def test_dng_is_told_from_tiff_and_tells_its_raw_image_and_preview():
    """The largest image is the picture, the embedded JPEG its preview."""
    preview = b.jpeg()
    entries = [(0x100, b.SHORT, 40), (0x101, b.SHORT, 30), (0x112, b.SHORT, 6), (0xC612, 1, bytes([1, 4, 0, 0]))]
    entries += [(0x201, b.LONG, 0), (0x202, b.LONG, len(preview))]
    at = len(b.tiff(entries))
    entries[4] = (0x201, b.LONG, at)
    found = metadata.read(BytesSource(b.tiff(entries) + preview))
    assert (found.get("format"), found.get("width"), found.get("height")) == ("DNG", 30, 40)
    assert (found.get("preview_offset"), found.get("preview_length")) == (at, len(preview))


NIKON = b"Nikon\0\2\x10\0\0" + b.tiff([(0x1D, b.ASCII, "777"), (0x84, b.RATIONAL, (18, 200, (35, 10), (56, 10)))])


def test_maker_notes_serve_where_the_standard_tags_are_silent():
    """Nikon writes the lens as focal lengths and f-numbers, and the serial number."""
    found = read([(0x10F, b.ASCII, "NIKON")], [(0x927C, b.UNDEFINED, NIKON)])
    assert (found.get("lens_model"), found.get("body_serial")) == ("18-200mm f/3.5-5.6", "777")
    standard = read([(0x10F, b.ASCII, "NIKON")], [(0x927C, b.UNDEFINED, NIKON), (0xA434, b.ASCII, "A lens")])
    assert standard.get("lens_model") == "A lens"


def test_canons_note_is_a_bare_directory():
    """Its offsets count from the Exif block."""
    note_at = len(b.tiff([(0x10F, b.ASCII, "Canon")], [(0x927C, b.UNDEFINED, bytes(5))])) - 6
    note = b.directory([(0x95, b.ASCII, "EF50mm f/1.8 STM"), (0x0C, b.LONG, 4711)], note_at)
    found = read([(0x10F, b.ASCII, "Canon")], [(0x927C, b.UNDEFINED, note)])
    assert (found.get("lens_model"), found.get("body_serial")) == ("EF50mm f/1.8 STM", "4711")


def test_notes_with_offsets_of_their_own_are_read():
    """Fujifilm and newer Olympus cameras count from the start of the note."""
    fuji = b"FUJIFILM\x0c\0\0\0" + b.directory([(0x10, b.ASCII, "FC 1234 5678")], 12)
    found = read([(0x10F, b.ASCII, "FUJIFILM")], [(0x927C, b.UNDEFINED, fuji)])
    assert found.raw["MakerNotes"] == {"InternalSerialNumber": "FC 1234 5678"}
    equipment = b.directory([(0x203, b.ASCII, "14-42mm F3.5-5.6"), (0x101, b.ASCII, "H1234")], 30)
    olympus = b"OLYMPUS\0II\3\0" + b.directory([(0x2010, b.LONG, 30)], 12) + equipment
    found = read([(0x10F, b.ASCII, "OLYMPUS")], [(0x927C, b.UNDEFINED, olympus)])
    assert (found.get("lens_model"), found.get("body_serial")) == ("14-42mm F3.5-5.6", "H1234")
