"""Connected components, beside SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from image_processing.recognition import components

EIGHT = np.ones((3, 3))


def expected(mask, least_area):
    """Return the outermost pixels of the rows of each component, as sets of (x, y), by SciPy."""
    labels, number = ndimage.label(mask, EIGHT)
    found = []
    for label in range(1, number + 1):
        rows, columns = np.nonzero(labels == label)
        if len(rows) >= least_area:
            ends = {(int(columns[rows == row].min()), int(row)) for row in np.unique(rows)}
            ends |= {(int(columns[rows == row].max()), int(row)) for row in np.unique(rows)}
            found.append((len(rows), ends))
    return found


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("share", [0.05, 0.3, 0.45, 0.8])
def test_components_are_those_of_scipy(seed, share):
    """At every density, in every order of joining."""
    mask = np.random.default_rng(seed).random((37, 53)) < share
    found = [{tuple(point) for point in points.tolist()} for points in components.outlines(mask, 3, 10_000)]
    assert sorted(map(sorted, found)) == sorted(sorted(ends) for _, ends in expected(mask, 3))


def test_the_largest_come_first_and_alone():
    """Of three bars the two longest; nothing smaller than asked for."""
    mask = np.zeros((7, 12), bool)
    mask[1, 1:4] = mask[3, 1:11] = mask[5, 1:7] = True
    two = components.outlines(mask, 1, 2)
    assert [sorted(map(tuple, points.tolist())) for points in two] == [
        [(1, 3), (10, 3)],
        [(1, 5), (6, 5)],
    ]
    assert len(components.outlines(mask, 6, 10)) == 2
    assert len(components.outlines(mask, 7, 10)) == 1


def test_a_mask_without_pixels_has_none():
    """Nor does one of a single row."""
    assert components.outlines(np.zeros((4, 5), bool), 1, 10) == []
    assert len(components.outlines(np.ones((1, 5), bool), 1, 10)) == 1


def test_a_snake_is_one_component():
    """A path through the whole mask, joined one bend at a time, takes no more rounds than others."""
    mask = np.zeros((801, 401), bool)
    mask[::2] = True
    mask[1::4, -1] = mask[3::4, 0] = True
    assert len(components.outlines(mask, 1, 10)) == 1
    checkerboard = np.indices((801, 401)).sum(axis=0) % 2 == 0
    assert len(components.outlines(checkerboard, 1, 10)) == 1
