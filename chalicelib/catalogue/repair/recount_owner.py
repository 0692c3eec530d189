"""Recount the images of an owner from the records, and correct the counters.

It goes slice by slice, and a state in the bucket holds its progress, so that it may be interrupted anywhere. The
catalogue follows the records a moment later, and so does their index: nothing may have changed for a while before
the records are read, and until a while after, or it begins again. Corrections are added to the counters in the
transaction that takes the number of the next batch of changes (`change_feed.append`): if the catalogue follows
another change meanwhile, nothing is written.
"""

from __future__ import annotations

import logging
import math
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chalicelib import aws, storage
from chalicelib.catalogue.index import change_feed, counters, record_change
from chalicelib.db import images, keys, owner_lists
from chalicelib.db.index_table import TooLargeError, Transaction
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from chalicelib.db.models import Image

SETTLE_SECONDS = 60.0  # the catalogue follows its stream in less, and records reach their index
PAGE = 100  # images; BatchGetItem's limit
PAGES = 10  # of one slice
ATTEMPTS = 10
MAX_DELAY_SECONDS = 900  # SQS's limit
_ITEMS = 25  # that one transaction adds to; together they may have 4 MB
_NAMES = 150  # of one item; an expression may have 300 operators

Sums = dict[str, dict[str, int]]
"""Numbers by item and name."""


class Difference(Struct, array_like=True, frozen=True):
    """A stored number, and the right one."""

    item: str
    name: str
    counted: int
    true: int


class Outcome(NamedTuple):
    """The outcome of a recount: the number of images, and the wrong counters, most of which it has corrected.

    It is not `settled` where the owner's images kept changing.
    """

    images: int
    differences: list[Difference]
    settled: bool = True


class _State(Struct, frozen=True):
    """The progress of a recount."""

    head: int  # number of the owner's last batch of changes when it began
    not_before: float  # seconds since 1970
    attempt: int = 1
    after: str | None = None
    walked: bool = False
    images: int = 0
    sums: Sums = {}
    mended: list[Difference] = []


def advance(
    owner: str,
    *,
    settle_seconds: float,
    write: bool = True,
    clock: Callable[[], float] = time.time,
) -> Outcome | float:
    """Do one slice of a recount; return how many seconds the next one must wait, or the outcome.

    Unless it is to `write`, the counters stay as they are. Cost: 1 RRU per 4 KB of records and counts; 2 WRU for
    each item that is wrong.
    """
    state = _read(owner)
    if state is None:
        state = _State(change_feed.head(owner), clock() + settle_seconds)
        return _wait(owner, state, clock())
    if clock() < state.not_before:
        return state.not_before - clock()
    if change_feed.head(owner) != state.head:
        return _begin_again(owner, state, clock(), settle_seconds)
    if not state.walked:
        state = _walk(owner, state)
        if state.walked:
            state = replace(state, not_before=clock() + settle_seconds)
        return _wait(owner, state, clock())
    standing = counters.standing(counters.holder(owner))
    if change_feed.head(owner) != state.head:
        return _begin_again(owner, state, clock(), settle_seconds)
    wrong = differences(standing, state.sums)
    if write:
        mended = _mend(owner, state.head, wrong)
        if mended is not None:
            state = replace(state, mended=[*state.mended, *mended])
            return _begin_again(owner, state, clock(), settle_seconds)
    forget(owner)
    return Outcome(state.images, [*state.mended, *wrong])


def recount(arguments: dict[str, Any]) -> dict[str, Any] | None:
    """Do one slice of the job, the recount of `owner`; return the next one. `begun`: it is not the first slice."""
    owner = arguments["owner"]
    if arguments.get("begun") and _read(owner) is None:
        return None  # the same message came before, and led to the end
    outcome = advance(owner, settle_seconds=SETTLE_SECONDS)
    if isinstance(outcome, Outcome):
        level = logging.WARNING if outcome.differences or not outcome.settled else logging.INFO
        told = {"owner": owner, "images": outcome.images, "settled": outcome.settled}
        wrong = [msgspec.to_builtins(difference) for difference in outcome.differences[:PAGE]]
        logger.log(level, "recounted", extra={**told, "wrong": len(outcome.differences), "differences": wrong})
        return None
    return {"owner": owner, "begun": True, "delay": min(MAX_DELAY_SECONDS, math.ceil(outcome))}


