"""From a palette to the few colours that a theme grows from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from image_processing.colour import spaces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from image_processing.colour.spaces import Triple

MAX_COLOURS = 32  # of a palette are looked at
NEUTRAL_CHROMA = 0.025  # OKLCH chroma below which a colour has no hue that people would name
DISTINCT_HUE = 28.0  # degrees between hues that people tell apart at a glance

# OKLCH hues that people read as "well", "careful" and "wrong"; each is pulled towards the image's by up to _PULL
STATUS_HUES: Final = {"success": 150.0, "warning": 75.0, "danger": 25.0}
_PULL = 10.0  # degrees
# Where the primary has a status's hue, the status gives way: degrees from its hue, OKLab lightness and chroma
_BANDS: Final = {
    "success": (-30, -20, -10, 0, 10, 20, 30),
    "warning": (-20, -10, 0, 10, 20, 30),
    "danger": (-30, -20, -10, 0, 10, 18),
}
_STATUS_LIGHTNESS = (0.58, 0.40, 0.70)
_VIVID = 0.17
_BESIDE = (-44.0, -36.0, 36.0, 44.0)  # degrees: gamut mapping takes a few of them, and 30 are left

_LEAST_SHARE = 1e-4  # also of a share that makes no sense

_GREY: Final = {"neutral": 0.5, "primary": 0.38, "secondary": 0.52, "accent": 0.72}  # lightness, for lack of hues


class Seed(NamedTuple):
    """The seed of a family of roles: OKLCH, and the image's colour behind it."""

    lightness: float
    chroma: float
    hue: float
    source: str | None  # `#rrggbb` of the palette; None for what no colour of the image gave


class _Swatch(NamedTuple):
    colour: str
    share: float
    oklch: Triple


def choose(palette: Iterable[Any]) -> dict[str, Seed]:
    """Return the seeds of a palette: neutral, primary, secondary, accent, success, warning, danger.

    `palette` holds `#rrggbb`, pairs of it and a share, or mappings with `hex` and `share`; an empty one is grey.
    Hues are the image's own: a role for which the image has no further hue takes the primary's. Raises ValueError
    for what is no colour.
    """
    swatches = _swatches(palette)
    hued = [swatch for swatch in swatches if swatch.oklch[1] >= NEUTRAL_CHROMA]
    primary = max(hued, key=lambda swatch: min(swatch.oklch[1], 0.2) * swatch.share**0.4, default=None)
    if primary is None:
        source = swatches[0].colour if swatches else None
        return {name: Seed(lightness, 0.0, 0.0, source) for name, lightness in _GREY.items()} | _status(0.1, None)
    second = max(_apart(hued, primary), key=lambda swatch: swatch.oklch[1] * swatch.share**0.5, default=None)
    third = max(
        _apart(_apart(hued, primary), second or primary),
        key=lambda swatch: swatch.oklch[1] * swatch.share**0.1,
        default=None,
    )
    chosen = {
        "neutral": _neutral(swatches),
        "primary": _seed(primary, 0.07, 0.22),
        "secondary": _seed(second or primary, 0.04, 0.13 if second else 0.05),
        "accent": _seed(third or second or primary, 0.11, 0.25),
    }
    if second is None:  # no further hue: an accent of another lightness
        chosen["accent"] = chosen["accent"]._replace(lightness=_other(primary.oklch[0]))
    return chosen | _status(min(max(primary.oklch[1], 0.1), _VIVID), primary.oklch[2])


def hues(chosen: Mapping[str, Seed]) -> list[float]:
    """Return the distinct hues of the image's own seeds in degrees, the primary's first; none of a grey image."""
    found: list[float] = []
    for seed in (chosen["primary"], chosen["secondary"], chosen["accent"]):
        if seed.chroma >= NEUTRAL_CHROMA and all(abs(turn(seed.hue, other)) >= DISTINCT_HUE for other in found):
            found.append(seed.hue)
    return found


def variants(status: str, seed: Seed, primary: Seed) -> Iterator[Seed]:
    """Yield the seed of a status, then others that mean the same, by how far they depart from it.

    The last ones leave that meaning's band of hues for those beside the primary's.
    """
    yield seed
    place = STATUS_HUES[status]
    others = [
        Seed(lightness, chroma, (place + offset) % 360, None)
        for offset in _BANDS[status]
        for lightness in _STATUS_LIGHTNESS
        for chroma in {seed.chroma, _VIVID}
    ]
    yield from sorted(others, key=lambda other: _departure(seed, other))
    beside = (seed._replace(hue=(primary.hue + way) % 360) for way in _BESIDE)
    yield from sorted(beside, key=lambda other: abs(turn(place, other.hue)))


def turn(start: float, end: float) -> float:
    """Return the shorter way from one hue to another, -180 to 180 degrees."""
    return (end - start + 180) % 360 - 180


def _swatches(palette: Iterable[Any]) -> list[_Swatch]:
    """Return the first colours of a palette, by share; without shares all weigh the same."""
    found = []
    for entry in islice(palette, MAX_COLOURS):
        colour, share = _entry(entry)
        oklch = spaces.oklch_of_hex(colour)
        weight = min(max(_LEAST_SHARE, share), 1.0) if isinstance(share, int | float) else _LEAST_SHARE
        found.append(_Swatch(colour.lower(), weight, oklch))
    return sorted(found, key=lambda swatch: -swatch.share)


def _entry(entry: Any) -> tuple[Any, Any]:
    if isinstance(entry, Mapping):
        return entry.get("hex"), entry.get("share", 1.0)
    if isinstance(entry, tuple | list) and len(entry) == 2:
        return entry[0], entry[1]
    return entry, 1.0


def _apart(swatches: list[_Swatch], other: _Swatch) -> list[_Swatch]:
    return [swatch for swatch in swatches if abs(turn(other.oklch[2], swatch.oklch[2])) >= DISTINCT_HUE]


def _other(lightness: float) -> float:
    """Return a lightness that gives other fills than this one, in light and in dark (see `roles`)."""
    if lightness > 0.81:
        return 0.48
    return 0.30 if lightness > 0.47 else 0.72


def _seed(swatch: _Swatch, least: float, most: float) -> Seed:
    lightness, chroma, hue = swatch.oklch
    return Seed(lightness, min(max(chroma, least), most), hue, swatch.colour)


def _neutral(swatches: list[_Swatch]) -> Seed:
    """Return the tint of the greys: the image's mean colour, hardly there."""
    whole = sum(swatch.share for swatch in swatches)
    mean = [0.0, 0.0, 0.0]
    for swatch in swatches:
        for axis, value in enumerate(spaces.oklab_of_oklch(swatch.oklch)):
            mean[axis] += value * swatch.share / whole
    lightness, chroma, hue = spaces.oklch_of_oklab((mean[0], mean[1], mean[2]))
    return Seed(lightness, min(0.25 * chroma, 0.018), hue, None)


def _departure(seed: Seed, other: Seed) -> float:
    """Return how far one seed is from another, in degrees of hue that are worth as much."""
    return (
        abs(turn(seed.hue, other.hue))
        + 120 * abs(seed.lightness - other.lightness)
        + 100 * abs(seed.chroma - other.chroma)
    )


def _status(chroma: float, towards: float | None) -> dict[str, Seed]:
    """Return success, warning and danger: as colourful as the image, and leaning its way."""
    found = {}
    for name, hue in STATUS_HUES.items():
        way = 0.0 if towards is None else turn(hue, towards)
        found[name] = Seed(
            _STATUS_LIGHTNESS[0], chroma, (hue + math.copysign(min(abs(way) / 2, _PULL), way)) % 360, None
        )
    return found
