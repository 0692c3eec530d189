"""Themes: every bound on how many palettes, and the cost of a theme; beside Material's.

    python benchmarks/theme.py [--palettes 100000]

Real palettes are those of the first images of a corpus (JANUS_SHARED or ../shared). Material's scheme is measured
where `materialyoucolor` is installed (benchmarks/requirements.txt). Contrast is measured on all palettes, every
bound of docs/theme.md on the first 1,000 and the real ones, by coloraide's formulas. The last line printed is
JSON; exits 1 when a figure falls short.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.report import Measure, conclude, progress
from image_processing import theme
from image_processing.colour import contrast
from tests.image_processing.theme import bounds
from tests.real_files import CORPUS, PHOTOGRAPHS, files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Palette = list[tuple[str, float]]

ROOT = Path(__file__).resolve().parent.parent
REAL = 200
BOUND = 1000  # random palettes whose every bound is measured
CHUNK = 250
COLOURS = 8
SIDE = 256  # of the images that palettes are taken from: that of an analysis's sample


class Tally(NamedTuple):
    """Counts over some palettes: pairs, those that fall short, and the least contrast."""

    pairs: int = 0
    failed: int = 0
    room: float = float("inf")  # least contrast over what is required

    def __add__(self, other: Tally) -> Tally:  # type: ignore[override]
        return Tally(
            self.pairs + other.pairs,
            self.failed + other.failed,
            min(self.room, other.room),
        )


def at_random(seed: int) -> Palette:
    """Return 0 to 8 colours with shares; one palette in four is of one hue, one in eight of greys."""
    chance = random.Random(seed)
    colours = [chance.randrange(1 << 24) for _ in range(chance.randrange(COLOURS + 1))]
    if seed % 8 == 0:
        colours = [(colour & 255) * 0x010101 for colour in colours]
    elif seed % 4 == 1:
        colours = [colour & (0xFF << 8 * (seed // 4 % 3)) for colour in colours]
    return [(f"#{colour:06x}", chance.random()) for colour in colours]


def tally(palettes: Iterable[Palette]) -> Tally:
    """Measure every pair of the themes of some palettes, AA and AAA, light and dark, on their `#rrggbb`."""
    whole = Tally()
    for palette in palettes:
        for level in theme.CONTRASTS:
            for mode in theme.build(palette, level).modes:
                ratios = [
                    contrast.ratio(mode.roles[pair.foreground], mode.roles[pair.background]) / pair.required
                    for pair in mode.pairs
                ]
                failed = sum(ratio < 1 for ratio in ratios)
                whole += Tally(len(ratios), failed, min(ratios))
    return whole


def tally_seeds(seeds: range) -> Tally:
    """Measure random palettes."""
    return tally(map(at_random, seeds))


def bounded(palette: Palette) -> list[dict[str, tuple[float, float]]]:
    """Return the least and the most of each figure that is bound, in AA and in AAA."""
    return [bounds.measure(theme.build(palette, level)) for level in theme.CONTRASTS]


def extremes(name: str, palettes: list[Palette]) -> list[Measure]:
    """Measure every bound, on every core: the worst of all themes, beside the one that 5 in 100 fall below."""
    met: dict[str, list[tuple[float, float]]] = {}
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        for done, themes in enumerate(pool.imap_unordered(bounded, palettes, 8), 1):
            for figure, extent in (entry for figures in themes for entry in figures.items()):
                met.setdefault(figure, []).append(extent)
            progress(done, len(palettes), f"{name} palettes, every bound")
    measures = [Measure(f"{name}: palettes whose bounds were measured", len(palettes))]
    for figure, found in met.items():
        least = sorted(low for low, _ in found)
        measures += [
            Measure(f"{name}: {figure}, least", least[0], ">=", bounds.LEAST[figure]),
            Measure(f"{name}: {figure}, 5th percentile", least[len(least) // 20]),
        ]
        if figure in bounds.MOST:
            most = max(high for _, high in found)
            measures.append(Measure(f"{name}: {figure}, most", most, "<=", bounds.MOST[figure]))
    return measures


def over(count: int) -> Tally:
    """Measure `count` random palettes, on every core."""
    chunks = [range(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]
    whole, done = Tally(), 0
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        for part in pool.imap_unordered(tally_seeds, chunks):
            whole, done = whole + part, done + CHUNK
            progress(min(done, count), count, "random palettes")
    return whole


def real() -> list[Palette]:
    """Return the palettes that the analysis finds in the corpus's photographs and first images."""
    from image_processing import analysis, metadata  # noqa: PLC0415  Pillow, only where there are images
    from image_processing.decode import pixels  # noqa: PLC0415  Pillow, only where there are images
    from image_processing.errors import ImageError  # noqa: PLC0415
    from image_processing.source import FileSource  # noqa: PLC0415

    found: list[Palette] = []
    for path in (*files(PHOTOGRAPHS), *files(CORPUS)):
        if len(found) == REAL:
            break
        try:
            with FileSource(path) as source:
                image = pixels.decode(source, metadata.read(source), SIDE)
        except (ImageError, OSError):
            continue
        swatches = analysis.analyse(image, colours=COLOURS)["palette"]
        found.append([(swatch["hex"], swatch["share"]) for swatch in swatches])
        progress(len(found), REAL, "real palettes")
    return found


