"""The types of an analysis, the result of `analyse`, stored as JSON with an image's record.

Positions and sizes are fractions of the upright image, 0 to 1, from its left upper corner; a box is
[x, y, width, height]. Shares are fractions of the visible pixels, 0 to 1; those of histograms are thousandths, in
cells of a grid hundredths.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

Box = list[float]


class Size(TypedDict):
    """The size of the analysed pixels."""

    width: int
    height: int


class Swatch(TypedDict):
    """A colour of the palette."""

    hex: str
    oklch: list[float]  # lightness 0 to 1, chroma, hue in degrees
    lab: list[float]  # CIE L*a*b*, D65
    share: float
    name: str
    css_name: str
    x: float  # centroid of its pixels
    y: float


class Layer(TypedDict):
    """One luminance layer: the pixels of a tenth of the scale of relative luminance."""

    share: float
    mean: float | None  # None if the layer has no pixels
    box: Box | None


class Clipping(TypedDict):
    """Shares of clipped pixels."""

    shadows: float  # all channels 0
    highlights: float  # any channel 255


class Luminosity(TypedDict):
    """The distribution of relative luminance (WCAG), 0 to 1."""

    mean: float
    median: float
    key: Literal["low", "middle", "high"]
    contrast: float  # standard deviation of L*, in L*
    dynamic_range: float  # stops between the 1st and the 99th percentile
    percentiles: dict[str, float]  # "1", "5", "25", "50", "75", "95", "99" -> L*
    clipping: Clipping
    layers: list[Layer]  # ten, dark to light


class Channels(TypedDict):
    """Histograms in equal bins, each in thousandths of the pixels, in cells of a grid in hundredths."""

    red: list[int]
    green: list[int]
    blue: list[int]
    luminance: list[int]  # relative luminance, 0 to 1
    lightness: list[int]  # L*, 0 to 100
    hue: list[int]  # OKLCH, 0 to 360 degrees, of chromatic pixels


class Histogram(TypedDict):
    """Histograms of the whole in 32 bins (hue: 24), and of a 3 x 3 grid, row by row, in 8 (hue: 12)."""

    whole: Channels
    grid: list[Channels]


class Alpha(TypedDict):
    """Transparency."""

    present: bool  # whether the file has an alpha channel
    used: bool  # whether it also has pixels that are not opaque
    transparent: float  # share of all pixels with alpha 0
    translucent: float  # share of all pixels that are partly transparent
    box: Box | None  # bounding box of the visible pixels


class Structure(TypedDict):
    """Edges and shapes."""

    edge_density: float  # share of pixels on an edge
    sharpness: float  # variance of the Laplacian of L*
    entropy: float  # bits, 0 to 8
    colourfulness: float
    lines: list[dict[str, float]]  # {"angle": 0 to 180 degrees, "strength": 0 to 1}, strongest first
    calm: list[Box]  # areas of little detail, largest first


class Maps(TypedDict):
    """Coarse maps of the image: rows with one character for each cell. "." is transparent."""

    columns: int
    rows: int
    palette: list[str]  # index into the palette, 0-9 and a-v
    luminosity: list[str]  # layer, 0 to 9
    edges: list[str]  # strength, 0 to 9


class Scrim(TypedDict):
    """The least opacity of a scrim between image and text for legible text, in hundredths."""

    aa: float  # 4.5:1 against every pixel of the box
    aaa: float  # 7:1
    aa_99: float  # against 99 % of them
    aaa_99: float


class Place(TypedDict):
    """A text area: a box for legible text."""

    box: Box
    text: str  # `#ffffff` or `#000000`
    contrast: float  # least contrast ratio without a scrim, against every pixel
    contrast_99: float  # least contrast ratio without a scrim, against 99 % of the pixels
    scrim: str  # colour of the scrim
    opacity: Scrim


class Shape(TypedDict):
    """A connected area of nearly one colour."""

    hex: str  # mean colour
    name: str
    share: float
    box: Box
    x: float  # centroid of its pixels
    y: float
    layer: int  # number of outlines of other shapes between it and the frame; 0 touches the frame


class Layers(TypedDict):
    """The shapes of the image and their nesting, as in a paper cut."""

    shapes: list[Shape]  # largest first, up to 32
    scattered: float  # share of the pixels in no shape
    columns: int
    rows: int
    map: list[str]  # as in `Maps`: index into the shapes, 0-9 and a-v, "." for none


class Legibility(TypedDict):
    """Text areas of the image, best first."""

    places: list[Place]


class Fingerprint(TypedDict):
    """The fingerprints of the image."""

    pixels: str  # SHA-256 of the decoded pixels, hexadecimal
    phash: str  # 64 bits, 16 hexadecimal digits
    dhash: str


class Placeholder(TypedDict):
    """Placeholders to show until the image is loaded."""

    thumbhash: str  # Base64
    blurhash: str
    css_colour: str
    css_gradient: str


class Analysis(TypedDict):
    """The whole analysis of an image."""

    version: int
    profile: Literal["standard", "full"]
    sampled: Size
    measured: Size  # pixels used for histogram, clipping, sharpness and legibility: those of the sample, or all
    colour_managed: Literal["srgb", "converted", "assumed", "unusable"]
    palette: list[Swatch]  # by share, descending
    dominant: str | None  # this and the next four: `#rrggbb`; None if nothing is visible
    average: str | None
    vivid: str | None
    muted: str | None
    accent: str | None
    luminosity: Luminosity
    histogram: Histogram
    alpha: Alpha
    structure: Structure
    maps: Maps
    layers: NotRequired[Layers]  # with the profile `full`
    legibility: Legibility
    fingerprint: Fingerprint
    placeholder: Placeholder
