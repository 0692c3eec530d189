"""Kill every process of the offline system again and again amid mixed operations, and look for losses.

    python -m tests.faults.kills [--kills 20] [--operations 300] [--seed N]

Clients work until a moment that chance chooses. Then all processes get SIGKILL at once, and the system starts
again. After its sweep every answered operation must be there, each record must have its object, each object its
record, and the counts must equal a recount. Prints a table and, last, one line of JSON; ends with 1 after a loss.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests import whole
from tests.mixed import Client, InDoubtError, RefusedError
from tests.system import PROJECT, System

if TYPE_CHECKING:
    from collections.abc import Sequence

CLIENTS = 4
AFTER_SECONDS = 0.2  # from the operation that is the moment to the kill, at most


class Outcome(NamedTuple):
    """One kill, and the faults found after it."""

    moment: int  # operations that were answered before
    done: Counter[str]
    in_doubt: int
    lost: list[str]
    without_object: list[str]
    orphans: list[str]
    wrong_counts: list[str]
    dead_letters: int
    restart_seconds: float

    @property
    def faults(self) -> list[str]:
        """All of them."""
        found = [*self.lost, *(f"record without object: {key}" for key in self.without_object)]
        found += [f"orphan: {key}" for key in self.orphans] + [f"count: {line}" for line in self.wrong_counts]
        return found + (["dead letters"] if self.dead_letters else [])


class Round:
    """The time between two kills: clients at work, and the one who kills."""

    def __init__(self, system: System, clients: Sequence[Client], operations: int, chance: random.Random) -> None:
        self._system, self._clients, self._left = system, clients, operations
        self._delay = chance.uniform(0, AFTER_SECONDS)
        self._lock, self._ended = threading.Lock(), threading.Event()
        self.done: Counter[str] = Counter()
        self.in_doubt = 0

    def run(self) -> None:
        """Work until enough operations were answered, and kill while all go on."""
        killer = threading.Thread(target=self._kill)
        killer.start()
        with ThreadPoolExecutor(len(self._clients)) as pool:
            for ended in [pool.submit(self._work, client) for client in self._clients]:
                ended.result()
        killer.join()

    def _work(self, client: Client) -> None:
        while True:
            try:
                kind = client.step()
            except RefusedError:
                continue
            except InDoubtError:
                self.in_doubt += 1
                return
            with self._lock:
                self.done[kind] += 1
                self._left -= 1
                if self._left <= 0:
                    self._ended.set()

    def _kill(self) -> None:
        self._ended.wait()
        time.sleep(self._delay)
        self._system.kill()


def run(kills: int, operations: int, seed: int) -> list[Outcome]:
    """Return the findings after each kill."""
    chance = random.Random(seed)
    moments = sorted(chance.sample(range(operations // kills // 2, operations + 1), kills))
    outcomes: list[Outcome] = []
    clients: list[Client] = []
    with tempfile.TemporaryDirectory() as state:
        system = _begin(state)
        try:
            clients += [Client(system, f"{seed} {number}") for number in range(CLIENTS)]
            for moment, before in zip(moments, [0, *moments], strict=False):
                work = Round(system, clients, moment - before, chance)
                work.run()
                begun = time.monotonic()
                system = _begin(state)
                seconds = time.monotonic() - begun
                whole.wait_quiet(system)
                for client in clients:
                    client.close()
                    client.connect(system)
                outcomes.append(
                    Outcome(
                        moment=moment,
                        done=work.done,
                        in_doubt=work.in_doubt,
                        lost=[loss for client in clients for loss in client.lost()],
                        without_object=whole.records_without_object(system),
                        orphans=whole.orphans(system),
                        wrong_counts=whole.wrong_counts(system),
                        dead_letters=whole.dead_letters(system),
                        restart_seconds=seconds,
                    )
                )
                _tell(len(outcomes), outcomes[-1])
        finally:
            for client in clients:
                client.close()
            if system.process.poll() is None:
                system.stop()
    return outcomes


def _begin(state: str) -> System:
    return System(PROJECT, Path(state), "--no-autoreload", RATE_LIMITS="off").ready()


def _tell(number: int, outcome: Outcome) -> None:
    if number == 1:
        print("kill  after  answered  in doubt  restart  lost  no object  orphans  wrong counts  dead letters")
    print(
        f"{number:4}  {outcome.moment:5}  {outcome.done.total():8}  {outcome.in_doubt:8}"
        f"  {outcome.restart_seconds:5.1f} s  {len(outcome.lost):4}  {len(outcome.without_object):9}"
        f"  {len(outcome.orphans):7}  {len(outcome.wrong_counts):12}  {outcome.dead_letters:12}",
        flush=True,
    )
    for fault in outcome.faults:
        print(f"      {fault}", flush=True)


def main() -> int:
    """Run, and tell; return 1 after any loss."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kills", description="Kill, and look for losses.")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--operations", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    given = parser.parse_args()
    print(f"seed {given.seed}")
    outcomes = run(given.kills, given.operations, given.seed)
    done = sum((outcome.done for outcome in outcomes), Counter[str]())
    print("answered: " + ", ".join(f"{count} {kind}" for kind, count in sorted(done.items())))
    sums = {
        "seed": given.seed,
        "kills": len(outcomes),
        "answered": done.total(),
        "in_doubt": sum(outcome.in_doubt for outcome in outcomes),
        "lost": sum(len(outcome.lost) for outcome in outcomes),
        "records_without_object": sum(len(outcome.without_object) for outcome in outcomes),
        "orphans": sum(len(outcome.orphans) for outcome in outcomes),
        "wrong_counts": sum(len(outcome.wrong_counts) for outcome in outcomes),
        "dead_letters": sum(outcome.dead_letters for outcome in outcomes),
    }
    whole_state = not any(outcome.faults for outcome in outcomes)
    print(json.dumps({**sums, "whole": whole_state}))
    return 0 if whole_state else 1


if __name__ == "__main__":
    sys.exit(main())
