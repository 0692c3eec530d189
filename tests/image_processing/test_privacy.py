"""Text planted where readers do not look: it does not get into a copy, and the picture stays."""

import io
import random
import struct
import time
import zlib

import pytest
from PIL import Image

from image_processing import derive, metadata, privacy
from image_processing.colour import icc_profile
from image_processing.errors import Corrupt
from image_processing.privacy import png, walk
from image_processing.source import BytesSource
from tests import samples
from tests.image_processing.builders import chunk, icc, segment, with_tag

ICC = icc()
PLANTED = b"planted: 48.2 N, 16.3 E"
TABLES = {"DHT": 0xC4, "DQT": 0xDB, "DRI": 0xDD, "SOF": 0xC0, "SOS": 0xDA}


def stripped(data):
    source = BytesSource(data)
    return derive.strip_private(source, metadata.read(source))


def found(data, kinds):
    """Return the bodies of the chunks of a PNG or WebP of these kinds, in their order."""
    at, bodies, order = (12, [], "<4sI") if data.startswith(b"RIFF") else (8, [], ">I4s")
    while at + 8 <= len(data):
        kind, length = sorted(struct.unpack_from(order, data, at), key=lambda part: isinstance(part, int))
        if kind in kinds:
            bodies.append(data[at + 8 : at + 8 + length])
        at += 8 + length + (length & 1 if order[0] == "<" else 4)
    return bodies


def webp_chunk(kind, body):
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) & 1)


def riff(body):
    return webp_chunk(b"RIFF", b"WEBP" + body)


def after_start(*segments):
    """Return a JPEG with segments in front of its own."""
    data = samples.jpeg()
    return data[:2] + b"".join(segments) + data[2:]


def with_tail(code):
    """Return a JPEG whose first segment of a kind is longer than what is in it."""
    data = samples.jpeg(restart_marker_blocks=2)
    start = data.index(bytes([0xFF, code]))
    end = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
    return data[:start] + segment(code, data[start + 4 : end] + PLANTED) + data[end:]


def before_pixels(*made, mode="RGB"):
    """Return a PNG with chunks in front of its pixels."""
    data = samples.png(mode=mode)
    at = data.index(b"IDAT") - 4
    return data[:at] + b"".join(made) + data[at:]


def with_pixels(change):
    """Return a PNG whose pixel chunks are those that a function makes of its zlib stream."""
    data = samples.png()
    at = data.index(b"IDAT") - 4
    return data[:at] + change(b"".join(found(data, (b"IDAT",)))) + chunk(b"IEND", b"")


def animated(image_format):
    out = io.BytesIO()
    frames = [samples.picture((40, 30), seed) for seed in range(3)]
    frames[0].save(out, image_format, save_all=True, append_images=frames[1:], duration=70)
    return out.getvalue()


def webp_frame_with(kind):
    """Return an animated WebP with one more chunk in each frame."""
    data = animated("WEBP")
    head, anim = found(data, (b"VP8X", b"ANIM"))
    frames = [webp_chunk(b"ANMF", body + webp_chunk(kind, PLANTED)) for body in found(data, (b"ANMF",))]
    return riff(webp_chunk(b"VP8X", head) + webp_chunk(b"ANIM", anim) + b"".join(frames))


def png_frame_with_tail():
    """Return an animated PNG with bytes behind the pixels of its last frame."""
    data = animated("PNG")
    at = data.rindex(b"fdAT") - 4
    length = int.from_bytes(data[at : at + 4], "big")
    return data[:at] + chunk(b"fdAT", data[at + 8 : at + 8 + length] + PLANTED) + data[at + 12 + length :]


def profile_chunk(name, tail):
    return chunk(b"iCCP", name + b"\0\0" + zlib.compress(ICC) + tail)


