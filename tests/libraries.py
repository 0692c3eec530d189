"""Libraries of images as people have them, for `catalog`: records, cards and facets without any file.

Ten years of photographs, more of them lately; a few cameras with their lenses, most images from two of them;
places around some cities; tags whose frequencies fall as words' do (Zipf); one image in fifty there twice, one in
fifty nearly so.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.catalogue.index import cards, counters, entries, terms
from chalicelib.catalogue.index.cards import Card, Facts
from chalicelib.db import keys

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

END = datetime(2026, 11, 1, tzinfo=UTC)
YEARS = 10
CAMERAS = [
    ("Apple", "iPhone 15 Pro", ["iPhone 15 Pro back triple camera 6.765mm f/1.78"]),
    ("Canon", "Canon EOS R6", ["RF24-105mm F4 L IS USM", "RF50mm F1.8 STM"]),
    ("Apple", "iPhone 12", ["iPhone 12 back dual wide camera 4.2mm f/1.6"]),
    ("SONY", "ILCE-7M3", ["FE 35mm F1.8", "FE 70-200mm F4 G OSS"]),
    ("NIKON CORPORATION", "NIKON D750", ["AF-S NIKKOR 24-120mm f/4G ED VR"]),
    ("FUJIFILM", "X-T4", ["XF35mmF2 R WR"]),
    ("Google", "Pixel 8", ["Pixel 8 back camera 6.9mm f/1.68"]),
    ("DJI", "FC3582", ["24.0 mm f/1.7"]),
]
FORMATS = [("JPEG", 0.90), ("HEIF", 0.06), ("PNG", 0.03), ("WEBP", 0.01)]
CITIES = [(random.Random(n).uniform(-55, 65), random.Random(-n).uniform(-180, 180)) for n in range(1, 40)]
VOCABULARY = 800
BATCH = 25  # items that DynamoDB takes in a request


class Image(NamedTuple):
    """An image of a library: its card, its words, its tags."""

    card: Card
    said: list[terms.Word]


def collection(owner: str, size: int, seed: int = 1) -> Iterator[Image]:
    """Yield an owner's images, the oldest upload first."""
    chosen = random.Random(seed)
    tags = _Zipf(VOCABULARY, chosen)
    cameras = _Zipf(len(CAMERAS), chosen)
    before: list[tuple[int, int]] = []
    for number in range(size):
        at = END - timedelta(days=365 * YEARS * (1 - ((number + 0.5) / size) ** 0.6))
        facts = _facts(chosen, at, cameras, before)
        width, height = chosen.choice([(4032, 3024), (4032, 3024), (3024, 4032), (6000, 4000), (2048, 2048)])
        key = f"{keys.UPLOADS}{owner}/{_uuid(chosen)}/IMG_{number:04}.jpg"
        image_id = keys.image_id("bucket", key)
        tagged = sorted({f"{_word(tags.draw())}" for _ in range(3)})
        title = f"{tagged[0].title()} {_word(tags.draw())}" if number % 4 == 0 else None
        card = Card(
            image_id=image_id,
            owner=owner,
            state="ready",
            key=key,
            uploaded=keys.timestamp(at),
            size=chosen.randrange(800_000, 9_000_000),
            format=chosen.choices([name for name, _ in FORMATS], [share for _, share in FORMATS])[0],
            width=width,
            height=height,
            code=None,
            title=title,
            alt=f"A picture of {tagged[0]} and {tagged[-1]}" if number % 4 == 0 else None,
            visibility="private",
            facts=facts,
            tags=tuple(tagged),
        )
        yield Image(card, terms.said(title=title, caption=None, keywords=tagged, tags=(), name=key))


def items(image: Image) -> Iterator[dict[str, Any]]:
    """Yield the items of an image's index entries."""
    for (list_key, entry), packed in entries.entries_of(image.card, image.said).items():
        yield {"facet": {"S": list_key}, "entry": {"S": entry}, "card": {"B": packed}}


def count_items(images: Sequence[Image]) -> Iterator[dict[str, Any]]:
    """Yield the items that count a library."""
    sums = counters.merge(counters.contribution(image.card, image.said) for image in images)
    for (holder, item), numbers in sums.items():
        if holder != counters.EVERYBODY:
            named = {name: {"N": str(number)} for name, number in numbers.items()}
            yield {"facet": {"S": holder}, "entry": {"S": item}, **named}


def word_items(images: Sequence[Image]) -> Iterator[dict[str, Any]]:
    """Yield the items of the list of a library's words."""
    for owner, text in sorted({(image.card.owner, word.text) for image in images for word in image.said}):
        yield {"facet": {"S": entries.words(owner)}, "entry": {"S": text}}


def duplicate_items(images: Sequence[Image]) -> Iterator[dict[str, Any]]:
    """Yield the items of a library's list of duplicates."""
    alike: defaultdict[Any, list[Card]] = defaultdict(list)
    for image in images:
        alike[entries.identity(image.card)].append(image.card)
    for identity, found in alike.items():
        if identity is not None and len(found) > 1:
            for card in found:
                entry = f"{identity.prefix}{card.image_id}"
                yield {
                    "facet": {"S": entries.same(card.owner)},
                    "entry": {"S": entry},
                    "card": {"B": cards.pack(card)},
                }


