"""Palettes for tests: chosen at random, and the ones that break other tools."""

from __future__ import annotations

import random
from typing import Any

DEGENERATE: dict[str, list[Any]] = {
    "transparent": [],
    "black": ["#000000"],
    "white": ["#ffffff"],
    "grey": ["#808080"],
    "black and white": [("#000000", 0.5), ("#ffffff", 0.5)],
    "greys": [f"#{level:02x}{level:02x}{level:02x}" for level in range(0, 256, 17)],
    "one colour": ["#c1440e"],
    "nearly black": ["#010100"],
    "nearly white": ["#fffffe"],
    "yellow": ["#ffff00"],
    "blue": ["#0000ff"],
    "neon": [("#00ff66", 0.4), ("#ff00ff", 0.3), ("#00ffff", 0.2), ("#ffff00", 0.1)],
    "pastel": [("#ffe4e1", 0.5), ("#e6e6fa", 0.3), ("#f0fff0", 0.2)],
    "all the same": ["#336699"] * 8,
    "status colours": ["#ff0000", "#ffaa00", "#00aa00"],
}

EARTH = [("#20351f", 0.5), ("#5e7d3a", 0.3), ("#b8c48a", 0.1), ("#7a4a2b", 0.1)]


def at_random(seed: int) -> list[tuple[str, float]]:
    """Return 0 to 8 colours with shares, the same for the same seed."""
    chance = random.Random(seed)
    return [(f"#{chance.randrange(1 << 24):06x}", chance.random()) for _ in range(chance.randrange(9))]
