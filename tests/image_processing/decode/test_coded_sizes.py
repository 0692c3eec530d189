"""Costs are computed from what the codec reads: small pictures in the container, large ones in the stream."""

import io
import struct

import pillow_heif
import pytest
from PIL import Image

from image_processing import metadata
from image_processing.decode import codec_limits, coded_sizes, codestreams, jpeg2000, pixels
from image_processing.errors import Corrupt, ImageError, NotDecodable, TooComplex, TooManyPixels
from image_processing.source import BytesSource

pillow_heif.register_heif_opener()


def saved(size, image_format, **options):
    out = io.BytesIO()
    Image.new("RGB", size, (200, 90, 40)).save(out, image_format, **options)
    return out.getvalue()


def claiming(data, width, height):
    """Rewrite every ispe of a HEIF or AVIF."""
    at = 0
    while (at := data.find(b"ispe", at) + 4) > 3:
        data = data[: at + 4] + struct.pack(">II", width, height) + data[at + 12 :]
    return data


def box(kind, body):
    return struct.pack(">I", len(body) + 8) + kind + body


def derived(kind, body):
    """Write a HEIF whose primary item is derived, with an ispe of 64 by 64."""
    infe = box(b"infe", b"\2\0\0\0\0\1\0\0" + kind + b"\0")
    ispe = box(b"ispe", bytes(4) + struct.pack(">II", 64, 64))
    meta = (
        box(b"pitm", bytes(4) + b"\0\1")
        + box(b"iinf", bytes(4) + b"\0\1" + infe)
        + box(b"iloc", b"\1\0\0\0\x44\0\0\1" + struct.pack(">HHHHII", 1, 1, 0, 1, 0, len(body)))
        + box(b"iprp", box(b"ipco", ispe) + box(b"ipma", bytes(4) + struct.pack(">IHBB", 1, 1, 1, 1)))
        + box(b"idat", body)
    )
    return box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", bytes(4) + meta)


@pytest.mark.parametrize(
    ("size", "options"),
    [
        ((1024, 512), {}),
        ((64, 64), {}),
        ((1000, 600), {"subsampling": "4:4:4"}),
        ((720, 1280), {"range": "limited"}),
    ],
)
def test_av1_tells_its_size_in_its_sequence_header(size, options):
    """The pixels found are those that libavif was given, whatever ispe claims."""
    data = claiming(saved(size, "AVIF", quality=40, **options), 64, 64)

    assert coded_sizes.bmff_pixels(BytesSource(data)) == size[0] * size[1]


@pytest.mark.parametrize("size", [(1024, 512), (64, 64), (1920, 1080)])
def test_hevc_tells_its_size_in_its_parameter_set(size):
    """The pixels found are those of the coded picture: x265 codes heights in multiples of eight."""
    data = claiming(saved(size, "HEIF", quality=40), 16, 16)

    assert coded_sizes.bmff_pixels(BytesSource(data)) == size[0] * -(-size[1] // 8) * 8


@pytest.mark.parametrize(
    ("kind", "body", "pixels_told"),
    [
        (b"grid", b"\0\0\7\7" + struct.pack(">HH", 20_000, 10_000), 200_000_000),
        (b"grid", b"\0\1\7\7" + struct.pack(">II", 70_000, 70_000), 4_900_000_000),
        (b"iovl", b"\0\0" + bytes(8) + struct.pack(">HH", 20_000, 20_000), 400_000_000),
        (b"iovl", b"\0\1" + bytes(8) + struct.pack(">II", 65_536, 65_536), 4_294_967_296),
        (b"iden", b"", 0),
    ],
)
def test_a_derived_image_tells_its_canvas(kind, body, pixels_told):
    """A grid's or overlay's canvas is allocated whole, so its own size counts, and is refused."""
    data = derived(kind, body)

    assert coded_sizes.bmff_pixels(BytesSource(data)) == pixels_told
    if pixels_told:
        with pytest.raises(TooComplex):
            pixels.decode(BytesSource(data), metadata.read(BytesSource(data)))


@pytest.mark.parametrize("image_format", ["AVIF", "HEIF"])
def test_a_large_picture_behind_a_small_claim_is_refused_before_it_is_opened(image_format, monkeypatch):
    """With room for 100,000 pixels, a picture of 512 by 512 behind ispe 64 by 64 does not reach the codec."""
    data = claiming(saved((512, 512), image_format, quality=40), 64, 64)
    found = metadata.read(BytesSource(data))
    monkeypatch.setattr(codec_limits, "MAX_MEMORY", 1_400_000)
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("the codec saw it"))

    with pytest.raises(TooComplex):
        pixels.decode(BytesSource(data), found)


def jp2(width=255, height=255, tile=(255, 255), components=3, *, boxed=True):
    """Write a JPEG 2000 header: SOC, SIZ, and no more."""
    size = struct.pack(">HHIIIIIIIIH", 38 + 3 * components, 0, width, height, 0, 0, *tile, 0, 0, components)
    stream = b"\xff\x4f\xff\x51" + size + b"\x07\1\1" * components
    if not boxed:
        return stream
    head = box(b"ihdr", struct.pack(">IIHBBBB", 255, 255, 3, 7, 7, 0, 0)) + box(b"colr", b"\1\0\0\0\0\0\x10")
    signature = b"\0\0\0\x0cjP  \r\n\x87\n"
    return signature + box(b"ftyp", b"jp2 \0\0\0\0jp2 ") + box(b"jp2h", head) + box(b"jp2c", stream)


