"""JPEG (ITU-T T.81): flat images of any size, whose every block is two bits of zero."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.fuzz.structures.dice import MAX_DATA

if TYPE_CHECKING:
    from tests.fuzz.structures.dice import Dice

BASELINE, EXTENDED, PROGRESSIVE, LOSSLESS, ARITHMETIC = 0xC0, 0xC1, 0xC2, 0xC3, 0xC9
_MAX_SCANS = 2 * MAX_DATA  # bytes of all scans
_ONE_CODE = b"\1" + bytes(15) + b"\0"  # a Huffman table of one code of one bit, which means 0


def segment(marker: int, body: bytes) -> bytes:
    """Write a segment."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def flat(  # noqa: PLR0913 -- the fields of a frame
    size: tuple[int, int],
    *,
    frame: int = BASELINE,
    sampling: tuple[int, ...] = (0x11,),
    precision: int = 8,
    scans: int = 1,
    restart: int = 0,
    dnl: bool = False,
    before: bytes = b"",
    hidden: bool = False,
) -> bytes:
    """Write a gray image of a size, with as many components as there are sampling factors.

    A `hidden` frame lies where a reader passes over it that gives a restart marker a length.
    """
    width, height = size
    components = b"".join(bytes([n + 1, factors, 0]) for n, factors in enumerate(sampling))
    told = 0 if dnl else min(height, 65_535)
    head = struct.pack(">BHHB", precision, told, min(width, 65_535), len(sampling)) + components
    tables = (
        segment(0xDB, b"\0" + b"\1" * 64) + segment(0xC4, b"\0" + _ONE_CODE) + segment(0xC4, b"\x10" + _ONE_CODE)
    )
    if hidden:
        length = min(len(before) + len(tables) + len(head) + 6, 0xFFFF)
        before = b"\xff\xd0" + struct.pack(">H", length) + before
    interval = segment(0xDD, struct.pack(">H", restart)) if restart else b""
    body = b"".join(_scans(size, sampling, frame, scans, restart))
    lines = segment(0xDC, struct.pack(">H", min(height, 65_535))) if dnl else b""
    return b"\xff\xd8" + before + tables + segment(frame, head) + interval + body + lines + b"\xff\xd9"


def _scans(size: tuple[int, int], sampling: tuple[int, ...], frame: int, scans: int, restart: int) -> list[bytes]:
    chosen = b"".join(bytes([n + 1, 0]) for n in range(len(sampling)))
    wide, high = max(f >> 4 for f in sampling) or 1, max(f & 15 for f in sampling) or 1
    units = -(-size[0] // (8 * wide)) * -(-size[1] // (8 * high))
    blocks = sum((f >> 4) * (f & 15) for f in sampling)
    if frame == PROGRESSIVE:
        dc = segment(0xDA, bytes([len(sampling)]) + chosen + b"\0\0\0") + _coded(units, blocks, restart)
        count = -(-size[0] // 8) * -(-size[1] // 8)
        coded = _coded(count, 1, restart)
        ac = [segment(0xDA, bytes([1, 1 + n % len(sampling), 0, 1, 63, 0])) + coded for n in range(len(sampling))]
        return [dc, *(ac * scans)[: min(scans - 1, _MAX_SCANS // (len(coded) + 1) + 1)]]
    head = segment(0xDA, bytes([len(sampling)]) + chosen + b"\0\x3f\0")
    coded = _coded(units, 2 * blocks, restart)
    return [head + coded] * min(scans, _MAX_SCANS // (len(coded) + 1) + 1)


def _coded(units: int, bits: int, restart: int) -> bytes:
    """Write units of as many zero bits, with restart markers if they are asked for."""
    if not restart:
        return bytes(min(-(-units * bits // 8), MAX_DATA))
    piece = bytes(-(-restart * bits // 8))
    turns = min(-(-units // restart), MAX_DATA // (len(piece) + 2) + 1)
    eight = b"".join(piece + bytes([0xFF, 0xD0 + n]) for n in range(8))
    return (eight * (turns // 8 + 1))[: turns * (len(piece) + 2) - 2]


def make(dice: Dice) -> bytes:
    """Make a JPEG of any kind of frame, sampling, number of scans and restarts, or one that is hidden."""
    sampling = dice.choice([(0x11,), (0x22, 0x11, 0x11), (0x11, 0x11, 0x11), (0x21, 0x11, 0x11), (0x11,) * 4])
    if dice.chance(0.2):
        sampling = dice.choice([(0x41, 0x11, 0x11), (0x12, 0x44, 0x11), (0x31, 0x13), (0x11, 0x22, 0x22, 0x41)])
    frame = dice.choice([BASELINE, BASELINE, PROGRESSIVE])
    if dice.chance(0.2):
        frame = dice.choice([EXTENDED, LOSSLESS, ARITHMETIC, 0xC5, 0xCA, 0xC6])
    most = 2 if frame == PROGRESSIVE and dice.honest else 1
    data = flat(
        dice.size(65_535),
        frame=frame,
        sampling=sampling,
        precision=dice.lie(8, 12, 16, 2, 0, often=0.1),
        scans=min(dice.count(most), 1000),
        restart=dice.choice([0, 1, 8, 65_535]),
        dnl=dice.chance(0.1),
        before=_before(dice),
        hidden=dice.chance(0.2),
    )
    return data + flat(dice.size(65_535)) if dice.chance(0.05) else data


def _before(dice: Dice) -> bytes:
    if dice.chance(0.1):
        return dice.choice([b"\xff", b"\xff\1x", b"x"]) * dice.choice([1, 1000, 100_000])
    if dice.chance(0.1):  # a thumbnail as large as a picture
        return segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\xff\xff" + bytes(60_000))
    return b""
