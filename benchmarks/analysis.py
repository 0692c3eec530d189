"""The whole look at an image: its time beside Pillow's plain decode, near-duplicates, memory, a corpus.

    python benchmarks/analysis.py [--corpus]

Metadata, one decode to 256 pixels, the standard analysis with its fingerprints, and a thumbnail, over
`Image.open().load()` of the same bytes; and, for comparison, the same with the three thumbnails that ingest makes
from a decode to 1280. Times are CPU time, ratios those of one run and the next. With --corpus every file of the
shared corpus is analysed, too. The photographs and the corpus are found through JANUS_SHARED or in ../shared. The
last line printed is JSON; exits 1 when a figure falls short.
"""

from __future__ import annotations

import argparse
import io
import itertools
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from PIL import Image

from benchmarks import photographs
from benchmarks.report import Measure, conclude, progress
from chalicelib.catalogue.index import phash_bands
from image_processing import analysis, derive, metadata, thumbnail_sizes
from image_processing.analysis import fingerprint
from image_processing.decode import codestreams, pixels
from image_processing.errors import ImageError
from image_processing.source import BytesSource, FileSource
from tests.real_files import FIDELITY, files

ROOT = Path(__file__).resolve().parent.parent
LARGE = 11_000_000  # pixels
COPIES = ((0.5, 60), (0.7, 75), (0.25, 85), (1.0, 40))  # scale, JPEG quality
HANG = 20.0  # seconds

_PEAK = r"""
import re, sys
sys.path.insert(0, sys.argv[2])
from image_processing import analysis, metadata
from image_processing.decode import pixels
from image_processing.errors import ImageError
from image_processing.source import FileSource
with FileSource(sys.argv[1]) as source:
    try:
        analysis.analyse(pixels.decode(source, metadata.read(source)))
    except ImageError as refusal:
        print(refusal.code, file=sys.stderr)
print(int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) / 1024)  # rusage's is the parent's
"""


def look(data: bytes, side: int = 256) -> analysis.types.Analysis:
    """Do all that a standard analysis is, thumbnails up to the side of the decode."""
    source = BytesSource(data)
    image = pixels.decode(source, metadata.read(source), side)
    derive.thumbnails(image, {name: size for name, size in thumbnail_sizes.SIDES.items() if size <= side})
    return analysis.analyse(image)


def speed(files: dict[str, bytes]) -> list[Measure]:
    """Compare with Pillow's decode: baseline and progressive."""
    baseline, progressive, scans, arrayed, ingest, own = [], [], [], [], [], []
    for done, data in enumerate(files.values(), 1):
        header = Image.open(io.BytesIO(data))
        look(data)

        def plain() -> None:
            Image.open(io.BytesIO(data)).load()  # noqa: B023

        ours = photographs.ratio(lambda: look(data), plain, 7)  # noqa: B023
        if header.info.get("progressive"):
            progressive.append(ours)
            scans.append(photographs.ratio(lambda: _first_scans(data), plain))  # noqa: B023
        elif header.width * header.height >= LARGE:
            baseline.append(ours)
            arrayed.append(photographs.ratio(lambda: look(data), lambda: np.array(Image.open(io.BytesIO(data)))))  # noqa: B023
            ingest.append(photographs.ratio(lambda: look(data, pixels.MAX_SIDE), plain, 3))  # noqa: B023
        image = pixels.decode(BytesSource(data), metadata.read(BytesSource(data)), 256)
        own.append(photographs.milliseconds(lambda: analysis.analyse(image), 7))  # noqa: B023
        progress(done, len(files), "times")
    return [
        Measure("over Pillow's decode, baseline, 11 megapixels and more", median(baseline), "<=", 0.65),
        Measure("over Pillow's decode, progressive", median(progressive), "<=", 0.25),
        Measure("of which libjpeg's decode of the first scans", median(scans)),
        Measure("over decoding into an array, as the first", median(arrayed), "<=", 0.30),
        Measure("as ingest does it, three thumbnails: over the decode", median(ingest)),
        Measure("the analysis alone", median(own), unit="ms"),
    ]


