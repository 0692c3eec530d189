"""Half an hour of mixed requests: nothing fails, nothing grows, nothing is lost.

    python benchmarks/soak.py [--minutes 30] [--clients 8] [--seed N]

Starts the system of `make run` on free ports, with a state folder of its own, and without autoreload. Clients
upload, overwrite, edit, share, search and delete, each with its own user and a few images, and wait for each
upload to be ready. Memory and open files of each process are sampled once a second: "start" is the first tenth
of the time, "half" the fifth, "end" the last. The offline AWS holds its tables in memory, where tombstones stay
for days: at the end it is compared with a new process that has read the same state. When the clients have
stopped, every answered operation is checked, and the counts are compared with a recount.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.report import Measure, conclude
from tests import whole
from tests.mixed import Client, InDoubtError, RefusedError
from tests.system import PROJECT, System

IMAGES = 25  # of a client, so that their number is constant after minutes
FORGET_SECONDS = 60.0  # a function relies for 30 s on an API key that it has read
API, AWS = "API and functions", "offline AWS"
FLAT = 1.05  # memory at the end / at half
BEYOND_DATA = 1.3  # memory at the end / of a new process with the same data
SETTLED_FILES = 5  # that a process may have open at the end beyond those at half


class Usage(NamedTuple):
    """Resources of one process."""

    megabytes: float
    files: int


class Processes:
    """The processes of a system, by their part in it, and their usage."""

    def __init__(self, system: System) -> None:
        self.pids = {API: system.process.pid, AWS: system.server["pid"]}
        self.samples: dict[str, list[Usage]] = {name: [] for name in self.pids}
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def begin(self) -> None:
        """Sample from now on."""
        self._sampler.start()

    def end(self) -> None:
        """Sample no more."""
        self._ended.set()
        self._sampler.join()

    def mean(self, name: str, tenth: int) -> Usage:
        """Return the usage of a process in one tenth of the time, 0 to 9."""
        samples = self.samples[name]
        part = samples[len(samples) * tenth // 10 : max(len(samples) * (tenth + 1) // 10, 1)]
        megabytes, files = zip(*part, strict=True)
        return Usage(statistics.mean(megabytes), max(files))

    def _sample(self) -> None:
        while not self._ended.wait(1):
            for name, pid in self.pids.items():
                files = len([*Path(f"/proc/{pid}/fd").iterdir()])
                self.samples[name].append(Usage(resident(pid), files))


class Soak:
    """Clients at work, and their results."""

    def __init__(self, system: System, clients: int, seed: int) -> None:
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        self.statuses: Counter[int] = Counter()
        self.ready: list[float] = []
        self.slow = 0
        self._lock = threading.Lock()
        self.clients = [
            Client(system, f"{seed} {number}", self.tell, most=IMAGES, reads=True) for number in range(clients)
        ]

    def tell(self, kind: str, seconds: float, status: int) -> None:
        """Note a request."""
        with self._lock:
            self.seconds[kind].append(seconds)
            self.statuses[status] += 1

    def run(self, minutes: float) -> None:
        """Have all clients work for a time."""
        deadline = time.monotonic() + minutes * 60
        with ThreadPoolExecutor(len(self.clients)) as pool:
            for ended in [pool.submit(self._work, client, deadline) for client in self.clients]:
                while not ended.done():
                    time.sleep(min(60, max(deadline - time.monotonic(), 0) + 1))
                    left = max(deadline - time.monotonic(), 0) / 60
                    print(f"{self.statuses.total():,} requests, {left:.0f} minutes left", file=sys.stderr)
                ended.result()

    def _work(self, client: Client, deadline: float) -> None:
        while time.monotonic() < deadline:
            try:
                kind = client.step()
            except (RefusedError, InDoubtError):  # the statuses tell how many
                continue
            if kind in ("ticket", "put", "overwrite"):
                begun = time.perf_counter()
                try:
                    client.wait_ready(client.last)
                except AssertionError:
                    self.slow += 1
                self.ready.append(time.perf_counter() - begun)


def lost(clients: list[Client]) -> list[str]:
    """Return the differences from the answers, after the functions' caches have expired."""
    deadline = time.monotonic() + FORGET_SECONDS
    while True:
        found = [loss for client in clients for loss in client.lost()]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(1)


