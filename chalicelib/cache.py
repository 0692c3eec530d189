"""A cache of one process, so that most requests need not ask again."""

from __future__ import annotations

import time
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memory(Generic[K, V]):
    """Values by key, each for a number of seconds; when there are too many, all are forgotten."""

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self._kept: dict[K, tuple[float, V]] = {}

    def get(self, key: K) -> V | None:
        """Return the cached value, or None."""
        kept = self._kept.get(key)
        return kept[1] if kept is not None and kept[0] > time.monotonic() else None

    def keep(self, key: K, value: V, seconds: float) -> V:
        """Remember a value, and return it."""
        if len(self._kept) >= self._most:
            self._kept.clear()
        self._kept[key] = time.monotonic() + seconds, value
        return value

    def forget(self, key: K) -> None:
        """Forget a value, if there is one."""
        self._kept.pop(key, None)
