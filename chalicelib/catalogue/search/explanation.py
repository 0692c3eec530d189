"""Why an image is an answer to a question: which filters it holds to, and the field or annotation that says so."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.catalogue.index import colour_cells, geohash, image_annotations, sources, terms
from chalicelib.catalogue.search import filters
from chalicelib.db.models import FAILED, READY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.index.image_annotations import Annotation
    from chalicelib.catalogue.search.filters import Dates, Question
    from chalicelib.db.models import Image

MOST = 100  # matches of one image in its record


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


class Explanation(NamedTuple):
    """The matches of an image, and whether there may be others in its record that are left out."""

    matches: list[Match]
    left_out: bool


def of(question: Question, card: Card, image: Image | None) -> Explanation:
    """Return the matches of an image that answers a question.

    Tags, words and people are in its record alone (`question.needs_lists`): at most `MOST` matches of these, and
    none without it.
    """
    told: list[Match] = []
    left_out = False
    if question.needs_lists:
        if image is None or image.state not in (READY, FAILED):
            left_out = True
        else:
            found = list(islice(_of_record(question, card, image), MOST + 1))
            told, left_out = found[:MOST], len(found) > MOST
    told += [
        *_of_card(question, card),
        *_dates(question.uploaded, "uploaded", "uploaded", card.uploaded),
        *_dates(question.taken, "taken", "metadata.time.date_taken", card.facts.taken),
        *_colours(question, card),
        *_places(question, card),
    ]
    return Explanation(told, left_out)


def _of_record(question: Question, card: Card, image: Image) -> Iterator[Match]:
    """Yield the matches in a record. Its facts are those of the card, by which the list has found the image."""
    seen = image_annotations.of(image)
    told = sources.of(image, card.facts, seen)
    indexed = {word.text for word in sources.said(told)} if question.words else set()
    words = [(source, sorted(source.words & indexed)) for source in told if indexed]
    for asked in question.words:
        for source, own in words:
            for word in own:
                if question.takes(asked, word):
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
