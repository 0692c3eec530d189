"""Time and memory of an examination, parent and child together: large images, and a corpus where there is one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.real_files import CORPUS, files
from tests.shared import needs_corpus

pytestmark = pytest.mark.slow

MAX_MEGABYTES = 700
MAX_SECONDS = 10
WORKER = """
import json, resource, sys, time
from image_processing import examine
from image_processing.errors import ImageError
from image_processing.source import FileSource

for line in sys.stdin:
    started, code = time.monotonic(), "ready"
    try:
        with FileSource(json.loads(line)) as source:
            examine.examine(source, sys.argv[1])
    except ImageError as error:
        code = error.code
    print(json.dumps([code, time.monotonic() - started]), flush=True)
examine._pool().close()
with open("/proc/self/status") as file:  # getrusage would count the memory of whoever started this process
    own = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
print(json.dumps((own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024))
"""

if not Path("/proc/self/statm").exists():
    pytest.skip("needs Linux's account of memory", allow_module_level=True)


def measured(paths, profile="standard"):
    """Examine files in one process; return code and seconds of each, and the megabytes at the peak of all."""
    lines = "".join(json.dumps(str(path)) + "\n" for path in paths)
    done = subprocess.run(
        [sys.executable, "-c", WORKER, profile],
        input=lines,
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    *answers, peak = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(paths), f"ended at {paths[len(answers)]}: {done.stderr[-2000:]}"
    return answers, peak


def noise(size, mode):
    band = Image.effect_noise((512, 512), 60).resize(size)
    return band.convert("I").convert("I;16") if mode == "I;16" else Image.merge(mode, [band] * len(mode))


LARGE: dict[str, tuple[tuple[int, int], str, dict[str, Any]]] = {
    "large.jpg": ((10_000, 10_000), "RGB", {}),
    "progressive.jpg": ((8000, 6000), "RGB", {"progressive": True}),
    "large.png": ((8000, 8000), "RGB", {"compress_level": 1}),
    "sixteen.png": ((8000, 8000), "I;16", {"compress_level": 1}),
    "print.tif": ((6000, 6000), "CMYK", {}),
    "large.webp": ((6000, 4000), "RGB", {"method": 0}),
    "translucent.png": ((6000, 4000), "RGBA", {"compress_level": 1}),
    "lossless.jp2": ((4000, 4000), "RGB", {}),
    "large.gif": ((7000, 7000), "RGB", {}),
}


@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("profile", ["standard", "full"])
def test_a_large_image_is_examined_within_bounds(name, profile, tmp_path):
    """What is accepted is examined whole in less memory than was promised, and under the hard limit."""
    size, mode, options = LARGE[name]
    noise(size, mode).save(tmp_path / name, **options)

    [[code, _]], peak = measured([tmp_path / name], profile)

    assert code == "ready"
    assert peak < MAX_MEGABYTES


@pytest.mark.parametrize(
    ("size", "mode", "name", "options"),
    [((10_000, 10_000), "CMYK", "print.tif", {}), ((12_000, 10_000), "RGB", "large.png", {"compress_level": 1})],
)
def test_an_image_too_large_is_refused_in_no_memory(size, mode, name, options, tmp_path):
    """What is refused is refused from its header: nothing is spent on it."""
    path = tmp_path / name
    Image.new(mode, size).save(path, **options)

    small = tmp_path / "small.png"
    Image.new("L", (64, 64)).save(small)
    ordinary = measured([small])[1]

    [[code, _]], peak = measured([path])

    assert code == "too_many_pixels"
    assert peak < ordinary + 64


@needs_corpus
@pytest.mark.parametrize("profile", ["standard", "full"])
def test_a_corpus_of_real_and_broken_files_keeps_the_bounds(profile):
    """Every file ends examined or refused by name: no crash, none over ten seconds, none over the memory."""
    paths = files(CORPUS)

    answers, peak = measured(paths, profile)

    assert [path for path, (_, seconds) in zip(paths, answers, strict=True) if seconds >= MAX_SECONDS] == []
    assert peak < MAX_MEGABYTES
    assert sum(code == "ready" for code, _ in answers) > len(answers) // 2
