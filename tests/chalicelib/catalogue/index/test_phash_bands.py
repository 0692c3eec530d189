"""The bands of a perceptual hash find similar images."""

from __future__ import annotations

import random
from itertools import combinations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalogue.index import phash_bands

HASHES = st.integers(0, 2**64 - 1)
TIMES = 2000


def changed(phash: int, bits: tuple[int, ...]) -> int:
    """Return a hash with some bits turned."""
    return phash ^ sum(1 << bit for bit in bits)


def share(width: int, least: int) -> float:
    """Return how likely 8 changed bits of 64 are to leave all but up to `least` of some `width` of them alone."""
    return sum(comb(width, hit) * comb(64 - width, 8 - hit) for hit in range(least + 1)) / comb(64, 8)


@pytest.mark.parametrize("phash", [0, 2**64 - 1, 0xF7D49BE234A92870])
def test_whichever_three_bits_differ_a_band_is_found(phash: int) -> None:
    """All 43,745 hashes within a distance of 3 lie under a name that is looked up."""
    asked = set(phash_bands.alike(phash))
    for number in range(4):
        for bits in combinations(range(64), number):
            assert asked.intersection(phash_bands.stored(changed(phash, bits)))


@given(phash=HASHES, bits=st.sets(st.integers(0, 63), max_size=3))
def test_what_is_near_any_hash_is_found(phash: int, bits: set[int]) -> None:
    """For any hash, and from either of the two images."""
    other = changed(phash, (*bits,))
    assert {*phash_bands.alike(phash)} & {*phash_bands.stored(other)}
    assert {*phash_bands.alike(other)} & {*phash_bands.stored(phash)}


@given(HASHES)
def test_a_hash_is_written_to_three_lists_and_asked_of_sixteen(phash: int) -> None:
    """Its own lists are among those where it is looked for, and no list is read twice."""
    stored, asked = phash_bands.stored(phash), phash_bands.alike(phash)
    assert len({*stored}) == len(stored) == 3
    assert len({*asked}) == len(asked) <= 16
    assert {*stored} <= {*asked}


@pytest.mark.medium
def test_a_third_of_what_is_eight_bits_away_is_found() -> None:
    """Where the bits are independent, as the documentation says; more than any one of the bands finds."""
    chosen = random.Random(8)
    found = 0
    for _ in range(TIMES):
        phash = chosen.getrandbits(64)
        other = changed(phash, (*chosen.sample(range(64), 8),))
        found += bool({*phash_bands.alike(phash)} & {*phash_bands.stored(other)})
    assert found / TIMES == pytest.approx(0.29, abs=0.03)
    assert found / TIMES > max(share(17, 0), share(18, 0), share(29, 1))


def test_no_list_has_more_than_its_share_of_many_images() -> None:
    """A rounded band is as selective as 19 bits: no name of any band holds many of 20,000 hashes."""
    chosen, counted = random.Random(9), dict[str, int]()
    for _ in range(20_000):
        for name in phash_bands.stored(chosen.getrandbits(64)):
            counted[name] = counted.get(name, 0) + 1
    assert max(counted.values()) <= 6