READABLE = {
    "JPEG DNL": lambda: after_start(segment(0xDC, PLANTED)),
    "JPEG JFIF": lambda: after_start(segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\0\0" + PLANTED)),
    "JPEG Adobe": lambda: after_start(segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + PLANTED)),
    "JPEG short Adobe": lambda: after_start(segment(0xEE, b"Adobe" + PLANTED[:6])),
    "JPEG profile 9 of 9": lambda: after_start(segment(0xE2, b"ICC_PROFILE\0\x09\x09" + PLANTED)),
    "JPEG no profile": lambda: after_start(segment(0xE2, b"ICC_PROFILE\0\1\1" + PLANTED)),
    "JPEG behind the profile": lambda: after_start(segment(0xE2, b"ICC_PROFILE\0\1\1" + ICC + PLANTED)),
    **{f"PNG {kind}": lambda kind=kind: before_pixels(chunk(kind.encode(), PLANTED)) for kind in (
        "GPSx", "gpSx", "PLTE", "sBIT", "hIST", "gAMA", "sRGB", "pHYs", "bKGD", "cICP", "mDCV", "cLLI",
    )},
    "PNG profile name": lambda: before_pixels(profile_chunk(PLANTED, b"")),
    "PNG behind the profile's stream": lambda: before_pixels(profile_chunk(b"icc", PLANTED)),
    "PNG palette of gray": lambda: before_pixels(chunk(b"PLTE", PLANTED + b" "), mode="L"),
    "PNG behind the pixels": lambda: with_pixels(lambda stream: chunk(b"IDAT", stream + PLANTED)),
    "PNG chunk behind the pixels": lambda: with_pixels(
        lambda stream: chunk(b"IDAT", stream) + chunk(b"IDAT", PLANTED)
    ),
    "PNG behind a frame's pixels": png_frame_with_tail,
    "PNG IEND": lambda: samples.png()[:-12] + chunk(b"IEND", PLANTED),
    **{f"WebP {kind} in a frame": lambda kind=kind: webp_frame_with(kind.encode()) for kind in (
        "EXIF", "XMP ", "zzzz",
    )},
}  # fmt: skip
UNREADABLE = {
    **{f"JPEG marker {code:02X}": lambda code=code: after_start(segment(code, PLANTED)) for code in (
        0x02, 0x4F, 0xBF, 0xC8, 0xCC, 0xDE, 0xDF, 0xF0, 0xF7, 0xFD,
    )},
    **{f"JPEG {name}'s tail": lambda code=code: with_tail(code) for name, code in TABLES.items()},
    "PNG acTL": lambda: before_pixels(chunk(b"acTL", PLANTED)),
    "PNG cHRM": lambda: before_pixels(chunk(b"cHRM", PLANTED)),
    "WebP second picture in a frame": lambda: webp_frame_with(b"VP8L"),
}  # fmt: skip


def shown(data):
    """Return the pixels of every frame."""
    with Image.open(io.BytesIO(data)) as image:
        frames = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append((image.mode, image.tobytes()))
    return frames


@pytest.mark.parametrize("place", READABLE)
def test_nothing_planted_is_copied(place):
    """What hides in a block that readers pass over, or behind what they read of it, goes; the picture stays."""
    data = READABLE[place]()
    assert PLANTED[:6] in data

    clean = stripped(data)

    assert PLANTED[:6] not in clean
    assert shown(clean) == shown(data)
    assert stripped(clean) == clean


@pytest.mark.parametrize("place", UNREADABLE)
def test_nothing_planted_is_copied_from_a_broken_file(place):
    """Nor does it stay where strict readers refuse the whole file; without it, the picture can be read."""
    clean = stripped(UNREADABLE[place]())

    assert PLANTED[:6] not in clean
    pictures = (samples.jpeg(), samples.jpeg(restart_marker_blocks=2), samples.png(), animated("WEBP"))
    assert shown(clean) in [shown(picture) for picture in pictures]


def test_a_profile_in_parts_survives():
    """A JPEG's profile larger than a segment is copied whole; with a part missing it is left out."""
    profile = with_tag(ICC, b"B2A0", bytes(range(250)) * 800)
    data = samples.jpeg(icc_profile=profile)
    second = data.index(b"ICC_PROFILE\0\2") - 4
    end = second + 2 + int.from_bytes(data[second + 2 : second + 4], "big")

    with Image.open(io.BytesIO(stripped(data))) as image:
        copied = image.info["icc_profile"]
    assert copied == icc_profile.clean(profile)
    assert bytes(range(250)) * 800 in copied
    assert b"ICC_PROFILE" not in stripped(data[:second] + data[end:])


