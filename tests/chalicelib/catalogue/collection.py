"""Records of an owner's images, written straight into the table, and the catalogue's expected answers."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.catalogue.index import cards
from chalicelib.config import settings
from chalicelib.db import document_codec, images, keys
from chalicelib.db.models import FAILED, READY, Image, connection
from tests.chalicelib.catalogue import plain
from tests.chalicelib.catalogue.plain import Record

if TYPE_CHECKING:
    from collections.abc import Callable

CAMERAS = [("Canon", "EOS 5D"), ("Canon", "EOS R5"), ("Apple", "iPhone 6"), ("NIKON", "D40"), (None, None)]
LENSES = ["EF 50mm f/1.8", "EF 24-70mm", None]
COLOURS = ["#5ea26d", "#336699", "#203040", "#d0c0a0", "#ffffff", "#000000", "#cc2020"]
SHARES = [(0.6, 0.3), (0.5, 0.16, 0.15), (0.9, 0.1), (0.4, 0.2, 0.17, 0.1), (0.12, 0.11)]
WORDS = ["sea", "seagull", "boat", "sunset", "sunday", "harbour", "meer", "fog"]
CITIES = [(51.48, -3.18), (48.85, 2.35), (-36.84, 174.76), (-17.0, 179.99), (-17.0, -179.99), (89.9, 10.0)]
NAMES = {
    (51.48, -3.18): {"city": "Cardiff", "region": "Wales", "country_code": "GB", "country": "United Kingdom"},
    (48.85, 2.35): {
        "district": "Le Marais", "city": "Paris", "region": "Île-de-France",
        "country_code": "FR", "country": "France",
    },
    (-17.0, -179.99): {"country_code": "FJ", "country": "Fiji"},
    (89.9, 10.0): {"city": "Meerstadt"},
}  # fmt: skip
"""The names of these places: the last one is off its city, at sea."""
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Library:
    """An owner's images, as records in the table, and as plain values beside it."""

    owner: str
    images: dict[str, Image] = field(default_factory=dict, repr=False)
    records: dict[str, Record] = field(default_factory=dict, repr=False)
    clock: int = 0

    def add(self, chosen: random.Random, name: str) -> str:
        """Write the record of an image, or that of a new object under the same key; return its id."""
        self.clock += 1
        key = f"uploads/{self.owner}/{name}"
        image_id = keys.image_id(settings().images_bucket, key)
        document = _document(chosen)
        failed = chosen.random() < 0.1
        width, height = chosen.choice([(4000, 3000), (3000, 4000), (2000, 2000)])
        size, kind = chosen.randrange(10_000, 9_000_000), chosen.choice(["JPEG", "JPEG", "JPEG", "PNG", "HEIF"])
        image = Image(
            image_id,
            owner=self.owner,
            key=key,
            state=FAILED if failed else READY,
            sequencer=keys.order(f"{self.clock:010X}"),
            uploaded=keys.timestamp(BEGINNING + timedelta(hours=self.clock)),
            size=size,
            format=kind,
            width=width,
            height=height,
            document=document_codec.pack(document),
            facts=cards.pack_facts(cards.facts(document, document["sha256"])),
        )
        assert images.put_newer(image)
        self.images[image_id] = image
        before = self.records.get(image_id)
        self.records[image_id] = Record(
            image_id,
            self.owner,
            name,
            "failed" if failed else "ready",
            f"{BEGINNING + timedelta(hours=self.clock):%Y-%m-%dT%H:%M:%S}.000Z",
            size,
            kind,
            width,
            height,
            document,
            title=before.title if before else None,
            tags=before.tags if before else frozenset(),
        )
        return image_id

    def edit(self, image_id: str, **changes: Any) -> None:
        """Write on an image as its owner does."""
        image = images.get(image_id, consistent=True)
        assert image is not None
        assert images.edit(image, changes)
        self.images[image_id] = image
        record = self.records[image_id]
        if "title" in changes:
            record = replace(record, title=changes["title"])
        if "tags" in changes:
            record = replace(record, tags=frozenset(changes["tags"] or ()))
        self.records[image_id] = record

    def spoil(self, image_id: str) -> None:
        """Make an image's document one that cannot be read."""
        self.edit(image_id, document=document_codec.pack({"metadata": float("nan")}))
        self.records[image_id] = replace(self.records[image_id], readable=False)

    def remove(self, image_id: str) -> None:
        """Bury an image."""
        image = self.images.pop(image_id)
        del self.records[image_id]
        assert images.bury(image_id, self.owner, image.key, keys.order_after(image.sequencer))

    def cards(self) -> list[cards.Card]:
        """Return the cards of all images, in no order."""
        return [cards.card(image) for image in self.images.values()]


