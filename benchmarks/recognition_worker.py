"""Read pictures for `recognition`, in a process of its own on one processor: with Janus, or with rapidocr.

Each line of the input names a file and the kinds to look for; each line of the output is its answer in JSON. It
imports nothing that an environment with rapidocr alone would lack.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = Callable[[Any, list[str]], list[list[Any]]]


def janus() -> Reader:
    """Return a reader by Janus: kind, value, and the middle of the box in pixels."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from image_processing import recognition  # noqa: PLC0415

    def read(pixels: Any, kinds: list[str]) -> list[list[Any]]:
        height, width = pixels.shape[:2]
        return [
            [
                one.kind,
                one.value or one.score,
                width * (one.box.left + one.box.width / 2) if one.box else 0.0,
                height * (one.box.top + one.box.height / 2) if one.box else 0.0,
            ]
            for one in recognition.recognize(pixels, kinds)
        ]

    return read


def rapidocr() -> Reader:
    """Return a reader by rapidocr, at its defaults, on one thread."""
    from rapidocr import RapidOCR  # noqa: PLC0415

    threads = "EngineConfig.onnxruntime.{}_op_num_threads"
    engine = RapidOCR(params={threads.format("intra"): 1, threads.format("inter"): 1, "Global.log_level": "error"})

    def read(pixels: Any, kinds: list[str]) -> list[list[Any]]:
        del kinds
        found = engine(pixels[:, :, ::-1])  # it takes blue, green, red
        if found.boxes is None:
            return []
        middles = np.asarray(found.boxes).mean(axis=1).tolist()
        return [["text", text, x, y] for text, (x, y) in zip(found.txts, middles, strict=True)]

    return read


def main() -> None:
    """Answer until the input ends."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    read = {"janus": janus, "rapidocr": rapidocr}[sys.argv[1]]()
    for line in sys.stdin:
        asked = json.loads(line)
        with Image.open(asked["path"]) as image:
            pixels = np.asarray(image.convert("RGB"))
        start = time.process_time()
        found = read(pixels, asked["kinds"])
        taken = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # megabytes on Linux
        print(json.dumps({"found": found, "seconds": taken, "megabytes": peak}), flush=True)


if __name__ == "__main__":
    main()
