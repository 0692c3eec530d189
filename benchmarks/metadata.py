"""The cost of reading metadata: bytes fetched by ranges, requests, memory, and time beside ExifTool kept open.

    python benchmarks/metadata.py

The corpus is found as in benchmarks/fidelity.py. The last line printed is JSON: every measure, its value, its
limit. Exits 1 when one falls short, 0 when all are reached or the corpus is not there. ExifTool is measured
where it is installed.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.fidelity import corpus, report
from image_processing import metadata
from image_processing.errors import ImageError
from image_processing.source import BytesSource, FileSource, RangeSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from image_processing.source import Source

LARGE = 64 * 1024  # bytes; a smaller file is fetched whole
ROUNDS = 5  # the best of them counts

TARGETS = {
    "bytes fetched of files over 64 KB, %": (15.0, "at most"),
    "requests, median": (3, "at most"),
    "files whose fields differ by ranges": (0, "at most"),
    "memory at the peak, MB": (64, "at most"),
}
FASTER = {"times faster than ExifTool kept open": (20.0, "at least")}


class Cost(NamedTuple):
    """The cost of reading one file by ranges."""

    size: int
    fetched: int
    requests: int
    same: bool


def fields(source: Source) -> Mapping[str, Any] | None:
    """Read the fields of a file, those of a refused one too."""
    try:
        return metadata.read(source).values
    except ImageError as error:
        return error.metadata.values if error.metadata else None


def by_ranges(data: bytes) -> Cost:
    """Read a file as S3 would serve it."""
    ranged = RangeSource(len(data), lambda offset, length: data[offset : offset + length])
    found = fields(ranged)
    return Cost(len(data), ranged.fetched, ranged.requests, found == fields(BytesSource(data)))


def peak(path: Path) -> float:
    """Give the megabytes that reading a file takes at most."""
    tracemalloc.start()
    with FileSource(path) as source:
        fields(source)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def fastest(read: Callable[[], object]) -> float:
    """Give the seconds of the fastest of some rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        read()
        times.append(time.perf_counter() - start)
    return min(times)


class ExifTool(contextlib.AbstractContextManager["ExifTool"]):
    """ExifTool as a process that is kept open."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["exiftool", "-stay_open", "True", "-@", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return self

    def read(self, path: Path) -> bytes:
        """Read a file as JSON."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"-j\n-n\n-G1\n{path}\n-execute\n".encode())
        self._process.stdin.flush()
        out = b""
        while not out.endswith(b"{ready}\n"):
            line = self._process.stdout.readline()
            if not line:
                raise OSError("ExifTool ended")
            out += line
        return out

    def __exit__(self, *_: object) -> None:
        self._process.communicate(b"-stay_open\nFalse\n")


def cameras(paths: list[Path]) -> list[Path]:
    """Choose the JPEG files that carry an exposure."""
    chosen = []
    for path in paths:
        with FileSource(path) as source:
            found = fields(source) or {}
        if found.get("format") == "JPEG" and "exposure_time" in found:
            chosen.append(path)
    return chosen


def read_file(path: Path) -> None:
    """Read one file from disk."""
    with FileSource(path) as source:
        fields(source)


def main() -> int:
    """Measure, print, and judge."""
    home = corpus()
    if home is None:
        print("The corpus is not there: set JANUS_SHARED to the folder that holds fidelity/.")
        return 0
    paths = sorted(path for path in (home / "corpus").rglob("*") if path.is_file())
    costs = [by_ranges(path.read_bytes()) for path in paths if path.stat().st_size > LARGE]
    ours: dict[str, float] = {
        "bytes fetched of files over 64 KB, %": round(
            100 * sum(cost.fetched for cost in costs) / sum(cost.size for cost in costs), 1
        ),
        "requests, median": median(cost.requests for cost in costs),
        "files whose fields differ by ranges": sum(not cost.same for cost in costs),
        "memory at the peak, MB": round(max(peak(path) for path in paths), 1),
    }
    targets = dict(TARGETS)
    chosen = cameras(paths)
    janus = median(fastest(lambda path=path: read_file(path)) for path in chosen)  # type: ignore[misc]
    print(f"JPEG with Exif: {len(chosen)} files, {janus * 1000:.2f} ms (median)")
    if shutil.which("exiftool"):
        with ExifTool() as tool:
            tool.read(chosen[0])  # the process has started when this answers
            theirs = median(fastest(lambda path=path: tool.read(path)) for path in chosen)  # type: ignore[misc]
        print(f"ExifTool kept open: {theirs * 1000:.2f} ms (median)")
        ours["times faster than ExifTool kept open"] = round(theirs / janus, 1)
        targets |= FASTER
    return report(ours, {}, targets)


if __name__ == "__main__":
    sys.exit(main())
