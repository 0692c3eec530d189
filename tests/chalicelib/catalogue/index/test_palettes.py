"""Palettes in the facts of an image: four bytes a colour, the largest share first."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.catalogue.index import palettes
from chalicelib.catalogue.index.palettes import Swatch

RED, LIME, BLUE = "#ff0000", "#00ff00", "#0000ff"


def swatch(colour: str, share: float) -> dict[str, Any]:
    return {"hex": colour, "share": share, "name": "not kept"}


def test_a_palette_is_packed_by_share() -> None:
    """20 and 50.4 per cent: 0x14 and 0x32."""
    packed = palettes.pack([swatch(RED, 0.2), swatch(LIME, 0.504)])
    assert packed == bytes.fromhex("00ff0032ff000014")
    assert palettes.unpack(packed) == (Swatch(LIME, 50), Swatch(RED, 20))


def test_no_colour_is_no_palette() -> None:
    """As of an image that was not analysed."""
    assert palettes.pack([]) is None


@pytest.mark.parametrize(
    ("shares", "expected"),
    [((40, 16, 15), (RED, LIME)), ((15, 15, 15), (RED,)), ((), ()), ((60, 20, 16), (RED, LIME, BLUE))],
)
def test_main_colours_have_sixteen_per_cent(shares: tuple[int, ...], expected: tuple[str, ...]) -> None:
    """And the dominant one is one in any case."""
    swatches = tuple(Swatch(colour, share) for colour, share in zip((RED, LIME, BLUE), shares, strict=False))
    assert palettes.main(swatches) == expected
