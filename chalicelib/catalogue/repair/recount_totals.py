"""Compare the counters over all owners with the sum of the owners' counters, and correct them.

Both are written in one transaction, but there are too many to be read at one moment. So numbers that changed
during the reading are left for another time: a number over all owners that differs before and after, and every
number of an owner with changes in the meantime.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.catalogue.index import cards, change_feed, counters
from chalicelib.catalogue.repair import recount_owner
from chalicelib.db.index_table import BusyError, Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chalicelib.catalogue.repair.recount_owner import Difference, Sums

KINDS = ("month", "camera")
_ATTEMPTS = 10


class Compared(NamedTuple):
    """The wrong numbers, and how many could not be compared because they changed meanwhile."""

    differences: list[Difference]
    left_out: int


def compare(owners: Callable[[], Iterable[str]], *, write: bool = True) -> Compared:
    """Compare the counts over all owners with the sum over those that `owners` yields: it must be all.

    Unless it is to `write`, the counts stay as they are. Raises BusyError where they cannot be written. Cost:
    2 RRU an owner, 1 RRU per 4 KB of its counts, and twice that of 16 shards.
    """
    before = _total()
    heads: dict[str, int] = {}
    numbered: dict[tuple[str, str], int] = {}  # a short name for each number
    had: dict[str, array[int]] = {}  # which numbers an owner had
    true: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for owner in owners():
        heads[owner] = change_feed.head(owner)
        own = _of_owner(owner)
        had[owner] = array("L", (numbered.setdefault(name, len(numbered)) for name in own))
        for (item, name), number in own.items():
            true[item][name] += number
    after = _total()
    moved = {(wrong.item, wrong.name) for wrong in recount_owner.differences(before, after)}
    names = list(numbered)
    for owner, head in heads.items():
        if change_feed.head(owner) != head:
            moved |= {names[number] for number in had[owner]} | _of_owner(owner).keys()
    wrong = [found for found in recount_owner.differences(after, true) if (found.item, found.name) not in moved]
    if write:
        _mend(wrong)
    return Compared(wrong, len(moved))


def _total() -> Sums:
    sums: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for shard in counters.shards():
        for kind in KINDS:
            for item, numbers in counters.standing(shard, kind).items():
                for name, number in numbers.items():
                    sums[item][name] += number
    return {item: dict(numbers) for item, numbers in sums.items()}


def _of_owner(owner: str) -> dict[tuple[str, str], int]:
    """Return an owner's share of the counters over all owners, under their names there."""
    holder, sums = counters.holder(owner), Counter[tuple[str, str]]()
    for item, numbers in counters.standing(holder, "month").items():
        sums.update({(item, name): number for name, number in numbers.items()})
    for numbers in counters.standing(holder, "camera").values():
        for gear, number in numbers.items():
            camera = counters.camera_of(gear)
            if camera != cards.SEPARATOR:  # a lens alone
                sums[counters.CAMERA, camera] += number
    return sums


def _mend(wrong: Iterable[Difference]) -> None:
    shard = counters.shards()[0]
    for part in recount_owner.parts(wrong):
        for _ in range(_ATTEMPTS):
            transaction = Transaction()
            for item, found in part.items():
                transaction.add((shard, item), recount_owner.missing(found))
            if transaction.commit():
                break
        else:
            raise BusyError("the counts over all owners are written by too many")
