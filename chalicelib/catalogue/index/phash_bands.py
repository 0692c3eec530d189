"""Bands of a perceptual hash: the lists that hold an image, and those that hold similar ones.

The 64 bits are divided into bands of 29, 17 and 18. Where two hashes differ in at most 3 bits, either the first
band differs in at most 1, or the two others in at most 1 together, so that one of these is the same.

The first is kept rounded: its blocks of 15, 7 and 7 bits each to the nearest word of the Hamming code of that
length. These codes are perfect: every word has exactly one code word within 1 bit (Hamming, "Error detecting and
error correcting codes", 1950). With 1 of 15 bits changed, a word comes to lie nearest to 7 other code words at
most, with 1 of 7 bits changed to 3. A band that differs in 1 bit is among 1 + 7 + 3 + 3 rounded ones.

So three lists to write and at most 16 to read find every distance up to 3; each has one of 2^17 images, or fewer.
"""

from __future__ import annotations

from functools import reduce
from operator import xor

_BLOCKS = (15, 7, 7)  # bits, of the first band; 2^r - 1 each, as Hamming codes have
_ROUNDED = sum(_BLOCKS)
_EXACT = (17, 18)  # bits, of the others


def stored(phash: int) -> list[str]:
    """Return the names of the three bands under which an image with these 64 bits lies."""
    return [_name(0, _rounded(phash)), *_exact(phash)]


def alike(phash: int) -> list[str]:
    """Return the names, 16 at most, under one of which every image lies that differs in at most 3 of 64 bits."""
    near = (phash, *(phash ^ 1 << bit for bit in range(_ROUNDED)))
    return [*dict.fromkeys(_name(0, _rounded(one)) for one in near), *_exact(phash)]


def _exact(phash: int) -> list[str]:
    names, rest = [], phash >> _ROUNDED
    for number, width in enumerate(_EXACT, 1):
        names.append(_name(number, rest & (1 << width) - 1))
        rest >>= width
    return names


def _rounded(phash: int) -> int:
    """Return the first band, each block of it rounded to the nearest code word."""
    found = at = 0
    for width in _BLOCKS:
        block = phash >> at & (1 << width) - 1
        found |= _code_word(block) << at
        at += width
    return found


def _code_word(block: int) -> int:
    """Return the code word within 1 bit: the positions of all ones, by exclusive or, name the wrong bit."""
    syndrome = reduce(xor, (bit for bit in range(1, block.bit_length() + 1) if block >> bit - 1 & 1), 0)
    return block ^ 1 << syndrome - 1 if syndrome else block


def _name(number: int, bits: int) -> str:
    return f"{number}#{bits:x}"
