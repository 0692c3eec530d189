"""The proof: every pair of a theme with its contrast, as JSON and as a page."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from image_processing.theme import pairs
from image_processing.theme.exports import css

if TYPE_CHECKING:
    from collections.abc import Sequence

    from image_processing.theme import Mode, Theme
    from image_processing.theme.pairs import Pair


def as_json(theme: Theme, modes: Sequence[Mode]) -> str:
    """Return the required contrast and, of each mode, every pair, the tightest of each role, and the series."""
    document = {
        "standard": "WCAG 2.2",
        "level": theme.contrast.upper(),
        "required": {kind: pairs.required(kind, theme.contrast) for kind in pairs.KINDS},
        "passes": all(pair.ratio >= pair.required for mode in modes for pair in mode.pairs),
        "modes": {
            mode.name: {
                "pairs": [
                    {
                        "foreground": pair.foreground,
                        "background": pair.background,
                        "colours": [mode.roles[pair.foreground], mode.roles[pair.background]],
                        **_measured(pair),
                    }
                    for pair in mode.pairs
                ],
                "least": tightest(mode),
                "series": series(mode),
            }
            for mode in modes
        },
    }
    return json.dumps(document, indent=2) + "\n"


def tightest(mode: Mode) -> dict[str, Any]:
    """Return of each role the pair with the least room above the required contrast."""
    return {
        role: {"against": pair.background if pair.foreground == role else pair.foreground, **_measured(pair)}
        for role, pair in pairs.tightest(mode.pairs).items()
    }


def series(mode: Mode) -> dict[str, Any]:
    """Return how far the colours of charts are apart, for people with and without a colour-vision deficiency."""
    return {
        "formula": "CIEDE2000",
        "simulation": "Machado 2009, severity 1",
        "least": {vision: _floor(distance) for vision, distance in mode.distances.items()},
    }


def _measured(pair: Pair) -> dict[str, Any]:
    return {
        "kind": pair.kind,
        "ratio": _floor(pair.ratio),
        "required": pair.required,
        "passes": pair.ratio >= pair.required,
    }


def _floor(value: float) -> float:
    """Return a figure with two digits, never more than it is: 4.499 is not 4.5."""
    return math.floor(value * 100) / 100


def as_page(theme: Theme, modes: Sequence[Mode]) -> str:
    """Return the report as a page of its own, in the theme's own colours."""
    level, count = theme.contrast.upper(), sum(len(mode.pairs) for mode in modes)
    passed = sum(pair.ratio >= pair.required for mode in modes for pair in mode.pairs)
    body = "".join(_section(mode) for mode in modes)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Contrast report: WCAG 2.2 {level}</title>\n"
        f"<style>\n{css.custom_properties(theme, modes)}{_STYLE}</style>\n</head>\n<body>\n<header>\n"
        f"<h1>{passed} of {count} pairs pass</h1>\n"
        f"<p>WCAG 2.2 {level}: text {pairs.required(pairs.TEXT, theme.contrast):g}:1, parts of the interface, "
        "charts and focus 3:1, the two colours of the focus ring 9:1. Measured on the 8-bit colours.</p>\n"
        f"</header>\n{body}</body>\n</html>\n"
    )


def _section(mode: Mode) -> str:
    rows = "".join(_row(mode, role, pair) for role, pair in pairs.tightest(mode.pairs).items())
    distances = "".join(
        f"<li><strong>{distance:.1f}</strong> {vision}</li>" for vision, distance in series(mode)["least"].items()
    )
    chips = "".join(f'<span style="background:var(--color-{role})"></span>' for role in pairs.SERIES)
    return (
        f'<section data-theme="{mode.name}" aria-labelledby="{mode.name}">\n<h2 id="{mode.name}">'
        f"{mode.name.capitalize()}</h2>\n<table>\n<caption>Of each role, the pair with the least room</caption>\n"
        '<thead><tr><th scope="col">Role</th><th scope="col">Against</th><th scope="col">Sample</th>'
        '<th scope="col">Contrast</th><th scope="col">Required</th></tr></thead>\n'
        f"<tbody>\n{rows}</tbody>\n</table>\n<h3>Chart series</h3>\n"
        f'<div class="series" aria-hidden="true">{chips}</div>\n'
        f"<p>Least distance between two of them (CIEDE2000), as seen with each kind of vision:</p>\n"
        f"<ul>{distances}</ul>\n</section>\n"
    )


def _row(mode: Mode, role: str, pair: Pair) -> str:
    other = pair.background if pair.foreground == role else pair.foreground
    ink, ground = mode.roles[pair.foreground], mode.roles[pair.background]
    sample = "Aa" if pair.kind == pairs.TEXT else "◼"
    return (
        f'<tr><th scope="row">{role}<code>{mode.roles[role]}</code></th><td>{other}</td>'
        f'<td><span class="sample" style="color:{ink};background:{ground}">{sample}</span></td>'
        f"<td>{_floor(pair.ratio):.2f}:1</td><td>{pair.required:g}:1</td></tr>\n"
    )


_STYLE = """
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; }
body, section { background: var(--color-background); color: var(--color-text); }
header, section { padding: 2rem max(1.25rem, calc(50% - 30rem)); }
h1 { margin: 0; font-size: 2rem; line-height: 1.2; letter-spacing: -.02em; }
h2 { margin: 0 0 1rem; font-size: 1.35rem; }
h3 { margin: 2rem 0 .5rem; }
header p { max-width: 42rem; color: var(--color-text-muted); }
table { width: 100%; border-collapse: collapse; background: var(--color-surface); }
caption { text-align: left; color: var(--color-text-muted); padding-bottom: .5rem; }
th, td { text-align: left; padding: .4rem .9rem; font-weight: 400; }
tr { border-top: 1px solid var(--color-surface-sunken); }
thead th { color: var(--color-text-muted); font-size: .85rem; border: 0; }
th[scope=row] { font-weight: 600; }
td:nth-last-child(-n+2) { font-variant-numeric: tabular-nums; }
code { display: block; font: .8rem ui-monospace, monospace; color: var(--color-text-subtle); }
.sample { display: inline-block; min-width: 3rem; padding: .2rem .6rem; border-radius: 6px; text-align: center; }
.series span { display: inline-block; width: 4rem; height: 1.75rem; }
ul { display: flex; flex-wrap: wrap; gap: 1.5rem; padding: 0; list-style: none; color: var(--color-text-muted); }
ul strong { color: var(--color-text); }
"""