def _first_scans(data: bytes) -> None:
    """Decode an eighth of a progressive JPEG from its needed scans, with Pillow alone."""
    image = Image.open(io.BytesIO(codestreams.jpeg_dc_scans(data)))
    image.draft(None, (image.width // 8, image.height // 8))
    image.load()


def duplicates(files: dict[str, bytes]) -> list[Measure]:
    """Look copies up by the bands of their perceptual hash; measure how far unrelated images are apart."""
    hashes, found, copies, most = [], 0, 0, 0
    for data in files.values():
        original = look(data)["fingerprint"]["phash"]
        hashes.append(original)
        looked_up = set(phash_bands.alike(int(original, 16)))
        most = max(most, len(looked_up))
        image = Image.open(io.BytesIO(data))
        image.draft(None, (image.width // 2, image.height // 2))  # a copy of the whole would take seconds more
        image.load()
        for scale, quality in COPIES:
            out = io.BytesIO()
            size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
            image.resize(size).save(out, "JPEG", quality=quality, icc_profile=image.info.get("icc_profile"),
                                    exif=image.info.get("exif", b""))  # fmt: skip
            copy = look(out.getvalue())["fingerprint"]["phash"]
            found += not looked_up.isdisjoint(phash_bands.stored(int(copy, 16)))
            copies += 1
    apart = min(fingerprint.distance(one, other) for one, other in itertools.combinations(hashes, 2))
    return [
        Measure("copies found through bands", 100 * found / copies, "==", 100, "%"),
        Measure("look-ups of an image, at most", most, "<=", 16),
        Measure("unrelated photographs apart by at least", apart, ">=", 12, "bits"),
    ]


def memory() -> list[Measure]:
    """Measure the greatest memory of a process that analyses large images."""
    ramp = Image.linear_gradient("L")
    colours = Image.merge("RGB", (ramp, ramp.transpose(Image.Transpose.ROTATE_90), ramp))
    deep = Image.fromarray(np.add.outer(np.arange(4000) * 8, np.arange(4000) * 8).astype(np.uint16))
    made: dict[str, tuple[Image.Image, str, dict[str, Any]]] = {
        "a JPEG of 100 megapixels": (colours.resize((10_000, 10_000)), "jpg", {}),
        "a progressive JPEG of 100 megapixels": (colours.resize((10_000, 10_000)), "jpg", {"progressive": True}),
        "a 16-bit PNG of 16 megapixels": (deep, "png", {"compress_level": 1}),
        "a CMYK TIFF of 36 megapixels": (colours.resize((6000, 6000)).convert("CMYK"), "tif", {}),
    }
    measures = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (image, suffix, options) in made.items():
            path = Path(folder, f"large.{suffix}")
            image.save(path, **options)
            done = subprocess.run(
                [sys.executable, "-c", _PEAK, str(path), str(ROOT)], capture_output=True, text=True, check=True
            )
            refused = f" (refused: {done.stderr.strip()})" if done.stderr.strip() else ""
            measures.append(Measure(f"memory of {name}{refused}", float(done.stdout), "<=", 400, "MB"))
    return measures


def corpus() -> list[Measure]:
    """Analyse every file; a refusal with a code of Janus's own is no crash."""
    paths = files(FIDELITY)
    analysed = crashes = hangs = 0
    for done, path in enumerate(paths, 1):
        start = time.monotonic()
        try:
            with FileSource(path) as source:
                analysis.analyse(pixels.decode(source, metadata.read(source)))
            analysed += 1
        except ImageError:
            pass
        except Exception as error:
            crashes += 1
            print(f"{path.name}: {error!r}", file=sys.stderr)
        hangs += time.monotonic() - start > HANG
        progress(done, len(paths), "files")
    return [
        Measure("files of the corpus analysed", analysed),
        Measure("refused with a code", len(paths) - analysed - crashes),
        Measure("crashes", crashes, "==", 0),
        Measure("hangs", hangs, "==", 0),
    ]


def main() -> None:
    """Measure and conclude."""
    parser = argparse.ArgumentParser(description="Measure the analysis.")
    parser.add_argument("--corpus", action="store_true", help="analyse every file of the shared corpus, too")
    options = parser.parse_args()
    files = photographs.load()
    measures = [*speed(files), *duplicates(files), *memory()]
    if options.corpus:
        measures += corpus()
    conclude("analysis", measures)


if __name__ == "__main__":
    main()
