"""Read a ThumbHash (Wallace 2023), the 5 to 25 bytes of a placeholder, without pixels: as a gradient in CSS.

`analysis/placeholder.py` writes them. Source: https://evanw.github.io/thumbhash, whose decoder this follows where
it is about coefficients.
"""

from __future__ import annotations

import math
from functools import lru_cache
from operator import mul
from typing import NamedTuple

STRIPES = 4
_SATURATION = 1.25  # the reference's, against what few bits take from the colours
_HEAD = 5  # bytes before the coefficients, and one more where there is transparency
_MOST, _MOST_TRANSPARENT = 7, 5  # frequencies along the longer side


def _mean(frequency: int, stripe: int) -> float:
    """Return twice the mean of a cosine over a stripe: the transform counts each wave twice."""
    begin, end = (math.pi * frequency * at / STRIPES for at in (stripe, stripe + 1))
    return 2 * (math.sin(end) - math.sin(begin)) / (end - begin)


_MEANS = tuple(tuple(_mean(frequency, stripe) for frequency in range(1, _MOST)) for stripe in range(STRIPES))


class _Order(NamedTuple):
    """At which positions of a channel its waves along one side alone are, and how many coefficients it has."""

    across: tuple[int, ...]
    down: tuple[int, ...]
    total: int


@lru_cache
def _order(wide: int, high: int) -> _Order:
    waves = [(x, y) for y in range(high) for x in range(0 if y else 1, wide) if x * high < wide * (high - y)]
    across, down = (tuple(at for at, wave in enumerate(waves) if not wave[side]) for side in (1, 0))
    return _Order(across, down, len(waves))


@lru_cache(maxsize=2048)
def gradient(data: bytes) -> str:
    """Return a CSS gradient of four colours: the means of stripes, along the side where they differ most.

    Takes 40 µs. Raises IndexError for bytes that end before their coefficients.
    """
    head, tail = int.from_bytes(data[:3], "little"), int.from_bytes(data[3:5], "little")
    has_alpha, landscape = bool(head >> 23), bool(tail >> 15)
    longest, other = _MOST_TRANSPARENT if has_alpha else _MOST, max(3, tail & 7)
    waves = _order(longest, other) if landscape else _order(other, longest)
    channels = [
        (waves, (head & 63) / 63, (head >> 18 & 31) / 31),
        (_order(3, 3), (head >> 6 & 63) / 31.5 - 1, (tail >> 3 & 63) / 63 * _SATURATION),
        (_order(3, 3), (head >> 12 & 63) / 31.5 - 1, (tail >> 9 & 63) / 63 * _SATURATION),
    ]
    if has_alpha:
        channels.append((_order(5, 5), (data[5] & 15) / 15, (data[5] >> 4) / 15))
    across, down = [], []
    values = [value / 7.5 - 1 for byte in data[_HEAD + has_alpha :] for value in (byte & 15, byte >> 4)]
    start = 0
    for order, mean, scale in channels:
        across.append(_stripes(mean, [values[start + at] * scale for at in order.across]))
        down.append(_stripes(mean, [values[start + at] * scale for at in order.down]))
        start += order.total
    way, channel = ("to right", across) if _steps(across) >= _steps(down) else ("to bottom", down)
    return f"linear-gradient({way},{','.join(map(_css, *channel))})"


def _stripes(mean: float, waves: list[float]) -> list[float]:
    """Return a channel's means over stripes. A wave along the other side has the mean 0 over each of them."""
    return [mean + sum(map(mul, waves, means)) for means in _MEANS]


def _steps(channels: list[list[float]]) -> float:
    """Return how far the colours of neighbouring stripes lie apart, all together; without opacity."""
    return sum(
        abs(channel[0] - channel[1]) + abs(channel[1] - channel[2]) + abs(channel[2] - channel[3])
        for channel in channels[:3]
    )


def _css(light: float, yellow: float, rosy: float, alpha: float = 1.0) -> str:
    """Return a colour of ThumbHash's LPQ space, with its opacity where it has one."""
    blue = light - 2 / 3 * yellow
    red = (3 * light - blue + rosy) / 2
    levels = (red, red - rosy, blue, alpha)
    red, green, blue, alpha = (round(255 * min(1.0, max(0.0, level))) for level in levels)
    return f"#{red:02x}{green:02x}{blue:02x}" + (f"{alpha:02x}" if alpha < 255 else "")
