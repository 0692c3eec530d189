"""After the scan of a JPEG, and in HEIF: its height (DNL), Samsung's trailer, the video of a motion photo."""

import io
import struct

import pytest
from PIL import Image

from image_processing import metadata
from image_processing.decode import pixels
from image_processing.source import BytesSource, RangeSource
from tests.image_processing import builders as b

VIDEO = (
    b.box(b"ftyp", b"mp42\0\0\0\0mp42isom")
    + b.box(b"mdat", bytes(300))
    + b.box(b"moov", b.box(b"mvhd", bytes(100)))
)
PICTURE = b.jpeg()
LARGE = b.jpeg()[:-2] + bytes(200_000) + b"\xff\xd9"


def read(data):
    return metadata.read(BytesSource(data))


def samsung(*blocks):
    """Write a trailer of blocks (type, name, data): each begins with its type and name, the directory ends it."""
    whole = [struct.pack("<HHI", 0, kind, len(name)) + name + data for kind, name, data in blocks]
    entries = [
        struct.pack("<HHII", 0, kind, sum(map(len, whole[at:])), len(whole[at]))
        for at, (kind, *_) in enumerate(blocks)
    ]
    directory = b"SEFH" + struct.pack("<II", 106, len(blocks)) + b"".join(entries)
    return b"".join(whole) + directory + struct.pack("<I", len(directory)) + b"SEFT"


MOMENT = (0x0A01, b"Image_UTC_Data", b"1458170015363")
MOTION = (0x0A30, b"MotionPhoto_Data", VIDEO)


def test_samsungs_trailer_tells_of_video_and_moment():
    """The moment of taking is in UTC, in milliseconds since 1970."""
    found = read(PICTURE + samsung(MOMENT, MOTION))

    assert found.get("motion_photo") is True
    assert found.origins["motion_photo"] == "Samsung:MotionPhoto_Data"
    assert found.tags["Samsung"] == {"TimeStamp": 1458170015363}


@pytest.mark.parametrize(
    ("trailer", "motion", "moment"),
    [
        (samsung(MOMENT), None, 1458170015363),
        (samsung(MOTION) + bytes(16), True, None),  # padded
        (samsung((0x0A30, b"MotionPhoto_Data", b"")), None, None),
        (samsung((0x0A01, b"Image_UTC_Data", b"soon")), None, None),
        (samsung((0x0A41, b"BackupRestore_Data", b"1")), None, None),
        (samsung(MOMENT)[:-8] + b"\xff\xff\xff\xffSEFT", None, None),  # its directory would begin before the file
        (samsung(MOMENT)[-8:], None, None),
        (b"SEFT", None, None),
    ],
)
def test_a_trailer_tells_but_what_is_in_it(trailer, motion, moment):
    """Other blocks and broken directories tell nothing, and break nothing."""
    found = read(PICTURE + trailer)
    assert (found.get("motion_photo"), found.tags.get("Samsung", {}).get("TimeStamp")) == (motion, moment)


@pytest.mark.parametrize(
    ("appended", "motion"),
    [
        (VIDEO, True),
        (PICTURE + VIDEO, True),  # after a gain map
        (VIDEO + b"v3_f31_c                LIVE_12345678", True),  # Huawei's end
        (VIDEO + bytes(2 << 20), True),
        (b.box(b"ftyp", b"heic\0\0\0\0heic") + b.box(b"meta", bytes(300)), None),  # another picture
        (b"ftyp moov mdat", None),
        (PICTURE, None),
        (b"", None),
    ],
)
def test_an_appended_video_makes_a_motion_photo(appended, motion):
    """Where XMP is lost or never told of it."""
    assert read(PICTURE + appended).get("motion_photo") is motion


def test_a_video_before_the_scan_is_a_payload():
    """A segment that holds an MP4 is none of the picture's trailer."""
    assert read(b.jpeg(b.segment(0xE5, VIDEO))[:-2]).get("motion_photo") is None


def ranged(data):
    source = RangeSource(len(data), lambda offset, length: data[offset : offset + length])
    return metadata.read(source), source


def test_the_end_of_a_ranged_file_costs_one_request():
    """Head and end of a picture of 200 KB; of a trailer its blocks' names besides, never the pixels."""
    assert ranged(LARGE)[1].requests == 2
    found, source = ranged(LARGE + samsung(MOMENT, MOTION))
    assert (found.get("motion_photo"), source.requests) == (True, 2)
    _, source = ranged(LARGE + bytes(200_000) + b"end")
    assert (source.requests, source.fetched < 20_000) == (2, True)


@pytest.mark.parametrize(
    ("boxes", "motion", "moment"),
    [
        (b.box(b"mpvd", VIDEO), True, None),
        (b.box(b"mpvd"), None, None),
        (b.box(b"sefd", samsung(MOMENT, MOTION)), True, 1458170015363),
        (b.box(b"sefd", b"SEFT"), None, None),
    ],
)
def test_heif_holds_its_video_and_samsungs_trailer_in_boxes(boxes, motion, moment):
    """Box mpvd by Google's motion photo format, box sefd by Samsung."""
    found = read(b.heif() + boxes)
    assert (found.get("motion_photo"), found.tags.get("Samsung", {}).get("TimeStamp")) == (motion, moment)


GRADIENT = Image.frombytes("L", (48, 32), bytes(4 * x + 2 * y for y in range(32) for x in range(48)))


def with_lines_after_the_scan(**options):
    """Write a JPEG whose frame header has height 0, which a DNL segment after its first scan tells."""
    out = io.BytesIO()
    GRADIENT.save(out, "JPEG", **options)
    data = out.getvalue()
    frame = data.index(b"\xff\xc2" if options.get("progressive") else b"\xff\xc0")
    scan = data.index(b"\xff\xda")
    after = next(
        at
        for at in range(scan + 2, len(data))
        if data[at] == 0xFF and data[at + 1] and not 0xD0 <= data[at + 1] <= 0xD7
    )
    lines = b"\xff\xdc\0\4" + struct.pack(">H", 32)
    return data[: frame + 5] + b"\0\0" + data[frame + 7 : after] + lines + data[after:]


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 2}])
def test_a_height_that_follows_the_scan_counts(options):
    """In record and pixels; libjpeg by itself refuses such a file (T.81, B.2.5)."""
    data = with_lines_after_the_scan(**options)
    found = read(data)

    assert (found.get("width"), found.get("height"), found.origins["stored_height"]) == (48, 32, "JPEG:DNL")
    image = pixels.decode(BytesSource(data), found).convert("L")
    assert image.size == (48, 32)
    assert [image.getpixel(place) for place in ((0, 0), (47, 31))] == pytest.approx([0, 250], abs=8)


def test_a_height_is_found_from_the_end_of_a_ranged_file():
    """Pixels are not fetched for it."""
    data = b.jpeg(frame=b.sof(height=0))[:-2] + bytes(300_000) + b"\xff\xdc\0\4\0\x20\xff\xd9"
    found, source = ranged(data)
    assert (found.get("height"), source.fetched < 100_000) == (32, True)


def test_a_height_that_nothing_tells_is_none():
    """Neither zero nor a guess; a later segment of another length is no DNL."""
    assert read(b.jpeg(frame=b.sof(height=0)) + b"\xff\xdc\0\5\0\x20\0").get("height") is None