@pytest.mark.parametrize("boxed", [True, False])
def test_siz_tells_tiles_and_components(boxed):
    """Tiles are counted as OpenJPEG counts them: 255 by 255 in tiles of 100 are nine."""
    data = jp2(tile=(100, 100), boxed=boxed)

    siz = jpeg2000.siz(BytesSource(data))

    assert siz == (data.index(b"\xff\x4f"), 255, 255, 9, 3, (100, 100))


def test_siz_agrees_with_a_real_encoder():
    """OpenJPEG's own file of 300 by 200 in tiles of 64 has 5 by 4 tiles."""
    data = saved((300, 200), "JPEG2000", tile_size=(64, 64))

    assert jpeg2000.siz(BytesSource(data)) == (
        data.index(b"\xff\x4f\xff\x51"),
        300,
        200,
        20,
        3,
        (64, 64),
    )


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (jp2(tile=(1, 1)), TooComplex),
        (jp2(tile=(1, 1), components=1000), TooComplex),
        (jp2(components=30), NotDecodable),
        (jp2(tile=(0, 0)), Corrupt),
        (jp2(width=60_000, height=60_000, tile=(60_000, 60_000)), Corrupt),
    ],
)
def test_jpeg_2000_of_endless_tiles_or_components_is_refused(data, error, monkeypatch):
    """65,025 tiles of a pixel each, a thousand components, tiles of nothing: the header alone decides."""
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("the codec began"))

    with pytest.raises(error):
        pixels.decode(BytesSource(data), metadata.read(BytesSource(data)))


def test_small_precincts_are_counted():
    """A component of 4,000 squared has a million precincts of 4 by 4, and as many blocks; OpenJPEG keeps each."""
    style = bytes([0, 4, 4, 0, 1])  # no levels, blocks of 64 by 64
    plain = b"\xff\x52\0\x0c\0\0\0\1\0" + style + b"\xff\x90\0\x0a"
    small = b"\xff\x52\0\x0d\1\0\0\1\0" + style + b"\x22" + b"\xff\x90\0\x0a"
    head = jp2(4000, 4000, (4000, 4000), 1, boxed=False)
    counts = []
    for data in (head + plain, head + small):
        siz = jpeg2000.siz(BytesSource(data))
        assert siz is not None
        counts.append(jpeg2000.code_blocks(BytesSource(data), siz))

    assert counts == [63 * 63 + 1, 1000 * 1000 + 1000 * 1000]
    codec_limits.check(BytesSource(head + plain), "JP2")
    with pytest.raises(TooComplex):
        codec_limits.check(BytesSource(head + small), "JP2")


def tiled(width, length, bits=8, samples=3):
    """Write a TIFF of 64 by 64 pixels whose one tile is as large as told."""
    entries = [
        (256, 4, 1, 64),
        (257, 4, 1, 64),
        (258, 3, 1, bits),
        (259, 3, 1, 8),
        (262, 3, 1, 2),
        (277, 3, 1, samples),
        (322, 4, 1, width),
        (323, 4, 1, length),
        (324, 4, 1, 1000),
        (325, 4, 1, 100),
    ]
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return (b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + body + bytes(4)).ljust(1100, b"\0")


def test_a_tile_larger_than_its_image_counts():
    """A tile of 16,384 squared behind 64 by 64 pixels is refused; one of 256 squared goes to the codec."""
    huge, sound = tiled(16_384, 16_384), tiled(256, 256)

    with pytest.raises(TooComplex):
        codec_limits.check(BytesSource(huge), "TIFF")
    codec_limits.check(BytesSource(sound), "TIFF")


MARKERS = {
    "TEM": b"\xff\x01",
    "RST0": b"\xff\xd0",
    "RST7": b"\xff\xd7",
    "stuffed": b"\xff\x00",
    "fill": b"\xff\xff\xff",
    "stray": b"rubbish",
    "many": b"\xff\x01" * 50 + b"\xff\xd3" * 50 + b"\xff\x00" * 50,
}


@pytest.mark.parametrize("name", MARKERS)
@pytest.mark.parametrize("progressive", [True, False])
def test_a_frame_is_found_where_libjpeg_finds_it(name, progressive):
    """Markers without length, stuffed bytes and rubbish before the frame hide nothing from us or libjpeg."""
    data = saved((640, 400), "JPEG", progressive=progressive)
    hidden = data[:20] + MARKERS[name] + data[20:]  # behind APP0

    assert codestreams.jpeg_frame(BytesSource(hidden)) == (640, 400, 3, progressive)
    if b"\xff\x01" not in MARKERS[name]:  # which Pillow itself refuses
        source = BytesSource(hidden)
        assert pixels.decode(source, metadata.read(source)).size == (640, 400)


def test_a_progressive_jpeg_cannot_hide_its_coefficients():
    """10,900 squared pixels of coefficients take 713 MB: an RST0 before the frame hides them no more."""
    data = saved((64, 64), "JPEG", progressive=True)
    at = data.index(b"\xff\xc2") + 5
    bomb = data[:2] + b"\xff\xd0" + data[2:at] + struct.pack(">HH", 10_900, 10_900) + data[at + 4 :]

    with pytest.raises(TooManyPixels):
        pixels.decode(BytesSource(bomb), metadata.read(BytesSource(bomb)))


def test_two_frames_are_refused():
    """Libjpeg and Pillow may take another of two frames: neither is decoded."""
    data = saved((64, 64), "JPEG")
    at = data.index(b"\xff\xc0")
    frame = data[at : at + 19]
    twice = data[:at] + frame[:5] + struct.pack(">HH", 9000, 9000) + frame[9:] + data[at:]

    with pytest.raises(ImageError):
        pixels.decode(BytesSource(twice), metadata.read(BytesSource(twice)))
    assert codestreams.jpeg_frame(BytesSource(twice)) is None
