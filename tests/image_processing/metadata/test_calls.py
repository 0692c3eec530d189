"""What reading a camera's JPEG costs, in calls of Python functions: a clock would tell of other work too."""

import sys

from image_processing import metadata
from image_processing.source import BytesSource
from tests.image_processing import builders as b

IFD0 = (
    (0x010F, b.ASCII, "NIKON CORPORATION"),
    (0x0110, b.ASCII, "NIKON D750"),
    (0x0112, b.SHORT, 1),
    (0x011A, b.RATIONAL, 300),
    (0x011B, b.RATIONAL, 300),
    (0x0128, b.SHORT, 2),
    (0x0131, b.ASCII, "Ver.1.02"),
    (0x0132, b.ASCII, "2015:08:22 10:15:30"),
    (0x0213, b.SHORT, 2),
)
EXIF = (
    (0x829A, b.RATIONAL, [(1, 250)]),
    (0x829D, b.RATIONAL, [(28, 10)]),
    *((tag, b.SHORT, 2) for tag in (0x8822, 0x9207, 0x9208, 0x9209, 0xA001, 0xA217)),
    (0x8827, b.SHORT, 400),
    (0x9000, b.UNDEFINED, b"0230"),
    (0x9003, b.ASCII, "2015:08:22 10:15:30"),
    (0x9004, b.ASCII, "2015:08:22 10:15:30"),
    (0x9204, b.SRATIONAL, 0),
    (0x9205, b.RATIONAL, [(30, 10)]),
    (0x920A, b.RATIONAL, 50),
    (0x9286, b.UNDEFINED, b"ASCII\0\0\0" + b" " * 36),
    (0xA002, b.LONG, 6016),
    (0xA003, b.LONG, 4016),
    *((tag, b.SHORT, 0) for tag in range(0xA401, 0xA40D)),
)
IFD1 = ((0x0103, b.SHORT, 6), (0x011A, b.RATIONAL, 300), (0x011B, b.RATIONAL, 300), (0x0128, b.SHORT, 2))

MOST = 400  # 369 are made; Python 3.11 counts comprehensions too


def test_a_camera_s_jpeg_is_read_in_few_calls():
    """Its tags took 512 calls when every one was an object of its own and was decoded through a call."""
    data = b.jpeg(b.exif_segment(b.tiff(IFD0, EXIF, ifd1=IFD1)))
    metadata.read(BytesSource(data))  # what is kept of a first reading does not count
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        found = metadata.read(BytesSource(data))
    finally:
        sys.setprofile(None)
    assert found.get("exposure_time") == 0.004
    assert calls <= MOST
