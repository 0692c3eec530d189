"""Fuzz by structure: files that agree with their own lies, each read in a process of its own."""

from __future__ import annotations

import hashlib
import re
import time
from typing import TYPE_CHECKING

from tests import samples
from tests.fuzz import process
from tests.fuzz.structures import GENERATORS
from tests.fuzz.structures.dice import Dice
from tests.fuzz.structures.known import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def seeds(first: int, names: Iterable[str] = GENERATORS) -> Iterator[tuple[str, int]]:
    """Give generators in turn, each with a seed of its own, for ever."""
    names = tuple(names)
    while True:
        yield names[first % len(names)], first
        first += 1


def made(first: int, names: Iterable[str] = GENERATORS) -> Iterator[tuple[str, bytes]]:
    """Make the kinds that are known, then files by chance, for ever."""
    for name, make in KNOWN.items():
        yield re.sub("[^a-z0-9]+", "-", name), make()
    for name, seed in seeds(first, names):
        yield f"{name}-{seed}", GENERATORS[name](Dice(seed))


def run(files: Iterable[tuple[str, bytes]], folder: Path, seconds: float) -> tuple[int, list[Path]]:
    """Try files until the time is over; give their number, and those that broke a promise.

    Each of those is kept in the folder, named by its kind and a hash; what it broke is printed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, end = folder / "current", time.monotonic() + seconds
    path.write_bytes(samples.jpeg((800, 600)))
    ordinary = process.run(path).megabytes
    count, kept = 0, []
    for name, data in files:
        if time.monotonic() > end:
            break
        path.write_bytes(data)
        broken = process.run(path).broken(ordinary)
        count += 1
        if broken:
            kept.append(folder / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}")
            path.rename(kept[-1])
            print(f"{kept[-1]}: {broken}", flush=True)
    path.unlink(missing_ok=True)
    return count, kept
