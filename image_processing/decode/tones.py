"""Bring samples that have no agreed white to eight bits.

Floating point has a white where all samples lie within 0 and 1. All others (floating point beyond that, integers
with a sign or of more than 16 bits) are stretched between their robust extremes, the samples below and above which
a thousandth of all lies, and the picture says so. NaN is black; infinity is white.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TONE_MAPPED = "tone_mapped"
"""The key of `info` of an image whose samples were stretched to be seen."""

_SHARE = 0.001
_LOOKED_AT = 1 << 20  # samples from which the extremes are taken


def eight_bits(samples: NDArray[Any], colours: int, top: int) -> tuple[NDArray[Any], bool]:
    """Return samples as 8 bits, and whether they were stretched.

    `samples` are 32-bit floats by row, column and band, which it changes. The first `colours` bands are stretched
    together; `top` is the largest value of the others, alpha: 1 where the file has floating point.
    """
    seen = samples[..., :colours]
    inner = top == 1 and _lies_within_one(seen)
    low, high = (0.0, 1.0) if inner else _robust_extremes(seen)
    made = np.empty(samples.shape, np.uint8)
    for row, found in enumerate(samples):
        with np.errstate(all="ignore"):
            found[:, :colours] = (found[:, :colours] - low) / ((high - low) or 1.0)
            found[:, colours:] /= top
        np.nan_to_num(found, copy=False, nan=0.0, posinf=1.0, neginf=0.0)
        made[row] = np.clip(found, 0, 1) * 255 + 0.5
    return made, not inner


def _lies_within_one(samples: NDArray[Any]) -> bool:
    """Tell whether all samples that are finite lie within 0 and 1, and one does."""
    any_finite = False
    for row in samples:
        finite = row[np.isfinite(row)]
        if len(finite):
            any_finite = True
            if finite.min() < 0 or finite.max() > 1:
                return False
    return any_finite


def _robust_extremes(samples: NDArray[Any]) -> tuple[float, float]:
    stride = max(1, math.isqrt(samples.size // _LOOKED_AT))
    seen = samples[::stride, ::stride]
    seen = np.sort(seen[np.isfinite(seen)], axis=None)
    if not len(seen):
        return 0.0, 0.0
    last = len(seen) - 1
    return float(seen[int(_SHARE * last)]), float(seen[math.ceil((1 - _SHARE) * last)])