def forget(owner: str) -> None:
    """Remove the state of a recount of an owner, if there is one."""
    storage.delete([_key(owner)])


def differences(
    counted: Mapping[str, Mapping[str, int]], true: Mapping[str, Mapping[str, int]]
) -> list[Difference]:
    """Return the numbers in which two sums differ, in order; a missing number is 0."""
    names = {(item, name) for sums in (counted, true) for item, numbers in sums.items() for name in numbers}
    pairs = (
        (item, name, counted.get(item, {}).get(name, 0), true.get(item, {}).get(name, 0)) for item, name in names
    )
    return sorted(
        (Difference(*pair) for pair in pairs if pair[2] != pair[3]), key=lambda wrong: (wrong.item, wrong.name)
    )


def parts(wrong: Iterable[Difference]) -> Iterator[dict[str, list[Difference]]]:
    """Yield the wrong numbers by item, in parts of which each fits into one transaction."""
    by_item: dict[str, list[Difference]] = {}
    for difference in wrong:
        by_item.setdefault(difference.item, []).append(difference)
    longest = max((len(found) for found in by_item.values()), default=0)
    for start in range(0, longest, _NAMES):  # an item is in a transaction once
        pieces = ((item, found[start : start + _NAMES]) for item, found in by_item.items() if len(found) > start)
        yield from map(dict, aws.batches(pieces, _ITEMS))


def missing(part: Iterable[Difference]) -> dict[str, int]:
    """Return the corrections of an item's numbers."""
    return {wrong.name: wrong.true - wrong.counted for wrong in part}


def _walk(owner: str, state: _State) -> _State:
    """Count the next images of an owner."""
    after, walked, number = state.after, False, state.images
    sums = {item: dict(numbers) for item, numbers in state.sums.items()}
    for _ in range(PAGES):
        page = owner_lists.newest(owner, PAGE, after)
        for image in images.get_many(image.image_id for image in page.items):
            number += _count(image, sums)
        after = page.after
        if after is None:
            walked = True
            break
    return replace(state, after=after, walked=walked, images=number, sums=sums)


def _count(image: Image, sums: Sums) -> bool:
    """Add an image's contribution to its owner's sums; return whether it counts."""
    indexed = record_change.indexed(image)
    for (holder, item), numbers in indexed.contribution.items():
        if holder != counters.EVERYBODY:
            counted = sums.setdefault(item, {})
            for name, number in numbers.items():
                counted[name] = counted.get(name, 0) + number
    return indexed.card is not None


def _mend(owner: str, head: int, wrong: Iterable[Difference]) -> list[Difference] | None:
    """Write the corrections; if another change comes in between, return those written until then."""
    mended: list[Difference] = []
    for part in parts(wrong):
        while part:
            transaction = Transaction()
            number = change_feed.append(transaction, owner, head, [])
            for item, found in part.items():
                transaction.add((counters.holder(owner), item), missing(found))
            try:
                if not transaction.commit():
                    return mended
            except TooLargeError as error:
                logger.exception("counters_full", extra={"keys": sorted(map("/".join, error.keys))})
                full = {item for _, item in error.keys}
                part = {item: found for item, found in part.items() if item not in full}  # noqa: PLW2901
                continue
            head = number
            mended += [difference for found in part.values() for difference in found]
            break
    return None


def _begin_again(owner: str, state: _State, now: float, settle_seconds: float) -> Outcome | float:
    if state.attempt == ATTEMPTS:
        forget(owner)
        return Outcome(state.images, state.mended, settled=False)
    fresh = _State(change_feed.head(owner), now + settle_seconds, state.attempt + 1, mended=state.mended)
    return _wait(owner, fresh, now)


def _wait(owner: str, state: _State, now: float) -> float:
    storage.put(_key(owner), msgspec.json.encode(state), "application/json")
    return max(0.0, state.not_before - now)


def _read(owner: str) -> _State | None:
    standing = storage.read_small(_key(owner))
    return None if standing is None else msgspec.json.decode(standing, type=_State)


def _key(owner: str) -> str:
    return f"{keys.SYSTEM}recount/{owner}"
