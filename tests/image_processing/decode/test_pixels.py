"""One bounded decode: every format upright, in sRGB, eight bits; what is broken or too large is refused."""

import contextlib
import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from image_processing import derive, metadata
from image_processing.decode import pixels
from image_processing.errors import Corrupt, ImageError, NotDecodable, TooManyPixels, Truncated
from image_processing.source import BytesSource, RangeSource

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 180, 60), (30, 60, 200), (250, 250, 250)
QUADRANTS = {(0.25, 0.25): RED, (0.75, 0.25): GREEN, (0.25, 0.75): BLUE, (0.75, 0.75): WHITE}
# What to do to an upright image so that an orientation undoes it.
STORED = {
    2: [Image.Transpose.FLIP_LEFT_RIGHT],
    3: [Image.Transpose.ROTATE_180],
    4: [Image.Transpose.FLIP_TOP_BOTTOM],
    5: [Image.Transpose.TRANSPOSE],
    6: [Image.Transpose.ROTATE_90],
    7: [Image.Transpose.TRANSVERSE],
    8: [Image.Transpose.ROTATE_270],
}


def quadrants(size=(160, 96), mode="RGB"):
    """Draw four coloured quadrants, red first."""
    image = Image.new("RGB", size)
    for (x, y), colour in QUADRANTS.items():
        corner = round((x - 0.25) * size[0]), round((y - 0.25) * size[1])
        image.paste(colour, (*corner, corner[0] + size[0] // 2, corner[1] + size[1] // 2))
    return image.convert(mode)


def saved(image, image_format, **options):
    out = io.BytesIO()
    image.save(out, image_format, **options)
    return out.getvalue()


def decoded(data, **options):
    source = BytesSource(data)
    return pixels.decode(source, metadata.read(source), **options)


def assert_upright(image, tolerance=24):
    for (x, y), colour in QUADRANTS.items():
        found = image.convert("RGB").getpixel((round(x * image.width), round(y * image.height)))
        assert max(abs(a - b) for a, b in zip(found, colour, strict=True)) <= tolerance, (x, y, found)


@pytest.mark.parametrize(
    ("image_format", "options"),
    [
        ("JPEG", {"quality": 95}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("GIF", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("BMP", {}),
        ("HEIF", {"quality": 95}),
        ("AVIF", {"quality": 95}),
        ("JPEG2000", {}),
    ],
)
def test_every_format_is_decoded(image_format, options):
    """The same picture comes out of every format: same size, same colours, RGB, nothing else of the file."""
    image = decoded(saved(quadrants(), image_format, **options))

    assert image.size == (160, 96)
    assert image.mode == "RGB"
    assert set(image.info) == {"colour_managed"}
    assert_upright(image)


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_orientation_is_applied(image_format, orientation):
    """Whatever the orientation and whoever applies it (codec or Janus), it is applied once."""
    image = quadrants()
    for transpose in STORED[orientation]:
        image = image.transpose(transpose)
    exif = Image.Exif()
    exif[0x0112] = orientation

    upright = decoded(saved(image, image_format, exif=exif.tobytes(), quality=95))

    assert upright.size == (160, 96)
    assert_upright(upright)


def test_heif_obeys_its_container_not_its_exif():
    """In HEIF the transform of the container counts: an Exif orientation without it turns nothing."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(quadrants(), "HEIF", exif=exif, quality=95)  # given as an object, it reaches Exif only
    assert b"Exif" in data
    assert b"irot" not in data

    image = decoded(data)

    assert image.size == (160, 96)
    assert_upright(image)


@pytest.mark.parametrize("max_side", [1280, 300, 100, 7])
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "JPEG2000", "WEBP"])
def test_the_longest_side_fits(image_format, max_side):
    """An image is reduced to fit, in proportion, whatever reduction the codec itself can do."""
    image = decoded(saved(quadrants((2000, 1200)), image_format), max_side=max_side)

    assert max(image.size) == max_side
    assert image.height == round(max_side * 0.6)
    if max_side >= 100:
        assert_upright(image)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 2)])
def test_extreme_shapes_are_decoded(size):
    """A line of pixels keeps at least one pixel of width."""
    image = decoded(saved(Image.new("RGB", size, RED), "PNG"), max_side=100)

    assert image.getpixel((0, 0)) == RED
    assert max(image.size) == min(100, max(size))


def test_transparency_is_kept_and_not_bled():
    """Palette and colour-key transparency become alpha; hidden colours do not bleed into the visible ones."""
    palette = quadrants().quantize(8)
    hidden = palette.getpixel((150, 90))
    image = decoded(saved(palette, "PNG", transparency=hidden))
    assert image.mode == "RGBA"
    assert image.getpixel((150, 90))[3] == 0
    assert image.getpixel((10, 10))[3] == 255

    sharp = Image.new("RGBA", (4000, 10), (0, 255, 0, 0))
    sharp.paste((255, 0, 0, 255), (0, 0, 2001, 10))
    edge = decoded(saved(sharp, "PNG"), max_side=1000)
    assert all(edge.getpixel((x, 1))[:3] == (255, 0, 0) for x in range(501) if edge.getpixel((x, 1))[3])


@pytest.mark.parametrize(
    ("mode", "value", "image_format"),
    [("1", 1, "PNG"), ("L", 255, "PNG"), ("LA", (255, 255), "PNG"), ("P", 0, "GIF"), ("I;16", 65535, "PNG")]
    + [("I;16", 65535, "TIFF"), ("I", 65535, "TIFF"), ("F", 1.0, "TIFF"), ("CMYK", (0, 0, 0, 0), "TIFF")]
    + [("CMYK", (0, 0, 0, 0), "JPEG"), ("LAB", (255, 128, 128), "TIFF"), ("RGBA", (255, 255, 255, 254), "WEBP")],
)
def test_every_pixel_layout_is_brought_to_rgb(mode, value, image_format):
    """White is white from 1 to 32 bits, in grey, palette, CMYK, Lab."""
    image = Image.new(mode, (40, 20), value)
    if mode == "P":
        image.putpalette([255, 255, 255])
    if mode in ("F", "I"):
        image.putpixel((39, 19), 0)  # something darker, or there is no range

    found = decoded(saved(image, image_format))

    assert found.mode == ("RGBA" if mode in ("LA", "RGBA") else "RGB")
    assert min(found.getpixel((3, 3))[:3]) >= 250


def test_sixteen_bit_grey_is_scaled_not_clipped():
    """Half of 16 bits is half of 8 bits."""
    found = decoded(saved(Image.new("I;16", (8, 8), 32768), "PNG"))

    assert abs(found.getpixel((0, 0))[0] - 128) <= 1


def test_floats_without_a_range_survive():
    """An image of NaN and infinity is decoded to something, without a crash."""
    image = Image.new("F", (4, 4), float("nan"))
    image.putpixel((0, 0), float("inf"))

    assert decoded(saved(image, "TIFF")).mode == "RGB"


def test_colours_are_managed():
    """A wide-gamut profile is obeyed: the same numbers mean a stronger colour than in sRGB."""
    lab = ImageCms.createProfile("LAB")
    strange = ImageCms.ImageCmsProfile(lab).tobytes()  # a profile of another colour space is ignored
    assert decoded(saved(quadrants(), "PNG", icc_profile=strange)).size == (160, 96)

    srgb = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for tag, other in ((b"rXYZ", b"gXYZ"), (b"gXYZ", b"rXYZ")):  # swap red and green in a copy of sRGB
        at = srgb.find(tag)
        srgb[at : at + 4] = other.lower()
    swapped = bytes(srgb).replace(b"gxyz", b"gXYZ").replace(b"rxyz", b"rXYZ").replace(b"s\0R\0G\0B", b"s\0W\0A\0P")
    found = decoded(saved(Image.new("RGB", (9, 9), (255, 0, 0)), "PNG", icc_profile=swapped)).getpixel((0, 0))
    assert found[1] > 200 > found[0]


@pytest.mark.parametrize("profile", [b"x" * 200, b"\0" * 4000, b"short"])
def test_a_broken_profile_is_no_reason_to_refuse(profile):
    """Without a usable profile the colours are taken as sRGB."""
    assert_upright(decoded(saved(quadrants(), "PNG", icc_profile=profile)))


def test_of_several_pictures_the_first_is_taken():
    """First frame of animations, first page of TIFF."""
    first, second = quadrants(), Image.new("RGB", (160, 96), BLUE)
    for image_format in ("GIF", "WEBP", "PNG", "TIFF"):
        assert_upright(decoded(saved(first, image_format, save_all=True, append_images=[second])))


def test_ranges_do_as_well_as_a_whole_file():
    """Pixels read through ranged requests are the same, in few requests."""
    data = saved(quadrants((1500, 1000)), "JPEG", quality=100)
    source = RangeSource(len(data), lambda offset, length: data[offset : offset + length])

    image = pixels.decode(source, metadata.read(source))

    assert image.tobytes() == decoded(data).tobytes()
    assert source.requests <= 4


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF", "AVIF", "JPEG2000"])
def test_a_file_cut_anywhere_is_refused_or_decoded(image_format):
    """Nothing but Janus's own errors comes out of half a file."""
    data = saved(quadrants(), image_format)
    for end in range(20, len(data), max(1, len(data) // 60)):
        try:
            source = BytesSource(data[:end])
            found = metadata.read(source)
        except ImageError:
            continue
        with contextlib.suppress(Truncated, Corrupt, TooManyPixels):
            assert pixels.decode(source, found).mode in ("RGB", "RGBA")


def test_megabytes_of_text_do_not_hide_the_pixels():
    """A PNG with a long compressed text, as generators write, is decoded."""
    text = PngImagePlugin.PngInfo()
    text.add_text("workflow", "x" * 3_000_000, zip=True)

    assert_upright(decoded(saved(quadrants(), "PNG", pnginfo=text)))


def test_a_refusal_carries_what_could_be_read():
    """The metadata of a file whose pixels are broken comes with the error."""
    data = saved(quadrants(), "PNG")
    found = metadata.read(BytesSource(data))

    with pytest.raises(Truncated) as caught:
        pixels.decode(BytesSource(data[: len(data) // 2]), found)

    assert caught.value.metadata is found


def png_header(width, height):
    """Return a PNG that says it is large, and has no pixels."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(100)))
        + chunk(b"IEND", b"")
    )


def test_a_bomb_is_refused_from_its_header():
    """A few bytes that claim 900 megapixels are refused before any decode."""
    source = BytesSource(png_header(30_000, 30_000))

    with pytest.raises(TooManyPixels, match="30000 by 30000"):
        pixels.check(metadata.read(source))


def test_a_frame_beyond_its_canvas_is_refused():
    """A GIF of one pixel whose frame lies at the far corner would make the codec enlarge it to four gigapixels."""
    data = saved(Image.new("P", (1, 1)), "GIF")
    frame = data.index(b",\0\0\0\0")
    data = data[: frame + 1] + b"\xfe\xff\xfe\xff" + data[frame + 5 :]

    with pytest.raises(TooManyPixels):
        decoded(data)


def test_what_cannot_be_decoded_within_bounds_is_refused_by_its_cost():
    """The same number of pixels is fine as a JPEG that reduces itself, and too much as WebP."""
    jpeg = metadata.read(BytesSource(saved(Image.new("L", (9000, 9000)), "JPEG")))
    pixels.check(jpeg)

    with pytest.raises(TooManyPixels):
        pixels.check(metadata.ImageMetadata({**jpeg.values, "format": "WEBP"}, {}))


def test_a_progressive_jpeg_of_endless_scans_is_refused():
    """A scan costs a pass over the image and may take a dozen bytes: pixels times scans are bounded."""
    data = saved(Image.new("L", (3000, 3000)), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    bomb = data[:-2] + data[last:-2] * 300 + data[-2:]

    with pytest.raises(TooManyPixels):
        decoded(bomb)


@pytest.mark.parametrize(
    ("size", "image_format", "side"),
    [
        ((800, 600), "JPEG", 1280),
        ((6000, 4000), "JPEG", 6000),
        ((6001, 4000), "JPEG", 1280),
        ((5000, 4000), "JP2", 1280),
        ((None, None), "JPEG", 1280),
    ],
)
def test_what_can_be_worked_on_undiminished(size, image_format, side):
    """Up to 24 megapixels, as far as decoding them stays within bounds."""
    values = {"format": image_format, "stored_width": size[0], "stored_height": size[1]}

    assert pixels.whole_side(metadata.ImageMetadata(values, {})) == side


def test_metadata_only_formats_say_so():
    """JPEG XL is read for its metadata, and its pixels are refused by name."""
    found = metadata.ImageMetadata({"format": "JXL"}, {})

    with pytest.raises(NotDecodable, match="JXL"):
        pixels.check(found)


def raw_file(preview):
    """Return a TIFF-based RAW file (DNG) whose first directory points to a JPEG."""
    entries = [
        (0x0100, 4, 1, 64),
        (0x0101, 4, 1, 64),
        (0x0112, 3, 1, 1),
        (0x0201, 4, 1, 0),
        (0x0202, 4, 1, len(preview)),
    ]
    entries.append((0xC612, 1, 4, 0x00000401))  # DNGVersion
    start = 8 + 2 + 12 * len(entries) + 4
    entries[3] = (0x0201, 4, 1, start)
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<I", 8) + directory + bytes(4) + preview


def test_a_raw_file_shows_its_preview():
    """The pixels of a RAW file are those of the JPEG that the camera put in."""
    image = decoded(raw_file(saved(quadrants(), "JPEG", quality=95)))

    assert_upright(image)


def test_a_raw_file_without_a_preview_is_refused():
    """Where there is nothing to show, that is said."""
    with pytest.raises(NotDecodable, match="preview"):
        decoded(raw_file(b"\0" * 40))


def test_thumbnails_come_at_three_sizes_without_metadata():
    """Small, medium and large WebP files in proportion hold pixels only."""
    made = {item.name: item for item in derive.thumbnails(decoded(saved(quadrants((2000, 1000)), "PNG")))}

    assert {name: (item.width, item.height) for name, item in made.items()} == {
        "small": (256, 128),
        "medium": (640, 320),
        "large": (1280, 640),
    }
    for item in made.values():
        again = Image.open(io.BytesIO(item.data))
        assert (again.format, again.size) == ("WEBP", (item.width, item.height))
        assert not {"exif", "icc_profile", "xmp"} & set(again.info)
        assert_upright(again)


def test_thumbnails_are_never_enlarged():
    """A small image is its own thumbnail, with its transparency."""
    made = derive.thumbnails(Image.new("RGBA", (30, 20), (1, 2, 3, 0)))

    assert {(item.width, item.height) for item in made} == {(30, 20)}
    assert Image.open(io.BytesIO(made[0].data)).getchannel("A").getpixel((0, 0)) == 0


def strips(*entries, data=b""):
    """Write a grey TIFF of one column: (tag, kind, count, value) beside what any needs."""
    own = {entry[0] for entry in entries}
    plain = [(256, 4, 1, 1), (257, 4, 1, 1), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8)]
    plain += [(277, 3, 1, 1), (278, 4, 1, 1), (279, 4, 1, 1)]
    listed = sorted([entry for entry in plain if entry[0] not in own] + list(entries))
    body = b"".join(struct.pack("<HHII", *entry) for entry in listed)
    return (b"II*\0\x08\0\0\0" + struct.pack("<H", len(listed)) + body + bytes(4)).ljust(4096, b"\0") + data


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (
            strips((257, 4, 1, 70_000), (273, 4, 70_000, 4096), (279, 4, 70_000, 4096), data=bytes(280_000)),
            TooManyPixels,
        ),
        (strips((258, 4, 1_000_000, 4096), data=b"\1" * 4_000_000), Corrupt),
        (strips(*[(60_000 + n, 7, 100_000, 4096) for n in range(100)], data=bytes(100_000)), Corrupt),
        (strips((700, 4, 300_000, 4096), data=bytes(1_200_000)), Corrupt),
        (b"II*\0\x08\0\0\0" + struct.pack("<H", 5000) + struct.pack("<HHII", 256, 4, 1, 1) * 5000, Corrupt),
    ],
)
def test_a_tiff_that_claims_too_much_is_refused_before_it_is_opened(data, error, monkeypatch):
    """Strips, samples and values without number cost a decoder minutes: the directory alone decides."""
    found = metadata.read(BytesSource(data))
    opened = []
    monkeypatch.setattr(Image, "open", lambda *_, **__: opened.append(1))

    with pytest.raises(error):
        pixels.decode(BytesSource(data), found)
    assert not opened


def runs(width, height, body, compression=1):
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, compression, len(body), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(body), 0, 0, 1078) + head + bytes(1024) + body


def test_a_bmp_of_more_runs_than_pixels_is_refused():
    """Runs behind a line's end yield nothing and cost time; those of a sound file are decoded."""
    assert decoded(runs(4, 2, b"\4\1\0\0\4\1\0\1")).size == (4, 2)
    with pytest.raises(Corrupt):
        decoded(runs(1, 2, b"\1\5" * 50_000))
    with pytest.raises(NotDecodable):
        decoded(runs(3000, 3000, b"\1\5" * 4_500_000))


def test_previews_of_endless_segments_are_passed_over():
    """Many previews that never come to their frame are not followed to their ends."""
    chain = b"\xff\xd8" + b"\xff\xe5\0\2" * 30_000
    listed, size = b"", 2 + 12 * 4 + 4
    for n in range(60):
        entries = [(254, 4, 1, 0), (0x201, 4, 1, 4096), (0x202, 4, 1, 120_000 - n), (50706, 1, 4, 1)]
        body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
        listed += struct.pack("<H", 4) + body + struct.pack("<I", 8 + size * (n + 1) if n < 59 else 0)
    data = (b"II*\0\x08\0\0\0" + listed).ljust(4096, b"\0") + chain
    reads = []

    class Counted(BytesSource):
        def read(self, offset, length):
            reads.append(offset)
            return super().read(offset, length)

    with pytest.raises(NotDecodable):
        pixels.decode(Counted(data), metadata.read(BytesSource(data)))
    assert len(reads) < 25_000
