"""JPEG 2000 (ISO/IEC 15444-1): codestreams of empty packets, whose headers say any size, count and division."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from tests.fuzz.structures.boxes import box

if TYPE_CHECKING:
    from tests.fuzz.structures.dice import Dice

_MAX_TILES = 2000  # that are written
_MAX_PACKETS = 100_000  # bytes of a tile, each an empty packet


class Stream(NamedTuple):
    """The fields of SIZ and COD."""

    size: tuple[int, int]
    tile: tuple[int, int]
    components: int = 3
    step: tuple[int, int] = (1, 1)  # XRsiz, YRsiz
    offset: tuple[int, int] = (0, 0)
    bits: int = 8
    layers: int = 1
    levels: int = 3
    precinct: int | None = None


def codestream(stream: Stream) -> bytes:
    """Write a codestream."""
    (width, height), (wide, high) = stream.size, stream.tile
    siz = struct.pack(">H4I4IH", 0, width, height, *stream.offset, wide, high, 0, 0, stream.components)
    siz += bytes([stream.bits - 1 & 255, *stream.step]) * stream.components
    style = 0 if stream.precinct is None else 1
    cod = struct.pack(">BBHBBBBBB", style, 0, stream.layers, 0, stream.levels, 4, 4, 0, 1)
    if stream.precinct is not None:
        cod += bytes([stream.precinct]) * (stream.levels + 1)
    qcd = b"\x40" + bytes([8 << 3]) * (3 * stream.levels + 1)
    head = b"\xff\x4f" + _marker(0x51, siz) + _marker(0x52, cod) + _marker(0x5C, qcd)
    packets = bytes(min(max(stream.layers, 1) * (stream.levels + 1) * stream.components, _MAX_PACKETS))
    tiles = min(-(-width // max(wide, 1)) * -(-height // max(high, 1)), _MAX_TILES)
    parts = [
        _marker(0x90, struct.pack(">HIBB", n & 0xFFFF, 14 + len(packets), 0, 1)) + b"\xff\x93" + packets
        for n in range(max(tiles, 1))
    ]
    return head + b"".join(parts) + b"\xff\xd9"


def _marker(code: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, code, len(body) + 2) + body


def boxed(stream: Stream, told: tuple[int, int], components: int) -> bytes:
    """Write a JP2 file around a codestream, with a size and a count of components of its own in "ihdr"."""
    ihdr = struct.pack(">IIHBBBB", told[1], told[0], components, 7, 7, 0, 0)
    colr = struct.pack(">BBBI", 1, 0, 0, 17 if components < 3 else 16)
    head = b"\0\0\0\x0cjP  \r\n\x87\n" + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    return head + box(b"jp2h", box(b"ihdr", ihdr), box(b"colr", colr)) + box(b"jp2c", codestream(stream))


def make(dice: Dice) -> bytes:
    """Make a JP2 file or a bare codestream."""
    size = dice.size()
    if dice.chance(0.5):
        size = dice.choice([(16, 16), (64, 64), (255, 255), (1000, 1000)])
    # as many tiles as their numbers can count: a codec keeps much for each
    most = max(1, size[0] // 255), max(1, size[1] // 255)
    stream = Stream(size, dice.lie(size, most, most, (64, 64), dice.size(), (1 << 31, 1 << 31), often=0.6))
    stream = stream._replace(components=dice.lie(dice.choice([1, 3]), 2, 4, 30, 255, 1000, 16_384))
    if not dice.honest:
        stream = stream._replace(
            step=dice.lie((1, 1), (255, 255), (2, 2), (255, 1), (1, 2)),
            offset=dice.lie((0, 0), (size[0] - 1, size[1] - 1), (1, 1), often=0.1),
            bits=dice.lie(8, 1, 16, 38, often=0.1),
            layers=dice.lie(1, 2, 255, 65_535, often=0.2),
            levels=dice.lie(3, 0, 5, 32, often=0.2),
            precinct=dice.lie(None, 0x00, 0x11, 0xFF, 0x77, often=0.2),
        )
    data = boxed(stream, dice.told(size), dice.lie(stream.components, 1, 3, 4))
    if dice.chance(0.2):  # cut short within its main header, or its first tile
        start = data.index(b"\xff\x52")
        data = data[: dice.randrange(start, min(len(data), start + 500))]
    return codestream(stream) if dice.random() < 0.2 else data
