"""Ordered lists of cards, read as far as a page needs and no further than its budget allows.

A list is one key of the index table, or of an index of the table of images. A walk reads several at once:
merged by date, joined (only entries of all lists), or one after the other.
"""

from __future__ import annotations

import heapq
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, Protocol

from chalicelib.catalogue.index import cards
from chalicelib.catalogue.index import entries as index_entries
from chalicelib.db import index_table, owner_lists
from chalicelib.db.slices import Slice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalicelib.catalogue.index.cards import Card

_LEAST = 7  # entries of a query: about 4 KB, the least that DynamoDB bills
_MOST = 36  # entries of a query in a join, which does not know how many it takes
_QUERY_UNITS = 0.5  # RRU of a query, at the least
_CARD_UNITS = 0.08  # RRU of an entry of 640 bytes, which few exceed: half of one for 4 KB


class SpentError(Exception):
    """The budget of a page is spent."""


class Budget:
    """The budget of a page, in RRU. A list's first query is always made, so that every page makes progress."""

    def __init__(self, units: float) -> None:
        self.left = units
        self.spent = 0.0

    def take(self, units: float) -> None:
        """Subtract the cost of a query."""
        self.left -= units
        self.spent += units

    def require(self) -> None:
        """Raise SpentError where there is nothing left for a query."""
        if self.left < _QUERY_UNITS:
            raise SpentError

    def fetch(self, *, first: bool) -> None:
        """Reserve the cost of an item that will be read beside a card. Raises SpentError if none is left."""
        if not first:
            self.require()
        self.left -= _QUERY_UNITS

    def entries(self, wanted: int, *, first: bool) -> int:
        """Return how many entries a query may ask for. Raises SpentError where that is none."""
        if not first:
            self.require()
        return max(1, min(wanted, int(self.left / _CARD_UNITS)))


class Entry(NamedTuple):
    """A card at its position in a list; without a card, it marks progress: nothing before the position is left."""

    position: str
    card: Card | None


class Start(NamedTuple):
    """Where a list is read from: after a position, at it, or from its beginning (None)."""

    position: str | None = None
    included: bool = False


class Source(Protocol):
    """An ordered list of cards."""

    def read(self, start: Start, limit: int, *, descending: bool) -> Slice[Entry]:
        """Return the entries from a position on; those that are left out have no card."""


class IndexList(NamedTuple):
    """The entries of a list in the index table between two range keys, all of them or the tags alone."""

    owner: str
    key: str
    low: str = index_table.LEAST
    high: str = index_table.MOST
    tags: bool = False

    def read(self, start: Start, limit: int, *, descending: bool) -> Slice[Entry]:
        """Return the entries from a position on; those that are left out have no card."""
        low, high, position = self.low, self.high, start.position
        if position is not None:
            low, high = (
                (low, min(position + index_entries.TAG, high)) if descending else (max(position, low), high)
            )
        if low > high:
            return Slice([], more=False, units=0.0)
        skipped = position is not None and not start.included
        found = index_table.read(self.key, low, high, limit=limit + skipped, descending=descending)
        entries = []
        for item in found.items:
            at = item.entry.removesuffix(index_entries.TAG)
            left_out = (skipped and at == position) or (self.tags and at == item.entry)
            entries.append(
                Entry(at, None if left_out else cards.unpack(item.card, self.owner, index_entries.image_id(at)))
            )
        return Slice(entries, found.more, found.units)


class Uploads(NamedTuple):
    """An owner's images in the order of their upload."""

    owner: str
    low: str = index_table.LEAST
    high: str = index_table.MOST

    def read(self, start: Start, limit: int, *, descending: bool) -> Slice[Entry]:
        """Return the entries from a position on; those that are left out have no card."""
        low, high, position = self.low, self.high, start.position
        if position is not None:
            low, high = (low, min(position, high)) if descending else (max(position, low), high)
        if low > high:
            return Slice([], more=False, units=0.0)
        skipped = position is not None and not start.included
        found = owner_lists.read(self.owner, low, high, limit=limit + skipped, descending=descending)
        listed = ((item["listed"]["S"], item) for item in found.items)
        entries = [Entry(at, None if skipped and at == position else cards.from_item(item)) for at, item in listed]
        return Slice(entries, found.more, found.units)


class AnyOf(NamedTuple):
    """Lists that are merged: it has the images that are in at least one of them."""

    sources: Sequence[Source]


class AllOf(NamedTuple):
    """Groups of lists that are joined: it has the images that every group has."""

    groups: Sequence[AnyOf]


