"""The catalogue as docs/api.md and docs/catalogue.md promise it, said plainly of plain records.

It is what tests hold the catalogue against, and so it imports nothing of `chalicelib.catalogue`: neither its
formulas nor its names. Colours go by coloraide.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from coloraide import Color

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMES = {
    "#777777": "grey",
    "#5ea26d": "mediumseagreen",
    "#336699": "steelblue",
    "#203040": "darkslategrey",
    "#d0c0a0": "tan",
    "#ffffff": "white",
    "#000000": "black",
    "#cc2020": "crimson",
}
"""The nearest of CSS's colours in OKLab, by coloraide."""
MOST_TAG_BYTES = 256
COMMONEST = {"the", "de", "le"}  # of the words in these tests, those that every second title has
BASE32 = "0123456789bcdefghjkmnpqrstuvwxyz"

Facets = dict[tuple[str, str], bytes]
Counts = dict[tuple[str, str], dict[str, int]]


@dataclass(frozen=True)
class Record:
    """An image: its object, its document, and its owner's texts."""

    image_id: str
    owner: str
    name: str  # of the object's key, without the prefix of its owner
    state: str
    uploaded: str
    size: int
    format: str
    width: int
    height: int
    document: dict[str, Any] = field(repr=False)  # as it was when the facts were made
    readable: bool = True  # whether the document can be read now
    title: str | None = None
    tags: frozenset[str] = frozenset()

    @property
    def dominant(self) -> str:
        """The dominant colour."""
        return str(self.document["analysis"]["dominant"])

    @property
    def colours(self) -> dict[str, int]:
        """The colours of the palette, and how many per cent of the image each makes up."""
        return {swatch["hex"]: round(swatch["share"] * 100) for swatch in self.document["analysis"]["palette"]}

    @property
    def main(self) -> set[str]:
        """The colours that the image is found by: the dominant one, and those of 16 per cent or more."""
        return {self.dominant} | {colour for colour, share in self.colours.items() if share >= 16}

    @property
    def phash(self) -> int:
        """The perceptual hash."""
        return int(self.document["analysis"]["fingerprint"]["phash"], 16)

    @property
    def pixels(self) -> str:
        """The first 16 digits of the hash of the pixels."""
        return str(self.document["analysis"]["fingerprint"]["pixels"][:16])

    def said(self, group: str, name: str) -> Any:
        """Return the file's value, or None."""
        return self.document["metadata"].get(group, {}).get(name)

    @property
    def taken(self) -> str | None:
        """When it was taken."""
        found: str | None = self.said("time", "date_taken")
        return found

    @property
    def place(self) -> tuple[float, float] | None:
        """Where it was taken: latitude and longitude."""
        latitude, longitude = self.said("place", "gps_latitude"), self.said("place", "gps_longitude")
        return None if latitude is None or longitude is None else (latitude, longitude)

    @property
    def gear(self) -> tuple[str, str, str] | None:
        """Make, model and lens."""
        parts = [self.said("camera", name) or "" for name in ("make", "model", "lens_model")]
        return (parts[0], parts[1], parts[2]) if any(parts) else None

    @property
    def position(self) -> str:
        """Where it lies in a list by date taken, or by upload where no date is known."""
        return f"{self.taken or self.uploaded[:19]}#{self.image_id}"

    def words(self) -> dict[str, bool]:
        """Return its terms, and whether each is a tag of its owner's or a keyword in the file."""
        description = self.document["metadata"]["description"] if self.readable else {}
        whole = [text.casefold() for text in (*sorted(self.tags), *description.get("keywords", ()))]
        stem = self.name.rpartition("/")[2].rpartition(".")[0]
        titles = (self.title or "", description.get("title") or "", stem)
        texts = (*whole, *titles, *self.place_names())
        single = [word for text in texts for word in words_in(text) if word not in COMMONEST]
        return {**dict.fromkeys(single, False), **dict.fromkeys(whole, True)}

    @property
    def located(self) -> tuple[str, str | None] | None:
        """The code of the country, and the city."""
        code = self.said("place", "gps_country_code")
        return (code, self.said("place", "gps_city")) if code else None

    def place_names(self) -> list[str]:
        """Return the names of its place, with and without the accent of the only one that has one in these tests.

        Country and city are in the facts, and known where the document cannot be read.
        """
        known = ("country", "city") if self.located else ()
        read = ("city", "district", *(("region",) if self.located else ())) if self.readable else ()
        names = [self.said("place", f"gps_{name}") for name in (*known, *read)]
        return [text for name in names if name for text in (name, name.replace("Î", "I"))]


def words_in(text: str) -> list[str]:
    """Return the words of a text: two letters or more."""
    return re.findall(r"[^\W\d_]{2,}", text.casefold())


def in_order(records: Iterable[Record]) -> list[Record]:
    """Return records by date taken, newest first."""
    return sorted(records, key=lambda record: record.position, reverse=True)


