"""JPEG: frame, segments, and payloads that are spread over several of them."""

import struct

import pytest

from image_processing import metadata
from image_processing.errors import Truncated
from image_processing.source import BytesSource
from tests.image_processing import builders as b


def read(data):
    return metadata.read(BytesSource(data))


def test_the_frame_tells_size_depth_and_colour():
    """A frame header is enough for the technical facts."""
    found = read(b.jpeg())
    assert (
        found.values.items()
        >= {
            "format": "JPEG",
            "mime_type": "image/jpeg",
            "width": 40,
            "height": 30,
            "bit_depth": 8,
            "color_model": "rgb",
            "chroma_subsampling": "4:2:0",
            "progressive": False,
        }.items()
    )


@pytest.mark.parametrize(("components", "model"), [(1, "gray"), (3, "rgb"), (4, "cmyk")])
def test_components_tell_the_colour_model(components, model):
    """One component is gray, three are colour, four are CMYK."""
    assert read(b.jpeg(frame=b.sof(components=components))).get("color_model") == model


@pytest.mark.parametrize(
    ("sampling", "name"), [(0x11, "4:4:4"), (0x21, "4:2:2"), (0x12, "4:4:0"), (0x41, "4:1:1")]
)
def test_sampling_factors_have_their_names(sampling, name):
    """The ratio of luma to chroma is told as people write it."""
    assert read(b.jpeg(frame=b.sof(sampling=sampling))).get("chroma_subsampling") == name


def test_a_progressive_frame_is_told():
    """SOF2 is progressive."""
    assert read(b.jpeg(frame=b.sof(marker=0xC2))).get("progressive") is True


def test_exif_orientation_turns_the_size():
    """Width and height are as displayed; the stored ones stay beside them."""
    found = read(b.jpeg(b.exif_segment(b.tiff([(0x112, b.SHORT, 6)]))))
    assert (found.get("width"), found.get("height")) == (30, 40)
    assert (found.get("stored_width"), found.get("stored_height")) == (40, 30)
    assert found.origins["orientation"] == "Exif:Orientation"


def test_exif_over_several_segments_is_joined():
    """A block that continues in the next segment is read as one."""
    long = b.tiff([(0x10F, b.ASCII, "Maker"), (0x13B, b.ASCII, "A" * 200)])
    found = read(b.jpeg(b.exif_segment(long[:100]), b.exif_segment(long[100:])))
    assert found.get("artist") == "A" * 200


def test_of_two_exif_blocks_the_first_wins():
    """The second block only fills in what the first lacks, and there is a warning."""
    first, second = (
        b.tiff([(0x10F, b.ASCII, "First")]),
        b.tiff([(0x10F, b.ASCII, "Second"), (0x110, b.ASCII, "Model")]),
    )
    found = read(b.jpeg(b.exif_segment(first), b.exif_segment(second)))
    assert (found.get("make"), found.get("model")) == ("First", "Model")
    assert "exif_twice" in [warning.code for warning in found.warnings]


def test_extended_xmp_is_joined_in_the_order_of_its_offsets():
    """Parts of extended XMP may come in any order."""
    packet = b.rdf("<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Far out</rdf:li></rdf:Alt></dc:title>")

    def part(offset, body):
        head = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + struct.pack(">II", len(packet), offset)
        return b.segment(0xE1, head + body)

    found = read(b.jpeg(part(100, packet[100:]), part(0, packet[:100])))
    assert found.get("title") == "Far out"


def test_an_icc_profile_is_joined_in_the_order_of_its_numbers():
    """Parts of a profile may come in any order."""
    profile = b.icc("Display P3", version=4)
    parts = [
        b.segment(0xE2, b"ICC_PROFILE\0" + bytes([n, 2]) + body)
        for n, body in ((2, profile[90:]), (1, profile[:90]))
    ]
    assert read(b.jpeg(*parts)).get("icc_profile") == "Display P3"


def test_photoshop_resources_carry_iptc():
    """IPTC lies in a Photoshop resource in APP13."""
    resources = b.photoshop((0x404, b.iim((2, 105, b"Headline"))))
    assert read(b.jpeg(b.segment(0xED, b"Photoshop 3.0\0" + resources))).get("headline") == "Headline"


def test_a_comment_is_text():
    """A comment in UTF-8 stays what it is."""
    assert read(b.jpeg(b.segment(0xFE, "Grüße → dir\0".encode()))).get("comment") == "Grüße → dir"


def test_resolution_counts_only_with_a_unit():
    """JFIF density without a unit is an aspect ratio, no resolution."""
    jfif = b"JFIF\0\1\1" + bytes([1]) + struct.pack(">HHBB", 300, 300, 0, 0)
    assert read(b.jpeg(b.segment(0xE0, jfif))).get("dpi_x") == 300
    centimetres = jfif[:7] + b"\2" + jfif[8:]
    assert read(b.jpeg(b.segment(0xE0, centimetres))).get("dpi_x") == 762
    assert read(b.jpeg(b.segment(0xE0, jfif[:7] + b"\0" + jfif[8:]))).get("dpi_x") is None


@pytest.mark.parametrize("quality", [30, 50, 75, 90, 95])
def test_quality_is_estimated_from_the_quantization_table(quality):
    """What Pillow saved at a quality is estimated within one step."""
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (16, 16)).save(out, "JPEG", quality=quality)
    assert abs(read(out.getvalue()).get("jpeg_quality") - quality) <= 1


def test_stray_bytes_between_segments_are_skipped():
    """What follows junk is still found, with a warning."""
    data = b"\xff\xd8" + b.segment(0xE0, b"JFIF\0") + b"junk" + b.exif_segment(b.tiff([(0x10F, b.ASCII, "Found")]))
    found = read(data + b.sof() + b"\xff\xda\0\2")
    assert found.get("make") == "Found"
    assert "stray_bytes" in [warning.code for warning in found.warnings]


def test_a_file_cut_within_a_segment_yields_what_came_before():
    """What was read stays, and a warning says why there is no more."""
    data = b.jpeg(b.exif_segment(b.tiff([(0x10F, b.ASCII, "Maker")])))
    found = read(data[: data.index(b"\xff\xc0")] + b"\xff\xc0\0\x11\x08")
    assert found.get("make") == "Maker"
    assert "truncated" in [warning.code for warning in found.warnings]


def test_a_file_of_nothing_but_a_signature_is_truncated():
    """There is nothing to tell of it."""
    with pytest.raises(Truncated) as refusal:
        read(b"\xff\xd8\xff")
    assert refusal.value.metadata.get("format") == "JPEG"


def test_a_multi_picture_file_tells_its_pictures():
    """The MP index tells how many there are and what for."""
    entries = struct.pack("<IIIHH", 0x030000, 9, 0, 0, 0) + struct.pack("<IIIHH", 0x050000, 9, 0, 0, 0)
    index = b"II*\0\x08\0\0\0" + b.directory([(0xB001, b.LONG, 2), (0xB002, b.UNDEFINED, entries)], 8)
    found = read(b.jpeg(b.segment(0xE2, b"MPF\0" + index)))
    assert found.get("image_count") == 2
    assert found.raw["MPF"]["MPImageTypes"] == ["primary", "gain map"]
