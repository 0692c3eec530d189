"""Every fault at every request of the flows of `tests.faults.flows`: `python -m tests.faults.matrix`.

Prints what holds as a table, and one line of JSON; ends with 1 where anything failed. With names of flows, only
those. A run of all takes some twenty minutes on one core.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from tests.faults import picture
from tests.faults.gate import FAULTS, OF_READS, through
from tests.faults.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.faults.flows import Flow


class Undisturbed(NamedTuple):
    """A flow without a fault: whether each request can change anything, the answers, and the state in the end."""

    changing: list[bool]
    answers: list[tuple[str, int]]
    picture: Counter[str]


class Failure(NamedTuple):
    """Where a fault made a difference, and which."""

    flow: str
    fault: str
    nth: int
    difference: str


def undisturbed(world: World, flow: Flow) -> Undisturbed:
    """Let a flow happen without a fault."""
    world.begin(flow.prepare)
    world.act(flow.act)
    assert [status for _, status in world.answers if status >= 400] == list(flow.refusals), world.answers
    return Undisturbed(list(world.gate.changing), list(world.answers), picture.take())


def disturbed(world: World, flow: Flow, fault: str, nth: int, expected: Undisturbed) -> Failure | None:
    """Run a flow with a fault at its `nth` request; return the difference in the end, or None."""
    try:
        world.begin(flow.prepare)
        world.act(flow.act, fault, nth)
        difference = _difference(expected, world)
    except Exception as error:  # an assertion of the flow, or a fault that nobody has mended
        difference = repr(error)
    return Failure(flow.name, fault, nth, difference) if difference else None


def _difference(expected: Undisturbed, world: World) -> str:
    """Return the differences of answers and state from the undisturbed flow; an answer of -1 is a repetition's."""
    told = [
        f"{asked} answered {status}, not {due}"
        for (asked, status), (_, due) in zip(world.answers, expected.answers, strict=True)
        if status not in (due, -1)
    ]
    seen = picture.take()
    missing, more = expected.picture - seen, seen - expected.picture
    return "; ".join([*told, *(f"missing: {line}" for line in missing), *(f"in excess: {line}" for line in more)])


def positions(flow: Flow, expected: Undisturbed, faults: Iterable[str]) -> Iterator[tuple[Flow, str, int]]:
    """Yield every fault at every request of a flow that it can make a difference to."""
    for fault in faults:
        for nth, changing in enumerate(expected.changing, 1):
            if changing or fault in OF_READS:
                yield flow, fault, nth


def table(requests: dict[str, int], faults: Sequence[str], failures: Sequence[Failure]) -> str:
    """Return flows by faults as Markdown: requests where all is well, else how many of them failed."""
    failed = Counter((failure.flow, failure.fault) for failure in failures)
    lines = [f"| flow | requests | {' | '.join(faults)} |", f"|---|---|{'---|' * len(faults)}"]
    for name, number in requests.items():
        cells = (f"{failed[name, fault]} failed" if failed[name, fault] else "holds" for fault in faults)
        lines.append(f"| {name} | {number} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the matrix; return 0 where everything holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.matrix", description=__doc__)
    parser.add_argument("flows", nargs="*", metavar="FLOW", help="all, if none is named")
    parser.add_argument("--fault", action="append", choices=FAULTS, help="all, if none is named")
    given = parser.parse_args(arguments)
    faults = given.fault or FAULTS
    began, failures, requests, runs = time.monotonic(), list[Failure](), dict[str, int](), 0
    from chalicelib import offline

    os.environ["RATE_LIMITS"] = (
        "auth=100000/60,public=100000/60,shared=100000/60"  # all flows call from one address
    )
    with offline.in_process() as upstream, through(upstream) as gate:
        from app import app
        from tests.faults.flows import FLOWS

        logging.disable(logging.CRITICAL)
        world = World(app, gate)
        for flow in FLOWS:
            if given.flows and flow.name not in given.flows:
                continue
            expected = undisturbed(world, flow)
            requests[flow.name] = len(expected.changing)
            for position in positions(flow, expected, faults):
                runs += 1
                failure = disturbed(world, *position, expected)
                if failure is not None:
                    failures.append(failure)
                    print(*failure, sep=", ", file=sys.stderr, flush=True)
            print(f"{flow.name}: {requests[flow.name]} requests", file=sys.stderr, flush=True)
    print(f"{datetime.now(UTC):%Y-%m-%d}\n\n{table(requests, faults, failures)}\n")
    seconds = round(time.monotonic() - began)
    told = {"flows": len(requests), "requests": sum(requests.values()), "runs": runs}
    print(json.dumps({**told, "failures": len(failures), "seconds": seconds}))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
