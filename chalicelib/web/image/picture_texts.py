"""Text alternatives of the pictures that are drawn from an analysis: each says what there is to be seen in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.texts import enumerated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_NAMED = 4  # colours and places that a sentence has
_CLIPPED = 0.005  # of the pixels, from which clipping is worth a word
_HALF = 0.5
_BUSY, _CALM = 0.4, 0.15  # density of edges


class Picture(NamedTuple):
    """A picture of an analysis: its name, title, text alternative, and height where it is 960 wide."""

    name: str
    title: str
    told: str
    height: int


def pictures(analysis: Mapping[str, Any]) -> list[Picture]:
    """Return the pictures that an analysis has the parts for."""
    found = [
        Picture(name, title, tell(analysis), height)
        for name, title, needs, tell, height in _PICTURES
        if all(analysis.get(part) for part in needs)
    ]
    if analysis.get("layers"):  # of the profile `full`: the picture of the colours is then one of shapes
        found = [
            Picture(one.name, "Shapes", shapes(analysis), one.height) if one.name == "clusters" else one
            for one in found
        ]
    return found


def histogram(analysis: Mapping[str, Any]) -> str:
    """Tell where most of the lightness lies, and what is clipped."""
    bins = [max(0.0, value) for value in (analysis["histogram"].get("whole") or {}).get("lightness") or ()]
    total = sum(bins)
    if not total:
        return "Nothing of the picture can be seen."
    third = len(bins) / 3
    shares = [sum(_within(bins, part * third, (part + 1) * third)) / total for part in range(3)]
    names = ("dark", "of middle lightness", "light")
    most = max(range(3), key=shares.__getitem__)
    first = f"Most of the picture is {names[most]}" if shares[most] >= _HALF else "The picture has all of it"
    told = enumerated([f"{percent(share)} {name}" for share, name in zip(shares, names, strict=True)])
    return f"{first}: {told}.{_clipping(analysis)}"


def light(analysis: Mapping[str, Any]) -> str:
    """Tell the key, the range, and the largest layer of light."""
    found = analysis["luminosity"]
    keys = {"low": "A low-key picture, mostly dark", "high": "A high-key picture, mostly bright"}
    first = keys.get(found.get("key"), "A picture of middle key")
    layers = [layer.get("share") or 0 for layer in found.get("layers") or ()]
    stops = f", over {found.get('dynamic_range') or 0:.1f} stops"
    if not layers:
        return f"{first}{stops}."
    largest = max(range(len(layers)), key=layers.__getitem__)
    told = f"number {largest + 1} from the dark end, with {percent(layers[largest])}"
    return f"{first}{stops}. The largest of its {len(layers)} layers of light is {told}."


def colours(analysis: Mapping[str, Any]) -> str:
    """Tell the largest colours and where each has its middle."""
    swatches = list(analysis["palette"])[:_NAMED]
    parts = [f"{_named(one)}, {where(one.get('x'), one.get('y'))}" for one in swatches]
    return f"The picture in the colours of its palette: {'; '.join(parts)}."


def shapes(analysis: Mapping[str, Any]) -> str:
    """Tell the largest shapes of like pixels."""
    found = [one for one in analysis["layers"].get("shapes") or () if isinstance(one, dict)]
    if not found:
        return "No shape of like pixels is large enough to be told apart."
    return f"Shapes of like pixels, the largest first: {enumerated([_named(one) for one in found[:_NAMED]])}."


def edges(analysis: Mapping[str, Any]) -> str:
    """Tell how busy the picture is, and where it is calm."""
    found = analysis["structure"]
    density = found.get("edge_density") or 0
    kind = "busy" if density >= _BUSY else "calm" if density < _CALM else "neither busy nor calm"
    calm = [_place(box) for box in found.get("calm") or ()][:_NAMED]
    rest = f" It is calmest {enumerated(list(dict.fromkeys(calm)))}." if calm else ""
    return f"The picture is {kind}: {percent(density)} of it are edges.{rest}"


def placement(analysis: Mapping[str, Any]) -> str:
    """Tell the best places for text, and what text needs there to be read (WCAG 2.2, AA)."""
    parts = [_told(place) for place in (analysis["legibility"].get("places") or ())[:_NAMED]]
    if not parts:
        return "There is no calm place for text."
    return f"Text can lie {'; '.join(parts)}."


def percent(share: Any) -> str:
    """Return a share in percent, in whole numbers."""
    hundredths = 100 * share if isinstance(share, int | float) else 0.0
    return f"{hundredths:.0f} %" if hundredths >= 1 or hundredths <= 0 else "under 1 %"


def where(x: Any, y: Any) -> str:
    """Return a point of the picture (fractions of its width and height) in words: `at the lower left`."""
    column = _third(x, ("left", "", "right"))
    row = _third(y, ("upper", "", "lower"))
    if row and column:
        return f"at the {row} {column}"
    if column:
        return f"at the {column}"
    return {"upper": "at the top", "lower": "at the bottom"}.get(row, "in the middle")


def _named(swatch: Mapping[str, Any]) -> str:
    return f"{swatch.get('name') or swatch.get('hex') or 'a colour'} {percent(swatch.get('share'))}"


def _told(place: Mapping[str, Any]) -> str:
    ink = "black" if place.get("text") == "#000000" else "white"
    veil = "white" if ink == "black" else "black"
    opacity = (place.get("opacity") or {}).get("aa") or 0
    help_ = f" on a {veil} veil of {percent(opacity)}" if opacity > 0 else " as it is"
    return f"{_place(place.get('box'))}, in {ink}{help_}"


def _place(box: Any) -> str:
    x, y, width, height = box if isinstance(box, list | tuple) and len(box) == 4 else (0, 0, 1, 1)
    return where(x + width / 2, y + height / 2)


def _third(value: Any, names: tuple[str, str, str]) -> str:
    return names[min(2, int(3 * value))] if isinstance(value, int | float) and 0 <= value <= 1 else names[1]


def _within(bins: Sequence[float], low: float, high: float) -> Iterable[float]:
    """Yield the parts of bins between two positions; a bin that a bound cuts counts in part."""
    for index, value in enumerate(bins):
        yield value * max(0.0, min(index + 1, high) - max(index, low))


def _clipping(analysis: Mapping[str, Any]) -> str:
    found = (analysis.get("luminosity") or {}).get("clipping") or {}
    ends = {"shadows": "black", "highlights": "white"}
    parts = [f"{percent(found[name])} {end}" for name, end in ends.items() if (found.get(name) or 0) >= _CLIPPED]
    return f" Clipped: {enumerated(parts)}." if parts else " Nothing is clipped."


_PICTURES: tuple[tuple[str, str, tuple[str, ...], Callable[[Mapping[str, Any]], str], int], ...] = (
    ("placement", "Where text can lie", ("legibility", "palette", "maps"), placement, 624),
    ("clusters", "Where the colours are", ("palette", "maps"), colours, 624),
    ("luminosity", "Layers of light", ("luminosity", "maps"), light, 500),
    ("histogram", "Histogram", ("histogram",), histogram, 540),
    ("edges", "Edges and calm places", ("structure", "maps"), edges, 624),
)
