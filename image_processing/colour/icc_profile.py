"""Copy ICC profiles: the tags that colours need, and no more."""

from __future__ import annotations

import struct

_HEADER = 128  # bytes, then the number of tags and a table of them (ICC.1:2022, 7.2 and 7.3)
_SIGNATURE, _CHECKSUM = slice(36, 40), slice(84, 100)
_TAGS = frozenset(
    b"desc cprt wtpt bkpt chad chrm cicp lumi rXYZ gXYZ bXYZ rTRC gTRC bTRC kTRC gamt "
    b"A2B0 A2B1 A2B2 B2A0 B2A1 B2A2 D2B0 D2B1 D2B2 D2B3 B2D0 B2D1 B2D2 B2D3".split()
)


def clean(profile: bytes) -> bytes:
    """Write a profile anew with the tags that colours need, and its name and copyright; empty when it is none.

    Displays write their serial numbers into others (Apple's `mmod`), calibrations their measurements. The checksum
    goes, which is of the profile as it was. Empty, too, when its tags overlap so that they would take more room.
    """
    data = profile[: int.from_bytes(profile[:4], "big")]
    if data[_SIGNATURE] != b"acsp" or len(data) < _HEADER + 4:
        return b""
    count = min(int.from_bytes(data[_HEADER : _HEADER + 4], "big"), (len(data) - _HEADER - 4) // 12)
    listed = (struct.unpack_from(">4sII", data, _HEADER + 4 + 12 * number) for number in range(count))
    kept = {tag: (at, size) for tag, at, size in listed if tag in _TAGS and at + size <= len(data)}
    start = _HEADER + 4 + 12 * len(kept)
    places: dict[tuple[int, int], int] = {}  # where each piece, which tags may share, is now
    values = bytearray()
    for at, size in kept.values():
        if (at, size) not in places:
            places[at, size] = start + len(values)
            values += data[at : at + size] + bytes(-size % 4)
            if len(values) > len(data):
                return b""
    table = b"".join(struct.pack(">4sII", tag, places[piece], piece[1]) for tag, piece in kept.items())
    header = data[4 : _CHECKSUM.start] + bytes(16) + data[_CHECKSUM.stop : _HEADER]
    return struct.pack(">I", start + len(values)) + header + struct.pack(">I", len(kept)) + table + values
