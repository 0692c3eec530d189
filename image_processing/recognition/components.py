"""Connected components of a mask: pixels that touch, corners included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]


def outlines(mask: NDArray[np.bool_], least_area: int, most: int) -> list[Integers]:
    """Return the outermost pixels of each row of the components of a mask, as [points, (x, y)], the largest first.

    Components of fewer than `least_area` pixels are left out, and all but the `most` largest.
    """
    rows, starts, ends = _runs(mask)
    labels = _label(rows, starts, ends, mask.shape[1] + 2)
    if not len(labels):
        return []
    order = np.lexsort((rows, labels))
    rows, starts, ends, labels = rows[order], starts[order], ends[order], labels[order]
    first = np.flatnonzero(np.diff(labels, prepend=-1))
    areas = np.add.reduceat(ends - starts, first)
    largest = np.argsort(-areas, kind="stable")[:most]
    last = np.append(first[1:], len(labels))
    return [
        _extremes(*(values[first[one] : last[one]] for values in (rows, starts, ends)))
        for one in largest
        if areas[one] >= least_area
    ]


def _runs(mask: NDArray[np.bool_]) -> tuple[Integers, Integers, Integers]:
    """Return row, first column and the column after the last of each run of set pixels, in reading order."""
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), np.int8)
    padded[:, 1:-1] = mask
    steps = np.diff(padded, axis=1)
    rows, starts = np.nonzero(steps == 1)
    return rows, starts, np.nonzero(steps == -1)[1]


def _label(rows: Integers, starts: Integers, ends: Integers, stride: int) -> Integers:
    """Return the component of each run, as the number of its first run.

    Roots of runs that touch are joined, the larger to the smaller, and paths are halved until nothing changes.
    Each round at least halves the roots of a component, so that a flood of tiny runs takes few rounds, too.
    """
    above = (rows - 1) * stride
    low = np.searchsorted(rows * stride + ends, above + starts, "left")
    high = np.searchsorted(rows * stride + starts, above + ends, "right")
    counts = np.maximum(high - low, 0)
    one = np.repeat(np.arange(len(rows)), counts)
    other = np.repeat(low - np.cumsum(counts) + counts, counts) + np.arange(len(one))
    labels = np.arange(len(rows))
    while True:
        mine, theirs = labels[one], labels[other]
        apart = mine != theirs
        if not apart.any():
            return labels
        one, other, mine, theirs = one[apart], other[apart], mine[apart], theirs[apart]
        np.minimum.at(labels, np.maximum(mine, theirs), np.minimum(mine, theirs))
        while not np.array_equal(labels, shorter := labels[labels]):
            labels = shorter


def _extremes(rows: Integers, starts: Integers, ends: Integers) -> Integers:
    """Return the first and the last pixel of each row of one component."""
    first = np.flatnonzero(np.diff(rows, prepend=-1))
    left, right = np.minimum.reduceat(starts, first), np.maximum.reduceat(ends, first) - 1
    return np.concatenate([np.stack([left, rows[first]], 1), np.stack([right, rows[first]], 1)])
