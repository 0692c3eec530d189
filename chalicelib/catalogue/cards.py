"""A card: what a list shows of an image and filters it by, small enough to lie in every facet.

Cards and facts are MessagePack arrays: a field may be added at the end, none removed or moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chalicelib.db import keys
from chalicelib.db.models import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.db.models import Image

MAX_TEXT = 80  # characters of a name of a camera or a lens
MAX_ALT = 250  # characters of a text alternative; the record has all of it
_COLOURS = 4
_SHARE = 0.1  # of the image that a colour needs to be one of them


class Facts(Struct, array_like=True, frozen=True):
    """What the file says that images are searched by: from its metadata, and from the look at its pixels."""

    taken: str | None = None  # local time, to the second: 2014-10-31T13:32:37
    make: str | None = None
    model: str | None = None
    lens: str | None = None
    iso: int | None = None
    f_number: float | None = None
    focal_length: float | None = None  # millimetres
    rating: int | None = None  # stars, -1 to 5
    provenance: str | None = None  # captured, edited, ai_assisted, ai_generated
    latitude: float | None = None  # degrees north
    longitude: float | None = None  # degrees east
    colours: tuple[int, ...] = ()  # of the palette, the dominant one first, each as 0xRRGGBB
    phash: int | None = None  # 64 bits
    pixels: int | None = None  # the first 64 bits of the hash of the pixels
    sha256: int | None = None  # the first 64 bits of that of the bytes

    @property
    def dominant(self) -> str | None:
        """The dominant colour, as `#rrggbb`."""
        return f"#{self.colours[0]:06x}" if self.colours else None


class Card(Struct, array_like=True, frozen=True):
    """An image as a list shows it, and its facts; whose and which it is, the keys say that it lies under."""

    image_id: str
    owner: str
    state: str
    key: str
    uploaded: str
    size: int | None
    format: str | None
    width: int | None
    height: int | None
    code: str | None
    title: str | None
    alt: str | None
    visibility: str
    facts: Facts
    tags: tuple[str, ...] | None = (
        None  # in lists by upload only: in facets, each would be rewritten with every tag
    )

    @property
    def moment(self) -> str:
        """When the image was taken, local time, else uploaded: what lists by date taken are ordered by."""
        return self.facts.taken or self.uploaded[:19]

    @property
    def place(self) -> str:
        """The place of the image in every list by date taken; no two are equal."""
        return f"{self.moment}#{self.image_id}"


_pack = msgspec.msgpack.Encoder().encode
_unpack_card = msgspec.msgpack.Decoder(Card).decode
_unpack_facts = msgspec.msgpack.Decoder(Facts).decode


def facts(document: Mapping[str, Any], sha256: str | None) -> Facts:
    """Return the facts that a record's document holds."""
    found = document.get("metadata", {})
    camera, exposure, place = (found.get(group, {}) for group in ("camera", "exposure", "place"))
    seen = document.get("analysis", {})
    print_ = seen.get("fingerprint", {})
    latitude, longitude = place.get("gps_latitude"), place.get("gps_longitude")
    there = _within(latitude, -90, 90) is not None and _within(longitude, -180, 180) is not None
    iso, rating = _within(exposure.get("iso"), 1, 1e7), _within(found.get("description", {}).get("rating"), -1, 5)
    return Facts(
        taken=_taken(found.get("time", {}).get("date_taken")),
        make=_text(camera.get("make")),
        model=_text(camera.get("model")),
        lens=_text(camera.get("lens_model")),
        iso=None if iso is None else round(iso),
        f_number=_within(exposure.get("f_number"), 0, 1e4),
        focal_length=_within(exposure.get("focal_length"), 0, 1e5),
        rating=None if rating is None else round(rating),
        provenance=found.get("provenance", {}).get("provenance"),
        latitude=round(latitude, 5) if there else None,
        longitude=round(longitude, 5) if there else None,
        colours=_colours(seen),
        phash=_bits(print_.get("phash")),
        pixels=_bits(print_.get("pixels")),
        sha256=_bits(sha256),
    )


def card(image: Image) -> Card:
    """Return the card of an image that is there; of its index by owner or day, too."""
    return Card(
        image_id=image.image_id,
        owner=image.owner,
        state=image.state,
        key=image.key,
        uploaded=image.uploaded,
        size=_whole(image.size),
        format=image.format,
        width=_whole(image.width),
        height=_whole(image.height),
        code=image.code,
        title=image.title,
        alt=_cut(image.alt),
        visibility=image.visibility or PRIVATE,
        facts=_unpack_facts(image.facts) if image.facts else Facts(),
        tags=tuple(sorted(image.tags or ())),
    )


def listed(item: Mapping[str, Any]) -> Card:
    """Return the card of an item of an index of the table of images, which is in DynamoDB's JSON."""

    def text(name: str) -> Any:
        return item[name]["S"] if name in item else None

    def number(name: str) -> int | None:
        return int(item[name]["N"]) if name in item else None

    return Card(
        image_id=item["image_id"]["S"],
        owner=item["owner"]["S"],
        state=item["state"]["S"],
        key=item["key"]["S"],
        uploaded=item["uploaded"]["S"],
        size=number("size"),
        format=text("format"),
        width=number("width"),
        height=number("height"),
        code=text("code"),
        title=text("title"),
        alt=_cut(text("alt")),
        visibility=text("visibility") or PRIVATE,
        facts=_unpack_facts(item["facts"]["B"]) if "facts" in item else Facts(),
        tags=tuple(sorted(item["tags"]["SS"])) if "tags" in item else (),
    )


def pack(card: Card) -> bytes:
    """Return the form in which a facet carries a card: short, since a page has fifty."""
    prefix = f"{keys.UPLOADS}{card.owner}/"
    return _pack(replace(card, image_id="", owner="", key=card.key.removeprefix(prefix), tags=None))


def unpack(packed: bytes, owner: str, image_id: str) -> Card:
    """Return a packed card of an owner's image."""
    card = _unpack_card(packed)
    return replace(card, image_id=image_id, owner=owner, key=f"{keys.UPLOADS}{owner}/{card.key}")


def pack_facts(facts: Facts) -> bytes:
    """Return the form in which a record carries its facts."""
    return _pack(facts)


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= MAX_ALT else f"{text[: MAX_ALT - 1]}…"


def _bits(hexadecimal: str | None) -> int | None:
    return None if hexadecimal is None else int(hexadecimal[:16], 16)


def _colours(seen: Mapping[str, Any]) -> tuple[int, ...]:
    large = [entry["hex"] for entry in seen.get("palette", ()) if entry["share"] >= _SHARE]
    dominant = seen.get("dominant")
    first = [dominant] if dominant else []
    chosen = [*first, *(colour for colour in large if colour != dominant)][:_COLOURS]
    return tuple(int(colour[1:], 16) for colour in chosen)


def _taken(text: str | None) -> str | None:
    """Return a date taken to the second; None where the file says less than a day, or what is no date."""
    if text is None or len(text) < 10:
        return None
    whole = f"{text[:19]}{'T00:00:00'[len(text) - 10 :]}" if len(text) < 19 else text[:19]
    return whole if len(whole) == 19 and whole[:4].isdigit() else None


def _text(value: Any) -> str | None:
    text = " ".join(str(value or "").split())[:MAX_TEXT]
    return text or None


def _within(value: Any, least: float, most: float) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and least <= value <= most else None


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
