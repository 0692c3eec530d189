"""Palettes of eight colours from the bytes of photographs: time, error and stability, beside the peers'.

    python benchmarks/palette.py

The photographs are found through JANUS_SHARED or in ../shared. Peers are those of benchmarks/requirements.txt
that are installed, each at its defaults for time and at eight colours for error; and sharp's stats(), for time
alone, where Node is there and JANUS_NODE names a folder in which `npm install sharp` has been run (or
benchmarks/ is one). Times are CPU time, and each peer's is held against Janus's right behind it: the speed of a
shared machine changes. Sharp's and Janus's beside it are times on the clock, since sharp works in threads, and the
least of three, since a busy machine lengthens them. A peer that takes more than `SLOW` milliseconds for a
photograph is timed once, and its stability is that of the other photographs; the table says of how many. Errors
are those of `PIXELS` full-resolution pixels drawn from each photograph, to the nearest colour of the palette.
The last line printed is JSON; exits 1 when a figure falls short.
"""

from __future__ import annotations

import importlib
import io
import os
import shutil
import subprocess
import sys
import time
from itertools import permutations
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from PIL import Image

from benchmarks import photographs
from benchmarks.report import Measure, conclude, progress
from image_processing import metadata
from image_processing.analysis import palette, sample
from image_processing.colour import arrays
from image_processing.decode import pixels
from image_processing.source import BytesSource
from tests.real_files import PHOTOGRAPHS

if TYPE_CHECKING:
    from collections.abc import Callable

    from image_processing.colour.arrays import Floats

    Maker = Callable[[bytes], Any]

COLOURS = 8
PIXELS = 20_000
SLOW = 500.0  # milliseconds: what takes longer of a photograph is timed once, and its stability not asked for
FASTER = {"Pylette": 9.0, "ColorThief": 30.0, "Material": 30.0}
FASTER_THAN_SHARP = 16.0
SHARP = """
const sharp = require(require.resolve("sharp", {paths: [process.argv[1]]}));
const file = require("fs").readFileSync(process.argv[2]);
(async () => {
  await sharp(file).stats();
  let least = Infinity;
  for (let run = 0; run < 3; run++) {
    const start = process.hrtime.bigint();
    await sharp(file).stats();
    least = Math.min(least, Number(process.hrtime.bigint() - start) / 1e6);
  }
  console.log(least);
})();
"""


class Peer(NamedTuple):
    """A way to make a palette of a file's bytes: at its defaults, and of eight colours."""

    as_it_comes: Maker
    eight: Maker


class Photograph(NamedTuple):
    """A file, its copy at half the size and quality 60, and pixels drawn from it, in both spaces."""

    data: bytes
    copy: bytes
    lab: Floats
    oklab: Floats


def decoded(data: bytes) -> Image.Image:
    """Return the reduced image that Janus's palette is made of: nearly all of this is libjpeg's work."""
    source = BytesSource(data)
    return pixels.decode(source, metadata.read(source), sample.SIDE)


def janus(data: bytes) -> list[tuple[int, ...]]:
    """Return Janus's palette, from bytes to colours."""
    swatches = palette.find(sample.take(decoded(data)), COLOURS).swatches
    return [tuple(bytes.fromhex(swatch["hex"][1:])) for swatch in swatches]


def peers() -> dict[str, Peer]:
    """Return the peers that are installed."""
    found: dict[str, Peer] = {"Pillow": Peer(_pillow, _pillow)}
    for name, module, make in [
        ("Pylette", "pylette", _pylette),
        ("ColorThief", "colorthief", _colorthief),
        ("Material", "material_color_utilities_python", _material),
        ("libimagequant", "libimagequant", _libimagequant),
    ]:
        try:
            found[name] = make(importlib.import_module(module))
        except ImportError:
            print(f"{name} is not installed: left out")
    return found


def _pillow(data: bytes) -> Any:
    image = Image.open(io.BytesIO(data)).convert("RGB")
    image.thumbnail((256, 256))  # k-means over all pixels takes many seconds
    colours = image.quantize(COLOURS, kmeans=1, dither=Image.Dither.NONE).getpalette("RGB") or []
    return list(zip(*[iter(colours[: 3 * COLOURS])] * 3, strict=True))


def _pylette(module: Any) -> Peer:
    def make(data: bytes, **options: Any) -> Any:
        return [tuple(colour.rgb) for colour in module.extract_colors(data, **options).colors]

    return Peer(make, lambda data: make(data, palette_size=COLOURS))


def _colorthief(module: Any) -> Peer:
    return Peer(
        lambda data: module.ColorThief(io.BytesIO(data)).get_palette(),
        lambda data: module.ColorThief(io.BytesIO(data)).get_palette(COLOURS + 1)[:COLOURS],
    )


def _material(module: Any) -> Peer:
    def make(data: bytes, colours: int = 128) -> Any:
        image = Image.open(io.BytesIO(data)).convert("RGB")
        image.thumbnail((128, 128))  # as its documentation does
        packed = [0xFF000000 | r << 16 | g << 8 | b for r, g, b in np.asarray(image).reshape(-1, 3).tolist()]
        found = module.QuantizerCelebi.quantize(packed, colours)
        return [(argb >> 16 & 255, argb >> 8 & 255, argb & 255) for argb in found]

    return Peer(make, lambda data: make(data, COLOURS))


def _libimagequant(module: Any) -> Peer:
    def make(data: bytes) -> Any:
        image = Image.open(io.BytesIO(data)).convert("RGBA")
        attributes = module.Attr()
        attributes.max_colors = COLOURS
        whole = attributes.create_rgba(image.tobytes(), image.width, image.height, 0)
        return [(each.r, each.g, each.b) for each in whole.quantize(attributes).get_palette()]

    return Peer(make, make)