def milliseconds(act: Callable[[Palette], Any], palettes: list[Palette]) -> float:
    """Return the median CPU time of a call, which other programs on the machine lengthen least."""
    times = []
    for palette in palettes:
        start = time.process_time()
        act(palette)
        times.append(time.process_time() - start)
    return 1000 * median(times)


def fresh(statement: str) -> float:
    """Return the least CPU milliseconds, of nine, that a statement takes in a new interpreter."""
    script = f"import time; start = time.process_time()\n{statement}\nprint(time.process_time() - start)"
    runs = [
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        for _ in range(9)
    ]
    return 1000 * min(map(float, runs))


def material(palette: Palette) -> list[float] | None:
    """Return the contrasts of Material's text pairs for a palette's first colour, both modes; None without it."""
    try:
        from materialyoucolor.dynamiccolor import material_dynamic_colors as roles  # noqa: PLC0415
        from materialyoucolor.hct import Hct  # noqa: PLC0415
        from materialyoucolor.scheme.scheme_tonal_spot import SchemeTonalSpot  # noqa: PLC0415
    except ImportError:
        return None
    found = []
    seed = Hct.from_int(0xFF000000 | int((palette or [("#808080", 1)])[0][0][1:], 16))
    for dark in (False, True):
        scheme, colours = SchemeTonalSpot(seed, dark, 0.0), roles.MaterialDynamicColors()
        solved = {
            colour.name: "#" + bytes(colour.get_hct(scheme).to_rgba()[:3]).hex() for colour in colours.all_colors
        }
        for name, value in solved.items():
            under = name[2:3].lower() + name[3:]
            if name.startswith("on") and under in solved:
                found.append(contrast.ratio(value, solved[under]))
    return found


def main() -> NoReturn:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description="Measure what themes promise.")
    parser.add_argument("--palettes", type=int, default=100_000, help="how many random ones")
    count = parser.parse_args().palettes
    timed = [at_random(seed) for seed in range(200)]
    start_up = "from image_processing import theme"
    measures = [
        Measure("a theme from a palette (CPU)", milliseconds(theme.build, timed), "<=", 10, "ms"),
        Measure(
            "the first one, import included (CPU)",
            fresh(f"{start_up}\ntheme.build([('#2e6b3a', 0.7), ('#c1440e', 0.3)])"),
            "<=",
            60,
            "ms",
        ),
        Measure("the import alone (CPU)", fresh(start_up), unit="ms"),
    ]
    if material(timed[0]) is not None:
        met = [ratio for palette in timed for ratio in material(palette) or ()]
        measures += [
            Measure("Material: a scheme, light and dark (CPU)", milliseconds(material, timed), unit="ms"),
            Measure("Material: least contrast of text (`on` pairs)", min(met), unit=":1"),
        ]
    measures += _measures("random", count, over(count))
    measures += extremes("random", [at_random(seed) for seed in range(min(count, BOUND))])
    if palettes := real():
        measures += _measures("real", len(palettes), tally(palettes))
        measures += extremes("real", palettes)
    else:
        print("The corpus is not there: no real palettes (set JANUS_SHARED).")
    conclude("theme", measures)


def _measures(name: str, count: int, met: Tally) -> list[Measure]:
    return [
        Measure(f"{name} palettes", count),
        Measure(f"{name}: pairs measured", met.pairs),
        Measure(f"{name}: pairs that fall short", met.failed, "==", 0),
        Measure(f"{name}: least contrast over what is required", met.room, ">=", 1),
    ]


if __name__ == "__main__":
    main()
