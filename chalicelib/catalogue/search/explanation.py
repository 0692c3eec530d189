"""Why an image is an answer to a question: which filters it holds to, and the field or annotation that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chalicelib.catalogue.index import cards, colour_cells, geohash, image_annotations, sources, terms
from chalicelib.catalogue.search import filters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.index.image_annotations import Annotation
    from chalicelib.catalogue.search.filters import Dates, Question
    from chalicelib.db.models import Image


class Match(NamedTuple):
    """A filter, by its parameter, and the path of a field in the record whose value it matches."""

    filter: str
    field: str
    value: str | float | None = None
    asked: str | None = None  # a word
    annotation: Annotation | None = None
    distance: float | None = None  # in `unit`
    unit: str | None = None  # ciede2000, oklab, km
    share: float | None = None  # of the image, 0 to 1


def of(question: Question, card: Card, image: Image | None) -> list[Match]:
    """Return the matches of an image that answers a question.

    Tags, words and people are in its record alone, and left out without it (`question.listed_apart`).
    """
    return [
        *_of_record(question, image),
        *_of_card(question, card),
        *_dates(question.uploaded, "uploaded", "uploaded", card.uploaded),
        *_dates(question.taken, "taken", "metadata.time.date_taken", card.facts.taken),
        *_colours(question, card),
        *_places(question, card),
    ]


def _of_record(question: Question, image: Image | None) -> Iterator[Match]:
    if image is None or not question.listed_apart:
        return
    seen = image_annotations.of(image)
    told = sources.of(image, cards.card(image).facts, seen)
    indexed = {word.text for word in sources.said(told)}
    begins = len(question.words) == 1  # a single word may be the beginning of one, of several each is whole
    for asked in question.words:
        for source in told:
            for word in sorted(source.words & indexed):
                if word == asked or (begins and word.startswith(asked)):
                    yield Match("text", source.field, word, asked, source.annotation)
    for source in told:
        if source.role in ("tag", "keyword") and question.tag == terms.tag(source.text):
            yield Match("tag", source.field, source.text)
    if question.people is not None:
        faces = [one for one in seen.shown if one.kind == image_annotations.FACE]
        yield from (Match("people", "annotations", annotation=face) for face in faces)
        if not faces:
            yield Match("people", "annotations", 0)


def _of_card(question: Question, card: Card) -> Iterator[Match]:
    facts = card.facts
    values: dict[str, tuple[str, str | float | None]] = {
        "make": ("metadata.camera.make", facts.make),
        "model": ("metadata.camera.model", facts.model),
        "lens": ("metadata.camera.lens_model", facts.lens),
        "format": ("format", card.format),
        "state": ("state", card.state),
        "orientation": ("width, height", filters.orientation(card)),
        "provenance": ("metadata.provenance.provenance", facts.provenance),
        "size": ("size", card.size),
        "megapixels": ("width, height", filters.megapixels(card)),
        "iso": ("metadata.exposure.iso", facts.iso),
        "f_number": ("metadata.exposure.f_number", facts.f_number),
        "focal_length": ("metadata.exposure.focal_length", facts.focal_length),
        "rating": ("metadata.description.rating", facts.rating),
        "country": ("metadata.place.gps_country_code", facts.country),
        "city": ("metadata.place.gps_city", facts.city),
    }
    for name, (field, value) in values.items():
        if getattr(question, name) is not None:
            yield Match(name, field, value)
    if question.name is not None:
        yield Match("text", "name", card.name, question.name)


def _dates(asked: Dates | None, name: str, field: str, time: str | None) -> Iterator[Match]:
    if asked is not None and asked.first is not None:
        yield Match(f"{name}_from", field, time)
    if asked is not None and asked.last is not None:
        yield Match(f"{name}_to", field, time)


def _colours(question: Question, card: Card) -> Iterator[Match]:
    """Yield the colours of an image that are those asked for: main ones, of a least share those of the palette."""
    wanted = question.colour
    if wanted is None:
        return
    main = card.facts.main_colours
    for swatch in card.facts.colours:
        if wanted.takes(swatch.hex) and (wanted.share or swatch.hex in main):
            apart = colour_cells.distance(swatch.hex, wanted.hex, wanted.metric)
            yield Match(
                "color",
                "analysis.palette",
                swatch.hex,
                distance=round(apart, 4),
                unit=wanted.metric,
                share=swatch.share / 100,
            )


def _places(question: Question, card: Card) -> Iterator[Match]:
    latitude, longitude = card.facts.latitude, card.facts.longitude
    if latitude is None or longitude is None:
        return
    field, value = "metadata.place.gps_latitude, gps_longitude", f"{latitude},{longitude}"
    if (near := question.near) is not None:
        apart = geohash.distance(near.latitude, near.longitude, latitude, longitude)
        yield Match("near", field, value, distance=round(apart, 3), unit="km")
    if question.box is not None:
        yield Match("bbox", field, value)