def resident(pid: int) -> float:
    """Return the megabytes that a process has resident."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def anew(state: Path) -> float:
    """Return the megabytes of an offline AWS that has just started with a state."""
    system = _begin(state)
    try:
        whole.wait_quiet(system)
        return resident(system.server["pid"])
    finally:
        system.stop()


def _begin(state: Path) -> System:
    return System(PROJECT, state, "--no-autoreload", RATE_LIMITS="off").ready()


def _percentiles(name: str, seconds: list[float]) -> list[Measure]:
    if len(seconds) < 2:
        return []
    found = statistics.quantiles(seconds, n=100, method="inclusive")
    return [
        Measure(f"{name}, {title}", found[percent - 1] * 1000, unit="ms")
        for title, percent in (("median", 50), ("95th percentile", 95), ("99th percentile", 99))
    ]


def _usage(processes: Processes, fresh: float) -> list[Measure]:
    measures = []
    for name in processes.pids:
        start, half, end = (processes.mean(name, tenth) for tenth in (0, 4, 9))
        limit = ("<=", FLAT) if name == API else ()  # the offline AWS holds the data, which grow
        measures += [
            Measure(f"memory of {name} at the start", start.megabytes, unit="MB"),
            Measure(f"memory of {name} at half", half.megabytes, unit="MB"),
            Measure(f"memory of {name} at the end", end.megabytes, unit="MB"),
            Measure(f"memory of {name}, end / half", end.megabytes / half.megabytes, *limit),
            Measure(f"open files of {name} at the start", start.files),
            Measure(f"open files of {name} at half", half.files),
            Measure(f"open files of {name} at the end", end.files, "<=", half.files + SETTLED_FILES),
        ]
    beyond = processes.mean(AWS, 9).megabytes / fresh
    return [
        *measures,
        Measure(f"memory of {AWS}, end / started anew with the same state", beyond, "<=", BEYOND_DATA),
    ]


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(prog="python benchmarks/soak.py", description="Soak the offline system.")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as state:
        system = _begin(Path(state))
        try:
            soak, processes = Soak(system, given.clients, given.seed), Processes(system)
            processes.begin()
            soak.run(given.minutes)
            processes.end()
            whole.wait_quiet(system)
            losses = lost(soak.clients)
            wrong = whole.wrong_counts(system)
            without, orphans = whole.records_without_object(system), whole.orphans(system)
            dead = whole.dead_letters(system)
        finally:
            system.stop()
        fresh = anew(Path(state))
    for fault in [*losses, *wrong, *without, *orphans]:
        print(fault)
    requests, failed = soak.statuses.total(), sum(soak.statuses[code] for code in range(500, 600))
    conclude(
        "soak",
        [
            Measure("requests", requests),
            Measure("requests a second", requests / given.minutes / 60),
            Measure("answers with 5xx", failed, "==", 0),
            Measure("connections broken", soak.statuses[0], "==", 0),
            *(measure for kind in sorted(soak.seconds) for measure in _percentiles(kind, soak.seconds[kind])),
            *_percentiles("upload to ready", soak.ready),
            Measure("uploads not ready within 30 s", soak.slow, "==", 0),
            *_usage(processes, fresh),
            Measure("images lost or not as answered", len(losses), "==", 0),
            Measure("records without object", len(without), "==", 0),
            Measure("objects without record", len(orphans), "==", 0),
            Measure("counts unlike a recount", len(wrong), "==", 0),
            Measure("dead letters", dead, "==", 0),
        ],
    )


if __name__ == "__main__":
    main()
