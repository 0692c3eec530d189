"""Colour spaces: sRGB, its linear light, CIE XYZ and L*a*b* (D65), OKLab and OKLCH.

sRGB and linear components are 0 to 1 inside the gamut; L* is 0 to 100; OKLab's L is 0 to 1; hues are degrees.
Nothing is clipped on the way: colours outside sRGB keep their values (see `gamut`).
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]

ACHROMATIC: Final = 4e-5  # OKLCH chroma below which a hue is rounding noise

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def _inverse(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    first, second, third = e * i - f * h, f * g - d * i, d * h - e * g
    by = a * first + b * second + c * third
    return (
        (first / by, (c * h - b * i) / by, (b * f - c * e) / by),
        (second / by, (a * i - c * g) / by, (c * d - a * f) / by),
        (third / by, (b * g - a * h) / by, (a * e - b * d) / by),
    )


def _product(left: Matrix, right: Matrix) -> Matrix:
    rows = [tuple(sum(row[k] * right[k][column] for k in range(3)) for column in range(3)) for row in left]
    return rows[0], rows[1], rows[2]  # type: ignore[return-value]


def mapping(matrix: Matrix) -> Callable[[Triple], Triple]:
    """Return the function that multiplies a colour by a matrix."""
    (a, b, c), (d, e, f), (g, h, i) = matrix  # once, here: the product is what everything else spends its time on

    def product(colour: Triple) -> Triple:
        x, y, z = colour
        return a * x + b * y + c * z, d * x + e * y + f * z, g * x + h * y + i * z

    return product


# linear sRGB -> XYZ, D65: exact, from the primaries and white of IEC 61966-2-1 (CSS Color 4, section 18)
XYZ_OF_LINEAR: Final[Matrix] = (
    (506752 / 1228815, 87881 / 245763, 12673 / 70218),
    (87098 / 409605, 175762 / 245763, 12673 / 175545),
    (7918 / 409605, 87881 / 737289, 1001167 / 1053270),
)
WHITE_D65: Final[Triple] = (0.3127 / 0.3290, 1.0, (1 - 0.3127 - 0.3290) / 0.3290)

# Ottosson, "A perceptual color space for image processing" (2020), M1 and M2 in double precision (CSS Color 4,
# section 18); the first takes XYZ to cone responses, the second their cube roots to L, a, b
LMS_OF_XYZ: Final[Matrix] = (
    (0.8190224379967030, 0.3619062600528904, -0.1288737815209879),
    (0.0329836539323885, 0.9292868615863434, 0.0361446663506424),
    (0.0481771893596242, 0.2642395317527308, 0.6335478284694309),
)
OKLAB_OF_ROOTS: Final[Matrix] = (
    (0.2104542683093140, 0.7936177747023054, -0.0040720430116193),
    (1.9779985324311684, -2.4285922420485799, 0.4505937096174110),
    (0.0259040424655478, 0.7827717124575296, -0.8086757549230774),
)

LMS_OF_LINEAR: Final[Matrix] = _product(LMS_OF_XYZ, XYZ_OF_LINEAR)

xyz_of_linear = mapping(XYZ_OF_LINEAR)
linear_of_xyz = mapping(_inverse(XYZ_OF_LINEAR))
_lms_of_linear = mapping(LMS_OF_LINEAR)
_linear_of_lms = mapping(_inverse(LMS_OF_LINEAR))
_oklab_of_roots = mapping(OKLAB_OF_ROOTS)
_roots_of_oklab = mapping(_inverse(OKLAB_OF_ROOTS))


def parse_hex(text: str) -> Triple:
    """Return the sRGB components of `#rrggbb`; raise ValueError for anything else."""
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        raise ValueError(f"not a colour like #1a2b3c: {text!r:.40}")
    return int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:7], 16) / 255


def to_hex(srgb: Triple) -> str:
    """Return `#rrggbb` of sRGB components, each clipped to 0 to 1 and rounded to 8 bits."""
    red, green, blue = srgb
    return f"#{_byte(red):02x}{_byte(green):02x}{_byte(blue):02x}"


def _byte(value: float) -> int:
    return 0 if value <= 0 else 255 if value >= 1 else round(value * 255)


def decode(value: float) -> float:
    """Return the linear light of an sRGB component: IEC 61966-2-1; mirrored below 0, as CSS Color 4 extends it."""
    size = abs(value)
    return value / 12.92 if size <= 0.04045 else math.copysign(((size + 0.055) / 1.055) ** 2.4, value)


def encode(value: float) -> float:
    """Return the sRGB component of linear light: the inverse of `decode`."""
    size = abs(value)
    return value * 12.92 if size <= 0.0031308 else math.copysign(1.055 * size ** (1 / 2.4) - 0.055, value)


def linear_of_srgb(srgb: Triple) -> Triple:
    """Return linear light, 0 to 1 in gamut."""
    return decode(srgb[0]), decode(srgb[1]), decode(srgb[2])


def srgb_of_linear(linear: Triple) -> Triple:
    """Return sRGB components, 0 to 1 in gamut."""
    return encode(linear[0]), encode(linear[1]), encode(linear[2])


def lab_of_xyz(xyz: Triple) -> Triple:
    """Return CIE L*a*b* (CIE 15:2004, section 8.2.1) relative to D65."""
    x, y, z = (_lab_f(value / white) for value, white in zip(xyz, WHITE_D65, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def xyz_of_lab(lab: Triple) -> Triple:
    """Return XYZ (D65, Y of white is 1): the inverse of `lab_of_xyz`."""
    y = (lab[0] + 16) / 116
    x, z = y + lab[1] / 500, y - lab[2] / 200
    return _lab_inverse(x) * WHITE_D65[0], _lab_inverse(y) * WHITE_D65[1], _lab_inverse(z) * WHITE_D65[2]


def _lab_f(ratio: float) -> float:
    return math.cbrt(ratio) if ratio > (6 / 29) ** 3 else ratio * (29 / 6) ** 2 / 3 + 4 / 29


def _lab_inverse(value: float) -> float:
    return value**3 if value > 6 / 29 else 3 * (6 / 29) ** 2 * (value - 4 / 29)


def oklab_of_linear(linear: Triple) -> Triple:
    """Return OKLab (Ottosson 2020) of linear sRGB."""
    long, medium, short = _lms_of_linear(linear)
    return _oklab_of_roots((math.cbrt(long), math.cbrt(medium), math.cbrt(short)))


def linear_of_oklab(oklab: Triple) -> Triple:
    """Return linear sRGB: the inverse of `oklab_of_linear`."""
    long, medium, short = _roots_of_oklab(oklab)
    return _linear_of_lms((long**3, medium**3, short**3))


def oklch_of_oklab(oklab: Triple) -> Triple:
    """Return lightness, chroma and hue; the hue of a grey is 0."""
    lightness, a, b = oklab
    chroma = math.hypot(a, b)
    return (lightness, chroma, math.degrees(math.atan2(b, a)) % 360 if chroma > ACHROMATIC else 0.0)


def oklab_of_oklch(oklch: Triple) -> Triple:
    """Return OKLab of lightness, chroma and hue in degrees."""
    lightness, chroma, hue = oklch
    angle = math.radians(hue)
    return lightness, chroma * math.cos(angle), chroma * math.sin(angle)


def lab_of_hex(text: str) -> Triple:
    """Return CIE L*a*b* (D65) of `#rrggbb`; raise ValueError for anything else."""
    return lab_of_xyz(xyz_of_linear(linear_of_srgb(parse_hex(text))))


def oklab_of_hex(text: str) -> Triple:
    """Return OKLab of `#rrggbb`; raise ValueError for anything else."""
    return oklab_of_linear(linear_of_srgb(parse_hex(text)))


def oklch_of_hex(text: str) -> Triple:
    """Return OKLCH of `#rrggbb`; raise ValueError for anything else."""
    return oklch_of_oklab(oklab_of_hex(text))
