"""Choose from texts what they have in common.

After Liao, Petri, Moffat and Wirth, "Effective Construction of Relative Lempel-Ziv Dictionaries" (WWW 2016), whose
COVER algorithm zstd trains its dictionaries with: a segment is worth the texts that have its short strings, and what
is chosen once is worth nothing again. Here the segments then stand in the order of a document, since zlib looks no
farther back than 32 KB.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

GRAM = 6  # bytes of the strings that are counted: shorter ones zlib finds anywhere
SEGMENT = 48  # bytes
LEAST = 3  # texts that must have a string


def choose(groups: Sequence[Sequence[bytes]], size: int) -> bytes:
    """Return at most `size` bytes that hold what the texts of each group have in common.

    A group is one part of all documents. Of the result the groups keep their order; within one, what more texts
    have stands later, where a match costs less.
    """
    grams = _grams(groups)
    worth = _worth(groups, grams)
    numbers, all_text = grams
    taken: list[tuple[int, float, bytes]] = []
    bounds = np.cumsum([sum(map(len, texts)) + len(texts) for texts in groups])
    left = size
    while left > 0:
        sums = np.concatenate(([0.0], np.cumsum(worth[numbers])))
        windows = sums[SEGMENT:] - sums[:-SEGMENT]
        start = int(windows.argmax())
        if windows[start] <= 0:
            break
        chosen = np.flatnonzero(worth[numbers[start : start + SEGMENT]])
        first, last = start + int(chosen[0]), start + int(chosen[-1])
        segment = all_text[first : last + GRAM][:left]
        taken.append((int(np.searchsorted(bounds, start, "right")), float(windows[start]), segment))
        worth[numbers[first : last + 1]] = 0
        left -= len(segment)
    return b"".join(segment for *_, segment in sorted(taken))


def _grams(groups: Sequence[Sequence[bytes]]) -> tuple[NDArray[np.int64], bytes]:
    """Return the number of the string that begins at each byte, and all texts in one, each with a NUL behind it."""
    all_text = b"".join(text + b"\0" for text in chain.from_iterable(groups))
    rows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(all_text, np.uint8), GRAM)
    codes = rows.astype(np.int64) @ (1 << 8 * np.arange(GRAM, dtype=np.int64))
    return np.unique(codes, return_inverse=True)[1], all_text


def _worth(groups: Sequence[Sequence[bytes]], grams: tuple[NDArray[np.int64], bytes]) -> NDArray[np.float64]:
    """Return in how many texts each string is; 0 for what is in few, or lies across two texts."""
    numbers, all_text = grams
    found = Counter[int]()
    at = 0
    for text in chain.from_iterable(groups):
        found.update(np.unique(numbers[at : at + max(0, len(text) - GRAM + 1)]).tolist())
        at += len(text) + 1
    assert at == len(all_text)
    worth = np.zeros(int(numbers.max()) + 1)
    for number, times in found.items():
        worth[number] = times if times >= LEAST else 0
    return worth
