"""A QR code as an SVG path: version 10, error correction L, bytes, mask 0; room for a text of 271 bytes.

One version and one mask keep all positions and formats constant. Source: ISO/IEC 18004:2015.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 57  # modules on a side, of version 10
MOST_BYTES = 271
_BLOCKS = (68, 68, 69, 69)  # data codewords of each (table 9)
_CORRECTION = 18  # error correction codewords of each block
_FINDERS = ((3, 3), (SIZE - 4, 3), (3, SIZE - 4))  # their middles
_ALIGNMENT = (6, 28, SIZE - 7)  # rows and columns of the middles of alignment patterns (table E.1)
_FORMAT = 0b111011111000100  # of level L and mask 0 (table C.1)
_VERSION = 0b001010010011010011  # of version 10 (table D.1)
_POLYNOMIAL = 0b100011101  # of the field of 256 elements: x^8 + x^4 + x^3 + x^2 + 1

Grid = dict[tuple[int, int], bool]  # whether a module is dark, by column and row


def svg_path(text: str) -> str | None:
    """Return a text's dark modules as an SVG path, a unit each; None for a text of more than 271 bytes."""
    data = text.encode()
    if len(data) > MOST_BYTES:
        return None
    grid = _patterns()
    bits = iter("".join(f"{codeword:08b}" for codeword in _codewords(data)))
    for x, y in _path():
        if (x, y) not in grid:
            grid[x, y] = (next(bits) == "1") ^ ((x + y) % 2 == 0)
    return "".join(f"M{x} {y}h1v1h-1z" for (x, y), dark in grid.items() if dark)


def _patterns() -> Grid:
    """Return the modules that are the same for every text (sections 6.3, 7.9 and 7.10)."""
    grid: Grid = {}
    for middle in _FINDERS:
        _draw_rings(grid, middle, (True, True, False, True, False))
    for x, y in product(_ALIGNMENT, repeat=2):
        if (x, y) not in grid:
            _draw_rings(grid, (x, y), (True, False, True))
    for at in range(SIZE):
        grid.setdefault((at, 6), at % 2 == 0)
        grid.setdefault((6, at), at % 2 == 0)
    for bit in range(18):
        across, along = SIZE - 11 + bit % 3, bit // 3
        grid[across, along] = grid[along, across] = bool(_VERSION >> bit & 1)
    near = [*((8, y) for y in (0, 1, 2, 3, 4, 5, 7, 8)), *((x, 8) for x in (7, 5, 4, 3, 2, 1, 0))]
    far = [*((SIZE - 1 - bit, 8) for bit in range(8)), *((8, SIZE - 15 + bit) for bit in range(8, 15))]
    for bit in range(15):
        grid[near[bit]] = grid[far[bit]] = bool(_FORMAT >> bit & 1)
    grid[8, SIZE - 8] = True
    return grid


def _draw_rings(grid: Grid, middle: tuple[int, int], rings: tuple[bool, ...]) -> None:
    """Draw squares within squares, from the middle out, as far as they lie on the grid."""
    reach = range(1 - len(rings), len(rings))
    for across, down in product(reach, repeat=2):
        x, y = middle[0] + across, middle[1] + down
        if x in range(SIZE) and y in range(SIZE):
            grid[x, y] = rings[max(abs(across), abs(down))]


def _path() -> Iterator[tuple[int, int]]:
    """Yield all modules in the order of the bits: pairs of columns from the right, up and down (section 7.7.3)."""
    rights = [*range(SIZE - 1, 6, -2), 5, 3, 1]  # without the column of the timing pattern
    for turn, right in enumerate(rights):
        rows = range(SIZE) if turn % 2 else range(SIZE - 1, -1, -1)
        yield from ((right - left, y) for y in rows for left in (0, 1))


def _codewords(data: bytes) -> list[int]:
    """Return data and error correction, each in turns from the blocks (sections 7.4 to 7.6)."""
    bits = (0b0100 << 16 | len(data)) << 8 * len(data) | int.from_bytes(data, "big")  # of bytes, their number
    filled = (bits << 4).to_bytes(len(data) + 3, "big") + b"\xec\x11" * MOST_BYTES  # the 4 bits end the data
    starts = [sum(_BLOCKS[:number]) for number in range(len(_BLOCKS))]
    blocks = [filled[start : start + size] for start, size in zip(starts, _BLOCKS, strict=True)]
    corrections = [_correction(block) for block in blocks]
    parts: tuple[tuple[int, list[bytes]], ...] = ((max(_BLOCKS), blocks), (_CORRECTION, corrections))
    return [one[at] for size, those in parts for at in range(size) for one in those if at < len(one)]


def _correction(block: bytes) -> bytes:
    """Return the Reed-Solomon codewords of a block: its remainder by the product of (x - 2^i) for 0 <= i < 18."""
    divisor, root = [1], 1
    for _ in range(_CORRECTION):
        divisor = [a ^ _times(b, root) for a, b in zip([*divisor, 0], [0, *divisor], strict=True)]
        root = _times(root, 2)
    rest = [0] * _CORRECTION
    for codeword in block:
        factor = codeword ^ rest[0]
        rest = [a ^ _times(factor, b) for a, b in zip([*rest[1:], 0], divisor[1:], strict=True)]
    return bytes(rest)


def _times(a: int, b: int) -> int:
    """Return the product of two elements of the field."""
    result = 0
    for bit in range(7, -1, -1):
        result = result << 1 ^ (result >> 7) * _POLYNOMIAL
        result ^= (b >> bit & 1) * a
    return result
