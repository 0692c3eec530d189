"""Which colours of a theme may lie on which, and how far each pair is apart.

One table: `roles` solves colours by it, and the report measures the finished ones by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from image_processing.colour import contrast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LEVELS: Final = {"aa": contrast.AA, "aaa": contrast.AAA}

SURFACES = ("background", "surface-sunken", "surface", "surface-raised")
TEXTS = ("text", "text-muted", "text-subtle")
FAMILIES = ("primary", "secondary", "accent", "success", "warning", "danger")
SERIES = ("chart-1", "chart-2", "chart-3", "chart-4", "chart-5", "chart-6")
ROLES = (
    *SURFACES,
    *TEXTS,
    *(
        pattern.format(family)
        for family in FAMILIES
        for pattern in ("{}", "{}-hover", "on-{}", "{}-text", "{}-container", "on-{}-container")
    ),
    "outline",
    "outline-strong",
    "focus",
    "focus-inner",
    *SERIES,
)
"""Every role of a mode, in the order in which exports list them."""

KINDS = TEXT, NON_TEXT, FOCUS = "text", "non-text", "focus ring"

# Of two colours 9:1 apart one is 3:1 from any third (WCAG 2.2, technique C40): a ring of both is always seen
_FOCUS_RING = 9.0


class Pair(NamedTuple):
    """Two roles that meet, the contrast that WCAG requires, and the one that they have."""

    foreground: str
    background: str
    kind: str
    required: float
    ratio: float


def _table() -> Iterator[tuple[str, str, str]]:
    for surface in SURFACES:
        yield from ((text, surface, TEXT) for text in TEXTS)
        yield from ((f"{family}-text", surface, TEXT) for family in FAMILIES)
        for family in FAMILIES:
            yield family, surface, NON_TEXT
            yield f"{family}-hover", surface, NON_TEXT
        for role in ("outline", "outline-strong", "focus", *SERIES):
            yield role, surface, NON_TEXT
    for family in FAMILIES:
        yield f"on-{family}", family, TEXT
        yield f"on-{family}", f"{family}-hover", TEXT
        yield f"on-{family}-container", f"{family}-container", TEXT
        yield "text", f"{family}-container", TEXT
    yield "focus", "focus-inner", FOCUS


TABLE: Final = tuple(_table())
"""Foreground, background and kind of every pair that a frontend may put together."""


def required(kind: str, level: str) -> float:
    """Return the least contrast of a kind of pair at a level ("aa" or "aaa")."""
    return {TEXT: LEVELS[level], NON_TEXT: contrast.NON_TEXT, FOCUS: _FOCUS_RING}[kind]


def _needs() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {role: [] for role in ROLES}
    for foreground, background, kind in TABLE:
        found[foreground].append((background, kind))
        found[background].append((foreground, kind))
    return found


NEEDS: Final = _needs()
"""Of each role, the roles that it meets, and how."""


def measure(roles: Mapping[str, str], level: str) -> tuple[Pair, ...]:
    """Return every pair of a mode with the contrast of its final `#rrggbb` values."""
    least = {kind: required(kind, level) for kind in KINDS}
    return tuple(
        Pair(foreground, background, kind, least[kind], contrast.ratio(roles[foreground], roles[background]))
        for foreground, background, kind in TABLE
    )


def tightest(pairs: tuple[Pair, ...]) -> dict[str, Pair]:
    """Return of each role the pair that has the least room above the required contrast."""
    found: dict[str, Pair] = {}
    for pair in pairs:
        for role in (pair.foreground, pair.background):
            if role not in found or pair.ratio / pair.required < found[role].ratio / found[role].required:
                found[role] = pair
    return {role: found[role] for role in ROLES}
