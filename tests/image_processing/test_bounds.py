"""Time and memory of a decode, measured in its own process: large images, and a corpus where there is one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.shared import CORPUS, files
from tests.shared import needs_corpus

pytestmark = pytest.mark.slow

MAX_GROWTH = 400  # megabytes
MAX_SECONDS = 10
WORKER = """
import json, resource, sys, time
from image_processing import derive, metadata
from image_processing.decode import pixels
from image_processing.errors import ImageError
from image_processing.source import FileSource

resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))

def status(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name)) / 1024

for line in sys.stdin:
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak counts from here
    before, started, code = status("VmRSS"), time.monotonic(), "ready"
    try:
        with FileSource(json.loads(line)) as source:
            derive.thumbnails(pixels.decode(source, metadata.read(source)))
    except ImageError as error:
        code = error.code
    answer = {"code": code, "seconds": time.monotonic() - started, "growth": status("VmHWM") - before}
    print(json.dumps(answer), flush=True)
"""

if not Path("/proc/self/clear_refs").exists():
    pytest.skip("needs Linux's account of memory", allow_module_level=True)


def measured(paths):
    """Decode files and make their thumbnails; give code, seconds and megabytes of each."""
    lines = "".join(json.dumps(str(path)) + "\n" for path in paths)
    done = subprocess.run(
        [sys.executable, "-c", WORKER], input=lines, capture_output=True, text=True, check=False, timeout=1800
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(paths), f"ended at {paths[len(answers)]}: {done.stderr[-2000:]}"
    return answers


def noise(size, mode):
    band = Image.effect_noise((512, 512), 60).resize(size)
    return band.convert("I").convert("I;16") if mode == "I;16" else Image.merge(mode, [band] * len(mode))


@pytest.mark.parametrize(
    ("size", "mode", "name", "options"),
    [
        ((10_000, 10_000), "RGB", "large.jpg", {}),
        ((8000, 6000), "RGB", "progressive.jpg", {"progressive": True}),
        ((8000, 8000), "RGB", "large.png", {"compress_level": 1}),
        ((8000, 8000), "I;16", "sixteen.png", {"compress_level": 1}),
        ((6000, 6000), "CMYK", "print.tif", {}),
        ((6000, 4000), "RGB", "large.webp", {"method": 0}),
    ],
)
def test_a_large_image_is_decoded_within_bounds(size, mode, name, options, tmp_path):
    """What is accepted is decoded in less memory than was promised."""
    path = tmp_path / name
    noise(size, mode).save(path, **options)

    answer = measured([path])[0]

    assert answer["code"] == "ready"
    assert answer["growth"] < MAX_GROWTH


@pytest.mark.parametrize(
    ("size", "mode", "name", "options"),
    [((10_000, 10_000), "CMYK", "print.tif", {}), ((12_000, 10_000), "RGB", "large.png", {"compress_level": 1})],
)
def test_an_image_too_large_is_refused_in_no_memory(size, mode, name, options, tmp_path):
    """What is refused is refused from its header: nothing is spent on it."""
    path = tmp_path / name
    Image.new(mode, size).save(path, **options)

    answer = measured([path])[0]

    assert answer["code"] == "too_many_pixels"
    assert answer["growth"] < 64


@needs_corpus
def test_a_corpus_of_real_and_broken_files_keeps_the_bounds():
    """Every file ends decoded or refused by name: no crash, none over ten seconds, none over the memory."""
    paths = files(CORPUS)

    answers = measured(paths)

    for path, answer in zip(paths, answers, strict=True):
        assert answer["seconds"] < MAX_SECONDS, path
        assert answer["growth"] < MAX_GROWTH, path
    assert sum(answer["code"] == "ready" for answer in answers) > len(answers) // 2