def sharp(name: str) -> float | None:
    """Return the least milliseconds of three of sharp's stats() for a photograph; None where there is no sharp."""
    node, folder = shutil.which("node"), os.environ.get("JANUS_NODE") or str(Path(__file__).parent)
    if not node or not Path(folder, "node_modules", "sharp").is_dir():
        return None
    path = str(PHOTOGRAPHS / name)
    done = subprocess.run([node, "-e", SHARP, folder, path], capture_output=True, check=True, timeout=120)
    return float(done.stdout)


def on_the_clock(data: bytes) -> float:
    """Return the milliseconds that Janus's palette takes on the clock: the least of three."""
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        janus(data)
        taken.append(time.perf_counter() - start)
    return min(taken) * 1000


def photograph(data: bytes) -> Photograph:
    """Prepare a photograph for measuring."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    every = np.asarray(image).reshape(-1, 3)
    linear = arrays.LINEAR_OF_BYTE[every[np.random.default_rng(1).integers(0, len(every), PIXELS)]]
    out = io.BytesIO()
    image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS).save(out, "JPEG", quality=60)
    return Photograph(data, out.getvalue(), arrays.lab_of_linear(linear), arrays.oklab_of_linear(linear))


def errors(colours: Any, photo: Photograph) -> tuple[float, float]:
    """Return the mean distance of pixels to their nearest colour, in CIEDE2000 and in OKLab."""
    linear = arrays.LINEAR_OF_BYTE[np.array(colours, int)]
    by_lab = [
        arrays.ciede2000(photo.lab, np.broadcast_to(lab, photo.lab.shape)) for lab in arrays.lab_of_linear(linear)
    ]
    by_oklab = [np.linalg.norm(photo.oklab - oklab, axis=1) for oklab in arrays.oklab_of_linear(linear)]
    return float(np.min(by_lab, 0).mean()), float(np.min(by_oklab, 0).mean())


def drift(one: Any, other: Any) -> tuple[float, float]:
    """Return mean and greatest CIEDE2000 between two palettes, each colour matched to another, best in all."""
    count = min(len(one), len(other))
    lab = [arrays.lab_of_linear(arrays.LINEAR_OF_BYTE[np.array(each[:count], int)]) for each in (one, other)]
    table = arrays.ciede2000(lab[0][:, None].repeat(count, 1), lab[1][None].repeat(count, 0))
    orders = np.array(list(permutations(range(count))), np.int8)  # 40,320 of eight: all are tried
    best = orders[table[np.arange(count), orders].sum(1).argmin()]
    matched = table[np.arange(count), best]
    return float(matched.mean()), float(matched.max())


def main() -> None:
    """Measure and conclude."""
    everyone = {"Janus": Peer(janus, janus), **peers()}
    ratios: dict[str, list[float]] = {name: [] for name in everyone}
    times, shares, beside_sharp = [], [], []
    missed: dict[str, list[tuple[float, float]]] = {name: [] for name in everyone}
    drifts: dict[str, list[tuple[float, float]]] = {name: [] for name in everyone}
    files = photographs.load()
    for done, (file, data) in enumerate(files.items(), 1):
        photo = photograph(data)
        for name, peer in everyone.items():
            once = photographs.milliseconds(lambda: peer.as_it_comes(data), 1)  # noqa: B023
            taken = once if once > SLOW else photographs.milliseconds(lambda: peer.as_it_comes(data), 3)  # noqa: B023
            ours = photographs.milliseconds(lambda: janus(data))  # noqa: B023
            times.append(ours)
            ratios[name].append(taken / ours)
            colours = peer.eight(data)
            missed[name].append(errors(colours, photo))
            if once <= SLOW:
                drifts[name].append(drift(colours, peer.eight(photo.copy)))
        shares.append(photographs.ratio(lambda: decoded(data), lambda: janus(data)))  # noqa: B023
        if (theirs := sharp(file)) is not None:
            beside_sharp.append(theirs / on_the_clock(data))
        progress(done, len(files), "photographs")
    means = {name: np.mean(rows, 0) for name, rows in missed.items()}
    moved = np.mean(drifts["Janus"], 0)
    measures = [
        Measure("mean CIEDE2000", float(means["Janus"][0]), "<=", 5.55),
        Measure("mean OKLab distance", float(means["Janus"][1]), "<=", 0.0370),
        Measure("stability: mean CIEDE2000 to a copy's palette", float(moved[0]), "<=", 0.75),
        Measure("stability: worst colour, on average", float(moved[1]), "<=", 2.0),
        Measure("time", median(times), unit="ms"),
        Measure("share of the decode in it", median(shares)),
    ]
    for name in list(everyone)[1:]:
        goal = FASTER.get(name)
        measures.append(
            Measure(f"{name}: times Janus's time", median(ratios[name]), ">=" if goal else "", goal, "x")
        )
        difference = float(means[name][0] - means["Janus"][0])
        measures.append(Measure(f"{name}: mean CIEDE2000 above Janus's", difference, ">=", 0.0))
        measures.append(Measure(f"{name}: mean OKLab distance", float(means[name][1])))
        kept = drifts[name]
        stability = float(np.mean(kept, 0)[0]) if kept else None
        measures.append(Measure(f"{name}: stability, of {len(kept)} photographs", stability))
    if beside_sharp:
        ratio = median(beside_sharp)
        measures.append(Measure("sharp's stats(): times Janus's time", ratio, ">=", FASTER_THAN_SHARP, "x"))
    else:
        print("sharp is not installed: left out")
    conclude("palette", measures)


if __name__ == "__main__":
    main()
