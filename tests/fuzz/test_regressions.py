"""Former findings of fuzzing, each as the smallest file that shows it."""

import struct

import piexif
import pytest

from tests import samples
from tests.fuzz import target

FOUND = {
    "BMP: a version 5 header that ends before its profile's place": (
        b"BM"
        + bytes(12)
        + struct.pack("<Iii", 124, 1, 1)
        + struct.pack("<HH", 1, 24)
        + bytes(40)
        + b"DEBM"
        + bytes(56)
    ),
    "JPEG: a colour space beyond 16 bits": samples.jpeg(
        exif=piexif.dump({"Exif": {0xA001: 7}}).replace(
            b"\xa0\x01\0\3\0\0\0\1\0\7\0\0", b"\xa0\x01\0\4\0\0\0\1\0\7\0\0"
        )
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_stays_mended(name):
    """No promise is broken by a file that once broke one."""
    assert target.broken_promise(FOUND[name]) is None
