"""An image of literal values, for tables of right answers."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from chalicelib.catalogue.index.cards import Card, Facts

IMAGE = Card(
    image_id="abcdefghijklmnopqrstuvwxyz",
    owner="me",
    state="ready",
    key="uploads/me/a.jpg",
    uploaded="2024-05-31T12:30:15.250Z",
    size=1000,
    format="JPEG",
    width=4000,
    height=3000,
    code=None,
    title=None,
    alt=None,
    visibility="private",
    facts=Facts(
        taken="2014-10-31T13:32:37",
        make="Canon",
        model="EOS 5D",
        lens="EF 50mm f/1.8",
        iso=200,
        f_number=2.8,
        focal_length=50.0,
        rating=3,
        provenance="edited",
        latitude=10.0,
        longitude=20.0,
        colour=0x336699,
        country="FR",
        city="Besançon",
    ),
)


def image(**changes: Any) -> Card:
    """Return the image with other values; those of its facts are named as they are."""
    facts = {name: value for name, value in changes.items() if name in Facts.__struct_fields__}
    rest = {name: value for name, value in changes.items() if name not in facts}
    return replace(IMAGE, facts=replace(IMAGE.facts, **facts), **rest)
