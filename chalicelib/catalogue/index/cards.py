"""A card: the attributes that lists show and filter by, small enough for every index entry.

Cards and facts are MessagePack arrays: a field may be added at the end, none removed or moved.
"""

from __future__ import annotations

import base64
import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chalicelib import texts
from chalicelib.catalogue.index import palettes
from chalicelib.db import keys
from chalicelib.db.models import PRIVATE
from image_processing import thumbnail_sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalicelib.catalogue.index.palettes import Swatch
    from chalicelib.db.models import Image
    from image_processing.thumbnail_sizes import Size

SEPARATOR = "\t"  # no name has one, since its spaces are single
MAX_TEXT = 80  # characters of a name of a camera or a lens
MAX_ALT = 250  # characters of a text alternative; the record has all of it
PLACE_STEPS = 100_000  # of a degree: positions have 5 decimals
MAX_TAG_BYTES = 256  # packed; an image with more has them in an item of their own


class Thumbnails(Struct, array_like=True, frozen=True):
    """That an image has thumbnails, where, and the size of the largest, from which that of each other follows."""

    seal: bytes  # the name of their folder (keys.derived_seal)
    width: int
    height: int


class Facts(Struct, array_like=True, frozen=True):
    """The searchable attributes of a file: from its metadata and the analysis of its pixels."""

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
    colour: int | None = None  # the dominant one, as 0xRRGGBB
    phash: int | None = None  # 64 bits
    pixels: int | None = None  # the first 64 bits of the hash of the pixels
    sha256: int | None = None  # the first 64 bits of that of the bytes
    name: str | None = None  # of the file, where the key has another
    expires: int | None = None  # seconds since 1970, of the record of a file that was refused
    offset: int | None = None  # minutes from UTC that the camera's clock was ahead when it was taken
    thumbnails: Thumbnails | None = None
    thumbhash: bytes | None = None  # a placeholder
    palette: bytes | None = None  # its colours and their shares (`palettes`); older records have none
    country: str | None = None  # of the position: its code (ISO 3166-1); none at sea
    city: str | None = None  # the nearest of that country

    @property
    def dominant(self) -> str | None:
        """The dominant colour, as `#rrggbb`."""
        return None if self.colour is None else f"#{self.colour:06x}"

    @property
    def colours(self) -> tuple[Swatch, ...]:
        """The whole palette, the largest share first; of an older record the dominant colour alone."""
        if self.palette:
            return palettes.unpack(self.palette)
        return (palettes.Swatch(self.dominant, 100),) if self.dominant else ()

    @property
    def main_colours(self) -> tuple[str, ...]:
        """The colours that the image is found by and counted under, as `#rrggbb`."""
        return palettes.main(self.colours)

    @property
    def taken_offset(self) -> str | None:
        """The offset from UTC, as `+02:00`."""
        if self.offset is None:
            return None
        hours, minutes = divmod(abs(self.offset), 60)
        return f"{'-' if self.offset < 0 else '+'}{hours:02d}:{minutes:02d}"

    @property
    def gear(self) -> str:
        """Make and model of the camera, and the lens, with `SEPARATOR` between them; empty where none is known."""
        known = self.make or self.model or self.lens
        return SEPARATOR.join((self.make or "", self.model or "", self.lens or "")) if known else ""

    @property
    def located(self) -> str:
        """Country and city, with `SEPARATOR` between them; empty where no country is known."""
        return f"{self.country}{SEPARATOR}{self.city or ''}" if self.country else ""


class Thumbnail(NamedTuple):
    """A thumbnail: the key of its file, and its size in pixels."""

    key: str
    size: Size


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
    tags: tuple[str, ...] | None = None  # as their owner wrote them; None where the entry has none or is older
    apart: bool = False  # the tags are in an item of their own (`entries.tags`)

    @property
    def name(self) -> str:
        """The file's name, as it is shown."""
        return self.facts.name or texts.shown(keys.file_name(self.key))

    def thumbnails(self) -> dict[str, Thumbnail]:
        """Return the thumbnails that there are, by name: the key and the size of each."""
        made = self.facts.thumbnails
        if made is None:
            return {}
        folder = keys.unsealed_folder(self.image_id, made.seal)
        sizes = thumbnail_sizes.of_largest(made.width, made.height)
        return {name: Thumbnail(f"{folder}{name}.webp", size) for name, size in sizes.items()}

    @property
    def expired(self) -> bool:
        """Whether the record has expired: DynamoDB removes expired items within days, not at once."""
        return self.facts.expires is not None and self.facts.expires <= time.time()

    @property
    def moment(self) -> str:
        """The time taken (local), else that of the upload, by which lists by date taken are ordered."""
        return self.facts.taken or self.uploaded[:19]

    @property
    def position(self) -> str:
        """The position of the image in every list by date taken; no two are equal."""
        return f"{self.moment}#{self.image_id}"


_TIME = re.compile(  # RFC 3339; others do not sort, and are in no month
    "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)"
)
_OFFSET = re.compile("([+-])([0-9]{2}):([0-5][0-9])")
_ABSENT = {"NULL": None}
_pack = msgspec.msgpack.Encoder().encode
_unpack_card = msgspec.msgpack.Decoder(Card).decode
_unpack_facts = msgspec.msgpack.Decoder(Facts).decode
_unpack_tags = msgspec.msgpack.Decoder(tuple[str, ...]).decode


