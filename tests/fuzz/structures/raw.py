"""Camera RAW: TIFF structures, RAF and CR3 with a preview of any size, where it is and where it is not."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.fuzz.structures import jpeg, tiff
from tests.fuzz.structures.boxes import box

if TYPE_CHECKING:
    from tests.fuzz.structures.dice import Dice

_MAGIC = {b"IIU\0": "RW2", b"IIRO": "ORF"}
_CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_CANON_PREVIEW = bytes.fromhex("eaf42b5e1c984b88b9fbb7dc406e4d16")


def make(dice: Dice) -> bytes:
    """Make a RAW file."""
    size = dice.size(65_535)
    preview = jpeg.flat(size, frame=dice.choice([jpeg.BASELINE, jpeg.PROGRESSIVE]), sampling=(0x22, 0x11, 0x11))
    kind = dice.choice(["DNG", "NEF", "ORF", "RW2", "RAF", "CR3"])
    length = dice.lie(len(preview), 0, 4, (1 << 32) - 1, often=0.2)
    if kind == "RAF":
        return (
            b"FUJIFILMCCD-RAW ".ljust(84, b"0")
            + struct.pack(">III", 124, length, 108)
            + bytes(12)
            + _sizes(size)
            + preview
        )
    if kind == "CR3":
        sizes = {256: (4, [size[0]]), 257: (4, [size[1]])}
        moov = box(b"moov", box(b"uuid", _CANON, box(b"CMT1", tiff.write(sizes))))
        prvw = box(b"PRVW", struct.pack(">IHHHHI", 0, 1, 160, 120, 1, length), preview)
        return box(b"ftyp", b"crx \0\0\0\0crx ") + moov + box(b"uuid", _CANON_PREVIEW, bytes(8), prvw)
    return _in_tiff(kind, preview, length, dice)


def _sizes(size: tuple[int, int]) -> bytes:
    """Write the directory of a RAF, which tells the full size."""
    return struct.pack(">IHHHH", 1, 0x100, 4, size[1], size[0]) + bytes(4)


def _in_tiff(kind: str, preview: bytes, length: int, dice: Dice) -> bytes:
    width, height = dice.size()
    entries: dict[int, tiff.Entry] = {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, [8]),
        259: (3, [1]),
        262: (3, [32_803]),
        271: (2, b"NIKON CORPORATION\0"),
        273: (4, [16]),
        279: (4, [length]),
        513: (4, [dice.lie(16, 0, (1 << 32) - 1, often=0.1)]),
        514: (4, [length]),
    }
    if kind == "DNG":
        entries[50_706] = (1, [1, 4, 0, 0])
        entries[259] = (3, [7])
    if kind == "RW2":
        entries[0x2E] = (7, preview)
        entries |= {
            4: (3, [0]),
            5: (3, [0]),
            6: (4, [height]),
            7: (4, [width]),
        }  # borders: top, left, bottom, right
    if dice.chance(0.2):  # as many more previews as there are directories, all of them the same
        entries[330] = (4, [len(preview) + 16] * 100)
    return tiff.write(entries, preview, magic=next((m for m, name in _MAGIC.items() if name == kind), b"II*\0"))
