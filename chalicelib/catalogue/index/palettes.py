"""The palette of an image in its facts: four bytes a colour, red, green, blue, and its share in per cent."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAIN = 16
"""Per cent of an image from which on a colour is one of its main ones, as the dominant one always is.

An image is found by its main colours, and each box of OKLab that has one costs a write: 1.6 of photographs, 3.3 if
10 % were enough.
"""
_SIZE = 4


class Swatch(NamedTuple):
    """A colour of a palette, as `#rrggbb`, and its share of the image, in per cent."""

    hex: str
    share: int


def pack(palette: Iterable[Mapping[str, Any]]) -> bytes | None:
    """Return the packed form of an analysis's palette, the largest share first; None where it has no colour."""
    ordered = sorted(palette, key=lambda swatch: swatch["share"], reverse=True)
    return (
        b"".join(bytes.fromhex(swatch["hex"][1:]) + bytes([round(100 * swatch["share"])]) for swatch in ordered)
        or None
    )


@lru_cache(maxsize=1024)
def unpack(packed: bytes) -> tuple[Swatch, ...]:
    """Return the colours of a packed palette."""
    parts = (packed[at : at + _SIZE] for at in range(0, len(packed), _SIZE))
    return tuple(Swatch(f"#{part[:3].hex()}", part[3]) for part in parts)


def main(swatches: tuple[Swatch, ...]) -> tuple[str, ...]:
    """Return the main colours of a palette as `#rrggbb`, the dominant one first."""
    return tuple(swatch.hex for number, swatch in enumerate(swatches) if not number or swatch.share >= MAIN)