def facts(document: Mapping[str, Any], sha256: str | None, name: str | None = None) -> Facts:
    """Return the facts that a record's document holds, and those that are known besides."""
    found = document.get("metadata", {})
    camera, exposure, place, time_ = (found.get(group, {}) for group in ("camera", "exposure", "place", "time"))
    seen = document.get("analysis", {})
    print_ = seen.get("fingerprint", {})
    latitude, longitude = place.get("gps_latitude"), place.get("gps_longitude")
    there = _within(latitude, -90, 90) is not None and _within(longitude, -180, 180) is not None
    iso, rating = _within(exposure.get("iso"), 1, 1e7), _within(found.get("description", {}).get("rating"), -1, 5)
    taken = _taken(time_.get("date_taken"))
    country = _text(place.get("gps_country_code")) if there else None
    return Facts(
        taken=taken,
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
        colour=int(seen["dominant"][1:], 16) if seen.get("dominant") else None,
        phash=_bits(print_.get("phash")),
        pixels=_bits(print_.get("pixels")),
        sha256=_bits(sha256),
        name=name,
        offset=_minutes(time_.get("date_offset")) if taken else None,
        thumbnails=_thumbnails(document.get("thumbnails", {})),
        thumbhash=_decoded(seen.get("placeholder", {}).get("thumbhash")),
        palette=palettes.pack(seen.get("palette") or ()),
        country=country,
        city=_text(place.get("gps_city")) if country else None,
    )


def completed(packed: bytes | None, document: Mapping[str, Any], sha256: str | None) -> bytes | None:
    """Return a record's facts with those that an older version did not know; None where none is missing.

    A fact that is there stays: the document may have lost the part that it came from, because it was too large.
    """
    known = _unpack_facts(packed) if packed else Facts()
    found = facts(document, sha256, known.name)
    missing = {
        name: value
        for name in Facts.__struct_fields__
        if getattr(known, name) is None and (value := getattr(found, name)) is not None
    }
    return pack_facts(replace(known, **missing)) if missing else None


def card(image: Image) -> Card:
    """Return the card of an image that is there."""
    return _card(lambda name: getattr(image, name))


def from_item(item: Mapping[str, Any]) -> Card:
    """Return the card of an item of an index of the table of images, which is in DynamoDB's JSON."""

    def value(name: str) -> Any:
        ((kind, found),) = item.get(name, _ABSENT).items()
        return int(found) if kind == "N" else found

    return _card(value)


def _card(value: Callable[[str], Any]) -> Card:
    return Card(
        image_id=value("image_id"),
        owner=value("owner"),
        state=value("state"),
        key=value("key"),
        uploaded=value("uploaded"),
        size=_whole(value("size")),
        format=value("format"),
        width=_whole(value("width")),
        height=_whole(value("height")),
        code=value("code"),
        title=value("title"),
        alt=_cut(value("alt")),
        visibility=value("visibility") or PRIVATE,
        facts=unpack_facts(value("facts")),
        tags=tuple(sorted(value("tags") or ())),
    )


def pack(card: Card) -> bytes:
    """Return the form of a card in an index entry: short, since a page has fifty."""
    prefix = f"{keys.UPLOADS}{card.owner}/"
    apart = len(pack_tags(card)) > MAX_TAG_BYTES
    tags = None if apart else card.tags
    return _pack(replace(card, image_id="", owner="", key=card.key.removeprefix(prefix), tags=tags, apart=apart))


def pack_tags(card: Card) -> bytes:
    """Return the form of a card's tags in an item of their own."""
    return _pack(card.tags or ())


def unpack_tags(packed: bytes) -> tuple[str, ...]:
    """Return tags that were packed alone."""
    return _unpack_tags(packed)


def unpack(packed: bytes, owner: str, image_id: str) -> Card:
    """Return a packed card of an owner's image."""
    card = _unpack_card(packed)
    return replace(card, image_id=image_id, owner=owner, key=f"{keys.UPLOADS}{owner}/{card.key}")


def pack_facts(facts: Facts) -> bytes:
    """Return the form in which a record carries its facts."""
    return _pack(facts)


def unpack_facts(packed: bytes | None) -> Facts:
    """Return the facts that a record carries. Raises msgspec.MsgspecError for others."""
    return _unpack_facts(packed) if packed else Facts()


def _thumbnails(described: Mapping[str, Any]) -> Thumbnails | None:
    """Return where the thumbnails of a document are; None where it has none, or they lie in a readable folder."""
    largest = described.get(thumbnail_sizes.LARGEST)
    if largest is None:
        return None
    seal = keys.derived_seal(largest["key"])
    return None if seal is None else Thumbnails(seal, largest["width"], largest["height"])


def _decoded(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= MAX_ALT else f"{text[: MAX_ALT - 1]}…"


def _bits(hexadecimal: str | None) -> int | None:
    return None if hexadecimal is None else int(hexadecimal[:16], 16)


def _taken(text: str | None) -> str | None:
    """Return a date taken to the second; None where the file has less than a day, or no valid date."""
    if text is None or len(text) < 10:
        return None
    whole = f"{text[:19]}{'T00:00:00'[len(text) - 10 :]}" if len(text) < 19 else text[:19]
    return whole if _TIME.fullmatch(whole) else None


def _minutes(offset: str | None) -> int | None:
    """Return an offset from UTC in minutes; None where it is no `+02:00`."""
    found = _OFFSET.fullmatch(offset or "")
    return None if found is None else int(f"{found[1]}1") * (60 * int(found[2]) + int(found[3]))


def _text(value: Any) -> str | None:
    text = " ".join(str(value or "").split())[:MAX_TEXT]
    return text or None


def _within(value: Any, least: float, most: float) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and least <= value <= most else None


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
