"""TIFF of any samples is shown as it is: the numbers in each file are written here, byte by byte."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from image_processing import examine, metadata
from image_processing.decode import pixels
from image_processing.errors import NotDecodable, TooManyPixels, Truncated
from image_processing.source import BytesSource
from tests.image_processing import builders
from tests.image_processing.builders import LONG, SHORT
from tests.image_processing.decode import short_files

UNSIGNED, SIGNED, FLOAT = 1, 2, 3
WIDTH, HEIGHT = 4, 2


def tiff(*parts, bits=16, samples=1, size=(WIDTH, HEIGHT), order="<", **options):
    """Write a TIFF of strips; `colour` is its PhotometricInterpretation."""
    colour, tags = options.get("colour", 1), options.get("tags")
    own = {256: (LONG, size[0]), 257: (LONG, size[1]), 258: (SHORT, (bits,) * samples), 259: (SHORT, 1)}
    own |= {262: (SHORT, colour), 277: (SHORT, samples), 278: (LONG, size[1])} | (tags or {})
    if order == "<":
        return builders.tiff_image(list(parts), own)
    start = 8 + sum(map(len, parts))
    offsets = tuple(8 + sum(map(len, parts[:at])) for at in range(len(parts)))
    own |= {273: (LONG, offsets), 279: (LONG, tuple(map(len, parts)))}
    entries = [(tag, *value) for tag, value in sorted(own.items())]
    return b"MM\0*" + struct.pack(">I", start) + b"".join(parts) + builders.directory(entries, start, ">")


def decoded(data, **options):
    return pixels.decode(BytesSource(data), metadata.read(BytesSource(data)), **options)


def first_row(data):
    """Return the red samples of the first row, or all of a pixel where they differ."""
    image = decoded(data)
    found = [image.getpixel((x, 0)) for x in range(image.width)]
    return [pixel[0] if len(set(pixel)) == 1 else pixel for pixel in found]


def rows(code, *row, order="<"):
    return struct.pack(f"{order}{len(row)}{code}", *row) * HEIGHT


def bits(text):
    """Return bytes of a row of bits, padded."""
    joined = text.replace(" ", "")
    return int(joined.ljust(-(-len(joined) // 8) * 8, "0"), 2).to_bytes(-(-len(joined) // 8), "big") * HEIGHT


PREDICTED = {259: (SHORT, 8), 317: (SHORT, 2)}
SHOWN = {
    "16 bits, white is zero": (tiff(rows("H", 0, 65535, 32768, 257), colour=0), [255, 0, 127, 254]),
    "16 bits, black is zero": (tiff(rows("H", 0, 65535, 33000, 300)), [0, 255, 128, 1]),
    "16 bits, the highest byte first": (tiff(rows("H", 0, 65535, 257, 514, order=">"), order=">"), [0, 255, 1, 2]),
    "12 bits": (tiff(bits(f"{0:012b} {4095:012b} {2048:012b} {16:012b}"), bits=12), [0, 255, 128, 1]),
    "10 bits, RGB": (
        tiff(bits(f"{1023:010b}{0:010b}{0:010b}" * 4), bits=10, samples=3, colour=2),
        [(255, 0, 0)] * 4,
    ),
    "2 bits, RGB": (tiff(bits("110001" * 4), bits=2, samples=3, colour=2), [(255, 0, 85)] * 4),
    "16 bits in planes": (
        tiff(rows("H", *[65535] * 4), rows("H", *[0] * 4), rows("H", *[257] * 4), samples=3, colour=2,
             tags={284: (SHORT, 2)}),
        [(255, 0, 1)] * 4,
    ),
    "floats within 0 and 1": (
        tiff(rows("f", 0.0, 0.5, 0.25, 0.75), bits=32, tags={339: (SHORT, FLOAT)}),
        [0, 128, 64, 191],
    ),
    "halves": (tiff(rows("e", 0.0, 1.0, 0.5, 0.25), tags={339: (SHORT, FLOAT)}), [0, 255, 128, 64]),
    "doubles, the highest byte first": (
        tiff(rows("d", 0.0, 1.0, 0.5, 0.25, order=">"), bits=64, tags={339: (SHORT, FLOAT)}, order=">"),
        [0, 255, 128, 64],
    ),
    "floats of RGB": (
        tiff(rows("f", *[1.0, 0.5, 0.0] * 4), bits=32, samples=3, colour=2, tags={339: (SHORT, (FLOAT,) * 3)}),
        [(255, 128, 0)] * 4,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
def test_samples_are_shown_as_they_are(name):
    """Black is black, white is white, whatever the bits, their order and their kind."""
    data, expected = SHOWN[name]

    assert first_row(data) == expected
    assert "tone_mapped" not in decoded(data).info


NAN, INFINITY = float("nan"), float("inf")
STRETCHED = {
    "floats beyond 1": (32, FLOAT, rows("f", 280.0, 290.0, 285.0, 280.0), [0, 255, 128, 0]),
    "floats below 0": (32, FLOAT, rows("f", -1.0, 1.0, 0.0, 0.5), [0, 255, 128, 191]),
    "32 bits": (32, UNSIGNED, rows("I", 1000, 1200, 1100, 1050), [0, 255, 128, 64]),
    "signed 32 bits": (32, SIGNED, rows("i", -100, 100, 0, 50), [0, 255, 128, 191]),
    "signed 16 bits": (16, SIGNED, rows("h", 2000, 3000, 2500, 2250), [0, 255, 128, 64]),
    "signed 8 bits": (8, SIGNED, rows("b", -128, 127, 0, -1), [0, 255, 128, 127]),
    "nothing but one number": (32, FLOAT, rows("f", 7.0, 7.0, 7.0, 7.0), [0, 0, 0, 0]),
    "infinite ones": (32, FLOAT, rows("f", NAN, INFINITY, 2.0, -INFINITY), [0, 255, 0, 0]),
    "nothing that is a number": (32, FLOAT, rows("f", NAN, NAN, NAN, NAN), [0, 0, 0, 0]),
}


@pytest.mark.parametrize("name", STRETCHED)
def test_samples_without_an_agreed_white_are_stretched_and_say_so(name):
    """Their darkest is black, their lightest white."""
    depth, form, samples, expected = STRETCHED[name]
    data = tiff(samples, bits=depth, tags={339: (SHORT, form)})

    assert first_row(data) == expected
    assert decoded(data).info["tone_mapped"] is True
    assert [warning.code for warning in examine.examine(BytesSource(data)).metadata.warnings] == ["tone_mapped"]


def test_one_glaring_sample_does_not_make_the_rest_black():
    """A thousandth of the samples may be beyond the extremes: half of 1 is half, beside a sun of 50,000."""
    samples = np.linspace(0, 1, 4000, dtype="<f4").reshape(40, 100)
    samples[7, 7] = 50_000
    data = tiff(samples.tobytes(), bits=32, size=(100, 40), tags={339: (SHORT, FLOAT)})

    assert abs(decoded(data).getpixel((0, 20))[0] - 128) <= 2


def differences(rows, step):
    """Return rows of integers as differences to their left neighbours of the same channel."""
    found = rows.copy()
    found[:, step:] -= rows[:, :-step]
    return found


CODES = {"tiff_lzw": 5, "tiff_adobe_deflate": 8, "packbits": 32773, "lzma": 34925, "zstd": 50000}
PREDICTORS = [
    (name, predictor) for name in ("tiff_lzw", "tiff_adobe_deflate", "zstd", "lzma") for predictor in (1, 2, 3)
]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("compression", "predictor", "kind"),
    [
        (name, predictor, kind)
        for name, predictor in [*PREDICTORS, ("packbits", 1)]
        for kind in ("u2", "f4")
        if predictor < 3 or kind == "f4"  # the third is for floating point
    ],
)
def test_compression_predictor_and_order_of_bytes_change_nothing(compression, order, kind, predictor):
    """A ramp of grey comes back, however it is packed; libtiff itself packs the bytes."""
    top = 65535 if kind == "u2" else 1
    samples = (np.tile(np.arange(64), (50, 1)) * top / 63).astype(kind)
    stored = samples.astype(order + kind)
    if predictor == 2:
        stored = differences(samples.view(f"=u{samples.itemsize}"), 1).astype(f"{order}u{samples.itemsize}")
    if predictor == 3:
        planes = samples.astype(">f4").view(np.uint8).reshape(50, 64, 4).transpose(0, 2, 1).reshape(50, -1)
        stored = differences(planes, 1)
    packed = Image.frombytes("L", (64 * samples.itemsize, 50), stored.tobytes())
    part, _ = short_files.encoded(packed, compression)
    data = tiff(
        part,
        bits=8 * samples.itemsize,
        size=(64, 50),
        order=order,
        tags={
            259: (SHORT, CODES[compression]),
            317: (SHORT, predictor),
            339: (SHORT, FLOAT if kind == "f4" else UNSIGNED),
        },
    )

    found = np.asarray(decoded(data))[..., 0]

    assert np.abs(found.astype(int) - np.arange(64) * 255 / 63).max() <= 1


@pytest.mark.parametrize(
    ("extra", "expected"), [(0, (200, 100, 50)), (1, (255, 199, 100, 128)), (2, (200, 100, 50, 128))]
)
def test_a_further_sample_is_alpha_if_it_says_so(extra, expected):
    """ExtraSamples: nothing that is known, premultiplied alpha, alpha."""
    planes = [rows("H", *[value * 257] * WIDTH) for value in (200, 100, 50, 128)]
    data = tiff(*planes, samples=4, colour=2, tags={338: (SHORT, extra), 284: (SHORT, 2)})

    assert decoded(data).getpixel((1, 1)) == expected


# Luma 0, chroma 90 and 200: (100, 0, 0) by JFIF 1.02
LUMAS, BLUES, REDS = bytes(16), bytes([90] * 4), bytes([200] * 4)
UNITS = (bytes(4) + b"\x5a\xc8") * 4


@pytest.mark.parametrize(
    ("parts", "planes"),
    [((UNITS,), 1), ((LUMAS, BLUES, REDS), 2)],
)
def test_uncompressed_ycbcr_is_no_rgb(parts, planes):
    """Luma and chroma, four pixels of which share one, in units or in planes (TIFF 6.0, section 21)."""
    data = tiff(*parts, bits=8, samples=3, colour=6, size=(4, 4),
                tags={284: (SHORT, planes), 530: (SHORT, (2, 2))})  # fmt: skip

    assert {decoded(data).getpixel((x, y)) for x in range(4) for y in range(4)} == {(100, 0, 0)}


def test_planes_of_ycbcr_may_be_compressed():
    """Each of their own size: what libtiff refuses as a whole it decodes one by one."""
    parts = []
    for plane, side in ((LUMAS, 4), (BLUES, 2), (REDS, 2)):
        parts.append(short_files.encoded(Image.frombytes("L", (side, side), plane), "tiff_lzw")[0])
    data = tiff(*parts, bits=8, samples=3, colour=6, size=(4, 4),
                tags={259: (SHORT, 5), 284: (SHORT, 2), 530: (SHORT, (2, 2))})  # fmt: skip

    assert {decoded(data).getpixel((x, y)) for x in range(4) for y in range(4)} == {(100, 0, 0)}


@pytest.mark.parametrize("options", [{}, {"bits": 12}, {"bits": 32, "tags": {339: (SHORT, FLOAT)}}])
def test_samples_that_are_not_there_are_refused(options):
    """A picture whose last byte would lie beyond the end of the file is refused; one that ends with it is not."""
    needed = HEIGHT * WIDTH * options.get("bits", 16) // 8

    def ending(beyond):
        tags = options.get("tags", {})
        size = len(tiff(b"", **options))
        return tiff(b"", **options | {"tags": {**tags, 273: (LONG, size - needed + beyond), 279: (LONG, needed)}})

    assert decoded(ending(0)).size == (WIDTH, HEIGHT)
    with pytest.raises(Truncated):
        decoded(ending(1))


@pytest.mark.parametrize(("side", "error"), [(4_000, NotDecodable), (10_000, TooManyPixels)])
def test_a_picture_of_too_many_samples_is_refused_by_its_size(side, error):
    """Nothing is set aside for such floats; up to 52 megapixels, which others may have, the file is no failure."""
    tags = {339: (SHORT, (FLOAT,) * 3)}

    with pytest.raises(error):
        decoded(tiff(b"0000", bits=32, samples=3, colour=2, size=(side, side), tags=tags))


@pytest.mark.parametrize(
    "options", [{"bits": 8}, {"bits": 16, "colour": 0}, {"bits": 32, "tags": {339: (SHORT, FLOAT)}}]
)
def test_a_picture_is_turned_once(options):
    """Orientation 6, a quarter to the right: the first row becomes the last column, in each decoder."""
    tags = {**options.get("tags", {}), 274: (SHORT, 6)}
    white = {8: b"\xff", 16: b"\0\0", 32: struct.pack("<f", 1.0)}[options["bits"]]
    black = {8: b"\0", 16: b"\xff\xff", 32: bytes(4)}[options["bits"]]

    image = decoded(tiff(white * WIDTH + black * WIDTH, **options | {"tags": tags}))

    assert image.size == (HEIGHT, WIDTH)
    assert [image.getpixel((x, 2))[0] for x in range(HEIGHT)] == [0, 255]


def test_tags_of_exif_do_not_matter_to_the_pixels():
    """A pointer to a directory that lies elsewhere says nothing of the pixels (thermal cameras)."""
    data = tiff(rows("B", 0, 255, 128, 64), bits=8, tags={0xA005: (LONG, 8)})

    assert first_row(data) == [0, 255, 128, 64]


def test_strips_of_webp_are_decoded():
    """Compression 50001, of which libtiff may know nothing."""
    out = io.BytesIO()
    Image.new("RGB", (40, 20), (200, 30, 60)).save(out, "WEBP", lossless=True)
    data = tiff(out.getvalue(), out.getvalue(), bits=8, samples=3, colour=2, size=(40, 40),
                tags={259: (SHORT, 50001), 278: (LONG, 20)})  # fmt: skip

    assert {decoded(data).getpixel((x, y)) for x in (0, 39) for y in (0, 19, 20, 39)} == {(200, 30, 60)}
    with pytest.raises(Truncated):
        decoded(tiff(out.getvalue(), bits=8, samples=3, colour=2, size=(40, 21), tags={259: (SHORT, 50001)}))


def test_jpeg_of_a_kind_that_libtiff_does_not_know_is_not_damaged():
    """Lossless JPEG of 16 bits (SOF3), as cameras have it in a TIFF: sound, and not decoded."""
    frame = builders.segment(0xC3, struct.pack(">BHHB3B", 16, HEIGHT, WIDTH, 1, 1, 0x11, 0))
    table = builders.segment(0xC4, bytes([0, 1, *[0] * 15, 0]))
    scan = builders.segment(0xDA, bytes([1, 1, 0, 1, 0, 0])) + b"\x7f\x7f"
    jpeg = b"\xff\xd8" + frame + table + scan + b"\xff\xd9"

    with pytest.raises(NotDecodable):
        decoded(tiff(jpeg, tags={259: (SHORT, 7)}))
    with pytest.raises(NotDecodable):
        decoded(jpeg)
