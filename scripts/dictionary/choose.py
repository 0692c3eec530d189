"""Choose from texts what they have in common.

After Liao, Petri, Moffat and Wirth, "Effective Construction of Relative Lempel-Ziv Dictionaries" (WWW 2016), as
zstd trains its dictionaries: a segment is worth the texts that have its short strings, and what is chosen once is
worth nothing again. What is a text's own is left out of a segment. The segments stand in the order of a document,
since zlib looks no farther back than 32 KB.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

GRAM = 8  # bytes of the strings that are counted
SEGMENT = 256  # bytes, at most, of what is chosen at once
LEAST = 3  # texts that must have a string
LETTERS = 2  # that a string must have: numbers are everybody's own


def choose(groups: Sequence[Sequence[bytes]], size: int) -> bytes:
    """Return at most `size` bytes of what texts have in common.

    A group is one part of all documents. The groups keep their order; within one, what more texts have stands
    later, where a match costs less.
    """
    data = np.frombuffer(b"".join(text + b"\0" for text in chain.from_iterable(groups)), np.uint8)
    numbers, worth = _counted(data)
    common = worth > 0
    ends = np.cumsum([sum(len(text) + 1 for text in group) for group in groups])
    chosen: list[tuple[int, float, bytes]] = []
    left = size
    while left > 0:
        sums = np.concatenate(([0.0], np.cumsum(worth[numbers]), np.zeros(SEGMENT)))
        sums[-SEGMENT:] = sums[-SEGMENT - 1]
        windows = sums[SEGMENT:] - sums[:-SEGMENT]
        start = int(windows.argmax())
        if windows[start] <= 0:
            break
        useful = start + np.flatnonzero(worth[numbers[start : start + SEGMENT]])
        shared = np.arange(useful[0], useful[-1] + 1)
        shared = shared[common[numbers[shared]]]
        kept = np.unique((shared[:, None] + np.arange(GRAM)).ravel())
        segment = data[kept].tobytes()[:left]
        chosen.append((int(np.searchsorted(ends, useful[0], "right")), float(windows[start]), segment))
        worth[numbers[shared]] = 0
        left -= len(segment)
    return b"".join(segment for *_, segment in sorted(chosen))


def _counted(data: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the number of the string that begins at each byte, and by number in how many texts it is.

    Each text ends with a NUL. What lies across two, is in few of them, or hardly has letters counts as in none.
    """
    windows = np.lib.stride_tricks.sliding_window_view(data, GRAM)
    codes = windows.astype(np.uint64) @ (np.uint64(1) << np.arange(0, 8 * GRAM, 8, dtype=np.uint64))
    _, places, numbers = np.unique(codes, return_index=True, return_inverse=True)
    text_of = np.cumsum(data == 0)[: len(numbers)]
    pairs = np.unique(np.stack((numbers, text_of)), axis=1)
    worth = np.bincount(pairs[0], minlength=len(places)).astype(np.float64)
    strings = windows[places]
    letters = ((strings | 0x20) >= ord("a")) & ((strings | 0x20) <= ord("z"))
    worth[(worth < LEAST) | (letters.sum(1) < LETTERS) | (strings == 0).any(1)] = 0
    return numbers, worth
