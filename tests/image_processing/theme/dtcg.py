"""The rules of the Design Tokens Community Group's Format, Color and Resolver modules (2025.10), to check by."""

from __future__ import annotations

import math
import re
from typing import Any

# Color module, section 4.2: the range of each component; None is without an end
RANGES: dict[str, list[tuple[int, int | None]]] = {
    "srgb": [(0, 1)] * 3,
    "oklch": [(0, 1), (0, None), (0, 360)],
}
REFERENCE = re.compile(r"#/(sets|modifiers)/([^/]+)")


class InvalidTokensError(AssertionError):
    """A rule is broken."""


def require(condition: object, rule: str) -> None:
    if not condition:
        raise InvalidTokensError(rule)


def tokens(group: Any, path: tuple[str, ...] = (), inherited: str | None = None) -> dict[str, Any]:
    """Return the tokens of a group by their dotted names, each checked."""
    require(isinstance(group, dict), f"{path}: a group is an object")
    kind = group.get("$type", inherited)
    if "$value" in group:
        require(not any(not name.startswith("$") for name in group), f"{path}: a token has no children")
        require(kind == "color", f"{path}: the type is known")
        colour(group["$value"], path)
        return {".".join(path): group["$value"]}
    found: dict[str, Any] = {}
    for name, child in group.items():
        if name.startswith("$"):
            require(name in {"$type", "$description", "$extensions", "$deprecated", "$extends"}, f"{path}: {name}")
            continue
        require(name and not set("{}.") & set(name), f"{path}: {name!r} is no name")
        found |= tokens(child, (*path, name), kind)
    return found


def colour(value: Any, path: tuple[str, ...]) -> None:
    """Check a colour value: its space, components in range, alpha, and six digits of hex."""
    require(isinstance(value, dict), f"{path}: a colour is an object")
    require(set(value) <= {"colorSpace", "components", "alpha", "hex"}, f"{path}: unknown property")
    require(value.get("colorSpace") in RANGES, f"{path}: colour space")
    ranges = RANGES[value["colorSpace"]]
    require(len(value.get("components", [])) == len(ranges), f"{path}: three components")
    for component, (low, high) in zip(value["components"], ranges, strict=True):
        if component == "none":
            continue
        require(isinstance(component, int | float) and not isinstance(component, bool), f"{path}: a number")
        require(math.isfinite(component) and component >= low, f"{path}: {component} below its range")
        above = high is not None and (component >= high if high == 360 else component > high)
        require(not above, f"{path}: {component} above its range")
    require(0 <= value.get("alpha", 1) <= 1, f"{path}: alpha")
    require("hex" not in value or re.fullmatch("#[0-9a-f]{6}", value["hex"]), f"{path}: hex")


def resolve(document: Any, **inputs: str) -> dict[str, Any]:
    """Return the tokens of a resolver document for an input, every rule of the document checked on the way."""
    require(document.get("version") == "2025.10", "the version is the specification's")
    require(
        set(document)
        <= {"name", "version", "description", "sets", "modifiers", "resolutionOrder", "$schema", "$defs"},
        "unknown property",
    )
    order = document.get("resolutionOrder")
    require(isinstance(order, list) and order, "there is a resolution order")
    for source_set in document.get("sets", {}).values():
        require(isinstance(source_set.get("sources"), list), "a set has sources")
    for name, modifier in document.get("modifiers", {}).items():
        contexts = modifier.get("contexts")
        require(isinstance(contexts, dict) and len(contexts) > 1, f"{name} has two contexts or more")
        require(modifier.get("default", next(iter(contexts))) in contexts, f"{name}: the default is a context")
    found: dict[str, Any] = {}
    for entry in order:
        match = REFERENCE.fullmatch(entry.get("$ref", ""))
        require(match and match[2] in document.get(match[1], {}), f"{entry} leads to a set or a modifier")
        assert match
        part = document[match[1]][match[2]]
        sources = (
            part["sources"] if match[1] == "sets" else part["contexts"][inputs.get(match[2], part.get("default"))]
        )
        for source in sources:
            found |= tokens(source)
    return found
