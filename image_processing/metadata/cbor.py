"""Decode CBOR (RFC 8949), bounded in depth and in the number of items."""

from __future__ import annotations

import math
import struct
from typing import Any

MAX_DEPTH = 32
MAX_ITEMS = 20_000  # of what is decoded with one budget
MAX_KEY = 200  # bytes, and characters, of a key that is a list or a mapping

_SIMPLE = {20: False, 21: True, 22: None, 23: None}
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}


class MalformedError(ValueError):
    """The bytes are no CBOR, or too much of it."""


class Budget:
    """The remaining budget of decoding."""

    def __init__(self) -> None:
        self.left = MAX_ITEMS


def decode(data: bytes, budget: Budget | None = None) -> Any:
    """Decode the first item: numbers, text, bytes, lists and mappings; tags give the item they mark.

    Keys of mappings are text, numbers or bytes; others become text, cut to `MAX_KEY` characters. NaN and
    infinities are None. A budget given to many calls bounds them all.

    Raises:
        MalformedError: the bytes end too early, are not CBOR, nest or number too much, or have a key too long.

    """
    return _Decoder(data, budget or Budget()).item(0)


class _Decoder:
    def __init__(self, data: bytes, budget: Budget) -> None:
        self.data = data
        self.at = 0
        self.budget = budget

    def item(self, depth: int) -> Any:
        self.budget.left -= 1
        if depth > MAX_DEPTH or self.budget.left < 0:
            raise MalformedError("nested too deep, or too many items")
        major, info = divmod(self.take(1)[0], 32)
        if major == 7:
            return self.simple(info)
        if info == 31:
            return self.indefinite(major, depth)
        number = self.argument(info)
        value: Any = number
        if major == 1:
            value = -1 - number
        elif major in (2, 3):
            value = self.string(major, number)
        elif major == 4:
            value = [self.item(depth + 1) for _ in self.counted(number)]
        elif major == 5:
            value = dict(self.pair(depth) for _ in self.counted(number))
        elif major == 6:
            value = self.item(depth + 1)
        return value

    def counted(self, number: int) -> range:
        if number > self.budget.left:
            raise MalformedError("more items than are allowed")
        return range(number)

    def take(self, count: int) -> bytes:
        part = self.data[self.at : self.at + count]
        if len(part) < count:
            raise MalformedError("the data ends too early")
        self.at += count
        return part

    def argument(self, info: int) -> int:
        if info < 24:
            return info
        if info > 27:
            raise MalformedError("a reserved length")
        return int.from_bytes(self.take(1 << (info - 24)), "big")

    def string(self, major: int, length: int) -> bytes | str:
        data = self.take(length)
        return data if major == 2 else data.decode("utf-8", "replace")

    def pair(self, depth: int) -> tuple[Any, Any]:
        start, key = self.at, self.item(depth + 1)
        if not isinstance(key, str | int | bytes):
            if self.at - start > MAX_KEY:
                raise MalformedError("a key too long")
            key = str(key)[:MAX_KEY]  # uncut it would double with each mapping that it is a key in
        return key, self.item(depth + 1)

    def simple(self, info: int) -> Any:
        if info in _FLOATS:
            number = struct.unpack(_FLOATS[info], self.take(1 << (info - 24)))[0]
            return number if math.isfinite(number) else None
        return _SIMPLE.get(self.argument(info))

    def indefinite(self, major: int, depth: int) -> Any:
        """Read items up to the break (RFC 8949, 3.2)."""
        items: list[Any] = []
        while self.data[self.at : self.at + 1] != b"\xff":
            items.append(self.pair(depth) if major == 5 else self.item(depth + 1))
        self.at += 1
        if major == 5:
            return dict(items)
        if major == 4:
            return items
        if major == 2 and all(isinstance(item, bytes) for item in items):
            return b"".join(items)
        if major == 3 and all(isinstance(item, str) for item in items):
            return "".join(items)
        raise MalformedError("pieces of another kind than the whole")
