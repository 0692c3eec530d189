"""Make modules wrong in one place at a time and run their tests: `make mutants`.

Each mutant lives in a copy of the project, never in the tree. It is killed where a test fails. Ends with 1 where
fewer than 90 % are, or one survives that tests/mutants/targets.py does not know.
"""

from __future__ import annotations

import argparse
import itertools
import os
import queue
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.mutants.operators import Mutant, mutants
from tests.mutants.targets import TARGETS, Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROJECT = Path(__file__).parent.parent.parent
LEAST_KILLED = 0.9
CPU_SECONDS = 40  # for each file of tests: a mutant that goes round for ever is killed, however busy the machine
BUSY = 5  # how many times longer a file may take on a busy machine: a mutant that waits for ever is killed, too
PASSED = (0, 5)  # exit codes of pytest: all tests passed, or there was none
_NOT_COPIED = (".git", ".venv", "build", "node_modules", ".hypothesis", "*_cache", ".janus*")
_IN_ORDER = itertools.count(1)


class Chosen(NamedTuple):
    """A mutant that is run."""

    module: str
    target: Target
    mutant: Mutant

    @property
    def name(self) -> str:
        """What `Target.known` calls it."""
        return f"{self.mutant.where}: {self.mutant.change}"

    @property
    def place(self) -> str:
        """File and line, and the change."""
        return f"{path(self.module)}:{self.mutant.line}  {self.name}"


class Outcome(NamedTuple):
    """Whether the tests noticed, and how long they took."""

    chosen: Chosen
    killed: bool
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code."""
    options = _parser().parse_args(arguments)
    those = [one for one in chosen(options.number) if options.only in one.place]
    those = sample(those, options.sample) if options.sample else those
    if options.list:
        print(*(one.place for one in those), sep="\n")
        return 0
    copies: queue.Queue[Path] = queue.Queue()
    with tempfile.TemporaryDirectory(prefix="janus-mutants-") as folder:
        for number in range(options.jobs):
            copy = Path(folder) / str(number)
            shutil.copytree(PROJECT, copy, symlinks=True, ignore=shutil.ignore_patterns(*_NOT_COPIED))
            copies.put(copy)
        with ThreadPoolExecutor(options.jobs) as pool:
            tests = sorted({name for one in those for name in (*one.target.pure, *one.target.real)})
            shares = [tests[start :: options.jobs] for start in range(options.jobs)]
            if not all([*pool.map(lambda share: green(copies, share), shares)]):
                return 1
            print(f"{len(those)} mutants; their tests pass without them", flush=True)
            found = list(pool.map(lambda one: tried(copies, one), those))
    return told(found)


def chosen(number: int | None = None) -> Iterator[Chosen]:
    """Yield the mutants of all modules, the same every time; `number` of each, or as many as its target says."""
    for module, target in TARGETS.items():
        made = mutants((PROJECT / path(module)).read_text())
        yield from (Chosen(module, target, mutant) for mutant in itertools.islice(made, number or target.number))


def sample(those: Sequence[Chosen], number: int) -> list[Chosen]:
    """Return a few mutants that pure tests alone must notice: one of each module in turn."""
    pure = [one for one in those if one.target.pure and one.name not in one.target.known]
    by_module = [list(group) for _, group in itertools.groupby(pure, key=lambda one: one.module)]
    turns = itertools.chain.from_iterable(itertools.zip_longest(*by_module))
    return [one._replace(target=one.target._replace(real=())) for one in turns if one is not None][:number]


def path(module: str) -> str:
    """Return the file of a module, in the project."""
    return f"{module.replace('.', '/')}.py"


def green(copies: queue.Queue[Path], tests: Sequence[str]) -> bool:
    """Tell whether tests pass on the project as it is, and print those that fail."""
    copy = copies.get()
    try:
        done = _run(copy, tests)
    finally:
        copies.put(copy)
    if done is None or done.returncode != 0:
        print("these tests fail without any mutant:", done.stdout if done else tests, sep="\n")
        return False
    return True


def tried(copies: queue.Queue[Path], one: Chosen) -> Outcome:
    """Put a mutant into a copy, run its tests until one fails, and put the module back."""
    copy, started = copies.get(), time.monotonic()
    file = copy / path(one.module)
    whole = file.read_text()
    try:
        _write(file, one.mutant.source)
        runs = (_run(copy, stage, "-x") for stage in (one.target.pure, one.target.real) if stage)
        killed = any(done is None or done.returncode not in PASSED for done in runs)
    finally:
        _write(file, whole)
        copies.put(copy)
    print("." if killed else f"\nsurvives: {one.place}", end="" if killed else "\n", flush=True)
    return Outcome(one, killed, time.monotonic() - started)


def told(found: Sequence[Outcome]) -> int:
    """Print what was found; return the exit code."""
    alive = [outcome.chosen for outcome in found if not outcome.killed]
    killed = len(found) - len(alive)
    print(f"\n{killed} of {len(found)} mutants are killed")
    for one in alive:
        print(f"  {one.place}\n    {one.target.known.get(one.name, 'unknown: write the test that kills it')}")
    slowest = sorted(found, key=lambda outcome: -outcome.seconds)[:3]
    print("slowest:", ", ".join(f"{outcome.chosen.module} {outcome.seconds:.0f} s" for outcome in slowest))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"CPU time: {(used.ru_utime + used.ru_stime) / 60:.1f} minutes")
    known = all(one.name in one.target.known for one in alive)
    return 0 if known and killed >= LEAST_KILLED * len(found) else 1


def _write(file: Path, text: str) -> None:
    """Write a module with a time of its own: compiled files are told apart by whole seconds and sizes."""
    file.write_text(text)
    moment = 1_000_000_000 + next(_IN_ORDER)
    os.utime(file, (moment, moment))


def _run(copy: Path, tests: Sequence[str], *options: str) -> subprocess.CompletedProcess[str] | None:
    """Run files of tests; None where they were stopped, because they waited for ever."""
    files, seconds = [f"tests/chalicelib/{name}.py" for name in tests], CPU_SECONDS * len(tests)
    bounded = ["sh", "-c", f'ulimit -t {seconds}; exec "$@"', "sh", sys.executable]
    command = [*bounded, "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider", *options, *files]
    try:
        return subprocess.run(
            command, cwd=copy, capture_output=True, text=True, timeout=BUSY * seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--sample", type=int, metavar="N", help="N of them that pure tests kill in seconds")
    parser.add_argument(
        "--only", default="", metavar="PART", help="those whose line in --list has this in it: a path, a function"
    )
    parser.add_argument("--number", type=int, metavar="N", help="N of each module (as many as its target says)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="at once (all cores)")
    parser.add_argument("--list", action="store_true", help="print them and end")
    return parser


if __name__ == "__main__":
    sys.exit(main())