def filled(stream: Callable[[], None], owner: str, number: int, seed: int) -> Library:
    """Return an owner's images, one of them with tags, which the catalogue has followed."""
    chosen, library = random.Random(seed), Library(owner)
    for name in range(number):
        library.add(chosen, f"{name}.jpg")
    library.edit(next(iter(library.images)), tags={"sea", "Fog"})
    stream()
    return library


def stored_entries(owner: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return all that the catalogue holds of an owner."""
    client = connection(settings().region).client
    found = client.get_paginator("scan").paginate(
        TableName=settings().facets_table,
        FilterExpression="begins_with(facet, :owner)",
        ExpressionAttributeValues={":owner": {"S": f"{owner}#"}},
        ConsistentRead=True,
    )
    return {(item["facet"]["S"], item["entry"]["S"]): item for page in found for item in page["Items"]}


def between(name: str, first: str | None, last: str | None) -> dict[str, str]:
    """Return the parameters that ask for a span of dates; None is open."""
    ends = {f"{name}_from": first, f"{name}_to": last}
    return {parameter: end for parameter, end in ends.items() if end is not None}


def should_be(library: Library) -> plain.Facets:
    """Return the facets that the images have, made from nothing but plain records."""
    return plain.facets(library.records.values())


def recount(library: Library) -> plain.Counts:
    """Return the sum of the images' contributions, added up plainly."""
    return plain.counts(library.records.values())


def _document(chosen: random.Random) -> dict[str, Any]:
    make, model = chosen.choice(CAMERAS)
    latitude, longitude = chosen.choice(CITIES)
    camera = {"make": make, "model": model, "lens_model": chosen.choice(LENSES)}
    taken = BEGINNING - timedelta(days=chosen.randrange(2000), seconds=chosen.randrange(86_400))
    content = f"{chosen.randrange(1 << 64):016x}" if chosen.random() < 0.8 else "00ff00ff00ff00ff"
    metadata = {
        "camera": {name: value for name, value in camera.items() if value},
        "exposure": {
            "iso": chosen.choice([100, 200, 400, 3200]),
            "f_number": chosen.choice([1.8, 2.8, 8.0]),
            "focal_length": chosen.choice([24.0, 50.0, 200.0]),
        },
        "time": {"date_taken": f"{taken:%Y-%m-%dT%H:%M:%S}"} if chosen.random() < 0.8 else {},
        "place": _place(latitude, longitude) if chosen.random() < 0.6 else {},
        "description": {
            "title": " ".join(chosen.sample(WORDS, 2)),
            "keywords": chosen.sample(WORDS, chosen.randrange(3)),
            "rating": chosen.choice([None, 1.0, 3.0, 5.0]),
        },
        "provenance": {"provenance": chosen.choice(["captured", "edited", "ai_generated"])},
    }
    colour = chosen.choice(COLOURS)
    others = random.Random(f"{content} {colour}").sample([one for one in COLOURS if one != colour], 3)
    shares = random.Random(content).choice(SHARES)
    seen = {
        "palette": [{"hex": one, "share": share} for one, share in zip([colour, *others], shares, strict=False)],
        "dominant": colour,
        "fingerprint": {"phash": content, "pixels": content * 4},
    }
    return {"metadata": metadata, "analysis": seen, "sha256": f"{chosen.randrange(1 << 256):064x}"}


def _place(latitude: float, longitude: float) -> dict[str, Any]:
    names = {f"gps_{name}": value for name, value in NAMES.get((latitude, longitude), {}).items()}
    return {"gps_latitude": latitude, "gps_longitude": longitude, **names}
