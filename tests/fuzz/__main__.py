"""Fuzz every reader: `python -m tests.fuzz [--structures] [--seconds N] [--seeds DIR]`.

Bytes are mutated and read in this process; with atheris installed (`pip install atheris`) coverage guides the
search, otherwise chance does. With `--structures` files are made that agree with their own lies (sizes, counts and
tiles set together), and each is read and decoded in a process of its own, within its limits of memory and time.
Every crash is printed and written as a file, once a place; the exit code is 1 when there was one.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

MAX_MEMORY = 2 << 30  # bytes of address space


def main() -> int:
    """Fuzz for a while; 1 when something crashed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz every reader.")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seeds", type=Path, help="a folder of files to start from, besides those made")
    parser.add_argument("--crashes", type=Path, default=Path("build/crashes"), help="where crashes are written")
    parser.add_argument("--structures", action="store_true", help="files that agree with their own lies")
    parser.add_argument("--seed", type=int, help="with --structures: the number of the first file (by chance)")
    parser.add_argument(
        "--guided", action="store_true", help=argparse.SUPPRESS
    )  # the child that atheris takes over
    options = parser.parse_args()
    if options.guided:
        return _guided(options)
    if options.structures:
        return _by_structure(options)
    if importlib.util.find_spec("atheris") is None:
        return _by_chance(options)
    # libFuzzer ends its process itself, so it gets one of its own
    done = subprocess.run([sys.executable, "-m", "tests.fuzz", *sys.argv[1:], "--guided"], check=False)
    return 1 if done.returncode or _written(options.crashes) else 0


def _by_chance(options: argparse.Namespace) -> int:
    from tests.fuzz import mutation, target

    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    crashes = target.Crashes(options.crashes)
    count = mutation.run(_seeds(options), crashes.try_one, seconds=options.seconds, chance=random.Random())
    print(f"{count} inputs in {options.seconds} seconds, {len(crashes.places)} crashes")
    return 1 if crashes.places else 0


def _by_structure(options: argparse.Namespace) -> int:
    from tests.fuzz import structured

    first = random.randrange(1 << 30) if options.seed is None else options.seed
    count, kept = structured.run(structured.made(first), options.crashes, options.seconds)
    print(f"{count} files in {options.seconds} seconds from seed {first}, {len(kept)} broke a promise")
    return 1 if kept else 0


def _guided(options: argparse.Namespace) -> int:
    import atheris

    with atheris.instrument_imports(include=["image_processing"]):
        from tests.fuzz import target

    crashes = target.Crashes(options.crashes)
    with tempfile.TemporaryDirectory() as folder:
        for index, seed in enumerate(_seeds(options)):
            Path(folder, f"seed-{index:05}").write_bytes(seed)
        options.crashes.mkdir(parents=True, exist_ok=True)
        limits = [f"-max_total_time={options.seconds}", "-timeout=20", "-rss_limit_mb=2048", "-max_len=65536"]
        atheris.Setup(["fuzz", *limits, f"-artifact_prefix={options.crashes}{os.sep}", folder], crashes.try_one)
        atheris.Fuzz()
    return 0


def _seeds(options: argparse.Namespace) -> list[bytes]:
    from tests.fuzz import seeds

    return seeds.made() + (seeds.found(options.seeds) if options.seeds else [])


def _written(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


if __name__ == "__main__":
    sys.exit(main())
