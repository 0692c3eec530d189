"""Write `chalicelib/catalogue/index/colour_cell_extents.py`: the extents of colour cells' parts, in all colours.

python -m scripts.colour_cells
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np

from chalicelib.catalogue.index import colour_cells
from image_processing.colour import arrays

FILE = Path(__file__).parent.parent / "chalicelib" / "catalogue" / "hue_parts.py"
_GREY = 1e-6  # C*ab; the least of a colour of 8 bits that is no grey is 0.2
_HEAD = '''\
"""What each part of a colour cell holds of sRGB. Written by `scripts/colour_cells`, from all 8-bit colours.

A row is the part, then least and most L*, least and most C*ab, and where its CIELAB hues begin and how far
they go, in degrees; all rounded outwards. A part that is not here holds no colour.
"""

PARTS = """\\
'''


def extents() -> dict[str, colour_cells.Extent]:
    """Return the extents of every part that holds a colour. Takes half a minute."""
    found: dict[int, list[float]] = {}
    green, blue = (plane.ravel() for plane in np.meshgrid(np.arange(256), np.arange(256), indexing="ij"))
    for red in range(256):
        linear = arrays.LINEAR_OF_BYTE[np.stack((np.full_like(green, red), green, blue), -1)]
        _gather(found, arrays.oklab_of_linear(linear), arrays.lab_of_linear(linear))
    return {colour_cells.part_name(*_axes(code)): _outwards(*found[code]) for code in sorted(found)}


def _gather(found: dict[int, list[float]], oklab: arrays.Floats, lab: arrays.Floats) -> None:
    """Widen extents by some colours; hues are kept as turns from that of the part's centre."""
    index = np.floor(2 * oklab / np.array(colour_cells.SIZE) + 2 * np.array(colour_cells.SHIFT) + 1e-12).astype(
        int
    )
    index[:, 0] = np.clip(index[:, 0], 0, colour_cells.LAST_LIGHTNESS * 2 + 1)
    codes = index @ np.array((256, 16, 1))
    order = np.argsort(codes, kind="stable")
    codes, lab = codes[order], lab[order]
    names, starts = np.unique(codes, return_index=True)
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    centres = np.array([_centre(code) for code in names])
    centre = np.repeat(centres, np.diff([*starts, len(codes)]))
    turn = (np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) - centre + 180) % 360 - 180
    turn[chroma < _GREY] = 0  # a grey has no hue: what arctan2 makes of its rounding differs between processors
    least = [np.minimum.reduceat(values, starts) for values in (lab[:, 0], chroma, turn)]
    most = [np.maximum.reduceat(values, starts) for values in (lab[:, 0], chroma, turn)]
    for row, (name, hue) in enumerate(zip(names.tolist(), centres.tolist(), strict=True)):
        low, high = [float(values[row]) for values in least], [float(values[row]) for values in most]
        before = found.get(name)
        if before:
            low, high = list(map(min, low, before[:3])), list(map(max, high, before[3:6]))
        found[name] = [*low, *high, hue]


def _axes(code: int) -> tuple[int, int, int]:
    return code >> 8, code >> 4 & 15, code & 15


def _centre(code: int) -> float:
    _, a, b = (value + 0.5 for value in _axes(int(code)))
    return float(np.degrees(np.arctan2(b / 2 - colour_cells.SHIFT[2], a / 2 - colour_cells.SHIFT[1])))


def _outwards(*extent: float) -> colour_cells.Extent:
    light, chroma, turn, lightest, strongest, last, centre = extent
    start = int(np.floor(centre + turn - 1e-6))
    span = int(np.ceil(centre + last + 1e-6)) - start
    whole = [int(np.floor(value - 1e-6)) for value in (light, chroma)]
    top = [int(np.ceil(value + 1e-6)) for value in (lightest, strongest)]
    around = (0, 360) if span > 180 else (start % 360, span)
    return colour_cells.Extent(max(0, whole[0]), top[0], max(0, whole[1]), top[1], *around)


def main() -> None:
    """Write the file."""
    rows = ", ".join(" ".join([name, *map(str, extent)]).replace(" ", "_") for name, extent in extents().items())
    lines = textwrap.fill(rows, 110).replace("_", " ")
    FILE.write_text(f'{_HEAD}{lines}\n"""\n')


if __name__ == "__main__":
    main()
