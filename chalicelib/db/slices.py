"""Parts of ordered lists: a slice goes on after its last item, a page from where its `after` says."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Slice(NamedTuple, Generic[T]):
    """Items of a list in their order, whether more follow, and the cost of reading them in RRU.

    Its reader continues after the last item, and may bound the cost.
    """

    items: list[T]
    more: bool
    units: float


class Page(NamedTuple, Generic[T]):
    """Items of a list in their order, and the text by which the next page is asked for (None at the end).

    For lists whose items do not tell where to continue: several shards, or items that were left out.
    """

    items: list[T]
    after: str | None
