"""Cost and exactness of a rate limit: 50 parallel clients of one caller, over five processes.

    python benchmarks/throttling.py

Clients ask at half the limit, then at four times of it, for some windows, counted in the offline DynamoDB. The
peer, in the same run and at the same pace, is the plain way: one UpdateItem for each request. Beside the decision
alone, without DynamoDB, stands `limits` (of benchmarks/requirements.txt) with its sliding window in memory.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import threading
import time
import uuid
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.report import Measure, conclude
from chalicelib import offline

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[
        [], tuple[int, bool]
    ]  # for one request: the window that it counts in, and whether it goes through

RATE, QUOTA, SECONDS = "read", 300, 5
PROCESSES, CLIENTS, WINDOWS = 5, 50, 4
DECISIONS = 50_000


@dataclass
class Seen:
    """The results of the clients of one process, or of all of them."""

    requests: int = 0
    granted: Counter[int] = field(default_factory=Counter)  # by window
    calls: Counter[str] = field(default_factory=Counter)  # of DynamoDB
    seconds: list[float] = field(default_factory=list)  # that each decision took

    def add(self, other: Seen) -> None:
        """Add the results of another process."""
        self.requests += other.requests
        self.granted += other.granted
        self.calls += other.calls
        self.seconds += other.seconds

    def per_request(self, call: str) -> float:
        """Return how often DynamoDB was called for a request."""
        return self.calls[call] / self.requests


def ours(subject: str, calls: Counter[str]) -> Ask:
    """Return a way to ask Janus's limiter."""
    from chalicelib.api.security import rate_limit  # noqa: PLC0415  it reads the settings of the offline world
    from chalicelib.db import rate_counters  # noqa: PLC0415

    def reserve(*arguments: Any) -> int:
        calls["write"] += 1
        return rate_counters.reserve(*arguments)

    def taken(*arguments: Any) -> int:
        calls["read"] += 1
        return rate_counters.taken(*arguments)

    asked = threading.local()

    def clock() -> float:
        asked.at = time.time()
        return float(asked.at)

    limiter = rate_limit.Limiter(reserve, taken, clock)

    def ask() -> tuple[int, bool]:
        verdict = limiter.take(RATE, subject, QUOTA, SECONDS)
        if verdict is None:
            raise SystemExit("DynamoDB failed, and nothing was counted")
        return int(asked.at // SECONDS), verdict.granted

    return ask


def naive(subject: str, calls: Counter[str]) -> Ask:
    """Return a way to ask as most do: a counter for each window, raised for each request."""
    from chalicelib.db import rate_counters  # noqa: PLC0415  see ours

    def ask() -> tuple[int, bool]:
        window = int(time.time() // SECONDS)
        calls["write"] += 1
        return window, rate_counters.reserve(RATE, subject, window, 1, (window + 2) * SECONDS) <= QUOTA

    return ask


def client_process(way: Callable[[str, Counter[str]], Ask], subject: str, pause: float, begin: float) -> Seen:
    """Run this process's share of the clients for some windows."""
    seen = Seen()
    ask = way(subject, seen.calls)
    lock = threading.Lock()

    def client(number: int) -> None:
        due = begin + pause * number / (CLIENTS // PROCESSES)
        while due < begin + WINDOWS * SECONDS:
            time.sleep(max(0.0, due - time.time()))
            start = time.perf_counter()
            window, granted = ask()
            took = time.perf_counter() - start
            with lock:
                seen.requests += 1
                seen.granted[window] += granted
                seen.seconds.append(took)
            due = max(due + pause, time.time())

    threads = [threading.Thread(target=client, args=[number]) for number in range(CLIENTS // PROCESSES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def run(pool: ProcessPoolExecutor, way: Callable[[str, Counter[str]], Ask], load: float) -> Seen:
    """Have all clients ask together at `load` times the limit; return their results."""
    begin = (time.time() // SECONDS + 2) * SECONDS
    pause = CLIENTS / (load * QUOTA / SECONDS)
    subject = f"owner:{uuid.uuid4()}"
    whole = Seen()
    for part in [pool.submit(client_process, way, subject, pause, begin) for _ in range(PROCESSES)]:
        whole.add(part.result())
    print(f"{way.__name__:>6} at {load:g} times the limit: {whole.requests:,} requests, {dict(whole.calls)}")
    return whole


def decisions() -> dict[str, float]:
    """Return the microseconds of a decision from memory: ours and that of `limits`, granted and refused."""
    from chalicelib.api.security import rate_limit  # noqa: PLC0415  see ours

    found: dict[str, float] = {}
    counted: defaultdict[Any, int] = defaultdict(int)

    def reserve(rate: str, subject: str, window: int, amount: int, _expires: float) -> int:
        counted[rate, subject, window] += amount
        return counted[rate, subject, window]

    limiter = rate_limit.Limiter(reserve, lambda *_: 0)
    asked: dict[str, Callable[[], Any]] = {
        "granted": lambda: limiter.take(RATE, "owner:a", 10**8, 3600),
        "refused": lambda: limiter.take(RATE, "owner:b", 1, 86_400),
    }
    try:
        from limits import parse, storage, strategies  # noqa: PLC0415  a peer, which need not be there
    except ImportError:
        print("limits is not installed: pip install -r benchmarks/requirements.txt")
    else:
        peer = strategies.SlidingWindowCounterRateLimiter(storage.MemoryStorage())
        many, one = parse("100000000 per hour"), parse("1 per day")
        asked["granted, limits"] = lambda: peer.hit(many, "owner:a")
        asked["refused, limits"] = lambda: peer.hit(one, "owner:b")
    for name, ask in asked.items():
        rounds = []
        for _ in range(5):
            start = time.process_time()
            for _ in range(DECISIONS // 5):
                ask()
            rounds.append((time.process_time() - start) / (DECISIONS // 5))
        found[name] = min(rounds) * 1e6
    return found


def refused_calls() -> int:
    """Return how often DynamoDB is called for a thousand requests of a caller over the limit."""
    calls: Counter[str] = Counter()
    ask = ours(f"owner:{uuid.uuid4()}", calls)
    while ask()[1]:
        pass
    before, refused = calls.total(), 0
    while refused < 1000:
        refused += not ask()[1]
    return calls.total() - before


def main() -> None:
    """Measure, and print the results."""
    context = multiprocessing.get_context("spawn")
    with offline.in_process(), ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        run(pool, naive, 0.1)  # every process has its client then
        below, over, peer = run(pool, ours, 0.5), run(pool, ours, 4), run(pool, naive, 0.5)
        refused = refused_calls()
        microseconds = decisions()
    complete = [over.granted[window] / QUOTA for window in sorted(over.granted)[:WINDOWS]]
    ratios = {
        kind: microseconds[kind] / microseconds[f"{kind}, limits"] if f"{kind}, limits" in microseconds else None
        for kind in ("granted", "refused")
    }
    mean = {name: statistics.mean(seen.seconds) * 1000 for name, seen in (("ours", below), ("naive", peer))}
    conclude(
        "throttling",
        [
            Measure("writes per request, at half the limit", below.per_request("write"), "<=", 0.25),
            Measure("reads per request, at half the limit", below.per_request("read"), "<=", 0.05),
            Measure("the same, one UpdateItem a request: writes", peer.per_request("write")),
            Measure("time of a decision / one UpdateItem a request's", mean["ours"] / mean["naive"], "<=", 0.5),
            Measure("writes per request, at four times the limit", over.per_request("write"), "<=", 0.3),
            Measure("granted below the limit / asked", below.granted.total() / below.requests, "==", 1),
            Measure("granted in a window / limit, most", max(complete), "<=", 1),
            Measure("granted in a window / limit, least", min(complete), ">=", 0.9),
            Measure("calls of DynamoDB for 1000 refusals", refused, "<=", 5),
            Measure("a grant from memory", microseconds["granted"], unit="µs"),
            Measure("a refusal from memory", microseconds["refused"], unit="µs"),
            *(
                Measure(f"{kind} from memory / limits's sliding window", ratio, "<=", 1)
                for kind, ratio in ratios.items()
                if ratio is not None
            ),
        ],
    )


if __name__ == "__main__":
    main()
