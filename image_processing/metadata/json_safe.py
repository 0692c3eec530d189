"""The last gate: normalized values that any JSON parser takes, and not too much of them."""

from __future__ import annotations

import json
import math
from typing import Any

MAX_TOTAL = 256 << 10  # bytes of JSON in all
_WIDEST = 6  # bytes of JSON that a character takes at most
_STRICT = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def text(value: str) -> str:
    """Replace lone surrogates, which a JSON escape can smuggle into a text and no UTF-8 can hold."""
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace").decode()
    return value


def value(found: Any) -> Any:
    """Make a value safe for JSON: no lone surrogates, no NaN, no infinities."""
    if isinstance(found, str):
        return text(found)
    if isinstance(found, float):
        return found if math.isfinite(found) else None
    if isinstance(found, dict):
        return {text(str(key)): value(item) for key, item in found.items()}
    if isinstance(found, list | tuple):
        return [value(item) for item in found]
    return found


def bounded(values: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Make values safe for JSON and cut the longest until all fit `MAX_TOTAL`; tell whether any was cut."""
    if _plain(values):
        return values, False
    try:
        if len(_STRICT.encode(values).encode()) <= MAX_TOTAL:
            return values, False  # nearly always: one pass, no copy
    except ValueError:  # a NaN, or a lone surrogate
        pass
    safe = {name: value(found) for name, found in values.items()}
    if _size(safe) <= MAX_TOTAL:
        return safe, False
    sizes = {name: _size(found) for name, found in safe.items()}
    left = MAX_TOTAL
    for waiting, name in zip(range(len(sizes), 0, -1), sorted(sizes, key=sizes.__getitem__), strict=True):
        share = left // waiting  # what the shorter ones leave is shared by the longer
        if sizes[name] > share:
            safe[name] = _cut(safe[name], share)
        left -= min(sizes[name], share)
    return safe, True


def _plain(values: dict[str, Any]) -> bool:
    """Tell whether values are so few and simple that they fit, as those of nearly every camera are."""
    left = MAX_TOTAL // _WIDEST
    for found in values.values():
        kind = type(found)
        if kind is str:
            left -= len(found)
            if not found.isascii():
                return False
        elif kind is float:
            if not math.isfinite(found):
                return False
        elif kind is list:
            if not all(type(item) is str and item.isascii() for item in found):
                return False
            left -= sum(map(len, found))
        elif kind is not int and kind is not bool:
            return False
    return left > _WIDEST * len(values) * 10  # and the names


def _size(found: Any) -> int:
    return (
        4 if found is None or isinstance(found, bool) else len(json.dumps(found, ensure_ascii=False).encode()) + 2
    )


def _cut(found: Any, share: int) -> Any:
    if isinstance(found, str):
        return found[: share // _WIDEST]
    if isinstance(found, list):
        return [item for item, fits in zip(found, _fitting(found, share), strict=True) if fits]
    if isinstance(found, dict):
        fitting = _fitting(list(found.items()), share)
        return {key: item for (key, item), fits in zip(found.items(), fitting, strict=True) if fits}
    return found


def _fitting(items: list[Any], share: int) -> list[bool]:
    """Tell which items fit, from the first on."""
    fits, left = [], share - 4
    for item in items:
        left -= _size(item)
        fits.append(left >= 0)
    return fits
