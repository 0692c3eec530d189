"""Shapes and spatial layers: pixels that are alike and close together, and which shape lies within which.

Shapes are the clusters of DBSCAN (Ester, Kriegel, Sander and Xu, "A density-based algorithm for discovering
clusters in large spatial databases with noise", 1996) over colour and place, (OKLab, x, y): of any form, however
many there are. The pixels' own grid is the index: what is near is a few steps away at most, so that all pairs one
step apart are compared at once. Layers tell how many outlines lie between a shape and the frame.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from image_processing.analysis import light
from image_processing.colour import arrays, names, spaces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from image_processing.analysis.sample import Sample
    from image_processing.analysis.types import Layers, Shape
    from image_processing.colour.arrays import Floats

MAP_SIDE: Final = 64
"""Longest side of the map, in cells."""

_REACH = 4.0  # pixels of the sample within which a neighbour may lie, were it of the very same colour
_ALIKE = 0.036  # ΔE OK within which it may lie, were it at the very same place
_CROWD = 12  # pixels of the 49 in reach that make a place dense, the pixel itself among them
_MOST = 32  # shapes that are told, largest first
_LEAST_SHARE = 0.003  # of the visible pixels: what is smaller is scattered
_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_OUTSIDE = -1


class _Step(NamedTuple):
    """All pairs of pixels that lie one step apart."""

    here: tuple[slice, slice]
    there: tuple[slice, slice]
    square: Floats  # squared distance, 1 at the radius; infinite where one of the two is hidden

    def link(self, members: NDArray[np.bool_]) -> _Link:
        """Tell which pairs are near each other, and both of some members."""
        return _Link(self.here, self.there, (self.square <= 1) & members[self.here] & members[self.there])


class _Link(NamedTuple):
    """Which of the pairs that lie one step apart belong together."""

    here: tuple[slice, slice]
    there: tuple[slice, slice]
    linked: NDArray[np.bool_]


# pixels side by side, and one below the other
_BESIDE: Final = (
    ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
    ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
)


def find(sample: Sample) -> Layers:
    """Return the shapes of a sample, largest first, in which layer each lies, and a coarse map of them."""
    seen = np.ones(sample.levels.shape, bool) if sample.alpha is None else sample.alpha >= 0.5
    oklab = arrays.oklab_of_linear(arrays.LINEAR_OF_BYTE[sample.rgb])
    labels = clusters(oklab / _ALIKE, seen, _REACH, _CROWD)
    visible = max(int(np.count_nonzero(seen)), 1)
    sizes = np.bincount(labels[labels >= 0])
    labels[labels >= int(np.count_nonzero(sizes[:_MOST] >= max(_LEAST_SHARE * visible, 2)))] = -1
    depth = depths(labels, seen)
    shapes = [_shape(labels == index, oklab, visible, depth[index]) for index in range(len(depth))]
    drawn = _map(labels)
    return {
        "shapes": shapes,
        "scattered": round(int(np.count_nonzero(seen & (labels < 0))) / visible, 4),
        "columns": len(drawn[0]),
        "rows": len(drawn),
        "map": drawn,
    }


def clusters(places: Floats, seen: NDArray[np.bool_], reach: float, crowd: int) -> NDArray[np.intp]:
    """Return DBSCAN's cluster of each pixel, by size from 0 on; -1 for noise and for hidden pixels.

    A pixel's coordinates are `places` (rows, columns, n), and column and row over `reach`; the radius of its
    neighbourhood is 1. With `crowd` seen pixels in that, itself included, it is a core. One that only borders on
    cores goes with the nearest, of equally near ones with the first in reading order.
    """
    steps = _steps(places, seen, reach)
    crowds = seen.astype(np.intp)
    for here, there, square in steps:
        crowds[here] += square <= 1
        crowds[there] += square <= 1
    core = crowds >= crowd
    root = _joined(core.shape, [step.link(core) for step in steps])
    owner, nearest = np.where(core, root, -1), np.where(core, 0.0, np.inf)
    for one, other, square in (*((step[1], step[0], step[2]) for step in reversed(steps)), *steps):
        nearer = (square <= 1) & core[other] & (square < nearest[one])
        nearest[one][nearer] = square[nearer]
        owner[one][nearer] = root[other][nearer]
    found, index, sizes = np.unique(owner[owner >= 0], return_inverse=True, return_counts=True)
    rank = np.empty(len(found), np.intp)
    rank[np.lexsort((found, -sizes))] = np.arange(len(found))
    owner[owner >= 0] = rank[index]
    return owner


def _steps(places: Floats, seen: NDArray[np.bool_], reach: float) -> list[_Step]:
    """Return every step to the right or down within reach: in reading order of where it leads."""
    rows, columns = seen.shape
    most, found = int(reach), []
    for down in range(min(most, rows - 1) + 1):
        for right in range(-min(most, columns - 1), min(most, columns - 1) + 1):
            apart = (down * down + right * right) / (reach * reach)
            if (down, right) <= (0, 0) or apart > 1:
                continue
            here = slice(0, rows - down), slice(max(-right, 0), columns - max(right, 0))
            there = slice(down, rows), slice(max(right, 0), columns - max(-right, 0))
            away = places[here] - places[there]
            square = np.einsum("ijk,ijk->ij", away, away) + apart
            square[~(seen[here] & seen[there])] = np.inf
            found.append(_Step(here, there, square))
    return found


def _joined(size: tuple[int, ...], links: Sequence[_Link]) -> NDArray[np.intp]:
    """Return for each pixel the first one, in reading order, of the component that links join it to.

    Each round every component takes over its neighbours' least root, and paths are halved until they end there
    (after Shiloach and Vishkin, "An O(log n) parallel connectivity algorithm", 1982).
    """
    parent = np.arange(math.prod(size))
    while True:
        root = parent.reshape(size)
        least = root.copy()
        for here, there, linked in links:
            np.minimum(least[here], root[there], out=least[here], where=linked)
            np.minimum(least[there], root[here], out=least[there], where=linked)
        if np.array_equal(least, root):
            return root
        hooked = parent.copy()
        np.minimum.at(hooked, parent, least.reshape(-1))
        while not np.array_equal(above := hooked[hooked], hooked):
            hooked = above
        parent = hooked


def depths(labels: NDArray[np.intp], seen: NDArray[np.bool_]) -> list[int]:
    """Return of each label how many outlines of others lie between it and the frame: 0 if it meets the frame.

    Hidden pixels count as outside of the frame; scattered pixels (label -1) are no obstacle.
    """
    count = int(labels.max()) + 1
    loose = seen & (labels < 0)
    spots = _joined(loose.shape, [_Link(here, there, loose[here] & loose[there]) for here, there in _BESIDE])
    node = np.pad(np.where(labels < 0, spots + count, labels), 1, constant_values=_OUTSIDE)
    node[1:-1, 1:-1][~seen] = _OUTSIDE
    pairs = np.concatenate([np.stack((node[here].ravel(), node[there].ravel()), -1) for here, there in _BESIDE])
    pairs = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], -1), axis=0)
    around: dict[int, list[int]] = {}
    for one, other in pairs.tolist():
        around.setdefault(one, []).append(other)
        around.setdefault(other, []).append(one)
    outlines, waiting = {_OUTSIDE: -1}, deque([_OUTSIDE])
    while waiting:  # breadth first; a step onto loose pixels crosses no outline
        spot = waiting.popleft()
        for other in around.get(spot, ()):
            crossed = outlines[spot] + (other < count)
            if crossed < outlines.get(other, crossed + 1):
                outlines[other] = crossed
                (waiting.append if other < count else waiting.appendleft)(other)
    return [outlines[index] for index in range(count)]


def _shape(chosen: NDArray[np.bool_], oklab: Floats, visible: int, layer: int) -> Shape:
    down, right = np.nonzero(chosen)
    mean = oklab[chosen].mean(0)
    red, green, blue = (int(value) / 255 for value in arrays.bytes_of_linear(arrays.linear_of_oklab(mean)))
    text = spaces.to_hex((red, green, blue))
    box = light.extent(np.any(chosen, 1), np.any(chosen, 0))
    assert box is not None
    return {
        "hex": text,
        "name": names.name(spaces.oklab_of_hex(text)),
        "share": round(len(down) / visible, 4),
        "box": box,
        "x": round((float(right.mean()) + 0.5) / chosen.shape[1], 3),
        "y": round((float(down.mean()) + 0.5) / chosen.shape[0], 3),
        "layer": layer,
    }


def _map(labels: NDArray[np.intp]) -> list[str]:
    """Return the shape at the middle of each cell, a character a cell; "." is none."""
    height, width = labels.shape
    scale = min(1.0, MAP_SIDE / max(width, height))
    rows, columns = (_middles(side, max(1, round(side * scale))) for side in (height, width))
    chosen = labels[np.ix_(rows, columns)].tolist()
    return ["".join("." if shape < 0 else _DIGITS[shape] for shape in row) for row in chosen]


def _middles(side: int, cells: int) -> NDArray[np.intp]:
    """Return the place in the middle of each of some equal parts of a side."""
    return (np.arange(cells) * 2 + 1) * side // (2 * cells)
