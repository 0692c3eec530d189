"""Analyses to draw: one as it comes from a photograph of dusk over water, and hostile ones."""

from __future__ import annotations

import math
from typing import Any

from image_processing.colour import names, spaces

COLOURS = [
    ("#1d2b3f", 0.31, 0.5, 0.9),
    ("#e8a15c", 0.2, 0.55, 0.45),
    ("#49627d", 0.17, 0.4, 0.2),
    ("#f4d9b0", 0.12, 0.6, 0.4),
    ("#8c4a3b", 0.09, 0.3, 0.55),
    ("#9db4c9", 0.07, 0.7, 0.1),
    ("#0c1118", 0.03, 0.2, 0.95),
    ("#c76b3f", 0.01, 0.8, 0.5),
]
COLUMNS, ROWS = 24, 16


def analysis() -> dict[str, Any]:
    """Return an analysis of the shape that is stored with a record, as JSON gives it back."""
    return {
        "version": 1,
        "profile": "standard",
        "palette": [_swatch(*entry) for entry in COLOURS],
        "luminosity": {
            "mean": 0.21,
            "median": 0.14,
            "key": "low",
            "dynamic_range": 6.3,
            "layers": [
                {"share": share, "mean": (index + 0.5) / 10, "box": [0.0, 0.0, 1.0, 1.0]}
                for index, share in enumerate([0.34, 0.21, 0.12, 0.1, 0.08, 0.06, 0.05, 0.04, 0.0, 0.0])
            ],
        },
        "histogram": {
            "whole": {
                **{
                    name: [_bump(index, middle) for index in range(32)]
                    for name, middle in (
                        ("red", 20),
                        ("green", 14),
                        ("blue", 9),
                        ("luminance", 8),
                        ("lightness", 13),
                    )
                },
                "hue": [_bump(index, 4) + _bump(index, 16) for index in range(24)],
            },
            "grid": [],
        },
        "structure": {"edge_density": 0.083, "calm": [[0.0, 0.0, 1.0, 0.3]]},
        "maps": {
            "columns": COLUMNS,
            "rows": ROWS,
            "palette": ["".join(_nearest(column, row) for column in range(COLUMNS)) for row in range(ROWS)],
            "luminosity": [
                "".join(str((row * 3 + column) % 8) for column in range(COLUMNS)) for row in range(ROWS)
            ],
            "edges": [
                "".join(str(9 - min(9, 2 * abs(row - 8 - column % 3))) for column in range(COLUMNS))
                for row in range(ROWS)
            ],
        },
        "layers": {
            "shapes": [
                {"hex": colour, "name": name, "share": share, "box": box, "x": x, "y": y, "layer": layer}
                for colour, name, share, box, x, y, layer in (
                    ("#e8a15c", "faded orange", 0.4, [0.0, 0.0, 1.0, 0.5], 0.5, 0.25, 0),
                    ("#1d2b3f", "dark grey blue", 0.3, [0.0, 0.5, 1.0, 0.5], 0.5, 0.75, 0),
                    ("#f4d9b0", "pale peach", 0.05, [0.3, 0.1, 0.1, 0.2], 0.35, 0.2, 1),
                )
            ],
            "scattered": 0.25,
            "columns": COLUMNS,
            "rows": ROWS,
            "map": ["0000000222..000000000000"] * 8 + ["1111111111111111.1.1.1.1"] * 8,
        },
        "legibility": {
            "places": [
                {
                    "box": [0.04, 0.05, 0.5, 0.3],
                    "text": "#ffffff",
                    "contrast": 3.4,
                    "contrast_99": 3.9,
                    "scrim": "#000000",
                    "opacity": {"aa": 0.18, "aaa": 0.44, "aa_99": 0.1, "aaa_99": 0.35},
                },
                {
                    "box": [0.1, 0.7, 0.8, 0.26],
                    "text": "#ffffff",
                    "contrast": 8.1,
                    "contrast_99": 9.3,
                    "scrim": "#000000",
                    "opacity": {"aa": 0.0, "aaa": 0.0, "aa_99": 0.0, "aaa_99": 0.0},
                },
            ]
        },
    }


HOSTILE: Any = "\"'><script>alert(1)</script>\x00&\u202e]]>"


def poisoned(value: Any) -> Any:
    """Return a value with every string in it, and every other number, replaced by what could do harm."""
    if isinstance(value, dict):
        return {name: poisoned(part) for name, part in value.items()}
    if isinstance(value, list):
        return [poisoned(part) for part in value]
    if isinstance(value, str):
        return HOSTILE
    return math.nan if value == 0 else -1e308


def _swatch(colour: str, share: float, x: float, y: float) -> dict[str, Any]:
    oklab = spaces.oklab_of_hex(colour)
    return {
        "hex": colour,
        "oklch": list(spaces.oklch_of_oklab(oklab)),
        "lab": list(spaces.lab_of_hex(colour)),
        "share": share,
        "name": names.name(oklab),
        "css_name": names.css_name(oklab),
        "x": x,
        "y": y,
    }


def _bump(index: int, middle: int) -> int:
    return round(90 * math.exp(-(((index - middle) / 4) ** 2)))


def _nearest(column: int, row: int) -> str:
    spots = [(abs(x - column / COLUMNS) / 3 + abs(y - row / ROWS)) for _, _, x, y in COLOURS]
    return str(spots.index(min(spots)))
