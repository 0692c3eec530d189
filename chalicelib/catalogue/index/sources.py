"""The texts of an image that searches look in, and the field of its record that each is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from msgspec import MsgspecError

from chalicelib.catalogue.index import terms
from chalicelib.db import document_codec, keys
from chalicelib.logs import logger
from image_processing import countries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chalicelib.catalogue.index.cards import Facts
    from chalicelib.catalogue.index.image_annotations import Annotation, Annotations
    from chalicelib.db.models import Image

Role = Literal["title", "caption", "keyword", "tag", "name", "place"]


class Source(NamedTuple):
    """A text, by the path of its field in the record, or the annotation that has it; empty where there is none."""

    role: Role
    field: str
    text: str
    annotation: Annotation | None = None

    @property
    def words(self) -> frozenset[str]:
        """The words of the text, as `terms.said` takes them from its role."""
        match self.role:
            case "tag" | "keyword":
                whole = terms.tag(self.text)
                return frozenset({whole, *terms.words_of(whole)} - {""})
            case "name":
                return frozenset(terms.of_file_name(self.text))
            case "place":
                return frozenset({*terms.of_place(self.text), *terms.words_of(self.text)})
            case _:
                return frozenset(terms.words_of(self.text))


def metadata_of(image: Image) -> Mapping[str, Any]:
    """Return the metadata of a record; none where its document cannot be read, which is logged."""
    try:
        found: dict[str, Any] = document_codec.unpack(image.document).get("metadata", {})
    except (document_codec.DocumentError, MsgspecError):  # the stream must not stand still for it
        logger.exception("document_unreadable", extra={"image_id": image.image_id})
        return {}
    return found


def of(image: Image, facts: Facts, seen: Annotations) -> list[Source]:
    """Return the texts that `terms.said` reads of an image, those of each role in the order of their weight."""
    metadata = metadata_of(image)
    written, place = metadata.get("description", {}), metadata.get("place", {})
    titles = [
        Source("title", "title", image.title or ""),
        Source("title", "metadata.description.title", written.get("title") or ""),
    ]
    captions = [
        Source("caption", "description", image.description or ""),
        Source("caption", "metadata.description.caption", written.get("caption") or ""),
    ]
    captions += [Source("caption", "annotations", one.value, one) for one in seen.searched]
    keywords = (written.get("keywords") or ())[: terms.MAX_TAGS]
    found = [*_read(titles), *_read(captions)]
    found += [Source("keyword", "metadata.description.keywords", text) for text in keywords]
    found += [Source("tag", "tags", text) for text in sorted(image.tags or ())]  # a set's order differs by process
    found.append(Source("name", "name", facts.name or keys.file_name(image.key)))
    return [*found, *_places(facts, place)]


def _read(sources: list[Source]) -> Iterator[Source]:
    """Yield the texts of a role as far as they are read, joined by blanks: `terms.MAX_TEXT` characters."""
    left = terms.MAX_TEXT
    for source in sources:
        if left <= 0:
            return
        yield source._replace(text=source.text[:left])
        left -= len(source.text) + 1


def said(sources: list[Source]) -> list[terms.Word]:
    """Return the words that an image with these texts is found by."""
    texts: dict[Role, list[str]] = {}
    for source in sources:
        texts.setdefault(source.role, []).append(source.text)
    return terms.said(
        title=" ".join(texts["title"]),
        caption=" ".join(texts["caption"]),
        keywords=texts.get("keyword", ()),
        tags=texts.get("tag", ()),
        name=texts["name"][0],
        places=texts.get("place", ()),
    )


def _places(facts: Facts, place: Mapping[str, Any]) -> Iterator[Source]:
    """Yield the names of an image's place. City and country are those of its facts, by which filters find it."""
    country = facts.country and countries.NAMES.get(facts.country)
    names = {
        "gps_city": place.get("gps_city") if facts.country is None else facts.city,
        "gps_country": country,
        "gps_district": place.get("gps_district"),
        "gps_region": place.get("gps_region") if facts.country is not None else None,
    }
    for name, text in names.items():
        if text:
            yield Source("place", f"metadata.place.{name}", text)
