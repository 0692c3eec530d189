"""`make recount`: recount images from the records, and correct wrong counters.

    JANUS_STAGE=dev python -m chalicelib.commands.recount [--check] [OWNER ...]

Without owners: those of all owners, then the counters over all owners against their sum. The exit code is 1 if a
counter was wrong, or if records kept changing. An interrupted recount continues at its checkpoint.
"""

from __future__ import annotations

import argparse
import heapq
import sys
import time
from typing import TYPE_CHECKING, Any

from chalicelib.catalogue.repair import recount_owner, recount_totals
from chalicelib.catalogue.repair.owners import everybody
from chalicelib.catalogue.repair.recount_owner import Outcome
from chalicelib.commands import stages
from chalicelib.config import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

OFFLINE_SETTLE_SECONDS = 2.0  # the stream is polled five times a second


def main(arguments: Sequence[str] | None = None) -> int:
    """Recount the stage that JANUS_STAGE names; return 0 when nothing was wrong."""
    given = _parser().parse_args(arguments)
    try:
        stages.enter(settings().stage, given.owners)
    except stages.StageError as error:
        print(error, file=sys.stderr)
        return 2
    settle = OFFLINE_SETTLE_SECONDS if settings().endpoint_url else recount_owner.SETTLE_SECONDS
    number = wrong = unsettled = 0
    for owner, outcome in recount(given.owners or everybody(), settle_seconds=settle, write=not given.check):
        number += 1
        wrong += len(outcome.differences)
        unsettled += not outcome.settled
        _tell(owner, outcome)
    if not given.owners:
        compared = recount_totals.compare(everybody, write=not given.check)
        wrong += len(compared.differences)
        _tell_wrong("over all owners", compared.differences)
        if compared.left_out:
            print(f"over all owners: {compared.left_out} numbers have just changed, and are left out")
    print(_sum(number, wrong, unsettled, mended=not given.check))
    return 1 if wrong or unsettled else 0


def recount(
    owners: Iterable[str],
    *,
    settle_seconds: float,
    write: bool = True,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[tuple[str, Outcome]]:
    """Yield the outcome for each owner; while one must wait, others are counted."""
    waiting: list[tuple[float, str]] = []
    coming = iter(owners)
    while True:
        due = waiting and waiting[0][0] <= clock()
        owner = heapq.heappop(waiting)[1] if due else next(coming, None)
        if owner is None:
            if not waiting:
                return
            sleep(max(0.0, waiting[0][0] - clock()))
            continue
        outcome = recount_owner.advance(owner, settle_seconds=settle_seconds, write=write, clock=clock)
        if isinstance(outcome, Outcome):
            yield owner, outcome
        else:
            heapq.heappush(waiting, (clock() + outcome, owner))


def _tell(owner: str, outcome: Outcome) -> None:
    settled = "" if outcome.settled else "; the records kept changing, so the counters could not be compared"
    print(f"{owner}: {outcome.images} images{settled}", file=sys.stderr)
    _tell_wrong(owner, outcome.differences)


def _tell_wrong(whose: str, wrong: Iterable[Any]) -> None:
    for found in wrong:
        print(f"{whose}: {found.item} {found.name}: {found.counted} counted, {found.true} there")


def _sum(owners: int, wrong: int, unsettled: int, *, mended: bool) -> str:
    kept_changing = f", {unsettled} of which kept changing" if unsettled else ""
    found = f"{_number(wrong, 'number')} wrong{', now mended' if mended else ''}" if wrong else "nothing wrong"
    return f"done: {_number(owners, 'owner')}{kept_changing}, {found}"


def _number(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m chalicelib.commands.recount",
        description="Recount images from the records, and correct wrong counters.",
    )
    parser.add_argument("owners", nargs="*", metavar="OWNER", help="an owner's id (default: all owners)")
    parser.add_argument("--check", action="store_true", help="report differences without correcting them")
    return parser


if __name__ == "__main__":
    sys.exit(main())