class Cursor:
    """A source that is gone along, page by page, each twice as long as the one before, up to `most`."""

    def __init__(  # noqa: PLR0913
        self, source: Source, budget: Budget, start: Start, share: int, most: int, *, descending: bool
    ) -> None:
        self._source, self._budget, self._descending = source, budget, descending
        self._share, self._most = share, most
        self._start = start
        self._read: deque[Entry] = deque()
        self._more = self._first = True

    def peek(self) -> Entry | None:
        """Return the next entry, or None at the end. Raises SpentError."""
        while not self._read and self._more:
            limit = self._budget.entries(self._share, first=self._first)
            part = self._source.read(self._start, limit, descending=self._descending)
            self._first = False
            self._share = min(2 * self._share, self._most)
            self._budget.take(part.units)
            self._read.extend(entry for entry in part.items if entry.card is not None)
            self._more = part.more
            if part.items:
                self._start = Start(part.items[-1].position)
        return self._read[0] if self._read else None

    def step(self) -> None:
        """Go on after the next entry."""
        self._read.popleft()

    def seek(self, position: str) -> None:
        """Go on to the first entry that is not before a position."""
        while self._read and self._before(self._read[0].position, position):
            self._read.popleft()
        if not self._read and (self._start.position is None or self._before(self._start.position, position)):
            self._start = Start(position, included=True)

    def _before(self, one: str, other: str) -> bool:
        return one > other if self._descending else one < other


def entries(part: AllOf, budget: Budget, start: Start, wanted: int, *, descending: bool) -> Iterator[Entry]:
    """Yield the entries of lists, merged and joined, in the order of their positions. Raises SpentError.

    `wanted` is their likely number. Entries without a card mark progress.
    """
    if len(part.groups) == 1:
        return _merged(part.groups[0].sources, budget, start, wanted, descending=descending)
    return _joined(part.groups, budget, start, descending=descending)


def _merged(
    sources: Sequence[Source], budget: Budget, start: Start, wanted: int, *, descending: bool
) -> Iterator[Entry]:
    """Yield the entries of several lists, or of none, in the order of their positions, each once."""
    share = wanted if len(sources) <= 1 else max(wanted // len(sources) + 1, _LEAST)
    cursors = [Cursor(source, budget, start, share, share, descending=descending) for source in sources]
    return _merge(cursors, descending=descending)


def _merge(cursors: Sequence[Cursor], *, descending: bool) -> Iterator[Entry]:
    def steps(cursor: Cursor) -> Iterator[Entry]:
        while (entry := cursor.peek()) is not None:
            yield entry
            cursor.step()

    last = None
    for entry in heapq.merge(*map(steps, cursors), key=lambda entry: entry.position, reverse=descending):
        if entry.position != last:  # an image may have several words of one beginning
            yield entry
        last = entry.position


class Group:
    """Several sources as one, merged, in which positions can be sought."""

    def __init__(self, cursors: Sequence[Cursor], *, descending: bool) -> None:
        self._cursors, self._best = cursors, max if descending else min

    def peek(self) -> Entry | None:
        """Return the next entry of all, or None at the end. Raises SpentError."""
        heads = [entry for cursor in self._cursors if (entry := cursor.peek()) is not None]
        return self._best(heads, key=lambda entry: entry.position, default=None)

    def seek(self, position: str) -> None:
        """Go on to the first entry that is not before a position."""
        for cursor in self._cursors:
            cursor.seek(position)

    def step(self, position: str) -> None:
        """Go on after the entry at a position, which is the next."""
        for cursor in self._cursors:
            entry = cursor.peek()
            if entry is not None and entry.position == position:
                cursor.step()


def _joined(groups: Sequence[AnyOf], budget: Budget, start: Start, *, descending: bool) -> Iterator[Entry]:
    """Yield the entries that every group of lists has, in order: each list skips to the position of the others."""
    going = [
        Group(
            [Cursor(one, budget, start, _LEAST, _MOST, descending=descending) for one in group.sources],
            descending=descending,
        )
        for group in groups
    ]
    farthest = min if descending else max
    while True:
        found = [entry for group in going if (entry := group.peek()) is not None]
        if len(found) < len(going):
            return
        target = farthest(entry.position for entry in found)
        if all(entry.position == target for entry in found):
            yield found[0]
            for group in going:
                group.step(target)
        else:
            yield Entry(target, None)
            for group in going:
                group.seek(target)
