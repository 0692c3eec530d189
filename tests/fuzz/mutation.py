"""Fuzz by chance alone: seeds cut, spliced, flipped and given the numbers that break readers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.fuzz.seeds import MAX_SEED

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_NUMBERS = [
    n.to_bytes(size, order) for size in (1, 2, 4) for order in ("big", "little") for n in (0, 1, 127, 128, 255)
]
_NUMBERS += [b"\xff\xff", b"\x7f\xff", b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\1\0\0", b"\xff" * 8]


def run(seeds: list[bytes], try_one: Callable[[bytes], None], *, seconds: float, chance: random.Random) -> int:
    """Try the seeds, then mutations of them until the time is over; return how many inputs were tried."""
    end = time.monotonic() + seconds
    count = 0
    for seed in seeds:
        try_one(seed)
        count += 1
    while time.monotonic() < end:
        try_one(mutated(chance.choice(seeds), seeds, chance))
        count += 1
    return count


def mutated(seed: bytes, seeds: list[bytes], chance: random.Random) -> bytes:
    """Change a seed in one to eight places."""
    data = bytearray(seed)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(6)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            number = chance.choice(_NUMBERS)
            data[at : at + len(number)] = number
        elif kind == 2:
            del data[at : at + chance.randint(1, 64)]
        elif kind == 3:
            data[at:at] = data[at : at + chance.randint(1, 256)]
        elif kind == 4:
            other = chance.choice(seeds)
            start = chance.randrange(len(other) + 1)
            data[at:at] = other[start : start + chance.randint(1, 512)]
        elif chance.random() < 0.2:
            del data[at:]
    return bytes(data[:MAX_SEED])
