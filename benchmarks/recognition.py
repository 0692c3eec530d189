"""What is recognized in pictures: characters right, faces, time and memory, beside rapidocr.

    python benchmarks/recognition.py [--fonts 20]

Pages are rendered by `recognition_pages`: in fonts of this machine, on paper and on photographs, turned by up to
5 degrees. The photographs are those of JANUS_SHARED or ../shared; without them, the samples. Spaces do not count.
rapidocr is the peer, with the same models, where JANUS_RAPIDOCR names a Python in whose environment
`pip install rapidocr onnxruntime` has been run; both read each page in turn. Times are CPU time on one processor.
No figure is given for faces and unsafe pictures: no openly licensed photographs that show them are here.
The last line printed is JSON; exits 1 when a figure falls short.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PIL import Image, ImageOps

from benchmarks import recognition_pages
from benchmarks.report import Measure, conclude, progress
from image_processing import recognition
from samples import album
from tests.real_files import PHOTOGRAPHS

if TYPE_CHECKING:
    from benchmarks.recognition_pages import Page

WORKER = Path(__file__).with_name("recognition_worker.py")
WITHOUT_TEXT = 20


class Reader:
    """A process that reads pictures."""

    def __init__(self, python: str, name: str) -> None:
        self._process = subprocess.Popen(
            [python, str(WORKER), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.megabytes = 0.0

    def read(self, image: Image.Image, *kinds: str) -> dict[str, Any]:
        """Return what is found in a picture, and the seconds it took."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            image.save(file, compress_level=1)
            file.flush()
            self._process.stdin.write(json.dumps({"path": file.name, "kinds": kinds}) + "\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        self.megabytes = answer["megabytes"]
        return answer

    def end(self) -> None:
        """End the process."""
        self._process.communicate()


def distance(one: str, other: str) -> int:
    """Return the fewest insertions, deletions and replacements of characters between two texts (Levenshtein)."""
    row = list(range(len(other) + 1))
    for number, mine in enumerate(one, 1):
        before, row[0] = row[0], number
        for position, theirs in enumerate(other, 1):
            before, row[position] = (
                row[position],
                min(row[position] + 1, row[position - 1] + 1, before + (mine != theirs)),
            )
    return row[-1]


def count(page: Page, found: list[list[Any]]) -> Counter[tuple[str, str]]:
    """Return the characters of a page, and those that are wrong, by size of the text; spaces do not count."""
    placed = [(text, *page.before_the_turn(x, y)) for kind, text, x, y in found if kind == "text"]
    counted = Counter[tuple[str, str]]()
    for line in page.lines:
        parts = sorted((x, text) for text, x, y in placed if line.top <= y <= line.bottom)
        right, read = line.text.replace(" ", ""), "".join(text for _, text in parts).replace(" ", "")
        size = "small" if line.size < recognition_pages.SMALL else "large"
        counted[size, "all"] += len(right)
        counted[size, "wrong"] += min(distance(right, read), len(right))
    return counted


def photographs() -> list[Image.Image]:
    """Return photographs of at most 1,280 pixels: the shared ones, or the project's own samples."""
    samples = Path(__file__).parents[1] / "samples"
    images = []
    for path in sorted(PHOTOGRAPHS.glob("*.jpg")) or [samples / "harbour.jpg", samples / "dunes.webp"]:
        with Image.open(path) as image:
            image.draft("RGB", (2 * recognition.MAX_SIDE,) * 2)
            whole = ImageOps.exif_transpose(image).convert("RGB")
        whole.thumbnail((recognition.MAX_SIDE,) * 2)
        images.append(whole)
    return images


def without_text() -> list[Image.Image]:
    """Return drawn scenes without a letter."""
    files = (photograph.data for photograph in album.photographs("without text", WITHOUT_TEXT))
    return [Image.open(io.BytesIO(data)).convert("RGB") for data in files]


def read_pages(
    kind: str, pages: list[Page], reader: Reader, peer: Reader | None
) -> tuple[list[Measure], dict[str, list[float]]]:
    """Return the figures of pages of a kind, and the seconds that each reader took for each."""
    counted = {"Janus": Counter[tuple[str, str]](), "rapidocr": Counter[tuple[str, str]]()}
    seconds: dict[str, list[float]] = {"Janus": [], "rapidocr": []}
    for number, page in enumerate(pages, 1):
        for name, one in (("Janus", reader), ("rapidocr", peer)):
            if one:
                answer = one.read(page.image, "text")
                counted[name] += count(page, answer["found"])
                seconds[name].append(answer["seconds"])
        progress(number, len(pages), f"{kind} pages")
    right = {
        name: {
            size: 100 - 100 * figures[size, "wrong"] / figures[size, "all"]
            for size in ("large", "small")
            if figures[size, "all"]
        }
        for name, figures in counted.items()
    }
    ours, theirs = right["Janus"], right["rapidocr"]
    least = {"plain": 97.0, "photograph": 90.0}[kind]
    measures = [
        Measure(f"{kind}: characters right, 20 px and more", ours["large"], ">=", least, "%"),
        Measure(f"{kind}: characters right, below 20 px", ours["small"], unit="%"),
    ]
    if peer:
        measures += [
            Measure(f"{kind}: rapidocr, 20 px and more", theirs["large"], unit="%"),
            Measure(f"{kind}: rapidocr, below 20 px", theirs["small"], unit="%"),
            Measure(f"{kind}: points behind rapidocr", theirs["large"] - ours["large"], "<=", 0.5),
        ]
    return measures, seconds


def main() -> None:
    """Read all pages, then photographs with every annotator."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", type=int, default=20)
    fonts = recognition_pages.fonts(parser.parse_args().fonts)
    print(f"{len(fonts)} fonts: {', '.join(path.stem for path in fonts)}")
    python = os.environ.get("JANUS_RAPIDOCR")
    reader, peer = Reader(sys.executable, "janus"), Reader(python, "rapidocr") if python else None
    backgrounds = photographs()
    measures, ratios = [], []
    for kind, papers in (("plain", []), ("photograph", backgrounds)):
        figures, seconds = read_pages(kind, list(recognition_pages.draw(fonts, papers)), reader, peer)
        measures += figures
        measures.append(Measure(f"{kind}: seconds a page", median(seconds["Janus"]), unit="s"))
        ratios += [mine / theirs for mine, theirs in zip(seconds["Janus"], seconds["rapidocr"], strict=False)]
    if peer:
        measures.append(Measure("time by rapidocr's", median(ratios), "<=", 1.0))
        measures.append(Measure("memory by rapidocr's", reader.megabytes / peer.megabytes, "<=", 1.0))
        peer.end()
    empty = without_text()
    read = sum(len(reader.read(image, "text")["found"]) for image in empty)
    measures.append(Measure(f"lines read on {len(empty)} pictures without text", read, "<=", 0))
    for name, images, most in (
        ("a photograph of 1,280 px", backgrounds, 1.5),
        ("the same with 20 lines", [recognition_pages.with_lines(image, fonts[0]) for image in backgrounds], 2.5),
    ):
        seconds_each = [reader.read(image, *sorted(recognition.available()))["seconds"] for image in images]
        measures.append(Measure(f"every annotator, {name}", median(seconds_each), "<=", most, "s"))
    measures.append(Measure("memory of every annotator", reader.megabytes, "<=", 700, "MB"))
    reader.end()
    conclude("recognition", measures)


if __name__ == "__main__":
    main()