def summary(image: Image) -> dict[str, Any]:
    """Return an image's entry in the index of uploads."""
    card = image.card
    texts = {"image_id": card.image_id, "owner": card.owner, "key": card.key, "state": card.state}
    texts |= {"uploaded": card.uploaded, "listed": keys.listed(card.uploaded, card.image_id)}
    texts |= {
        name: text for name, text in (("format", card.format), ("title", card.title), ("alt", card.alt)) if text
    }
    numbers = {"size": card.size, "width": card.width, "height": card.height}
    tags = {"tags": {"SS": list(card.tags)}} if card.tags else {}
    item: dict[str, Any] = {name: {"S": text} for name, text in texts.items()}
    item |= {name: {"N": str(number)} for name, number in numbers.items()}
    return {**item, **tags, "facts": {"B": cards.pack_facts(card.facts)}}


def write(dynamodb: Any, images: Sequence[Image], facets: Collection[str] | None = None) -> None:
    """Write a library into the tables of a stage: records, counts, and the entries of all or of some facets."""
    tables = {name.rpartition("-")[2]: name for name in dynamodb.list_tables()["TableNames"]}
    entered = (
        item
        for image in images
        for item in items(image)
        if facets is None or item["facet"]["S"].split("#")[1] in facets
    )
    _write(dynamodb, tables["images"], map(summary, images))
    _write(dynamodb, tables["facets"], entered)
    _write(dynamodb, tables["facets"], count_items(images))


def _write(dynamodb: Any, table: str, lines: Iterable[dict[str, Any]]) -> None:
    rest = iter(lines)
    while batch := [{"PutRequest": {"Item": item}} for item in islice(rest, BATCH)]:
        dynamodb.batch_write_item(RequestItems={table: batch})


class _Zipf:
    """Draws ranks: the second half as often as the first, the third a third."""

    def __init__(self, size: int, chosen: random.Random) -> None:
        self._chosen = chosen
        self._sums = list(accumulate(1 / rank for rank in range(1, size + 1)))

    def draw(self) -> int:
        return bisect(self._sums, self._chosen.random() * self._sums[-1])


def _facts(chosen: random.Random, at: datetime, cameras: _Zipf, before: list[tuple[int, int]]) -> Facts:
    make, model, lenses = CAMERAS[cameras.draw()]
    there = chosen.random() < 0.7
    latitude, longitude = CITIES[min(int(chosen.expovariate(0.25)), len(CITIES) - 1)]
    phash, pixels = chosen.getrandbits(64), chosen.getrandbits(64)
    luck = chosen.random()
    if before and luck < 0.04:
        phash, pixels = before[int(luck * 25 * len(before)) % len(before)]
        if luck > 0.02:  # nearly the same
            phash, pixels = phash ^ 1 << chosen.randrange(64) ^ 1 << chosen.randrange(64), chosen.getrandbits(64)
    before.append((phash, pixels))
    taken = at - timedelta(hours=chosen.expovariate(0.1))
    return Facts(
        taken=f"{taken:%Y-%m-%dT%H:%M:%S}" if chosen.random() < 0.92 else None,
        make=make,
        model=model,
        lens=chosen.choice(lenses),
        iso=round(100 * 2 ** min(chosen.expovariate(0.6), 7)),
        f_number=chosen.choice([1.78, 1.8, 2.8, 4.0, 8.0]),
        focal_length=chosen.choice([6.76, 24.0, 35.0, 50.0, 105.0, 200.0]),
        rating=chosen.choices([None, 1, 2, 3, 4, 5], [70, 2, 4, 10, 8, 6])[0],
        provenance=chosen.choices(["captured", "edited", "ai_generated"], [80, 17, 3])[0],
        latitude=round(max(-90, min(90, latitude + chosen.gauss(0, 0.1))), 5) if there else None,
        longitude=round((longitude + chosen.gauss(0, 0.1) + 180) % 360 - 180, 5) if there else None,
        colour=(colour := _colour(chosen)),
        thumbnails=cards.Thumbnails(pixels.to_bytes(8) * 3, 1024, 768),
        thumbhash=_thumbhash(phash ^ pixels),
        palette=_palette(chosen, colour),
        phash=phash,
        pixels=pixels,
        sha256=chosen.getrandbits(64),
    )


def _thumbhash(random_bits: int) -> bytes:
    """Return a placeholder as long as most: without transparency, in landscape, of seven by five waves."""
    data = bytearray(random_bits.to_bytes(8) * 3)
    data[2] &= 0x7F
    data[3] = data[3] & 0xF8 | 5
    data[4] |= 0x80
    return bytes(data)


def _colour(chosen: random.Random) -> int:
    """Return a colour as photographs have them: rather grey, rather dark."""
    grey = chosen.triangular(0, 255, 90)
    red, green, blue = (max(0, min(255, round(grey + chosen.gauss(0, 28)))) for _ in range(3))
    return red << 16 | green << 8 | blue


def _palette(chosen: random.Random, colour: int) -> bytes:
    """Return eight colours as photographs have them: 1.5 boxes of OKLab hold those of 16 per cent and more."""
    large = chosen.choice(
        [(26, 22, 13, 11), (23, 17, 15, 11), (22, 15, 15, 14), (30, 14, 12, 12), (42, 30, 13, 10)]
    )
    shares = (*large, *[(100 - sum(large)) // 4] * 4)
    colours = [colour, *(_colour(chosen) for _ in shares[1:])]
    return b"".join(one.to_bytes(3) + bytes([share]) for one, share in zip(colours, shares, strict=True))


def _word(rank: int) -> str:
    """Return the word of a rank: made of syllables, so that words begin alike as words do."""
    syllables = ["ka", "lo", "mi", "ser", "tan", "vo", "bel", "dru", "fi", "gor"]
    made, rest = "", rank + 7
    while rest:
        made, rest = made + syllables[rest % 10], rest // 10
    return made


def _uuid(chosen: random.Random) -> str:
    text = f"{chosen.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
