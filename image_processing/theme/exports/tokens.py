"""Design tokens: the Design Tokens Community Group's format, Figma's dialect of it, and plain JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from image_processing.colour import spaces
from image_processing.theme.exports import report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from image_processing.theme import Mode, Theme

VERSION = "2025.10"


def plain(theme: Theme, modes: Sequence[Mode]) -> str:
    """Return seeds, ramps and, by mode, roles with the tightest contrast of each: for programs."""
    return _dumped(
        {
            "contrast": theme.contrast,
            "seeds": {
                family: {
                    "source": seed.source,
                    "oklch": [round(seed.lightness, 5), round(seed.chroma, 5), round(seed.hue, 3)],
                }
                for family, seed in theme.seeds.items()
            },
            "ramps": theme.ramps,
            "modes": {
                mode.name: {"roles": mode.roles, "least": report.tightest(mode), "series": report.series(mode)}
                for mode in modes
            },
        }
    )


def dtcg(theme: Theme, modes: Sequence[Mode]) -> str:
    """Return design tokens: in both modes a resolver document, in one a token file.

    Design Tokens Format, Color and Resolver modules, 2025.10. Colours are OKLCH, with the `hex` that was proven.
    """
    ramps = {"ramp": _ramps(theme, oklch)}
    if len(modes) == 1:
        return _dumped({"color": _roles(modes[0], oklch), **ramps})
    return _dumped(
        {
            "name": "Colours from an image",
            "version": VERSION,
            "description": f"Every pair passes WCAG 2.2 {theme.contrast.upper()}.",
            "sets": {"ramps": {"sources": [ramps]}},
            "modifiers": {
                "theme": {
                    "description": "Light or dark.",
                    "contexts": {mode.name: [{"color": _roles(mode, oklch)}] for mode in modes},
                    "default": modes[0].name,
                }
            },
            "resolutionOrder": [{"$ref": "#/sets/ramps"}, {"$ref": "#/modifiers/theme"}],
        }
    )


def figma(theme: Theme, modes: Sequence[Mode]) -> str:
    """Return a token file that Figma imports as a mode of a variable collection: colours in sRGB."""
    (mode,) = modes
    return _dumped({"color": _roles(mode, srgb), "ramp": _ramps(theme, srgb)})


def oklch(colour: str) -> dict[str, Any]:
    """Return a `#rrggbb` as a colour value in OKLCH that gives the same 8 bits; a grey has no hue."""
    lightness, chroma, hue = spaces.oklch_of_hex(colour)
    grey = chroma < spaces.ACHROMATIC
    components = [round(lightness, 5), 0 if grey else round(chroma, 5), "none" if grey else round(hue, 3) % 360]
    return {"colorSpace": "oklch", "components": components, "alpha": 1, "hex": colour}


def srgb(colour: str) -> dict[str, Any]:
    """Return a `#rrggbb` as a colour value in sRGB."""
    components = [round(value, 6) for value in spaces.parse_hex(colour)]
    return {"colorSpace": "srgb", "components": components, "alpha": 1, "hex": colour}


def _roles(mode: Mode, value: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    return {"$type": "color"} | {role: {"$value": value(colour)} for role, colour in mode.roles.items()}


def _ramps(theme: Theme, value: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    return {"$type": "color"} | {
        family: {str(step): {"$value": value(colour)} for step, colour in ramp.items()}
        for family, ramp in theme.ramps.items()
    }


def _dumped(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"