def test_pixels_beyond_the_image_are_refused():
    """Rows behind a PNG's last, which no reader shows, cannot be cut from its stream."""
    hidden = with_pixels(lambda stream: chunk(b"IDAT", zlib.compress(zlib.decompress(stream) + PLANTED, 0)))
    assert PLANTED in hidden

    with pytest.raises(Corrupt, match="more data than its pixels"):
        stripped(hidden)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("JPEG", after_start(segment(0xFE, b"") * 20)),
        ("PNG", before_pixels(chunk(b"gpSx", b"") * 20)),
        ("WEBP", riff(webp_chunk(b"zzzz", b"") * 21)),
    ],
)
def test_a_file_of_crumbs_is_refused(name, data, monkeypatch):
    """Millions of empty blocks would take minutes to walk through."""
    monkeypatch.setattr(walk, "MAX_BLOCKS", 20)

    with pytest.raises(Corrupt, match="too many pieces"):
        privacy.COPIES[name](data + bytes(8), b"")


@pytest.mark.parametrize(
    ("code", "table"),
    [(0xC4, bytes(17)), (0xCC, b"\0\0"), (0xDB, bytes(65))],  # Huffman, arithmetic, quantisation (T.81, B.2.4)
)
def test_a_jpeg_of_tables_is_refused(code, table, monkeypatch):
    """Sixteen bytes of tables are a block: twelve million empty tables would take a quarter of a minute."""
    monkeypatch.setattr(walk, "MAX_BLOCKS", 10_000)
    tables = segment(code, table * (65_000 // len(table)))

    with pytest.raises(Corrupt, match="too many pieces"):
        privacy.COPIES["JPEG"](after_start(tables * 3), b"")


def test_frames_of_a_webp_share_their_bound(monkeypatch):
    """Blocks in the frames of an animation count with those around them."""
    monkeypatch.setattr(walk, "MAX_BLOCKS", 30)
    frame = webp_chunk(b"ANMF", bytes(16) + webp_chunk(b"zzzz", b"") * 9)

    with pytest.raises(Corrupt, match="too many pieces"):
        privacy.COPIES["WEBP"](riff(frame * 4), b"")


def test_a_png_of_one_long_chunk_is_followed_in_one_go(monkeypatch):
    """What zlib has not taken yet is not copied again and again: time grows with the pixels, not their square."""
    monkeypatch.setattr(png, "_INFLATE_STEP", 1 << 10)  # as if the file were a thousand times as long
    pixels = random.Random(1).randbytes(1000 * 3 + 1) * 3000
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1000, 3000, 8, 2, 0, 0, 0))
    stored = zlib.compress(pixels, 0)  # as many bytes as the pixels
    data = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", stored + b"hidden") + chunk(b"IEND", b"")

    started = time.process_time()
    copy = privacy.COPIES["PNG"](data, b"")

    assert time.process_time() - started < 1
    assert copy == data[:33] + chunk(b"IDAT", stored) + chunk(b"IEND", b"")


def test_frames_out_of_order_are_refused():
    """An animation whose numbers do not count up would not be shown by a reader either."""
    data = animated("PNG")
    at = data.index(b"fcTL") - 4
    broken = data[:at] + chunk(b"fcTL", struct.pack(">I", 7) + data[at + 12 : at + 34]) + data[at + 38 :]

    with pytest.raises(Corrupt, match="out of order"):
        stripped(broken)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_rows_are_counted_right(mode):
    """Every depth and colour type has its own count of bytes, in any size."""
    for size in ((1, 1), (3, 5), (33, 17)):
        out = io.BytesIO()
        Image.new(mode, size).save(out, "PNG")
        assert shown(stripped(out.getvalue())) == shown(out.getvalue())


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (33, 17)])
def test_interlaced_rows_are_counted_right(size):
    """Each of the seven passes has rows of its own, or none; one byte more is one too many."""
    width, height = size
    starts = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    passes = [(range(x, width, right), range(y, height, down)) for x, y, right, down in starts]
    rows = b"".join((b"\0" + bytes(3 * len(columns))) * len(lines) for columns, lines in passes if columns)
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1))
    data = head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")

    assert stripped(data) == data
    assert shown(data) == [("RGB", bytes(3 * width * height))]
    with pytest.raises(Corrupt, match="more data than its pixels"):
        stripped(head + chunk(b"IDAT", zlib.compress(rows + b"\0")) + chunk(b"IEND", b""))