def facets(records: Iterable[Record]) -> Facets:
    """Return every index entry of an owner's images (docs/catalogue.md has the table), and the card in it."""
    found: Facets = {}
    alike: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        owner, at, packed = record.owner, record.position, card(record)
        found[f"{owner}#taken", at] = packed
        if record.gear:
            gear = "\t".join(record.gear).casefold()
            found[f"{owner}#camera#{gear}", at] = packed
        for word, is_tag in record.words().items():
            found[f"{owner}#word#{word}", at + "+" * is_tag] = packed
        if record.place:
            found[f"{owner}#place", f"{geohash(*record.place)}#{record.image_id}"] = packed
        for colour in record.main:
            found[f"{owner}#colour#{cell(colour)}", at] = packed
        if len(tags := msgspec.msgpack.encode(sorted(record.tags))) > MOST_TAG_BYTES:
            found[f"{owner}#tags", record.image_id] = tags
        for band in bands(record.phash):
            found[f"{owner}#band#{band}", f"{record.pixels}#{record.image_id}"] = packed
        alike[record.pixels].append(record)
    for group in alike.values():
        if len(group) > 1:
            found |= {(f"{one.owner}#same", f"{one.pixels}#{one.image_id}"): card(one) for one in group}
    return found


def card(record: Record) -> bytes:
    """Return the card of an image as it is stored: a MessagePack array whose fields keep their places."""
    latitude, longitude = record.place or (None, None)
    rating = record.said("description", "rating")
    facts = [
        record.taken,
        *(record.said("camera", name) for name in ("make", "model", "lens_model")),
        *(record.said("exposure", name) for name in ("iso", "f_number", "focal_length")),
        None if rating is None else int(rating),
        record.said("provenance", "provenance"),
        latitude,
        longitude,
        int(record.dominant[1:], 16),
        record.phash,
        int(record.pixels, 16),
        int(record.document["sha256"][:16], 16),
        *[None] * 5,  # name, expires, offset, thumbnails, thumbhash
        b"".join(bytes.fromhex(f"{colour[1:]}{share:02x}") for colour, share in record.colours.items()),
        *(record.located or (None, None)),
    ]
    tags = sorted(record.tags)
    apart = len(msgspec.msgpack.encode(tags)) > MOST_TAG_BYTES
    shown = [record.state, record.name, record.uploaded, record.size, record.format, record.width, record.height]
    return msgspec.msgpack.encode(
        ["", "", *shown, None, record.title, None, "private", facts, None if apart else tags, apart]
    )


def counts(records: Iterable[Record]) -> Counts:
    """Return how many there are of everything, as a program that goes through all records counts them."""
    found: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for record in records:
        owner = f"{record.owner}#count"
        for item in ("total#", f"month#{record.uploaded[:7]}"):
            found[owner, item]["images"] += 1
            found[owner, item]["bytes"] += record.size
        found[owner, "total#"]["spread"] += 1
        found[owner, "total#"].update({f"cell:{cell(colour)}" for colour in record.main})
        month = found[owner, f"month#{record.uploaded[:7]}"]
        month[f"state:{record.state}"] += 1
        month[f"format:{record.format}"] += 1
        month[f"provenance:{record.said('provenance', 'provenance')}"] += 1
        month.update({f"colour:{NAMES[colour]}" for colour in record.main})
        if record.gear:
            found[owner, "camera#"]["\t".join(record.gear)] += 1
        if record.taken:
            found[owner, f"taken#{record.taken[:4]}"][record.taken[:7]] += 1
        if record.place:
            four = geohash(*record.place)[:4]
            found[owner, f"place#{four[:2]}"][four] += 1
            if record.located:
                code, city = record.located
                found[owner, f"place#{four[:2]}"][f"{code}\t{city or ''}"] += 1
        for word, is_tag in record.words().items():
            if is_tag:
                found[owner, f"tag#{zlib.crc32(word.encode()) % 8}"][f"+{word}"] += 1
    return {key: dict(numbers) for key, numbers in found.items()}


def geohash(latitude: float, longitude: float) -> str:
    """Return the 12 characters of a geohash: halves of halves, longitude first (Niemeyer 2008)."""
    bits, spans, place = "", [[-180.0, 180.0], [-90.0, 90.0]], (longitude, latitude)
    while len(bits) < 60:
        axis = len(bits) % 2
        low, high = spans[axis]
        middle = (low + high) / 2
        upper = place[axis] >= middle
        spans[axis] = [middle, high] if upper else [low, middle]
        bits += "01"[upper]
    return "".join(BASE32[int(bits[at : at + 5], 2)] for at in range(0, 60, 5))


def bands(phash: int) -> list[str]:
    """Return the three bands of a hash: 29 bits, whose blocks are rounded to Hamming code words, 17 and 18."""
    rounded, at = 0, 0
    for width in (15, 7, 7):
        block = phash >> at & (1 << width) - 1
        near = (block, *(block ^ 1 << bit for bit in range(width)))
        (word,) = (word for word in near if _is_code_word(word, width))
        rounded, at = rounded | word << at, at + width
    return [f"0#{rounded:x}", f"1#{phash >> 29 & 0x1FFFF:x}", f"2#{phash >> 46:x}"]


@cache
def cell(colour: str) -> str:
    """Return the box of OKLab that a colour lies in: 0.2 by 0.12 by 0.12, the greys in the middle of theirs."""
    lightness, a, b = (round(part, 9) for part in Color(colour).convert("oklab").coords())
    return f"{min(math.floor(lightness / 0.2), 4)}{math.floor(a / 0.12 + 3.5)}{math.floor(b / 0.12 + 3.5)}"


def _is_code_word(word: int, width: int) -> bool:
    ones = [place for place in range(1, width + 1) if word >> place - 1 & 1]
    return all(sum(1 for place in ones if place & parity) % 2 == 0 for parity in (1, 2, 4, 8))
