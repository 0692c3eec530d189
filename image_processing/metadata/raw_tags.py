"""Raw values made safe for JSON and capped, each and in all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from image_processing.metadata import json_safe

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_TEXT = 2000  # characters of a text
MAX_ITEMS = 64  # of a list or structure
MAX_BYTES = 32  # shown of binary values
MAX_DEPTH = 8
MAX_TOTAL = 200_000  # characters, about, in all


class _Budget:
    """The remaining budget."""

    def __init__(self) -> None:
        self.left = MAX_TOTAL


def jsonable(tags: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give the tags by group, every value JSON-safe; a value that is cut short says so."""
    budget = _Budget()
    found: dict[str, dict[str, Any]] = {}
    for group, values in tags.items():
        kept = {}
        for tag, value in values.items():
            budget.left -= len(tag) + 8
            if budget.left < 0:
                found["Truncated"] = {"Reason": "there is more than is kept"}
                break
            kept[json_safe.text(tag)] = _safe(value, budget, 0)
        if kept:
            found[json_safe.text(group)] = kept
    return found


def _safe(value: Any, budget: _Budget, depth: int) -> Any:
    if isinstance(value, str):
        budget.left -= min(len(value), MAX_TEXT)
        value = json_safe.text(value)
        return value if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}… ({len(value)} characters in all)"
    if isinstance(value, bytes):
        budget.left -= 2 * MAX_BYTES
        cut = f"… ({len(value)} bytes in all)" if len(value) > MAX_BYTES else ""
        return f"hex:{value[:MAX_BYTES].hex()}{cut}"
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float):
        budget.left -= 8
        return value
    if depth >= MAX_DEPTH or budget.left < 0:
        return "… (left out)"
    if isinstance(value, dict):
        items = list(value.items())
        kept = {json_safe.text(str(key)[:200]): _safe(item, budget, depth + 1) for key, item in items[:MAX_ITEMS]}
        return kept | ({"…": f"{len(items)} in all"} if len(items) > MAX_ITEMS else {})
    cut_list = [_safe(item, budget, depth + 1) for item in value[:MAX_ITEMS]]
    return cut_list + ([f"… ({len(value)} in all)"] if len(value) > MAX_ITEMS else [])
